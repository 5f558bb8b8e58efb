//! Everything that a run folder holds, written.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paydirt_core::grid::{Grid, Point};
use paydirt_core::layer::{CellState, LayerInfo};
use paydirt_core::split::SplitKind;
use paydirt_core::stack::Stack;
use paydirt_core::step::Geometry;
use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::digest;
use paydirt_io::gpkg::{self, Feature, FieldType, Value};

use crate::console::Console;
use crate::doubt::files::{self, Files};
use crate::doubt::maps as doubt_maps;
use crate::doubt::summary::DoubtLine;
use crate::draw::{Maps, PROSPECTIVITY, RANK, SPREAD};
use crate::error::{Error, Result};
use crate::fit::Contract;
use crate::folder::Folder;
use crate::judge::Standing;
use crate::posterior;
use crate::prepared;
use crate::project::Opened;
use crate::read::Read;
use crate::report::{
    self, Finished, Keep, MapClass, Miniature, Pictures, Report, TargetLine, print,
};
use crate::reproduce::inputs;
use crate::saved::write_json;
use crate::style;
use crate::targets::Drawn;

mod cdr;
mod cells;
mod qgis;
mod resolved;
mod split;
pub(crate) mod stac;

/// Tag of a map: the resolved project that drew it.
pub const PROJECT_TOML: &str = "PAYDIRT_PROJECT_TOML";
/// Tag of a map: what it was drawn from, as JSON.
pub const INPUTS: &str = "PAYDIRT_INPUTS";

/// Name of the map of the three states of a cell.
pub const COVERAGE: &str = "coverage";

/// Writes a run's folder, all but the model.
///
/// # Errors
/// Where something cannot be written.
pub fn write(
    folder: &Folder,
    finished: &Finished<'_>,
    report: &Report,
    console: &Console,
) -> Result<Report> {
    let root = folder.path();
    let project = root.join("project.toml");
    let settings = resolved::settings(finished.opened)?;
    fs_err::write(&project, resolved::with_fitted(&settings, finished)?)?;
    let mut report = report.clone();
    report.reproduce.project_sha256 = digest::sha256(&project)?;
    if let (Some((maps, targets)), Some(map), Some(doubt)) =
        (finished.maps, &report.map, &report.doubt)
    {
        let (read, tags) = (finished.read, tags(finished.opened, &report, &settings)?);
        let sheet = Sheet { maps, read, classes: &map.classes, doubt, tags: &tags };
        write_maps(folder, &sheet, console)?;
        if finished.opened.project.output.evidence {
            prepared::write_evidence(folder, read, &tags, console)?;
        }
        let grid = finished.read.grid()?;
        write_targets(&root.join("targets.gpkg"), grid, targets, finished.read)?;
        split::write(&root.join("split.gpkg"), grid, finished)?;
        qgis::write(root, &report.project, grid)?;
        let output = &finished.opened.project.output;
        if output.cells {
            cells::write(&root.join(cells::CELLS), maps, targets, finished.read)?;
        }
        if let Some(cma_id) = &output.cma_id {
            cdr::write(&root.join("maps"), cma_id, &report)?;
        }
    } else {
        write_json(&root.join("split.json"), &split::rows(finished))?;
    }
    write_json(&root.join("receipt.json"), &report.receipt)?;
    write_json(&root.join("report.json"), &report)?;
    if let Some(settled) = finished.settled {
        let searches: Vec<_> = std::iter::once(settled).chain(&finished.judged.searched).collect();
        write_json(&root.join("search.json"), &searches)?;
    }
    let pictures = match (finished.maps, &report.doubt) {
        (Some((maps, _)), Some(doubt)) => Some(pictures(maps, finished.read, doubt)?),
        _ => None,
    };
    let page = report::html(&report, pictures.as_ref())?;
    if finished.opened.project.output.pdf {
        fs_err::write(root.join(print::PDF), print::pdf(&page, &foot(&report))?)?;
    }
    fs_err::write(root.join("report.html"), page)?;
    Ok(report)
}

/// What stands at the foot of every page.
fn foot(report: &Report) -> String {
    let hash: String = report.reproduce.project_sha256.chars().take(12).collect();
    format!("{} · Paydirt {} · resolved project {hash}", report.project, report.paydirt_version)
}

/// What every map says of itself.
fn tags(opened: &Opened, report: &Report, settings: &str) -> Result<BTreeMap<String, String>> {
    let hash = report.split.hashes.first().cloned().unwrap_or_default();
    let json = |value: serde_json::Result<String>| {
        value.map_err(|error| Error::Saved { path: "maps".into(), reason: error.to_string() })
    };
    Ok(BTreeMap::from([
        (cog::NAME_TAG.into(), String::new()),
        (PROJECT_TOML.into(), settings.into()),
        (INPUTS.into(), json(serde_json::to_string(&inputs(opened, &report.receipt)?))?),
        ("PAYDIRT_HELD_OUT".into(), json(serde_json::to_string(&metrics(report)))?),
        ("PAYDIRT_VERSION".into(), report.paydirt_version.clone()),
        ("PAYDIRT_PROJECT".into(), report.project.clone()),
        ("PAYDIRT_PROJECT_SHA256".into(), report.reproduce.project_sha256.clone()),
        ("PAYDIRT_SPLIT_SHA256".into(), hash),
        ("PAYDIRT_MODEL".into(), report.model.clone()),
        ("PAYDIRT_SEED".into(), report.seed.to_string()),
    ]))
}

