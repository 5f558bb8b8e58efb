//! Reading: every file onto the one grid, with a receipt of what was read, how, and what was left
//! out.

mod assays;
mod contract;
mod derived;
pub(crate) mod evidence;
mod ground;
mod groups;
mod label_cells;
mod legend;
mod places;
mod quality;
mod query;
mod rocks;
mod stored;
mod table;
pub(crate) mod way;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use paydirt_core::grid::Grid;
use paydirt_core::label::Sample;
use paydirt_core::layer::LayerInfo;
use paydirt_core::mask::Mask;
use paydirt_core::potential::worms::Edge;
use paydirt_core::seed::Seed;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_core::step::Pipeline;
use paydirt_core::table::Table;

use crate::command::Session;
use crate::console::Console;
use crate::draw;
use crate::error::{Error, Result};
use crate::fit::Contract;
use crate::labels::{self, Placed};
use crate::plan::{self, Purpose};
use crate::project::{Labels, Opened};
use crate::receipt::{GridReceipt, LabelReceipt, Receipt};

pub(crate) use self::ground::mask_of;
pub use self::query::Query;
pub(crate) use self::query::Source;

pub(crate) use groups::matches;

/// What a run reads.
pub struct Read {
    /// The evidence.
    pub stack: Box<dyn Stack>,
    /// Bands that were drawn beside the evidence, such as the uncertainty of an interpolation: they
    /// are written, but no evidence. `None` for a table of samples.
    pub extras: Option<GridStack>,
    /// Points on edges of potential fields that steps found, by layer.
    pub edges: Vec<(String, Vec<Edge>)>,
    /// The labels that count.
    pub labelled: Vec<Sample>,
    /// Units whose rock is known, for a pretext that tells it.
    pub rocks: Vec<(usize, i64)>,
    /// Names of the deposits, by unit.
    pub names: BTreeMap<usize, String>,
    /// Units with all evidence known, once the pipeline has filled what it fills.
    pub eligible: Mask,
    /// The steps that are fitted.
    pub pipeline: Pipeline,
    /// What was read, how, and what was left out.
    pub receipt: Receipt,
    /// Whether layers and maps are kept on disk.
    pub spooled: bool,
    /// Whether the layers are read from a Zarr stack, chunk by chunk.
    pub stored: bool,
}

impl Read {
    /// How many deposits count.
    #[must_use]
    pub fn deposits(&self) -> usize {
        self.labelled.iter().filter(|sample| sample.is_deposit()).count()
    }

    /// The grid.
    ///
    /// # Errors
    /// [`Error::Data`] for a table of samples.
    pub fn grid(&self) -> Result<&Grid> {
        self.stack.grid().ok_or_else(|| Error::Data {
            reason: "a table of samples has no map".into(),
            hint: "give the project a [grid]".into(),
        })
    }
}

/// Reads a project's evidence alone.
///
/// # Errors
/// Whatever is wrong with a file, named.
pub fn read_layers(
    opened: &Opened,
    purpose: Purpose,
    spool: Option<&Path>,
    session: &Session,
) -> Result<Read> {
    let mut read = on_grid(opened, purpose, spool, session)?;
    quality::examine(read.stack.as_ref(), &mut read.receipt, Seed(opened.project.seed))?;
    tell_layers(&read.receipt, &session.console);
    read.eligible = eligible(read.stack.as_ref(), &read.pipeline, opened.project.seed)?;
    if let Some(grid) = &mut read.receipt.grid {
        grid.complete_cells = read.eligible.count();
    }
    read.receipt.warnings = session.console.warnings();
    Ok(read)
}

