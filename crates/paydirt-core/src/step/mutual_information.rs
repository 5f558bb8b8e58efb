//! Mutual information pruning: of each two columns whose normalised mutual information on the
//! training side is over `max_information`, the later one is dropped. Unlike a rank correlation it
//! sees also what rises and falls again. Each column is cut into `bins` classes of about equal
//! number at its quantiles; the information that two share, `sum p_ab ln(p_ab / (p_a p_b))`
//! (Shannon 1948, doi:10.1002/j.1538-7305.1948.tb01338.x), is divided by the mean of their
//! entropies (Strehl & Ghosh 2002, doi:10.1162/153244303321897735): 0 for strangers, 1 for twins.
//! With few rows strangers share something by chance, about `(bins - 1)^2 / (2 rows)` nats.
//!
//! Columns are judged in their order, against those kept so far, over the rows in which both are
//! known; where those are fewer than three, or of one class, nothing is dropped. Categorical
//! columns pass through.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::{bad_setting, drop_columns, is_numeric};
use super::{FittedStep, Step};
use crate::Result;
use crate::information::{MOST_CLASSES, classes, information};
use crate::table::Table;

/// Drops columns of which an earlier one tells nearly all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Largest normalised mutual information (0 to 1) at which both columns stay. With 10 bins, two
    /// normal columns of correlation 0.95 have 0.43, and those of 0.8 have 0.20.
    pub max_information: f64,
    /// Classes that a column is cut into, 2 to 1000.
    pub bins: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { max_information: 0.5, bins: 10 }
    }
}

/// A column that was dropped, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropped {
    /// The column.
    pub name: String,
    /// The earlier column, which stays.
    pub because_of: String,
    /// Their normalised mutual information on the training side, 0 to 1.
    pub information: f64,
}

/// What was dropped.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fitted {
    /// The dropped columns, in the table's order.
    pub dropped: Vec<Dropped>,
}

/// The normalised mutual information of two columns' classes over the rows in which both are known.
fn shared(a: &[Option<usize>], b: &[Option<usize>]) -> Option<f64> {
    let pairs = a.iter().zip(b).filter_map(|(a, b)| Some(((*a)?, (*b)?, 1.0)));
    let pairs: Vec<(usize, usize, f64)> = pairs.collect();
    information(&pairs).normalised().filter(|_| pairs.len() >= 3)
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let (limit, bins) = (self.max_information, self.bins);
        if !(0.0..=1.0).contains(&limit) {
            return Err(bad_setting("mutual_information.max_information", limit, "from 0 to 1"));
        }
        if !(2..=MOST_CLASSES).contains(&bins) {
            return Err(bad_setting("mutual_information.bins", bins, "from 2 to 1000"));
        }
        let (mut kept, mut dropped) = (Vec::new(), Vec::new());
        for column in training.columns().iter().filter(|column| is_numeric(column)) {
            let classes = classes(column, bins);
            let twin = kept.iter().find_map(|(earlier, known): &(&String, Vec<_>)| {
                let information = shared(known, &classes).filter(|shared| *shared > limit)?;
                Some(Dropped {
                    name: column.name.clone(),
                    because_of: (*earlier).clone(),
                    information,
                })
            });
            match twin {
                Some(twin) => dropped.push(twin),
                None => kept.push((&column.name, classes)),
            }
        }
        Ok(FittedStep::MutualInformation(Fitted { dropped }))
    }
}

impl super::Fitted for Fitted {
    fn apply(&self, table: Table) -> Result<Table> {
        let dropped: Vec<&String> = self.dropped.iter().map(|dropped| &dropped.name).collect();
        drop_columns(table, &dropped)
    }
}
