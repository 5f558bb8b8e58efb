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

use paydirt_core::search::{Scope, Space};
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::columns::{bad_setting, check_training, checked_when_read, probability};
use crate::encode::{Encoding, Points};
use crate::explain::Background;
use crate::neural::layers::Activation;
use crate::neural::loss::ClassLoss;
use crate::neural::mlp::{Mlp, Shape};
use crate::neural::parameters::{Builder, Parameters};
use crate::neural::train::{Fit, Run, Task, Training, digest, train};
use crate::neural::{Kept, Pass, device, hold_out, tensor, to_numbers};
use crate::{Attribution, ClassWeight, Estimator, FittedModel, Predictor, Result, TrainingSet};

/// Rows that are scored at a time. Always as many, so that a row has the same score among any others.
const ROWS: usize = 256;

/// Most hidden layers, and most numbers in one.
const MOST_HIDDEN: [usize; 2] = [32, 16_384];

/// Settings of the multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Width of each hidden layer, 32 layers of 1 to 16,384 at most. Without any it is a logistic
    /// regression.
    pub hidden: Vec<usize>,
    /// What stands between the layers: `relu`, `gelu` or `tanh`.
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
    /// How it learns. With `early_stopping` rows are held out one by one: near neighbours on both sides
    /// make it stop late.
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
            training: Training::default(),
        }
    }
}

/// A fitted multilayer perceptron.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(remote = "Self")]
pub struct Fitted {
    encoding: Encoding,
    hidden: Vec<usize>,
    activation: Activation,
    normalise: bool,
    weights: Kept,
    background: Background,
}

checked_when_read!(Fitted);

impl Settings {
    fn check(&self) -> Result<()> {
        let [layers, width] = MOST_HIDDEN;
        if self.hidden.len() > layers || self.hidden.iter().any(|one| !(1..=width).contains(one)) {
            let expected = format!("at most {layers} layers of 1 to {width}");
            return Err(bad_setting("mlp.hidden", format!("{:?}", self.hidden), &expected));
        }
        if !(0.0..1.0).contains(&self.dropout) {
            return Err(bad_setting("mlp.dropout", self.dropout, "0 to less than 1"));
        }
        self.loss.check("mlp.loss")?;
        self.training.check("mlp.training")
    }

    /// The rows that count, those held out last.
    fn rows(&self, set: &TrainingSet, seed: Seed) -> (Vec<usize>, usize) {
        let rows: Vec<usize> = (0..set.weight.len()).filter(|row| set.weight[*row] > 0.0).collect();
        let Some(share) = self.training.held_out_share() else { return (rows, 0) };
        let deposit: Vec<bool> = rows.iter().map(|row| set.deposit[*row]).collect();
        let alone: Vec<u64> = (0..rows.len() as u64).collect();
        let is_out = hold_out(&alone, &deposit, share, seed);
        let side = |out: bool| {
            rows.iter().zip(&is_out).filter(move |(_, is)| **is == out).map(|(row, _)| *row)
        };
        (side(false).chain(side(true)).collect(), side(true).count())
    }
}

impl Estimator for Settings {
    fn space(&self) -> Space {
        Space::from([
            ("dropout".into(), Scope::of([0.0, 0.2, 0.5])),
            ("class_weight".into(), Scope::of(["none", "balanced"])),
        ])
    }

    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel> {
        self.check()?;
        check_training("mlp", set)?;
        let mut fitted = Fitted {
            encoding: Encoding::fit("mlp", &set.features, &set.weight, self.standardise)?,
            hidden: self.hidden.clone(),
            activation: self.activation,
            normalise: self.normalise,
            weights: Kept::default(),
            background: Background::default(),
        };
        let (network, mut parameters) = fitted.network(self.dropout, seed)?;
        let (rows, held_out) = self.rows(set, seed);
        let weight = self.class_weight.apply(set);
        let mean = rows.iter().map(|row| weight[*row]).sum::<f64>() / rows.len().max(1) as f64;
        let task = Rows {
            network,
            width: fitted.encoding.width(),
            points: Points::new(&fitted.encoding, &set.features.select(&rows)),
            label: rows.iter().map(|row| f32::from(u8::from(set.deposit[*row]))).collect(),
            weight: rows.iter().map(|row| (weight[*row] / mean) as f32).collect(),
            held_out,
            loss: self.loss,
        };
        let fit = Fit { model: "mlp", settings: &self.training, seed };
        train(&mut parameters, &task, fit, Run::default())?;
        fitted.weights = Kept::of(&parameters);
        fitted.background = Background::new(&|table| fitted.log_odds(table), set)?;
        Ok(FittedModel::Mlp(fitted))
    }
}

