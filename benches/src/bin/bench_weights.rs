//! Counts and weighs one evidence layer of 2000 x 2000 cells in 10 and in 200 classes. Prints
//! seconds of CPU time and keeps them in `benches/results/weights_of_evidence.json`; the bounds are
//! 0.1 and 0.2 s. (EIS Toolkit 1.1.6 was measured at 1.8 and 33.7 s for the like job on two cores,
//! reading its raster from disk: not in the same run.)
//!
//!     cargo run --release -p paydirt-bench --no-default-features --bin bench_weights
#![expect(clippy::print_stdout, reason = "a benchmark prints its figures")]

use std::hint::black_box;

use paydirt_bench::cpu_s;
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_model::weights_of_evidence::count::ClassCounter;
use paydirt_model::weights_of_evidence::overlap::EmptyCount;
use paydirt_model::weights_of_evidence::tables::{Cut, Kind, WeightsTable};
use rand::RngExt;

const CELLS: usize = 2000 * 2000;
const REPEATS: u32 = 10;

fn main() -> std::io::Result<()> {
    let mut rng = Seed(1).rng();
    let mut results = serde_json::Map::new();
    let deposit = Mask::from_fn(CELLS, |unit| unit % 20_011 == 0);
    for (classes, apart) in [(10, 1.0), (200, 1.0), (10, 0.1), (200, 0.1)] {
        let values: Vec<f32> =
            (0..CELLS).map(|_| apart * rng.random_range(1..=classes) as f32).collect();
        let start = cpu_s();
        for _ in 0..REPEATS {
            let mut counter = ClassCounter::default();
            for (unit, value) in black_box(&values).iter().enumerate() {
                counter.add(*value, deposit.get(unit), 1.0);
            }
            let counts = counter.finish();
            let mut table = WeightsTable::new(&counts, Kind::Ascending, EmptyCount::Published);
            if let Some(cut) = table.best_cut(Cut::Contrast, 1.0) {
                table.generalize_at(cut);
            }
            black_box(table);
        }
        let seconds = (cpu_s() - start) / f64::from(REPEATS);
        println!("{classes} classes, {apart} apart: {seconds:.4} s of CPU time");
        let seconds = (seconds * 1e4).round() / 1e4;
        results.insert(format!("{classes} classes, {apart} apart, cpu_s"), seconds.into());
    }
    results.insert("cells".into(), CELLS.into());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/results/weights_of_evidence.json");
    fs_err::write(path, serde_json::to_string_pretty(&results)? + "\n")
}
