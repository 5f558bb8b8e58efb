//! Centred log ratios: each part against the geometric mean of all, `ln(x_i / g(x))` (Aitchison
//! 1986, doi:10.1007/978-94-009-4109-0), without unit; in each row they sum to 0. The parts are all
//! continuous and ordinal columns of the `[[group]]`, in one unit; `clr_<part>` replaces each and
//! stays in its layer; categorical columns pass through before them. A row in which a part is
//! missing or not over 0 is missing in all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::log_ratio::{Fitted, Output};
use super::{FittedStep, Step};
use crate::Result;
use crate::table::Table;

/// Takes the logarithm of each part over the geometric mean of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        Ok(FittedStep::Clr(Fitted::clr("clr", training)?))
    }

    fn learns(&self) -> bool {
        false
    }
}