/// The figures of the chosen model on held-out ground: value and 95 % interval.
fn metrics(report: &Report) -> BTreeMap<&str, [f64; 3]> {
    let chosen = report
        .models
        .iter()
        .find(|line| line.role == Standing::Chosen && line.split == SplitKind::Spatial);
    let figures = chosen.into_iter().flat_map(|line| &line.metrics);
    let finite = figures.filter(|(_, figure)| figure.value.is_finite());
    finite.map(|(key, f)| (key.as_str(), [f.value, f.low, f.high])).collect()
}

/// What a map drawn by another project's model says of itself.
#[must_use]
pub fn predicted_tags(contract: &Contract, project: &str) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("PAYDIRT_VERSION".into(), env!("CARGO_PKG_VERSION").into()),
        ("PAYDIRT_PROJECT".into(), project.into()),
        ("PAYDIRT_MODEL".into(), contract.model.clone()),
        ("PAYDIRT_MODEL_OF".into(), contract.project.clone()),
    ])
}

/// What is written as maps.
#[derive(Clone, Copy)]
pub struct Sheet<'a> {
    /// The maps.
    pub maps: &'a Maps,
    /// What they were drawn from.
    pub read: &'a Read,
    /// Their classes by share of area.
    pub classes: &'a [MapClass],
    /// How sure they are.
    pub doubt: &'a DoubtLine,
    /// What every map says of itself.
    pub tags: &'a BTreeMap<String, String>,
}

/// Writes every map with its style.
///
/// # Errors
/// Where one cannot be written.
pub fn write_maps(folder: &Folder, sheet: &Sheet<'_>, console: &Console) -> Result<()> {
    let Sheet { maps, read, classes, doubt, tags } = *sheet;
    let grid = read.grid()?;
    let place = folder.inside("maps")?;
    let layers: Vec<&LayerInfo> =
        maps.stack.layers().iter().filter(|info| !doubt_maps::owns(&info.name)).collect();
    let task = console.task("write", layers.len() as u64 + 2, "maps");
    for info in layers {
        let unit = if info.name.starts_with("attribution_") {
            maps.attribution_unit.clone()
        } else {
            info.unit.clone()
        };
        let mut bands = vec![Band { name: info.name.clone(), unit }];
        let faded = files::fades(maps, &info.name);
        if faded {
            let unit = "255 in the area of applicability, less outside".into();
            bands.push(Band { name: "opacity".into(), unit });
        }
        let overviews = if info.name == RANK { Overviews::Nearest } else { Overviews::Average };
        let spec = Spec { bands, tags: tags.clone(), overviews };
        let path = place.join(format!("{}.tif", info.name));
        cog::write_bands::<f32>(&path, grid, &spec, &mut |band, rows| {
            let units = rows.start * grid.cols..rows.end * grid.cols;
            Ok(match band {
                0 => maps.stack.read_stored(&info.name, units)?,
                _ => files::opacity(maps, units)?,
            })
        })?;
        fs_err::write(path.with_extension("qml"), style_of(maps, &info.name, classes)?)?;
        task.advance(1)?;
    }
    let files = Files { place: &place, grid, maps, line: doubt, tags };
    files.write()?;
    posterior::write(&files)?;
    task.advance(1)?;
    write_coverage(&place, grid, read, tags)?;
    task.advance(1)
}

fn write_coverage(
    place: &Path,
    grid: &Grid,
    read: &Read,
    tags: &BTreeMap<String, String>,
) -> Result<()> {
    let spec = Spec {
        bands: vec![Band { name: COVERAGE.into(), unit: "state".into() }],
        tags: tags.clone(),
        overviews: Overviews::Nearest,
    };
    let path = place.join(format!("{COVERAGE}.tif"));
    cog::write::<u8>(&path, grid, &spec, &mut |rows| {
        let units = rows.start * grid.cols..rows.end * grid.cols;
        Ok(vec![units.map(|unit| state_code(read, unit)).collect()])
    })?;
    let codes = style::Coverage {
        outside: CellState::Outside as u8,
        missing: CellState::Missing as u8,
        known: CellState::Known as u8,
    };
    Ok(fs_err::write(path.with_extension("qml"), style::coverage(codes)?)?)
}

/// 0 outside the study area, 1 evidence missing, 2 known.
fn state_code(read: &Read, unit: usize) -> u8 {
    state(read, unit) as u8
}

/// The state of a cell, all layers together.
#[must_use]
pub fn state(read: &Read, unit: usize) -> CellState {
    match (read.stack.area().get(unit), read.eligible.get(unit)) {
        (false, _) => CellState::Outside,
        (true, false) => CellState::Missing,
        (true, true) => CellState::Known,
    }
}

