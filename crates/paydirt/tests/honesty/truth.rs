//! Drivers, noise and probabilities against the truth.

use std::collections::BTreeMap;

use paydirt::judge::{Contestant, Standing};
use paydirt_core::district::{self, Settings};
use paydirt_core::split::SplitKind;

use crate::world::{World, contestant, mean, rank_correlation};
use crate::{FOREST, LOGISTIC, WEIGHTS};

/// Mean fall of the AUC and mean size of the attribution of each layer over some districts, and
/// whether the layer bears on the truth.
fn importances(model: &str, seeds: std::ops::Range<u64>) -> BTreeMap<String, (bool, f64, f64)> {
    let mut layers: BTreeMap<String, (bool, f64, f64)> = BTreeMap::new();
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let settings =
            Settings { rows: 100, cols: 120, deposits: 120.0, seed, ..Settings::default() };
        let world = World::new(
            &settings,
            &format!(
                "[sample.distant_unlabelled]\nper_deposit = 10\nat_least_m = 200\n\
                 [split.blocks]\nblock_m = 1500\nbuffer_m = 200\nfolds = 5\nrepeats = 1\n{model}\
                 [uncertainty.ensemble]\nmembers = 1\n"
            ),
        );
        let judged = world.judge(&[]);
        let maps = world.draw(&world.fit(&judged));
        for importance in &judged.importance {
            let name = &importance.layer;
            let shares = world.map(&maps, &format!("attribution_{name}"));
            let known = shares.iter().filter(|share| !share.is_nan());
            let driver = world.district.drivers.contains(name);
            let sum = layers.entry(name.clone()).or_insert((driver, 0.0, 0.0));
            sum.1 += importance.auc_fall / count as f64;
            sum.2 += mean(known.map(|share| f64::from(share.abs()))) / count as f64;
        }
    }
    layers
}

#[test]
fn drivers_outrank_decoys_and_noise() {
    for (model, blind) in [(FOREST, ""), (LOGISTIC, "magnetic_anomaly"), (WEIGHTS, "")] {
        let layers = importances(model, 1..7);
        let of = |driver: bool, pick: fn(&(bool, f64, f64)) -> f64| {
            // A dipole has a high and a low side: no straight line through it says anything.
            let of_kind = layers.iter().filter(|(name, l)| l.0 == driver && *name != blind);
            of_kind.map(|(_, layer)| pick(layer)).collect::<Vec<f64>>()
        };
        for pick in [|layer: &(bool, f64, f64)| layer.1, |layer: &(bool, f64, f64)| layer.2] {
            let least = of(true, pick).into_iter().fold(f64::INFINITY, f64::min);
            let most = of(false, pick).into_iter().fold(f64::NEG_INFINITY, f64::max);
            assert!(least > most, "{model}: {layers:#?}");
        }
        assert_eq!(
            (of(true, |l| l.1).len(), of(false, |l| l.1).len()),
            (6 - usize::from(!blind.is_empty()), 4)
        );
        // What shuffling a layer without meaning costs is nothing, give or take chance.
        assert!(of(false, |l| l.1).iter().all(|fall| fall.abs() < 0.01), "{model}: {layers:#?}");
    }
}

#[test]
fn noise_scores_half_on_held_out_ground_and_shines_under_the_random_control() {
    let mut aucs: BTreeMap<&str, Vec<f64>> = BTreeMap::new();
    let mut intervals_with_half = 0;
    for seed in 1..=10 {
        let settings = Settings {
            rows: 100,
            cols: 120,
            deposits: 100.0,
            survey_bias: 0.0,
            cover_share: 0.0,
            labels: district::Labels::ClusteredNoise,
            seed,
            ..Settings::default()
        };
        let world = World::new(
            &settings,
            &format!(
                "[sample.distant_unlabelled]\nper_deposit = 5\nat_least_m = 0\n\
                 [split.blocks]\nblock_m = 2500\nbuffer_m = 300\nfolds = 4\nrepeats = 2\n{FOREST}\
                 [explain.permutation]\nshuffles = 0\n"
            ),
        );
        let control = |kind, coordinates_only| Contestant {
            coordinates_only,
            ..contestant(&world.project.model, Standing::Control, kind)
        };
        let judged = world.judge(&[
            control(SplitKind::Random, false),
            control(SplitKind::Spatial, true),
            control(SplitKind::Random, true),
        ]);
        let names = ["spatial", "random", "coordinates", "random coordinates"];
        for (name, scored) in names.iter().zip(&judged.models) {
            aucs.entry(name).or_default().push(scored.figures["roc_auc"].value);
        }
        let honest = judged.models[0].figures["roc_auc"];
        intervals_with_half += usize::from(honest.low <= 0.5 && 0.5 <= honest.high);
    }
    assert!(intervals_with_half >= 8, "{intervals_with_half} of 10: {aucs:#?}");
    let average = |name: &str| mean(aucs[name].iter().copied());
    assert!((average("spatial") - 0.5).abs() < 0.05, "{aucs:#?}");
    assert!((average("coordinates") - 0.5).abs() < 0.1, "{aucs:#?}");
    assert!(average("random") > average("spatial") + 0.15, "{aucs:#?}");
    assert!(aucs["random"].iter().zip(&aucs["spatial"]).all(|(r, s)| r > s), "{aucs:#?}");
    assert!(aucs["random coordinates"].iter().all(|auc| *auc > 0.7), "{aucs:#?}");
}

