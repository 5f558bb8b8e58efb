//! Isometric log ratios: `D - 1` coordinates of `D` parts, without unit, in which distances are
//! those of the compositions (Egozcue and others 2003, doi:10.1023/A:1023818214614). Without a
//! `partition` they are pivot coordinates, the i-th part against all that follow it:
//! `z_i = sqrt((D - i) / (D - i + 1)) ln(x_i / g(x_(i+1), ..., x_D))` (Filzmoser and others 2018,
//! doi:10.1007/978-3-319-96422-5). With one, they are its balances: `sqrt(r s / (r + s))
//! ln(g(r parts) / g(s parts))` (Egozcue & Pawlowsky-Glahn 2005, doi:10.1007/s11004-005-7381-9).
//!
//! The parts are all continuous and ordinal columns of the `[[group]]`, in one unit and in order;
//! `ilr_1`, `ilr_2`, ... of the layer `ilr` replace them; categorical columns pass through before them.
//! A row in which a part is missing or not over 0 is missing in all.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use super::log_ratio::{Fitted, Output};
use super::{FittedStep, Step, log_ratio};
use crate::Result;
use crate::composition::Contrasts;
use crate::table::Table;

/// Turns parts into coordinates that keep distances.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A sequential binary partition: one row fewer than parts, each of which splits one group that
    /// the rows before it have left (the first: all parts). Pivot coordinates where it is empty.
    pub partition: Vec<Balance>,
}

/// A row of a partition.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Balance {
    /// One sign a part, in the order of the layers: `[1, 1, -1, 0]`; 0 where it takes no part.
    Signs(Vec<i8>),
    /// The names of the parts above and below: `[["Cu", "Zn"], ["Ti"]]`.
    Names([Vec<String>; 2]),
}

impl Balance {
    fn signs(&self, parts: &[String]) -> Result<Vec<i8>> {
        match self {
            Self::Signs(signs) => Ok(signs.clone()),
            Self::Names(sides) => {
                let mut signs = vec![0; parts.len()];
                for (names, sign) in sides.iter().zip([1, -1]) {
                    for name in names {
                        signs[log_ratio::place(parts, name)?] = sign;
                    }
                }
                Ok(signs)
            }
        }
    }
}

impl Step for Settings {
    fn fit(&self, training: &Table) -> Result<FittedStep> {
        let parts = log_ratio::parts("ilr", training)?;
        let contrasts = if self.partition.is_empty() {
            Contrasts::pivot(parts.len())
        } else {
            let signs = self.partition.iter().map(|balance| balance.signs(&parts));
            let signs: Vec<Vec<i8>> = signs.collect::<Result<_>>()?;
            Contrasts::partition(&signs, parts.len(), "ilr.partition")?
        };
        let output = |index| Output { name: format!("ilr_{index}"), layer: "ilr".into() };
        Ok(FittedStep::Ilr(Fitted {
            outputs: (1..parts.len()).map(output).collect(),
            contrasts,
            not_positive: log_ratio::not_positive(&parts, training),
            parts,
        }))
    }

    fn learns(&self) -> bool {
        false
    }
}
