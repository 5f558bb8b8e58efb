//! What the figures claim, on districts whose truth is known: drivers are told from decoys, noise
//! scores no better than guessing, probabilities are those of the truth, and no model sees the
//! ground that it is judged on.
#![expect(clippy::unwrap_used, reason = "a test")]

mod alternatives;
mod leaks;
mod search;
mod truth;
mod world;

const FOREST: &str = "[model.forest]\ntrees = 60\n";
const LOGISTIC: &str = "[model.logistic]\n";
const WEIGHTS: &str = "[model.weights_of_evidence]\n";
