//! Location and scatter that outliers cannot move: the minimum covariance determinant.
//!
//! Of all subsets of `h` rows, the one whose covariance has the least determinant gives location and
//! scatter, found by FAST-MCD (Rousseeuw & Van Driessen 1999, doi:10.1080/00401706.1999.10485670): many
//! starts from few rows, each improved by *C-steps*: the `h` rows nearest in Mahalanobis distance
//! give the next estimate, whose determinant is never larger. Rows within the 97.5 % quantile of the
//! chi-square distribution then give the final estimate. Both scatters are made consistent for
//! normal data by the factor of Croux & Haesbroeck (1999, doi:10.1006/jmva.1999.1839).

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};
use rand::RngExt;
use rayon::prelude::*;
use statrs::distribution::{ChiSquared, ContinuousCDF};

use crate::seed::{Rng, Seed};

/// Rows above which the search runs in parts first.
const NESTED: usize = 600;

/// Rows of such a part, and how many parts at most.
const PART: usize = 300;
const PARTS: usize = 5;

/// Starts in all, and estimates that are followed on.
const STARTS: usize = 500;
const FOLLOWED: usize = 10;

/// Most C-steps to convergence; a dozen is usual.
const MOST_STEPS: usize = 100;

/// Least share of a column's variance that the columns before it must leave over, else the
/// covariance counts as singular.
const LEAST_PIVOT: f64 = 1e-10;

/// Least variance of trusted rows in a column of variance 1 that is no rounding error.
const LEAST_VARIANCE: f64 = 1e-24;

/// Share of normal rows within the distance that counts a row in.
const WITHIN: f64 = 0.975;

/// Location and scatter of some columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Scatter {
    /// One number a column, in its unit.
    pub location: Vec<f64>,
    /// Covariance, dividing by the number of rows; in the products of the columns' units. Zero for a
    /// constant column.
    pub covariance: DMatrix<f64>,
    /// How many rows gave it.
    pub support: usize,
    /// Log determinant of the covariance of the `h` rows that were found, before any factor, of
    /// columns that were brought to standard deviation 1.
    pub log_determinant: f64,
}

/// The value below which a share of the chi-square distribution with `degrees` of freedom lies.
#[must_use]
pub fn chi_square_quantile(share: f64, degrees: usize) -> f64 {
    // by bisection of the distribution function, to the last bit
    let (mut low, mut high) = (0.0, 1.0);
    while chi_square_share(high, degrees) < share && high < 1e9 {
        high *= 2.0;
    }
    for _ in 0..100 {
        let middle = f64::midpoint(low, high);
        if chi_square_share(middle, degrees) < share {
            low = middle;
        } else {
            high = middle;
        }
    }
    high
}

/// The share of the chi-square distribution below a value.
fn chi_square_share(value: f64, degrees: usize) -> f64 {
    ChiSquared::new(degrees.max(1) as f64).map_or(f64::NAN, |distribution| distribution.cdf(value))
}

/// What the covariance of the nearest share of normal rows is too small by.
fn consistency(share: f64, degrees: usize) -> f64 {
    if share >= 1.0 {
        return 1.0;
    }
    share / chi_square_share(chi_square_quantile(share, degrees), degrees + 2)
}

/// Location and scatter of complete columns, `[column][row]`, in which `support_share` (0.5 to 1) of
/// the rows are trusted. With 1 all rows are: the mean and the plain covariance, without reweighting.
///
/// `None` where that cannot be: values that are not finite, fewer rows than twice the columns, or
/// (`support_share` below 1) so many rows on one plane that the determinant is 0.
#[must_use]
pub fn scatter(columns: &[Vec<f64>], support_share: f64, seed: Seed) -> Option<Scatter> {
    let rows = columns.first().map_or(0, Vec::len);
    let moments: Vec<(f64, f64)> = columns.iter().map(|column| moments(column)).collect();
    if rows == 0 || moments.iter().any(|(mean, spread)| !(mean + spread).is_finite()) {
        return None;
    }
    let varying: Vec<usize> = (0..columns.len()).filter(|&index| moments[index].1 > 0.0).collect();
    let data = Data {
        values: (0..rows)
            .flat_map(|row| varying.iter().map(move |&index| (row, index)))
            .map(|(row, index)| (columns[index][row] - moments[index].0) / moments[index].1)
            .collect(),
        width: varying.len(),
    };
    let found = data.robust(support_share, seed)?;
    let mut scatter = Scatter {
        location: moments.iter().map(|(mean, _)| *mean).collect(),
        covariance: DMatrix::zeros(columns.len(), columns.len()),
        support: found.support,
        log_determinant: found.log_determinant,
    };
    for (i, &left) in varying.iter().enumerate() {
        scatter.location[left] += found.location[i] * moments[left].1;
        for (j, &right) in varying.iter().enumerate() {
            let unit = moments[left].1 * moments[right].1;
            scatter.covariance[(left, right)] = found.covariance[(i, j)] * unit;
        }
    }
    Some(scatter)
}

