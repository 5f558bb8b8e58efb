//! Kriging and radial basis functions: one linear system for each set of neighbours.
//!
//! Both solve `[K + D, F; F', 0] [a; b] = [z; 0]`, with `K` the kernel between neighbours, `D` the
//! nugget or the smoothing, and `F` the drift; the estimate is `k(place)' a + f(place)' b`, the dual
//! form of kriging (Matheron 1963, doi:10.2113/gsecongeo.58.8.1246). The kriging variance is
//! `c(0) - [k; f]' M^-1 [k; f]`. Cells that share their neighbours share one factorisation.

use std::collections::BTreeMap;

use nalgebra::{Cholesky, DMatrix, DVector};

use super::neighbours::{Neighbours, squared};
use super::{Estimate, Interpolant, Kernel, Place, dot};

/// What kind of system it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spec {
    pub(crate) kernel: Kernel,
    /// Added where a sample meets itself: the nugget, or the smoothing.
    pub(crate) diagonal: f64,
    /// Added to the kernel at distance 0 from a sample: the nugget, where samples are honoured.
    pub(crate) at_zero: f64,
    /// Degree of the drift; `None` without one.
    pub(crate) degree: Option<usize>,
    /// Variance of what is estimated, where that has one.
    pub(crate) variance: Option<f64>,
}

/// Numbers of the drift of a degree: 1, east, north, and their products.
const fn terms(degree: Option<usize>) -> usize {
    match degree {
        None => 0,
        Some(0) => 1,
        Some(1) => 3,
        Some(_) => 6,
    }
}

/// A solved system.
struct System {
    places: Vec<Place>,
    middle: Place,
    scale: f64,
    degree: Option<usize>,
    /// Of the kernel values and the drift.
    coefficients: Vec<f64>,
    /// The inverse of the whole matrix, row by row; empty without a variance.
    inverse: Vec<f64>,
}

impl System {
    /// Solves for the drift asked for; for a lower one where neighbours do not tell it apart.
    fn new(spec: &Spec, places: Vec<Place>, values: &[f64]) -> Option<Self> {
        let degrees = spec.degree.map_or(vec![None], |d| (0..=d).rev().map(Some).collect());
        let mut system = Self::unsolved(places);
        let kernel = system.matrix(spec);
        for degree in degrees {
            system.degree = degree;
            let drift = system.drift_matrix();
            let solved = if spec.kernel.is_covariance() {
                system.solve_covariance(spec, kernel.clone(), &drift, values)
            } else {
                system.solve_basis(&kernel, &drift, values)
            };
            if solved.is_some() {
                return Some(system);
            }
        }
        None
    }

    fn unsolved(places: Vec<Place>) -> Self {
        let n = places.len() as f64;
        let middle = [0, 1].map(|axis| places.iter().map(|p| p[axis]).sum::<f64>() / n);
        let far = places.iter().map(|place| squared(*place, middle)).fold(0.0, f64::max).sqrt();
        let scale = if far > 0.0 { far } else { 1.0 };
        Self { places, middle, scale, degree: None, coefficients: vec![], inverse: vec![] }
    }

    fn matrix(&self, spec: &Spec) -> DMatrix<f64> {
        let n = self.places.len();
        let mut numbers: Vec<f64> = Vec::with_capacity(n * n);
        for a in &self.places {
            numbers.extend(self.places.iter().map(|b| squared(*a, *b)));
        }
        spec.kernel.apply(&mut numbers);
        let mut matrix = DMatrix::from_vec(n, n, numbers);
        for index in 0..n {
            matrix[(index, index)] += spec.diagonal;
        }
        matrix
    }

    fn drift(&self, place: Place) -> [f64; 6] {
        let [east, north] = [0, 1].map(|axis| (place[axis] - self.middle[axis]) / self.scale);
        [1.0, east, north, east * east, east * north, north * north]
    }

    fn drift_matrix(&self) -> DMatrix<f64> {
        let terms = terms(self.degree);
        DMatrix::from_fn(self.places.len(), terms, |row, col| self.drift(self.places[row])[col])
    }

    fn solve_covariance(
        &mut self,
        spec: &Spec,
        kernel: DMatrix<f64>,
        drift: &DMatrix<f64>,
        values: &[f64],
    ) -> Option<()> {
        let factor = factor(kernel)?;
        let weighted = factor.solve(drift);
        let normal = Cholesky::new(drift.transpose() * &weighted)
            .filter(|normal| is_sound(&normal.l_dirty().diagonal(), NARROW))?;
        let values = DVector::from_column_slice(values);
        let trend = normal.solve(&(weighted.transpose() * &values));
        let rest = factor.solve(&(values - drift * &trend));
        self.coefficients = rest.iter().chain(trend.iter()).copied().collect();
        if spec.variance.is_some() {
            let (n, p) = drift.shape();
            let inverse = normal.inverse();
            let cross = &weighted * &inverse;
            let mut whole = DMatrix::zeros(n + p, n + p);
            let corner = factor.inverse() - &cross * weighted.transpose();
            whole.view_mut((0, 0), (n, n)).copy_from(&corner);
            whole.view_mut((0, n), (n, p)).copy_from(&cross);
            whole.view_mut((n, 0), (p, n)).copy_from(&cross.transpose());
            whole.view_mut((n, n), (p, p)).copy_from(&-inverse);
            self.inverse = whole.as_slice().to_vec();
        }
        Some(())
    }