/// Rows with their labels: what the network learns.
struct Rows {
    network: Mlp,
    width: usize,
    points: Points,
    label: Vec<f32>,
    weight: Vec<f32>,
    held_out: usize,
    loss: ClassLoss,
}

impl Task for Rows {
    type Batch = [Vec<f32>; 3];

    fn examples(&self) -> usize {
        self.label.len() - self.held_out
    }

    fn held_out(&self) -> usize {
        self.held_out
    }

    fn fingerprint(&self) -> u64 {
        let points: Vec<&[f32]> = (0..self.label.len()).map(|row| self.points.point(row)).collect();
        digest(&(points, &self.label, &self.weight))
    }

    fn batch(&self, examples: &[usize], _: Seed) -> Result<Self::Batch> {
        let of = |list: &[f32]| examples.iter().map(|example| list[*example]).collect();
        let points =
            examples.iter().flat_map(|example| self.points.point(*example)).copied().collect();
        Ok([points, of(&self.label), of(&self.weight)])
    }

    fn loss(
        &self,
        pass: &mut Pass<'_>,
        [points, label, weight]: &Self::Batch,
    ) -> burn_tensor::Tensor<1> {
        let (count, device) = (label.len(), pass.device());
        let points = tensor(points.clone(), [count, self.width], &device);
        let log_odds = self.network.forward(pass, points).reshape([count]);
        let label = tensor(label.clone(), [count], &device);
        self.loss.mean(log_odds, label, tensor(weight.clone(), [count], &device))
    }
}

impl Fitted {
    /// The network with parameters that start from the seed.
    fn network(&self, dropout: f64, seed: Seed) -> Result<(Mlp, Parameters)> {
        let shape = Shape {
            inputs: self.encoding.width(),
            hidden: self.hidden.clone(),
            outputs: 1,
            activation: self.activation,
            dropout,
            normalise: self.normalise,
        };
        let mut builder = Builder::new(seed.derive("weights", 0));
        let network = Mlp::new(&mut builder, &shape);
        Ok((network, builder.start("mlp", &device::chosen())?))
    }

    /// The network as it was fitted.
    fn ready(&self) -> Result<(Mlp, Parameters)> {
        let (network, mut parameters) = self.network(0.0, Seed(0))?;
        self.weights.load(&mut parameters)?;
        Ok((network, parameters))
    }

    fn check_saved(&self) -> std::result::Result<(), String> {
        self.weights.check()?;
        self.ready().map(|_| ()).map_err(|error| error.to_string())
    }

    fn log_odds(&self, features: &Table) -> Result<Vec<f32>> {
        self.encoding.check(features)?;
        let (network, parameters) = self.ready()?;
        let points = Points::new(&self.encoding, features);
        let width = self.encoding.width();
        let numbers: Vec<&[f32]> = points.iter().collect();
        let runs = numbers.par_chunks(ROWS).map(|rows| {
            let mut numbers = rows.concat();
            numbers.resize(ROWS * width, 0.0);
            let mut pass = Pass::infer(&parameters);
            let input = tensor(numbers, [ROWS, width], parameters.device());
            let mut found = to_numbers(network.forward(&mut pass, input));
            found.truncate(rows.len());
            found
        });
        Ok(runs.collect::<Vec<_>>().concat())
    }
}

impl Predictor for Fitted {
    fn predict(&self, features: &Table) -> Result<Vec<f32>> {
        let log_odds = self.log_odds(features)?;
        Ok(log_odds.into_iter().map(|found| probability(f64::from(found)) as f32).collect())
    }

    fn explain(&self, features: &Table) -> Result<Attribution> {
        self.background.explain(&|table| self.log_odds(table), "log odds", features)
    }
}
