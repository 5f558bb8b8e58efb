//! Pretext by autoencoder: the trunk and its mirror image give every row back after the narrowest layer
//! (Hinton and Salakhutdinov 2006, doi 10.1126/science.1127647).
//!
//! Loss: mean over rows and coordinates of the squared difference. Units of the mirror image leak
//! (slope 0.3 under 0); what leaves it is a weighted sum.

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Layers, Quality, ROWS, Trunk, check_rows, training};
use crate::encode::{Encoding, Points};
use crate::neural::dense::{Dense, Objective, train_alive};
use crate::neural::layers::Activation;
use crate::neural::mlp::Shape;
use crate::neural::train::{Fit, Training};
use crate::{Error, Result};

/// Settings of the autoencoder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The trunk.
    pub layers: Layers,
    /// Rows that it learns from, at most, drawn evenly from the ground that may train; 100 to 1,000,000.
    pub rows: usize,
    /// How it learns; nothing is held out.
    pub training: Training,
}

impl Default for Settings {
    fn default() -> Self {
        Self { layers: Layers::default(), rows: ROWS, training: training(350, 256) }
    }
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        self.layers.check("pretrain.autoencoder")?;
        check_rows("pretrain.autoencoder.rows", self.rows)?;
        self.training.check("pretrain.autoencoder.training")
    }

    /// Learns from all rows, labelled or not.
    ///
    /// # Errors
    /// Settings out of range, fewer than two rows, and [`Error::NotFinite`].
    pub fn fit(&self, features: &Table, seed: Seed) -> Result<Trunk> {
        self.check()?;
        if features.rows() < 2 {
            let reason = format!("a pretext needs 2 rows or more, found {}", features.rows());
            return Err(Error::Untrainable { model: "autoencoder", reason });
        }
        let even = vec![1.0; features.rows()];
        let encoding = Encoding::fit("autoencoder", features, &even, self.layers.standardise)?;
        let shape = self.shape(encoding.width());
        let trunk = self.layers.hidden.len();
        let network = Dense::new(&shape).then(trunk, Activation::LeakyRelu);
        let objective = Rows { points: Points::new(&encoding, features), width: encoding.width() };
        let fit = Fit { model: "autoencoder", settings: &self.training, seed };
        let start = |seed| Dense::start("autoencoder", &shape, seed);
        let (mut numbers, _) = train_alive(&network, start, &objective, &[], fit)?;
        let quality = Quality::ExplainedVariance(objective.explained(&network, &numbers));
        numbers.truncate(network.before(trunk));
        let Layers { hidden, activation, .. } = self.layers.clone();
        Ok(Trunk { encoding, hidden, activation, numbers, quality })
    }

    /// The trunk, and back.
    fn shape(&self, inputs: usize) -> Shape {
        let hidden = &self.layers.hidden;
        let back = hidden[..hidden.len() - 1].iter().rev();
        Shape {
            inputs,
            hidden: hidden.iter().chain(back).copied().collect(),
            outputs: inputs,
            activation: self.layers.activation,
            dropout: 0.0,
            normalise: false,
        }
    }
}

struct Rows {
    points: Points,
    width: usize,
}

impl Rows {
    /// Share of the variance that comes back.
    fn explained(&self, network: &Dense, numbers: &[f32]) -> f64 {
        let rows = self.points.clone().concat();
        let outputs = network.outputs_of(numbers, &rows);
        let square = |apart: f32| f64::from(apart * apart);
        let lost: f64 = rows.iter().zip(&outputs).map(|(row, output)| square(row - output)).sum();
        // Coordinates have a mean of 0.
        1.0 - lost / rows.iter().map(|row| square(*row)).sum::<f64>().max(f64::MIN_POSITIVE)
    }
}

impl Objective for Rows {
    fn examples(&self) -> usize {
        self.points.len()
    }

    fn input(&self, example: usize) -> &[f32] {
        self.points.point(example)
    }

    fn loss(&self, examples: &[usize], outputs: &[f32], _: Seed) -> (f64, Vec<f32>) {
        let count = outputs.len().max(1) as f32;
        let mut sum = 0.0;
        let rows = examples.iter().zip(outputs.chunks_exact(self.width));
        let each = rows.flat_map(|(example, outputs)| outputs.iter().zip(self.input(*example)));
        let slopes = each.map(|(output, input)| {
            let apart = output - input;
            sum += f64::from(apart * apart);
            2.0 * apart / count
        });
        let slopes = slopes.collect();
        (sum / f64::from(count), slopes)
    }
}
