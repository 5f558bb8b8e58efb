//! Against the answers of other libraries, and in worlds whose truth is made.

use std::collections::BTreeMap;

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};
use proptest::prelude::*;
use rand::RngExt;
use serde::Deserialize;

use super::*;
use crate::prior::ClassPrior;
use crate::{Error, Model, boosting, logistic, nearest};

/// Stored by `tests/fixtures/unlabelled.py`.
#[derive(Deserialize)]
pub(crate) struct Reference {
    numbers: Vec<Vec<f32>>,
    scaled: Vec<Vec<f32>>,
    deposit: Vec<bool>,
    pub(crate) made: usize,
    pub(crate) near: Vec<Vec<usize>>,
    pub(crate) linked: Vec<usize>,
    pub(crate) unlinked: Vec<usize>,
    candidates: BTreeMap<String, Vec<usize>>,
    bagged: Vec<f32>,
    prior: f64,
    upu: Vec<f32>,
    presence_only: Vec<f32>,
}

fn set_of(values: &[Vec<f32>], deposit: Vec<bool>) -> TrainingSet {
    let column = |(index, values): (usize, &Vec<f32>)| {
        let name = format!("layer {index}");
        Column::new(&name, &name, EvidenceType::Continuous, values.clone())
    };
    let columns = values.iter().enumerate().map(column).collect();
    let features = Table::new(deposit.len(), columns).unwrap();
    TrainingSet { features, weight: vec![1.0; deposit.len()], deposit }
}

impl Reference {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("../../tests/fixtures/unlabelled.json")).unwrap()
    }

    /// In its own units.
    pub(crate) fn set(&self) -> TrainingSet {
        set_of(&self.numbers, self.deposit.clone())
    }

    fn scaled(&self) -> TrainingSet {
        set_of(&self.scaled, self.deposit.clone())
    }
}

#[test]
fn candidates_of_a_rank_are_those_of_the_published_code() {
    let reference = Reference::read();
    assert_eq!(reference.candidates.len(), 4);
    for (range, expected) in &reference.candidates {
        let range: Vec<f64> = range.split(' ').map(|share| share.parse().unwrap()).collect();
        let settings = distance_rank::Settings {
            likely_neg_range: [range[0], range[1]],
            ..Default::default()
        };
        assert_eq!(&settings.candidates_of(&reference.set()), expected);
    }
}

#[test]
fn bagged_scores_are_those_of_pulearn_but_for_the_draw() {
    let reference = Reference::read();
    let set = reference.scaled();
    let settings = logistic::Settings { standardise: false, ..Default::default() };
    let bagging = Unlabelled::Bagging(bagging::Settings { bags: 1000, bag_size: 0 });
    let fitted = FromUnlabelled { unlabelled: &bagging, model: &settings };
    let scores = fitted.fit(&set, Seed(1)).unwrap().predict(&set.features).unwrap();
    // one member's score spreads by about 0.1: two means of 1000 and of 3000 are apart by 0.004
    for (score, expected) in scores.iter().zip(&reference.bagged) {
        assert!((score - expected).abs() < 0.015, "{score} {expected}");
    }
}

#[test]
fn losses_of_logistic_regression_are_least_where_scipy_finds_it() {
    let reference = Reference::read();
    let set = reference.scaled();
    for (loss, expected) in [
        (logistic::Loss::Upu, &reference.upu),
        (logistic::Loss::PresenceOnly, &reference.presence_only),
    ] {
        let settings = logistic::Settings {
            loss,
            prior: reference.prior,
            standardise: false,
            ..Default::default()
        };
        let scores = settings.fit(&set, Seed(1)).unwrap().predict(&set.features).unwrap();
        for (score, expected) in scores.iter().zip(expected) {
            assert!((score - expected).abs() < 1e-6, "{loss:?}: {score} {expected}");
        }
    }
}

/// Ground with and without deposits: two normal columns that are `apart`, and one of noise.
struct World {
    set: TrainingSet,
    truth: TrainingSet,
}

