//! Grey-level co-occurrence: how often two levels stand so far apart in a disc around a cell.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::disc::Disc;

/// The level of a cell that is not known.
pub const UNKNOWN: u16 = u16::MAX;

/// Fractions are counted in whole numbers of this size, so that sums do not depend on their order.
const ONE: f64 = (1_u64 << 32) as f64;

/// What is measured, from the share `p(i, j)` of pairs (each counted in both orders) with levels `i`
/// and `j`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Mean square difference of the levels, `sum p (i - j)^2`.
    #[default]
    Contrast,
    /// Mean difference of the levels, `sum p |i - j|`.
    Dissimilarity,
    /// Inverse difference moment, `sum p / (1 + (i - j)^2)`.
    Homogeneity,
    /// Evenness of the pairs, `sum p^2`; its root is what some call energy.
    AngularSecondMoment,
    /// Disorder of the pairs, `- sum p ln p`.
    Entropy,
    /// Correlation of the two levels; missing where all are one level.
    Correlation,
}

/// The cells of a disc that have a partner in it at one offset: for each row of cells, the first and
/// last column from the centre. It moves with the disc.
#[derive(Clone, Debug)]
pub struct Pairs {
    /// Rows that the disc reaches.
    reach: usize,
    offset: [isize; 2],
    spans: Vec<[isize; 3]>,
}

impl Pairs {
    /// The pairs of a disc at an offset of so many rows to the south and columns to the east.
    #[must_use]
    pub fn new(disc: &Disc, offset: [isize; 2]) -> Self {
        let reach = disc.rows() as isize;
        let half = |row: isize| disc.half_width(row.unsigned_abs()).map(|half| half as isize);
        let span = |row: isize| {
            let (here, there) = (half(row)?, half(row + offset[0])?);
            let (first, last) = ((-here).max(-there - offset[1]), here.min(there - offset[1]));
            (first <= last).then_some([row, first, last])
        };
        Self { reach: disc.rows(), offset, spans: (-reach..=reach).filter_map(span).collect() }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.spans.iter().map(|[_, first, last]| (last - first + 1) as usize).sum()
    }
}

/// Counts of the pairs in a window, kept up as it moves.
struct Tally<'a> {
    recipe: &'a Recipe,
    pairs: i64,
    sums: [i64; 3],
    /// Pairs of levels `low * levels + high`, where the measure needs them.
    counts: Vec<u32>,
}

/// A measure with what can be tabulated of it.
struct Recipe {
    measure: Measure,
    levels: usize,
    /// By difference of levels: what one pair adds.
    of_difference: Vec<i64>,
    /// By number of equal pairs: what they add, for two levels and for twice the same.
    of_count: [Vec<i64>; 2],
}

impl Recipe {
    fn new(measure: Measure, levels: usize, pairs: usize) -> Self {
        let of_difference = (0..levels as i64).map(|difference| match measure {
            Measure::Contrast => difference * difference,
            Measure::Homogeneity => (ONE / (1 + difference * difference) as f64).round() as i64,
            _ => difference,
        });
        // the matrix holds each pair twice: at (i, j) and (j, i), or two at (i, i)
        let entry = |count: usize| match measure {
            Measure::Entropy => {
                let count = count as f64;
                (count * count.max(1.0).ln() * ONE).round() as i64
            }
            _ => (count * count) as i64,
        };
        let is_matrix = matches!(measure, Measure::Entropy | Measure::AngularSecondMoment);
        let counts = || 0..if is_matrix { pairs + 1 } else { 0 };
        let of_count =
            [counts().map(|c| 2 * entry(c)).collect(), counts().map(|c| entry(2 * c)).collect()];
        Self { measure, levels, of_difference: of_difference.collect(), of_count }
    }
}

impl<'a> Tally<'a> {
    fn new(recipe: &'a Recipe) -> Self {
        let cells = if recipe.of_count[0].is_empty() { 0 } else { recipe.levels * recipe.levels };
        Self { recipe, pairs: 0, sums: [0; 3], counts: vec![0; cells] }
    }

    fn clear(&mut self) {
        (self.pairs, self.sums) = (0, [0; 3]);
        self.counts.fill(0);
    }

    /// Adds (`sign` 1) or takes away (-1) a pair.
    fn change(&mut self, a: u16, b: u16, sign: i64) {
        if a == UNKNOWN || b == UNKNOWN {
            return;
        }
        self.pairs += sign;
        let (low, high) = (a.min(b), a.max(b));
        match self.recipe.measure {
            Measure::Correlation => {
                let (low, high) = (i64::from(low), i64::from(high));
                self.sums[0] += sign * (low + high);
                self.sums[1] += sign * (low * low + high * high);
                self.sums[2] += sign * low * high;
            }
            Measure::Entropy | Measure::AngularSecondMoment => {
                let count =
                    &mut self.counts[usize::from(low) * self.recipe.levels + usize::from(high)];
                let table = &self.recipe.of_count[usize::from(low == high)];
                self.sums[0] -= table[*count as usize];
                *count = count.wrapping_add_signed(sign as i32);
                self.sums[0] += table[*count as usize];
            }
            _ => self.sums[0] += sign * self.recipe.of_difference[usize::from(high - low)],
        }
    }

