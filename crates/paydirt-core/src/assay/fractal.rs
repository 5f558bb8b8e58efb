//! Concentration-area: which concentrations part background from anomaly.
//!
//! The share of area (of cells, or of samples) with a concentration of at least `c` follows
//! `A(c) = k c^-slope` where one process rules, with another slope where another does (Cheng, Agterberg
//! & Ballantyne 1994, doi:10.1016/0375-6742(94)90013-2). On logarithms these are straight lines: the
//! curve is parted into pieces, each fitted by least squares, so that the squares that are left are
//! fewest (dynamic programming over all ways of parting, Bellman 1961, doi:10.1145/366573.366611).
//! Thresholds lie where neighbouring lines cross, or midway between the pieces where they cross
//! elsewhere. The number of pieces is given, or that of least
//! `n ln(squares / n) + (3 pieces - 1) ln n` (Schwarz 1978, doi:10.1214/aos/1176344136), up to a most.

use serde::{Deserialize, Serialize};

/// Points of the curve: one in each of so many equal steps of the logarithm, where there is a value.
const POINTS: usize = 200;
/// Fewest points of a piece.
const FEWEST: usize = 4;
/// Most pieces that can be asked for.
pub const MOST_SEGMENTS: usize = 10;

/// The pieces of a concentration-area curve.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fractal {
    /// Concentrations between the pieces, rising, in the unit of the values.
    pub thresholds: Vec<f64>,
    /// How steeply area falls in each piece: minus the slope on logarithms. One more than thresholds;
    /// none where there are too few values.
    pub slopes: Vec<f64>,
    /// Share of the variance of the logarithm of area that the pieces explain.
    pub r_squared: f64,
}

/// Sums over the first points of the curve, from which a line through any run of them follows.
struct Curve {
    points: Vec<[f64; 2]>,
    sums: Vec<[f64; 5]>,
}

/// A straight line.
#[derive(Clone, Copy)]
struct Line {
    start: f64,
    rise: f64,
}

/// Parts the concentration-area curve of `values`, of which those that are not over zero have area
/// but no logarithm, into `segments` pieces, or by the criterion into at most `max_segments`; fewer
/// where there are not four points for each.
#[must_use]
pub fn concentration_area(values: &[f64], segments: Option<usize>, max_segments: usize) -> Fractal {
    let curve = Curve::new(values);
    let count = curve.points.len();
    let most = segments.unwrap_or(max_segments).min(count / FEWEST).min(MOST_SEGMENTS);
    if most == 0 {
        return Fractal::default();
    }
    let ways = curve.part(most);
    let total = curve.variation(0, count)[2];
    let information = |pieces: usize| {
        // where a line is exact, what rounding leaves says nothing
        let squares = ways[pieces - 1].0 + 1e-12 * total;
        count as f64 * (squares / count as f64).ln() + (3 * pieces - 1) as f64 * (count as f64).ln()
    };
    let best = match segments {
        Some(_) => most,
        None => (1..=most).min_by(|a, b| information(*a).total_cmp(&information(*b))).unwrap_or(1),
    };
    let (squares, starts) = &ways[best - 1];
    curve.describe(starts, 1.0 - squares / total)
}

/// Pieces of a curve: the squares that are left, and the first point of each.
type Way = (f64, Vec<usize>);

impl Curve {
    fn new(values: &[f64]) -> Self {
        let mut values: Vec<f64> =
            values.iter().copied().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let first = values.partition_point(|value| *value <= 0.0);
        let positive = &values[first..];
        let ends = [positive.first(), positive.last()].map(|end| end.map_or(0.0, |end| end.ln()));
        let step = ((ends[1] - ends[0]) / POINTS as f64).max(f64::MIN_POSITIVE);
        let mut points: Vec<[f64; 2]> = Vec::new();
        let mut next = ends[0];
        for (rank, value) in positive.iter().enumerate() {
            let log = value.ln();
            let repeated = rank > 0 && *value == positive[rank - 1];
            if log >= next && !repeated {
                let share = (positive.len() - rank) as f64 / values.len() as f64;
                points.push([log, share.ln()]);
                next = ends[0] + (((log - ends[0]) / step).floor() + 1.0) * step;
            }
        }
        let mut sums = vec![[0.0; 5]];
        let mut sum = [0.0; 5];
        // from the middle of the curve, so that little is lost in differences of sums
        let [across, down] = points.get(points.len() / 2).copied().unwrap_or_default();
        for [log, share] in &points {
            let [x, y] = [log - across, share - down];
            for (sum, term) in sum.iter_mut().zip([x, y, x * x, x * y, y * y]) {
                *sum += term;
            }
            sums.push(sum);
        }
        Self { points, sums }
    }

    /// Variation of a run of points: squares of the logarithm of concentration about their mean,
    /// products, squares of that of area.
    fn variation(&self, from: usize, to: usize) -> [f64; 3] {
        let count = (to - from) as f64;
        let [x, y, xx, xy, yy] = [0, 1, 2, 3, 4].map(|n| self.sums[to][n] - self.sums[from][n]);
        [xx - x * x / count, xy - x * y / count, yy - y * y / count]
    }

    fn line(&self, from: usize, to: usize) -> Line {
        let [xx, xy, _] = self.variation(from, to);
        let rise = xy / xx;
        let count = (to - from) as f64;
        let mean = |axis: usize| self.points[from..to].iter().map(|p| p[axis]).sum::<f64>() / count;
        Line { start: mean(1) - rise * mean(0), rise }
    }

    /// The best ways of parting the curve into 1, 2, ... pieces.
    fn part(&self, most: usize) -> Vec<Way> {
        let count = self.points.len();
        let squares = |from: usize, to: usize| {
            let [xx, xy, yy] = self.variation(from, to);
            (yy - xy * xy / xx).max(0.0)
        };
        // best way for the first points of the curve, by their number
        let mut ways: Vec<Option<Way>> =
            (0..=count).map(|to| (to >= FEWEST).then(|| (squares(0, to), vec![0]))).collect();
        let mut best = vec![ways[count].clone().unwrap_or_default()];
        while best.len() < most {
            ways = (0..=count)
                .map(|to| {
                    let froms = FEWEST..(to + 1).saturating_sub(FEWEST);
                    let way =
                        |from: usize| Some((ways[from].as_ref()?.0 + squares(from, to), from));
                    let found = froms.filter_map(way).min_by(|a, b| a.0.total_cmp(&b.0));
                    let (squares, from) = found?;
                    let mut starts = ways[from].as_ref()?.1.clone();
                    starts.push(from);
                    Some((squares, starts))
                })
                .collect();
            best.extend(ways[count].clone());
        }
        best
    }

    fn describe(&self, starts: &[usize], r_squared: f64) -> Fractal {
        let ends = starts.iter().skip(1).copied().chain([self.points.len()]);
        let lines: Vec<Line> =
            starts.iter().zip(ends).map(|(from, to)| self.line(*from, to)).collect();
        let threshold = |(pair, start): (&[Line], &usize)| {
            let [low, high] = [start - 1, *start].map(|point| self.points[point][0]);
            let cross = (pair[1].start - pair[0].start) / (pair[0].rise - pair[1].rise);
            let between = (low..=high).contains(&cross);
            (if between { cross } else { f64::midpoint(low, high) }).exp()
        };
        Fractal {
            thresholds: lines.windows(2).zip(&starts[1..]).map(threshold).collect(),
            slopes: lines.iter().map(|line| -line.rise).collect(),
            r_squared,
        }
    }
}