/// Reads a project: evidence and labels.
///
/// # Errors
/// Whatever is wrong with a file, named.
pub fn read(opened: &Opened, spool: Option<&Path>, session: &Session) -> Result<Read> {
    if let Some(settings) = &opened.project.table {
        if session.common.stack.is_some() {
            return Err(Error::Usage {
                reason:
                    "`--stack` keeps evidence on a grid, but the project is of a table of samples"
                        .into(),
                hint: "leave it out".into(),
            });
        }
        return table::read(opened, settings, &session.console);
    }
    let mut read = read_layers(opened, Purpose::Maps, spool, session)?;
    some_evidence(&read)?;
    let settings = opened.project.labels.as_ref().ok_or_else(|| Error::Project {
        reason: "the project has no [labels]".into(),
        hint: "name the file of known deposits: `[labels]` with `path = \"deposits.gpkg\"`".into(),
    })?;
    let grid = read.grid()?;
    let path = opened.path(&settings.path);
    let mut settings = settings.clone();
    let source = Source::of(&path, settings.query.as_ref(), &opened.folder)?;
    let points = match paydirt_io::raster::inspect(source.path()) {
        Ok(_) => {
            settings.group = settings.group.or_else(|| Some(label_cells::PATCH.into()));
            label_cells::read(&path, grid)?
        }
        Err(_) => {
            let Labels { layer, easting, northing, crs, .. } = &settings;
            places::read(source.path(), grid, [layer, easting, northing, crs])?
        }
    };
    for warning in &points.warnings {
        session.console.warn(format!("labels: {warning}"));
    }
    let Placed { samples, names, receipt, .. } =
        labels::place(&points, &settings, grid, read.stack.area(), &read.eligible)?;
    some_deposit(&path, &receipt)?;
    read.rocks = rocks::read(opened, grid, (read.stack.area(), &session.console))?;
    read.labelled = samples;
    read.names = names;
    read.receipt.labels = LabelReceipt { path: shown(&path), sha256: source.sha256()?, ..receipt };
    tell_labels(&read.receipt.labels, &session.console);
    finish(read, &session.console)
}

/// Reads the evidence that a saved model asks for, from another project; its labels are not used.
///
/// # Errors
/// Evidence that is not what the contract asks for, by name.
pub fn read_evidence(
    opened: &Opened,
    contract: &Contract,
    spool: Option<&Path>,
    session: &Session,
) -> Result<Read> {
    let opened = contract::only_wanted(opened, contract)?;
    let mut read = on_grid(&opened, Purpose::Maps, spool, session)?;
    contract::same_legends(&read, contract)?;
    tell_layers(&read.receipt, &session.console);
    read.eligible = draw::complete_cells(read.stack.as_ref(), |evidence| {
        let features = contract.pipeline.apply(evidence)?;
        Ok((0..features.rows()).map(|row| features.complete(row)).collect())
    })?;
    if let Some(grid) = &mut read.receipt.grid {
        grid.complete_cells = read.eligible.count();
    }
    finish(read, &session.console)
}

fn finish(mut read: Read, console: &Console) -> Result<Read> {
    some_evidence(&read)?;
    read.receipt.warnings = console.warnings();
    Ok(read)
}

/// The grid, the study area and every layer on it: from the stack that is named, which is made if it is not
/// there, or from the files.
fn on_grid(
    opened: &Opened,
    purpose: Purpose,
    spool: Option<&Path>,
    session: &Session,
) -> Result<Read> {
    match &session.common.stack {
        None => from_files(opened, purpose, spool, session),
        Some(address) => stored::evidence(opened, (purpose, spool), (address, session)),
    }
}

/// The grid, the study area and every layer on it, from their files.
fn from_files(
    opened: &Opened,
    purpose: Purpose,
    spool: Option<&Path>,
    session: &Session,
) -> Result<Read> {
    let project = &opened.project;
    let settings = project.grid.as_ref().ok_or_else(|| Error::Project {
        reason: "the project has no [grid]".into(),
        hint: "take that of a raster: `[grid]` with `like = \"study_area.tif\"`".into(),
    })?;
    let grid = ground::grid(opened, settings)?;
    let spooled = plan::spools(project, &grid, purpose, session.common.max_memory)?;
    if spooled && spool.is_none() {
        return Err(plan::all_in_memory(project, &grid, session.common.max_memory));
    }
    let area = Arc::new(ground::study_area(opened, settings, &grid)?);
    if area.count() == 0 {
        return Err(Error::Data {
            reason: "the study area has no cell on the grid".into(),
            hint: "see that `study_area` and `like` cover the same ground".into(),
        });
    }
    let stack = || GridStack::new(grid.clone(), Arc::clone(&area));
    let spool = spool.filter(|_| spooled);
    let mut kept = way::Kept { stack: stack(), extras: stack(), edges: Vec::new(), spool };
    let mut receipt = Receipt { grid: Some(grid_receipt(&grid, &area)), ..Receipt::default() };
    let mut pipeline = Pipeline { features: project.features.steps.clone(), ..Pipeline::default() };
    let console = &session.console;
    let task = console.task("read", project.evidence.len() as u64, "layers");
    for settings in &project.evidence {
        let (line, steps) = evidence::read(&opened.folder, settings, &mut kept)?;
        receipt.layers.push(line);
        if settings.modelled && project.told_layer() != Some(settings.name.as_str()) {
            pipeline.layers.push((settings.name.clone(), steps));
        }
        task.advance(1)?;
    }
    drop(task);
    for settings in &project.assays {
        let gridded = assays::read(opened, settings, &mut kept)?;
        for (line, steps) in gridded.layers {
            pipeline.layers.push((line.name.clone(), steps));
            receipt.layers.push(line);
        }
        receipt.assays.push(gridded.receipt);
    }
    let names: Vec<&str> = pipeline.layers.iter().map(|(name, _)| name.as_str()).collect();
    pipeline.groups = groups::resolve(&project.groups, &names)?;
    groups::measure_noise(&mut pipeline.groups, &kept.stack)?;
    Ok(Read {
        eligible: Mask::new(kept.stack.units(), false),
        stack: Box::new(kept.stack),
        extras: Some(kept.extras),
        edges: kept.edges,
        labelled: Vec::new(),
        rocks: Vec::new(),
        names: BTreeMap::new(),
        pipeline,
        receipt,
        spooled,
        stored: false,
    })
}

