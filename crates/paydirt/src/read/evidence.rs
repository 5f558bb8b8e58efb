//! One evidence layer: a raster brought onto the grid, or shapes made into one by a surface step.

use std::path::Path;

use paydirt_core::layer::EvidenceType;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_core::step::{AnyStep, Source, Surface};
use paydirt_io::{crs, digest, raster, vector};

use super::ground::neither;
use super::{layer_info, shown};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::project::{Evidence, Opened};
use crate::receipt::LayerReceipt;

/// Reads a layer into the stack; returns its receipt and its column steps.
pub(super) fn read(
    opened: &Opened,
    settings: &Evidence,
    stack: &mut GridStack,
    spool: Option<&Path>,
    console: &Console,
) -> Result<(LayerReceipt, Vec<AnyStep>)> {
    let path = opened.path(&settings.path);
    let (first, rest) = match settings.steps.split_first() {
        Some((first, rest)) if first.surface().is_some() => (Some(first), rest),
        _ => (None, settings.steps.as_slice()),
    };
    if let Some(late) = rest.iter().find(|step| step.surface().is_some()) {
        return Err(Error::Project {
            reason: format!(
                "step `{}` of `{}` measures geometry, but stands after another step",
                late.key(),
                settings.name
            ),
            hint: "put it first in `steps`".into(),
        });
    }
    let surface = first.and_then(|step| step.surface());
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
    let wanted = Wanted { path: &path, settings, surface, spool };
    match raster::inspect(&path) {
        Ok(info) => {
            read_raster(&wanted, stack, &mut line)?;
            if settings.band.is_none() && info.bands.len() > 1 {
                line.warnings.push(format!(
                    "has {} bands, of which the first is read: say `band = 1`, or another",
                    info.bands.len()
                ));
            }
        }
        Err(_) if vector::layers(&path).is_ok() => read_vector(&wanted, stack, &mut line)?,
        Err(error) => return Err(neither(error).into()),
    }
    count(stack, &mut line)?;
    for warning in &line.warnings {
        console.warn(format!("layer `{}`: {warning}", settings.name));
    }
    Ok((line, rest.to_vec()))
}

/// A file and what is to be made of it.
struct Wanted<'a> {
    path: &'a Path,
    settings: &'a Evidence,
    surface: Option<&'a dyn Surface>,
    spool: Option<&'a Path>,
}

fn read_raster(wanted: &Wanted<'_>, stack: &mut GridStack, line: &mut LayerReceipt) -> Result<()> {
    let Wanted { path, settings, surface, spool } = *wanted;
    let grid = grid(stack)?.clone();
    let request = raster::Request {
        band: settings.band.unwrap_or(1),
        evidence_type: settings.evidence_type,
        resample: settings.resample,
        nodata: settings.nodata.clone(),
        assume_crs: settings.crs.as_deref().map(crs::parse).transpose()?,
        ..raster::Request::default()
    };
    let mut writer = stack.begin(layer_info(settings), spool)?;
    let report = match surface {
        None => raster::align(path, &grid, &request, &mut |rows| Ok(writer.write(rows)?))?,
        Some(surface) => {
            let (values, report) = raster::read(path, &grid, &request)?;
            writer.write(&surface.draw(&Source::Raster(&values), &grid)?)?;
            report
        }
    };
    stack.finish(writer)?;
    line.crs = report.crs;
    if report.crs_assumed {
        line.crs.push_str(" (assumed)");
    }
    line.grid = report.source;
    line.resampling =
        report.resampling.map_or("none: its cells are the grid's", raster::Resample::name).into();
    line.nodata_rule = report.nodata_rule;
    line.warnings = report.warnings;
    Ok(())
}

fn read_vector(wanted: &Wanted<'_>, stack: &mut GridStack, line: &mut LayerReceipt) -> Result<()> {
    let Wanted { path, settings, surface, spool } = *wanted;
    let surface = surface.ok_or_else(|| Error::Project {
        reason: format!(
            "layer `{}` is a vector file, and no step makes cells of it",
            settings.name
        ),
        hint:
            "put `{ distance = {} }`, `{ density = {} }` or `{ rasterise = {} }` first in `steps`"
                .into(),
    })?;
    let grid = grid(stack)?.clone();
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
    let mut writer = stack.begin(layer_info(settings), spool)?;
    writer.write(&surface.draw(&Source::Shapes(&found.shapes), &grid)?)?;
    stack.finish(writer)?;
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

fn grid(stack: &GridStack) -> Result<&paydirt_core::grid::Grid> {
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
