//! Synthetic districts: an honest judging has no severe finding, and a layer made from the labels is
//! named, alone.

use std::sync::Arc;

use paydirt_core::district::{District, Labels, Settings, generate};
use paydirt_core::label::Sample;
use paydirt_core::layer::{EvidenceType, Layer};
use paydirt_core::leak::{Kind, Severity};
use paydirt_core::sample::{Sampling, distant_unlabelled};
use paydirt_core::split::{Split, blocks};

use super::support::{Judging, info, of_kind, sample, severe, stack};

fn district(seed: u64, labels: Labels) -> District {
    let settings =
        Settings { rows: 150, cols: 200, deposits: 60.0, seed, labels, ..Settings::default() };
    generate(&settings).unwrap()
}

/// The deposits that are known.
fn labelled(district: &District) -> Vec<Sample> {
    let known = district.deposits.iter().filter(|deposit| deposit.found);
    known.map(|deposit| sample(deposit.unit, true)).collect()
}

fn findings(district: &District, more: Vec<Layer>) -> Vec<paydirt_core::leak::Finding> {
    let mut layers = district.layers.clone();
    layers.extend(more);
    let stack = stack(&district.grid, &district.area, &layers);
    let labelled = labelled(district);
    let sampling = Sampling::DistantUnlabelled(distant_unlabelled::Settings {
        at_least_m: 500.0,
        ..Default::default()
    });
    let split = blocks::Settings {
        block_m: 4_000.0,
        buffer_m: 1_000.0,
        folds: 5,
        repeats: 2,
        ..Default::default()
    };
    Judging::new(&stack, &labelled, &sampling, &Split::Blocks(split)).find(&stack, &labelled)
}

fn layer(district: &District, name: &str, value: impl Fn(usize) -> f32) -> Layer {
    let values = (0..district.grid.cells()).map(value).collect();
    Layer::new(info(name, EvidenceType::Continuous), values, Arc::clone(&district.area))
}

/// Distance to the nearest known deposit in metres.
fn distance(district: &District, unit: usize) -> f32 {
    let place = district.grid.centre(unit);
    let known = district.deposits.iter().filter(|deposit| deposit.found);
    let away = known.map(|deposit| place.distance(district.grid.centre(deposit.unit)));
    away.fold(f64::INFINITY, f64::min) as f32
}

/// Noise in -1 to 1 that has nothing to do with the map.
fn speckle(unit: usize) -> f32 {
    ((unit * 2_654_435_761) % 1_000_003) as f32 / 500_001.0 - 1.0
}

#[test]
fn an_honest_judging_has_no_severe_finding() {
    for labels in [Labels::Geology, Labels::ClusteredNoise] {
        for seed in 1..=6 {
            let found = findings(&district(seed, labels), Vec::new());
            assert_eq!(severe(&found), [], "{labels:?} {seed}: {found:?}");
        }
    }
}

#[test]
fn a_layer_of_distance_to_deposits_is_named_alone() {
    for seed in 1..=3 {
        let district = district(seed, Labels::Geology);
        let exact = |unit| distance(&district, unit);
        let noisy = |unit| distance(&district, unit) * (1.0 + 0.2 * speckle(unit));
        let cut = |unit| distance(&district, unit).min(800.0);
        let density = |unit| (-(distance(&district, unit) / 700.0).powi(2)).exp();
        let forms: [(&str, &dyn Fn(usize) -> f32); 4] =
            [("exact", &exact), ("noisy", &noisy), ("cut", &cut), ("density", &density)];
        for (name, form) in forms {
            let found = findings(&district, vec![layer(&district, name, form)]);
            assert!(of_kind(&found, Kind::DistanceLayer).is_some(), "{seed} {name}: {found:?}");
            assert!(severe(&found).iter().all(|(_, layers)| layers == &[name]), "{found:?}");
        }
    }
}

#[test]
fn a_layer_of_labels_is_named_alone() {
    for seed in 1..=3 {
        let district = district(seed, Labels::Geology);
        let at = |unit: usize| district.deposits.iter().position(|d| d.found && d.unit == unit);
        let label = |unit| f32::from(u8::from(at(unit).is_some()));
        let dilated = |unit| f32::from(u8::from(distance(&district, unit) < 150.0));
        let noisy = |unit| label(unit) + 0.4 * speckle(unit);
        let half = |unit| f32::from(u8::from(at(unit).is_some_and(|deposit| deposit % 2 == 0)));
        let hole = |unit| if at(unit).is_some() { f32::NAN } else { speckle(unit) };
        let drilled = |unit| if at(unit).is_some() { speckle(unit) } else { f32::NAN };
        let forms: [(&str, &dyn Fn(usize) -> f32); 6] = [
            ("label", &label),
            ("dilated", &dilated),
            ("noisy", &noisy),
            ("half", &half),
            ("hole", &hole),
            ("drilled", &drilled),
        ];
        for (name, form) in forms {
            let found = findings(&district, vec![layer(&district, name, form)]);
            let finding = of_kind(&found, Kind::LabelLayer);
            assert!(finding.is_some_and(|f| f.layers == [name]), "{seed} {name}: {found:?}");
            assert!(finding.is_some_and(|f| f.severity == Severity::Severe), "{seed} {name}");
            assert!(severe(&found).iter().all(|(_, layers)| layers == &[name]), "{found:?}");
        }
    }
}

#[test]
fn one_thread_finds_the_same() {
    let district = district(1, Labels::Geology);
    let with =
        || findings(&district, vec![layer(&district, "exact", |unit| distance(&district, unit))]);
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert_eq!(one.install(with), with());
}
