//! Which cells a line passes.

use super::Window;

/// Visits every cell of a window that a straight segment passes, from north to south: row, column
/// and the share (0 to 1) of the whole segment that lies in it. Ends are in cell coordinates
/// `[col, row]`. The cells are those of Amanatides & Woo 1987 (doi:10.2312/egtp.19871000), found row
/// by row; a segment that meets a corner passes only the cells in which it lies.
///
/// ```
/// use paydirt_core::raster::{Window, trace::trace};
/// let window = Window { rows: 0..2, cols: 0..9 };
/// let mut cells = Vec::new();
/// trace([0.5, 0.5], [2.5, 0.5], &window, |row, col, share| cells.push((row, col, share)));
/// assert_eq!(cells, [(0, 0, 0.25), (0, 1, 0.5), (0, 2, 0.25)]);
/// ```
pub fn trace(from: [f64; 2], to: [f64; 2], window: &Window, mut visit: impl FnMut(i64, i64, f64)) {
    let (north, south) = if from[1] <= to[1] { (from, to) } else { (to, from) };
    let Some([start, end]) = clip(north, south, window) else { return };
    let [dx, dy] = [south[0] - north[0], south[1] - north[1]];
    let at = |share: f64, axis: usize| match share {
        1.0 => south[axis],
        _ => north[axis] + share * (south[axis] - north[axis]),
    };
    let cell = |place: f64| place.floor() as i64;
    let (first, last) = (cell(at(start, 1)), cell(at(end, 1)));
    for row in first.max(window.rows.start)..=last.min(window.rows.end - 1) {
        let edge = (row + 1) as f64;
        let enter = if row == first { start } else { ((row as f64 - north[1]) / dy).max(start) };
        let leave = if row == last { end } else { ((edge - north[1]) / dy).clamp(enter, end) };
        let [x_in, x_out] = [at(enter, 0), at(leave, 0)];
        let (low, high) = (x_in.min(x_out), x_in.max(x_out));
        // going east, the place where a row ends lies in the next row already
        let leaves_east = dx > 0.0 && south[1] >= edge;
        let east = if leaves_east { (high.ceil() as i64 - 1).max(cell(low)) } else { cell(high) };
        for col in cell(low).max(window.cols.start)..=east.min(window.cols.end - 1) {
            let overlap = high.min((col + 1) as f64) - low.max(col as f64);
            let share = if high > low { overlap.max(0.0) / (high - low) } else { 1.0 };
            visit(row, col, share * (leave - enter));
        }
    }
}

/// The part of a segment in a window, as two shares of its length (Liang & Barsky 1984,
/// doi:10.1145/357332.357333).
fn clip(from: [f64; 2], to: [f64; 2], window: &Window) -> Option<[f64; 2]> {
    let [mut start, mut end] = [0.0_f64, 1.0_f64];
    for (axis, limits) in [&window.cols, &window.rows].into_iter().enumerate() {
        let (low, high) = (limits.start as f64, limits.end as f64);
        let step = to[axis] - from[axis];
        if !step.is_finite() {
            return None;
        }
        if step == 0.0 {
            if from[axis] < low || from[axis] >= high {
                return None;
            }
            continue;
        }
        let [a, b] = [(low - from[axis]) / step, (high - from[axis]) / step];
        start = start.max(a.min(b));
        end = end.min(a.max(b));
    }
    (start <= end).then_some([start, end])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const WINDOW: Window = Window { rows: 0..6, cols: 0..8 };

    fn cells(from: [f64; 2], to: [f64; 2]) -> Vec<(i64, i64)> {
        let mut cells = Vec::new();
        trace(from, to, &WINDOW, |row, col, _| cells.push((row, col)));
        cells.sort_unstable();
        cells
    }

    #[test]
    fn corners_and_edges_belong_to_the_cell_east_and_south() {
        assert_eq!(cells([0.0, 0.0], [2.0, 2.0]), [(0, 0), (1, 1), (2, 2)]);
        assert_eq!(cells([2.0, 0.0], [0.0, 2.0]), [(0, 1), (0, 2), (1, 0), (1, 1), (2, 0)]);
        assert_eq!(cells([1.0, 0.5], [1.0, 1.5]), [(0, 1), (1, 1)]);
        assert_eq!(cells([0.5, 1.0], [1.5, 1.0]), [(1, 0), (1, 1)]);
        assert_eq!(cells([3.2, 3.2], [3.2, 3.2]), [(3, 3)]);
    }

    #[test]
    fn what_lies_outside_is_not_visited() {
        assert_eq!(cells([-5.0, 1.5], [-1.0, 1.5]), []);
        assert_eq!(cells([8.0, 1.5], [9.0, 1.5]), []);
        assert_eq!(cells([-1e9, 2.5], [1.5, 2.5]), [(2, 0), (2, 1)]);
        assert_eq!(cells([-1e308, -1e308], [1e308, 1e308]).len(), 0);
        assert_eq!(cells([f64::NAN, 1.0], [2.0, 2.0]).len().min(1), 0);
    }

    proptest! {
        #[test]
        fn every_place_on_the_segment_lies_in_a_visited_cell(
            ends in prop::array::uniform4(-3.0..10.0_f64),
        ) {
            let [x0, y0, x1, y1] = ends;
            let visited = cells([x0, y0], [x1, y1]);
            let mut total = 0.0;
            trace([x0, y0], [x1, y1], &WINDOW, |_, _, share| total += share);
            let (mut inside, mut around) = (0, 0);
            for step in 0..=1000 {
                let t = f64::from(step) / 1000.0;
                let place = [x0 + t * (x1 - x0), y0 + t * (y1 - y0)];
                let cell = (place[1].floor() as i64, place[0].floor() as i64);
                if WINDOW.rows.contains(&cell.0) && WINDOW.cols.contains(&cell.1) {
                    inside += 1;
                    // one within rounding of an edge may be counted to the neighbour
                    let near = place.iter().any(|v| (v - v.round()).abs() < 1e-9);
                    prop_assert!(near || visited.contains(&cell), "{cell:?}");
                } else {
                    around += 1;
                }
            }
            prop_assert!((total - f64::from(inside) / f64::from(inside + around)).abs() < 0.01);
        }
    }
}
