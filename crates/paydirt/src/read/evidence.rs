//! One evidence layer: a raster brought onto the grid, or shapes made into one by a surface step;
//! then what its raster steps make of it.

use std::path::Path;
use std::sync::Arc;

use paydirt_core::formula::Formula;
use paydirt_core::layer::LayerInfo;
use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_core::step::{AnyStep, Source};
use paydirt_io::{crs, digest, raster, remote, vector};

use super::derived::{self, Derived};
use super::ground::neither;
use super::legend::{self, Legend};
use super::way::{self, Kept, Way, count, grid};
use super::{layer_info, shown};
use crate::error::{Error, Result};
use crate::project::Evidence;
use crate::receipt::LayerReceipt;

/// Reads a layer of a project in `folder` into the stack; returns its receipt and its column steps.
pub(crate) fn read(
    folder: &Path,
    settings: &Evidence,
    kept: &mut Kept<'_>,
) -> Result<(LayerReceipt, Vec<AnyStep>)> {
    let (mut way, columns) = Way::of(layer_info(settings), &settings.steps)?;
    if let Some(mask) = &settings.keep_where {
        let mask = Formula::parse(mask)?;
        mask.require_condition()?;
        way.keep_where = Some(mask);
    }
    let derived = Derived::of(settings)?;
    let mut line = LayerReceipt {
        name: settings.name.clone(),
        evidence_type: settings.evidence_type,
        unit: settings.unit.clone(),
        source: settings.source.clone(),
        steps: settings.steps.iter().map(|step| step.key().to_string()).collect(),
        ..LayerReceipt::default()
    };
    match (settings.path.as_ref().map(|path| remote::join(folder, path)), &derived) {
        (Some(path), _) => {
            line.path = shown(&path);
            line.sha256 = digest::sha256(&path)?;
            let legend =
                settings.legend.as_ref().map(|path| Legend::read(&remote::join(folder, path)));
            let wanted = Wanted { folder, path: &path, settings, way, legend: legend.transpose()? };
            wanted.read_file(derived.as_ref(), kept, &mut line)?;
        }
        (None, Some(derived)) => from_layers(derived, &way, kept, &mut line)?,
        (None, None) => {
            return Err(Error::Project {
                reason: format!("`{}` has no `path`, `formula` or `index`", settings.name),
                hint: "name its file: `path = \"arsenic.tif\"`".into(),
            });
        }
    }
    count(&kept.stack, &mut line)?;
    Ok((line, columns))
}

/// Makes a layer from those that stand before it.
fn from_layers(
    derived: &Derived,
    way: &Way<'_>,
    kept: &mut Kept<'_>,
    line: &mut LayerReceipt,
) -> Result<()> {
    derived.require_layers(&kept.stack)?;
    let grid = grid(&kept.stack)?.clone();
    // The layers that it is made from stay where they are while this one is kept.
    let mut scratch = GridStack::new(grid.clone(), Arc::new(kept.stack.area().clone()));
    let spool = way::subfolder(kept.spool, "derived")?;
    let mut writer = scratch.begin(way.info.clone(), spool.as_deref())?;
    let read = |input: usize, units| Ok(kept.stack.read_stored(&derived.inputs[input], units)?);
    let trouble = derived::evaluate(&derived.formula, &grid, read, &mut writer)?;
    scratch.finish(writer)?;
    let ((), notes) = way.keep(kept, &grid, |writer| {
        crate::draw::strips(&grid)
            .try_for_each(|strip| Ok(writer.write(&scratch.read_stored(&way.info.name, strip)?)?))
    })?;
    line.notes = std::iter::once(format!("formula {}", derived.formula)).chain(notes).collect();
    line.warnings.extend(trouble);
    line.grid = "the project grid".into();
    line.resampling = "by formula".into();
    line.nodata_rule = "where an input has none".into();
    Ok(())
}

/// A file and what is to be made of it.
struct Wanted<'a> {
    folder: &'a Path,
    path: &'a Path,
    settings: &'a Evidence,
    way: Way<'a>,
    /// What the values of the attribute mean.
    legend: Option<Legend>,
}

