//! Rough time of a run, part by part: models fitted and asked, from [`paydirt_model::cost`], and cells
//! read, measured and written, in nanoseconds measured on Carlin.

use std::collections::BTreeMap;

use paydirt_core::layer::EvidenceType;
use paydirt_core::search::Axis;
use paydirt_core::step::AnyStep;
use paydirt_model::balance::Balance;
use paydirt_model::cost::{Cost, Size};
use paydirt_model::select::Select;
use paydirt_model::unlabelled::Unlabelled;
use paydirt_model::{Model, forest};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MAPS, folds, samples};
use crate::doubt::fit::with_alternatives;
use crate::judge::search::{most_fits, unsearched};
use crate::judge::{Contestant, REFERENCE_CELLS, Standing, usual_contestants};
use crate::project::Project;
use crate::read::Read;

/// CPU seconds of the parts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CpuTime {
    /// Evidence read and made ready.
    pub read_s: f64,
    /// Settings searched, at most: fewer where trials are given up or patience ends a search.
    pub search_s: f64,
    /// Models judged on held-out ground.
    pub judge_s: f64,
    /// Members, refits and other ways to work fitted on all ground.
    pub fit_s: f64,
    /// Maps drawn and written.
    pub draw_s: f64,
    /// Cells, targets and effects explained.
    pub explain_s: f64,
}

impl CpuTime {
    /// Of the whole run.
    #[must_use]
    pub fn total_s(&self) -> f64 {
        let Self { read_s, search_s, judge_s, fit_s, draw_s, explain_s } = *self;
        read_s + search_s + judge_s + fit_s + draw_s + explain_s
    }
}

/// Nanoseconds of a cell of a layer read.
const READ_NS: f64 = 50.0;
/// Of a cell of a map written.
const WRITE_NS: f64 = 115.0;
/// Of a cell, a column and a training row that it is compared with.
const LIKENESS_NS: f64 = 0.1;
/// Of a row in a replicate of the intervals, all metrics together.
const REPLICATE_NS: f64 = 60.0;
/// Scores that counterfactuals ask of a target and a layer.
const COUNTERFACTUAL_SCORES: f64 = 400.0;

/// Classes of a layer that are told apart, at most.
const MOST_CLASSES: usize = 30;

/// What a run works on.
struct Work<'a> {
    project: &'a Project,
    size: Size,
    deposits: usize,
    /// Cells of the grid, and those with a probability.
    cells: [f64; 2],
}

/// What a run judges: with a search the chosen model beside itself with its own settings.
pub(super) fn contestants(project: &Project, read: &Read) -> Vec<Contestant> {
    let places = read.stack.place(0).is_some();
    let mut lines = usual_contestants(project, &project.model, places);
    if project.search.is_some() {
        let own = Contestant {
            name: unsearched(&project.model),
            standing: Standing::Baseline,
            ..lines[0].clone()
        };
        lines.insert(1, own);
    }
    with_alternatives(lines, project)
}

/// The CPU time of a run.
pub(super) fn of(project: &Project, read: &Read, contestants: &[Contestant]) -> CpuTime {
    let grid = read.stack.grid();
    let work = Work {
        project,
        size: Size {
            rows: samples(project, read),
            columns: columns(read),
            continuous: read
                .stack
                .layers()
                .iter()
                .any(|info| info.evidence_type == EvidenceType::Continuous),
        },
        deposits: read.deposits(),
        cells: [
            grid.map_or(0.0, |grid| grid.cells() as f64),
            grid.map_or(0.0, |_| read.eligible.count() as f64),
        ],
    };
    let repeats = project.split.repeats() as f64 * folds(project, read) as f64;
    CpuTime {
        read_s: work.cells[0] * read.stack.layers().len() as f64 * READ_NS / 1e9,
        search_s: work.search() / 1e9,
        // Once a fold on held-out ground, and once under the random control.
        judge_s: (work.judge(contestants, repeats) + 2.0 * repeats * work.pretrain()) / 1e9,
        fit_s: (work.fit() + work.pretrain()) / 1e9,
        draw_s: work.draw() / 1e9,
        explain_s: work.explain() / 1e9,
    }
}

/// Columns of the features, about: a layer is one, and one of classes that are told apart so many.
fn columns(read: &Read) -> usize {
    let of_layer = |(name, steps): &(String, Vec<AnyStep>)| {
        let receipt = read.receipt.layers.iter().find(|line| line.name == *name);
        let ends = receipt.and_then(|line| Some(line.max? - line.min?));
        match steps.iter().any(|step| step.key() == "one_hot") {
            true => ends.map_or(1, |wide| (wide as usize + 1).min(MOST_CLASSES)),
            false => 1,
        }
    };
    read.pipeline.layers.iter().map(of_layer).sum()
}

