//! A district of prisms, filters by the text of their settings, and tables of errors.

use paydirt_core::grid::{Crs, GeoTransform, Grid, Point};
use paydirt_core::step::{AnyStep, Block};

use super::closed_form::Prism;

pub(crate) fn grid(rows: usize, cols: usize, cell_width: f64, cell_height: f64) -> Grid {
    let north = rows as f64 * cell_height;
    let transform = GeoTransform { west: 0.0, north, cell_width, cell_height };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

/// 100 rows and 120 columns of cells of 100 m x 80 m: 12 km x 8 km.
pub(crate) fn district() -> Grid {
    grid(100, 120, 100.0, 80.0)
}

/// Three bodies at 400 to 900 m, one of them light, none near the edge.
pub(crate) const BODIES: [Prism; 3] = [
    Prism { sides: [[3000.0, 5200.0], [3000.0, 4600.0], [500.0, 1800.0]], density: 400.0 },
    Prism { sides: [[6900.0, 7700.0], [2600.0, 5400.0], [400.0, 1200.0]], density: 250.0 },
    Prism { sides: [[5600.0, 6600.0], [4800.0, 5600.0], [900.0, 2500.0]], density: -300.0 },
];

pub(crate) fn draw(grid: &Grid, value: impl Fn([f64; 3]) -> f64) -> Vec<f32> {
    let at = |Point { easting, northing }| value([easting, northing, 0.0]) as f32;
    (0..grid.cells()).map(|unit| at(grid.centre(unit))).collect()
}

pub(crate) fn of_bodies(grid: &Grid, value: impl Fn(&Prism, [f64; 3]) -> f64) -> Vec<f32> {
    draw(grid, |from| BODIES.iter().map(|body| value(body, from)).sum())
}

pub(crate) fn step(text: &str) -> AnyStep {
    serde_json::from_str(text).unwrap()
}

pub(crate) fn try_filter(text: &str, values: &[f32], grid: &Grid) -> Result<Vec<f32>, String> {
    let block = Block { values, held: 0..grid.rows, wanted: 0..grid.rows };
    let step = step(text);
    let raster = step.raster().unwrap();
    raster.reach(grid).and_then(|_| raster.draw(&block, grid)).map_err(|error| error.to_string())
}

pub(crate) fn filter(text: &str, values: &[f32], grid: &Grid) -> Vec<f32> {
    try_filter(text, values, grid).unwrap()
}

/// Largest and root-mean-square error over the cells at least `margin` cells from the edge, in
/// percent of the range of the truth there.
pub(crate) fn errors(found: &[f32], truth: &[f32], grid: &Grid, margin: usize) -> [f64; 2] {
    let inside = |unit: &usize| {
        let cell = grid.cell(*unit);
        let is_inside = |index: usize, count: usize| index >= margin && index + margin < count;
        is_inside(cell.row, grid.rows) && is_inside(cell.col, grid.cols)
    };
    let units: Vec<usize> =
        (0..grid.cells()).filter(inside).filter(|unit| found[*unit].is_finite()).collect();
    assert!(!units.is_empty());
    let (mut low, mut high, mut most, mut sum) = (f32::INFINITY, f32::NEG_INFINITY, 0.0_f64, 0.0);
    for unit in &units {
        let off = f64::from(found[*unit]) - f64::from(truth[*unit]);
        (low, high) = (low.min(truth[*unit]), high.max(truth[*unit]));
        (most, sum) = (most.max(off.abs()), sum + off * off);
    }
    let range = f64::from(high - low);
    [100.0 * most / range, 100.0 * (sum / units.len() as f64).sqrt() / range]
}

/// The raster less its mean over the cells that [`errors`] counts: for filters that cannot know the level.
pub(crate) fn levelled(values: &[f32], grid: &Grid, margin: usize) -> Vec<f32> {
    let rows = margin..grid.rows - margin;
    let inside = rows.flat_map(|row| row * grid.cols + margin..(row + 1) * grid.cols - margin);
    let inside: Vec<f64> = inside.map(|unit| f64::from(values[unit])).collect();
    let mean = inside.iter().sum::<f64>() / inside.len() as f64;
    values.iter().map(|value| (f64::from(*value) - mean) as f32).collect()
}

/// The raster where the gradient is over 5 % of its highest: the angle of next to nothing is anything.
pub(crate) fn where_steep(values: &[f32], signal: &[f32]) -> Vec<f32> {
    let least = 0.05 * signal.iter().fold(0.0_f32, |most, value| most.max(*value));
    let kept = |(value, signal): (&f32, &f32)| if *signal > least { *value } else { f32::NAN };
    values.iter().zip(signal).map(kept).collect()
}

/// A line of the error table: what, errors found and their bounds, in percent.
pub(crate) type Line = (String, [f64; 2], [f64; 2]);

/// Prints an error table and holds each line to its bounds.
#[expect(clippy::print_stdout, reason = "the error tables are read with --nocapture")]
pub(crate) fn hold(title: &str, lines: &[Line]) {
    println!("| {title} | largest % | RMS % |");
    for (what, found, _) in lines {
        println!("| {what} | {:.3} | {:.3} |", found[0], found[1]);
    }
    for (what, found, bounds) in lines {
        assert!(found[0] <= bounds[0] && found[1] <= bounds[1], "{what}: {found:?} {bounds:?}");
    }
}
