//! What the maps say of a place.

use paydirt_core::grid::{Cell, Grid, Point};
use paydirt_io::crs;
use paydirt_io::raster::Window;
use serde::Serialize;

use crate::error::Result;
use crate::layer::{Group, Layer, RANK};
use crate::species::OfSpecies;
use crate::vectors::Deposit;
use crate::view::View;

/// Deposits that are named.
const NEAREST: usize = 5;

/// A layer's value; none where it is missing.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LayerValue {
    /// The layer's id.
    pub layer: String,
    /// Its value.
    pub value: Option<f32>,
}

/// What a layer of evidence adds to the score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Driver {
    /// The layer, as people call it.
    pub layer: String,
    /// Its signed share.
    pub share: f32,
}

/// A known deposit and how far it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NearDeposit {
    /// Its name.
    pub name: String,
    /// Distance in metres.
    pub distance_m: f64,
}

/// What the maps say of a cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Place {
    /// Easting of the middle of the cell.
    pub easting: f64,
    /// Northing of the middle of the cell.
    pub northing: f64,
    /// Longitude and latitude of it on WGS 84, where the grid is tied to the Earth.
    pub longitude_latitude: Option<[f64; 2]>,
    /// Row, counted from the north.
    pub row: usize,
    /// Column, counted from the west.
    pub col: usize,
    /// Share of the area scored lower, in per cent.
    pub percentile: Option<f64>,
    /// The value of every layer.
    pub values: Vec<LayerValue>,
    /// What each layer of evidence adds to the score, greatest first; empty where nothing is drawn.
    pub drivers: Vec<Driver>,
    /// Unit of the drivers.
    pub unit: String,
    /// The nearest known deposits.
    pub deposits: Vec<NearDeposit>,
    /// What it is among the places of the species that was asked about, in an infilling.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub species: Option<OfSpecies>,
}

impl View {
    /// What the maps say of a place, and of a species of an infilling there; `None` beside the grid.
    ///
    /// # Errors
    /// Maps that cannot be read.
    pub fn place(&self, place: Point, species: Option<&str>) -> Result<Option<Place>> {
        let Some(unit) = self.grid.locate(place) else { return Ok(None) };
        let (cell, centre) = (self.grid.cell(unit), self.grid.centre(unit));
        let mut values = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            let value = value(layer, cell)?;
            values.push(LayerValue { layer: layer.id.clone(), value });
        }
        let of = |id: &str| values.iter().find(|value| value.layer == id)?.value;
        let drivers = self.layers.iter().zip(&values).filter_map(|(layer, value)| {
            let attributed = layer.group == Group::Attribution;
            let share = value.value.filter(|_| attributed)?;
            Some(Driver { layer: layer.title.clone(), share })
        });
        let mut drivers: Vec<Driver> = drivers.collect();
        drivers.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
        let species = species.map(|name| self.of_species(name, centre)).transpose()?;
        let attributed = self.layers.iter().find(|layer| layer.group == Group::Attribution);
        Ok(Some(Place {
            easting: centre.easting,
            northing: centre.northing,
            longitude_latitude: crs::longitude_latitude(&self.grid.crs, centre),
            row: cell.row,
            col: cell.col,
            percentile: of(RANK).map(|rank| f64::from(rank) * 100.0),
            drivers,
            unit: attributed.map(|layer| layer.unit.clone()).unwrap_or_default(),
            deposits: nearest(&self.grid, &self.vectors.deposits, centre),
            species: species.flatten(),
            values,
        }))
    }
}

/// The value of a layer in a cell.
pub(crate) fn value(layer: &Layer, cell: Cell) -> Result<Option<f32>> {
    let window = Window { col: cell.col, row: cell.row, cols: 1, rows: 1 };
    let value = layer.raster.read(layer.band, 0, window)?;
    Ok(value.first().copied().filter(|value| !value.is_nan()))
}

fn nearest(grid: &Grid, deposits: &[Deposit], from: Point) -> Vec<NearDeposit> {
    let mut near: Vec<NearDeposit> = deposits
        .iter()
        .map(|deposit| {
            let to = Point { easting: deposit.easting, northing: deposit.northing };
            NearDeposit { name: deposit.name.clone(), distance_m: distance_m(grid, from, to) }
        })
        .collect();
    near.sort_by(|a, b| a.distance_m.total_cmp(&b.distance_m));
    near.truncate(NEAREST);
    near
}

/// Distance between two places: straight on a projected grid, along the great circle of a sphere of
/// 6,371 km (the haversine formula) on one in degrees.
pub(crate) fn distance_m(grid: &Grid, from: Point, to: Point) -> f64 {
    if let Some(metres) = grid.crs.metres_per_unit {
        return from.distance(to) * metres;
    }
    let [south, north] = [from.northing, to.northing].map(f64::to_radians);
    let half = |from: f64, to: f64| ((to - from).to_radians() / 2.0).sin().powi(2);
    let chord = half(from.northing, to.northing)
        + south.cos() * north.cos() * half(from.easting, to.easting);
    2.0 * 6_371_000.0 * chord.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;
    use paydirt_core::grid::GeoTransform;

    #[test]
    fn distances_on_the_globe_and_in_feet() {
        let degrees = paydirt_io::crs::parse("EPSG:4326").unwrap();
        let transform = GeoTransform { west: 0.0, north: 60.0, cell_width: 0.1, cell_height: 0.1 };
        let grid = Grid::new(degrees, transform, 10, 10).unwrap();
        let place = |easting, northing| Point { easting, northing };
        let quarter = distance_m(&grid, place(0.0, 0.0), place(90.0, 0.0));
        assert!((quarter - 6_371_000.0 * std::f64::consts::FRAC_PI_2).abs() < 1e-6);
        let at_sixty = distance_m(&grid, place(10.0, 60.0), place(10.001, 60.0));
        assert!((at_sixty - 6_371_000.0 * (0.001_f64).to_radians() / 2.0).abs() < 1e-4);
        let mut feet = Grid { crs: paydirt_core::grid::Crs::local_metres(), ..grid };
        feet.crs.metres_per_unit = Some(0.3048);
        assert_eq!(distance_m(&feet, place(0.0, 0.0), place(3.0, 4.0)), 5.0 * 0.3048);
    }
}
