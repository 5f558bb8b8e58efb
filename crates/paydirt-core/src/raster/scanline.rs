//! Which cells a polygon covers.

use std::ops::Range;

/// Visits the cells whose centre lies in a polygon: row and a range of columns. Rings (outline and
/// holes, in cell coordinates `[col, row]`, each closed) count by the even-odd rule, so their
/// direction does not matter. A centre on an edge belongs to the polygon west or south of it: of
/// two that share an edge exactly one covers it. The same cells as GDAL's default rule, except on a
/// horizontal edge through centres, which GDAL may give to both.
///
/// ```
/// use paydirt_core::raster::scanline::fill;
/// let square = vec![[0.0, 0.0], [2.0, 0.0], [2.0, 2.0], [0.0, 2.0], [0.0, 0.0]];
/// let mut spans = Vec::new();
/// fill(&[square], 3, 3, |row, cols| spans.push((row, cols)));
/// assert_eq!(spans, [(0, 0..2), (1, 0..2)]);
/// ```
pub fn fill(
    rings: &[Vec<[f64; 2]>],
    rows: usize,
    cols: usize,
    mut visit: impl FnMut(usize, Range<usize>),
) {
    let mut crossings: Vec<(usize, f64)> = Vec::new();
    for edge in rings.iter().flat_map(|ring| ring.windows(2)) {
        let (north, south) =
            if edge[0][1] <= edge[1][1] { (edge[0], edge[1]) } else { (edge[1], edge[0]) };
        // rows whose centre lies at north <= centre < south
        let row_from = |northing: f64| ((northing - 0.5).ceil().max(0.0) as usize).min(rows);
        for row in row_from(north[1])..row_from(south[1]) {
            let share = (row as f64 + 0.5 - north[1]) / (south[1] - north[1]);
            crossings.push((row, share.mul_add(south[0] - north[0], north[0])));
        }
    }
    crossings.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let col_from = |easting: f64| ((easting + 0.5).floor().max(0.0) as usize).min(cols);
    for pair in crossings.chunks_exact(2) {
        let covered = col_from(pair[0].1)..col_from(pair[1].1);
        if !covered.is_empty() {
            visit(pair[0].0, covered);
        }
    }
}