    fn value(&self) -> f64 {
        let (pairs, sum) = (self.pairs as f64, self.sums[0] as f64);
        match self.recipe.measure {
            Measure::Contrast | Measure::Dissimilarity => sum / pairs,
            Measure::Homogeneity => sum / ONE / pairs,
            Measure::AngularSecondMoment => sum / (4.0 * pairs * pairs),
            Measure::Entropy => (2.0 * pairs).ln() - sum / ONE / (2.0 * pairs),
            Measure::Correlation => {
                let [sum, squares, products] = self.sums.map(i128::from);
                let pairs = i128::from(self.pairs);
                let variance = 2 * pairs * squares - sum * sum;
                let covariance = 4 * pairs * products - sum * sum;
                if variance == 0 { f64::NAN } else { covariance as f64 / variance as f64 }
            }
        }
    }
}

/// A texture: what is measured, at which offsets, over which disc.
#[derive(Clone, Debug)]
pub struct Texture {
    /// The window.
    pub disc: Disc,
    /// Its pairs at each offset; the measure is the mean over the offsets.
    pub pairs: Vec<Pairs>,
    /// What is measured.
    pub measure: Measure,
    /// Number of levels.
    pub levels: usize,
    /// Share of an offset's pairs (0 to 1) that must be known.
    pub least_share: f64,
}

impl Texture {
    /// The measure over the disc around each cell of a grid of `cols` columns. `plane` holds levels
    /// from 0 on, or [`UNKNOWN`], with the rows and columns around the grid that the disc reaches.
    /// NaN where an offset has too few pairs. The next cell costs as many changes as the disc has
    /// rows.
    ///
    /// ```
    /// use paydirt_core::raster::{disc::Disc, texture::{Measure, Pairs, Texture}};
    /// let disc = Disc::new(1.0, 1.0, 9.0);
    /// let pairs = vec![Pairs::new(&disc, [0, 1])];
    /// let texture = Texture { disc, pairs, measure: Measure::Contrast, levels: 8, least_share: 1.0 };
    /// // pairs 2-5 and 5-6: (9 + 1) / 2
    /// assert_eq!(texture.draw(&[2, 5, 6], 1), [5.0]);
    /// ```
    #[must_use]
    pub fn draw(&self, plane: &[u16], cols: usize) -> Vec<f32> {
        let (reach, margin) = (self.disc.rows(), self.disc.cols());
        let width = cols + 2 * margin;
        let rows = (plane.len() / width).saturating_sub(2 * reach);
        let most = self.pairs.iter().map(Pairs::count).max().unwrap_or(0);
        let recipe = Recipe::new(self.measure, self.levels, most);
        let mut drawn = vec![f32::NAN; rows * cols];
        let draw_row = |tally: &mut Tally<'_>, (row, drawn): (usize, &mut [f32])| {
            let mut sums = vec![0.0; cols];
            for pairs in &self.pairs {
                let least = (pairs.count() as f64 * self.least_share).max(1.0);
                pairs.slide(
                    &plane[row * width..][..(2 * reach + 1) * width],
                    cols,
                    tally,
                    |col, tally| {
                        let enough = tally.pairs as f64 >= least;
                        sums[col] += if enough { tally.value() } else { f64::NAN };
                    },
                );
            }
            let means = sums.iter().map(|sum| (sum / self.pairs.len() as f64) as f32);
            drawn.iter_mut().zip(means).for_each(|(cell, mean)| *cell = mean);
        };
        let rows = drawn.par_chunks_mut(cols).enumerate();
        rows.for_each_init(|| Tally::new(&recipe), draw_row);
        drawn
    }
}

impl Pairs {
    /// Moves the window along a row from the west; `lines` are the rows of levels around it.
    fn slide(
        &self,
        lines: &[u16],
        cols: usize,
        tally: &mut Tally<'_>,
        mut found: impl FnMut(usize, &Tally<'_>),
    ) {
        let [reach, width] = [self.reach, lines.len() / (2 * self.reach + 1)];
        let margin = (width - cols) / 2;
        // first and last pair of each row of the window around the first cell, and how far a partner is
        let spans: Vec<[usize; 2]> = self
            .spans
            .iter()
            .map(|[row, first, last]| {
                let centre = ((reach as isize + row) * width as isize) + margin as isize;
                [(centre + first) as usize, (centre + last) as usize]
            })
            .collect();
        let partner = self.offset[0] * width as isize + self.offset[1];
        let change = |tally: &mut Tally<'_>, cell: usize, sign| {
            tally.change(lines[cell], lines[cell.wrapping_add_signed(partner)], sign);
        };
        tally.clear();
        for [first, last] in &spans {
            (*first..*last).for_each(|cell| change(tally, cell, 1));
        }
        for col in 0..cols {
            spans.iter().for_each(|[_, last]| change(tally, last + col, 1));
            found(col, tally);
            spans.iter().for_each(|[first, _]| change(tally, first + col, -1));
        }
    }
}
