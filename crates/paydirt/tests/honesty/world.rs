//! Synthetic districts judged and drawn in memory, for tests that know the truth.

use std::collections::BTreeMap;
use std::sync::Arc;

use paydirt::console::Console;
use paydirt::draw::{self, Drawing, Maps};
use paydirt::fit::{self, Trained};
use paydirt::judge::{self, Bench, Contestant, Judged, Standing};
use paydirt::pieces::NONE;
use paydirt::project::Project;
use paydirt_core::district::{self, District, Settings};
use paydirt_core::label::{Role, Sample};
use paydirt_core::layer::{Layer, LayerInfo};
use paydirt_core::mask::Mask;
use paydirt_core::seed::Seed;
use paydirt_core::split::SplitKind;
use paydirt_core::stack::{GridStack, Stack};
use paydirt_core::step::{AnyStep, Pipeline};
use paydirt_model::Model;
use tempfile::TempDir;

/// A district and a project over it.
pub(crate) struct World {
    pub(crate) district: District,
    pub(crate) stack: GridStack,
    pub(crate) labelled: Vec<Sample>,
    pub(crate) eligible: Mask,
    pub(crate) pipeline: Pipeline,
    pub(crate) project: Project,
    /// Where evidence and maps are kept, if not in memory.
    pub(crate) spool: Option<TempDir>,
}

impl World {
    /// The district of some settings, all of its layers evidence without steps, and a project of
    /// the given sections. Cells without evidence are not eligible.
    pub(crate) fn new(settings: &Settings, sections: &str) -> Self {
        let project = format!("name = \"district\"\nseed = {}\n{sections}", settings.seed);
        let district = district::generate(settings).unwrap();
        let mut stack = GridStack::new(district.grid.clone(), Arc::clone(&district.area));
        for layer in &district.layers {
            stack.push(layer, None).unwrap();
        }
        let known = |unit: usize| district.layers.iter().all(|layer| layer.value(unit).is_some());
        let eligible = Mask::from_fn(stack.units(), known);
        let labelled = district
            .deposits
            .iter()
            .filter(|deposit| deposit.found && eligible.get(deposit.unit))
            .map(|deposit| Sample {
                unit: deposit.unit,
                role: Role::Deposit,
                weight: 1.0,
                group: None,
                year: None,
            })
            .collect();
        let project = toml::from_str(&project).unwrap();
        let layers = stack.layers().iter().map(|info| (info.name.clone(), Vec::new())).collect();
        let pipeline = Pipeline { layers, ..Pipeline::default() };
        Self { labelled, eligible, pipeline, stack, district, project, spool: None }
    }

    /// Puts the district's own values into the stack, changed.
    pub(crate) fn rewrite(&mut self, change: impl Fn(&LayerInfo, usize, f32) -> f32) {
        let District { grid, area, layers, .. } = &self.district;
        self.stack = GridStack::new(grid.clone(), Arc::clone(area));
        for layer in layers {
            let values = layer.stored().iter().enumerate();
            let values = values.map(|(unit, value)| change(&layer.info, unit, *value)).collect();
            let changed = Layer::new(layer.info.clone(), values, Arc::clone(area));
            self.stack.push(&changed, self.spool.as_ref().map(TempDir::path)).unwrap();
        }
    }

    /// Keeps evidence and maps in files from now on.
    pub(crate) fn keep_on_disk(&mut self) {
        self.spool = Some(tempfile::tempdir().unwrap());
        self.rewrite(|_, _, value| value);
    }

    pub(crate) fn bench(&self) -> Bench<'_> {
        Bench {
            stack: &self.stack,
            labelled: &self.labelled,
            eligible: &self.eligible,
            pipeline: &self.pipeline,
            sampling: &self.project.sample,
            split: &self.project.split,
            calibration: &self.project.calibration,
            training: self.project.training(),
            search: None,
            pretrain: self.project.pretrain.as_ref(),
            rocks: &[],
            spool: None,
            pieces: &NONE,
            shuffles: self.project.explain.permutation.shuffles,
            groups: Vec::new(),
            views: false,
            seed: Seed(self.project.seed),
        }
    }

    /// The chosen model on held-out ground, and others.
    pub(crate) fn judge(&self, others: &[Contestant]) -> Judged {
        let chosen = contestant(&self.project.model, Standing::Chosen, SplitKind::Spatial);
        let contestants: Vec<Contestant> =
            std::iter::once(chosen).chain(others.iter().cloned()).collect();
        judge::judge(&self.bench(), &contestants, &Console::silent()).unwrap()
    }

    pub(crate) fn fit(&self, judged: &Judged) -> Trained {
        fit::fit(&self.bench(), &self.project, judged, &Console::silent()).unwrap()
    }

    pub(crate) fn draw(&self, trained: &Trained) -> Maps {
        let spool = self.spool.as_ref().map(TempDir::path);
        let attributions = self.project.explain.shap.rasters;
        let plan = Drawing { spool, attributions, top_percent: None, pieces: &NONE };
        draw::draw(&self.stack, &self.district.grid, trained, &plan, &Console::silent()).unwrap()
    }

    /// Every cell of a map.
    pub(crate) fn map(&self, maps: &Maps, name: &str) -> Vec<f32> {
        maps.stack.read_stored(name, 0..self.stack.units()).unwrap()
    }
}

/// The model of a section of a project file.
pub(crate) fn model(section: &str) -> Model {
    toml::from_str::<Project>(&format!("name = \"model\"\n{section}")).unwrap().model
}

/// A step with its default settings.
pub(crate) fn step(key: &str) -> AnyStep {
    let steps: BTreeMap<String, AnyStep> =
        toml::from_str(&format!("step = {{ {key} = {{}} }}")).unwrap();
    steps["step"].clone()
}

pub(crate) fn contestant(model: &Model, standing: Standing, kind: SplitKind) -> Contestant {
    Contestant {
        name: model.key().into(),
        standing,
        kind,
        coordinates_only: false,
        plain: false,
        changes: None,
        model: model.clone(),
    }
}

pub(crate) fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) =
        values.into_iter().fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
    sum / f64::from(count)
}

/// Ranks with ties at their mean.
pub(crate) fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut below = 0;
    for tie in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let rank = below as f64 + (tie.len() as f64 - 1.0) / 2.0;
        tie.iter().for_each(|&index| ranks[index] = rank);
        below += tie.len();
    }
    ranks
}

pub(crate) fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let centre = [mean(a.iter().copied()), mean(b.iter().copied())];
    let pairs = || a.iter().zip(b).map(|(a, b)| (a - centre[0], b - centre[1]));
    let sum = |of: fn((f64, f64)) -> f64| pairs().map(of).sum::<f64>();
    sum(|(a, b)| a * b) / (sum(|(a, _)| a * a) * sum(|(_, b)| b * b)).sqrt()
}

/// Spearman's rank correlation.
pub(crate) fn rank_correlation(a: &[f64], b: &[f64]) -> f64 {
    correlation(&ranks(a), &ranks(b))
}
