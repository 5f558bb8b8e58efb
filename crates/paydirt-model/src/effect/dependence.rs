//! Partial dependence, and the curves of the single rows.

use paydirt_core::table::Table;

use super::{Moved, place, score_moved};
use crate::Result;
use crate::explain::Score;

/// What the score is when one column is given a value and all else stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Dependence {
    /// Mean over the rows at each point; NaN without a row that has a score at every point.
    pub mean: Vec<f64>,
    /// Each row's own curve: `[row][point]`.
    pub curves: Vec<Vec<f32>>,
}

/// Partial dependence of a score on a column: the mean score over rows that all have the same value there,
/// for each of some values (Friedman 2001, doi:10.1214/aos/1013203451), and the single curves of which it
/// is the mean (individual conditional expectation, Goldstein et al. 2015,
/// doi:10.1080/10618600.2014.907095). In the unit of the score; costs rows x points scores. Where columns
/// go together, some of those rows are such as no ground is: see [`super::accumulated_local_effect`].
///
/// # Errors
/// No such column, and whatever `score` cannot do.
///
/// ```
/// use paydirt_core::{layer::EvidenceType::Continuous, table::{Column, Table}};
/// use paydirt_model::effect::partial_dependence;
/// let column = |name: &str, values: [f32; 2]| Column::new(name, name, Continuous, values.to_vec());
/// let rows = Table::new(2, vec![column("a", [1.0, 2.0]), column("b", [10.0, 30.0])])?;
/// let score = |rows: &Table| {
///     let [a, b] = [0, 1].map(|at| &rows.columns()[at].values);
///     Ok(a.iter().zip(b).map(|(a, b)| 3.0 * a + b).collect())
/// };
/// let found = partial_dependence(&score, &rows, "a", &[0.0, 1.0])?;
/// assert_eq!((found.mean, &found.curves[1]), (vec![20.0, 23.0], &vec![30.0, 33.0]));
/// # Ok::<(), paydirt_model::Error>(())
/// ```
pub fn partial_dependence(
    score: &Score<'_>,
    evidence: &Table,
    column: &str,
    points: &[f32],
) -> Result<Dependence> {
    let column = place(evidence, column)?;
    let moved: Vec<Moved> = (0..evidence.rows())
        .flat_map(|row| points.iter().map(move |&value| Moved { row, column, value }))
        .collect();
    let scores = score_moved(score, evidence, &moved)?;
    let curves: Vec<Vec<f32>> = scores.chunks(points.len().max(1)).map(<[f32]>::to_vec).collect();
    let whole: Vec<&Vec<f32>> =
        curves.iter().filter(|curve| curve.iter().all(|score| score.is_finite())).collect();
    let mean = |point: usize| {
        let sum: f64 = whole.iter().map(|curve| f64::from(curve[point])).sum();
        sum / whole.len() as f64
    };
    Ok(Dependence { mean: (0..points.len()).map(mean).collect(), curves })
}
