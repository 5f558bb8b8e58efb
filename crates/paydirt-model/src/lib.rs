//! Every model: settings -> fit -> fitted. Reads no file; knows rows and columns only.

pub mod balance;
pub mod boosting;
mod catalogue;
pub mod cnn;
mod columns;
pub mod cost;
pub mod devnet;
pub mod effect;
mod encode;
pub mod ensemble;
pub mod explain;
pub mod extra_trees;
pub mod forest;
pub mod fuzzy;
pub mod gaussian_process;
pub mod indicator_kriging;
pub mod infill;
pub mod isolation_forest;
mod kernel;
pub mod logistic;
pub mod maxent;
pub mod mlp;
pub mod nearest;
pub mod neural;
pub mod one_class;
pub mod pretext;
pub mod pretrain;
pub mod prior;
pub mod recording;
#[cfg(test)]
mod reference;
pub mod resnet;
mod search;
pub mod select;
pub mod self_organising_map;
pub mod svm;
pub mod tree_shap;
pub mod unlabelled;
pub mod vit;
mod weight;
pub mod weights_of_evidence;

pub use catalogue::{FittedModel, Model};
pub use weight::ClassWeight;

use paydirt_core::search::Space;
use paydirt_core::seed::Seed;
use paydirt_core::table::Table;

use crate::neural::{Around, Ground};
use crate::weights_of_evidence::posterior::Posterior;

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, Error>;

/// What can go wrong in a model.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The training side cannot be learned from.
    #[error("model `{model}`: {reason}")]
    Untrainable {
        /// The model's key.
        model: &'static str,
        /// Why.
        reason: String,
    },
    /// The columns are not those that the model was fitted on.
    #[error("the model was fitted on `{expected}`, but the evidence is `{found}`")]
    OtherColumns {
        /// Columns of the fit.
        expected: String,
        /// Columns of the evidence.
        found: String,
    },
    /// A model of coordinates that was given evidence.
    #[error("model `{model}` takes the columns `{expected}`, but the evidence is `{found}`")]
    CoordinatesOnly {
        /// The model's key.
        model: &'static str,
        /// Its columns.
        expected: String,
        /// Columns of the evidence.
        found: String,
    },
    /// A model of windows that was given rows alone.
    #[error("model `{model}` sees the ground around samples, but these have no place on a map")]
    NeedsGround {
        /// The model's key.
        model: String,
    },
    /// Training came to a number that is not finite.
    #[error("model `{model}`: in step {step} the {what} of `{layer}` is not finite any more")]
    NotFinite {
        /// The model's key.
        model: &'static str,
        /// The step, from 0.
        step: usize,
        /// The layer, or the parameter.
        layer: String,
        /// `output`, `gradient` or `loss`.
        what: &'static str,
    },
    /// Training was stopped by its caller.
    #[error("training was interrupted after {steps} steps")]
    Interrupted {
        /// Steps made.
        steps: usize,
    },
    /// A device without the memory for a step.
    #[error("model `{model}`: the device has too little memory for a step of {examples} example")]
    NoMemory {
        /// The model's key.
        model: &'static str,
        /// Examples that were computed together.
        examples: usize,
    },
    /// A device that is not there.
    #[error("there is no device `{found}` here")]
    NoDevice {
        /// What was asked for.
        found: String,
        /// Those that are there.
        present: String,
    },
    /// Weights or a checkpoint that do not belong here, or are damaged.
    #[error("{what}: {reason}")]
    Weights {
        /// Which file, or which part of a network.
        what: String,
        /// What is wrong.
        reason: String,
    },
    /// A setting outside its range.
    #[error(transparent)]
    Core(#[from] paydirt_core::Error),
}

impl Error {
    /// What the user can do about it, where there is something to say.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Core(error) => error.hint(),
            Self::OtherColumns { .. } => Some(
                "use evidence of the same names, in the same units, as the model's contract".into(),
            ),
            Self::CoordinatesOnly { .. } => Some(
                "it sees coordinates and no evidence: name another model, and compare this one \
                 with it by `paydirt compare`"
                    .into(),
            ),
            Self::NeedsGround { .. } => {
                Some("name a model of rows, as `forest`, or give evidence on a grid".into())
            }
            Self::NotFinite { .. } => Some(
                "lower `learning_rate`, give `clip_norm`, or look for huge values in the evidence"
                    .into(),
            ),
            Self::Interrupted { .. } => Some("run it again: it goes on from its checkpoint".into()),
            Self::NoMemory { .. } => Some(
                "make the window, the width or the depth of the network smaller, or use `--device cpu`"
                    .into(),
            ),
            Self::NoDevice { present, .. } => Some(format!("those here are `{present}`")),
            Self::Weights { .. } => {
                Some("name weights of the same network, or remove the file to begin anew".into())
            }
            Self::Untrainable { .. } => None,
        }
    }
}

