//! One evidence layer: a raster brought onto the grid, or shapes made into one by a surface step;
//! then what its raster steps make of it.

use std::path::Path;

use paydirt_core::step::{AnyStep, Source};
use paydirt_io::{crs, digest, raster, vector};

use super::ground::neither;
use super::way::{Kept, Way, count, grid};
use super::{layer_info, shown};
use crate::error::{Error, Result};
use crate::project::{Evidence, Opened};
use crate::receipt::LayerReceipt;

/// Reads a layer into the stack; returns its receipt and its column steps.
pub(super) fn read(
    opened: &Opened,
    settings: &Evidence,
    kept: &mut Kept<'_>,
) -> Result<(LayerReceipt, Vec<AnyStep>)> {
    let path = opened.path(&settings.path);
    let (way, columns) = Way::of(layer_info(settings), &settings.steps)?;
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
    let wanted = Wanted { opened, path: &path, settings, way };
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
    Ok((line, columns))
}

/// A file and what is to be made of it.
struct Wanted<'a> {
    opened: &'a Opened,
    path: &'a Path,
    settings: &'a Evidence,
    way: Way<'a>,
}

impl Wanted<'_> {
    fn read_raster(&self, kept: &mut Kept<'_>, line: &mut LayerReceipt) -> Result<()> {
        let Self { opened, path, settings, .. } = *self;
        let grid = grid(&kept.stack)?.clone();
        let request = raster::Request {
            band: settings.band.unwrap_or(1),
            evidence_type: settings.evidence_type,
            resample: settings.resample,
            nodata: settings.nodata.clone(),
            within: settings.within.as_ref().map(|within| opened.path(within)),
            assume_crs: settings.crs.as_deref().map(crs::parse).transpose()?,
            ..raster::Request::default()
        };
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
        line.nodata_cells = report.nodata_cells;
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
            assume_crs: settings.crs.as_deref().map(crs::parse).transpose()?,
        };
        let found = vector::read_shapes(path, &grid.crs, &options)?;
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
        line.grid = format!("{} features", found.shapes.len());
        line.resampling = "drawn on the grid".into();
        line.nodata_rule = "none: shapes".into();
        line.warnings = found.warnings;
        if !found.skipped.is_empty() {
            line.warnings.push(format!("{} features could not be placed", found.skipped.len()));
        }
        Ok(())
    }
}
