//! `paydirt init`: looks at a folder and writes a commented project file that runs.

mod text;

use std::path::{Path, PathBuf};

use paydirt_core::grid::Grid;
use paydirt_core::layer::EvidenceType;
use paydirt_core::step::Geometry;
use paydirt_io::{raster, vector};

use crate::console::Console;
use crate::error::{Error, Result};

pub use text::project_text;

/// Endings that are looked at.
const RASTERS: [&str; 9] = ["tif", "tiff", "asc", "img", "flt", "bil", "vrt", "grd", "ers"];
const VECTORS: [&str; 6] = ["gpkg", "shp", "geojson", "json", "fgb", "csv"];

/// Words in a file's name that tell what it is for.
const AREA_WORDS: [&str; 6] = ["study", "stdy", "area", "aoi", "mask", "boundary"];
const LABEL_WORDS: [&str; 8] =
    ["deposit", "occurrence", "train", "mine", "prospect", "site", "label", "mrds"];
const CLASS_WORDS: [&str; 8] =
    ["geol", "lith", "rock", "unit", "formation", "province", "terrane", "class"];

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Found {
    /// The raster whose grid is taken.
    pub like: Option<PathBuf>,
    /// The study area.
    pub study_area: Option<PathBuf>,
    /// Shorter side of the grid in metres.
    pub shorter_side_m: f64,
    /// The deposits.
    pub labels: Option<PathBuf>,
    /// The coordinate reference system that a table of deposits is assumed to have: the grid's.
    pub labels_crs: Option<String>,
    /// The evidence.
    pub evidence: Vec<Candidate>,
    /// Files that could not be read or used, with the reason.
    pub left_out: Vec<(PathBuf, String)>,
}

impl Found {
    /// Side of blocks for ground of this size: about a twelfth of its shorter side, 1, 2 or 5 times a
    /// power of ten.
    fn block_m(&self) -> f64 {
        let twelfth = self.shorter_side_m / 12.0;
        let power = 10_f64.powf(twelfth.log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
        steps
            .into_iter()
            .min_by(|a, b| (a - twelfth).abs().total_cmp(&(b - twelfth).abs()))
            .unwrap_or(twelfth)
    }

    fn leave_out(&mut self, path: &Path, reason: impl std::fmt::Display) {
        self.left_out.push((path.into(), reason.to_string()));
    }
}

/// A file that looks like evidence.
#[derive(Debug)]
pub struct Candidate {
    /// File.
    pub path: PathBuf,
    /// Name made of the file's.
    pub name: String,
    /// What kind of number it seems to hold.
    pub evidence_type: EvidenceType,
    /// Why that was guessed.
    pub because: String,
    /// Unit, where the file tells it.
    pub unit: String,
    /// Step that makes cells of a vector file.
    pub step: Option<&'static str>,
}

/// Looks at a folder, not below it (but into the folders of Esri grids).
///
/// # Errors
/// Where there is nothing to work with.
pub fn look(folder: &Path, console: &Console) -> Result<Found> {
    let mut paths: Vec<PathBuf> = fs_err::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<std::io::Result<_>>()?;
    paths.sort();
    let (rasters, vectors) = (of_kind(&paths, &RASTERS, true), of_kind(&paths, &VECTORS, false));
    let mut found = Found::default();
    let grids = grids(&rasters, &mut found);
    let named_area = |path: &PathBuf| says(path, &AREA_WORDS);
    found.study_area = grids.iter().map(|(path, _)| path.clone()).find(named_area).or_else(|| {
        vectors.iter().find(|path| named_area(path) && !says(path, &LABEL_WORDS)).cloned()
    });
    let is_area = |path: &Path| found.study_area.as_deref() == Some(path);
    let like = grids
        .iter()
        .find(|(path, _)| is_area(path))
        .or_else(|| grids.iter().max_by_key(|(_, grid)| grid.cells()));
    let Some((like, grid)) = like.cloned() else {
        return Err(Error::Data {
            reason: format!("`{}` holds no raster whose grid could be taken", folder.display()),
            hint: "put at least one GeoTIFF, Esri grid or Esri ASCII raster there".into(),
        });
    };
    let [width, height] = grid.cell_size_m();
    found.shorter_side_m = (width * grid.cols as f64).min(height * grid.rows as f64);
    found.like = Some(like);
    for (path, own) in &grids {
        if found.study_area.as_deref() != Some(path.as_path()) {
            console.go_on()?;
            look_at_raster(path, own, &mut found);
        }
    }
    look_at_vectors(&vectors, &grid, &mut found);
    for (path, reason) in &found.left_out {
        console.warn(format!("`{}` is left out: {reason}", path.display()));
    }
    Ok(found)
}

fn of_kind(paths: &[PathBuf], endings: &[&str], esri_grids: bool) -> Vec<PathBuf> {
    let matches = |path: &&PathBuf| {
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase());
        let listed = ending.is_some_and(|ending| endings.contains(&ending.as_str()));
        (listed && path.is_file()) || (esri_grids && path.join("hdr.adf").is_file())
    };
    paths.iter().filter(matches).cloned().collect()
}

