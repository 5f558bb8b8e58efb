//! The project grid and the study area.

use std::path::Path;

use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::layer::EvidenceType;
use paydirt_core::mask::Mask;
use paydirt_core::step::{Geometry, Source, Surface, rasterise};
use paydirt_io::{crs, raster, vector};

use crate::error::{Error, Result};
use crate::project::{GridSettings, Opened};

/// The project grid.
pub(super) fn grid(opened: &Opened, settings: &GridSettings) -> Result<Grid> {
    let given = settings.crs.as_deref().map(crs::parse).transpose()?;
    if let Some(like) = &settings.like {
        let path = opened.path(like);
        let mut info = raster::inspect(&path)?;
        let named = info.crs.take();
        info.crs = named.or_else(|| given.clone());
        let grid = info.grid(&path)?;
        return match given {
            Some(given) if !crs::same(&given, &grid)? => {
                Err(Error::Files(paydirt_io::Error::TwoSystems {
                    path,
                    named: crs::name(&grid.crs),
                    given: crs::name(&given),
                }))
            }
            _ => Ok(grid),
        };
    }
    let (Some(crs), Some(cell_m)) = (given, settings.cell_m) else {
        return Err(Error::Project {
            reason: "[grid] needs `like`, or `crs` and `cell_m`".into(),
            hint: "take that of a raster: `like = \"study_area.tif\"`".into(),
        });
    };
    let metres = crs.metres_per_unit.ok_or_else(|| Error::Project {
        reason: format!("`grid.cell_m` is {cell_m} metres, but {} is in degrees", crs::name(&crs)),
        hint: "name a projected `crs`, or take the grid of a raster with `like`".into(),
    })?;
    let cell = cell_m / metres;
    let [west, south, east, north] = match settings.region {
        Some(region) => region,
        None => around(opened, settings, &crs, cell)?,
    };
    let transform = GeoTransform { west, north, cell_width: cell, cell_height: cell };
    // A region that is so many cells but for rounding is not given one more.
    let count = |from: f64, to: f64| ((to - from) / cell - 1e-6).ceil().max(1.0) as usize;
    Ok(Grid::new(crs, transform, count(south, north), count(west, east))?)
}

/// Edges of the study area's polygons, out to the next multiple of the cell.
fn around(opened: &Opened, settings: &GridSettings, crs: &Crs, cell: f64) -> Result<[f64; 4]> {
    let wrong = |reason: String| Error::Project {
        reason,
        hint: "give `grid.region`: west, south, east and north".into(),
    };
    let path = settings
        .study_area
        .as_ref()
        .ok_or_else(|| wrong("[grid] has neither `region` nor `study_area`".into()))?;
    let found = vector::read_shapes(&opened.path(path), crs, &vector::ShapeOptions::default())
        .map_err(neither_polygons)?;
    let places = found.shapes.iter().flat_map(|shape| match &shape.geometry {
        Geometry::Polygons(polygons) => polygons.iter().flatten().flatten().copied().collect(),
        _ => Vec::new(),
    });
    let mut edges = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
    for [easting, northing] in places {
        edges[0] = edges[0].min(easting);
        edges[1] = edges[1].min(northing);
        edges[2] = edges[2].max(easting);
        edges[3] = edges[3].max(northing);
    }
    if edges.iter().any(|edge| !edge.is_finite()) {
        return Err(wrong(format!("`{}` holds no polygon", path.display())));
    }
    let [low, high] = [f64::floor, f64::ceil];
    let out = |edge: f64, to: fn(f64) -> f64| to(edge / cell) * cell;
    Ok([out(edges[0], low), out(edges[1], low), out(edges[2], high), out(edges[3], high)])
}

/// The error of a study area that gives no region.
fn neither_polygons(error: paydirt_io::Error) -> Error {
    match error {
        paydirt_io::Error::NotThat { path, .. } => Error::Project {
            reason: format!("`{}` is no vector file of polygons", path.display()),
            hint: "take its grid with `like`, or give `grid.region`".into(),
        },
        other => other.into(),
    }
}

/// The study area; all cells where none is named.
pub(super) fn study_area(opened: &Opened, settings: &GridSettings, grid: &Grid) -> Result<Mask> {
    match &settings.study_area {
        Some(path) => mask_of(&opened.path(path), grid),
        None => Ok(Mask::new(grid.cells(), true)),
    }
}

/// Ground that a file names: known cells of a raster that are not 0, or polygons.
pub(crate) fn mask_of(path: &Path, grid: &Grid) -> Result<Mask> {
    let values = match raster::inspect(path) {
        Ok(_) => {
            let request = raster::Request {
                evidence_type: EvidenceType::Categorical,
                ..raster::Request::default()
            };
            raster::read(path, grid, &request)?.0
        }
        Err(not_raster) => polygons(path, grid, not_raster)?,
    };
    Ok(Mask::from_fn(grid.cells(), |unit| values[unit].is_finite() && values[unit] != 0.0))
}

/// 1 in polygons.
fn polygons(path: &Path, grid: &Grid, not_raster: paydirt_io::Error) -> Result<Vec<f32>> {
    if vector::layers(path).is_err() {
        return Err(neither(not_raster).into());
    }
    let found = vector::read_shapes(path, &grid.crs, &vector::ShapeOptions::default())?;
    let area = |geometry: &Geometry| matches!(geometry, Geometry::Polygons(_));
    if found.shapes.iter().all(|shape| area(&shape.geometry)) {
        return Ok(rasterise::Settings::default().draw(&Source::Shapes(&found.shapes), grid)?);
    }
    Err(Error::Data {
        reason: format!("the area `{}` holds points or lines, not polygons", path.display()),
        hint: "give it polygons or a raster".into(),
    })
}

/// The error of a file that was tried as a raster, but could have been a vector file as well.
pub(super) fn neither(error: paydirt_io::Error) -> paydirt_io::Error {
    match error {
        paydirt_io::Error::NotThat { path, reason, .. } => {
            paydirt_io::Error::NotThat { path, expected: "raster or vector file", reason }
        }
        other => other,
    }
}
