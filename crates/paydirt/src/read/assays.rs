//! Assays: a laboratory's table, cleaned, and gridded into one layer an element.

use std::path::Path;

use paydirt_core::assay::{self, Assays, RawTable};
use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::step::{AnyStep, Geometry, Shape, Source};
use paydirt_core::table::{Column, Table};
use paydirt_io::vector::Points;
use paydirt_io::{digest, vector};

use super::shown;
use super::way::{Kept, Way, count, grid};
use crate::error::{Error, Result};
use crate::project::{AssayLayers, Opened};
use crate::receipt::{AssayReceipt, LayerReceipt};

/// What a table of assays gave: each layer's receipt and column steps, and the receipt of the table.
pub(super) struct Gridded {
    pub(super) layers: Vec<(LayerReceipt, Vec<AnyStep>)>,
    pub(super) receipt: AssayReceipt,
}

/// Reads a table of assays, cleans it and grids its elements into the stack.
pub(super) fn read(
    opened: &Opened,
    settings: &AssayLayers,
    kept: &mut Kept<'_>,
) -> Result<Gridded> {
    let path = opened.path(&settings.path);
    let points = points(&path, settings, kept)?;
    let mut clean = assay::clean(&raw(&points, kept)?, &settings.clean)?;
    clean.receipt.warnings.extend(points.warnings.iter().cloned());
    let table = transformed(settings, &clean)?;
    let sha256 = digest::sha256(&path)?;
    let wanted = wanted(settings, &table)?;
    let mut layers = Vec::new();
    for column in wanted {
        let line = LayerReceipt {
            name: format!("{}_{}", settings.name, column.name),
            path: shown(&path),
            sha256: sha256.clone(),
            unit: unit(settings),
            source: settings.source.clone(),
            crs: points.crs.clone(),
            grid: format!("{} samples", clean.samples.len()),
            resampling: "gridded from points".into(),
            nodata_rule: "nobody sampled near".into(),
            steps: settings.steps.iter().map(|step| step.key().to_string()).collect(),
            ..LayerReceipt::default()
        };
        layers.push(layer(settings, column, &clean, kept, line)?);
    }
    let receipt = AssayReceipt {
        name: settings.name.clone(),
        path: shown(&path),
        sha256,
        crs: points.crs,
        cleaned: clean.receipt,
    };
    Ok(Gridded { layers, receipt })
}

fn points(path: &Path, settings: &AssayLayers, kept: &Kept<'_>) -> Result<Points> {
    let AssayLayers { layer, easting, northing, crs, .. } = settings;
    super::places::read(path, grid(&kept.stack)?, [layer, easting, northing, crs])
}

/// The table as text, with the places on the grid's system.
fn raw(points: &Points, kept: &Kept<'_>) -> Result<RawTable> {
    let cell = |record: &vector::PointRecord, name: &String| {
        record.attributes.get(name).cloned().unwrap_or_default()
    };
    Ok(RawTable {
        header: points.attributes.clone(),
        rows: (points.records.iter())
            .map(|record| points.attributes.iter().map(|name| cell(record, name)).collect())
            .collect(),
        places: points.records.iter().map(|record| Some(record.place)).collect(),
        degrees: false,
        region: Some(grid(&kept.stack)?.region()),
    })
}

/// The unit of the layers: ppm, or what the steps before the gridding made of it, as in `clr of ppm`.
fn unit(settings: &AssayLayers) -> String {
    settings
        .before_gridding
        .iter()
        .fold("ppm".into(), |unit, step| format!("{} of {unit}", step.key()))
}

/// The analyses after the steps that treat each sample by itself.
fn transformed(settings: &AssayLayers, clean: &Assays) -> Result<Table> {
    let mut table = clean.table()?;
    for step in &settings.before_gridding {
        if step.learns() || step.surface().is_some() || step.raster().is_some() {
            return Err(Error::Project {
                reason: format!(
                    "step `{}` in `before_gridding` of `{}` learns from all samples, held-out ground \
                     included",
                    step.key(),
                    settings.name
                ),
                hint:
                    "put it in a [[group]] with the gridded layers: there it is fitted in each fold"
                        .into(),
            });
        }
        table = step.fit(&table)?.apply(table)?;
    }
    Ok(table)
}

/// The columns that become layers.
fn wanted<'a>(settings: &AssayLayers, table: &'a Table) -> Result<Vec<&'a Column>> {
    if settings.elements.is_empty() {
        return Ok(table.columns().iter().collect());
    }
    let find = |name: &String| {
        table.column(name).ok_or_else(|| {
            Error::Core(paydirt_core::Error::Unknown {
                what: "element",
                name: name.clone(),
                known: table.names().join(", "),
            })
        })
    };
    settings.elements.iter().map(find).collect()
}

/// Grids one element.
fn layer(
    settings: &AssayLayers,
    column: &Column,
    clean: &Assays,
    kept: &mut Kept<'_>,
    mut line: LayerReceipt,
) -> Result<(LayerReceipt, Vec<AnyStep>)> {
    let (name, unit) = (line.name.clone(), line.unit.clone());
    let info = LayerInfo { name, evidence_type: EvidenceType::Continuous, unit };
    let (mut way, columns) = Way::of(info, &settings.steps)?;
    way.info.unit = way.unit(&line.unit);
    line.unit.clone_from(&way.info.unit);
    let surface = way.surface.ok_or_else(|| Error::Project {
        reason: format!("assays `{}` are points, and no step makes cells of them", settings.name),
        hint: "put a step that grids points first in `steps`, such as `{ inverse_distance = {} }`"
            .into(),
    })?;
    let samples = clean.samples.iter().zip(&column.values).zip(&column.known);
    let shapes: Vec<Shape> = samples
        .filter(|(_, known)| **known)
        .map(|((sample, value), _)| Shape {
            geometry: Geometry::Points(vec![[sample.place.easting, sample.place.northing]]),
            value: Some(*value),
        })
        .collect();
    let grid = grid(&kept.stack)?.clone();
    let canvas = surface.prepare(&Source::Shapes(&shapes), &grid)?;
    way.draw(kept, &grid, canvas.as_ref(), &mut line)?;
    count(&kept.stack, &mut line)?;
    Ok((line, columns))
}