fn style_of(maps: &Maps, name: &str, classes: &[MapClass]) -> Result<String> {
    let faded = files::fades(maps, name);
    match name {
        PROSPECTIVITY if faded => style::discrete_faded(&style::prospectivity_classes(classes)),
        PROSPECTIVITY => style::discrete(&style::prospectivity_classes(classes)),
        RANK if faded => style::discrete_faded(&style::rank_classes(classes)),
        RANK => style::discrete(&style::rank_classes(classes)),
        SPREAD => {
            let map = Miniature::read(&maps.stack, name, Keep::Middle)?;
            style::discrete(&style::spread_classes(map.quantiles(style::SPREAD_SHARES)))
        }
        _ => {
            let map = Miniature::read(&maps.stack, name, Keep::Middle)?;
            let [low, high] = map.quantiles([0.02, 0.98]);
            let limit = low.abs().max(high.abs()).max(f64::from(f32::MIN_POSITIVE));
            style::diverging(limit, &maps.attribution_unit)
        }
    }
}

/// What the report draws.
fn pictures(maps: &Maps, read: &Read, doubt: &DoubtLine) -> Result<Pictures> {
    let grid = read.grid()?;
    let map = Miniature::read(&maps.stack, PROSPECTIVITY, Keep::Greatest)?;
    Ok(Pictures {
        grid: grid.clone(),
        prospectivity: map.fade(&maps.stack, &|units| Ok(doubt_maps::outside(maps, units)?))?,
        spread: Miniature::read(&maps.stack, SPREAD, Keep::Middle)?,
        doubt: files::pictures(maps, doubt)?,
        deposits: read.names.keys().map(|&unit| grid.centre(unit)).collect(),
    })
}

/// The targets and the known deposits.
fn write_targets(path: &Path, grid: &Grid, drawn: &Drawn, read: &Read) -> Result<()> {
    use FieldType::{Integer, Real, Text};
    let features = drawn
        .targets
        .iter()
        .zip(&drawn.lines)
        .map(|(target, line)| Feature {
            geometry: Geometry::Polygons(target.polygons.clone()),
            values: target_values(line),
        })
        .collect();
    let field = |name: &str, kind| (name.to_string(), kind);
    let mut fields = vec![
        field("rank", Integer),
        field("area_km2", Real),
        field("mean_score", Real),
        field("max_score", Real),
        field("percentile", Real),
        field("mean_spread", Real),
        field("known_deposits", Integer),
        field("deposit_names", Text),
        field("distance_to_deposit_m", Real),
        field("outside_applicability", Real),
        field("main_doubt", Text),
        field("main_doubt_share", Real),
    ];
    for number in 1..=3 {
        fields.push(field(&format!("driver_{number}"), Text));
        fields.push(field(&format!("driver_{number}_share"), Real));
    }
    let targets = gpkg::Layer {
        name: "targets".into(),
        kind: gpkg::Kind::Polygons,
        fields,
        features,
        style: Some(style::targets()?),
    };
    Ok(gpkg::write(path, &grid.crs, &[targets, deposits_layer(grid, read)?])?)
}

fn target_values(line: &TargetLine) -> Vec<Value> {
    let count = |number: usize| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let mut values = vec![
        count(line.rank),
        Value::Real(line.area_km2),
        Value::Real(line.mean_score),
        Value::Real(line.max_score),
        Value::Real(line.percentile),
        Value::Real(line.mean_spread),
        count(line.known_deposits),
        Value::Text(line.deposit_names.join("; ")),
        line.distance_to_deposit_m.map_or(Value::Missing, Value::Real),
        line.doubt.outside.map_or(Value::Missing, Value::Real),
        line.doubt.cause.map_or(Value::Missing, |cause| Value::Text(cause.key().into())),
        line.doubt.share.map_or(Value::Missing, Value::Real),
    ];
    for number in 0..3 {
        match line.drivers.get(number) {
            Some(driver) => {
                values.extend([Value::Text(driver.layer.clone()), Value::Real(driver.share)]);
            }
            None => values.extend([Value::Missing, Value::Missing]),
        }
    }
    values
}

fn deposits_layer(grid: &Grid, read: &Read) -> Result<gpkg::Layer> {
    let features = read
        .names
        .iter()
        .map(|(&unit, name)| Feature {
            geometry: point(grid.centre(unit)),
            values: vec![Value::Text(name.clone())],
        })
        .collect();
    Ok(gpkg::Layer {
        name: "known_deposits".into(),
        kind: gpkg::Kind::Points,
        fields: vec![("name".into(), FieldType::Text)],
        features,
        style: Some(style::deposits()?),
    })
}

fn point(place: Point) -> Geometry {
    Geometry::Points(vec![[place.easting, place.northing]])
}

/// The files of a folder that end so (all, for no ending), in the order of their names; none where there is no folder.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Ok(Vec::new()) };
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let wanted =
        |path: &PathBuf| ending.is_empty() || path.extension().is_some_and(|end| end == ending);
    let mut paths: Vec<PathBuf> =
        paths.into_iter().filter(|path| path.is_file() && wanted(path)).collect();
    paths.sort();
    Ok(paths)
}
