//! The maps of an infilling (`paydirt infill`): a score, two spreads and the records of each species.

use std::path::Path;
use std::sync::Arc;

use paydirt_core::grid::{Grid, Point};
use paydirt_io::raster::{Pyramid, Window};
use serde::Serialize;
use serde_json::Value;

use crate::error::Result;
use crate::layer::{Group, Layer, sample, spoken};
use crate::legend::{Legend, Ramp};
use crate::place::distance_m;
use crate::view::View;

/// The bands of a map of scores (`maps/`) and of the records of a species (`layers/`).
const SCORES: [&str; 3] = ["mean", "spread_over_masks", "spread_over_seeds"];
const RECORDS: [&str; 3] = ["count", "presence", "quality"];
/// Most cells of a band that are looked at for a place or a legend.
const MOST_CELLS: usize = 1 << 22;

/// What a place is among those of a species.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct OfSpecies {
    /// Its name.
    pub name: String,
    /// Share of the mapped area that scores lower, in per cent.
    pub percentile: Option<f64>,
    /// Distance to the middle of the nearest cell with a record of it, in metres; none where there is no such
    /// cell, or where the map is too large to be searched at every click.
    pub nearest_record_m: Option<f64>,
}

/// Whether a raster is one of an infilling.
pub(crate) fn is_of_infilling(raster: &Pyramid) -> bool {
    let names = || raster.bands().iter().map(|band| band.description.as_str());
    names().eq(SCORES) || names().eq(RECORDS)
}

/// The layers of such a raster; bands of which nothing is known make none, and neither does `presence`, which
/// says no more than `count`.
///
/// # Errors
/// Cells that cannot be read.
pub(crate) fn layers_of(raster: &Arc<Pyramid>, stem: &str) -> Result<Vec<Layer>> {
    let mut layers = Vec::new();
    for (band, info) in raster.bands().iter().enumerate() {
        let name = info.description.as_str();
        let (title, group) = match name {
            "mean" => ("Score while hidden", Group::Infilling),
            "spread_over_masks" => ("Spread over masks", Group::Uncertainty),
            "spread_over_seeds" => ("Spread over seeds", Group::Uncertainty),
            "count" => ("Recorded sites", Group::Records),
            "quality" => ("Quality of the sites", Group::Records),
            _ => continue,
        };
        let values = if name == "mean" { whole(raster, band)? } else { sample(raster, band)? };
        if values.iter().all(|value| value.is_nan()) {
            continue;
        }
        let legend = match group {
            Group::Infilling => Legend::by_area(&values, Ramp::Top),
            Group::Uncertainty => Legend::by_area(&values, Ramp::Doubt),
            _ if name == "count" => Legend::counts(),
            _ => Legend::by_area(&values, Ramp::Plain),
        };
        layers.push(Layer {
            id: format!("{stem}.{name}"),
            title: title.into(),
            group,
            unit: info.unit.clone(),
            species: Some(spoken(stem)),
            raster: Arc::clone(raster),
            band,
            legend,
        });
    }
    Ok(layers)
}

/// A band as fine as it can be without too many cells.
fn whole(raster: &Pyramid, band: usize) -> Result<Vec<f32>> {
    let few = raster.levels().iter().position(|level| level.cols * level.rows <= MOST_CELLS);
    let Some(number) = few else { return sample(raster, band) };
    let level = raster.levels()[number];
    let window = Window { col: 0, row: 0, cols: level.cols, rows: level.rows };
    Ok(raster.read(band, number, window)?)
}

/// Names the species as the report does, of which files have no more than plain small letters; returns them in
/// the report's order.
pub(crate) fn name(layers: &mut [Layer], report: &Value) -> Vec<String> {
    let told = report.pointer("/read/species").and_then(Value::as_array);
    let named = told.into_iter().flatten().filter_map(|line| line.get("name")?.as_str());
    let mut names: Vec<String> = Vec::new();
    for name in named {
        let file = spoken(&file_of(name));
        let of = layers.iter_mut().filter(|layer| layer.species.as_ref() == Some(&file));
        let found = of.map(|layer| layer.species = Some(name.into())).count();
        if found > 0 {
            names.push(name.into());
        }
    }
    for species in layers.iter().filter_map(|layer| layer.species.as_ref()) {
        if !names.contains(species) {
            names.push(species.clone());
        }
    }
    names
}

