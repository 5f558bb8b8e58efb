//! Judging: every figure from ground that the model never saw, beside a plain baseline and the
//! controls that show what the usual short cuts would have claimed.
//!
//! In each repeat the unlabelled are drawn anew and the ground is parted anew. In each fold the
//! pipeline is fitted on the training side, every contestant is fitted on the same training rows
//! and scores the same held-out rows.

mod found;
mod gathered;
mod held;
pub(crate) mod pretext;
mod round;
mod rows;
pub mod search;
mod training;

use std::collections::BTreeMap;
use std::path::Path;

use paydirt_core::calibrate::Calibration;
use paydirt_core::label::Sample;
use paydirt_core::mask::Mask;
use paydirt_core::metric::{Figure, HeldOut};
use paydirt_core::sample::Sampling;
use paydirt_core::seed::Seed;
use paydirt_core::split::{Fold, Part, Split, SplitKind};
use paydirt_core::stack::Stack;
use paydirt_core::step::Pipeline;
use paydirt_model::Model;
use paydirt_model::effect::stability::View;
use paydirt_model::pretrain::Pretrain;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::gathered::Gathered;
pub(crate) use self::round::REFERENCE_CELLS;
use self::round::Round;
pub(crate) use self::rows::{draw_units, fitting_units, training_set};
use self::search::{Searched, Searching};
pub use self::training::{Beside, Training};
use crate::console::Console;
use crate::error::Result;
use crate::explain::groups::LayerGroup;
use crate::ground::Completion;
use crate::pieces::Pieces;
use crate::project::{Project, Workflow};

/// Bootstrap replicates of each interval; fewer, but never under 200, where the samples are so many
/// that a thousand passes over them would take minutes.
const REPLICATES: usize = 1_000;
const REPLICATED_ROWS: usize = 100_000_000;

pub(crate) fn replicates(repeats: &[HeldOut]) -> usize {
    let rows: usize = repeats.iter().map(|repeat| repeat.score.len()).sum();
    (REPLICATED_ROWS / rows.max(1)).clamp(200, REPLICATES)
}

/// Key of the figure that permutation importance and the optimism gap are told in.
pub const ROC_AUC: &str = "roc_auc";

/// Why a model is in the table.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// The model that draws the map.
    Chosen,
    /// A plain model on the same rows.
    Baseline,
    /// Another way to work, for the uncertainty budget.
    Alternative,
    /// What a short cut would have claimed.
    Control,
}

/// One line of the model table.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    /// Name in the report.
    pub name: String,
    /// Why it is there.
    pub standing: Standing,
    /// Held-out ground, or the random control.
    pub kind: SplitKind,
    /// Whether it sees coordinates only, and no evidence.
    pub coordinates_only: bool,
    /// Whether it is fitted without what the project does to unlabelled samples and to balance.
    pub plain: bool,
    /// What it does otherwise than the project says, where it does.
    pub changes: Option<Workflow>,
    /// The model.
    pub model: Model,
}

impl Contestant {
    /// How its training side is prepared, of all that the project does to one.
    #[must_use]
    pub fn training<'a>(&'a self, whole: Training<'a>) -> Training<'a> {
        let whole = if self.plain { whole.plain() } else { whole };
        let Some(changes) = &self.changes else { return whole };
        Training {
            without: &changes.without,
            select: changes.select.as_ref().or(whole.select),
            unlabelled: changes.unlabelled.as_ref().or(whole.unlabelled),
            balance: changes.balance.as_ref().or(whole.balance),
            ..whole
        }
    }
}

/// What a contestant scored.
#[derive(Clone, Debug)]
pub struct Scored {
    /// The contestant.
    pub contestant: Contestant,
    /// Held-out scores, one entry a repeat.
    pub repeats: Vec<HeldOut>,
    /// Held-out scores of cells drawn evenly from those of the map without a known deposit, over all
    /// repeats: what calibration weighs the deposits against.
    pub map_scores: Vec<f32>,
    /// The figures, by key.
    pub figures: BTreeMap<String, Figure>,
}

