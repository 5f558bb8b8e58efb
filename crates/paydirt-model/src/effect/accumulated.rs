//! Accumulated local effects.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::Table;

use super::{Moved, place, score_moved};
use crate::Result;
use crate::explain::Score;

/// What one column adds to the score as it rises.
#[derive(Clone, Debug, PartialEq)]
pub struct Accumulated {
    /// At each point, in the unit of the score; its mean over the rows is 0.
    pub effect: Vec<f64>,
    /// Rows from which each step to the next point was measured, one fewer than there are points.
    pub rows: Vec<usize>,
}

/// A row taken from one end of a step to the other.
struct Crossing {
    row: usize,
    step: usize,
    ends: [f32; 2],
}

/// First-order accumulated local effect of a column with order (Apley & Zhu 2020,
/// doi:10.1111/rssb.12377): each step between neighbouring points is the mean difference of the scores of
/// the rows that lie between them, taken to either end; the steps are summed and centred. Only rows near a
/// value speak of it, so columns that go together are told apart where partial dependence asks the model
/// about ground that is nowhere. `points` are observed values as [`super::points`] gives them.
///
/// Of ordered classes that are all among the points, a step is measured from the rows of both classes,
/// each taken to the other (the discrete form of the ALEPlot package). `None` for a category, which has
/// no order, and for fewer than two points. In the unit of the score; costs two scores a row, of ordered
/// classes four.
///
/// # Errors
/// No such column, and whatever `score` cannot do.
pub fn accumulated_local_effect(
    score: &Score<'_>,
    evidence: &Table,
    column: &str,
    points: &[f32],
) -> Result<Option<Accumulated>> {
    let column = place(evidence, column)?;
    let of = &evidence.columns()[column];
    if of.evidence_type == EvidenceType::Categorical || points.len() < 2 {
        return Ok(None);
    }
    let is_point = |value: f32| points.binary_search_by(|point| point.total_cmp(&value)).is_ok();
    let by_class = of.evidence_type == EvidenceType::Ordinal
        && of.known_values().all(|value| is_point(value + 0.0));
    let known = (0..evidence.rows()).filter(|&row| of.known[row]);
    let crossings: Vec<Crossing> = known
        .flat_map(|row| steps(of.values[row] + 0.0, points, by_class).map(move |step| (row, step)))
        .map(|(row, step)| Crossing { row, step, ends: [points[step], points[step + 1]] })
        .collect();
    let moved: Vec<Moved> = crossings
        .iter()
        .flat_map(|c| c.ends.map(|value| Moved { row: c.row, column, value }))
        .collect();
    let scores = score_moved(score, evidence, &moved)?;
    let mut sums = vec![(0.0, 0_usize); points.len() - 1];
    let mut at_class = vec![0_usize; points.len()];
    for (crossing, ends) in crossings.iter().zip(scores.chunks_exact(2)) {
        let rise = f64::from(ends[1]) - f64::from(ends[0]);
        if rise.is_finite() {
            let (sum, rows) = &mut sums[crossing.step];
            (*sum, *rows) = (*sum + rise, *rows + 1);
        }
    }
    if by_class {
        for value in of.known_values() {
            at_class[points.partition_point(|point| *point < value)] += 1;
        }
    }
    Ok(Some(centred(&sums, by_class.then_some(&at_class))))
}

/// The steps that a value speaks of: the one that it lies in, or those on either side of its class.
fn steps(value: f32, points: &[f32], by_class: bool) -> std::ops::Range<usize> {
    let below = points.partition_point(|point| *point < value);
    let last = points.len() - 1;
    match by_class {
        true => below.saturating_sub(1)..(below + 1).min(last),
        false => {
            let step = below.saturating_sub(1).min(last - 1);
            step..step + 1
        }
    }
}

/// Sums the mean steps and takes their mean over the rows away: rows lie in the middle of their step, or
/// at their class.
fn centred(sums: &[(f64, usize)], at_class: Option<&Vec<usize>>) -> Accumulated {
    let mut effect = vec![0.0];
    let mut height = 0.0;
    for (sum, rows) in sums {
        height += sum / (*rows).max(1) as f64;
        effect.push(height);
    }
    let rows: Vec<usize> = sums.iter().map(|(_, rows)| *rows).collect();
    let weighed: Vec<(f64, usize)> = match at_class {
        Some(counts) => effect.iter().copied().zip(counts.iter().copied()).collect(),
        None => {
            let middles = effect.windows(2).map(|ends| f64::midpoint(ends[0], ends[1]));
            middles.zip(rows.iter().copied()).collect()
        }
    };
    let count: usize = weighed.iter().map(|(_, rows)| rows).sum();
    let mean =
        weighed.iter().map(|(at, rows)| at * *rows as f64).sum::<f64>() / count.max(1) as f64;
    effect.iter_mut().for_each(|at| *at -= mean);
    Accumulated { effect, rows }
}
