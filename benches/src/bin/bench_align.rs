//! Nine rasters aligned to one grid of 2000 x 2000 cells: this project beside `gdalwarp`.
//!
//! `cargo run --release -p paydirt-bench --bin bench_align` prints CPU seconds (user and system, of
//! this process and of the tools it starts) and their ratio, one line a round.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use paydirt_core::grid::{GeoTransform, Grid};
use paydirt_io::cog::{self, Band, Spec};
use paydirt_io::{crs, raster};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RASTERS: usize = 9;
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    let folder = std::env::temp_dir().join(format!("paydirt-bench-align-{}", std::process::id()));
    fs_err::create_dir_all(&folder)?;
    let outcome = compare(&folder);
    fs_err::remove_dir_all(&folder)?;
    outcome
}

fn compare(folder: &Path) -> Result<()> {
    let files = (0..RASTERS).map(|index| source(folder, index)).collect::<Result<Vec<_>>>()?;
    let target = grid("EPSG:32634", [585_000.0, 7_010_000.0], 40.0, 2000)?;
    for round in 1..=ROUNDS {
        let start = cpu_seconds()?;
        for file in &files {
            raster::read(file, &target, &raster::Request::default())?;
        }
        let ours = cpu_seconds()?;
        for file in &files {
            gdalwarp(file, &folder.join("warped.tif"), &target)?;
        }
        let theirs = cpu_seconds()?;
        let (ours, theirs) = (ours - start, theirs - ours);
        println!(
            "round {round}: ours {ours:.2} s, gdalwarp {theirs:.2} s, ratio {:.2}",
            ours / theirs
        );
    }
    Ok(())
}

fn grid(system: &str, [west, north]: [f64; 2], cell: f64, side: usize) -> Result<Grid> {
    let transform = GeoTransform { west, north, cell_width: cell, cell_height: cell };
    Ok(Grid::new(crs::parse(system)?, transform, side, side)?)
}

/// Hills in the next zone, tiled and compressed.
fn source(folder: &Path, index: usize) -> Result<PathBuf> {
    let path = folder.join(format!("{index}.tif"));
    let grid = grid("EPSG:32635", [300_000.0, 7_020_000.0], 50.0, 2200)?;
    let bands = vec![Band { name: format!("hills {index}"), unit: String::new() }];
    let phase = index as f32;
    cog::write(&path, &grid, &Spec { bands, ..Spec::default() }, &mut |rows| {
        let cells = rows.start * grid.cols..rows.end * grid.cols;
        Ok(vec![cells.map(|unit| (unit as f32 / 377.0 + phase).sin() * 100.0).collect()])
    })?;
    Ok(path)
}

fn gdalwarp(source: &Path, target: &Path, grid: &Grid) -> Result<()> {
    let edges = grid.region().map(|edge| edge.to_string());
    let side = grid.cols.to_string();
    let status = Command::new("gdalwarp")
        .args(["-q", "-overwrite", "-t_srs", "EPSG:32634", "-r", "bilinear", "-te"])
        .args(edges)
        .args(["-ts", &side, &side])
        .args([source, target])
        .status()?;
    if status.success() { Ok(()) } else { Err("gdalwarp failed".into()) }
}

/// CPU time of this process and of its children that have ended, in seconds (`man 5 proc`: fields 14
/// to 17 in hundredths).
fn cpu_seconds() -> Result<f64> {
    let stat = fs_err::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(4);
    Ok(ticks.map(|field| field.parse::<f64>().unwrap_or(0.0)).sum::<f64>() / 100.0)
}