/// How much the held-out ROC AUC of the chosen model falls when one layer is shuffled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Importance {
    /// The evidence layer.
    pub layer: String,
    /// Mean fall of the pooled held-out AUC.
    pub auc_fall: f64,
    /// Standard deviation of the fall over repeats and shuffles.
    pub spread: f64,
}

/// The ground of one repeat.
#[derive(Clone, Debug)]
pub struct Ground {
    /// The samples of the repeat.
    pub samples: Vec<Sample>,
    /// Their spatial folds.
    pub folds: Vec<Fold>,
    /// Outlines of the held-out ground.
    pub parts: Vec<Part>,
    /// Figures of the split itself.
    pub notes: Vec<String>,
    /// Hash of the split.
    pub hash: String,
}

/// Everything that judging found.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The model table.
    pub models: Vec<Scored>,
    /// The ground of each repeat.
    pub grounds: Vec<Ground>,
    /// Permutation importance of the chosen model, greatest first.
    pub importance: Vec<Importance>,
    /// What was searched inside each fold, where anything was.
    pub searched: Vec<Searched>,
    /// The same of groups of layers: mean fall and its standard deviation.
    pub group_importance: Vec<(LayerGroup, f64, f64)>,
    /// What the chosen model says of each layer, in each repeat; none unless asked for.
    pub views: Vec<View>,
    /// How well what was pretrained completes held-out ground: repeat and fold, from 0.
    pub completions: Vec<([usize; 2], Completion)>,
}

impl Judged {
    /// The line of the model that draws the map.
    #[must_use]
    pub fn chosen(&self) -> Option<&Scored> {
        self.models.iter().find(|scored| scored.contestant.standing == Standing::Chosen)
    }
}

/// What is judged, and on what.
#[derive(Clone)]
pub struct Bench<'a> {
    /// The evidence.
    pub stack: &'a dyn Stack,
    /// The labels.
    pub labelled: &'a [Sample],
    /// Units with all evidence known, once the pipeline has filled what it fills.
    pub eligible: &'a Mask,
    /// The steps.
    pub pipeline: &'a Pipeline,
    /// What stands against the deposits.
    pub sampling: &'a Sampling,
    /// How ground is held out.
    pub split: &'a Split,
    /// How scores become probabilities.
    pub calibration: &'a Calibration,
    /// How the training side is prepared: a part of every fit.
    pub training: Training<'a>,
    /// How settings of the chosen model are searched, where they are: inside each fold.
    pub search: Option<&'a Searching<'a>>,
    /// Times each layer is shuffled in each fold.
    pub shuffles: usize,
    /// Groups of layers that are shuffled together.
    pub groups: Vec<LayerGroup>,
    /// Whether the chosen model explains what each fold holds out.
    pub views: bool,
    /// What networks learn from the ground that may train before they see a deposit.
    pub pretrain: Option<&'a Pretrain>,
    /// Units whose rock is known, for a pretext that tells it.
    pub rocks: &'a [(usize, i64)],
    /// Folder for the ground around cells, where evidence is kept on disk.
    pub spool: Option<&'a Path>,
    /// Where what folds find and members that were fitted are kept.
    pub pieces: &'a Pieces,
    /// Seed of the run.
    pub seed: Seed,
}

impl Bench<'_> {
    /// The units of the map with all evidence known; all such rows of a table without a map.
    pub(crate) fn map_units(&self) -> Mask {
        match self.stack.grid() {
            Some(_) => self.eligible.clone(),
            None => Mask::from_fn(self.eligible.len(), |unit| {
                self.eligible.get(unit) && self.stack.area().get(unit)
            }),
        }
    }

    /// What is shuffled: the columns of each layer alone, then those of each group.
    fn shuffled(&self) -> Vec<Vec<usize>> {
        let layers = self.stack.layers();
        let is_in = |group: &LayerGroup, at: &usize| group.layers.contains(&layers[*at].name);
        let of_group = |group| (0..layers.len()).filter(|at| is_in(group, at)).collect();
        (0..layers.len()).map(|at| vec![at]).chain(self.groups.iter().map(of_group)).collect()
    }
}

