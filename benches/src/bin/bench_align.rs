//! Nine rasters aligned to one grid of 2000 x 2000 cells: this project beside `gdalwarp`.
//!
//! Three of the rasters lie on the target's own system and cell size (40 m) but between its cells, three
//! have cells of 100 m, three cells of 50 m in another UTM zone.
//!
//! `cargo run --release -p paydirt-bench --bin bench_align` prints CPU seconds (user and system, of
//! this process and of the tools it starts), their ratio and the peak of memory while this project
//! aligns, one line a round, and keeps them in `benches/results/align.json`.
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use paydirt_core::grid::{GeoTransform, Grid};
use paydirt_io::cog::{self, Band, Spec};
use paydirt_io::{crs, raster};
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const RASTERS: usize = 9;
const ROUNDS: usize = 5;

fn main() -> Result<()> {
    if let Some(folder) = std::env::args_os().nth(1) {
        return (0..RASTERS)
            .try_for_each(|index| source(&source_path(folder.as_ref(), index), index));
    }
    let folder = std::env::temp_dir().join(format!("paydirt-bench-align-{}", std::process::id()));
    fs_err::create_dir_all(&folder)?;
    let outcome = compare(&folder);
    fs_err::remove_dir_all(&folder)?;
    outcome
}

fn compare(folder: &Path) -> Result<()> {
    // Made by another process, so that the peak is that of aligning alone.
    let made = Command::new(std::env::current_exe()?).arg(folder).status()?;
    if !made.success() {
        return Err("the sources could not be made".into());
    }
    let files: Vec<PathBuf> = (0..RASTERS).map(|index| source_path(folder, index)).collect();
    let target = grid("EPSG:32634", [585_000.0, 7_010_000.0], 40.0, 2000)?;
    let mut rounds = Vec::new();
    for round in 1..=ROUNDS {
        forget_peak()?;
        let start = cpu_seconds()?;
        for file in &files {
            raster::read(file, &target, &raster::Request::default())?;
        }
        let ours = cpu_seconds()?;
        let peak = peak_mib()?;
        for file in &files {
            gdalwarp(file, &folder.join("warped.tif"), &target)?;
        }
        let theirs = cpu_seconds()?;
        let (ours, theirs) = (ours - start, theirs - ours);
        let ratio = ours / theirs;
        println!(
            "round {round}: ours {ours:.2} s, gdalwarp {theirs:.2} s, ratio {ratio:.2}, peak {peak:.0} MiB"
        );
        rounds.push(json!({
            "ours_cpu_s": rounded(ours), "gdalwarp_cpu_s": rounded(theirs),
            "ratio": rounded(ratio), "peak_mib": rounded(peak),
        }));
    }
    keep(&rounds)
}

/// To two decimals.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn keep(rounds: &[Value]) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/align.json");
    let kept = json!({ "rasters": RASTERS, "cells": "2000 x 2000", "rounds": rounds });
    Ok(fs_err::write(path, serde_json::to_string_pretty(&kept)? + "\n")?)
}

fn grid(system: &str, [west, north]: [f64; 2], cell: f64, side: usize) -> Result<Grid> {
    let transform = GeoTransform { west, north, cell_width: cell, cell_height: cell };
    Ok(Grid::new(crs::parse(system)?, transform, side, side)?)
}

fn source_path(folder: &Path, index: usize) -> PathBuf {
    folder.join(format!("{index}.tif"))
}

/// Hills, tiled and compressed, on one of three grids.
fn source(path: &Path, index: usize) -> Result<()> {
    let grid = match index % 3 {
        0 => grid("EPSG:32634", [584_990.0, 7_010_010.0], 40.0, 2050)?,
        1 => grid("EPSG:32634", [584_900.0, 7_010_100.0], 100.0, 820)?,
        _ => grid("EPSG:32635", [300_000.0, 7_020_000.0], 50.0, 2200)?,
    };
    let bands = vec![Band { name: format!("hills {index}"), unit: String::new() }];
    let phase = index as f32;
    cog::write(path, &grid, &Spec { bands, ..Spec::default() }, &mut |rows| {
        let cells = rows.start * grid.cols..rows.end * grid.cols;
        Ok(vec![cells.map(|unit| (unit as f32 / 377.0 + phase).sin() * 100.0).collect()])
    })?;
    Ok(())
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

/// Sets the peak of this process's memory back to what it holds now (`man 5 proc`).
fn forget_peak() -> Result<()> {
    Ok(fs_err::write("/proc/self/clear_refs", "5")?)
}

/// The most memory that this process has held since then, in MiB.
fn peak_mib() -> Result<f64> {
    let status = fs_err::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default();
    Ok(line.trim().trim_end_matches(" kB").parse::<f64>()? / 1024.0)
}

/// CPU time of this process and of its children that have ended, in seconds (`man 5 proc`: fields 14
/// to 17 in hundredths).
fn cpu_seconds() -> Result<f64> {
    let stat = fs_err::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().unwrap_or_default();
    let ticks = fields.split_whitespace().skip(11).take(4);
    Ok(ticks.map(|field| field.parse::<f64>().unwrap_or(0.0)).sum::<f64>() / 100.0)
}
