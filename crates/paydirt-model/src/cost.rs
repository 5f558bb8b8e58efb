//! What a model costs before anything is spent: rough CPU time of a fit, a score and an explanation.
//!
//! The work of each model is a formula of its settings, the rows and the columns; the nanoseconds that one
//! unit of it takes were measured once, and `bench_costs` prints what it measures beside what is foretold.
//! Good within a factor of two or so on machines like that; who pays for a run wants to know minutes from
//! hours.

use crate::forest::{MaxFeatures, Rule};
use crate::neural::masked_autoencoder;
use crate::neural::train::Training;
use crate::pretext::{autoencoder, geology};
use crate::pretrain::Pretrain;
use crate::svm::Kernel;
use crate::{Model, boosting, cnn, devnet, extra_trees, forest, resnet, svm, vit};

/// A training side.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    /// Its rows.
    pub rows: usize,
    /// Its columns.
    pub columns: usize,
    /// Whether some of them are continuous: of classes alone, few rows differ, and trees walk and explain
    /// those that are alike together.
    pub continuous: bool,
}

/// CPU time in nanoseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Of one fit.
    pub fit_ns: f64,
    /// Of the score of a row.
    pub score_ns: f64,
    /// Of the shares of a row.
    pub explain_ns: f64,
}

/// Scores that Kernel SHAP asks for each column, of 8 background rows.
const KERNEL_SCORES: f64 = 16.0;
/// Scores that integrated gradients cost, of a network: steps there and back.
const GRADIENT_SCORES: f64 = 300.0;

impl Model {
    /// What it costs on a training side of some size.
    #[must_use]
    pub fn cost(&self, size: Size) -> Cost {
        let (n, p) = (size.rows.max(2) as f64, size.columns.max(1) as f64);
        let kernel = |fit_ns: f64, score_ns: f64| Cost {
            fit_ns,
            score_ns,
            explain_ns: KERNEL_SCORES * p * score_ns,
        };
        let linear = |fit_ns: f64, score_ns: f64| Cost { fit_ns, score_ns, explain_ns: score_ns };
        match self {
            Self::Forest(forest::Settings { trees, max_features, .. }) => {
                let tried = features(*max_features, p);
                of_trees(*trees, 3.1 * n * n.log2() * (1.0 + tried), SHARES * n * p, size)
            }
            Self::ExtraTrees(extra_trees::Settings { trees, max_features, .. }) => {
                let tried = features(*max_features, p);
                of_trees(*trees, 5.3 * n * n.log2() * (1.0 + tried), 2.0 * SHARES * n * p, size)
            }
            Self::IsolationForest(settings) => {
                let sample = n.min(settings.sample as f64);
                of_trees(2 * settings.trees, 12.0 * sample * sample.log2(), 200.0, size)
            }
            Self::Boosting(settings) => of_boosting(settings, size),
            Self::Logistic(_) => linear(200.0 * n * p + 5.0 * n * p * p, 1.8 * p),
            Self::WeightsOfEvidence(_) => linear(11.0 * n * p * n.log2(), 25.0 * p),
            Self::Fuzzy(_) => kernel(80.0 * n * p, 30.0 * p),
            Self::Svm(settings) => of_svm(settings, n, p, kernel),
            Self::OneClass(_) => kernel(3.0 * (n / 10.0).powi(2) * p, 0.3 * n / 10.0 * p),
            Self::Nearest(_) => kernel(n * n * (3.0 + 0.15 * p), 0.5 * n * p),
            Self::GaussianProcess(settings) => {
                let kept = n.min(settings.rows as f64);
                let fits = if settings.optimise { 60.0 } else { 6.0 };
                kernel(fits * kept.powi(3) / 3.0, 0.1 * kept * (p + kept))
            }
            Self::Maxent(settings) => {
                let features = p * (2.0 + 4.0 * settings.knots as f64);
                linear(100.0 * n * features, 0.15 * features)
            }
            Self::SelfOrganisingMap(settings) => {
                let units =
                    settings.size.map_or(5.0 * n.sqrt(), |[rows, cols]| (rows * cols) as f64);
                kernel(0.35 * settings.epochs as f64 * n * units * p, 0.17 * units * p)
            }
            Self::IndicatorKriging(settings) => {
                let each = 2.0 * (settings.neighbours as f64).powi(3);
                Cost { fit_ns: 10.0 * n * n, score_ns: each, explain_ns: 0.0 }
            }
            Self::Mlp(settings) => {
                of_network(&settings.training, n, dense(p, &settings.hidden), MLP)
            }
            Self::Devnet(settings) => of_devnet(settings, p, kernel),
            Self::Cnn(settings) => of_network(&settings.training, n, of_cnn(settings, p), WINDOWS),
            Self::Resnet(settings) => {
                of_network(&settings.training, n, of_resnet(settings, p), WINDOWS)
            }
            Self::Vit(settings) => of_network(&settings.training, n, of_vit(settings, p), WINDOWS),
        }
    }
}

