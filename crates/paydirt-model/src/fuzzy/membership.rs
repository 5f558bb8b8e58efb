//! Memberships: how far a value belongs to the ground that is sought, 0 to 1.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::Column;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::empirical::{ByClass, ByRank};
use crate::Result;
use crate::TrainingSet;
use crate::columns::bad_setting;

/// A membership function of a layer's values, in their own unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Membership {
    /// Straight from 0 to 1: falling where `at_1` is less than `at_0`.
    Linear {
        /// Where and beyond which it is 0.
        at_0: f64,
        /// Where and beyond which it is 1.
        at_1: f64,
    },
    /// 1 / (1 + (value / midpoint)^-spread): large values belong. Values of 0 and less do not.
    Large {
        /// Where it is 0.5; over zero.
        midpoint: f64,
        /// How steep it is, over zero; 5 is usual.
        spread: f64,
    },
    /// 1 / (1 + (value / midpoint)^spread): small values belong. Values of 0 and less do wholly.
    Small {
        /// Where it is 0.5; over zero.
        midpoint: f64,
        /// How steep it is, over zero; 5 is usual.
        spread: f64,
    },
    /// exp(-spread x (value - midpoint)^2): values near a midpoint belong.
    Gaussian {
        /// Where it is 1.
        midpoint: f64,
        /// How narrow it is, per squared unit of the layer; over zero.
        spread: f64,
    },
    /// 1 / (1 + spread x (value - midpoint)^2): as `gaussian`, with longer tails.
    Near {
        /// Where it is 1.
        midpoint: f64,
        /// How narrow it is, per squared unit of the layer; over zero.
        spread: f64,
    },
    /// 1 / (1 + exp(-slope x (value - midpoint))): falling where the slope is less than zero.
    Sigmoid {
        /// Where it is 0.5.
        midpoint: f64,
        /// Four times the slope at the midpoint, per unit of the layer; not zero.
        slope: f64,
    },
    /// 1 - b s / (value - a m + b s) over a m, else 0, with m the mean and s the deviation of the training
    /// samples: values large beside the mean belong.
    MsLarge {
        /// a; over zero.
        mean_multiplier: f64,
        /// b; over zero.
        deviation_multiplier: f64,
    },
    /// b s / (value - a m + b s) over a m, else 1: values small beside the mean belong.
    MsSmall {
        /// a; over zero.
        mean_multiplier: f64,
        /// b; over zero.
        deviation_multiplier: f64,
    },
    /// One membership a class.
    Classes {
        /// The classes, each once, with their memberships.
        classes: Vec<ClassMembership>,
        /// That of all other classes, 0 to 1.
        other: f64,
    },
    /// From the data: of a categorical layer P(class | deposit) / (P(class | deposit) + P(class | other
    /// sample)), 0.5 where the class says nothing; of any other layer the share of training samples with
    /// a smaller value, or with a larger one where deposits have smaller values, from 0.05 to 0.95.
    Data {},
}

/// The membership of a class.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassMembership {
    /// The class.
    pub class: f32,
    /// Its membership, 0 to 1.
    pub membership: f64,
}

/// A membership function whose numbers are all known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Curve {
    /// One that looks at no sample.
    Given(Membership),
    /// One of the MS pair: a m, b s and whether large values belong.
    BesideMean {
        from: f64,
        width: f64,
        large: bool,
    },
    ByRank(ByRank),
    ByClass(ByClass),
}

