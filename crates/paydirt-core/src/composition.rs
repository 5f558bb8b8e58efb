//! Compositions: amounts of parts of a whole, of which only the ratios mean something (Aitchison
//! 1986, doi:10.1007/978-94-009-4109-0).
//!
//! Every log-ratio transformation is a matrix of contrasts, whose rows each sum to 0, times the
//! logarithms of the parts: the unit of the parts and their total never matter. A part that is not
//! over 0 (or not finite) has no logarithm: there is no answer then, never a made-up number.

use nalgebra::{DMatrix, DVector};
use serde::{Deserialize, Serialize};

use crate::error::require;
use crate::{Error, Result};

/// Logarithms of the parts; `None` where one is not a finite number over 0.
fn logarithms(parts: &[f64]) -> Option<Vec<f64>> {
    let positive = parts.iter().all(|&part| part > 0.0 && part.is_finite());
    positive.then(|| parts.iter().map(|part| part.ln()).collect())
}

/// Less their mean: ratios of equal parts are then 0, whatever the unit.
fn centred(mut logarithms: Vec<f64>) -> Vec<f64> {
    let mean = logarithms.iter().sum::<f64>() / logarithms.len() as f64;
    logarithms.iter_mut().for_each(|value| *value -= mean);
    logarithms
}

/// The parts brought to a total, in its unit: `x_i * total / sum(x)`. `None` where a part is not a
/// finite number over 0.
///
/// ```
/// use paydirt_core::composition::closure;
/// assert_eq!(closure(&[1.0, 1.0, 2.0], 100.0), Some(vec![25.0, 25.0, 50.0]));
/// assert_eq!(closure(&[1.0, 0.0, 2.0], 100.0), None);
/// ```
#[must_use]
pub fn closure(parts: &[f64], total: f64) -> Option<Vec<f64>> {
    // By logarithms, so that no sum of large parts overflows.
    Some(softmax(&logarithms(parts)?, total))
}

fn softmax(logarithms: &[f64], total: f64) -> Vec<f64> {
    let largest = logarithms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let shares: Vec<f64> = logarithms.iter().map(|value| (value - largest).exp()).collect();
    let sum: f64 = shares.iter().sum();
    shares.into_iter().map(|share| share / sum * total).collect()
}

/// How far two compositions lie apart: the length of the difference of their centred log ratios
/// (Aitchison 1986). `None` where a part is not a finite number over 0 or their numbers differ.
#[must_use]
pub fn aitchison_distance(a: &[f64], b: &[f64]) -> Option<f64> {
    let (a, b) = (centred(logarithms(a)?), centred(logarithms(b)?));
    let squares = || a.iter().zip(&b).map(|(a, b)| (a - b).powi(2)).sum::<f64>();
    (a.len() == b.len()).then(|| squares().sqrt())
}

/// A log-ratio transformation of a number of parts.
///
/// ```
/// use paydirt_core::composition::Contrasts;
/// let clr = Contrasts::clr(3);
/// let ratios = clr.forward(&[1.0, 1.0, 8.0]).unwrap();
/// assert!((ratios[0] + 8.0_f64.ln() / 3.0).abs() < 1e-12); // ln(1 / 2): the geometric mean is 2
/// let parts = clr.inverse(&ratios, 10.0).unwrap();
/// assert!((parts[2] - 8.0).abs() < 1e-9);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Contrasts {
    /// `[coordinate][part]`; each row sums to 0.
    rows: Vec<Vec<f64>>,
}

impl Contrasts {
    fn from_fn(coordinates: usize, parts: usize, weight: impl Fn(usize, usize) -> f64) -> Self {
        let row = |i| (0..parts).map(|j| weight(i, j)).collect();
        Self { rows: (0..coordinates).map(row).collect() }
    }

    /// Centred log ratios, one a part: `ln(x_i / g(x))` with the geometric mean `g` of all parts
    /// (Aitchison 1986). They sum to 0.
    #[must_use]
    pub fn clr(parts: usize) -> Self {
        Self::from_fn(parts, parts, |i, j| identity(i, j) - 1.0 / parts as f64)
    }