/// What `paydirt infill` calls the files of a species.
fn file_of(species: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    species.chars().map(plain).collect()
}

/// The blocks that an infilling held out, cut at the edge of the grid: row and column (rows from the south), and
/// the ring of their corners.
pub(crate) fn test_blocks(grid: &Grid, report: &Value) -> Vec<([u64; 2], Vec<[f64; 2]>)> {
    let split = |key: &str| report.get("split").and_then(|split| split.get(key));
    let blocks = split("test_blocks").and_then(Value::as_array);
    let Some(side_m) = split("block_m").and_then(Value::as_f64).filter(|side| *side > 0.0) else {
        return Vec::new();
    };
    let [west, south, east, north] = grid.region();
    let size = [grid.transform.cell_width, grid.transform.cell_height];
    // A block is as many whole cells as come nearest to its side.
    let cells = grid.cell_size_m().map(|cell| (side_m / cell).round().max(1.0));
    let edge = |axis: usize, from: f64, number: u64, end: f64| {
        (from + number as f64 * cells[axis] * size[axis]).min(end)
    };
    let ring = |block: &Value| {
        let [row, col] = [0, 1].map(|axis| block.get(axis).and_then(Value::as_u64));
        let (row, col) = (row?, col?);
        let [left, right] = [col, col.saturating_add(1)].map(|col| edge(0, west, col, east));
        let [low, high] = [row, row.saturating_add(1)].map(|row| edge(1, south, row, north));
        let corners = vec![[left, low], [right, low], [right, high], [left, high], [left, low]];
        Some(([row, col], corners))
    };
    blocks.into_iter().flatten().filter_map(ring).collect()
}

impl View {
    /// What a place is among those of a species; `None` for a species that there is not.
    ///
    /// # Errors
    /// Maps that cannot be read.
    pub(crate) fn of_species(&self, name: &str, centre: Point) -> Result<Option<OfSpecies>> {
        let Some(name) = self.species.iter().find(|species| *species == name) else {
            return Ok(None);
        };
        let layer = |band: &str| {
            self.layers.iter().find(|layer| {
                layer.species.as_ref() == Some(name)
                    && layer.raster.bands()[layer.band].description == band
            })
        };
        let scores = layer("mean").map(|layer| self.percentile(layer, centre)).transpose()?;
        let records =
            layer("count").map(|layer| self.nearest_record_m(layer, centre)).transpose()?;
        Ok(Some(OfSpecies {
            name: name.clone(),
            percentile: scores.flatten(),
            nearest_record_m: records.flatten(),
        }))
    }

    fn percentile(&self, layer: &Layer, centre: Point) -> Result<Option<f64>> {
        let unit = self.grid.locate(centre);
        let here = unit.map(|unit| crate::place::value(layer, self.grid.cell(unit))).transpose()?;
        let Some(here) = here.flatten() else { return Ok(None) };
        let values = whole(&layer.raster, layer.band)?;
        let (mut lower, mut known) = (0_usize, 0_usize);
        for value in values.into_iter().filter(|value| !value.is_nan()) {
            known += 1;
            lower += usize::from(value < here);
        }
        Ok((known > 0).then(|| 100.0 * lower as f64 / known as f64))
    }

    fn nearest_record_m(&self, layer: &Layer, centre: Point) -> Result<Option<f64>> {
        if self.grid.cells() > MOST_CELLS {
            return Ok(None);
        }
        let counts = whole(&layer.raster, layer.band)?;
        let recorded = counts.iter().enumerate().filter(|(_, count)| **count > 0.0);
        let far = recorded.map(|(unit, _)| distance_m(&self.grid, centre, self.grid.centre(unit)));
        Ok(far.min_by(f64::total_cmp))
    }
}

/// Whether a file lies where an infilling puts its records.
pub(crate) fn holds_records(name: &str) -> bool {
    Path::new(name).parent() == Some(Path::new("layers"))
}
