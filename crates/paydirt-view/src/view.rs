//! A folder, opened to be looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paydirt_core::grid::{Crs, Grid, Point};
use paydirt_io::crs;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::folder;
use crate::layer::{Group, Layer, PROSPECTIVITY, layers_of, order};
use crate::legend::Legend;
use crate::species;
use crate::tile::{Scheme, TILE_PIXELS};
use crate::vectors::Vectors;

/// A folder of maps, opened: what there is is settled here, once, and nothing else is ever served.
#[derive(Debug)]
pub struct View {
    pub(crate) root: PathBuf,
    /// The one grid of all layers.
    pub grid: Grid,
    /// Its tiles.
    pub scheme: Scheme,
    /// The layers, by group and then by name.
    pub layers: Vec<Layer>,
    /// The species of an infilling, as its report names and orders them; none in any other folder.
    pub species: Vec<String>,
    /// What is missing or damaged, in sentences.
    pub warnings: Vec<String>,
    pub(crate) files: BTreeMap<String, PathBuf>,
    pub(crate) vectors: Vectors,
    /// `report.json`; null where there is none.
    pub(crate) report: serde_json::Value,
    name: String,
    /// Whether longitude and latitude of its places are known.
    pub(crate) on_earth: bool,
    /// Changes when the folder's maps do, so that a browser asks for the new ones.
    version: String,
}

/// What the page is told of the folder.
#[derive(Serialize)]
pub(crate) struct Told<'a> {
    name: &'a str,
    version: &'a str,
    crs: String,
    geographic: bool,
    /// Whether longitude and latitude can be told.
    on_earth: bool,
    /// Western, southern, eastern and northern edge, in units of the system.
    region: [f64; 4],
    rows: usize,
    cols: usize,
    cell: String,
    metres: [f64; 2],
    tile_pixels: usize,
    resolutions: &'a [f64],
    tiles: &'a [[usize; 2]],
    groups: Vec<(Group, &'static str)>,
    layers: Vec<ToldLayer<'a>>,
    species: &'a [String],
    files: Vec<&'a str>,
    has_report: bool,
    warnings: &'a [String],
}

#[derive(Serialize)]
struct ToldLayer<'a> {
    id: &'a str,
    title: &'a str,
    group: Group,
    unit: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    species: Option<&'a str>,
    /// The raster's path in the folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    legend: &'a Legend,
}

impl<'a> ToldLayer<'a> {
    fn new(layer: &'a Layer, files: &'a BTreeMap<String, PathBuf>) -> Self {
        let Layer { id, title, group, unit, legend, .. } = layer;
        let species = layer.species.as_deref();
        // Rasters of an infilling have names that no one can guess from the species.
        let mut named = files.iter().filter(|_| species.is_some());
        let file = named.find(|(_, path)| *path == layer.raster.path());
        let file = file.map(|(name, _)| name.as_str());
        Self { id, title, group: *group, unit, species, file, legend }
    }
}

