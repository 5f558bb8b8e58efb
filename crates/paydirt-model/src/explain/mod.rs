//! Explanation of any model: what each column adds to each row's score.

mod background;
mod exact;
mod sampled;
#[cfg(test)]
mod tests;

use paydirt_core::Error as CoreError;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};

pub use self::background::Background;
use crate::columns::check_columns;
use crate::{Attribution, Result};

/// Rows of evidence that are scored at a time, about.
const BATCH: usize = 1 << 15;

/// Most columns for which all coalitions are held in memory.
const MOST_EXACT_COLUMNS: usize = 16;

/// A model's scores of a table's rows.
pub type Score<'a> = dyn Fn(&Table) -> Result<Vec<f32>> + 'a;

/// How much may be spent on one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Scores that may be computed for a row: 2^columns x background rows of them give exact
    /// values. Otherwise as many permutations are drawn as it allows, one pair a background row at
    /// least: 2 x (columns - 1) scores each.
    pub most_evaluations: usize,
    /// Seed of the permutations.
    pub seed: Seed,
}

impl Default for Settings {
    /// 131,072 scores a row: exact values up to 12 columns with 32 background rows.
    fn default() -> Self {
        Self { most_evaluations: 1 << 17, seed: Seed(0) }
    }
}

/// Shapley values of each column in each row's score, for a model of which nothing is known but its
/// scores (interventional Kernel SHAP: Lundberg & Lee 2017, <https://arxiv.org/abs/1705.07874>).
///
/// The worth of a coalition of columns is the mean score of rows that have these columns from the row
/// at hand and the others from a row of the background. A column's share is what it adds to the worth,
/// averaged over all orders in which columns can join (Shapley 1953). With few columns every coalition
/// is evaluated; with more, orders are drawn in pairs of opposites (Mitchell et al. 2022, JMLR
/// 23(43):1-46), the same for every row, each walked from one row of the background to the row at
/// hand. Either way the base is the mean score of the background, and the shares sum to score less
/// base. Cost: [`Settings::most_evaluations`] scores a row.
///
/// # Errors
/// An empty background, other columns than the background's, and whatever `score` cannot do.
///
/// ```
/// use paydirt_core::layer::EvidenceType;
/// use paydirt_core::table::{Column, Table};
/// use paydirt_model::explain::{Settings, kernel_shap};
/// let column = |name: &str, value| Column::new(name, name, EvidenceType::Continuous, vec![value]);
/// let table = |a, b| Table::new(1, vec![column("a", a), column("b", b)]);
/// // a x b is 6 at (2, 3) and 0 at (0, 0): each column owes half of it to the other.
/// let score = |table: &Table| {
///     let [a, b] = [0, 1].map(|column| &table.columns()[column].values);
///     Ok(a.iter().zip(b).map(|(a, b)| a * b).collect())
/// };
/// let found = kernel_shap(&score, &table(0.0, 0.0)?, &table(2.0, 3.0)?, &Settings::default())?;
/// assert_eq!((found.base, found.shares), (0.0, vec![vec![3.0], vec![3.0]]));
/// # Ok::<(), paydirt_model::Error>(())
/// ```
pub fn kernel_shap(
    score: &Score<'_>,
    background: &Table,
    features: &Table,
    settings: &Settings,
) -> Result<Attribution> {
    check_columns(background.columns().iter().map(|column| column.name.as_str()), features)?;
    if background.rows() == 0 {
        let what = "rows of the background of an explanation".into();
        return Err(CoreError::TooFew { what, found: 0, needed: 1 }.into());
    }
    let world = World { score, background };
    let columns = background.columns().len();
    let at_background = world.score_exactly(background)?;
    let base = at_background.iter().sum::<f64>() / at_background.len() as f64;
    let coalitions = 1_usize.checked_shl(columns as u32).unwrap_or(usize::MAX);
    let is_exact = columns <= MOST_EXACT_COLUMNS
        && coalitions.saturating_mul(background.rows()) <= settings.most_evaluations;
    let shares = if is_exact {
        exact::shares(&world, features)?
    } else {
        sampled::shares(&world, &at_background, features, settings)?
    };
    Ok(Attribution { base, unit: "score", shares })
}

/// The model and the background against which rows are explained.
struct World<'a> {
    score: &'a Score<'a>,
    background: &'a Table,
}

/// A row of the background into which some columns of the rows at hand are put.
struct Probe<'a> {
    background_row: usize,
    from_row: &'a [bool],
}

impl World<'_> {
    fn score_exactly(&self, table: &Table) -> Result<Vec<f64>> {
        Ok((self.score)(table)?.into_iter().map(f64::from).collect())
    }

    /// The score of each probe for each row: `[probe][row]` in one list.
    fn evaluate(&self, probes: &[Probe<'_>], features: &Table) -> Result<Vec<f64>> {
        let rows = features.rows();
        let both = self.background.columns().iter().zip(features.columns());
        let columns = both.enumerate().map(|(index, (background, own))| {
            let mut column = Column {
                values: Vec::with_capacity(probes.len() * rows),
                known: Vec::with_capacity(probes.len() * rows),
                ..empty(own)
            };
            for probe in probes {
                if probe.from_row[index] {
                    column.values.extend_from_slice(&own.values);
                    column.known.extend_from_slice(&own.known);
                } else {
                    let row = probe.background_row;
                    column.values.extend(std::iter::repeat_n(background.values[row], rows));
                    column.known.extend(std::iter::repeat_n(background.known[row], rows));
                }
            }
            column
        });
        self.score_exactly(&Table::new(probes.len() * rows, columns.collect())?)
    }
}

/// A column of the same name without rows.
fn empty(column: &Column) -> Column {
    Column::new(&column.name, &column.layer, column.evidence_type, Vec::new())
}

/// Runs of at most `most` rows, with the number of the first.
fn in_runs(features: &Table, most: usize) -> impl Iterator<Item = (usize, Table)> + '_ {
    let most = most.max(1);
    (0..features.rows()).step_by(most).map(move |start| {
        let rows: Vec<usize> = (start..features.rows().min(start + most)).collect();
        (start, features.select(&rows))
    })
}
