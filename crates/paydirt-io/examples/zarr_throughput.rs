//! How fast a stack in chunks is written and read beside spool files of the same layers.
//!
//!     cargo run --release -p paydirt-io --example zarr_throughput -- [ROWS] [COLS] [LAYERS] [FOLDER]
//!
//! Prints one line a job: MB of 32-bit floats a second of wall time, best of three. Files lie in the system's
//! cache, as they were just written.
#![expect(clippy::print_stdout, reason = "its figures are what it is for")]

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::layer::{EvidenceType, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_io::zarr::{self, Layout, StackPlan, ZarrStack};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let numbers: Vec<usize> = std::env::args().skip(1).take(3).flat_map(|n| n.parse()).collect();
    let [rows, cols, layers] = numbers[..].try_into().unwrap_or([4_000, 5_000, 4]);
    let folder = match std::env::args().nth(4) {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: 100.0, cell_height: 100.0 };
    let grid = Grid::new(Crs::local_metres(), transform, rows, cols)?;
    let area = Arc::new(Mask::from_fn(grid.cells(), |unit| unit % cols > cols / 20));
    let mut stack = GridStack::new(grid.clone(), area);
    for layer in 0..layers {
        let mut writer = stack.begin(info(layer), Some(folder.path()))?;
        for strip in strips(&grid) {
            writer.write(&surface(&grid, layer, strip))?;
        }
        stack.finish(writer)?;
    }
    let megabytes = (grid.cells() * layers * 4) as f64 / 1e6;
    let path = folder.path().join("stack.zarr");
    best("write spool files (copied)", megabytes, || copy_spool(&stack, folder.path()))?;
    let address = path.to_string_lossy().into_owned();
    for chunk in [None, Some([256, 256]), Some([64, 1024])] {
        let mut plan = StackPlan::of(&stack, "bench")?;
        if let Some([high, wide]) = chunk {
            let shard = [plan.layout.shard[0].next_multiple_of(high), cols.next_multiple_of(wide)];
            plan.layout = Layout { chunk: [high, wide], shard };
        }
        println!("{rows} x {cols} cells, {layers} layers, {:?}", plan.layout);
        best("write zarr (copied)", megabytes, || {
            if path.exists() {
                fs_err::remove_dir_all(&path)?;
            }
            Ok(zarr::copy_as(&stack, &address, &plan)?)
        })?;
        println!("size of zarr: {:.3} of the spool files", size(&path)? / megabytes / 1e6);
        reads("zarr", megabytes, &|work| work(&ZarrStack::open(&address)?))?;
    }
    reads("spool files", megabytes, &|work| work(&stack))
}

/// Does some work on a stack that is opened for it.
type With<'a> = dyn Fn(&dyn Fn(&dyn Stack) -> Outcome<()>) -> Outcome<()> + 'a;

fn reads(name: &str, megabytes: f64, with: &With<'_>) -> Outcome<()> {
    best(&format!("read strips of all layers, {name}"), megabytes, || {
        with(&|stack| {
            for strip in stack.grid().map(strips).unwrap_or_default() {
                std::hint::black_box(stack.read_range(strip)?);
            }
            Ok(())
        })
    })?;
    best(&format!("read one layer after the other, {name}"), megabytes, || {
        with(&|stack| {
            for info in stack.layers() {
                for strip in stack.grid().map(strips).unwrap_or_default() {
                    std::hint::black_box(stack.read_stored(&info.name, strip)?);
                }
            }
            Ok(())
        })
    })?;
    best(&format!("20,000 scattered units of all layers, {name}"), 0.0, || {
        with(&|stack| {
            let units: Vec<usize> = (0..20_000).map(|i| i * 7_919 * 131 % stack.units()).collect();
            std::hint::black_box(stack.read_units(&units)?);
            Ok(())
        })
    })
}

fn copy_spool(stack: &GridStack, folder: &Path) -> Outcome<()> {
    let there = folder.join("copy");
    fs_err::create_dir_all(&there)?;
    let grid = stack.grid().ok_or("no grid")?;
    let mut copy = GridStack::new(grid.clone(), Arc::new(stack.area().clone()));
    for info in stack.layers() {
        let mut writer = copy.begin(info.clone(), Some(&there))?;
        for strip in strips(grid) {
            writer.write(&stack.read_stored(&info.name, strip)?)?;
        }
        copy.finish(writer)?;
    }
    Ok(fs_err::remove_dir_all(there)?)
}

fn info(layer: usize) -> LayerInfo {
    let name = format!("layer_{layer}");
    LayerInfo { name, evidence_type: EvidenceType::Continuous, unit: "m".into() }
}

/// Units of the strips that a drawing reads.
fn strips(grid: &Grid) -> Vec<std::ops::Range<usize>> {
    grid.strips(1).map(|rows| rows.start * grid.cols..rows.end * grid.cols).collect()
}

/// A smooth field with noise in its last digits, as measured fields have.
fn surface(grid: &Grid, layer: usize, units: std::ops::Range<usize>) -> Vec<f32> {
    let value = |unit: usize| {
        let (row, col) = (unit / grid.cols, unit % grid.cols);
        let smooth = ((row + 31 * layer) as f32 / 97.0).sin() * (col as f32 / 211.0).cos();
        let noise = (unit.wrapping_mul(2_654_435_761) >> 7 & 0xff) as f32 / 255.0;
        1_000.0 * smooth + noise
    };
    units.map(value).collect()
}

fn best(job: &str, megabytes: f64, mut work: impl FnMut() -> Outcome<()>) -> Outcome<()> {
    let mut least = f64::INFINITY;
    for _ in 0..3 {
        let start = Instant::now();
        work()?;
        least = least.min(start.elapsed().as_secs_f64());
    }
    match megabytes > 0.0 {
        true => println!("{job}: {least:.3} s, {:.0} MB/s", megabytes / least),
        false => println!("{job}: {least:.3} s"),
    }
    Ok(())
}

fn size(folder: &Path) -> Outcome<f64> {
    let mut bytes = 0;
    for entry in fs_err::read_dir(folder)? {
        let entry = entry?;
        let metadata = entry.metadata()?;
        bytes += if metadata.is_dir() { size(&entry.path())? as u64 } else { metadata.len() };
    }
    Ok(bytes as f64)
}