/// Mean and standard deviation.
fn moments(values: &[f64]) -> (f64, f64) {
    let count = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / count;
    let square = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / count;
    // a constant column's mean may be off by a rounding
    let constant = values.windows(2).all(|pair| pair[0] == pair[1]);
    (mean, if constant { 0.0 } else { square.sqrt() })
}

/// Rows of columns of mean 0 and standard deviation 1.
struct Data {
    /// `[row][column]`
    values: Vec<f64>,
    width: usize,
}

/// An estimate from a subset of the rows.
#[derive(Clone)]
struct Candidate {
    location: DVector<f64>,
    root: Cholesky<f64, Dyn>,
    log_determinant: f64,
}

impl Data {
    fn len(&self) -> usize {
        self.values.len() / self.width.max(1)
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.values[row * self.width..][..self.width]
    }

    /// Mean and covariance of some rows.
    fn moments(&self, rows: &[usize]) -> (DVector<f64>, DMatrix<f64>) {
        let (width, count) = (self.width, rows.len() as f64);
        let mut location = DVector::zeros(width);
        for &row in rows {
            location.iter_mut().zip(self.row(row)).for_each(|(sum, value)| *sum += value / count);
        }
        let mut covariance = DMatrix::zeros(width, width);
        let mut centred = vec![0.0; width];
        for &row in rows {
            for (centred, (value, mean)) in
                centred.iter_mut().zip(self.row(row).iter().zip(&location))
            {
                *centred = value - mean;
            }
            for (j, right) in centred.iter().enumerate() {
                let column = covariance.column_mut(j);
                column
                    .into_iter()
                    .zip(&centred)
                    .skip(j)
                    .for_each(|(sum, left)| *sum += left * right);
            }
        }
        covariance.fill_upper_triangle_with_lower_triangle();
        (location, covariance / count)
    }

    /// The estimate of some rows; `None` where their covariance is singular.
    fn candidate(&self, rows: &[usize]) -> Option<Candidate> {
        let (location, covariance) = self.moments(rows);
        let variances = covariance.diagonal();
        let root = Cholesky::new(covariance)?;
        let pivots = root.l_dirty().diagonal();
        let mut left_over = pivots.iter().zip(&variances);
        if left_over.any(|(pivot, variance)| {
            *variance <= LEAST_VARIANCE || pivot * pivot <= LEAST_PIVOT * variance
        }) {
            return None;
        }
        let log_determinant = pivots.iter().map(|pivot| 2.0 * pivot.ln()).sum();
        Some(Candidate { location, root, log_determinant })
    }

    /// Squared Mahalanobis distance of a row.
    fn distance(&self, row: usize, from: &Candidate) -> f64 {
        let root = from.root.l_dirty();
        let mut solved = self.row(row).to_vec();
        let mut sum = 0.0;
        for i in 0..self.width {
            let before: f64 = (0..i).map(|j| root[(i, j)] * solved[j]).sum();
            solved[i] = (solved[i] - from.location[i] - before) / root[(i, i)];
            sum += solved[i] * solved[i];
        }
        sum
    }

