mod strata;

use proptest::prelude::*;
use rand::RngExt;

use super::*;
use crate::seed::Seed;

/// What scikit-learn 1.9.1 answered, without and with sample weights:
/// `roc_auc_score`, `average_precision_score`, `brier_score_loss`, `log_loss`.
const SKLEARN: [(&str, f64, f64); 4] = [
    ("roc_auc", 0.9411764705882353, 0.9201451905626135),
    ("pr_auc", 0.876923076923077, 0.8096390401290583),
    ("brier", 0.13429583333333334, 0.13226000000000002),
    ("log_loss", 0.43112808195556607, 0.42714994737011813),
];
const SCORE: [f64; 24] = [
    0.6, 0.4, 0.2, 0.4, 0.2, 0.1, 0.3, 0.8, 0.2, 0.2, 0.6, 0.4, 0.3, 0.1, 0.5, 0.4, 0.0, 0.2, 0.0,
    0.3, 0.0, 0.5, 0.0, 0.4,
];
const PROBABILITY: [f64; 24] = [
    0.57, 0.27, 0.01, 0.47, 0.29, 0.32, 0.07, 0.48, 0.15, 0.18, 0.71, 0.18, 0.3, 0.43, 0.46, 0.28,
    0.32, 0.31, 0.12, 0.56, 0.5, 0.32, 0.43, 0.32,
];
const DEPOSITS: [usize; 7] = [0, 3, 7, 10, 14, 19, 21];
const WEIGHT: [f64; 24] = [
    1.0, 1.0, 0.5, 2.0, 1.0, 1.0, 1.0, 1.0, 3.0, 1.0, 0.25, 1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0,
    1.0, 1.0, 1.0, 0.5, 1.0,
];

fn stored(weight: &[f64]) -> HeldOut {
    HeldOut {
        score: SCORE.to_vec(),
        probability: PROBABILITY.to_vec(),
        deposit: (0..24).map(|row| DEPOSITS.contains(&row)).collect(),
        weight: weight.to_vec(),
        group: (0..24).collect(),
        ..HeldOut::default()
    }
}

fn of(key: &str, held: &HeldOut) -> Option<f64> {
    METRICS.iter().find(|metric| metric.key == key).unwrap().of(held)
}

fn close(a: Option<f64>, b: Option<f64>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= 1e-9 * (1.0 + a.abs()),
        (None, None) => true,
        _ => false,
    }
}

#[test]
fn figures_are_those_of_scikit_learn() {
    for (key, plain, weighed) in SKLEARN {
        assert!(close(of(key, &stored(&[1.0; 24])), Some(plain)), "{key}");
        assert!(close(of(key, &stored(&WEIGHT)), Some(weighed)), "{key}, weighed");
    }
}

#[test]
fn curves_enclose_their_figures() {
    let held = stored(&WEIGHT);
    let roc = roc(&held);
    assert_eq!((roc[0].true_positive_rate, roc[0].false_positive_rate), (0.0, 0.0));
    let area: f64 = roc
        .windows(2)
        .map(|p| {
            (p[1].false_positive_rate - p[0].false_positive_rate)
                * (p[1].true_positive_rate + p[0].true_positive_rate)
                / 2.0
        })
        .sum();
    assert!(close(Some(area), of("roc_auc", &held)));
    let mut before = 0.0;
    let mut steps = 0.0;
    for point in precision_recall(&held) {
        steps += (point.recall - before) * point.precision;
        before = point.recall;
    }
    assert_eq!(before, 1.0);
    assert!(close(Some(steps), of("pr_auc", &held)));
}

#[test]
fn calibration_error_by_hand() {
    // Ten samples of each of two probabilities, five bins each: gaps of 0.1 and 0.2.
    let mut held = HeldOut::default();
    for (probability, deposits) in [(0.3, 2), (0.6, 8)] {
        for row in 0..10 {
            held.probability.push(probability);
            held.deposit.push(row < deposits);
            held.weight.push(1.0);
            held.group.push(row);
        }
    }
    assert!(close(of("ece", &held), Some(0.15)));
    let bins = reliability(&held, 2);
    assert_eq!(bins.len(), 2);
    assert!(close(Some(bins[0].observed), Some(0.2)) && close(Some(bins[1].predicted), Some(0.6)));
    assert!(bins.iter().all(|bin| bin.low < bin.observed && bin.observed < bin.high));
    assert_eq!(bins.iter().map(|bin| bin.count).sum::<f64>(), 20.0);
    // Eight bins of 2.5: the fourth and fifth share the samples on either side of the middle.
    assert!(reliability(&held, 8).iter().all(|bin| close(Some(bin.count), Some(2.5))));
    let third = reliability(&held, 3)[1];
    assert!(close(Some(third.predicted), Some(0.45)) && close(Some(third.observed), Some(0.5)));
}

