//! A QGIS project that opens the whole run folder, grouped and styled.

use std::io::{Cursor, Write};
use std::path::Path;

use paydirt_core::grid::Grid;
use paydirt_io::crs;
use paydirt_view::{Group, describe};
use serde::Serialize;
use zip::CompressionMethod;
use zip::write::SimpleFileOptions;

use crate::error::{Error, Result};
use crate::report::template::render;
use crate::style;

/// Name of the project in the run folder.
pub(super) const PROJECT: &str = "project.qgz";

/// A layer of the project.
#[derive(Debug, Serialize)]
struct Layer {
    id: String,
    name: String,
    /// Relative to the project.
    source: String,
    kind: &'static str,
    provider: &'static str,
    /// What its features are; none of a raster.
    geometry: Option<&'static str>,
    shown: bool,
    /// The inside of its style.
    style: String,
}

/// Layers under one heading.
#[derive(Debug, Serialize)]
struct Heading {
    name: &'static str,
    shown: bool,
    layers: Vec<Layer>,
}

#[derive(Serialize)]
struct Context<'a> {
    name: &'a str,
    wkt: &'a str,
    authid: &'a str,
    projected: bool,
    /// Whether its system is tied to the Earth.
    on_earth: bool,
    /// What is seen at first: the grid, with some room around it.
    seen: [f64; 4],
    groups: Vec<Heading>,
}

/// Writes `project.qgz` for what the folder holds by now: targets and deposits on top, then every raster that
/// has a style, those of prospectivity shown. Its paths are relative, so that the folder can be moved.
///
/// # Errors
/// Where the folder cannot be read or written.
pub(super) fn write(root: &Path, name: &str, grid: &Grid) -> Result<()> {
    let mut groups = vec![features()?];
    for group in Group::ALL {
        let mut layers = Vec::new();
        for (folder, evidence) in [("maps", false), ("evidence", true)] {
            rasters(root, (folder, evidence), group, &mut layers)?;
        }
        if !layers.is_empty() {
            let shown = group == Group::Prospectivity;
            groups.push(Heading { name: group.title(), shown, layers });
        }
    }
    let context = Context {
        name,
        // GDAL writes one system in more than one way; where it has a name, the name says it all.
        wkt: if grid.crs.authority.is_some() { "" } else { &grid.crs.wkt },
        authid: grid.crs.authority.as_deref().unwrap_or_default(),
        projected: grid.crs.metres_per_unit.is_some(),
        on_earth: crs::longitude_latitude(&grid.crs, grid.centre(0)).is_some(),
        seen: with_room(grid.region()),
        groups,
    };
    let text = render("project.qgs", include_str!("project.qgs"), &context)?;
    Ok(fs_err::write(root.join(PROJECT), zipped(&text)?)?)
}

/// A region with a twentieth of its sides around it.
fn with_room([west, south, east, north]: [f64; 4]) -> [f64; 4] {
    let [across, up] = [(east - west) / 20.0, (north - south) / 20.0];
    [west - across, south - up, east + across, north + up]
}

/// Deposits and targets.
fn features() -> Result<Heading> {
    let layer = |name: &str, table: &str, geometry, style: String| Layer {
        // QGIS drops ids of ten letters or fewer.
        id: format!("features_{table}"),
        name: name.into(),
        source: format!("./targets.gpkg|layername={table}"),
        kind: "vector",
        provider: "ogr",
        geometry: Some(geometry),
        shown: true,
        style: inside(&style),
    };
    let layers = vec![
        layer("Known deposits", "known_deposits", "Point", style::deposits()?),
        layer("Targets", "targets", "Polygon", style::targets()?),
    ];
    Ok(Heading { name: "Targets and deposits", shown: true, layers })
}

/// The rasters of a folder that belong to a group and have a style.
fn rasters(
    root: &Path,
    (folder, evidence): (&str, bool),
    group: Group,
    layers: &mut Vec<Layer>,
) -> Result<()> {
    let tiffs = super::files(&root.join(folder), "tif")?;
    let stem = |path: &Path| path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut stems: Vec<String> = tiffs.iter().map(|path| stem(path)).collect();
    // The probabilities first, then by name.
    stems.sort_by_key(|stem| (stem != crate::draw::PROSPECTIVITY, stem.clone()));
    for stem in stems {
        let (name, of) = describe(&stem, evidence);
        let style = root.join(folder).join(format!("{stem}.qml"));
        if of != group || !style.is_file() {
            continue;
        }
        layers.push(Layer {
            id: format!("raster_{folder}_{stem}"),
            name,
            source: format!("./{folder}/{stem}.tif"),
            kind: "raster",
            provider: "gdal",
            geometry: None,
            shown: !evidence && stem == crate::draw::PROSPECTIVITY,
            style: inside(&fs_err::read_to_string(style)?),
        });
    }
    Ok(())
}

/// What stands inside the root element of a style: that of a layer of a project.
fn inside(style: &str) -> String {
    let start = style.find("<qgis").and_then(|root| Some(root + style[root..].find('>')? + 1));
    let end = style.rfind("</qgis>");
    start.zip(end).map_or("", |(start, end)| style.get(start..end).unwrap_or("")).trim().into()
}

/// A ZIP file with the project alone; its time is fixed, so that equal content gives equal bytes.
fn zipped(text: &str) -> Result<Vec<u8>> {
    let failed = |reason: String| Error::Saved { path: PROJECT.into(), reason };
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    archive.start_file("project.qgs", options).map_err(|error| failed(error.to_string()))?;
    archive.write_all(text.as_bytes())?;
    let bytes = archive.finish().map_err(|error| failed(error.to_string()))?;
    Ok(bytes.into_inner())
}
