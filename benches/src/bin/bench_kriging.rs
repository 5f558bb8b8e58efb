//! 500 samples onto 2000x2000 cells: each gridding step in a process of its own, kriging beside
//! PyKrige, on the same samples and with the same variogram. See the README of `benches/`.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use fs_err as fs;
use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::seed::Seed;
use paydirt_core::step::{AnyStep, Canvas, Geometry, Shape, Source, draw_surface};
use rand::RngExt;
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const SAMPLES: usize = 500;
const SIDE: usize = 2000;
const CELL_M: f64 = 50.0;
/// The side of PyKrige's grids over the same ground: with 1000 it runs out of memory.
const PEER_SIDES: [usize; 2] = [250, 500];

/// Samples of hills and noise, as `[easting, northing, value]`.
fn samples() -> Vec<[f64; 3]> {
    let mut rng = Seed(7).derive("samples", 0).rng();
    let span = SIDE as f64 * CELL_M;
    let mut sample = |_| {
        let [e, n] = [rng.random_range(0.0..span), rng.random_range(0.0..span)];
        let hills = (e / 9000.0).sin() * (n / 13_000.0).cos() + 0.5 * ((e + n) / 7000.0).cos();
        [e, n, f64::from((10.0 + 3.0 * hills + rng.random_range(-0.5..0.5)) as f32)]
    };
    (0..SAMPLES).map(&mut sample).collect()
}

/// What is measured: steps as a project file writes them.
fn jobs() -> Vec<(&'static str, Value)> {
    let off = json!({ "folds": 0 });
    let plain = |key: &str| json!({ key: { "validation": off, "max_distance_m": 1e6 } });
    let variogram =
        json!({ "model": "exponential", "nugget": 0.1, "sill": 5.0, "range_m": 15_000.0 });
    vec![
        (
            "kriging",
            json!({ "kriging": { "variogram": variogram, "validation": off,
            "max_distance_m": 1e6 } }),
        ),
        ("kriging, fitted and cross-validated", json!({ "kriging": {} })),
        ("inverse distance", plain("inverse_distance")),
        ("natural neighbour", plain("natural_neighbour")),
        ("radial basis", plain("radial_basis")),
        ("minimum curvature", plain("minimum_curvature")),
        ("gaussian process", plain("gaussian_process")),
    ]
}

/// Processor time of all threads of this process.
fn cpu() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32).as_secs_f64()
}

/// The most memory that this process ever held, in MiB, as Linux tells it.
fn peak_mib() -> Fallible<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib: f64 = line.unwrap_or_default().trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024.0)
}

fn draw(step: &str) -> Fallible<Value> {
    let step: AnyStep = serde_json::from_str(step)?;
    let surface = step.surface().ok_or("no surface")?;
    let shape = |[e, n, value]: [f64; 3]| Shape {
        geometry: Geometry::Points(vec![[e, n]]),
        value: Some(value as f32),
    };
    let shapes: Vec<Shape> = samples().into_iter().map(shape).collect();
    let north = SIDE as f64 * CELL_M;
    let transform = GeoTransform { west: 0.0, north, cell_width: CELL_M, cell_height: CELL_M };
    let grid = Grid::new(Crs::local_metres(), transform, SIDE, SIDE)?;
    let (wall, before) = (Instant::now(), cpu());
    let canvas: Box<dyn Canvas> = surface.prepare(&Source::Shapes(&shapes), &grid)?;
    let prepared = cpu() - before;
    let mut kept = [(); 2].map(|()| Vec::<f32>::with_capacity(grid.cells()));
    draw_surface(canvas.as_ref(), &grid, |bands| {
        kept.iter_mut().zip(bands).for_each(|(kept, band)| kept.extend(band));
        Ok(())
    })?;
    Ok(json!({
        "cpu_s": cpu() - before,
        "prepare_cpu_s": prepared,
        "wall_s": wall.elapsed().as_secs_f64(),
        "peak_mib": peak_mib()?,
        "known_cells": kept[0].iter().filter(|value| value.is_finite()).count(),
        "notes": canvas.notes(),
    }))
}

/// Runs a program and reads the JSON that it prints.
fn run(program: &mut Command) -> Fallible<Value> {
    let run = program.stdout(Stdio::piped()).stderr(Stdio::piped()).output()?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into());
    }
    Ok(serde_json::from_slice(&run.stdout)?)
}

fn figure(result: &Value, key: &str) -> f64 {
    result[key].as_f64().unwrap_or(f64::NAN)
}

#[expect(clippy::print_stdout, reason = "the figures are what a benchmark is run for")]
fn main() -> Fallible<()> {
    if let Some(step) = std::env::args().nth(1) {
        println!("{}", draw(&step)?);
        return Ok(());
    }
    let this = std::env::current_exe()?;
    let mut ours = Vec::new();
    for (name, step) in jobs() {
        let mut result = run(Command::new(&this).arg(step.to_string()))?;
        let [cpu_s, peak_mib] = ["cpu_s", "peak_mib"].map(|key| figure(&result, key));
        println!(
            "{name}: {SAMPLES} samples onto {SIDE}x{SIDE}: {cpu_s:.2} CPU s, {peak_mib:.0} MiB"
        );
        result["name"] = name.into();
        ours.push(result);
    }
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("samples.json");
    fs::write(&file, serde_json::to_vec(&samples())?)?;
    let python = std::env::var("PAYDIRT_PEER_PYTHON");
    let python = python.unwrap_or_else(|_| "benches/.venv/bin/python".into());
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("kriging.py");
    let per_cell = figure(&ours[0], "cpu_s") / (SIDE * SIDE) as f64;
    let mut peers = Vec::new();
    for side in PEER_SIDES {
        let span = (SIDE as f64 * CELL_M).to_string();
        let mut peer =
            run(Command::new(&python).arg(&script).arg(&file).args([side.to_string(), span]))?;
        let theirs = figure(&peer, "cpu_s") / (side * side) as f64;
        println!(
            "PyKrige onto {side}x{side}: {:.2} CPU s, {:.0} MiB; ours / PyKrige per cell {:.4}",
            figure(&peer, "cpu_s"),
            figure(&peer, "peak_mib"),
            per_cell / theirs
        );
        peer["ours_over_pykrige_cpu_per_cell"] = (per_cell / theirs).into();
        peers.push(peer);
    }
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/kriging.json");
    fs::write(
        kept,
        serde_json::to_string_pretty(&json!({ "ours": ours, "pykrige": peers }))? + "\n",
    )?;
    Ok(())
}