#[test]
fn capture_and_intersection_by_hand() {
    let held = HeldOut {
        share_of_area: vec![0.005, 0.03, 0.05, 0.9],
        share_group: vec![1, 2, 3, 4],
        ..HeldOut::default()
    };
    let captured: Vec<_> = ["capture_1", "capture_2", "capture_5", "capture_10", "capture_20"]
        .iter()
        .map(|key| of(key, &held).unwrap())
        .collect();
    // The deposit exactly at 5 % counts half.
    assert_eq!(captured, [0.25, 0.25, 0.625, 0.75, 0.75]);
    // Three of four found in 25 % of area: on the flat part between 0.05 and 0.9.
    assert_eq!(of("prediction_area", &held), Some(0.75));
    assert_eq!(of("normalised_density", &held), Some(3.0));
    // On a riser: half the deposits, then the rest at 0.4.
    let riser = HeldOut {
        share_of_area: vec![0.1, 0.4, 0.4, 0.4],
        share_group: vec![1, 2, 3, 4],
        ..HeldOut::default()
    };
    assert_eq!(of("prediction_area", &riser), Some(0.6));
    // All deposits in the very best cell: no finite density.
    let best = HeldOut { share_of_area: vec![0.0], share_group: vec![1], ..HeldOut::default() };
    assert_eq!(of("prediction_area", &best), Some(1.0));
    assert_eq!(of("normalised_density", &best), None);
}

#[test]
fn shares_of_area_agree_with_counting_whatever_the_windows() {
    let mut rng = Seed(3).rng();
    let mut score = || rng.random_range(0..50) as f32 / 50.0;
    let deposits: Vec<f32> = (0..40).map(|_| score()).collect();
    let mut reference: Vec<f32> = (0..40_000).map(|_| score()).collect();
    reference[7] = f32::NAN;
    let whole = share_of_area(&deposits, &reference).unwrap();
    let mut share = AreaShare::new(&deposits);
    reference.chunks(777).for_each(|window| share.add(window));
    assert_eq!(share.finish().unwrap(), whole);
    for (deposit, share) in deposits.iter().zip(whole) {
        let over = reference.iter().filter(|cell| *cell > deposit).count() as f64;
        let tied = reference.iter().filter(|cell| *cell == deposit).count() as f64;
        assert_eq!(share, (over + tied / 2.0) / 39_999.0);
    }
    assert_eq!(share_of_area(&deposits, &[]), None);
    assert_eq!(share_of_area(&[f32::NAN, 2.0], &[0.5, 1.0]), Some(vec![1.0, 0.0]));
}

#[test]
fn undefined_figures_are_absent() {
    let nothing = figures(&[HeldOut::default()], 10, Seed(1));
    assert!(nothing.is_empty());
    assert!(figures(&[], 10, Seed(1)).is_empty());
    let mut one_class = stored(&WEIGHT);
    one_class.deposit = vec![false; 24];
    let found = figures(&[one_class.clone()], 10, Seed(1));
    assert_eq!(found.keys().collect::<Vec<_>>(), ["brier", "ece", "log_loss"]);
    assert!(roc(&one_class).is_empty() && precision_recall(&one_class).is_empty());
    let mut broken = stored(&WEIGHT);
    broken.score[3] = f64::NAN;
    broken.probability.pop();
    assert!(figures(&[broken], 10, Seed(1)).is_empty());
}

/// Samples in groups of five, a fifth of them deposits, whose score knows `signal` of it.
fn world(seed: Seed, groups: u64, signal: f64) -> HeldOut {
    let mut rng = seed.rng();
    let mut held = HeldOut::default();
    for row in 0..groups * 5 {
        let deposit = rng.random_range(0.0..1.0) < 0.2;
        let score = rng.random_range(0.0..1.0) + if deposit { signal } else { 0.0 };
        held.score.push(score);
        held.probability.push(0.2);
        held.deposit.push(deposit);
        held.weight.push(1.0);
        held.group.push(row / 5);
        if deposit {
            held.share_of_area.push(rng.random_range(0.0..1.0));
            held.share_group.push(row / 5);
        }
    }
    held
}

