//! One evidence layer: a raster brought onto the grid, or shapes made into one by a surface step;
//! then what its raster steps make of it.

use std::path::Path;
use std::sync::Arc;

use paydirt_core::grid::Grid;
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, LayerWriter, Stack};
use paydirt_core::step::{self, AnyStep, Canvas, RasterStep, Source, Surface};
use paydirt_io::{crs, digest, raster, vector};

use super::ground::neither;
use super::legend::{self, Legend};
use super::{layer_info, shown};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::project::{Evidence, Opened};
use crate::receipt::LayerReceipt;

/// Where layers are kept: those that are evidence, and the bands that surfaces draw beside them.
pub(super) struct Kept<'a> {
    pub(super) stack: GridStack,
    pub(super) extras: GridStack,
    /// Where to keep them on disk, if not in memory.
    pub(super) spool: Option<&'a Path>,
}

/// Reads a layer into the stack; returns its receipt and its column steps.
pub(super) fn read(
    opened: &Opened,
    settings: &Evidence,
    kept: &mut Kept<'_>,
    console: &Console,
) -> Result<(LayerReceipt, Vec<AnyStep>)> {
    let path = opened.path(&settings.path);
    let (way, columns) = Way::of(settings)?;
    let mut line = LayerReceipt {
        name: settings.name.clone(),
        path: shown(&path),
        sha256: digest::sha256(&path)?,
        evidence_type: settings.evidence_type,
        unit: settings.unit.clone(),
        source: settings.source.clone(),
        steps: settings.steps.iter().map(|step| step.key().to_string()).collect(),
        ..LayerReceipt::default()
    };
    let legend = settings.legend.as_ref().map(|legend| Legend::read(&opened.path(legend)));
    let wanted = Wanted { path: &path, settings, way, legend: legend.transpose()? };
    match raster::inspect(&path) {
        Ok(info) => {
            wanted.read_raster(kept, &mut line)?;
            if settings.band.is_none() && info.bands.len() > 1 {
                line.warnings.push(format!(
                    "has {} bands, of which the first is read: say `band = 1`, or another",
                    info.bands.len()
                ));
            }
        }
        Err(_) if vector::layers(&path).is_ok() => wanted.read_vector(kept, &mut line)?,
        Err(error) => return Err(neither(error).into()),
    }
    count(&kept.stack, &mut line)?;
    for warning in &line.warnings {
        console.warn(format!("layer `{}`: {warning}", settings.name));
    }
    Ok((line, columns))
}

/// The steps that need the map: a surface step, then raster steps.
#[derive(Default)]
struct Way<'a> {
    surface: Option<&'a dyn Surface>,
    rasters: Vec<&'a dyn RasterStep>,
}

impl<'a> Way<'a> {
    /// These steps of a layer, and the others that follow.
    fn of(settings: &'a Evidence) -> Result<(Self, Vec<AnyStep>)> {
        let mut way = Self::default();
        let mut steps = settings.steps.as_slice();
        if let Some(surface) = steps.first().and_then(|step| step.surface()) {
            way.surface = Some(surface);
            steps = &steps[1..];
        }
        while let Some(raster) = steps.first().and_then(|step| step.raster()) {
            way.rasters.push(raster);
            steps = &steps[1..];
        }
        match steps.iter().find(|step| step.surface().is_some() || step.raster().is_some()) {
            None => Ok((way, steps.to_vec())),
            Some(late) => Err(Error::Project {
                reason: format!(
                    "step `{}` of `{}` needs the map, but stands after a step that does not",
                    late.key(),
                    settings.name
                ),
                hint: "`steps` begin with what makes a layer from shapes, then what looks at the \
                       neighbours of a cell, then what is fitted"
                    .into(),
            }),
        }
    }
}

/// A file and what is to be made of it.
struct Wanted<'a> {
    path: &'a Path,
    settings: &'a Evidence,
    way: Way<'a>,
    /// What the values of the attribute mean.
    legend: Option<Legend>,
}

