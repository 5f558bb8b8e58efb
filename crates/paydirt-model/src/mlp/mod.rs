//! Multilayer perceptron: layers of weighted sums with a bend between them.
//!
//! Log odds of a row = W2 a(W1 z + b1) + b2 (and so on for further layers), with `z` the row's coordinates
//! (numbers standardised, categories as indicators), `a` the activation, and weights that make the log loss
//! least by steps along its gradient (Rumelhart, Hinton and Williams 1986, doi 10.1038/323533a0; in
//! prospectivity: Singer and Kouda 1996, doi 10.1007/BF02082820). The score is the logistic function of the
//! log odds. It reads the cell alone; what reads its surroundings are the networks of windows.
//!
//! Shares are Kernel SHAP values in log odds ([`crate::explain`]).

#[cfg(test)]
mod tests;

use std::sync::Arc;

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::{bad_setting, check_training, checked_when_read, probability};
use crate::encode::{Encoding, Points};
use crate::neural::Kept;
use crate::neural::classifier::Mode;
use crate::neural::dense::{Dense, Objective, Restarts, Rule, train_alive};
use crate::neural::layers::Activation;
use crate::neural::loss::ClassLoss;
use crate::neural::mlp::Shape;
use crate::neural::rows::{Explanation, Member, RowNetworks, check_hidden, sides};
use crate::neural::train::{Fit, Training};
use crate::pretext::{Quality, Trunk};
use crate::{Attribution, ClassWeight, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Settings of the multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Width of each hidden layer, 32 layers of 1 to 16,384 at most. Without any it is a logistic
    /// regression.
    pub hidden: Vec<usize>,
    /// What stands between the layers: `relu`, `gelu`, `tanh` or `leaky_relu`.
    pub activation: Activation,
    /// Share of the numbers that leave a hidden layer which is dropped while it learns, 0 to less than 1.
    pub dropout: f64,
    /// Whether each hidden layer is normalised over the batch.
    pub normalise: bool,
    /// Whether deposits and other samples count alike: `none` or `balanced`.
    pub class_weight: ClassWeight,
    /// Label smoothing and focal loss.
    pub loss: ClassLoss,
    /// Whether columns are brought to deviation 1 on the training side.
    pub standardise: bool,
    /// What the weights of the output add to the loss: this times the sum of their sizes, and times the sum
    /// of their squares; 0 to 10.
    pub head_penalty: Penalty,
    /// Takes over the layers that `[pretrain.autoencoder]` or `[pretrain.geology]` learned, and says what
    /// becomes of them; `hidden`, `activation`, `normalise` and `standardise` are then the pretext's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transfer: Option<Transfer>,
    /// What a pretext learned, while it is taken over: no setting.
    #[serde(skip)]
    pub trunk: Option<Arc<Trunk>>,
    /// How the shares of layers are found: `kernel`, `expected_gradients` or `deep_lift`.
    pub explanation: Explanation,
    /// How it learns. With `early_stopping` rows are held out by their `group` and with their copies, one by
    /// one without a group: near neighbours on both sides then make it stop late. Steps are small, so `accumulate` saves nothing and is not looked at.
    pub training: Training,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hidden: vec![32, 16],
            activation: Activation::Relu,
            dropout: 0.1,
            normalise: false,
            class_weight: ClassWeight::Balanced,
            loss: ClassLoss::default(),
            standardise: true,
            head_penalty: Penalty::default(),
            transfer: None,
            trunk: None,
            explanation: Explanation::Kernel,
            training: Training::default(),
        }
    }
}

/// What weights add to the loss.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Penalty {
    /// Times the sum of their sizes.
    pub l1: f64,
    /// Times the sum of their squares.
    pub l2: f64,
}

/// How a trunk that a pretext learned is taken over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Transfer {
    /// Which part learns: all of it (`fine_tuned`), or the output alone (`probing` or `frozen`).
    pub mode: Mode,
    /// By what the learning rate of a layer is multiplied for the layer before it, over 0 to 1: the first
    /// layers move least (Howard and Ruder 2018, doi 10.18653/v1/P18-1031).
    pub layer_rate: f64,
    /// Width of each layer between what is taken over and the output: they learn whatever the mode.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub head: Vec<usize>,
}

impl Default for Transfer {
    fn default() -> Self {
        Self { mode: Mode::FineTuned, layer_rate: 1.0, head: Vec::new() }
    }
}

/// A fitted multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    networks: RowNetworks,
    restarts: Restarts,
    completeness: Option<String>,
    /// How well the pretext was learned whose layers were taken over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pretext: Option<Quality>,
}

checked_when_read!(Fitted);

impl Settings {
    fn check(&self) -> Result<()> {
        check_hidden("mlp.hidden", &self.hidden)?;
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(bad_setting("mlp.dropout", self.dropout, "0 to less than 1"));
        }
        for (name, found) in [("l1", self.head_penalty.l1), ("l2", self.head_penalty.l2)] {
            if !(0.0..=10.0).contains(&found) {
                return Err(bad_setting(&format!("mlp.head_penalty.{name}"), found, "0 to 10"));
            }
        }
        let Transfer { layer_rate, head, .. } = self.transfer.clone().unwrap_or_default();
        check_hidden("mlp.transfer.head", &head)?;
        if !(layer_rate > 0.0 && layer_rate <= 1.0) {
            return Err(bad_setting("mlp.transfer.layer_rate", layer_rate, "over 0, up to 1"));
        }
        self.loss.check("mlp.loss")?;
        self.training.check("mlp.training")
    }

    fn shape(&self, inputs: usize) -> Shape {
        Shape {
            inputs,
            hidden: self.hidden.clone(),
            outputs: 1,
            activation: self.activation,
            dropout: self.dropout,
            normalise: self.normalise,
        }
    }
}