    /// Additive log ratios, one for each part but the denominator: `ln(x_i / x_denominator)`
    /// (Aitchison 1986).
    #[must_use]
    pub fn alr(parts: usize, denominator: usize) -> Self {
        let others: Vec<usize> = (0..parts).filter(|&part| part != denominator).collect();
        Self::from_fn(others.len(), parts, |i, j| identity(others[i], j) - identity(denominator, j))
    }

    /// Pivot coordinates, the isometric log ratios of one part against all that follow it: with `D`
    /// parts, `z_i = sqrt((D - i) / (D - i + 1)) ln(x_i / g(x_(i+1), ..., x_D))` for `i = 1 ... D - 1`
    /// (Filzmoser and others 2018, doi:10.1007/978-3-319-96422-5; Egozcue and others 2003,
    /// doi:10.1023/A:1023818214614).
    #[must_use]
    pub fn pivot(parts: usize) -> Self {
        Self::from_fn(parts.saturating_sub(1), parts, |i, j| {
            let after = (parts - i - 1) as f64;
            let scale = (after / (after + 1.0)).sqrt();
            match j {
                _ if j < i => 0.0,
                _ if j == i => scale,
                _ => -scale / after,
            }
        })
    }

    /// Isometric log ratios by a sequential binary partition (Egozcue & Pawlowsky-Glahn 2005,
    /// doi:10.1007/s11004-005-7381-9): each row of `signs` parts the parts of `+1` (`r` of them)
    /// from those of `-1` (`s` of them), and its balance is `sqrt(r s / (r + s)) ln(g(+) / g(-))`.
    ///
    /// # Errors
    /// [`Error::BadSetting`] of `key` where there are not `D - 1` rows, or where a row does not split
    /// one group that an earlier row (or the start) has left.
    pub fn partition(signs: &[Vec<i8>], parts: usize, key: &str) -> Result<Self> {
        let mut signs_of_rows = Vec::new();
        let expected = format!("{} rows for {parts} parts", parts.saturating_sub(1));
        require(signs.len() + 1 == parts, key, format!("{} rows", signs.len()), &expected)?;
        let mut groups: Vec<Vec<usize>> = vec![(0..parts).collect()];
        for (index, row) in signs.iter().enumerate() {
            let side = |sign: i8| -> Vec<usize> {
                (0..row.len()).filter(|&part| row[part] == sign).collect()
            };
            let (plus, minus) = (side(1), side(-1));
            let expected =
                format!("{parts} signs 1, -1 or 0 that split one group of the rows before it");
            let found = format!("{row:?} in row {}", index + 1);
            let mut both = [plus.clone(), minus.clone()].concat();
            both.sort_unstable();
            let group = groups.iter().position(|group| *group == both);
            let whole = row.len() == parts && row.iter().all(|sign| (-1..=1).contains(sign));
            let (Some(group), true) = (group, whole && !plus.is_empty() && !minus.is_empty())
            else {
                return Err(Error::BadSetting { key: key.into(), found, expected });
            };
            groups.swap_remove(group);
            let (r, s) = (plus.len() as f64, minus.len() as f64);
            groups.extend([plus, minus]);
            let scale = (r * s / (r + s)).sqrt();
            signs_of_rows.push([scale / r, 0.0, -scale / s]);
        }
        Ok(Self::from_fn(signs.len(), parts, |i, j| signs_of_rows[i][(1 - signs[i][j]) as usize]))
    }

    /// Log ratios of pairs of parts: `ln(x_i / x_j)`.
    #[must_use]
    pub fn pairs(parts: usize, pairs: &[(usize, usize)]) -> Self {
        Self::from_fn(pairs.len(), parts, |i, j| identity(pairs[i].0, j) - identity(pairs[i].1, j))
    }