impl Membership {
    /// Refuses numbers that make no membership.
    pub(super) fn check(&self, layer: &str) -> Result<()> {
        let refuse = |setting: &str, found: f64, expected: &str| {
            Err(bad_setting(&format!("fuzzy.memberships.{layer}.{setting}"), found, expected))
        };
        let positive = |setting: &str, found: f64| match found.is_finite() && found > 0.0 {
            true => Ok(()),
            false => refuse(setting, found, "over zero"),
        };
        let finite = |setting: &str, found: f64| match found.is_finite() {
            true => Ok(()),
            false => refuse(setting, found, "a number"),
        };
        match self {
            Self::Linear { at_0, at_1 } => {
                finite("at_0", *at_0)?;
                finite("at_1", *at_1)?;
                if at_0 == at_1 {
                    return refuse("at_1", *at_1, "another value than `at_0`");
                }
            }
            Self::Large { midpoint, spread } | Self::Small { midpoint, spread } => {
                positive("midpoint", *midpoint)?;
                positive("spread", *spread)?;
            }
            Self::Gaussian { midpoint, spread } | Self::Near { midpoint, spread } => {
                finite("midpoint", *midpoint)?;
                positive("spread", *spread)?;
            }
            Self::Sigmoid { midpoint, slope } => {
                finite("midpoint", *midpoint)?;
                if !slope.is_finite() || *slope == 0.0 {
                    return refuse("slope", *slope, "a number other than zero");
                }
            }
            Self::MsLarge { mean_multiplier, deviation_multiplier }
            | Self::MsSmall { mean_multiplier, deviation_multiplier } => {
                positive("mean_multiplier", *mean_multiplier)?;
                positive("deviation_multiplier", *deviation_multiplier)?;
            }
            Self::Classes { classes, other } => {
                let all = classes.iter().map(|class| class.membership).chain([*other]);
                if let Some(found) = all.into_iter().find(|m| !(0.0..=1.0).contains(m)) {
                    return refuse("classes", found, "memberships from 0 to 1");
                }
                let mut sorted: Vec<f32> = classes.iter().map(|class| class.class).collect();
                sorted.sort_by(f32::total_cmp);
                if let Some(pair) = sorted.windows(2).find(|pair| pair[0] == pair[1]) {
                    return refuse("classes", pair[0].into(), "each class once");
                }
            }
            Self::Data {} => {}
        }
        Ok(())
    }

    /// The curve of a column, with the numbers that training samples decide.
    pub(super) fn fit(&self, column: &Column, set: &TrainingSet) -> Curve {
        let beside = |a: f64, b: f64, large| {
            let [mean, deviation] = moments(column, &set.weight);
            Curve::BesideMean { from: a * mean, width: b * deviation, large }
        };
        match self {
            Self::MsLarge { mean_multiplier: a, deviation_multiplier: b } => beside(*a, *b, true),
            Self::MsSmall { mean_multiplier: a, deviation_multiplier: b } => beside(*a, *b, false),
            Self::Data {} if column.evidence_type == EvidenceType::Categorical => {
                Curve::ByClass(ByClass::fit(column, set))
            }
            Self::Data {} => Curve::ByRank(ByRank::fit(column, set)),
            given => Curve::Given(given.clone()),
        }
    }
}

/// The weighted mean and deviation of the known values.
fn moments(column: &Column, weight: &[f32]) -> [f64; 2] {
    let known = || {
        let rows = column.values.iter().zip(&column.known).zip(weight);
        rows.filter(|((_, known), _)| **known).map(|((v, _), w)| (f64::from(*v), f64::from(*w)))
    };
    let total: f64 = known().map(|(_, weight)| weight).sum();
    if total <= 0.0 {
        return [0.0; 2];
    }
    let mean = known().map(|(value, weight)| value * weight).sum::<f64>() / total;
    let squares: f64 = known().map(|(value, weight)| (value - mean).powi(2) * weight).sum();
    [mean, (squares / total).sqrt()]
}

impl Curve {
    /// The membership of a value, 0 to 1.
    pub(super) fn of(&self, value: f32) -> f64 {
        let at = f64::from(value);
        match self {
            Self::Given(membership) => given(membership, value),
            Self::BesideMean { from, width, large } => {
                let low = if at > *from { width / (at - from + width) } else { 1.0 };
                if *large { 1.0 - low } else { low }
            }
            Self::ByRank(rank) => rank.of(value),
            Self::ByClass(class) => class.of(value),
        }
    }
}

/// A membership that looks at no sample.
fn given(membership: &Membership, value: f32) -> f64 {
    let at = f64::from(value);
    match membership {
        Membership::Linear { at_0, at_1 } => ((at - at_0) / (at_1 - at_0)).clamp(0.0, 1.0),
        Membership::Large { midpoint, spread } => {
            1.0 / (1.0 + (at.max(0.0) / midpoint).powf(-spread))
        }
        Membership::Small { midpoint, spread } => {
            1.0 / (1.0 + (at.max(0.0) / midpoint).powf(*spread))
        }
        Membership::Gaussian { midpoint, spread } => (-spread * (at - midpoint).powi(2)).exp(),
        Membership::Near { midpoint, spread } => 1.0 / (1.0 + spread * (at - midpoint).powi(2)),
        Membership::Sigmoid { midpoint, slope } => 1.0 / (1.0 + (-slope * (at - midpoint)).exp()),
        Membership::Classes { classes, other } => {
            let found = classes.iter().find(|class| class.class == value);
            found.map_or(*other, |class| class.membership)
        }
        Membership::MsLarge { .. } | Membership::MsSmall { .. } | Membership::Data {} => 0.5,
    }
}