/// The training side of a fold, after the pipeline: no cell is missing.
#[derive(Clone, Debug)]
pub struct TrainingSet {
    /// One row a sample, one column a feature; every value known.
    pub features: Table,
    /// Whether each sample is a deposit.
    pub deposit: Vec<bool>,
    /// How much each sample counts.
    pub weight: Vec<f32>,
}

impl TrainingSet {
    /// The given rows, in the given order. A row may be given more than once.
    #[must_use]
    pub fn select(&self, rows: &[usize]) -> Self {
        Self {
            features: self.features.select(rows),
            deposit: rows.iter().map(|&row| self.deposit[row]).collect(),
            weight: rows.iter().map(|&row| self.weight[row]).collect(),
        }
    }
}

/// Settings that can be fitted.
pub trait Estimator: Sync {
    /// Fits the model. The same set and seed give the same model, whatever the number of threads.
    ///
    /// # Errors
    /// Settings out of range, or a training side that cannot be learned from (one class only).
    fn fit(&self, set: &TrainingSet, seed: Seed) -> Result<FittedModel>;

    /// Refuses settings that are out of range whatever the training side, as `fit` would.
    ///
    /// # Errors
    /// [`paydirt_core::Error::BadSetting`].
    fn check_settings(&self) -> Result<()> {
        Ok(())
    }

    /// The settings that are worth searching, with their usual ranges: what a project gets that names
    /// none. Those inside a choice that was not made count for nothing.
    fn space(&self) -> Space {
        Space::new()
    }

    /// Fits the model to rows that are cells of a ground: what sees the ground around them needs it,
    /// everything else looks at the rows alone.
    ///
    /// # Errors
    /// As [`Estimator::fit`], and where the ground cannot be read.
    fn fit_on(&self, set: &TrainingSet, _: Around<'_>, seed: Seed) -> Result<FittedModel> {
        self.fit(set, seed)
    }
}

/// A fitted model.
pub trait Predictor: Send + Sync {
    /// A score in [0, 1] for each row; higher is more prospective. Not calibrated.
    ///
    /// # Errors
    /// [`Error::OtherColumns`].
    fn predict(&self, features: &Table) -> Result<Vec<f32>>;

    /// The signed share of each column in each row's score.
    ///
    /// # Errors
    /// [`Error::OtherColumns`].
    fn explain(&self, features: &Table) -> Result<Attribution>;

    /// As [`Predictor::predict`], for rows that are cells of a ground.
    ///
    /// # Errors
    /// [`Error::OtherColumns`], and where the ground cannot be read.
    fn predict_on(&self, features: &Table, _: &dyn Ground) -> Result<Vec<f32>> {
        self.predict(features)
    }

    /// As [`Predictor::explain`], for rows that are cells of a ground.
    ///
    /// # Errors
    /// As [`Predictor::predict_on`].
    fn explain_on(&self, features: &Table, _: &dyn Ground) -> Result<Attribution> {
        self.explain(features)
    }

    /// The posterior of weights of evidence with its standard deviations, from a prior probability over 0
    /// and under 1, where that is the model; evidence may be missing. `None` for every other model.
    ///
    /// # Errors
    /// [`Error::OtherColumns`], and a prior that is none.
    fn posterior(&self, _: &Table, _: f64) -> Result<Option<Vec<Posterior>>> {
        Ok(None)
    }
}

impl dyn Predictor + '_ {
    /// [`Predictor::predict_on`] where there is a ground, else [`Predictor::predict`].
    ///
    /// # Errors
    /// As they.
    pub fn score(&self, features: &Table, ground: Option<&dyn Ground>) -> Result<Vec<f32>> {
        ground.map_or_else(|| self.predict(features), |ground| self.predict_on(features, ground))
    }

    /// [`Predictor::explain_on`] where there is a ground, else [`Predictor::explain`].
    ///
    /// # Errors
    /// As they.
    pub fn attribute(&self, features: &Table, ground: Option<&dyn Ground>) -> Result<Attribution> {
        ground.map_or_else(|| self.explain(features), |ground| self.explain_on(features, ground))
    }
}

/// Signed shares of the columns in the scores: `base` plus the shares of a row is its score, in
/// `unit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribution {
    /// The score before any evidence was seen.
    pub base: f64,
    /// `score` (the forest's), `log odds`, `log score`, ln(score), or `complementary log-log`,
    /// ln(-ln(1 - score)).
    pub unit: &'static str,
    /// One share a column and row: `[column][row]`.
    pub shares: Vec<Vec<f32>>,
}
