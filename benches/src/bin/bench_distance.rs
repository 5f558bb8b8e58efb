//! Distance to 200 fault-like lines: ours beside GDAL's rasterise and proximity, on the same lines in
//! the same run, both judged against SciPy's exact transform. See the README of `benches/`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use fs_err as fs;
use paydirt_bench::cpu_s;
use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::seed::Seed;
use paydirt_core::step::{Geometry, Shape, Source, Surface, distance};
use rand::RngExt;
use serde_json::{Value, json};

type Fallible<T> = Result<T, Box<dyn std::error::Error>>;

const CELL_M: f64 = 50.0;
const LINES: usize = 200;
const ROUNDS: usize = 5;

/// Lines that wander about a regional strike and end at the edge of the grid.
fn faults(side: usize, lines: usize) -> Vec<Vec<[f64; 2]>> {
    let mut rng = Seed(7).derive("faults", side as u64).rng();
    let span = side as f64 * CELL_M;
    let inside = |place: &[f64; 2]| place.iter().all(|v| (1.0..span - 1.0).contains(v));
    let mut line = || {
        let mut place = [rng.random_range(1.0..span - 1.0), rng.random_range(1.0..span - 1.0)];
        let mut strike = rng.random_range(0.2..1.2_f64);
        let mut line = vec![place];
        for _ in 0..rng.random_range(10..60) {
            strike += rng.random_range(-0.3..0.3);
            let step = span / 100.0 * rng.random_range(0.2..1.0);
            place = [place[0] + step * strike.cos(), place[1] + step * strike.sin()];
            line.push(place);
        }
        let length = line.iter().take_while(|place| inside(place)).count();
        line.truncate(length);
        line
    };
    (0..lines).map(|_| line()).collect()
}

fn ours(lines: &[Vec<[f64; 2]>], side: usize, out: &Path) -> Fallible<Value> {
    let north = side as f64 * CELL_M;
    let transform = GeoTransform { west: 0.0, north, cell_width: CELL_M, cell_height: CELL_M };
    let grid = Grid::new(Crs::local_metres(), transform, side, side)?;
    let shapes = [Shape { geometry: Geometry::Lines(lines.to_vec()), value: None }];
    let (wall, before) = (Instant::now(), cpu_s());
    let distances = distance::Settings::default().draw(&Source::Shapes(&shapes), &grid)?;
    let figures = json!({ "cpu_s": cpu_s() - before, "wall_s": wall.elapsed().as_secs_f64() });
    fs::write(out, distances.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>())?;
    Ok(figures)
}

/// Runs a part of `distance.py` and reads what it prints.
fn peer(python: &str, part: &str, side: usize, folder: &Path) -> Fallible<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("distance.py");
    let (side, cell_m) = (side.to_string(), CELL_M.to_string());
    let run = Command::new(python).arg(script).args([part, &side, &cell_m]).arg(folder).output()?;
    if !run.status.success() {
        return Err(String::from_utf8_lossy(&run.stderr).into());
    }
    Ok(serde_json::from_slice(&run.stdout)?)
}

fn median(runs: &[Value], key: &str) -> f64 {
    let mut values: Vec<f64> = runs.iter().filter_map(|run| run[key].as_f64()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

fn python(variable: &str, default: &str) -> String {
    std::env::var(variable).unwrap_or_else(|_| default.into())
}

fn compare(side: usize, folder: &Path) -> Fallible<Value> {
    let lines = faults(side, LINES);
    fs::write(folder.join("lines.json"), serde_json::to_vec(&lines)?)?;
    let (mut our_runs, mut gdal_runs) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        our_runs.push(ours(&lines, side, &folder.join("ours.f32"))?);
        let gdal = python("PAYDIRT_GDAL_PYTHON", "/usr/bin/python3");
        gdal_runs.push(peer(&gdal, "gdal", side, folder)?);
    }
    let scipy = python("PAYDIRT_PEER_PYTHON", "benches/.venv/bin/python");
    let ratio = |key: &str| median(&our_runs, key) / median(&gdal_runs, key);
    Ok(json!({
        "grid": format!("{side}x{side}"),
        "lines": LINES,
        "ours_over_gdal": { "cpu": ratio("cpu_s"), "wall": ratio("wall_s") },
        "against_exact": peer(&scipy, "exact", side, folder)?,
        "ours": our_runs,
        "gdal": gdal_runs,
    }))
}

#[expect(clippy::print_stdout, reason = "the ratios are what a benchmark is run for")]
fn main() -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let mut results = Vec::new();
    ours(&faults(500, LINES), 500, &folder.path().join("warm.f32"))?;
    for side in [2000, 4000] {
        let result = compare(side, folder.path())?;
        let ratios = &result["ours_over_gdal"];
        println!("{} distance to {LINES} lines, ours / GDAL:", result["grid"]);
        println!("  CPU {:.3}  wall {:.3}", ratios["cpu"], ratios["wall"]);
        println!("  against SciPy's exact answer: {}", result["against_exact"]);
        results.push(result);
    }
    let kept: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("results/distance.json");
    fs::write(kept, serde_json::to_string_pretty(&results)? + "\n")?;
    Ok(())
}
