//! A folder, opened to be looked at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use paydirt_core::grid::Grid;
use paydirt_io::crs;
use serde::Serialize;

use crate::error::{Error, Result};
use crate::folder;
use crate::layer::{Group, Layer, PROSPECTIVITY, layers_of, order};
use crate::legend::Legend;
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
    /// What is missing or damaged, in sentences.
    pub warnings: Vec<String>,
    pub(crate) files: BTreeMap<String, PathBuf>,
    pub(crate) vectors: Vectors,
    /// `report.json`; null where there is none.
    pub(crate) report: serde_json::Value,
    name: String,
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
    legend: &'a Legend,
}

impl<'a> ToldLayer<'a> {
    fn new(layer: &'a Layer) -> Self {
        let Layer { id, title, group, unit, legend, .. } = layer;
        Self { id, title, group: *group, unit, legend }
    }
}

impl View {
    /// Opens a folder that `paydirt run`, `predict` or `prepare` made. A map that cannot be read is left out, and
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
        let named = report.get("project").and_then(serde_json::Value::as_str).map(String::from);
        let of_folder = || root.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self {
            name: named.unwrap_or_else(of_folder),
            version: version(&layers),
            scheme: Scheme::new(&grid),
            vectors: Vectors::read(&files, &mut warnings),
            root,
            grid,
            layers,
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
            crs: crs::name(&self.grid.crs),
            geographic: self.grid.crs.metres_per_unit.is_none(),
            region: self.grid.region(),
            rows: self.grid.rows,
            cols: self.grid.cols,
            cell: self.grid.to_string(),
            metres: self.scheme.metres,
            tile_pixels: TILE_PIXELS,
            resolutions: &self.scheme.resolutions,
            tiles: &self.scheme.tiles,
            groups: Group::ALL.map(|group| (group, group.title())).to_vec(),
            layers: self.layers.iter().map(ToldLayer::new).collect(),
            files: self.files.keys().map(String::as_str).collect(),
            has_report: !self.report.is_null(),
            warnings: &self.warnings,
        }
    }
}

/// The layers of all maps and evidence that can be read.
fn layers(files: &BTreeMap<String, PathBuf>, warnings: &mut Vec<String>) -> Vec<Layer> {
    let mut layers = Vec::new();
    // A run's total uncertainty is its spread: shown once.
    let twice = files.contains_key("maps/uncertainty.tif").then_some("maps/spread.tif");
    for (name, path) in files {
        let evidence = name.starts_with("evidence/");
        let raster = (evidence || name.starts_with("maps/")) && name.ends_with(".tif");
        if !raster || Some(name.as_str()) == twice {
            continue;
        }
        match layers_of(path, evidence) {
            Ok(more) => layers.extend(more),
            Err(error) => warnings.push(error.to_string()),
        }
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

/// When the maps were last changed.
fn version(layers: &[Layer]) -> String {
    let changed = layers.iter().filter_map(|layer| {
        let changed = fs_err::metadata(layer.raster.path()).ok()?.modified().ok()?;
        Some(changed.duration_since(std::time::UNIX_EPOCH).ok()?.as_nanos())
    });
    format!("{:x}", changed.max().unwrap_or(0))
}
