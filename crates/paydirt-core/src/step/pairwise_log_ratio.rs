//! Pairwise log ratios: `ln(x_i / x_j)` of chosen pairs of parts (Aitchison 1986,
//! doi:10.1007/978-94-009-4109-0; Greenacre 2019, doi:10.1016/j.acags.2019.100017), without unit.
//! The parts are all continuous and ordinal columns of the `[[group]]`, in one unit; `log_<i>_<j>`
//! of the layer `pairwise_log_ratio` replace them; categorical columns pass through before them. A
//! row in which a part is missing or not over 0 is missing in all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::columns::bad_setting;
pub use super::log_ratio::{Fitted, Output};
use super::{FittedStep, Step, log_ratio};
use crate::Result;
use crate::composition::Contrasts;
use crate::table::Table;

/// Takes the logarithms of ratios of two parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Pairs of parts, such as `[["Cu", "Zn"], ["K", "Th"]]`: the first over the second. All pairs
    /// where none is given.
    pub pairs: Vec<[String; 2]>,
    /// Most columns that all pairs may become; more are an error.
    pub max_pairs: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { pairs: Vec::new(), max_pairs: 200 }
    }
}

impl Settings {
    fn pairs(&self, parts: &[String]) -> Result<Vec<(usize, usize)>> {
        let count = parts.len() * (parts.len() - 1) / 2;
        if self.pairs.is_empty() && count > self.max_pairs {
            let expected = format!("at least {count}, or `pairs` must name some of them");
            return Err(bad_setting("pairwise_log_ratio.max_pairs", self.max_pairs, &expected));
        }
        if self.pairs.is_empty() {
            let after = |i| (i + 1..parts.len()).map(move |j| (i, j));
            return Ok((0..parts.len()).flat_map(after).collect());
        }
        let places = self.pairs.iter().map(|[over, under]| {
            if over == under {
                let found = format!("`{over}` over itself");
                return Err(bad_setting("pairwise_log_ratio.pairs", found, "two different parts"));
            }
            Ok((log_ratio::place(parts, over)?, log_ratio::place(parts, under)?))
        });
        places.collect()
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let parts = log_ratio::parts("pairwise_log_ratio", training)?;
        let pairs = self.pairs(&parts)?;
        let output = |&(over, under): &(usize, usize)| Output {
            name: format!("log_{}_{}", parts[over], parts[under]),
            layer: "pairwise_log_ratio".into(),
        };
        Ok(FittedStep::PairwiseLogRatio(Fitted {
            outputs: pairs.iter().map(output).collect(),
            contrasts: Contrasts::pairs(parts.len(), &pairs),
            not_positive: log_ratio::not_positive(&parts, training),
            parts,
        }))
    }

    fn learns(&self) -> bool {
        false
    }
}