    fn solve_basis(
        &mut self,
        kernel: &DMatrix<f64>,
        drift: &DMatrix<f64>,
        values: &[f64],
    ) -> Option<()> {
        let (n, p) = drift.shape();
        if p > 0 {
            let normal = Cholesky::new(drift.transpose() * drift)?;
            is_sound(&normal.l_dirty().diagonal(), NARROW).then_some(())?;
        }
        let mut whole = DMatrix::zeros(n + p, n + p);
        whole.view_mut((0, 0), (n, n)).copy_from(kernel);
        whole.view_mut((0, n), (n, p)).copy_from(drift);
        whole.view_mut((n, 0), (p, n)).copy_from(&drift.transpose());
        let mut right = DVector::zeros(n + p);
        right.rows_mut(0, n).copy_from_slice(values);
        let solution = whole.lu().solve(&right)?;
        self.coefficients = solution.as_slice().to_vec();
        self.coefficients.iter().all(|number| number.is_finite()).then_some(())
    }

    /// The estimate at a place; `numbers` is scratch.
    fn estimate(&self, spec: &Spec, place: Place, numbers: &mut Vec<f64>) -> Estimate {
        numbers.clear();
        numbers.extend(self.places.iter().map(|sample| squared(*sample, place)));
        let met = if spec.at_zero > 0.0 { numbers.iter().position(|d| *d <= MET) } else { None };
        spec.kernel.apply(numbers);
        if let Some(met) = met {
            numbers[met] += spec.at_zero;
        }
        numbers.extend_from_slice(&self.drift(place)[..terms(self.degree)]);
        let value = dot(&self.coefficients, numbers);
        let Some(variance) = spec.variance else { return Estimate { value, spread: f64::NAN } };
        let rows = self.inverse.chunks_exact(numbers.len());
        let known: f64 = rows.zip(&*numbers).map(|(row, number)| number * dot(row, numbers)).sum();
        Estimate { value, spread: (variance - known).max(0.0).sqrt() }
    }
}

/// Factors a covariance matrix. One that rounding made indefinite (a Gaussian model without nugget)
/// gets the least nugget that mends it.
fn factor(kernel: DMatrix<f64>) -> Option<Cholesky<f64, nalgebra::Dyn>> {
    let top = kernel.diagonal().max();
    [0.0, 1e-12, 1e-10, 1e-8, 1e-6].into_iter().find_map(|share| {
        let mut mended = kernel.clone();
        for index in 0..mended.nrows() {
            mended[(index, index)] += share * top;
        }
        Cholesky::new(mended).filter(|factor| is_sound(&factor.l_dirty().diagonal(), ROUNDING))
    })
}

/// Squared metres from a sample within which a place is that of the sample: a millimetre, for places
/// are rounded.
const MET: f64 = 1e-6;

/// Least ratio of the pivots of a factor: below it, the smallest is nothing but rounding.
const ROUNDING: f64 = 1e-7;

/// Least ratio of the pivots of a drift: below it, neighbours lie so nearly on a line that the drift
/// across it is not known.
const NARROW: f64 = 1e-3;

/// Whether no pivot is too small beside the largest.
fn is_sound(pivots: &DVector<f64>, least: f64) -> bool {
    pivots.is_empty() || (pivots.min().is_finite() && pivots.min() > least * pivots.max())
}

/// Values about their least-squares drift; `None` where the places do not tell it.
pub(crate) fn residuals(places: &[Place], values: &[f64], degree: usize) -> Option<Vec<f64>> {
    let mut system = System::unsolved(places.to_vec());
    system.degree = Some(degree);
    let drift = system.drift_matrix();
    let normal = Cholesky::new(drift.transpose() * &drift)
        .filter(|normal| is_sound(&normal.l_dirty().diagonal(), NARROW))?;
    let values = DVector::from_column_slice(values);
    let trend = normal.solve(&(drift.transpose() * &values));
    Some((values - drift * trend).as_slice().to_vec())
}

/// Systems over neighbours.
pub(crate) struct Local {
    neighbours: Neighbours,
    /// Values less their mean.
    values: Vec<f64>,
    mean: f64,
    spec: Spec,
    /// Where all samples are neighbours of every place.
    whole: Option<System>,
    notes: Vec<String>,
}

impl Local {
    /// `mean` is taken off the values and put back; without drift it is what is estimated far from
    /// all samples.
    pub(crate) fn new(
        neighbours: Neighbours,
        values: &[f64],
        mean: f64,
        spec: Spec,
        notes: Vec<String>,
    ) -> Self {
        let values: Vec<f64> = values.iter().map(|value| value - mean).collect();
        let whole = neighbours
            .all_count()
            .then(|| System::new(&spec, neighbours.places.clone(), &values))
            .flatten();
        Self { neighbours, values, mean, spec, whole, notes }
    }

    fn system(&self, set: &[u32]) -> Option<System> {
        let places = set.iter().map(|&index| self.neighbours.places[index as usize]).collect();
        let values: Vec<f64> = set.iter().map(|&index| self.values[index as usize]).collect();
        System::new(&self.spec, places, &values)
    }
}

impl Interpolant for Local {
    fn estimate(&self, places: &[Place]) -> Vec<Estimate> {
        let mut estimates = vec![Estimate::NONE; places.len()];
        let mut numbers = Vec::new();
        let mut say = |system: &System, place| {
            let found = system.estimate(&self.spec, place, &mut numbers);
            Estimate { value: found.value + self.mean, ..found }
        };
        if self.neighbours.all_count() {
            if let Some(whole) = &self.whole {
                self.neighbours
                    .visit(places, |index, place, _| estimates[index] = say(whole, place));
            }
            return estimates;
        }
        let mut systems: BTreeMap<Vec<u32>, Option<System>> = BTreeMap::new();
        self.neighbours.visit(places, |index, place, set| {
            if !systems.contains_key(set) {
                systems.insert(set.to_vec(), self.system(set));
            }
            if let Some(Some(system)) = systems.get(set) {
                estimates[index] = say(system, place);
            }
        });
        estimates
    }

    fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}