fn grid_receipt(grid: &Grid, area: &Mask) -> GridReceipt {
    let cells = area.count();
    GridReceipt {
        text: grid.to_string(),
        crs: grid.crs.authority.clone().unwrap_or_else(|| grid.crs.wkt.clone()),
        rows: grid.rows,
        cols: grid.cols,
        region: grid.region(),
        study_area_cells: cells,
        study_area_km2: cells as f64 * grid.cell_area_km2(),
        complete_cells: 0,
    }
}

/// Cells whose features will be complete under the pipeline of the final fit, which sees the same
/// cells of the map as this one.
fn eligible(stack: &dyn Stack, pipeline: &Pipeline, seed: u64) -> Result<Mask> {
    let units = crate::judge::fitting_units(stack, &[], Seed(seed));
    let fitted = pipeline.fit(&stack.read_units(&units)?)?;
    draw::complete_cells(stack, |evidence: &Table| {
        let features = fitted.apply(evidence)?;
        Ok((0..features.rows()).map(|row| features.complete(row)).collect())
    })
}

/// Refuses evidence that is nowhere complete.
fn some_evidence(read: &Read) -> Result<()> {
    if read.eligible.count() == 0 {
        let (what, all) = match &read.receipt.grid {
            Some(grid) => ("cell of the study area", grid.study_area_cells),
            None => ("row of the table", read.stack.units()),
        };
        let known = read.receipt.layers.iter();
        let known: Vec<_> =
            known.map(|line| format!("`{}` in {}", line.name, line.known_cells)).collect();
        return Err(Error::Data {
            reason: format!(
                "no {what} has all evidence known: of {all}, {} are known",
                known.join(", ")
            ),
            hint: "add `impute_median` to layers with gaps, or leave some out".into(),
        });
    }
    Ok(())
}

/// Refuses labels of which no deposit counts.
fn some_deposit(path: &Path, labels: &LabelReceipt) -> Result<()> {
    if labels.deposits > 0 {
        return Ok(());
    }
    let LabelReceipt { rows, negatives, unlabelled, excluded, .. } = labels;
    let why = excluded.first().map_or_else(String::new, |first| {
        format!(" ({} do not count; the first, {}: {})", excluded.len(), first.row, first.reason)
    });
    Err(Error::Data {
        reason: format!(
            "`{}` gives 0 deposits, but at least 1 is needed: {rows} rows, {negatives} negatives, \
             {unlabelled} unlabelled{why}",
            path.display()
        ),
        hint: "look at the columns of coordinates and of the role, at `crs`, and at the study area"
            .into(),
    })
}

fn tell_layers(receipt: &Receipt, console: &Console) {
    for table in &receipt.assays {
        for warning in &table.cleaned.warnings {
            console.warn(format!("assays `{}`: {warning}", table.name));
        }
    }
    for line in &receipt.layers {
        for warning in &line.warnings {
            console.warn(format!("layer `{}`: {warning}", line.name));
        }
    }
}

fn tell_labels(labels: &LabelReceipt, console: &Console) {
    if !labels.excluded.is_empty() {
        let first = &labels.excluded[0];
        console.warn(format!(
            "{} of {} label rows do not count (the first, {}: {}); all are in receipt.json",
            labels.excluded.len(),
            labels.rows,
            first.row,
            first.reason
        ));
    }
    console.say(&format!("labels: {} deposits count", labels.deposits));
}

/// A path for the receipt.
pub(crate) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The info of a layer.
pub(crate) fn layer_info(settings: &crate::project::Evidence) -> LayerInfo {
    LayerInfo {
        name: settings.name.clone(),
        evidence_type: settings.evidence_type,
        unit: settings.unit.clone(),
    }
}
