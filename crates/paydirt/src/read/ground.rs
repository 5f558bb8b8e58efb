//! The project grid and the study area.

use std::path::Path;

use paydirt_core::grid::{GeoTransform, Grid};
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
    let (Some(crs), Some(cell_m), Some([west, south, east, north])) =
        (given, settings.cell_m, settings.region)
    else {
        return Err(Error::Project {
            reason: "[grid] needs `like`, or all of `crs`, `cell_m` and `region`".into(),
            hint: "take that of a raster: `like = \"study_area.tif\"`".into(),
        });
    };
    let metres = crs.metres_per_unit.ok_or_else(|| Error::Project {
        reason: format!("`grid.cell_m` is {cell_m} metres, but {} is in degrees", crs::name(&crs)),
        hint: "name a projected `crs`, or take the grid of a raster with `like`".into(),
    })?;
    let cell = cell_m / metres;
    let transform = GeoTransform { west, north, cell_width: cell, cell_height: cell };
    // A region that is so many cells but for rounding is not given one more.
    let count = |from: f64, to: f64| ((to - from) / cell - 1e-6).ceil().max(1.0) as usize;
    Ok(Grid::new(crs, transform, count(south, north), count(west, east))?)
}

/// The study area: known cells of a raster that are not 0, or polygons.
pub(super) fn study_area(opened: &Opened, settings: &GridSettings, grid: &Grid) -> Result<Mask> {
    let Some(path) = &settings.study_area else { return Ok(Mask::new(grid.cells(), true)) };
    let path = opened.path(path);
    let values = match raster::inspect(&path) {
        Ok(_) => {
            let request = raster::Request {
                evidence_type: EvidenceType::Categorical,
                ..raster::Request::default()
            };
            raster::read(&path, grid, &request)?.0
        }
        Err(not_raster) => polygons(&path, grid, not_raster)?,
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
        reason: format!("the study area `{}` holds points or lines, not polygons", path.display()),
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