impl Estimator for Settings {
    fn space(&self) -> Space {
        Space::from([
            ("dropout".into(), Scope::of([0.0, 0.2, 0.5])),
            ("class_weight".into(), Scope::of(["none", "balanced"])),
        ])
    }

    fn check_settings(&self) -> Result<()> {
        self.check()
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        if let (Some(trunk), Some(_)) = (&self.trunk, &self.transfer) {
            return self.fit_from(trunk, set, seed);
        }
        self.check()?;
        check_training("mlp", set)?;
        let encoding = Encoding::fit("mlp", &set.features, &set.weight, self.standardise)?;
        self.fit_encoded(encoding, None, set, seed)
    }
}

impl Settings {
    /// The same without a pretext, where it takes one.
    #[must_use]
    pub fn from_scratch(&self) -> Option<Self> {
        self.transfer.as_ref().map(|_| Self { transfer: None, trunk: None, ..self.clone() })
    }

    /// Fits a network whose first layers are those of a trunk, on the same columns; `hidden`, `activation`,
    /// `normalise` and `standardise` are the trunk's.
    ///
    /// # Errors
    /// As [`Estimator::fit`], and [`crate::Error::OtherColumns`].
    pub fn fit_from(&self, trunk: &Trunk, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("mlp", set)?;
        trunk.encoding.check(&set.features)?;
        let head = self.transfer.as_ref().map_or(&[][..], |transfer| &transfer.head);
        let own = Self {
            hidden: [&trunk.hidden, head].concat(),
            activation: trunk.activation,
            normalise: false,
            ..self.clone()
        };
        own.fit_encoded(trunk.encoding.clone(), Some(trunk), set, seed)
    }

    /// How the layers learn: those of a trunk slower, or not at all.
    fn rules(&self, taken_over: usize) -> Vec<Rule> {
        let hidden = self.hidden.len();
        let transfer = self.transfer.clone().unwrap_or_default();
        let rate = |layer: usize| match transfer.mode {
            _ if layer >= taken_over => 1.0,
            Mode::FineTuned => transfer.layer_rate.powi((taken_over - layer) as i32),
            Mode::Probing | Mode::Frozen => 0.0,
        };
        let of_trunk = (0..hidden).map(|layer| Rule { rate: rate(layer), ..Rule::default() });
        let Penalty { l1, l2 } = self.head_penalty;
        of_trunk.chain([Rule { l1, l2, rate: 1.0 }]).collect()
    }

    fn fit_encoded(
        &self,
        encoding: Encoding,
        trunk: Option<&Trunk>,
        set: &TrainingSet,
        seed: Seed,
    ) -> Result<FittedModel> {
        let shape = self.shape(encoding.width());
        let (rows, held_out) = sides(set, &self.training, seed);
        let weight = self.class_weight.apply(set);
        let mean = rows.iter().map(|row| weight[*row]).sum::<f64>() / rows.len().max(1) as f64;
        let objective = Rows {
            points: Points::new(&encoding, &set.features.select(&rows)),
            label: rows.iter().map(|row| f32::from(u8::from(set.deposit[*row]))).collect(),
            weight: rows.iter().map(|row| (weight[*row] / mean) as f32).collect(),
            held_out,
            loss: self.loss,
        };
        let fit = Fit { model: "mlp", settings: &self.training, seed };
        let network = Dense::new(&shape);
        let start = |seed| {
            let mut numbers = Dense::start("mlp", &shape, seed)?;
            if let Some(trunk) = trunk {
                numbers[..trunk.numbers.len()].copy_from_slice(&trunk.numbers);
            }
            Ok(numbers)
        };
        let rules = self.rules(trunk.map_or(0, |trunk| trunk.hidden.len()));
        let (numbers, restarts) = train_alive(&network, start, &objective, &rules, fit)?;
        let member = Member { weights: Kept::from_numbers(numbers), slope: 1.0, shift: 0.0 };
        let networks =
            RowNetworks::new(encoding, &shape, self.explanation).with(vec![member], set)?;
        let completeness = networks.completeness(set);
        let pretext = trunk.map(|trunk| trunk.quality);
        Ok(FittedModel::Mlp(Fitted { networks, restarts, completeness, pretext }))
    }
}

/// Rows with their labels: what the network learns.
struct Rows {
    points: Points,
    label: Vec<f32>,
    weight: Vec<f32>,
    held_out: usize,
    loss: ClassLoss,
}

impl Objective for Rows {
    fn examples(&self) -> usize {
        self.label.len() - self.held_out
    }

    fn held_out(&self) -> usize {
        self.held_out
    }

    fn input(&self, example: usize) -> &[f32] {
        self.points.point(example)
    }

    fn loss(&self, examples: &[usize], outputs: &[f32], _: Seed) -> (f64, Vec<f32>) {
        let mut sum = 0.0;
        let count = examples.len().max(1) as f32;
        let each = examples.iter().zip(outputs).map(|(example, log_odds)| {
            let (loss, slope) = self.loss.of(*log_odds, self.label[*example]);
            sum += f64::from(loss * self.weight[*example]);
            slope * self.weight[*example] / count
        });
        let slopes = each.collect();
        (sum / f64::from(count), slopes)
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
        let pretext = self.pretext.map(|quality| format!("the pretext: {}", quality.words()));
        pretext.into_iter().chain(self.restarts.words()).chain(self.completeness.clone()).collect()
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
