//! Pivot log ratios: each part against the geometric mean of all others, `sqrt((D - 1) / D) ln(x_i
//! / g(others))` for `D` parts, without unit: the first pivot coordinate when the part comes first,
//! which holds all that is known of it relative to the others (Filzmoser, Hron & Templ 2018,
//! doi:10.1007/978-3-319-96422-5; `single_plr_transform` of EIS Toolkit). The parts are all
//! continuous and ordinal columns of the `[[group]]`, in one unit; `plr_<part>` of the chosen ones
//! replace them all, each in its layer; categorical columns pass through before them. A row in
//! which a part is missing or not over 0 is missing in all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::log_ratio::{Fitted, Output};
use super::{FittedStep, Step, log_ratio};
use crate::Result;
use crate::composition::Contrasts;
use crate::table::Table;

/// Takes the logarithm of parts over the geometric mean of the others.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The parts that get a ratio; all where none is named.
    pub parts: Vec<String>,
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let parts = log_ratio::parts("plr", training)?;
        let named = if self.parts.is_empty() { &parts } else { &self.parts };
        let chosen = named.iter().map(|name| log_ratio::place(&parts, name));
        let chosen: Vec<usize> = chosen.collect::<Result<_>>()?;
        Ok(FittedStep::Plr(Fitted {
            outputs: Output::of_parts("plr", training, &named.iter().collect::<Vec<_>>()),
            contrasts: Contrasts::plr(parts.len(), &chosen),
            not_positive: log_ratio::not_positive(&parts, training),
            parts,
        }))
    }

    fn learns(&self) -> bool {
        false
    }
}
