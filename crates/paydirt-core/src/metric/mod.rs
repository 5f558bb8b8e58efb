//! Metrics: a list of plain functions with direction, unit and citation; the report is the list.
//!
//! Every figure is weighed by copies of groups, so that one function serves the value itself (one
//! copy of each) and a bootstrap replicate (as many copies as the draw says). A figure that the
//! data cannot define (one class only, no deposits) is absent, never NaN.

mod area;
mod bootstrap;
mod curve;
mod find;
mod probability;
mod rank;
mod sorted;

#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use area::{AreaShare, RatePoint, rate_curve, share_of_area};
pub use bootstrap::{difference, figures};
pub use curve::{PrecisionRecallPoint, RocPoint, precision_recall, roc};
pub use find::{NextFind, next_find};
pub use probability::{ReliabilityBin, reliability};
pub use sorted::Sorted;

/// Held-out scores of one repeat, pooled over its folds: a score never meets a label that it was
/// fitted on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct HeldOut {
    /// Raw scores, for everything that only ranks.
    pub score: Vec<f64>,
    /// Probabilities calibrated on other folds, in the mixture of the samples. May be empty.
    pub probability: Vec<f64>,
    /// Whether each sample is a deposit.
    pub deposit: Vec<bool>,
    /// How much each sample counts.
    pub weight: Vec<f64>,
    /// What is resampled together: blocks, districts.
    pub group: Vec<u64>,
    /// What may be compared: scores of one stratum, and no others. Empty where all scores may be
    /// pooled; the fold where they may not (see [`crate::split::Territory::pooled`]).
    pub stratum: Vec<u64>,
    /// The fold that held each sample out. May be empty.
    pub fold: Vec<u64>,
    /// For each held-out deposit: its share of area, the part of the map (0 to 1, cells not used in
    /// training) that the same model scores higher, ties counted half. May be empty.
    pub share_of_area: Vec<f64>,
    /// The bootstrap group of each held-out deposit in `share_of_area`.
    pub share_group: Vec<u64>,
}

/// A figure with its interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Figure {
    /// Mean over the repeats.
    pub value: f64,
    /// Lower end of the 95 % interval, by bootstrap over groups.
    pub low: f64,
    /// Upper end of the 95 % interval.
    pub high: f64,
    /// Standard deviation over the repeats (draws and seeds).
    pub spread: f64,
}

/// Which way a figure is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
}

/// One metric of the report.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Key in `report.json`.
    pub key: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// Which way is better.
    pub direction: Direction,
    /// What the figure counts.
    pub unit: &'static str,
    /// DOI of its source.
    pub citation: &'static str,
    /// The figure, from sorted scores and the number of copies of each of their groups; `None`
    /// where it is not defined.
    pub compute: fn(&Sorted, &[f64]) -> Option<f64>,
}

impl Metric {
    /// The figure of one repeat.
    ///
    /// ```
    /// use paydirt_core::metric::{HeldOut, METRICS};
    /// let held = HeldOut {
    ///     score: vec![0.9, 0.4, 0.4, 0.1],
    ///     deposit: vec![true, true, false, false],
    ///     weight: vec![1.0; 4],
    ///     group: vec![1, 2, 3, 4],
    ///     ..HeldOut::default()
    /// };
    /// // Four pairs of deposit and other: three are in order, one is tied and counts half.
    /// assert_eq!(METRICS[0].key, "roc_auc");
    /// assert_eq!(METRICS[0].of(&held), Some(3.5 / 4.0));
    /// ```
    #[must_use]
    pub fn of(&self, held: &HeldOut) -> Option<f64> {
        let groups = bootstrap::groups(std::slice::from_ref(held));
        (self.compute)(&Sorted::new(held, &groups), &vec![1.0; groups.len()])
    }
}

use Direction::{Higher, Lower};

const ROC: &str = "10.1148/radiology.143.1.7063747";
const PRECISION_RECALL: &str = "10.1145/1143844.1143874";
const BRIER: &str = "10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2";
const LOG_LOSS: &str = "10.1111/j.2517-6161.1952.tb00104.x";
const CALIBRATION_ERROR: &str = "10.1609/aaai.v29i1.9602";
const CAPTURE: &str = "10.1007/s11053-005-4674-0";
const FOLDS: &str = "10.1145/1882471.1882479";
const RATE: &str = "10.1023/B:NHAZ.0000007172.62651.2b";
const PREDICTION_AREA: &str = "10.1016/j.cageo.2015.03.007";

/// Every metric, in the order of the report.
#[rustfmt::skip]
pub const METRICS: &[Metric] = &[
    Metric { key: "roc_auc", name: "ROC AUC", direction: Higher, unit: "share of pairs", citation: ROC, compute: rank::roc_auc },
    Metric { key: "fold_auc", name: "ROC AUC, mean over folds", direction: Higher, unit: "share of pairs", citation: FOLDS, compute: rank::fold_auc },
    Metric { key: "pr_auc", name: "PR AUC (average precision)", direction: Higher, unit: "share", citation: PRECISION_RECALL, compute: rank::pr_auc },
    Metric { key: "brier", name: "Brier score", direction: Lower, unit: "squared probability", citation: BRIER, compute: probability::brier },
    Metric { key: "log_loss", name: "Log loss", direction: Lower, unit: "nats", citation: LOG_LOSS, compute: probability::log_loss },
    Metric { key: "ece", name: "Expected calibration error", direction: Lower, unit: "probability", citation: CALIBRATION_ERROR, compute: probability::ece },
    Metric { key: "capture_1", name: "Capture in the best 1 % of area", direction: Higher, unit: "share of deposits", citation: CAPTURE, compute: area::capture::<1> },
    Metric { key: "capture_2", name: "Capture in the best 2 % of area", direction: Higher, unit: "share of deposits", citation: CAPTURE, compute: area::capture::<2> },
    Metric { key: "capture_5", name: "Capture in the best 5 % of area", direction: Higher, unit: "share of deposits", citation: CAPTURE, compute: area::capture::<5> },
    Metric { key: "capture_10", name: "Capture in the best 10 % of area", direction: Higher, unit: "share of deposits", citation: CAPTURE, compute: area::capture::<10> },
    Metric { key: "capture_20", name: "Capture in the best 20 % of area", direction: Higher, unit: "share of deposits", citation: CAPTURE, compute: area::capture::<20> },
    Metric { key: "rate_auc", name: "Area under the prediction-rate curve", direction: Higher, unit: "share of area", citation: RATE, compute: area::rate_auc },
    Metric { key: "area_to_find", name: "Area to reach a find (median)", direction: Lower, unit: "share of area", citation: RATE, compute: find::median_area },
    Metric { key: "prediction_area", name: "Capture at the P-A intersection", direction: Higher, unit: "share of deposits", citation: PREDICTION_AREA, compute: area::prediction_area },
    Metric { key: "normalised_density", name: "Normalised density at the P-A intersection", direction: Higher, unit: "times the mean density of deposits", citation: PREDICTION_AREA, compute: area::normalised_density },
];

/// A figure, if it is one.
fn defined(figure: f64) -> Option<f64> {
    figure.is_finite().then_some(figure)
}