/// So many known deposits, and unlabelled samples of which a share are deposits, then ground whose
/// truth is known.
fn world(known: usize, unlabelled: usize, share: f64, apart: f64, seed: u64) -> World {
    let mut rng = Seed(seed).rng();
    let mut normal = || -> f64 { (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0 };
    let mut draw = |deposits: Vec<bool>, labels: Option<Vec<bool>>| {
        let mut values = vec![Vec::new(); 3];
        for is_deposit in &deposits {
            let shift = if *is_deposit { apart } else { 0.0 };
            for (values, shift) in values.iter_mut().zip([shift, shift, 0.0]) {
                values.push((normal() + shift) as f32);
            }
        }
        set_of(&values, labels.unwrap_or(deposits))
    };
    let hidden = (share * unlabelled as f64) as usize;
    let is_deposit = |row: usize| row < known + hidden;
    let deposits = (0..known + unlabelled).map(is_deposit).collect();
    let labels = (0..known + unlabelled).map(|row| row < known).collect();
    let set = draw(deposits, Some(labels));
    World { set, truth: draw((0..3000).map(|row| row % 3 == 0).collect(), None) }
}

fn auc(scores: &[f32], deposit: &[bool]) -> f64 {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|a, b| scores[*a].total_cmp(&scores[*b]));
    let (mut below, mut pairs, mut deposits) = (0.0, 0.0, 0.0);
    for tie in order.chunk_by(|a, b| scores[*a] == scores[*b]) {
        let here = tie.iter().filter(|row| deposit[**row]).count() as f64;
        let others = tie.len() as f64 - here;
        pairs += here * (below + others / 2.0);
        (below, deposits) = (below + others, deposits + here);
    }
    pairs / (below * deposits)
}

fn boosted(loss: boosting::Loss, prior: f64) -> boosting::Settings {
    boosting::Settings { loss, prior, ..Default::default() }
}