fn grids(rasters: &[PathBuf], found: &mut Found) -> Vec<(PathBuf, Grid)> {
    let mut grids = Vec::new();
    for path in rasters {
        match raster::inspect(path).and_then(|info| info.grid(path)) {
            Ok(grid) => grids.push((path.clone(), grid)),
            Err(error) => found.leave_out(path, error),
        }
    }
    grids
}

fn says(path: &Path, words: &[&str]) -> bool {
    let name = path.file_stem().map(|stem| stem.to_string_lossy().to_lowercase());
    name.is_some_and(|name| words.iter().any(|word| name.contains(word)))
}

fn layer_name(path: &Path, taken: &[Candidate]) -> String {
    let stem =
        path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().to_lowercase());
    let clean: String =
        stem.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let mut name = clean.clone();
    let mut number = 2;
    while taken.iter().any(|other| other.name == name) {
        name = format!("{clean}_{number}");
        number += 1;
    }
    name
}

fn look_at_raster(path: &Path, own: &Grid, found: &mut Found) {
    let looked = raster::inspect(path).and_then(|info| {
        Ok((info, raster::align(path, own, &raster::Request::default(), &mut |_| Ok(()))?))
    });
    let (info, report) = match looked {
        Ok(looked) => looked,
        Err(error) => return found.leave_out(path, error),
    };
    if report.known_cells == 0 {
        return found.leave_out(path, "it has no value");
    }
    let whole = !info.bands[0].data_type.starts_with("Float");
    let (evidence_type, because) = match report.distinct {
        Some(classes) if whole && classes <= 256 && says(path, &CLASS_WORDS) => {
            (EvidenceType::Categorical, format!("{classes} whole numbers and its name"))
        }
        Some(classes) if whole && classes <= 64 => (
            EvidenceType::Ordinal,
            format!("{classes} whole numbers; if they are names, say categorical"),
        ),
        _ => (EvidenceType::Continuous, "many values".into()),
    };
    let unit = match (&*info.bands[0].unit, evidence_type) {
        ("", EvidenceType::Continuous) => String::new(),
        ("", _) => "class".into(),
        (unit, _) => unit.into(),
    };
    let name = layer_name(path, &found.evidence);
    found.evidence.push(Candidate {
        path: path.into(),
        name,
        evidence_type,
        because,
        unit,
        step: None,
    });
}

fn look_at_vectors(vectors: &[PathBuf], grid: &Grid, found: &mut Found) {
    for named in [true, false] {
        for path in vectors {
            if found.study_area.as_deref() == Some(path) || says(path, &LABEL_WORDS) != named {
                continue;
            }
            look_at_vector(path, grid, found);
        }
    }
}

/// The first file of points, those named like deposits first, is taken for the labels.
fn look_at_vector(path: &Path, grid: &Grid, found: &mut Found) {
    let is_csv = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
    let points = |crs| {
        let options = vector::PointOptions { crs, ..vector::PointOptions::default() };
        vector::read_points(path, &grid.crs, &options)
    };
    if is_csv {
        match points(None) {
            Ok(_) if found.labels.is_none() => found.labels = Some(path.into()),
            Err(paydirt_io::Error::NoCrs { .. })
                if found.labels.is_none() && points(Some(grid.crs.clone())).is_ok() =>
            {
                found.labels = Some(path.into());
                found.labels_crs =
                    Some(grid.crs.authority.clone().unwrap_or_else(|| grid.crs.wkt.clone()));
            }
            Ok(_) => found.leave_out(path, "another file is taken for the labels"),
            Err(error) => found.leave_out(path, error),
        }
        return;
    }
    let shapes = match vector::read_shapes(path, &grid.crs, &vector::ShapeOptions::default()) {
        Ok(found) => found.shapes,
        Err(error) => return found.leave_out(path, error),
    };
    let (step, unit) = match shapes.first().map(|shape| &shape.geometry) {
        None => return found.leave_out(path, "it has no features"),
        Some(Geometry::Points(_)) if found.labels.is_none() => {
            found.labels = Some(path.into());
            return;
        }
        Some(_) if grid.crs.metres_per_unit.is_none() => {
            return found
                .leave_out(path, "distances need a projected grid, and this one is in degrees");
        }
        Some(_) => ("distance", "m"),
    };
    let name = format!("{}_{step}", layer_name(path, &found.evidence));
    found.evidence.push(Candidate {
        path: path.into(),
        name,
        evidence_type: EvidenceType::Continuous,
        because: "made by the step".into(),
        unit: unit.into(),
        step: Some(step),
    });
}
