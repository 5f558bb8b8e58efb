//! Scenes made short.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::label::{Role, Sample};
use paydirt_core::layer::{EvidenceType, Layer, LayerInfo};
use paydirt_core::leak::{Finding, Kind, Repeat, Scene, Settings, Severity, find};
use paydirt_core::mask::Mask;
use paydirt_core::metric::Figure;
use paydirt_core::sample::Sampling;
use paydirt_core::seed::Seed;
use paydirt_core::split::{Fold, Split, folds};
use paydirt_core::stack::{GridStack, Stack};

/// A folder of real data, if it is there.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(name);
    if !path.is_dir() {
        eprintln!("not tested: there is no {}", path.display());
        return None;
    }
    Some(path)
}

pub(crate) fn info(name: &str, evidence_type: EvidenceType) -> LayerInfo {
    LayerInfo { name: name.into(), evidence_type, unit: "1".into() }
}

pub(crate) fn sample(unit: usize, deposit: bool) -> Sample {
    let role = if deposit { Role::Deposit } else { Role::Unlabelled };
    Sample { unit, role, weight: 1.0, group: None, year: None }
}

/// A grid in metres, all of it in the study area.
pub(crate) fn grid(rows: usize, cols: usize, cell_m: f64) -> Grid {
    let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: cell_m, cell_height: cell_m };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

pub(crate) fn stack(grid: &Grid, area: &Arc<Mask>, layers: &[Layer]) -> GridStack {
    let mut stack = GridStack::new(grid.clone(), Arc::clone(area));
    layers.iter().for_each(|layer| stack.push(layer, None).unwrap());
    stack
}

/// Samples and folds of as many repeats as the split has.
pub(crate) struct Judging {
    repeats: Vec<(Vec<Sample>, Vec<Fold>)>,
}

impl Judging {
    pub(crate) fn new(
        stack: &dyn Stack,
        labelled: &[Sample],
        sampling: &Sampling,
        split: &Split,
    ) -> Self {
        let repeat = |number: usize| {
            let seed = Seed(7).derive("repeat", number as u64);
            let eligible = stack.area();
            let samples = sampling.draw(stack, labelled, eligible, seed).unwrap();
            let territory = split.part(stack, &samples, seed).unwrap();
            let folds = folds(territory.as_ref(), &samples);
            (samples, folds)
        };
        Self { repeats: (0..split.repeats()).map(repeat).collect() }
    }

    pub(crate) fn given(samples: &[Sample], folds: Vec<Fold>) -> Self {
        Self { repeats: vec![(samples.to_vec(), folds)] }
    }

    pub(crate) fn find(&self, stack: &dyn Stack, labelled: &[Sample]) -> Vec<Finding> {
        self.find_with(stack, labelled, None)
    }

    pub(crate) fn find_with(
        &self,
        stack: &dyn Stack,
        labelled: &[Sample],
        coordinates: Option<Figure>,
    ) -> Vec<Finding> {
        let repeats: Vec<Repeat<'_>> =
            self.repeats.iter().map(|(samples, folds)| Repeat { samples, folds }).collect();
        let scene = Scene { stack, labelled, repeats: &repeats, coordinates, seed: Seed(7) };
        let found = find(&scene, &Settings::default()).unwrap();
        for finding in &found {
            eprintln!(
                "{:?} {:?} {} [{:?}]",
                finding.severity, finding.kind, finding.sentence, finding.figures
            );
        }
        found
    }
}

/// The finding of a kind.
pub(crate) fn of_kind(found: &[Finding], kind: Kind) -> Option<&Finding> {
    found.iter().find(|finding| finding.kind == kind)
}

/// Kinds and layers of the severe findings.
pub(crate) fn severe(found: &[Finding]) -> Vec<(Kind, Vec<String>)> {
    let severe = found.iter().filter(|finding| finding.severity == Severity::Severe);
    severe.map(|finding| (finding.kind, finding.layers.clone())).collect()
}
