//! The deviation loss, and the batches that it is taken over.

use paydirt_core::seed::Seed;
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Settings;
use crate::columns::{bad_setting, require_positive};
use crate::encode::Points;
use crate::neural::dense::Objective;
use crate::{Result, TrainingSet};

/// When reference draws are made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Redraw {
    /// Once for each network, as both published programs do: mean and deviation are constants near 0 and 1.
    #[default]
    Once,
    /// In each step anew, as the method was written down.
    EachStep,
}

/// What is done about deposits among the unlabelled.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Robust {
    /// Nothing: each counts alike.
    None {},
    /// One that looks like a deposit counts less.
    DownWeight(DownWeight),
    /// Those of a step that look most like deposits do not count.
    Trim(Trim),
}

/// Counts an unlabelled sample of deviation d > 0 by exp(-(d / width)^2 / 2), the weight of Welsch's
/// estimate (Holland and Welsch 1977, doi 10.1080/03610927708827533).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DownWeight {
    /// Width in margins, over zero.
    pub width: f64,
}

impl Default for DownWeight {
    fn default() -> Self {
        Self { width: 0.5 }
    }
}

/// Leaves out those unlabelled samples of a step whose deviation is highest: a trimmed loss (Rousseeuw
/// 1984, doi 10.1080/01621459.1984.10477105), on the side of the deposits alone.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Trim {
    /// Share of the unlabelled of a step, over 0 to 0.5.
    pub share: f64,
}

impl Default for Trim {
    fn default() -> Self {
        Self { share: 0.05 }
    }
}

impl Robust {
    pub(super) fn check(&self, key: &str) -> Result<()> {
        match self {
            Self::None {} => Ok(()),
            Self::DownWeight(DownWeight { width }) => {
                require_positive(&format!("{key}.down_weight.width"), *width)
            }
            Self::Trim(Trim { share }) if *share > 0.0 && *share <= 0.5 => Ok(()),
            Self::Trim(Trim { share }) => {
                Err(bad_setting(&format!("{key}.trim.share"), share, "over 0, up to 0.5"))
            }
        }
    }
}

/// Mean and standard deviation of draws from a standard normal distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reference {
    pub(super) mean: f64,
    pub(super) deviation: f64,
}

impl Reference {
    pub(super) fn draw(count: usize, seed: Seed) -> Self {
        let mut rng = seed.rng();
        let (mut sum, mut squares) = (0.0, 0.0);
        // Box and Muller: two draws at a time.
        for first in (0..count).step_by(2) {
            let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
            let (sin, cos) = (std::f64::consts::TAU * rng.random::<f64>()).sin_cos();
            for draw in [radius * cos, radius * sin].into_iter().take(count - first) {
                sum += draw;
                squares += draw * draw;
            }
        }
        let mean = sum / count as f64;
        Self { mean, deviation: (squares / count as f64 - mean * mean).max(1e-12).sqrt() }
    }
}

/// Few deposits and many unlabelled samples.
pub(super) struct Few {
    points: Points,
    deposit: Vec<bool>,
    /// How much a sample counts; the mean of each class is 1.
    weight: Vec<f64>,
    held_out: usize,
    /// Rows to learn from: unlabelled, deposits.
    sides: [Vec<usize>; 2],
    /// Share of the deposits among those held out.
    share_held_out: f64,
    pub(super) reference: Reference,
    redraw: Option<usize>,
    margin: f64,
    robust: Robust,
    /// Steps of an epoch, and samples of a step.
    batches: [usize; 2],
}