impl Wanted<'_> {
    fn read_raster(&self, kept: &mut Kept<'_>, line: &mut LayerReceipt) -> Result<()> {
        let Self { path, settings, .. } = *self;
        legend::refuse_raster(settings)?;
        let grid = grid(&kept.stack)?.clone();
        let request = raster::Request {
            band: settings.band.unwrap_or(1),
            evidence_type: settings.evidence_type,
            resample: settings.resample,
            nodata: settings.nodata.clone(),
            assume_crs: settings.crs.as_deref().map(crs::parse).transpose()?,
            ..raster::Request::default()
        };
        let report = match self.way.surface {
            None => self.keep(kept, &grid, |writer| {
                Ok(raster::align(path, &grid, &request, &mut |rows| Ok(writer.write(rows)?))?)
            })?,
            Some(surface) => {
                let (values, report) = raster::read(path, &grid, &request)?;
                let canvas = surface.prepare(&Source::Raster(&values), &grid)?;
                self.draw(kept, &grid, canvas.as_ref(), line)?;
                report
            }
        };
        line.crs = report.crs;
        if report.crs_assumed {
            line.crs.push_str(" (assumed)");
        }
        line.grid = report.source;
        line.resampling = report
            .resampling
            .map_or("none: its cells are the grid's", raster::Resample::name)
            .into();
        line.nodata_rule = report.nodata_rule;
        line.warnings = report.warnings;
        Ok(())
    }

    fn read_vector(&self, kept: &mut Kept<'_>, line: &mut LayerReceipt) -> Result<()> {
        let Self { path, settings, .. } = *self;
        let surface = self.way.surface.ok_or_else(|| Error::Project {
            reason: format!(
                "layer `{}` is a vector file, and no step makes cells of it",
                settings.name
            ),
            hint: "put `{ distance = {} }`, `{ density = {} }` or `{ rasterise = {} }` first in \
                   `steps`"
                .into(),
        })?;
        let grid = grid(&kept.stack)?.clone();
        let options = vector::ShapeOptions {
            layer: settings.layer.clone(),
            value_attribute: settings.attribute.clone(),
            as_text: legend::is_text(settings, surface.reads_classes()),
            only: settings.only.as_ref().and_then(legend::only),
            assume_crs: settings.crs.as_deref().map(crs::parse).transpose()?,
        };
        let mut found = vector::read_shapes(path, &grid.crs, &options)?;
        legend::keep_strikes(settings, &mut found, grid.unit_m())?;
        if options.as_text {
            let wanted =
                legend::Wanted::of(settings, self.legend.as_ref(), surface.reads_classes());
            wanted.code(&mut found, grid.unit_m(), line)?;
        }
        if let Some(attribute) =
            settings.attribute.as_ref().filter(|_| found.shapes.iter().all(|s| s.value.is_none()))
        {
            return Err(Error::Data {
                reason: format!(
                    "attribute `{attribute}` of `{}` is empty in every feature",
                    path.display()
                ),
                hint: "name another `attribute`, or leave it out to burn presence".into(),
            });
        }
        let canvas = surface.prepare(&Source::Shapes(&found.shapes), &grid)?;
        self.draw(kept, &grid, canvas.as_ref(), line)?;
        line.crs = found.crs;
        line.grid = match settings.only {
            None => format!("{} features", found.shapes.len()),
            Some(_) => format!("{} of {} features", found.shapes.len(), found.features),
        };
        line.resampling = "drawn on the grid".into();
        line.nodata_rule = "none: shapes".into();
        line.warnings = found.warnings;
        if !found.skipped.is_empty() {
            line.warnings.push(format!("{} features could not be placed", found.skipped.len()));
        }
        Ok(())
    }

    /// Keeps what a surface draws, the extra bands beside the layer.
    fn draw(
        &self,
        kept: &mut Kept<'_>,
        grid: &Grid,
        canvas: &dyn Canvas,
        line: &mut LayerReceipt,
    ) -> Result<()> {
        let infos = canvas.extras().into_iter().map(|extra| paydirt_core::layer::LayerInfo {
            name: format!("{}_{}", self.settings.name, extra.suffix),
            evidence_type: EvidenceType::Continuous,
            unit: extra.unit,
        });
        let spool = subfolder(kept.spool, "extras")?;
        let mut extras = infos
            .map(|info| Ok(kept.extras.begin(info, spool.as_deref())?))
            .collect::<Result<Vec<_>>>()?;
        self.keep(kept, grid, |writer| {
            Ok(step::draw_surface(canvas, grid, |bands| {
                let mut bands = bands.into_iter();
                writer.write(&bands.next().unwrap_or_default())?;
                extras.iter_mut().zip(bands).try_for_each(|(extra, band)| extra.write(&band))
            })?)
        })?;
        extras.into_iter().try_for_each(|extra| kept.extras.finish(extra))?;
        line.notes = canvas.notes();
        Ok(())
    }

    /// Keeps what `first` writes once the raster steps have gone over it. What they look at is not
    /// cut to the study area: a cell at its edge has neighbours.
    fn keep<T>(
        &self,
        kept: &mut Kept<'_>,
        grid: &Grid,
        first: impl FnOnce(&mut LayerWriter) -> Result<T>,
    ) -> Result<T> {
        let info = layer_info(self.settings);
        let Some((last, before)) = self.way.rasters.split_last() else {
            let mut writer = kept.stack.begin(info, kept.spool)?;
            let found = first(&mut writer)?;
            kept.stack.finish(writer)?;
            return Ok(found);
        };
        let spool = subfolder(kept.spool, "steps")?;
        let everywhere = Arc::new(Mask::new(grid.cells(), true));
        let scratch = || GridStack::new(grid.clone(), Arc::clone(&everywhere));
        let mut held = scratch();
        let mut writer = held.begin(info.clone(), spool.as_deref())?;
        let found = first(&mut writer)?;
        held.finish(writer)?;
        for (turn, step) in before.iter().enumerate() {
            let spool = subfolder(spool.as_deref(), if turn % 2 == 0 { "odd" } else { "even" })?;
            let mut next = scratch();
            let mut writer = next.begin(info.clone(), spool.as_deref())?;
            let read = |units| held.read_stored(&info.name, units);
            step::draw_raster(*step, grid, read, |rows| writer.write(rows))?;
            next.finish(writer)?;
            held = next;
        }
        let mut writer = kept.stack.begin(info.clone(), kept.spool)?;
        let read = |units| held.read_stored(&info.name, units);
        step::draw_raster(*last, grid, read, |rows| writer.write(rows))?;
        kept.stack.finish(writer)?;
        Ok(found)
    }
}