#[test]
fn noise_is_a_half_within_the_interval_in_about_95_of_100_worlds() {
    let worlds = 200;
    let (mut auc, mut intersection) = (0, 0);
    for number in 0..worlds {
        let held = world(Seed(11).derive("world", number), 50, 0.0);
        let found = figures(&[held], 200, Seed(number));
        let holds = |key: &str| (found[key].low..=found[key].high).contains(&0.5);
        auc += usize::from(holds("roc_auc"));
        intersection += usize::from(holds("prediction_area"));
    }
    assert!((180..=198).contains(&auc), "{auc} of {worlds}");
    assert!((175..=200).contains(&intersection), "{intersection} of {worlds}");
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    let repeats = [world(Seed(1), 30, 0.3), world(Seed(2), 30, 0.3)];
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| figures(&repeats, 100, Seed(5)))
    };
    assert_eq!(with(1), with(4));
    let figure = with(1)["roc_auc"];
    assert!(figure.low < figure.value && figure.value < figure.high && figure.spread > 0.0);
    assert_ne!(figure, figures(&repeats, 100, Seed(6))["roc_auc"]);
}

#[test]
fn groups_that_are_alike_give_a_wider_interval_than_samples_alone() {
    let mut held = world(Seed(4), 40, 0.2);
    for row in 0..held.score.len() {
        // Five copies of each group's first sample: forty samples, not two hundred.
        (held.score[row], held.deposit[row]) = (held.score[row / 5 * 5], held.deposit[row / 5 * 5]);
    }
    let width = |held: &HeldOut| {
        let figure = figures(std::slice::from_ref(held), 400, Seed(1))["roc_auc"];
        figure.high - figure.low
    };
    let grouped = width(&held);
    held.group = (0..held.group.len() as u64).collect();
    assert!(grouped > 1.7 * width(&held));
}

fn rows() -> impl Strategy<Value = Vec<(u8, u8, bool, u8)>> {
    prop::collection::vec((0_u8..12, 0_u8..20, any::<bool>(), 1_u8..4), 1..60)
}

fn held_out(rows: &[(u8, u8, bool, u8)], copies: impl Fn(u8) -> usize) -> HeldOut {
    let mut held = HeldOut::default();
    for (number, &(score, probability, deposit, weight)) in rows.iter().enumerate() {
        for _ in 0..copies(weight) {
            held.score.push(f64::from(score) / 12.0);
            held.probability.push(f64::from(probability) / 20.0);
            held.deposit.push(deposit);
            held.weight.push(f64::from(weight) / copies(weight) as f64);
            held.group.push(number as u64);
            if deposit && weight == 1 {
                held.share_of_area.push(f64::from(score) / 12.0);
                held.share_group.push(number as u64);
            }
        }
    }
    held
}

proptest! {
    #[test]
    fn a_weight_is_a_number_of_duplicates(rows in rows()) {
        let weighed = held_out(&rows, |_| 1);
        let duplicated = held_out(&rows, usize::from);
        for metric in METRICS {
            prop_assert!(close(metric.of(&weighed), metric.of(&duplicated)), "{}", metric.key);
        }
    }

    #[test]
    fn ranking_figures_see_only_the_order_and_nothing_sees_the_order_of_rows(rows in rows()) {
        let held = held_out(&rows, |_| 1);
        let mut other = held.clone();
        other.score.iter_mut().for_each(|score| *score = (*score * 3.0).exp() - 5.0);
        let mut turned = held_out(&rows.iter().rev().copied().collect::<Vec<_>>(), |_| 1);
        turned.group.reverse();
        for metric in METRICS {
            prop_assert!(close(metric.of(&held), metric.of(&other)), "{}", metric.key);
            prop_assert!(close(metric.of(&held), metric.of(&turned)), "{}", metric.key);
        }
    }

    #[test]
    fn the_auc_of_the_opposite_is_its_complement(rows in rows()) {
        let held = held_out(&rows, |_| 1);
        let mut opposite = held.clone();
        opposite.score.iter_mut().for_each(|score| *score = -*score);
        let mut swapped = held.clone();
        swapped.deposit.iter_mut().for_each(|deposit| *deposit = !*deposit);
        let complement = of("roc_auc", &held).map(|auc| 1.0 - auc);
        prop_assert!(close(of("roc_auc", &opposite), complement));
        prop_assert!(close(of("roc_auc", &swapped), complement));
    }

    #[test]
    fn figures_and_intervals_stay_in_their_range(rows in rows(), seed in any::<u64>()) {
        let held = held_out(&rows, |_| 1);
        for (key, figure) in figures(&[held.clone(), held], 20, Seed(seed)) {
            prop_assert!(figure.low <= figure.value && figure.value <= figure.high, "{key}");
            prop_assert!(figure.low >= 0.0 && figure.high.is_finite(), "{key}");
            if !["log_loss", "normalised_density"].contains(&key.as_str()) {
                prop_assert!(figure.high <= 1.0 + 1e-12, "{key} {}", figure.high);
            }
            prop_assert!(figure.spread.abs() < 1e-12);
        }
    }
}