impl Few {
    pub(super) fn new(
        settings: &Settings,
        set: &TrainingSet,
        points: Points,
        (rows, held_out): (&[usize], usize),
    ) -> Self {
        let deposit: Vec<bool> = rows.iter().map(|row| set.deposit[*row]).collect();
        let mean = |class: bool| {
            let of_class = rows.iter().filter(|row| set.deposit[**row] == class);
            let sum: f64 = of_class.clone().map(|row| f64::from(set.weight[*row])).sum();
            sum / of_class.count().max(1) as f64
        };
        let means = [mean(false), mean(true)];
        let count = rows.len() - held_out;
        let side = |class: bool| (0..count).filter(|row| deposit[*row] == class).collect();
        let out = deposit[count..].iter().filter(|deposit| **deposit).count();
        Self {
            weight: rows
                .iter()
                .map(|row| f64::from(set.weight[*row]) / means[usize::from(set.deposit[*row])])
                .collect(),
            points,
            held_out,
            sides: [side(false), side(true)],
            share_held_out: out as f64 / held_out.max(1) as f64,
            reference: Reference { mean: 0.0, deviation: 1.0 },
            redraw: (settings.redraw == Redraw::EachStep).then_some(settings.reference_draws),
            margin: settings.margin,
            robust: settings.robust,
            batches: [settings.steps_per_epoch, settings.training.batch],
            deposit,
        }
    }

    /// How much a sample counts: those held out by halves.
    fn weight(&self, example: usize) -> f64 {
        let out = example >= self.deposit.len() - self.held_out;
        let share = match self.deposit[example] {
            true => self.share_held_out,
            false => 1.0 - self.share_held_out,
        };
        self.weight[example] * if out && share > 0.0 { 0.5 / share } else { 1.0 }
    }

    /// The deviation past which an unlabelled sample of these does not count.
    fn trimmed(&self, examples: &[usize], deviations: &[f64]) -> f64 {
        let Robust::Trim(Trim { share }) = self.robust else { return f64::INFINITY };
        let each = examples.iter().zip(deviations).filter(|(e, _)| !self.deposit[**e]);
        let mut sorted: Vec<f64> = each.map(|(_, deviation)| *deviation).collect();
        sorted.sort_by(f64::total_cmp);
        let kept = sorted.len() - (share * sorted.len() as f64).round() as usize;
        sorted.get(kept.saturating_sub(1)).copied().unwrap_or(f64::INFINITY)
    }

    /// Loss and slope along the deviation of one sample of weight 1.
    fn term(&self, is_deposit: bool, deviation: f64) -> (f64, f64) {
        if is_deposit {
            let short = self.margin - deviation;
            // A loss that is not a number must be seen.
            return if short <= 0.0 { (0.0, 0.0) } else { (short, -1.0) };
        }
        let weight = match self.robust {
            Robust::DownWeight(DownWeight { width }) if deviation > 0.0 => {
                (-0.5 * (deviation / (width * self.margin)).powi(2)).exp()
            }
            _ => 1.0,
        };
        let sign = if deviation == 0.0 { 0.0 } else { deviation.signum() };
        (weight * deviation.abs(), weight * sign)
    }
}

impl Objective for Few {
    fn examples(&self) -> usize {
        self.deposit.len() - self.held_out
    }

    fn held_out(&self) -> usize {
        self.held_out
    }

    /// Unlabelled and deposits in turn, drawn with replacement.
    fn epoch(&self, seed: Seed) -> Vec<usize> {
        let mut rng = seed.rng();
        let [steps, batch] = self.batches;
        let mut draw = |place: usize| {
            let side = &self.sides[place % batch % 2];
            side[rng.random_range(0..side.len())]
        };
        (0..steps * batch).map(&mut draw).collect()
    }

    fn input(&self, example: usize) -> &[f32] {
        self.points.point(example)
    }

    fn loss(&self, examples: &[usize], outputs: &[f32], seed: Seed) -> (f64, Vec<f32>) {
        let Reference { mean, deviation } = match self.redraw {
            Some(draws) => Reference::draw(draws, seed.derive("reference", 0)),
            None => self.reference,
        };
        let deviations: Vec<f64> =
            outputs.iter().map(|score| (f64::from(*score) - mean) / deviation).collect();
        let most = self.trimmed(examples, &deviations);
        let count = examples.len().max(1) as f64;
        let mut sum = 0.0;
        let each = examples.iter().zip(&deviations).map(|(example, deviation_of)| {
            if !self.deposit[*example] && *deviation_of > most {
                return 0.0;
            }
            let (loss, slope) = self.term(self.deposit[*example], *deviation_of);
            let weight = self.weight(*example) / count;
            sum += weight * loss;
            (weight * slope / deviation) as f32
        });
        let slopes = each.collect();
        (sum, slopes)
    }
}
