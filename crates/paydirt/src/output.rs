//! Everything that a run folder holds, written.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

use paydirt_core::grid::{Grid, Point};
use paydirt_core::layer::CellState;
use paydirt_core::split::Part;
use paydirt_core::stack::Stack;
use paydirt_core::step::Geometry;
use paydirt_io::cog::{self, Band, Overviews, Spec};
use paydirt_io::digest;
use paydirt_io::gpkg::{self, Feature, FieldType, Value};

use crate::console::Console;
use crate::draw::{Maps, PROSPECTIVITY, RANK, SPREAD};
use crate::error::Result;
use crate::folder::Folder;
use crate::project::{Opened, Project};
use crate::read::Read;
use crate::report::{Finished, MapClass, Report, TargetLine};
use crate::saved::write_json;
use crate::style;
use crate::targets::Drawn;

/// Name of the map of the three states of a cell.
pub const COVERAGE: &str = "coverage";

/// Writes a run's folder, all but the model.
///
/// # Errors
/// Where something cannot be written.
pub fn write(
    folder: &Folder,
    finished: &Finished<'_>,
    report: &Report,
    console: &Console,
) -> Result<Report> {
    let root = folder.path();
    let project = root.join("project.toml");
    fs_err::write(&project, resolved(finished)?)?;
    let mut report = report.clone();
    report.reproduce.project_sha256 = digest::sha256(&project)?;
    if let (Some((maps, targets)), Some(map)) = (finished.maps, &report.map) {
        write_maps(folder, maps, finished.read, &map.classes, &tags(&report), console)?;
        let grid = finished.read.grid()?;
        write_targets(&root.join("targets.gpkg"), grid, targets, finished.read)?;
        write_split(&root.join("split.gpkg"), grid, finished)?;
    } else {
        write_json(&root.join("split.json"), &split_rows(finished))?;
    }
    write_json(&root.join("receipt.json"), &report.receipt)?;
    write_json(&root.join("report.json"), &report)?;
    let page = crate::report::page(finished, &report)?;
    fs_err::write(root.join("report.html"), page)?;
    Ok(report)
}

/// What every map says of itself.
fn tags(report: &Report) -> BTreeMap<String, String> {
    let hash = report.split.hashes.first().cloned().unwrap_or_default();
    BTreeMap::from([
        ("PAYDIRT_VERSION".into(), report.paydirt_version.clone()),
        ("PAYDIRT_PROJECT".into(), report.project.clone()),
        ("PAYDIRT_PROJECT_SHA256".into(), report.reproduce.project_sha256.clone()),
        ("PAYDIRT_SPLIT_SHA256".into(), hash),
        ("PAYDIRT_MODEL".into(), report.model.clone()),
        ("PAYDIRT_SEED".into(), report.seed.to_string()),
    ])
}

/// Writes every map with its style.
///
/// # Errors
/// Where one cannot be written.
pub fn write_maps(
    folder: &Folder,
    maps: &Maps,
    read: &Read,
    classes: &[MapClass],
    tags: &BTreeMap<String, String>,
    console: &Console,
) -> Result<()> {
    let grid = read.grid()?;
    let place = folder.inside("maps")?;
    let layers = maps.stack.layers();
    let task = console.task("write", layers.len() as u64 + 1, "maps");
    for info in layers {
        let unit = if info.name.starts_with("attribution_") {
            maps.attribution_unit.clone()
        } else {
            info.unit.clone()
        };
        let spec = Spec {
            bands: vec![Band { name: info.name.clone(), unit }],
            tags: tags.clone(),
            overviews: if info.name == RANK { Overviews::Nearest } else { Overviews::Average },
        };
        let path = place.join(format!("{}.tif", info.name));
        cog::write::<f32>(&path, grid, &spec, &mut |rows| {
            let units = rows.start * grid.cols..rows.end * grid.cols;
            Ok(vec![maps.stack.read_stored(&info.name, units)?])
        })?;
        fs_err::write(path.with_extension("qml"), style_of(maps, &info.name, classes)?)?;
        task.advance(1)?;
    }
    write_coverage(&place, grid, read, tags)?;
    task.advance(1)
}

fn write_coverage(
    place: &Path,
    grid: &Grid,
    read: &Read,
    tags: &BTreeMap<String, String>,
) -> Result<()> {
    let spec = Spec {
        bands: vec![Band { name: COVERAGE.into(), unit: "state".into() }],
        tags: tags.clone(),
        overviews: Overviews::Nearest,
    };
    let path = place.join(format!("{COVERAGE}.tif"));
    cog::write::<u8>(&path, grid, &spec, &mut |rows| {
        let units = rows.start * grid.cols..rows.end * grid.cols;
        Ok(vec![units.map(|unit| state_code(read, unit)).collect()])
    })?;
    Ok(fs_err::write(path.with_extension("qml"), style::coverage())?)
}

/// 0 outside the study area, 1 evidence missing, 2 known.
fn state_code(read: &Read, unit: usize) -> u8 {
    state(read, unit) as u8
}

/// The state of a cell, all layers together.
#[must_use]
pub fn state(read: &Read, unit: usize) -> CellState {
    match (read.stack.area().get(unit), read.eligible.get(unit)) {
        (false, _) => CellState::Outside,
        (true, false) => CellState::Missing,
        (true, true) => CellState::Known,
    }
}
