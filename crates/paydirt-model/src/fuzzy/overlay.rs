//! Overlays: one membership from several.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::columns::bad_setting;

/// Deepest nesting of overlays.
const DEEPEST: usize = 32;

/// How memberships become one: a layer, or an overlay of others.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Overlay {
    /// The membership of a layer, by the name of its column.
    Layer(String),
    /// A membership times an expert's weight.
    Weighted {
        /// The weight, 0 to 1.
        weight: f64,
        /// What is weighted.
        of: Box<Overlay>,
    },
    /// The least: all that is needed must be there.
    And(Vec<Overlay>),
    /// The greatest: one is enough.
    Or(Vec<Overlay>),
    /// The product: each one less than 1 lessens the whole.
    Product(Vec<Overlay>),
    /// 1 - product of (1 - membership): each one strengthens the whole.
    Sum(Vec<Overlay>),
    /// sum^gamma x product^(1 - gamma).
    Gamma {
        /// From 0, the product, to 1, the sum.
        gamma: f64,
        /// What is overlaid.
        of: Vec<Overlay>,
    },
}

impl Overlay {
    /// The same overlay with each layer by the number of its column.
    pub(super) fn place(&self, names: &[String]) -> Result<Placed> {
        self.place_at(names, DEEPEST)
    }

    fn place_at(&self, names: &[String], depth: usize) -> Result<Placed> {
        let key = "fuzzy.overlay";
        let Some(depth) = depth.checked_sub(1) else {
            return Err(bad_setting(key, "nested deeper", "at most 32 overlays deep"));
        };
        let share = |name: &str, found: f64| match (0.0..=1.0).contains(&found) {
            true => Ok(found),
            false => Err(bad_setting(&format!("{key}.{name}"), found, "from 0 to 1")),
        };
        let all = |name: &str, parts: &[Self]| {
            if parts.is_empty() {
                return Err(bad_setting(&format!("{key}.{name}"), "empty", "one part or more"));
            }
            parts.iter().map(|part| part.place_at(names, depth)).collect::<Result<Vec<_>>>()
        };
        Ok(match self {
            Self::Layer(name) => match names.iter().position(|other| other == name) {
                Some(column) => Placed::Column(column),
                None => {
                    let expected = format!("one of `{}`", names.join("`, `"));
                    return Err(bad_setting(
                        &format!("{key}.layer"),
                        format!("`{name}`"),
                        &expected,
                    ));
                }
            },
            Self::Weighted { weight, of } => {
                Placed::Weighted(share("weight", *weight)?, Box::new(of.place_at(names, depth)?))
            }
            Self::And(parts) => Placed::And(all("and", parts)?),
            Self::Or(parts) => Placed::Or(all("or", parts)?),
            Self::Product(parts) => Placed::Gamma(0.0, all("product", parts)?),
            Self::Sum(parts) => Placed::Gamma(1.0, all("sum", parts)?),
            Self::Gamma { gamma, of } => Placed::Gamma(share("gamma", *gamma)?, all("of", of)?),
        })
    }
}

/// An overlay of numbered columns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Placed {
    Column(usize),
    Weighted(f64, Box<Placed>),
    And(Vec<Placed>),
    Or(Vec<Placed>),
    Gamma(f64, Vec<Placed>),
}

impl Placed {
    /// The membership of each row, given those of the columns: `[column][row]`.
    pub(super) fn of(&self, columns: &[Vec<f64>]) -> Vec<f64> {
        let fold = |parts: &[Self], of: fn(f64, f64) -> f64| {
            let mut parts = parts.iter().map(|part| part.of(columns));
            let mut all = parts.next().unwrap_or_default();
            for part in parts {
                all.iter_mut().zip(part).for_each(|(all, part)| *all = of(*all, part));
            }
            all
        };
        match self {
            Self::Column(column) => columns[*column].clone(),
            Self::Weighted(weight, of) => {
                let mut all = of.of(columns);
                all.iter_mut().for_each(|membership| *membership *= weight);
                all
            }
            Self::And(parts) => fold(parts, f64::min),
            Self::Or(parts) => fold(parts, f64::max),
            Self::Gamma(gamma, parts) if *gamma == 0.0 => fold(parts, |all, part| all * part),
            Self::Gamma(gamma, parts) => {
                let mut sums = fold(parts, |all, part| all + part - all * part);
                if *gamma < 1.0 {
                    let products = fold(parts, |all, part| all * part);
                    for (sum, product) in sums.iter_mut().zip(products) {
                        *sum = sum.powf(*gamma) * product.powf(1.0 - gamma);
                    }
                }
                sums
            }
        }
    }

    /// Refuses columns that are not there.
    pub(super) fn check(&self, columns: usize) -> std::result::Result<(), String> {
        match self {
            Self::Column(column) if *column < columns => Ok(()),
            Self::Column(column) => Err(format!("column {column} of {columns}")),
            Self::Weighted(_, of) => of.check(columns),
            Self::And(parts) | Self::Or(parts) | Self::Gamma(_, parts) if parts.is_empty() => {
                Err("an overlay of nothing".into())
            }
            Self::And(parts) | Self::Or(parts) | Self::Gamma(_, parts) => {
                parts.iter().try_for_each(|part| part.check(columns))
            }
        }
    }
}