impl Work<'_> {
    /// What a model costs with all that is done to the training side.
    fn cost(&self, model: &Model, plain: bool) -> Cost {
        let training = self.project.training();
        let training = if plain { training.plain() } else { training };
        let mut size = self.size;
        if let (Some(Balance::Smote(_) | Balance::SmoteTomek(_)), None) =
            (training.balance, training.unlabelled)
        {
            size.rows = 2 * size.rows.saturating_sub(self.deposits);
        }
        let mut cost = match training.unlabelled {
            Some(Unlabelled::Bagging(settings)) => {
                let bag = if settings.bag_size == 0 { self.deposits } else { settings.bag_size };
                let rows = size.rows.min(self.deposits.saturating_add(bag));
                times(model.cost(Size { rows, ..size }), settings.bags as f64)
            }
            Some(Unlabelled::Spy(_)) => {
                let one = model.cost(size);
                Cost { fit_ns: 2.0 * one.fit_ns, ..one }
            }
            _ => model.cost(size),
        };
        if let Some(Select::Boruta(settings)) = training.select {
            let trees = settings.trees;
            let forest = Model::Forest(forest::Settings { trees, ..Default::default() });
            let twice = Size { columns: 2 * size.columns, ..size };
            cost.fit_ns += settings.rounds as f64 * forest.cost(twice).fit_ns;
        }
        cost
    }

    /// What is learned before a deposit is seen.
    fn pretrain(&self) -> f64 {
        self.project.pretrain.as_ref().map_or(0.0, |pretrain| pretrain.fit_ns(self.size.columns))
    }

    /// Members, refits and others, each with how many there are.
    fn asked(&self) -> Vec<(Cost, f64)> {
        let settings = &self.project.uncertainty;
        let members = settings.ensemble.members as f64;
        let own = self.cost(&self.project.model, false);
        let mut asked = vec![(own, members)];
        if self.cells[0] > 0.0 {
            asked.push((own, members * settings.model.refits as f64));
            let others = settings.alternatives(&self.project.model).into_iter();
            asked.extend(others.map(|way| (self.cost(&way.model, false), 2.0)));
        }
        asked
    }

    fn search(&self) -> f64 {
        let Some(search) = &self.project.search else { return 0.0 };
        let Ok(axes) = self.project.model.axes(search) else { return 0.0 };
        let fits = most_fits(self.project, self.deposits) as f64;
        let costs = tried(&self.project.model, &axes).into_iter().map(|m| self.cost(&m, false));
        let rows = self.size.rows as f64 + REFERENCE_CELLS as f64;
        let each: Vec<f64> = costs.map(|cost| cost.fit_ns + rows * cost.score_ns).collect();
        let mean = each.iter().sum::<f64>() / each.len().max(1) as f64;
        fits * mean
    }

    fn judge(&self, contestants: &[Contestant], folds: f64) -> f64 {
        let Self { project, size, .. } = self;
        let rows = size.rows as f64;
        let shuffled = (project.explain.permutation.shuffles * size.columns) as f64;
        let one = |contestant: &Contestant| {
            let plain = contestant.plain || contestant.coordinates_only;
            let cost = self.cost(&contestant.model, plain);
            let chosen = contestant.standing == Standing::Chosen;
            let held_out = rows / project.split.most_folds(self.deposits).max(1) as f64;
            let scores = held_out * if chosen { 1.0 + shuffled } else { 1.0 };
            let viewed = if chosen && project.explain.stability.repeats { held_out } else { 0.0 };
            cost.fit_ns
                + (scores + REFERENCE_CELLS as f64) * cost.score_ns
                + viewed * cost.explain_ns
        };
        let fits: f64 = contestants.iter().map(one).sum();
        let repeated = rows * project.split.repeats() as f64;
        let replicates = (1e8 / repeated.max(1.0)).clamp(200.0, 1000.0);
        let intervals = repeated * replicates * REPLICATE_NS * contestants.len() as f64;
        folds * fits + intervals
    }

    fn fit(&self) -> f64 {
        self.asked().iter().map(|(cost, count)| cost.fit_ns * count).sum()
    }

    fn draw(&self) -> f64 {
        let [cells, mapped] = self.cells;
        let project = self.project;
        let columns = self.size.columns as f64;
        let scores: f64 = self.asked().iter().map(|(cost, count)| cost.score_ns * count).sum();
        let rasters = project.explain.shap.rasters && cells > 0.0;
        let members = project.uncertainty.ensemble.members as f64;
        let own = self.cost(&project.model, false);
        let shares = if rasters { members * own.explain_ns } else { 0.0 };
        let compared =
            if project.uncertainty.applicability.draw { self.size.rows.min(2_000) } else { 0 };
        let likeness = LIKENESS_NS * compared as f64 * columns;
        let written = [rasters, project.output.evidence];
        let written = written.into_iter().filter(|written| *written).count() as f64;
        let maps = 1.0 + MAPS as f64 + written * columns;
        mapped * (scores + shares + likeness) + cells * maps * WRITE_NS
    }

    fn explain(&self) -> f64 {
        let settings = &self.project.explain;
        let members = self.project.uncertainty.ensemble.members as f64;
        let own = self.cost(&self.project.model, false);
        let columns = self.size.columns as f64;
        let drawn = settings.shap.cells as f64;
        let cells = drawn + (self.deposits + self.project.target.max_targets) as f64;
        let moved = columns.min(settings.effects.layers as f64) * drawn;
        let effects = moved * (settings.effects.parts as f64 + 3.0);
        let changes = settings.counterfactual.targets as f64 * columns * COUNTERFACTUAL_SCORES;
        members * (cells * own.explain_ns + (effects + changes) * own.score_ns)
    }
}

fn times(cost: Cost, count: f64) -> Cost {
    let Cost { fit_ns, score_ns, explain_ns } = cost;
    Cost { fit_ns: fit_ns * count, score_ns: score_ns * count, explain_ns: explain_ns * count }
}

/// The model itself, and with all that is searched at its lowest and at its highest.
fn tried(model: &Model, axes: &[Axis]) -> Vec<Model> {
    let at = |last: bool| {
        let end = |axis: &Axis| {
            let mut ends = axis.ends().into_iter();
            Some((axis.setting.clone(), if last { ends.next_back()? } else { ends.next()? }))
        };
        model.with(&axes.iter().filter_map(end).collect::<BTreeMap<_, _>>())
    };
    std::iter::once(model.clone()).chain([at(false), at(true)].into_iter().flatten()).collect()
}
