//! Reading the records and the rasters beside them.

use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::infill::occurrence::{Record, Sites, sites};
use paydirt_core::infill::side::{Side, Sides};
use paydirt_core::infill::{Field, SpeciesLayers};
use paydirt_core::seed::Seed;
use paydirt_io::{crs, mrds};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::project::{Area, Opened};
use super::{auxiliary, spectra};
use crate::console::Console;
use crate::error::{Error, Result};
use crate::read::Source;
use crate::receipt::LayerReceipt;

/// What was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ReadLine {
    /// File of the records.
    pub path: String,
    /// Its SHA-256.
    pub sha256: String,
    /// Columns of commodities that were read.
    pub columns: Vec<String>,
    /// Records with a place.
    pub records: usize,
    /// Records without one.
    pub without_place: usize,
    /// Records left out for their development status.
    pub dropped: usize,
    /// Records that were taken for one with another.
    pub duplicates: usize,
    /// Sites on the grid.
    pub sites: usize,
    /// Sites outside of it.
    pub outside: usize,
    /// The grid in words.
    pub grid: String,
    /// Its coordinate reference system.
    pub crs: String,
    /// Cells with a record of one of the species.
    pub occupied_cells: usize,
    /// Each species and the cells that hold it.
    pub species: Vec<SpeciesLine>,
    /// Auxiliary planes; of classes one each.
    pub auxiliary: Vec<String>,
    /// The files of auxiliary layers, and what became of each.
    pub layers: Vec<LayerReceipt>,
    /// The spectra of soil.
    #[serde(default)]
    pub spectra: Option<SpectraLine>,
}

/// Spectra of soil.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SpectraLine {
    /// The file.
    pub path: String,
    /// Its SHA-256.
    pub sha256: String,
    /// Scans on the grid.
    pub scans: usize,
    /// Cells that hold any.
    pub cells: usize,
    /// Scans outside of the grid.
    pub outside: usize,
    /// Rows without a place or a number.
    pub skipped: usize,
    /// Bands, after averaging.
    pub bands: usize,
}

/// A species.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SpeciesLine {
    /// Its name.
    pub name: String,
    /// Cells that hold it.
    pub cells: usize,
    /// Of those, on the training side.
    pub training_cells: usize,
    /// On the test side.
    pub test_cells: usize,
}

/// The layers, parted.
pub(super) struct Read {
    pub(super) field: Field,
    pub(super) sides: Sides,
    pub(super) line: ReadLine,
}

pub(super) fn read(opened: &Opened, console: &Console) -> Result<Read> {
    let project = &opened.project;
    let target = crs::parse(&project.grid.crs)?;
    let records = &project.records;
    let path = paydirt_io::remote::join(&opened.folder, &records.path);
    let options = mrds::Options {
        commodities: records.commodities.clone(),
        easting: records.easting.clone(),
        northing: records.northing.clone(),
        crs: records.crs.as_deref().map(crs::parse).transpose()?,
    };
    let source = Source::of(&path, records.query.as_ref(), &opened.folder)?;
    let table = mrds::read(source.path(), &target, &options)?;
    let told = path.display().to_string();
    table.warnings.iter().for_each(|warning| console.warn(format!("`{told}` {warning}")));
    let found = sites(&table.records, &records.rules);
    let grid = grid(&project.grid, target, &table.records)?;
    let layers = SpeciesLayers::new(grid, &found, &project.species)?;
    let mut field = Field {
        layers,
        auxiliary: Vec::new(),
        plane_layers: Vec::new(),
        spectra: None,
        side: project.tile_cells,
    };
    field.check()?;
    let sides = project.split.part(&field.layers, Seed(project.seed).derive("split", 0))?;
    let auxiliary::Layers { names, layers, values, receipts } =
        auxiliary::read(opened, &field.layers.grid, &sides, console)?;
    (field.auxiliary, field.plane_layers) = (values, layers);
    let (scans, spectra) = spectra::read(opened, &field.layers.grid, &sides, console)?.unzip();
    field.spectra = scans;
    let line = ReadLine {
        path: records.path.display().to_string(),
        sha256: source.sha256()?,
        columns: table.commodities,
        records: table.records.len(),
        without_place: table.skipped.len(),
        spectra,
        ..line(&field, &sides, &found, (names, receipts))
    };
    Ok(Read { field, sides, line })
}

fn line(
    field: &Field,
    sides: &Sides,
    found: &Sites,
    (auxiliary, layers_read): (Vec<String>, Vec<LayerReceipt>),
) -> ReadLine {
    let layers = &field.layers;
    let species = layers.names.iter().zip(&layers.presence).map(|(name, cells)| {
        let on = |side: Side| cells.iter().filter(|unit| sides.of[*unit] == side).count();
        let (training_cells, test_cells) = (on(Side::Training), on(Side::Test));
        SpeciesLine { name: name.clone(), cells: cells.count(), training_cells, test_cells }
    });
    ReadLine {
        path: String::new(),
        sha256: String::new(),
        columns: Vec::new(),
        records: 0,
        without_place: 0,
        dropped: found.dropped,
        duplicates: found.duplicates,
        sites: found.sites.len() - layers.outside,
        outside: layers.outside,
        grid: layers.grid.to_string(),
        crs: crs::name(&layers.grid.crs),
        occupied_cells: layers.occupied().count(),
        species: species.collect(),
        auxiliary,
        layers: layers_read,
        spectra: None,
    }
}

/// The grid: the region given, or that of the records, in whole cells from its south-western corner.
fn grid(area: &Area, crs: Crs, records: &[Record]) -> Result<Grid> {
    let metres = crs.metres_per_unit.ok_or_else(|| Error::Project {
        reason: format!("`grid.crs` is {}, which is in degrees", area.crs),
        hint: "name a projected system of equal area, such as EPSG:5070".into(),
    })?;
    let cell = area.cell_m / metres;
    let around = || {
        let mut edges = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        for record in records {
            edges[0] = edges[0].min(record.place.easting);
            edges[1] = edges[1].min(record.place.northing);
            edges[2] = edges[2].max(record.place.easting);
            edges[3] = edges[3].max(record.place.northing);
        }
        // The southernmost and the easternmost record lie inside.
        [edges[0], edges[1] - 1e-6 * cell, edges[2] + 1e-6 * cell, edges[3]]
    };
    let [west, south, east, north] = area.region.unwrap_or_else(around);
    let count = |from: f64, to: f64| ((to - from) / cell - 1e-6).ceil().max(1.0) as usize;
    let (rows, cols) = (count(south, north), count(west, east));
    let north = south + rows as f64 * cell;
    let transform = GeoTransform { west, north, cell_width: cell, cell_height: cell };
    Ok(Grid::new(crs, transform, rows, cols)?)
}
