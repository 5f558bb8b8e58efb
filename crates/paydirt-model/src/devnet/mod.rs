//! Deviation network: few deposits and many unlabelled samples, of which some may be deposits.
//!
//! A network scores a row; its deviation is the score less the mean of reference draws from a standard
//! normal distribution, over their standard deviation. Unlabelled samples are drawn to a deviation of 0,
//! deposits to at least the margin `a` (Pang and others 2019, doi 10.1145/3292500.3330871; in
//! prospectivity: Luo and others 2026, doi 10.5194/gmd-19-2593-2026):
//!
//! loss = mean of (1 - y) |deviation| + y max(0, a - deviation),
//!
//! over batches in which unlabelled samples and deposits alternate, both drawn with replacement, so that
//! seven deposits count as much as thousands of others. Several networks that start from other weights and
//! draw other batches are one model: with few deposits a single one depends on its seed more than on its
//! settings.
//!
//! Log odds of a row = 5 (mean deviation / a - 1/2): -2.5 where the unlabelled are drawn to, 2.5 and more
//! where deposits are; a fixed line, the same whatever else is scored. They rank; probabilities are what
//! calibration on held-out ground makes of them.
//!
//! Shares are in log odds, by Kernel SHAP, expected gradients or `DeepLIFT`.

mod loss;
#[cfg(test)]
mod tests;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::loss::{DownWeight, Redraw, Robust, Trim};
use self::loss::{Few, Reference};
use crate::columns::{
    bad_setting, check_training, checked_when_read, probability, require_positive,
};
use crate::encode::{Encoding, Points};
use crate::neural::Kept;
use crate::neural::dense::{Dense, Restarts, Rule, train_alive};
use crate::neural::layers::Activation;
use crate::neural::loss::MARGIN_LOG_ODDS;
use crate::neural::rows::{Explanation, Member, RowNetworks, check_hidden, shape, sides};
use crate::neural::train::{Fit, Optimiser, Schedule, Training};
use crate::{Attribution, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Most networks, reference draws, and steps of an epoch.
const MOST: [usize; 3] = [1000, 10_000_000, 100_000];

/// Most samples of an epoch.
const MOST_SAMPLES: usize = 100_000_000;

/// Settings of the deviation network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Width of each hidden layer, 32 layers of 1 to 16,384 at most. Without any, scores are weighted sums.
    pub hidden: Vec<usize>,
    /// What stands between the layers: `relu`, `gelu`, `tanh` or `leaky_relu`.
    pub activation: Activation,
    /// By how much, times the sum of its squared weights, each hidden layer adds to the loss, from the first
    /// on; 0 to 1. Layers past the end of the list add as much as its last.
    pub l2: Vec<f64>,
    /// Deviation from which on a deposit counts as told, over zero.
    pub margin: f64,
    /// Draws from a standard normal distribution that make mean and deviation of reference, 2 or more.
    pub reference_draws: usize,
    /// When these are drawn: `once` or `each_step`.
    pub redraw: Redraw,
    /// What is done about deposits among the unlabelled: `{ none = {} }`, `{ down_weight = {} }` or
    /// `{ trim = {} }`.
    pub robust: Robust,
    /// Steps of an epoch, each of a batch drawn anew: 1 or more.
    pub steps_per_epoch: usize,
    /// Networks of other seeds whose log odds are averaged, 1 or more.
    pub members: usize,
    /// Whether columns are brought to deviation 1 on the training side. Where not, a step such as `min_max`
    /// is to do it.
    pub standardise: bool,
    /// How the shares of layers are found: `kernel`, `expected_gradients` or `deep_lift`.
    pub explanation: Explanation,
    /// How it learns. An epoch is `steps_per_epoch` steps. With `early_stopping` rows are held out by their
    /// `group` and with their copies, one by one without a group: a share of the deposits and of the others,
    /// which count by halves.
    pub training: Training,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hidden: vec![24, 12],
            activation: Activation::Relu,
            l2: vec![0.01],
            margin: 5.0,
            reference_draws: 5000,
            redraw: Redraw::Once,
            robust: Robust::None {},
            steps_per_epoch: 5,
            members: 5,
            standardise: true,
            explanation: Explanation::Kernel,
            training: Training {
                epochs: 200,
                batch: 128,
                optimiser: Optimiser::Nadam,
                learning_rate: 2e-3,
                weight_decay: 0.0,
                schedule: Schedule::Constant {},
                ..Training::default()
            },
        }
    }
}

impl Settings {
    /// As published with DEEP-SEAM: a margin of 20, two hidden layers, and one network.
    #[must_use]
    pub fn published() -> Self {
        let training = Training {
            epochs: 500,
            learning_rate: 5e-3,
            clip_norm: None,
            ..Self::default().training
        };
        Self {
            l2: vec![5e-4, 7e-4],
            margin: 20.0,
            reference_draws: 50_000,
            members: 1,
            standardise: false,
            training,
            ..Self::default()
        }
    }
}

/// A fitted deviation network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    networks: RowNetworks,
    notes: Vec<String>,
}

checked_when_read!(Fitted);