/// Shares of the map, the most prospective first: mean probability of the map and of the truth.
fn reliability(map: &[f64], truth: &[f64], bins: usize) -> Vec<(f64, f64)> {
    let mut order: Vec<usize> = (0..map.len()).collect();
    order.sort_by(|&a, &b| map[b].total_cmp(&map[a]));
    let of = |values: &[f64], bin: usize| {
        let range = bin * order.len() / bins..(bin + 1) * order.len() / bins;
        mean(order[range].iter().map(|&cell| values[cell]))
    };
    (0..bins).map(|bin| (of(map, bin), of(truth, bin))).collect()
}

/// A district in which everything is seen: map and truth.
fn calibrated(seed: u64, sections: &str) -> (Vec<f64>, Vec<f64>) {
    let settings = Settings {
        rows: 150,
        cols: 180,
        deposits: 400.0,
        survey_bias: 0.0,
        cover_share: 0.0,
        seed,
        ..Settings::default()
    };
    let world = World::new(
        &settings,
        &format!(
            "[split.blocks]\nblock_m = 2000\nbuffer_m = 300\nfolds = 5\nrepeats = 2\n{sections}\
             [uncertainty.ensemble]\nmembers = 3\n[explain.permutation]\nshuffles = 0\n\
             [explain.shap]\nrasters = false\n"
        ),
    );
    let maps = world.draw(&world.fit(&world.judge(&[])));
    let cells: Vec<usize> = world.eligible.iter().collect();
    let map = world.map(&maps, "prospectivity");
    let of = |values: &[f32]| cells.iter().map(|&cell| f64::from(values[cell])).collect();
    (of(&map), of(&world.district.truth))
}

#[test]
fn probabilities_are_those_of_the_truth() {
    const ALL: &str = "[sample.all_unlabelled]\n";
    const DRAWN: &str = "[sample.distant_unlabelled]\nper_deposit = 10\nat_least_m = 0\n";
    const AWAY: &str = "[sample.distant_unlabelled]\nper_deposit = 10\nat_least_m = 300\n";
    for (model, sample) in [(FOREST, DRAWN), (FOREST, AWAY), (LOGISTIC, ALL), (WEIGHTS, ALL)] {
        for calibration in ["platt", "isotonic"] {
            let mut bins = vec![(0.0, 0.0); 10];
            for seed in 1..=3 {
                let sections = format!("{sample}{model}[calibration.{calibration}]\n");
                let (map, truth) = calibrated(seed, &sections);
                let expected: f64 = map.iter().sum();
                // Some 400 deposits are expected; how many there are is chance, 20 either way.
                assert!((expected - 400.0).abs() < 40.0, "{sections}{expected}");
                let rank = rank_correlation(&map, &truth);
                assert!(rank > 0.65, "{sections}{rank}");
                for (sum, bin) in bins.iter_mut().zip(reliability(&map, &truth, 10)) {
                    *sum = (sum.0 + bin.0 / 3.0, sum.1 + bin.1 / 3.0);
                }
            }
            let tell = format!("{sample}{model}{calibration}: {bins:.4?}");
            // The better half of the map holds nine deposits of ten.
            for (map, truth) in &bins[..5] {
                assert!((0.65..1.5).contains(&(map / truth)), "{tell}");
            }
            assert!(bins[5..].iter().all(|(map, truth)| (map - truth).abs() < 0.0025), "{tell}");
        }
    }
}