impl Wanted<'_> {
    fn read_file(
        &self,
        derived: Option<&Derived>,
        kept: &mut Kept<'_>,
        line: &mut LayerReceipt,
    ) -> Result<()> {
        match (raster::inspect(self.path), derived) {
            (Ok(_), Some(derived)) => self.read_bands(derived, kept, line),
            (Ok(info), None) => {
                legend::refuse_raster(self.settings)?;
                self.read_raster(kept, line)?;
                if self.settings.band.is_none() && info.bands.len() > 1 {
                    line.warnings.push(format!(
                        "has {} bands, of which the first is read: say `band = 1`, or another",
                        info.bands.len()
                    ));
                }
                Ok(())
            }
            (Err(_), None) if vector::layers(self.path).is_ok() => self.read_vector(kept, line),
            (Err(error), _) => Err(neither(error).into()),
        }
    }

    fn request(&self, band: usize) -> Result<raster::Request> {
        let Self { folder, settings, .. } = *self;
        Ok(raster::Request {
            band,
            evidence_type: settings.evidence_type,
            resample: settings.resample,
            nodata: settings.nodata.clone(),
            within: settings.within.as_ref().map(|within| remote::join(folder, within)),
            assume_crs: settings.crs.as_deref().map(crs::parse).transpose()?,
            ..raster::Request::default()
        })
    }

    /// Makes a layer from the bands of the file.
    fn read_bands(
        &self,
        derived: &Derived,
        kept: &mut Kept<'_>,
        line: &mut LayerReceipt,
    ) -> Result<()> {
        let grid = grid(&kept.stack)?.clone();
        let everywhere = Arc::new(Mask::new(grid.cells(), true));
        let spool = way::subfolder(kept.spool, "bands")?;
        let mut bands = GridStack::new(grid.clone(), everywhere);
        for (input, band) in derived.bands()?.into_iter().enumerate() {
            let info = LayerInfo { name: format!("input {input}"), ..layer_info(self.settings) };
            let mut writer = bands.begin(info, spool.as_deref())?;
            let request = self.request(band)?;
            let sink = &mut |rows: &[f32]| Ok(writer.write(rows)?);
            let report = raster::align(self.path, &grid, &request, sink)?;
            bands.finish(writer)?;
            line.take(report);
        }
        let read = |input: usize, units| Ok(bands.read_stored(&format!("input {input}"), units)?);
        let (trouble, notes) = self
            .way
            .keep(kept, &grid, |writer| derived::evaluate(&derived.formula, &grid, read, writer))?;
        line.notes = std::iter::once(format!("formula {}", derived.formula)).chain(notes).collect();
        line.warnings.extend(trouble);
        Ok(())
    }

    fn read_raster(&self, kept: &mut Kept<'_>, line: &mut LayerReceipt) -> Result<()> {
        let Self { path, settings, .. } = *self;
        let grid = grid(&kept.stack)?.clone();
        let request = self.request(settings.band.unwrap_or(1))?;
        let report = match self.way.surface {
            None => {
                let (report, notes) = self.way.keep(kept, &grid, |writer| {
                    Ok(raster::align(path, &grid, &request, &mut |rows| Ok(writer.write(rows)?))?)
                })?;
                line.notes = notes;
                report
            }
            Some(surface) => {
                let (values, report) = raster::read(path, &grid, &request)?;
                let canvas = surface.prepare(&Source::Raster(&values), &grid)?;
                self.way.draw(kept, &grid, canvas.as_ref(), line)?;
                report
            }
        };
        line.take(report);
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
        self.way.draw(kept, &grid, canvas.as_ref(), line)?;
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
}

impl LayerReceipt {
    /// Takes over what was said of a raster.
    fn take(&mut self, report: raster::AlignReport) {
        self.crs = report.crs;
        if report.crs_assumed {
            self.crs.push_str(" (assumed)");
        }
        self.grid = report.source;
        self.resampling = report
            .resampling
            .map_or("none: its cells are the grid's", raster::Resample::name)
            .into();
        self.nodata_rule = report.nodata_rule;
        self.nodata_cells = report.nodata_cells;
        self.warnings.extend(report.warnings);
    }
}
