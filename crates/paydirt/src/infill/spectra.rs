//! Reading spectra of soil onto the grid.

use std::path::PathBuf;

use paydirt_core::grid::Grid;
use paydirt_core::infill::Spectra;
use paydirt_core::infill::side::{Side, Sides};
use paydirt_io::vector::{PointOptions, SpectraOptions, read_spectra};
use paydirt_io::{crs, digest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::project::Opened;
use super::read::SpectraLine;
use crate::console::Console;
use crate::error::Result;

/// A table of spectra: a scan a row, a column a wavelength.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SpectraSettings")]
pub struct Settings {
    /// CSV with coordinates and columns whose names hold a wavelength in nanometres: `365`, `X365` or
    /// `scan_visnir.365_ref`. It is read row by row.
    pub path: PathBuf,
    /// Column of the easting or longitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub easting: Option<String>,
    /// Column of the northing or latitude.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub northing: Option<String>,
    /// Coordinate reference system of the coordinates; longitudes and latitudes are in EPSG:4326.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
    /// Shortest and longest wavelength in nanometres.
    #[serde(default = "range_nm")]
    pub range_nm: [f64; 2],
    /// Width of a band in nanometres, within which columns are averaged; 1 or more.
    #[serde(default = "bin_nm")]
    pub bin_nm: f64,
}

const fn range_nm() -> [f64; 2] {
    [365.0, 2500.0]
}

const fn bin_nm() -> f64 {
    10.0
}

impl Settings {
    pub(super) fn check(&self) -> Result<()> {
        let wrong = |key: &str, found: String, expected: &str| {
            Err(paydirt_core::Error::BadSetting {
                key: key.into(),
                found,
                expected: expected.into(),
            }
            .into())
        };
        let [from, to] = self.range_nm;
        if !(from > 0.0 && to > from && to <= 1e6) {
            let found = format!("{:?}", self.range_nm);
            return wrong("spectra.range_nm", found, "two rising wavelengths in nanometres");
        }
        if !(1.0..=to).contains(&self.bin_nm) {
            return wrong("spectra.bin_nm", self.bin_nm.to_string(), "1 or more");
        }
        Ok(())
    }
}

pub(super) fn read(
    opened: &Opened,
    grid: &Grid,
    sides: &Sides,
    console: &Console,
) -> Result<Option<(Spectra, SpectraLine)>> {
    let Some(settings) = &opened.project.spectra else { return Ok(None) };
    let path = paydirt_io::remote::join(&opened.folder, &settings.path);
    let options = SpectraOptions {
        places: PointOptions {
            easting: settings.easting.clone(),
            northing: settings.northing.clone(),
            crs: settings.crs.as_deref().map(crs::parse).transpose()?,
            ..PointOptions::default()
        },
        range_nm: settings.range_nm,
        bin_nm: settings.bin_nm,
    };
    let table = read_spectra(&path, &grid.crs, &options)?;
    let told = path.display();
    if opened.project.networks.is_empty() {
        console.warn("`spectra` are seen by networks alone, and the project has no `[[networks]]`");
    }
    if table.skipped > 0 {
        console.warn(format!("`{told}`: {} rows without a place or a number", table.skipped));
    }
    let all = table.scans.len();
    let on_grid: Vec<(usize, Vec<f32>)> = table
        .scans
        .into_iter()
        .filter_map(|scan| grid.locate(scan.place).map(|unit| (unit, scan.values)))
        .collect();
    let outside = all - on_grid.len();
    let spectra = Spectra::new(on_grid, grid.cells(), |unit| sides.of[unit] == Side::Training)?;
    let line = SpectraLine {
        path: settings.path.display().to_string(),
        sha256: digest::sha256(&path)?,
        scans: spectra.count(),
        cells: (0..grid.cells()).filter(|unit| spectra.of(*unit).next().is_some()).count(),
        outside,
        skipped: table.skipped,
        bands: spectra.bands(),
    };
    Ok(Some((spectra, line)))
}