impl Pretrain {
    /// CPU time in nanoseconds of one pretraining.
    #[must_use]
    pub fn fit_ns(&self, columns: usize) -> f64 {
        let p = columns.max(1) as f64;
        match self {
            Self::MaskedAutoencoder(settings) => of_completion(settings, p),
            Self::Autoencoder(autoencoder::Settings { layers, rows, training }) => {
                // There and back.
                let weights = 2.0 * dense(p, &layers.hidden);
                of_network(training, *rows as f64, weights, MLP).fit_ns
            }
            Self::Geology(geology::Settings { layers, rows, training, .. }) => {
                of_network(training, *rows as f64, dense(p, &layers.hidden), MLP).fit_ns
            }
        }
    }
}

/// The encoder sees the tokens that are not hidden, the decoder all.
fn of_completion(settings: &masked_autoencoder::Settings, p: f64) -> f64 {
    let side = (settings.window_cells / settings.patch_cells.max(1)).max(1) as f64;
    let tokens = side * side;
    let of_stack = |tokens: f64, width: usize, depth: usize| {
        let width = width as f64;
        tokens * depth as f64 * (12.0 * width * width + 2.0 * tokens * width)
    };
    let cut = (settings.patch_cells as f64).powi(2) * p;
    let work = tokens * cut * (settings.width + settings.decoder_width) as f64
        + of_stack(tokens * (1.0 - settings.mask_ratio), settings.width, settings.depth)
        + of_stack(tokens, settings.decoder_width, settings.decoder_depth);
    of_network(&settings.training, settings.windows_per_epoch as f64, work, WINDOWS).fit_ns
}

/// Nanoseconds of a row in a tree's walk: of continuous columns, and of classes.
const WALK: [f64; 2] = [4.0, 1.2];
/// Nanoseconds of a row in a tree's explanation: of continuous columns, for each training row and column, and
/// of classes, of which few rows differ.
const SHARES: f64 = 0.0075;
const SHARES_OF_CLASSES: f64 = 3.2;
/// Nanoseconds of a weight of a perceptron in an example's step, and in its score.
const MLP: [f64; 2] = [0.9, 0.15];
/// The same, of a multiplication in a window.
const WINDOWS: [f64; 2] = [0.09, 0.02];

/// Trees, given the nanoseconds that one takes to grow, and to explain a row of continuous columns.
fn of_trees(trees: usize, grow_ns: f64, shares_ns: f64, size: Size) -> Cost {
    let (trees, kind) = (trees as f64, usize::from(!size.continuous));
    let shares = if size.continuous { shares_ns } else { SHARES_OF_CLASSES.min(shares_ns) };
    Cost { fit_ns: trees * grow_ns, score_ns: WALK[kind] * trees, explain_ns: shares * trees }
}

fn of_boosting(settings: &boosting::Settings, size: Size) -> Cost {
    let (n, p) = (size.rows.max(2) as f64, size.columns.max(1) as f64);
    let leaves = settings.max_leaves.min(settings.max_depth.map_or(usize::MAX, |d| 1 << d.min(20)));
    let levels = (leaves.max(2) as f64).log2();
    of_trees(settings.trees, 4.5 * n * p * levels + 5_600.0 * p, 7.0, size)
}

fn of_svm(settings: &svm::Settings, n: f64, p: f64, kernel: impl Fn(f64, f64) -> Cost) -> Cost {
    // A hard margin takes more steps than a soft one.
    let fit = 0.24 * n * n * p * (1.0 + settings.c.max(0.0).sqrt()) / 2.0;
    match settings.kernel {
        Kernel::Rbf(_) => kernel(fit, 0.06 * n * p),
        Kernel::Linear {} => Cost { fit_ns: fit, score_ns: 2.0 * p, explain_ns: 2.0 * p },
    }
}

/// A batch of its own each step, whatever the rows.
fn of_devnet(settings: &devnet::Settings, p: f64, kernel: impl Fn(f64, f64) -> Cost) -> Cost {
    let rows = (settings.steps_per_epoch * settings.training.batch) as f64;
    let weights = dense(p, &settings.hidden);
    let one = of_network(&settings.training, rows, weights, MLP);
    let members = settings.members as f64;
    kernel(members * one.fit_ns, members * one.score_ns)
}

