//! Pretext by geology: the trunk and one layer more tell the rock of a row, from a map of lithology or from
//! labelled points.
//!
//! Loss: mean over rows of -ln p(class), with p the softmax of what leaves the network.

use std::collections::BTreeMap;
use std::path::PathBuf;

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Layers, Quality, ROWS, Trunk, check_rows, training};
use crate::encode::{Encoding, Points};
use crate::neural::dense::{Dense, Objective, train_alive};
use crate::neural::mlp::Shape;
use crate::neural::train::{Fit, Training};
use crate::{Error, Result};

/// Most classes.
const MOST_CLASSES: usize = 1000;

/// Settings of the classification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The evidence layer whose classes it tells, such as a map of lithology. No model has it as evidence then.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub layer: String,
    /// Points whose rock is told, instead of a layer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<RockPoints>,
    /// Whether the rock is known for reasons that have nothing to do with deposits, so that the pretext may also
    /// learn on ground that is held out: the report says so.
    pub independent: bool,
    /// The trunk.
    pub layers: Layers,
    /// Rows that it learns from, at most, drawn evenly from the ground that may train; 100 to 1,000,000.
    pub rows: usize,
    /// How it learns; nothing is held out.
    pub training: Training,
}

/// Points whose rock is known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RockPoints {
    /// Vector file, or table with coordinates.
    pub path: PathBuf,
    /// The column of the rock: any text.
    pub class: String,
    /// Coordinate system of a table, as in `"EPSG:32635"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crs: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            layer: String::new(),
            points: None,
            independent: false,
            layers: Layers::default(),
            rows: ROWS,
            training: training(1000, 32),
        }
    }
}

impl Settings {
    /// Refuses settings out of range.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    pub fn check(&self) -> Result<()> {
        self.layers.check("pretrain.geology")?;
        check_rows("pretrain.geology.rows", self.rows)?;
        self.training.check("pretrain.geology.training")
    }

    /// Learns the class of each row.
    ///
    /// # Errors
    /// Settings out of range, classes that are not one a row, fewer than two of them or too many, and
    /// [`Error::NotFinite`].
    pub fn fit(&self, features: &Table, class: &[i64], seed: Seed) -> Result<Trunk> {
        self.check()?;
        let untrainable = |reason| Err(Error::Untrainable { model: "geology", reason });
        if class.len() != features.rows() {
            return untrainable(format!("{} rows with {} classes", features.rows(), class.len()));
        }
        let mut codes: BTreeMap<i64, usize> = class.iter().map(|class| (*class, 0)).collect();
        codes.values_mut().enumerate().for_each(|(code, place)| *place = code);
        if !(2..=MOST_CLASSES).contains(&codes.len()) {
            let count = codes.len();
            return untrainable(format!(
                "a pretext by geology needs 2 to {MOST_CLASSES} classes, found {count}"
            ));
        }
        let even = vec![1.0; features.rows()];
        let encoding = Encoding::fit("geology", features, &even, self.layers.standardise)?;
        let Layers { hidden, activation, .. } = self.layers.clone();
        let shape = Shape {
            inputs: encoding.width(),
            hidden: hidden.clone(),
            outputs: codes.len(),
            activation,
            dropout: 0.0,
            normalise: false,
        };
        let network = Dense::new(&shape);
        let objective = Rocks {
            points: Points::new(&encoding, features),
            class: class.iter().map(|class| codes[class]).collect(),
            classes: codes.len(),
        };
        let fit = Fit { model: "geology", settings: &self.training, seed };
        let start = |seed| Dense::start("geology", &shape, seed);
        let (mut numbers, _) = train_alive(&network, start, &objective, &[], fit)?;
        let quality = Quality::Accuracy(objective.accuracy(&network, &numbers));
        numbers.truncate(network.before(hidden.len()));
        Ok(Trunk { encoding, hidden, activation, numbers, quality })
    }
}

struct Rocks {
    points: Points,
    class: Vec<usize>,
    classes: usize,
}

impl Rocks {
    fn accuracy(&self, network: &Dense, numbers: &[f32]) -> f64 {
        let outputs = network.outputs_of(numbers, &self.points.clone().concat());
        let right = |(class, outputs): &(&usize, &[f32])| {
            outputs.iter().all(|output| *output <= outputs[**class])
        };
        let rows = self.class.iter().zip(outputs.chunks_exact(self.classes));
        rows.filter(right).count() as f64 / self.class.len().max(1) as f64
    }
}

impl Objective for Rocks {
    fn examples(&self) -> usize {
        self.class.len()
    }

    fn input(&self, example: usize) -> &[f32] {
        self.points.point(example)
    }

    fn loss(&self, examples: &[usize], outputs: &[f32], _: Seed) -> (f64, Vec<f32>) {
        let count = examples.len().max(1) as f32;
        let mut sum = 0.0;
        let mut slopes = Vec::with_capacity(outputs.len());
        for (example, outputs) in examples.iter().zip(outputs.chunks_exact(self.classes)) {
            let most = outputs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let whole: f32 = outputs.iter().map(|output| (output - most).exp()).sum();
            let own = self.class[*example];
            sum += f64::from(whole.ln() + most - outputs[own]);
            slopes.extend(outputs.iter().enumerate().map(|(class, output)| {
                ((output - most).exp() / whole - f32::from(u8::from(class == own))) / count
            }));
        }
        (sum / f64::from(count), slopes)
    }
}
