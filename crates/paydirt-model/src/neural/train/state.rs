//! What a fit is made of between two steps.

use burn_tensor::Tensor;

use super::optimiser::Moments;
use crate::neural::parameters::Parameters;

/// Everything that the next step depends on, beside the parameters.
#[derive(Clone, Debug)]
pub(super) struct State {
    /// Steps made.
    pub(super) step: usize,
    /// Product of the momenta of all steps made.
    pub(super) momenta: f64,
    /// Sum of the losses of this epoch's steps.
    pub(super) epoch_loss: f64,
    /// Mean loss of the last whole epoch.
    pub(super) last_loss: f64,
    /// The last loss on what is held out.
    pub(super) last_held_out: Option<f64>,
    /// The least loss on what is held out, and the weights that gave it.
    pub(super) best: Option<(f64, Vec<Tensor<1>>)>,
    /// Checks since then.
    pub(super) since: usize,
    /// Checks since the last plateau or gain.
    pub(super) since_plateau: usize,
    /// Plateaus met.
    pub(super) plateaus: usize,
    /// Whether patience is at its end.
    pub(super) over: bool,
    /// Of each parameter.
    pub(super) moments: Vec<Moments>,
}

impl State {
    pub(super) fn new(parameters: &Parameters) -> Self {
        Self {
            step: 0,
            momenta: 1.0,
            epoch_loss: 0.0,
            last_loss: f64::NAN,
            last_held_out: None,
            best: None,
            since: 0,
            since_plateau: 0,
            plateaus: 0,
            over: false,
            moments: parameters.values().iter().map(Moments::zero).collect(),
        }
    }

    /// Notes a loss on what is held out. A loss that is not a number is no gain.
    pub(super) fn check(&mut self, loss: f64, parameters: &Parameters) {
        self.last_held_out = Some(loss);
        if loss < self.best.as_ref().map_or(f64::INFINITY, |best| best.0) {
            self.best = Some((loss, parameters.values().to_vec()));
            (self.since, self.since_plateau) = (0, 0);
        } else {
            self.since += 1;
            self.since_plateau += 1;
        }
    }
}
