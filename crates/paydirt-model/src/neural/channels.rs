//! Layers of the ground as channels of a network.
//!
//! A number becomes its distance from the training mean in training deviations, at most 10 of them; a
//! category becomes one channel a category that training saw, 1 or 0 less its share. What is not known
//! stays NaN. Means and deviations are those of the cells that may train.

use std::collections::BTreeMap;

use paydirt_core::layer::EvidenceType;
use serde::{Deserialize, Serialize};

use super::ground::{Ground, GroundLayer};
use crate::{Error, Result};

/// Most channels.
const MOST_CHANNELS: usize = 1000;

/// Most deviations from the mean.
const MOST_DEVIATIONS: f64 = 10.0;

/// Rows that are read at a time.
const STRIP: usize = 64;

/// One channel of a layer: (value, or 1 in its category, less mean) x scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Channel {
    category: Option<f32>,
    mean: f64,
    scale: f64,
}

impl Channel {
    /// What becomes of a value; NaN of NaN.
    pub(crate) fn of(self, value: f32) -> f32 {
        if !value.is_finite() {
            return f32::NAN;
        }
        let raw = self
            .category
            .map_or(f64::from(value), |category| f64::from(u8::from(value == category)));
        ((raw - self.mean) * self.scale).clamp(-MOST_DEVIATIONS, MOST_DEVIATIONS) as f32
    }
}

/// The channels of all layers, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Channels {
    layers: Vec<GroundLayer>,
    channels: Vec<Vec<Channel>>,
}

impl Channels {
    /// The channels of a ground, by its cells that may train.
    ///
    /// # Errors
    /// [`Error::Untrainable`] without a layer or with more than 1000 channels, and where the ground cannot
    /// be read.
    pub fn fit(model: &'static str, ground: &dyn Ground) -> Result<Self> {
        let layers = ground.layers().to_vec();
        let mut channels = Vec::new();
        for (number, layer) in layers.iter().enumerate() {
            channels.push(match layer.evidence_type {
                EvidenceType::Categorical => categories(ground, number)?,
                EvidenceType::Continuous | EvidenceType::Ordinal => {
                    vec![number_channel(ground, number)?]
                }
            });
        }
        let found = Self { layers, channels };
        let reason = match found.count() {
            0 => "there is no layer of evidence".into(),
            count if count > MOST_CHANNELS => format!(
                "the layers and their categories make {count} channels, at most {MOST_CHANNELS} can be fitted"
            ),
            _ => return Ok(found),
        };
        Err(Error::Untrainable { model, reason })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.channels.iter().map(Vec::len).sum()
    }

    /// The layers.
    #[must_use]
    pub fn layers(&self) -> &[GroundLayer] {
        &self.layers
    }

    /// The channels of one layer.
    pub(crate) fn of(&self, layer: usize) -> &[Channel] {
        &self.channels[layer]
    }

    /// Refuses a ground of other layers.
    ///
    /// # Errors
    /// [`Error::OtherColumns`].
    pub fn check(&self, ground: &dyn Ground) -> Result<()> {
        if self.layers == ground.layers() {
            return Ok(());
        }
        let told = |layers: &[GroundLayer]| {
            let names: Vec<String> = layers.iter().map(ToString::to_string).collect();
            names.join("`, `")
        };
        Err(Error::OtherColumns { expected: told(&self.layers), found: told(ground.layers()) })
    }

    /// Refuses what was not saved by a fit.
    pub(crate) fn check_saved(&self) -> std::result::Result<(), String> {
        let finite = |channel: &Channel| channel.mean.is_finite() && channel.scale.is_finite();
        let counts =
            self.layers.len() == self.channels.len() && (1..=MOST_CHANNELS).contains(&self.count());
        match counts && self.channels.iter().flatten().all(finite) {
            true => Ok(()),
            false => Err("the channels are not those of its layers".into()),
        }
    }
}

/// Sees every known value of the cells that may train.
fn each(ground: &dyn Ground, layer: usize, mut see: impl FnMut(f32)) -> Result<()> {
    let (rows, cols) = (ground.rows(), ground.cols());
    for start in (0..rows).step_by(STRIP) {
        let values = ground.read(layer, start..rows.min(start + STRIP), 0..cols)?;
        for (place, value) in values.into_iter().enumerate() {
            if value.is_finite() && ground.may_train(start * cols + place) {
                see(value);
            }
        }
    }
    Ok(())
}

fn number_channel(ground: &dyn Ground, layer: usize) -> Result<Channel> {
    // Welford's running mean and sum of squares.
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    each(ground, layer, |value| {
        count += 1.0;
        let apart = f64::from(value) - mean;
        mean += apart / count;
        squares += apart * (f64::from(value) - mean);
    })?;
    let deviation = (squares / f64::max(count, 1.0)).sqrt();
    let scale =
        if deviation > 1e-9 * mean.abs().max(f64::MIN_POSITIVE) { 1.0 / deviation } else { 0.0 };
    Ok(Channel { category: None, mean, scale })
}

fn categories(ground: &dyn Ground, layer: usize) -> Result<Vec<Channel>> {
    let mut counts: BTreeMap<i64, (f32, f64)> = BTreeMap::new();
    each(ground, layer, |value| {
        // Codes are whole numbers; more of them than channels are refused by their count.
        if counts.len() <= MOST_CHANNELS || counts.contains_key(&(value as i64)) {
            counts.entry(value as i64).or_insert((value, 0.0)).1 += 1.0;
        }
    })?;
    let all: f64 = counts.values().map(|(_, count)| count).sum();
    let channel = |(category, count): &(f32, f64)| Channel {
        category: Some(*category),
        mean: count / all,
        scale: 1.0,
    };
    Ok(counts.values().map(channel).collect())
}