/// The usual contestants of a run: the chosen model (with the settings that were searched, where they
/// were), logistic regression and a coordinates-only forest, on held-out ground and (chosen and
/// coordinates) under the random control; and those that the project names. Where the project does
/// something of its own with unlabelled samples or balance, the chosen model without it is a baseline,
/// too.
#[must_use]
pub fn usual_contestants(project: &Project, chosen: &Model, has_places: bool) -> Vec<Contestant> {
    let training = project.training();
    let line = |name: &str, standing, kind, coordinates_only, model: &Model| Contestant {
        name: name.into(),
        standing,
        kind,
        coordinates_only,
        plain: standing == Standing::Baseline,
        changes: None,
        model: model.clone(),
    };
    let mut lines = vec![line(chosen.key(), Standing::Chosen, SplitKind::Spatial, false, chosen)];
    if let Some(scratch) = chosen.from_scratch() {
        let name = from_scratch(chosen);
        let scratch = line(&name, Standing::Baseline, SplitKind::Spatial, false, &scratch);
        lines.push(Contestant { plain: false, ..scratch });
    }
    let naive = chosen.without_unlabelled_loss();
    if naive.is_some() || !training.is_plain() {
        let name = format!("{}, plain", chosen.key());
        let model = naive.as_ref().unwrap_or(chosen);
        lines.push(line(&name, Standing::Baseline, SplitKind::Spatial, false, model));
    }
    let logistic = Model::Logistic(Default::default());
    if chosen.key() != logistic.key() {
        lines.push(line("logistic", Standing::Baseline, SplitKind::Spatial, false, &logistic));
    }
    for other in &project.contestants {
        let (name, model) = (&other.name, &other.model);
        let coordinates_only = model.sees_coordinates_only();
        let line = line(name, Standing::Baseline, SplitKind::Spatial, coordinates_only, model);
        lines.push(Contestant { changes: other.changes(), ..line });
    }
    lines.push(line(chosen.key(), Standing::Control, SplitKind::Random, false, chosen));
    if has_places {
        let forest = Model::Forest(Default::default());
        for kind in [SplitKind::Spatial, SplitKind::Random] {
            lines.push(line(
                crate::report::COORDINATES_ONLY,
                Standing::Control,
                kind,
                true,
                &forest,
            ));
        }
    }
    lines
}

/// Name in the model table of the chosen network without what was pretrained.
#[must_use]
pub fn from_scratch(model: &Model) -> String {
    format!("{}, from scratch", model.key())
}

/// Judges all contestants on the same ground.
///
/// # Errors
/// Splits that cannot judge, models that cannot learn, or an interrupt.
pub fn judge(bench: &Bench<'_>, contestants: &[Contestant], console: &Console) -> Result<Judged> {
    let repeats = bench.split.repeats();
    round::warn::warn_of_windows(bench, contestants, console);
    let mut gathered = Gathered::new(bench, contestants);
    let task = console.task("judge", repeats as u64, "repeats");
    let (mut first, mut missing) = (0, 0);
    for repeat in 0..repeats {
        let seed = bench.seed.derive("repeat", repeat as u64);
        let round = Round::new(bench, seed, console)?;
        let inside = search::inside_folds(bench, &round, (repeat, first), console)?;
        let mut found = Vec::new();
        for piece in 0..round.pieces() {
            let searched = inside.get(piece).and_then(Option::as_ref);
            let make = || round.find(piece, contestants, searched);
            found.extend(bench.pieces.piece("judge", first + piece, make)?);
        }
        first += round.pieces();
        task.advance(1)?;
        missing += round.pieces() - found.len();
        if missing > 0 {
            continue;
        }
        gathered.add(repeat, (round, found), contestants, inside)?;
    }
    drop(task);
    bench.pieces.wait("judge", missing)?;
    Ok(gathered.judged(bench, contestants))
}