/// Models that take unlabelled samples for barren, and ways that do not.
fn naive_and_ways(prior: f64) -> [(Model, Vec<(&'static str, Model)>); 2] {
    let boosting = |loss, prior| Model::Boosting(boosted(loss, prior));
    let logistic =
        |loss, prior| Model::Logistic(logistic::Settings { loss, prior, ..Default::default() });
    let (nnpu, presence) = (boosting::Loss::Nnpu, logistic::Loss::PresenceOnly);
    let of_boosting =
        vec![("nnpu", boosting(nnpu, prior)), ("nnpu, estimated", boosting(nnpu, 0.0))];
    let of_logistic = vec![
        ("presence_only", logistic(presence, prior)),
        ("presence_only, estimated", logistic(presence, 0.0)),
        ("upu", logistic(logistic::Loss::Upu, prior)),
    ];
    [
        (boosting(boosting::Loss::LogLoss, 0.0), of_boosting),
        (logistic(logistic::Loss::LogLoss, 0.0), of_logistic),
    ]
}

/// On ground whose truth is known, over six worlds, no way ranks worse than to take all for barren.
#[test]
fn no_way_is_worse_than_to_take_all_for_barren() {
    for (share, apart) in [(0.3, 1.2), (0.02, 2.0)] {
        let worlds: Vec<World> =
            (0..6).map(|seed| world(50, 1000, share, apart, 100 + seed)).collect();
        let mean_auc = |model: &dyn Estimator| {
            let of = |world: &World| {
                let fitted = model.fit(&world.set, Seed(1)).unwrap();
                auc(&fitted.predict(&world.truth.features).unwrap(), &world.truth.deposit)
            };
            worlds.iter().map(of).sum::<f64>() / 6.0
        };
        for (naive, losses) in naive_and_ways(share) {
            let base = mean_auc(&*naive);
            // an estimated prior and eight spies are rough measures
            let loss = |(way, model): (&'static str, Model)| {
                let slack = if way.contains("estimated") { 0.01 } else { 0.005 };
                (way, mean_auc(&*model), slack)
            };
            let mut found: Vec<(&str, f64, f64)> = losses.into_iter().map(loss).collect();
            for (unlabelled, slack) in [
                (Unlabelled::Bagging(Default::default()), 0.005),
                (Unlabelled::Spy(Default::default()), 0.02),
            ] {
                let way = FromUnlabelled { unlabelled: &unlabelled, model: &*naive };
                found.push((unlabelled.key(), mean_auc(&way), slack));
            }
            assert!(base > 0.8, "{base}");
            for (way, auc, slack) in found {
                let of = naive.key();
                assert!(auc > base - slack, "{share}, {of}, {way}: {auc}, all for barren: {base}");
            }
        }
    }
}

#[test]
fn with_the_true_prior_scores_are_probabilities_of_the_truth() {
    for seed in 0..3 {
        let World { set, truth } = world(150, 1500, 0.33, 1.5, seed);
        let error = |model: &Model| {
            let scores = model.fit(&set, Seed(1)).unwrap().predict(&truth.features).unwrap();
            let squares = scores.iter().zip(&truth.deposit);
            squares.map(|(p, d)| (p - f32::from(u8::from(*d))).powi(2)).sum::<f32>() / 3000.0
        };
        for (naive, losses) in naive_and_ways(0.33) {
            let naive = error(&naive);
            for (way, model) in losses.iter().filter(|(way, _)| !way.contains("estimated")) {
                let found = error(model);
                assert!(found < 0.75 * naive, "{way}: {found}, all for barren: {naive}");
            }
        }
    }
}

fn prior_of(set: &TrainingSet, seed: u64) -> ClassPrior {
    let plain = logistic::Settings::default();
    ClassPrior::of(0.0, "logistic", set, Seed(seed), &plain).unwrap()
}

#[test]
fn the_prior_of_a_world_is_found() {
    for (share, tolerance) in [(0.1, 0.05), (0.2, 0.05), (0.4, 0.06)] {
        for seed in 0..3 {
            let World { set, .. } = world(400, 4000, share, 2.5, seed);
            let found = prior_of(&set, seed);
            assert!((found.value - share).abs() < tolerance, "{share}: {found:?}");
            // ground of deposits looks like other ground here and there: it finds more than there are
            assert!(found.elkan_noto.unwrap() > share, "{share}: {found:?}");
        }
    }
}

#[test]
fn where_deposits_look_like_all_ground_the_prior_is_an_upper_bound() {
    let World { set, .. } = world(300, 3000, 0.1, 0.5, 1);
    assert!(prior_of(&set, 1).value > 0.2);
    let World { set, .. } = world(300, 3000, 0.1, 0.0, 1);
    assert!(prior_of(&set, 1).value > 0.8);
}

fn ways() -> Vec<Unlabelled> {
    let mut ways = Unlabelled::all();
    ways.push(Unlabelled::DistanceRank(distance_rank::Settings {
        oversample: true,
        ..Default::default()
    }));
    ways
}

fn models() -> Vec<Model> {
    let keys = ["forest", "logistic", "maxent", "isolation_forest", "nearest"];
    Model::all().into_iter().filter(|model| keys.contains(&model.key())).collect()
}

#[test]
fn every_way_keeps_the_promises_of_a_model() {
    let World { set, .. } = world(30, 200, 0.2, 1.5, 5);
    let map = world(40, 60, 0.2, 1.5, 6).set.features;
    for (way, model) in ways().iter().flat_map(|way| models().into_iter().map(move |m| (way, m))) {
        let key = format!("{} {}", way.key(), model.key());
        let estimator = FromUnlabelled { unlabelled: way, model: &*model };
        let [one, four] = [1, 4].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| estimator.fit(&set, Seed(3)).unwrap())
        });
        assert!(one == four, "{key}");
        let scores = one.predict(&map).unwrap();
        assert!(scores.len() == 100 && scores.iter().all(|s| (0.0..=1.0).contains(s)), "{key}");
        let told = one.explain(&map).unwrap();
        for (row, score) in scores.iter().enumerate() {
            let sum: f64 = told.shares.iter().map(|shares| f64::from(shares[row])).sum();
            let sum = fitted::score(told.unit, told.base + sum);
            assert!((sum - f64::from(*score)).abs() < 1e-4, "{key}: {sum} {score}");
        }
        let text = serde_json::to_string(&one).unwrap();
        let read: FittedModel = serde_json::from_str(&text).unwrap();
        assert!(read == one && read.predict(&map).unwrap() == scores, "{key}");
        assert!(one.notes().iter().all(|note| !note.is_empty()) && one.notes().len() == 1);
        let fewer = Table::new(100, map.columns()[..2].to_vec()).unwrap();
        assert!(matches!(one.predict(&fewer), Err(Error::OtherColumns { .. })), "{key}");
        let lone = set.select(&(29..200).collect::<Vec<_>>());
        match estimator.fit(&lone, Seed(1)) {
            Ok(fitted) => assert_ne!(way.key(), "spy", "{:?}", fitted.notes()),
            Err(error) => assert!(matches!(error, Error::Untrainable { .. }), "{key}: {error}"),
        }
    }
}

#[test]
fn a_bag_is_all_deposits_and_a_few_of_the_others() {
    let World { set, .. } = world(30, 200, 0.2, 1.5, 5);
    let nearest = nearest::Settings { k: 1, ..Default::default() };
    let bagging = bagging::Settings { bags: 20, bag_size: 10 };
    let way = Unlabelled::Bagging(bagging);
    let fitted = FromUnlabelled { unlabelled: &way, model: &nearest }.fit(&set, Seed(1)).unwrap();
    let FittedModel::Unlabelled(fitted) = fitted else { panic!("unlabelled") };
    assert_eq!(fitted.members.len(), 20);
    let mut seen = vec![0; 200];
    for member in &fitted.members {
        // the nearest sample of a sample that it saw is that sample
        let scores = member.predict(&set.features).unwrap();
        assert!(scores[..30].iter().all(|score| *score == 1.0));
        let low = scores[30..].iter().enumerate().filter(|(_, score)| **score == 0.0);
        low.for_each(|(row, _)| seen[row] += 1);
    }
    assert_eq!(fitted.note, "each bag held 30 deposits and 10 of 200 unlabelled samples");
    assert!(seen.iter().any(|count| *count < 20), "no unlabelled sample is in every bag");
}

