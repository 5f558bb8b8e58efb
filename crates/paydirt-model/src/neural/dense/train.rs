//! The training loop on plain lists: the same course as [`crate::neural::train::train`], for networks that
//! are fitted in seconds and need no checkpoint.

use std::ops::Range;

use paydirt_core::seed::Seed;
use rand::seq::SliceRandom;

use super::{Dense, Walk};
use crate::neural::train::{Fit, Flat, Outcome, Progress, Schedule};
use crate::{Error, Result};

/// What a network learns.
pub(crate) trait Objective: Sync {
    /// How many examples there are; they are numbered from 0.
    fn examples(&self) -> usize;

    /// How many further examples are held out; their numbers follow.
    fn held_out(&self) -> usize {
        0
    }

    /// The examples of an epoch in the order in which they are taken; shuffled where nothing else is said.
    fn epoch(&self, seed: Seed) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.examples()).collect();
        order.shuffle(&mut seed.rng());
        order
    }

    /// What of an example enters the network.
    fn input(&self, example: usize) -> &[f32];

    /// How wrong the network is on some examples, from what left it row by row, and the slope of that along
    /// each of these numbers.
    fn loss(&self, examples: &[usize], outputs: &[f32], seed: Seed) -> (f64, Vec<f32>);
}

/// How a layer learns beside the loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rule {
    /// The loss grows by this times the sum of the sizes of the layer's weights.
    pub(crate) l1: f64,
    /// The loss grows by this times the sum of the squares of the layer's weights.
    pub(crate) l2: f64,
    /// What the learning rate is multiplied by; 0: the layer stays what it is.
    pub(crate) rate: f64,
}

impl Default for Rule {
    fn default() -> Self {
        Self { l1: 0.0, l2: 0.0, rate: 1.0 }
    }
}

/// Rules of the layers in order; those past the end learn by the loss alone.
pub(crate) type Rules = [Rule];

/// A fit on its way.
struct Course<'a, O> {
    network: &'a Dense,
    objective: &'a O,
    fit: Fit<'a>,
    rules: Vec<Rule>,
    /// Rooms for batches, by their number of rows: that of whole batches, and that of the last of an epoch.
    walks: Vec<Walk<'a>>,
    gradient: Vec<f32>,
    flat: Flat,
    at: Progress,
    best: Option<(f64, Vec<f32>)>,
    since: usize,
    since_plateau: usize,
    last_held_out: Option<f64>,
}

/// Trains a network from the numbers that it starts with.
///
/// # Errors
/// [`Error::NotFinite`] with step and layer where a number is not finite any more.
pub(crate) fn train<O: Objective>(
    network: &Dense,
    numbers: &mut [f32],
    objective: &O,
    rules: &Rules,
    fit: Fit<'_>,
) -> Result<Outcome> {
    if objective.examples() == 0 {
        let reason = "there is no example to learn from".into();
        return Err(Error::Untrainable { model: fit.model, reason });
    }
    let mut order = objective.epoch(fit.seed.derive("epoch", 0));
    let batch = fit.settings.batch.min(order.len()).max(1);
    let mut course = Course::new(network, objective, rules, fit, order.len().div_ceil(batch));
    let (mut epoch, mut sum, mut last) = (0, 0.0, f64::NAN);
    while course.at.step < course.at.steps {
        let examples: Vec<&[usize]> = order.chunks(batch).collect();
        for examples in &examples {
            sum += course.step(numbers, examples)?;
            if course.at.step == course.at.steps {
                break;
            }
        }
        let made = course.at.step - epoch * course.at.epoch_steps;
        last = sum / made.max(1) as f64;
        if course.is_over(numbers) {
            break;
        }
        (epoch, sum) = (epoch + 1, 0.0);
        order = objective.epoch(fit.seed.derive("epoch", epoch as u64));
    }
    let best = course.best.take().filter(|_| fit.settings.early_stopping.is_some());
    let held_out_loss = best.as_ref().map(|best| best.0).or(course.last_held_out);
    if let Some((_, best)) = best {
        numbers.copy_from_slice(&best);
    }
    Ok(Outcome { steps: course.at.step, loss: last, held_out_loss })
}

impl<'a, O: Objective> Course<'a, O> {
    fn new(
        network: &'a Dense,
        objective: &'a O,
        rules: &Rules,
        fit: Fit<'a>,
        epoch_steps: usize,
    ) -> Self {
        let epoch_steps = epoch_steps.max(1);
        let all = fit.settings.epochs.saturating_mul(epoch_steps);
        let rule = |layer: usize| rules.get(layer).copied().unwrap_or_default();
        Self {
            network,
            objective,
            fit,
            rules: (0..network.depth()).map(rule).collect(),
            walks: Vec::new(),
            gradient: vec![0.0; network.numbers()],
            flat: Flat::new(fit.settings.optimiser, network.numbers()),
            at: Progress {
                step: 0,
                steps: fit.settings.steps.unwrap_or(all).min(all),
                epoch_steps,
                warmup: fit.settings.warmup_steps,
                plateaus: 0,
            },
            best: None,
            since: 0,
            since_plateau: 0,
            last_held_out: None,
        }
    }