    /// Pivot log ratios of chosen parts, each against the geometric mean of all others:
    /// `sqrt((D - 1) / D) ln(x_i / g(others))`, each the first pivot coordinate when its part comes
    /// first.
    #[must_use]
    pub fn plr(parts: usize, chosen: &[usize]) -> Self {
        let others = parts.saturating_sub(1).max(1) as f64;
        let scale = (others / (others + 1.0)).sqrt();
        Self::from_fn(
            chosen.len(),
            parts,
            |i, j| {
                if j == chosen[i] { scale } else { -scale / others }
            },
        )
    }

    /// The matrix: `[coordinate][part]`.
    #[must_use]
    pub fn rows(&self) -> &[Vec<f64>] {
        &self.rows
    }

    /// The coordinates of a composition, without unit; `None` where a part is not a finite number
    /// over 0, or where their number is another.
    #[must_use]
    pub fn forward(&self, parts: &[f64]) -> Option<Vec<f64>> {
        let centred = centred(logarithms(parts)?);
        let fits = self.rows.iter().all(|row| row.len() == parts.len());
        let dot = |row: &Vec<f64>| row.iter().zip(&centred).map(|(weight, ln)| weight * ln).sum();
        fits.then(|| self.rows.iter().map(dot).collect())
    }

    /// The composition of given coordinates, its parts summing to `total`: where there are more
    /// coordinates than needed (clr, pairs) and they contradict each other, the nearest by least
    /// squares.
    ///
    /// # Errors
    /// [`Error::TooFew`] where the coordinates do not determine the composition, or where their
    /// number is another.
    pub fn inverse(&self, coordinates: &[f64], total: f64) -> Result<Vec<f64>> {
        let (found, parts) = (self.rows.len(), self.rows.first().map_or(0, Vec::len));
        let too_few = |found| {
            let what = format!("log ratios that determine {parts} parts");
            Error::TooFew { what, found, needed: parts.saturating_sub(1) }
        };
        if coordinates.len() != found {
            return Err(too_few(coordinates.len()));
        }
        let matrix = DMatrix::from_fn(found, parts, |i, j| self.rows[i][j]);
        let svd = matrix.svd(true, true);
        let rank = svd.rank(1e-9);
        if rank + 1 != parts {
            return Err(too_few(rank));
        }
        let centred = svd.solve(&DVector::from_column_slice(coordinates), 1e-9);
        centred.map(|ln| softmax(ln.as_slice(), total)).map_err(|_| too_few(rank))
    }
}