#[test]
fn where_spies_score_like_all_ground_nothing_is_left_out_and_it_is_told() {
    let set = set_of(&[vec![1.0; 60]], (0..60).map(|row| row % 6 == 0).collect());
    let (way, model) = (Unlabelled::Spy(Default::default()), logistic::Settings::default());
    let fitted = FromUnlabelled { unlabelled: &way, model: &model }.fit(&set, Seed(1)).unwrap();
    let note = &fitted.notes()[0];
    assert!(note.contains("no unlabelled sample") && note.contains("all 50 were taken"), "{note}");
    let plain = model.fit(&set, Seed(1)).unwrap();
    assert_eq!(fitted.predict(&set.features).unwrap(), plain.predict(&set.features).unwrap());
}

#[test]
fn settings_out_of_range_are_told_by_key() {
    let World { set, .. } = world(10, 40, 0.2, 1.5, 5);
    let rank = |likely_neg_range, multiplier| {
        let oversample = false;
        Unlabelled::DistanceRank(distance_rank::Settings {
            likely_neg_range,
            multiplier,
            oversample,
        })
    };
    let spy = |spy_share, noise_share| Unlabelled::Spy(spy::Settings { spy_share, noise_share });
    let bad = [
        (Unlabelled::Bagging(bagging::Settings { bags: 0, bag_size: 0 }), "bagging.bags"),
        (Unlabelled::Bagging(bagging::Settings { bags: 1001, bag_size: 0 }), "bagging.bags"),
        (spy(0.0, 0.1), "spy.spy_share"),
        (spy(f64::NAN, 0.1), "spy.spy_share"),
        (spy(0.1, 1.0), "spy.noise_share"),
        (rank([0.7, 0.4], 20), "distance_rank.likely_neg_range"),
        (rank([0.0, f64::INFINITY], 20), "distance_rank.likely_neg_range"),
        (rank([0.2, 0.4], 0), "distance_rank.multiplier"),
    ];
    for (way, key) in bad {
        let model = logistic::Settings::default();
        let error = FromUnlabelled { unlabelled: &way, model: &model }.fit(&set, Seed(1));
        let error = error.unwrap_err().to_string();
        assert!(error.starts_with(&format!("`unlabelled.{key}` is ")), "{error}");
    }
    let empty = rank([0.5, 0.501], 1);
    let model = logistic::Settings::default();
    let error =
        FromUnlabelled { unlabelled: &empty, model: &model }.fit(&set, Seed(1)).unwrap_err();
    assert!(error.to_string().contains("holds none of 40"), "{error}");
}