    /// The rows nearest to an estimate.
    fn nearest(&self, among: &[usize], from: &Candidate, count: usize) -> Vec<usize> {
        let mut near: Vec<(f64, usize)> =
            among.iter().map(|&row| (self.distance(row, from), row)).collect();
        if count < near.len() {
            near.select_nth_unstable_by(count, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            near.truncate(count);
        }
        let mut rows: Vec<usize> = near.into_iter().map(|(_, row)| row).collect();
        rows.sort_unstable();
        rows
    }

    /// C-steps until nothing changes, `steps` at most; `None` where `count` rows lie on a plane.
    fn improve(
        &self,
        among: &[usize],
        mut estimate: Candidate,
        count: usize,
        steps: usize,
    ) -> Option<Candidate> {
        let mut rows = Vec::new();
        for _ in 0..steps {
            let next = self.nearest(among, &estimate, count);
            if next == rows {
                break;
            }
            estimate = self.candidate(&next)?;
            rows = next;
        }
        Some(estimate)
    }

    /// An estimate from one row more than columns, drawn at random, or as many more as it takes for
    /// their covariance not to be singular.
    fn start(&self, among: &[usize], rng: &mut Rng) -> Option<Candidate> {
        let mut rows = among.to_vec();
        for drawn in 0..rows.len() {
            let pick = rng.random_range(drawn as u32..rows.len() as u32) as usize;
            rows.swap(drawn, pick);
            if drawn >= self.width
                && let Some(candidate) = self.candidate(&rows[..=drawn])
            {
                return Some(candidate);
            }
        }
        None
    }

    /// The best estimates from many starts, after two C-steps each.
    fn search(&self, among: &[usize], share: f64, starts: usize, seed: Seed) -> Vec<Candidate> {
        let count = trusted(share, among.len(), self.width);
        let found = (0..starts).into_par_iter().map(|index| {
            let mut rng = seed.derive("start", index as u64).rng();
            self.improve(among, self.start(among, &mut rng)?, count, 2)
        });
        best(found.flatten().collect())
    }

    /// The estimate of least determinant over all rows.
    fn least_determinant(&self, share: f64, seed: Seed) -> Option<Candidate> {
        let all: Vec<usize> = (0..self.len()).collect();
        let mut best_found = if all.len() <= NESTED {
            self.search(&all, share, STARTS, seed)
        } else {
            let parts = self.parts(seed);
            let found = parts.iter().enumerate().flat_map(|(index, part)| {
                let seed = seed.derive("part", index as u64);
                self.search(part, share, STARTS / parts.len(), seed)
            });
            let found: Vec<Candidate> = found.collect();
            let merged = parts.concat();
            let count = trusted(share, merged.len(), self.width);
            let pooled = found.into_par_iter().map(|from| self.improve(&merged, from, count, 2));
            best(pooled.flatten().collect())
        };
        let count = trusted(share, all.len(), self.width);
        best_found = best_found
            .into_par_iter()
            .map(|from| self.improve(&all, from, count, MOST_STEPS))
            .collect::<Option<Vec<Candidate>>>()?;
        best(best_found).into_iter().next()
    }

    /// Rows drawn at random, in parts.
    fn parts(&self, seed: Seed) -> Vec<Vec<usize>> {
        let mut rng = seed.derive("parts", 0).rng();
        let mut rows: Vec<usize> = (0..self.len()).collect();
        let parts = (rows.len() / PART).min(PARTS);
        let drawn = if parts == PARTS { PART * PARTS } else { rows.len() };
        for index in 0..drawn {
            let pick = rng.random_range(index as u32..rows.len() as u32) as usize;
            rows.swap(index, pick);
        }
        rows[..drawn].chunks(drawn.div_ceil(parts)).map(<[usize]>::to_vec).collect()
    }

    fn robust(&self, share: f64, seed: Seed) -> Option<Scatter> {
        let all: Vec<usize> = (0..self.len()).collect();
        if share >= 1.0 {
            let (location, covariance) = self.moments(&all);
            let log_determinant = covariance.determinant().ln();
            let location = location.as_slice().to_vec();
            return Some(Scatter { location, covariance, support: all.len(), log_determinant });
        }
        if self.width == 0 || all.len() < 2 * self.width {
            return None;
        }
        let raw = self.least_determinant(share, seed)?;
        let count = trusted(share, all.len(), self.width);
        let factor = consistency(count as f64 / all.len() as f64, self.width);
        let limit = chi_square_quantile(WITHIN, self.width) * factor;
        let within: Vec<usize> =
            all.into_iter().filter(|&row| self.distance(row, &raw) < limit).collect();
        let (location, covariance) = self.moments(&within);
        Some(Scatter {
            location: location.as_slice().to_vec(),
            covariance: covariance * consistency(WITHIN, self.width),
            support: within.len(),
            log_determinant: raw.log_determinant,
        })
    }
}

/// How many of some rows are trusted: the share, and no fewer than half with the columns.
fn trusted(share: f64, rows: usize, width: usize) -> usize {
    ((share * rows as f64) as usize).max((rows + width + 1).div_ceil(2)).min(rows)
}

/// Those of least determinant.
fn best(mut candidates: Vec<Candidate>) -> Vec<Candidate> {
    candidates.sort_by(|a, b| a.log_determinant.total_cmp(&b.log_determinant));
    candidates.truncate(FOLLOWED);
    candidates
}