impl Settings {
    fn check(&self) -> Result<()> {
        check_hidden("devnet.hidden", &self.hidden)?;
        if let Some(l2) = self.l2.iter().find(|l2| !(0.0..=1.0).contains(*l2)) {
            return Err(bad_setting("devnet.l2", l2, "0 to 1"));
        }
        require_positive("devnet.margin", self.margin)?;
        let counts = [
            ("members", self.members, 1),
            ("reference_draws", self.reference_draws, 2),
            ("steps_per_epoch", self.steps_per_epoch, 1),
        ];
        for ((name, found, least), most) in counts.into_iter().zip(MOST) {
            if !(least..=most).contains(&found) {
                let expected = format!("{least} to {most}");
                return Err(bad_setting(&format!("devnet.{name}"), found, &expected));
            }
        }
        self.robust.check("devnet.robust")?;
        self.training.check("devnet.training")?;
        if self.steps_per_epoch.saturating_mul(self.training.batch) > MOST_SAMPLES {
            let expected =
                format!("at most {MOST_SAMPLES} samples an epoch, over `steps_per_epoch`");
            return Err(bad_setting("devnet.training.batch", self.training.batch, &expected));
        }
        Ok(())
    }

    /// What the layers cost beside the loss; the output costs nothing.
    fn rules(&self) -> Vec<Rule> {
        let last = self.l2.last().copied().unwrap_or(0.0);
        let of = |layer: usize| self.l2.get(layer).copied().unwrap_or(last);
        (0..self.hidden.len()).map(|layer| Rule { l2: of(layer), ..Rule::default() }).collect()
    }

    /// What there is to say of the deposits that it learns from.
    fn warnings(&self, set: &TrainingSet, rows: &[usize], held_out: usize) -> Vec<String> {
        let deposits: Vec<usize> = rows.iter().copied().filter(|row| set.deposit[*row]).collect();
        let values = |row: usize| set.features.columns().iter().map(move |c| c.values[row]);
        let mut told = Vec::new();
        match deposits.as_slice() {
            [_] => told.push(
                "the training side holds 1 deposit: the network learns that one, and nothing tells how far \
                 it speaks for others"
                    .into(),
            ),
            [first, rest @ ..] if rest.iter().all(|row| values(*row).eq(values(*first))) => {
                let count = deposits.len();
                told.push(format!("all {count} deposits have the same evidence: they count as one"));
            }
            _ => {}
        }
        let (_, out) = rows.split_at(rows.len() - held_out);
        if self.training.early_stopping.is_some() && !out.iter().any(|row| set.deposit[*row]) {
            told.push(
                "early stopping holds out no deposit, as there is one alone: it looks at the \
                 unlabelled only"
                    .into(),
            );
        }
        told
    }
}

impl Estimator for Settings {
    fn space(&self) -> Space {
        Space::from([
            ("margin".into(), Scope::of([5.0, 10.0, 20.0])),
            ("training.learning_rate".into(), Scope::of([5e-4, 2e-3, 5e-3])),
        ])
    }

    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("devnet", set)?;
        let encoding = Encoding::fit("devnet", &set.features, &set.weight, self.standardise)?;
        let (rows, held_out) = sides(set, &self.training, seed);
        let shape = shape(encoding.width(), &self.hidden, self.activation);
        let points = Points::new(&encoding, &set.features.select(&rows));
        let mut few = Few::new(self, set, points, (&rows, held_out));
        let mut notes = self.warnings(set, &rows, held_out);
        let network = Dense::new(&shape);
        let mut members = Vec::with_capacity(self.members);
        for member in 0..self.members {
            let seed = seed.derive("member", member as u64);
            few.reference = Reference::draw(self.reference_draws, seed.derive("reference", 0));
            let fit = Fit { model: "devnet", settings: &self.training, seed };
            let start = |seed| Dense::start("devnet", &shape, seed);
            let (numbers, restarts): (_, Restarts) =
                train_alive(&network, start, &few, &self.rules(), fit)?;
            notes.extend(restarts.words().map(|words| format!("network {}: {words}", member + 1)));
            let Reference { mean, deviation } = few.reference;
            let slope = MARGIN_LOG_ODDS / (self.margin * deviation);
            let shift = -mean * slope - MARGIN_LOG_ODDS / 2.0;
            members.push(Member { weights: Kept::from_numbers(numbers), slope, shift });
        }
        let networks = RowNetworks::new(encoding, &shape, self.explanation).with(members, set)?;
        notes.extend(networks.completeness(set));
        Ok(FittedModel::Devnet(Fitted { networks, notes }))
    }
}

impl Fitted {
    fn check_saved(&self) -> std::result::Result<(), String> {
        self.networks.check_saved()
    }

    /// The networks.
    pub(crate) const fn networks(&self) -> &RowNetworks {
        &self.networks
    }

    /// What there is to tell of the fit, in words.
    pub(crate) fn notes(&self) -> Vec<String> {
        self.notes.clone()
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        let log_odds = self.networks.log_odds(features)?;
        Ok(log_odds.into_iter().map(|found| probability(f64::from(found)) as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.networks.explain(features)
    }
}