    /// One step; its loss.
    fn step(&mut self, numbers: &mut [f32], examples: &[usize]) -> Result<f64> {
        let seed = self.fit.seed.derive("step", self.at.step as u64);
        let place = match self.walks.iter().position(|walk| walk.rows() == examples.len()) {
            Some(place) => place,
            None => {
                self.walks.push(Walk::new(self.network, examples.len()));
                self.walks.len() - 1
            }
        };
        let walk = &mut self.walks[place];
        walk.enter(examples.iter().map(|example| self.objective.input(*example)));
        walk.learn(numbers, seed);
        let (loss, slopes) = self.objective.loss(examples, &walk.leave(), seed);
        if !loss.is_finite() {
            let (layer, what) = match walk.broken() {
                Some(layer) => (layer, "output"),
                None => ("the whole network".into(), "loss"),
            };
            return Err(self.not_finite(layer, what));
        }
        walk.back(numbers, &slopes, &mut self.gradient);
        walk.follow(numbers);
        let penalty = self.penalise(numbers);
        self.shorten()?;
        self.apply(numbers);
        self.at.step += 1;
        Ok(loss + penalty)
    }

    fn not_finite(&self, layer: String, what: &'static str) -> Error {
        Error::NotFinite { model: self.fit.model, step: self.at.step, layer, what }
    }

    /// Adds the slopes of what weights cost, and says how much that is.
    fn penalise(&mut self, numbers: &[f32]) -> f64 {
        let mut sum = 0.0;
        for (layer, rule) in self.network.layers.iter().zip(&self.rules) {
            if rule.l1 == 0.0 && rule.l2 == 0.0 {
                continue;
            }
            let (l1, l2) = (rule.l1 as f32, rule.l2 as f32);
            let (mut sizes, mut squares) = (0.0, 0.0);
            let weights = &numbers[layer.weight.clone()];
            for (slope, weight) in self.gradient[layer.weight.clone()].iter_mut().zip(weights) {
                let sign = if *weight == 0.0 { 0.0 } else { weight.signum() };
                *slope += l1 * sign + 2.0 * l2 * weight;
                sizes += weight.abs();
                squares += weight * weight;
            }
            sum += rule.l1 * f64::from(sizes) + rule.l2 * f64::from(squares);
        }
        sum
    }

    /// Shortens the gradient to the greatest length, and looks whether it is finite.
    fn shorten(&mut self) -> Result<()> {
        let squares = self.gradient.iter().map(|slope| f64::from(*slope).powi(2));
        let norm = squares.sum::<f64>().sqrt();
        if !norm.is_finite() {
            let place = self.gradient.iter().position(|slope| !slope.is_finite());
            let layer = self.network.place(place.unwrap_or(usize::MAX));
            return Err(self.not_finite(layer, "gradient"));
        }
        if let Some(most) = self.fit.settings.clip_norm.filter(|most| norm > *most) {
            let share = (most / norm) as f32;
            self.gradient.iter_mut().for_each(|slope| *slope *= share);
        }
        Ok(())
    }

    fn apply(&mut self, numbers: &mut [f32]) {
        let settings = self.fit.settings;
        let rate = settings.learning_rate * settings.schedule.share(self.at);
        // What is learned of a layer stands in one run: weights, bias, scale and shift.
        let of_layer = |(layer, rule): (&super::Layer, &Rule)| -> (Range<usize>, f64) {
            let end = layer.norm.as_ref().map_or(layer.bias.end, |norm| norm[1].end);
            (layer.weight.start..end, rate * rule.rate)
        };
        let rates: Vec<_> = self.network.layers.iter().zip(&self.rules).map(of_layer).collect();
        self.flat.step(numbers, &self.gradient, &rates, settings.weight_decay);
    }

    /// Looks at what is held out after an epoch; whether patience is at its end.
    fn is_over(&mut self, numbers: &[f32]) -> bool {
        let Some(loss) = self.held_out(numbers) else { return false };
        self.last_held_out = Some(loss);
        if loss < self.best.as_ref().map_or(f64::INFINITY, |best| best.0) {
            self.best = Some((loss, numbers.to_vec()));
            (self.since, self.since_plateau) = (0, 0);
        } else {
            (self.since, self.since_plateau) = (self.since + 1, self.since_plateau + 1);
        }
        if let Schedule::Plateau(plateau) = self.fit.settings.schedule
            && self.since_plateau >= plateau.patience
        {
            (self.at.plateaus, self.since_plateau) = (self.at.plateaus + 1, 0);
        }
        self.fit.settings.early_stopping.is_some_and(|stopping| self.since >= stopping.patience)
    }

    /// The loss on what is held out.
    fn held_out(&self, numbers: &[f32]) -> Option<f64> {
        let (from, count) = (self.objective.examples(), self.objective.held_out());
        let examples: Vec<usize> = (from..from + count).collect();
        let rows: Vec<f32> =
            examples.iter().flat_map(|example| self.objective.input(*example)).copied().collect();
        let outputs = self.network.outputs_of(numbers, &rows);
        (count > 0).then(|| {
            self.objective.loss(&examples, &outputs, self.fit.seed.derive("held out", 0)).0
        })
    }
}