/// A folder in the spool folder, if there is one.
fn subfolder(spool: Option<&Path>, name: &str) -> Result<Option<std::path::PathBuf>> {
    let Some(folder) = spool.map(|spool| spool.join(name)) else { return Ok(None) };
    fs_err::create_dir_all(&folder)?;
    Ok(Some(folder))
}

fn grid(stack: &GridStack) -> Result<&Grid> {
    stack.grid().ok_or_else(|| Error::Data {
        reason: "the stack has no grid".into(),
        hint: "give the project a [grid]".into(),
    })
}

/// Counts what is known of the layer just read.
fn count(stack: &GridStack, line: &mut LayerReceipt) -> Result<()> {
    let (mut sum, mut range) = (0.0, (f32::INFINITY, f32::NEG_INFINITY));
    for strip in crate::draw::strips(grid(stack)?) {
        for value in stack.read_stored(&line.name, strip)?.into_iter().filter(|v| !v.is_nan()) {
            line.known_cells += 1;
            sum += f64::from(value);
            range = (range.0.min(value), range.1.max(value));
        }
    }
    line.missing_cells = stack.area().count() - line.known_cells;
    if line.known_cells == 0 {
        return Err(Error::Data {
            reason: format!("layer `{}` has no value in the study area", line.name),
            hint: "see that it covers the study area, and what its file says of no data".into(),
        });
    }
    line.min = Some(f64::from(range.0));
    line.max = Some(f64::from(range.1));
    line.mean = Some(sum / line.known_cells as f64);
    if range.0 == range.1 {
        line.warnings.retain(|warning| !warning.starts_with("is constant"));
        line.warnings.push(format!("every known cell is {}, so it can say nothing", range.0));
    }
    if line.missing_cells > 0 {
        let share = line.missing_cells as f64 / stack.area().count() as f64 * 100.0;
        let cells = line.missing_cells;
        line.warnings.push(format!("{cells} cells of the study area ({share:.1} %) have no value"));
    }
    if line.evidence_type == EvidenceType::Categorical && range.0 != range.0.floor() {
        line.warnings.push(format!("it is categorical, but holds {}", range.0));
    }
    Ok(())
}