/// Columns that are drawn for each split.
fn features(most: MaxFeatures, columns: f64) -> f64 {
    match most {
        MaxFeatures::Rule(Rule::Sqrt) => columns.sqrt(),
        MaxFeatures::Rule(Rule::All) => columns,
        MaxFeatures::Count(count) => columns.min(count as f64),
        MaxFeatures::Share(share) => columns * share.clamp(0.0, 1.0),
    }
}

/// Weights of layers that see all numbers of the layer before.
fn dense(inputs: f64, hidden: &[usize]) -> f64 {
    let widths = hidden.iter().map(|width| *width as f64).chain([1.0]);
    let sum = widths.fold((0.0, inputs), |(sum, before), width| (sum + before * width, width));
    sum.0
}

/// Multiplications of 3 x 3 convolutions, stages halving a window of so many cells.
fn of_stages(cells: usize, inputs: f64, widths: &[usize], convolutions: f64) -> f64 {
    let (mut sum, mut before, mut side) = (0.0, inputs, cells as f64);
    for width in widths {
        let width = *width as f64;
        sum += 9.0 * side * side * width * (before + (convolutions - 1.0) * width);
        (before, side) = (width, (side / 2.0).ceil());
    }
    sum
}

fn of_cnn(settings: &cnn::Settings, p: f64) -> f64 {
    let inputs = p * settings.window.scales.len() as f64;
    of_stages(settings.window.cells, inputs, &settings.widths, 1.0)
}

fn of_resnet(settings: &resnet::Settings, p: f64) -> f64 {
    let inputs = p * settings.window.scales.len() as f64;
    of_stages(settings.window.cells, inputs, &settings.widths, 2.0 * settings.blocks as f64)
}

fn of_vit(settings: &vit::Settings, p: f64) -> f64 {
    let side = (settings.window.cells / settings.patch_cells.max(1)).max(1) as f64;
    let scales = settings.window.scales.len() as f64;
    let (tokens, width) = (side * side * scales + 1.0, settings.width as f64);
    let cut = (settings.patch_cells as f64).powi(2) * p * width;
    tokens * (cut + settings.depth as f64 * (12.0 * width * width + 2.0 * tokens * width))
}

fn of_network(training: &Training, n: f64, work: f64, [step, score]: [f64; 2]) -> Cost {
    let examples = training.epochs as f64 * n;
    let most = training.steps.map_or(f64::INFINITY, |steps| (steps * training.batch) as f64);
    let score_ns = score * work;
    let fit_ns = examples.min(most) * step * work;
    Cost { fit_ns, score_ns, explain_ns: GRADIENT_SCORES * score_ns }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_model_costs_something_and_more_rows_cost_more() {
        for model in Model::all() {
            let cost = |rows, columns| model.cost(Size { rows, columns, continuous: true });
            let (one, more) = (cost(600, 10), cost(6_000, 10));
            let key = model.key();
            for cost in [one, more, cost(0, 0), cost(usize::MAX, usize::MAX)] {
                assert!(cost.fit_ns > 0.0 && cost.score_ns > 0.0, "{key}: {cost:?}");
                assert!(cost.fit_ns.is_finite() && cost.explain_ns.is_finite(), "{key}: {cost:?}");
            }
            assert!(more.fit_ns >= one.fit_ns, "{key}");
        }
    }

    #[test]
    fn pretraining_costs_as_much_as_its_epochs() {
        let all: [&str; 3] = ["masked_autoencoder", "autoencoder", "geology"];
        for key in all {
            let of = |epochs: usize| {
                let text = format!(r#"{{"{key}": {{"training": {{"epochs": {epochs}}}}}}}"#);
                serde_json::from_str::<Pretrain>(&text).unwrap().fit_ns(10)
            };
            assert!(of(10) > 0.0 && (of(30) / of(10) - 3.0).abs() < 1e-9, "{key}");
        }
    }

    #[test]
    fn a_search_of_more_trees_costs_as_many_times_more() {
        let of = |trees| {
            let settings = forest::Settings { trees, ..Default::default() };
            Model::Forest(settings).cost(Size { rows: 500, columns: 7, continuous: false })
        };
        assert_eq!(of(200).fit_ns, 2.0 * of(100).fit_ns);
        assert_eq!(dense(3.0, &[4, 2]), 3.0 * 4.0 + 4.0 * 2.0 + 2.0);
    }
}