impl View {
    /// Opens a folder that `paydirt run`, `predict`, `prepare` or `infill` made. A map that cannot be read is left out, and
    /// told in `warnings`.
    ///
    /// # Errors
    /// [`Error::NothingToView`] where there is no folder, or no map in it that can be read.
    pub fn open(path: &Path) -> Result<Self> {
        let nothing = |reason: String| Error::NothingToView { path: path.into(), reason };
        let root =
            fs_err::canonicalize(path).map_err(|_| nothing("there is no such folder".into()))?;
        if !root.is_dir() {
            return Err(nothing("it is no folder".into()));
        }
        let files = folder::files(&root)?;
        let mut warnings = Vec::new();
        let mut layers = layers(&files, &mut warnings);
        let first = layers.iter().find(|layer| layer.id == PROSPECTIVITY).or(layers.first());
        let Some(grid) = first.map(|layer| layer.raster.grid().clone()) else {
            let reason = warnings.first().cloned();
            let reason = reason.unwrap_or_else(|| "no `maps/*.tif` and no `evidence/*.tif`".into());
            return Err(nothing(reason));
        };
        layers.retain(|layer| {
            let other = layer.raster.grid();
            let same =
                (other.transform, other.rows, other.cols) == (grid.transform, grid.rows, grid.cols);
            if !same {
                warnings.push(format!("`{}` lies on another grid and is left out", layer.id));
            }
            same
        });
        layers.sort_by_key(order);
        let report = report(&files, &mut warnings);
        let species = species::name(&mut layers, &report);
        let mut vectors = Vectors::read(&files, &mut warnings);
        vectors.hold_out(species::test_blocks(&grid, &report));
        let named = report.get("project").and_then(serde_json::Value::as_str).map(String::from);
        let of_folder = || root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self {
            name: named.unwrap_or_else(of_folder),
            version: version(&layers),
            scheme: Scheme::new(&grid),
            vectors,
            on_earth: crs::longitude_latitude(&grid.crs, middle(&grid)).is_some(),
            root,
            grid,
            layers,
            species,
            warnings,
            files,
            report,
        })
    }

    /// The layer of an id.
    #[must_use]
    pub fn layer(&self, id: &str) -> Option<&Layer> {
        self.layers.iter().find(|layer| layer.id == id)
    }

    /// A file of the folder that may be served: one that was there when the folder was opened, and still leads
    /// nowhere else.
    pub(crate) fn file(&self, name: &str) -> Option<PathBuf> {
        folder::inside(&self.root, self.files.get(name)?)
    }

    /// What the page is told.
    pub(crate) fn told(&self) -> Told<'_> {
        Told {
            name: &self.name,
            version: &self.version,
            crs: system(&self.grid.crs),
            geographic: self.grid.crs.metres_per_unit.is_none(),
            on_earth: self.on_earth,
            region: self.grid.region(),
            rows: self.grid.rows,
            cols: self.grid.cols,
            cell: self.grid.to_string(),
            metres: self.scheme.metres,
            tile_pixels: TILE_PIXELS,
            resolutions: &self.scheme.resolutions,
            tiles: &self.scheme.tiles,
            groups: Group::ALL.map(|group| (group, group.title())).to_vec(),
            layers: self.layers.iter().map(|layer| ToldLayer::new(layer, &self.files)).collect(),
            species: &self.species,
            files: self.files.keys().map(String::as_str).collect(),
            has_report: !self.report.is_null(),
            warnings: &self.warnings,
        }
    }
}

/// The layers of all maps and evidence that can be read.
fn layers(files: &BTreeMap<String, PathBuf>, warnings: &mut Vec<String>) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    for (name, path) in files {
        let evidence = name.starts_with("evidence/");
        let held = evidence || name.starts_with("maps/") || species::holds_records(name);
        if !held || !name.ends_with(".tif") {
            continue;
        }
        match layers_of(path, evidence) {
            Ok(more) => layers.extend(more),
            Err(error) => warnings.push(error.to_string()),
        }
    }
    // A run's total uncertainty is its spread: shown once.
    if layers.iter().any(|layer| layer.id == "uncertainty.total") {
        layers.retain(|layer| layer.id != "spread");
    }
    layers
}

fn report(files: &BTreeMap<String, PathBuf>, warnings: &mut Vec<String>) -> serde_json::Value {
    let Some(path) = files.get("report.json") else { return serde_json::Value::Null };
    let read = fs_err::read(path).map_err(|error| error.to_string());
    let parsed = read.and_then(|text| {
        serde_json::from_slice(&text).map_err(|error| format!("`report.json` is damaged: {error}"))
    });
    parsed.unwrap_or_else(|error| {
        warnings.push(error);
        serde_json::Value::Null
    })
}

fn middle(grid: &Grid) -> Point {
    let [west, south, east, north] = grid.region();
    Point { easting: f64::midpoint(west, east), northing: f64::midpoint(south, north) }
}

/// What people call a system. One without a name is told by its projection.
fn system(system: &Crs) -> String {
    let name = crs::name(system);
    let named = !["", "unknown", "unnamed", "undefined"].contains(&name.to_lowercase().as_str());
    let method = system.wkt.split_once("METHOD[\"").and_then(|(_, rest)| rest.split_once('"'));
    match method {
        Some((method, _)) if !named => format!("{method}, a system without a name"),
        _ => name,
    }
}

/// When the maps were last changed.
fn version(layers: &[Layer]) -> String {
    let changed = layers.iter().filter_map(|layer| {
        let changed = fs_err::metadata(layer.raster.path()).ok()?.modified().ok()?;
        Some(changed.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos())
    });
    format!("{:x}", changed.max().unwrap_or(0))
}