#[test]
fn losses_for_unlabelled_samples_refuse_what_does_not_go_with_them() {
    let World { set, .. } = world(10, 40, 0.2, 1.5, 5);
    let says = |model: &str, expected: &str| {
        let model: Model = serde_json::from_str(model).unwrap();
        let error = model.fit(&set, Seed(1)).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    says(r#"{"boosting": {"prior": 0.2}}"#, "model.boosting.prior");
    says(r#"{"boosting": {"loss": "nnpu", "prior": 1.0}}"#, "model.boosting.prior");
    says(r#"{"boosting": {"loss": "nnpu", "class_weight": "balanced"}}"#, "class_weight");
    says(r#"{"logistic": {"prior": 0.2}}"#, "model.logistic.prior");
    says(r#"{"logistic": {"loss": "upu", "prior": -0.1}}"#, "model.logistic.prior");
    says(r#"{"logistic": {"loss": "upu", "penalty": "l1"}}"#, "model.logistic.penalty");
    says(r#"{"logistic": {"loss": "upu", "penalty": "none"}}"#, "model.logistic.penalty");
    let all_l1 = r#"{"logistic": {"loss": "upu", "penalty": "elastic_net", "l1_share": 1.0}}"#;
    says(all_l1, "model.logistic.l1_share");
}

fn nnpu_models() -> Vec<Model> {
    let early = r#"{"boosting": {"loss": "nnpu", "early_stopping": {"patience": 3}}}"#;
    let net = r#"{"logistic": {"loss": "upu", "penalty": "elastic_net", "prior": 0.2}}"#;
    let presence = r#"{"logistic": {"loss": "presence_only"}}"#;
    let given = r#"{"logistic": {"loss": "presence_only", "prior": 0.1, "penalty": "l1"}}"#;
    [r#"{"boosting": {"loss": "nnpu"}}"#, r#"{"logistic": {"loss": "upu"}}"#, early, net]
        .into_iter()
        .chain([presence, given])
        .map(|text| serde_json::from_str(text).unwrap())
        .collect()
}

#[test]
fn losses_for_unlabelled_samples_keep_the_promises_of_a_model() {
    let World { set, truth } = world(40, 300, 0.2, 1.5, 5);
    for model in nnpu_models() {
        let key = model.key();
        let [one, four] = [1, 4].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| model.fit(&set, Seed(3)).unwrap())
        });
        assert!(one == four, "{key}");
        let scores = one.predict(&truth.features).unwrap();
        let auc = auc(&scores, &truth.deposit);
        assert!(auc > 0.75, "{key}: {auc}");
        let told = one.explain(&truth.features).unwrap();
        for (row, score) in scores.iter().enumerate() {
            let sum: f64 = told.shares.iter().map(|shares| f64::from(shares[row])).sum();
            let sum = fitted::score(told.unit, told.base + sum);
            assert!((sum - f64::from(*score)).abs() < 1e-4, "{key}: {sum} {score}");
        }
        let text = serde_json::to_string(&one).unwrap();
        assert!(serde_json::from_str::<FittedModel>(&text).unwrap() == one, "{key}");
        assert_eq!(one.notes().len(), 1, "{key}");
        assert!(model.without_unlabelled_loss().unwrap().without_unlabelled_loss().is_none());
        let kept: Vec<usize> = (0..340).filter(|row| row % 5 != 0).collect();
        let weight = (0..340).map(|row| if row % 5 == 0 { 0.0 } else { 1.0 }).collect();
        let weightless = TrainingSet { weight, ..set.clone() };
        if model.varies() {
            continue; // the folds in which a prior is estimated are drawn from other rows
        }
        let [fewer, weightless] = [&set.select(&kept), &weightless]
            .map(|set| model.fit(set, Seed(3)).unwrap().predict(&truth.features).unwrap());
        let apart = fewer.iter().zip(&weightless).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "{key}: {apart}");
    }
}

/// Separable, constant, alike with other labels: a number comes out, and no panic.
#[test]
fn odd_ground_gives_scores() {
    let step: Vec<f32> = (0..60).map(|row| if row < 10 { 5.0 } else { 0.0 }).collect();
    let deposit: Vec<bool> = (0..60).map(|row| row < 10).collect();
    let alternate: Vec<bool> = (0..60).map(|row| row % 6 == 0).collect();
    let sets = [
        set_of(&[step.clone(), vec![1.0; 60]], deposit),
        set_of(&[vec![1.0; 60], vec![2.0; 60]], alternate.clone()),
        set_of(&[(0..60).map(|row| (row / 6) as f32).collect(), step], alternate),
    ];
    for set in &sets {
        for model in nnpu_models() {
            let scores = model.fit(set, Seed(1)).unwrap().predict(&set.features).unwrap();
            assert!(scores.iter().all(|score| (0.0..=1.0).contains(score)), "{model:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is not in the training side changes no bit of what is fitted, wherever it is held.
    #[test]
    fn samples_without_weight_choose_no_negatives(seed in 0_u64..1000, shift in -50.0_f32..50.0) {
        let World { set, .. } = world(20, 120, 0.2, 1.5, seed);
        let held_out: Vec<usize> = (0..140).filter(|row| row % 4 == 0).collect();
        let mut other = set.clone();
        for row in &held_out {
            other.weight[*row] = 0.0;
        }
        let mut moved = other.clone();
        let mut columns = moved.features.into_columns();
        for column in &mut columns {
            held_out.iter().for_each(|row| column.values[*row] += shift);
        }
        moved.features = Table::new(140, columns).unwrap();
        for row in &held_out {
            moved.deposit[*row] = !moved.deposit[*row];
        }
        let model = logistic::Settings::default();
        let ranks = distance_rank::Settings::default();
        prop_assert_eq!(ranks.candidates_of(&other), ranks.candidates_of(&moved));
        for way in Unlabelled::all() {
            let [one, two] = [&other, &moved].map(|set| {
                let fitted = FromUnlabelled { unlabelled: &way, model: &model }.fit(set, Seed(seed));
                fitted.unwrap().predict(&world(5, 5, 0.2, 1.5, 1).set.features).unwrap()
            });
            prop_assert_eq!(one, two, "{}", way.key());
        }
    }
}