fn identity(i: usize, j: usize) -> f64 {
    f64::from(u8::from(i == j))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn all(parts: usize) -> Vec<Contrasts> {
        let chain: Vec<(usize, usize)> = (1..parts).map(|part| (part, part - 1)).collect();
        let mut tree = vec![vec![0_i8; parts]; parts - 1];
        for (row, signs) in tree.iter_mut().enumerate() {
            // the later half of what is left against the rest
            signs[row] = -1;
            signs[row + 1..].fill(1);
        }
        vec![
            Contrasts::clr(parts),
            Contrasts::alr(parts, parts / 2),
            Contrasts::pivot(parts),
            Contrasts::partition(&tree, parts, "ilr.partition").unwrap(),
            Contrasts::pairs(parts, &chain),
            Contrasts::plr(parts, &(0..parts).collect::<Vec<_>>()),
        ]
    }

    fn close(a: &[f64], b: &[f64]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-9 * (1.0 + b.abs()))
    }

    /// composition-stats 2.0.0, of `x = [3, 5, 0.5, 40]`: `clr(x)`, `alr(x, 0)`, and `ilr(x,
    /// basis)` with `sbp_basis` of `[[1, -1, -1, -1], [0, 1, -1, -1], [0, 0, 1, -1]]` and of `[[1,
    /// 1, -1, -1], [1, -1, 0, 0], [0, 0, 1, -1]]`.
    #[test]
    fn coordinates_are_those_of_composition_stats() {
        let tree = [vec![1, 1, -1, -1], vec![1, -1, 0, 0], vec![0, 0, 1, -1]];
        let answers: [(Contrasts, &[f64]); 4] = [
            (Contrasts::clr(4), &[-0.32733333, 0.18349229, -2.1190928, 2.26293384]),
            (Contrasts::alr(4, 0), &[0.51082562, -1.79175947, 2.59026717]),
            (Contrasts::pivot(4), &[-0.37797197, 0.09109797, -3.09856075]),
            (
                Contrasts::partition(&tree, 4, "ilr.partition").unwrap(),
                &[-0.14384104, -0.36120826, -3.09856075],
            ),
        ];
        for (contrasts, answer) in answers {
            let found = contrasts.forward(&[3.0, 5.0, 0.5, 40.0]).unwrap();
            assert_eq!(found.len(), answer.len());
            assert!(found.iter().zip(answer).all(|(f, a)| (f - a).abs() < 1e-8), "{found:?}");
        }
    }

    #[test]
    fn partitions_that_are_none_are_refused() {
        let refused: [&[&[i8]]; 6] = [
            &[&[1, -1, 0]],
            &[&[1, -1, 0], &[1, -1, 0]],
            &[&[1, 1, -1], &[1, 0, -1]],
            &[&[1, 1, 1], &[1, -1, 0]],
            &[&[1, 1, -2], &[1, -1, 0]],
            &[&[1, 1, -1, 0], &[1, -1, 0]],
        ];
        for signs in refused {
            let signs: Vec<Vec<i8>> = signs.iter().map(|row| row.to_vec()).collect();
            let error = Contrasts::partition(&signs, 3, "ilr.partition").unwrap_err().to_string();
            assert!(error.starts_with("`ilr.partition`"), "{error}");
        }
    }

    #[test]
    fn what_is_not_over_zero_has_no_answer() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(all(3).iter().all(|contrasts| contrasts.forward(&[1.0, bad, 2.0]).is_none()));
            assert_eq!(closure(&[1.0, bad], 1.0), None);
            assert_eq!(aitchison_distance(&[1.0, 2.0], &[1.0, bad]), None);
        }
        assert_eq!(aitchison_distance(&[1.0, 2.0], &[1.0]), None);
        assert!(Contrasts::pairs(4, &[(0, 1), (2, 3)]).inverse(&[0.0, 0.0], 1.0).is_err());
        assert!(Contrasts::clr(3).inverse(&[0.0], 1.0).is_err());
    }

    proptest! {
        #[test]
        fn there_and_back_whatever_the_unit(
            logarithms in prop::collection::vec(-9.0_f64..9.0, 2..8),
            unit in 1e-6_f64..1e6,
        ) {
            let parts: Vec<f64> = logarithms.iter().map(|value| value.exp()).collect();
            let scaled: Vec<f64> = parts.iter().map(|part| part * unit).collect();
            let closed = closure(&parts, 1e6).unwrap();
            prop_assert!((closed.iter().sum::<f64>() - 1e6).abs() < 1e-6);
            prop_assert!(close(&closed, &closure(&scaled, 1e6).unwrap()));
            for contrasts in all(parts.len()) {
                let ratios = contrasts.forward(&parts).unwrap();
                prop_assert!(close(&ratios, &contrasts.forward(&scaled).unwrap()));
                prop_assert!(close(&contrasts.inverse(&ratios, 1e6).unwrap(), &closed));
            }
            let clr = Contrasts::clr(parts.len()).forward(&parts).unwrap();
            prop_assert!(clr.iter().sum::<f64>().abs() < 1e-9);
        }

        #[test]
        fn isometric_ratios_keep_distances(
            pairs in prop::collection::vec((1e-3_f64..1e3, 1e-3_f64..1e3), 2..8),
        ) {
            let (a, b): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let distance = aitchison_distance(&a, &b).unwrap();
            for contrasts in &all(a.len())[2..4] {
                let [a, b] = [&a, &b].map(|x| DVector::from(contrasts.forward(x).unwrap()));
                prop_assert!(((a - b).norm() - distance).abs() < 1e-9);
            }
        }
    }
}
