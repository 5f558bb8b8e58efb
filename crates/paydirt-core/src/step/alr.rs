//! Additive log ratios: each part against a named one, `ln(x_i / x_denominator)` (Aitchison 1986,
//! doi:10.1007/978-94-009-4109-0), without unit. The denominator should be an element that is measured
//! well and hardly moves, such as titanium or aluminium. The parts are all continuous and ordinal
//! columns of the `[[group]]`, in one unit; `alr_<part>` replaces each but the denominator and stays
//! in its layer; categorical columns pass through before them. A row in which a part is missing or
//! not over 0 is missing in all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::log_ratio::{Fitted, Output};
use super::{FittedStep, Step, log_ratio};
use crate::Result;
use crate::composition::Contrasts;
use crate::table::Table;

/// Takes the logarithm of each part over one of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The part that all others are divided by; the last of them where it is not given.
    pub denominator: Option<String>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let parts = log_ratio::parts("alr", training)?;
        let denominator = match &self.denominator {
            Some(name) => log_ratio::place(&parts, name)?,
            None => parts.len() - 1,
        };
        let others: Vec<&String> =
            parts.iter().filter(|part| **part != parts[denominator]).collect();
        Ok(FittedStep::Alr(Fitted {
            outputs: Output::of_parts("alr", training, &others),
            contrasts: Contrasts::alr(parts.len(), denominator),
            not_positive: log_ratio::not_positive(&parts, training),
            parts,
        }))
    }

    fn learns(&self) -> bool {
        false
    }
}
