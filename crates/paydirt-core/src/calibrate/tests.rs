use proptest::prelude::*;

use super::*;

/// Scores, labels and weights, and what scikit-learn 1.9.1 answered:
/// `_SigmoidCalibration().fit(l(s), y, w)`, with `l` the log odds of a score held between 0.05 (half
/// of the least above 0) and 0.9 (half as far from 1 as the greatest), and `IsotonicRegression(out_of_bounds="clip").fit(s, y, w)`.
const SCORE: [f64; 24] = [
    0.6, 0.4, 0.2, 0.4, 0.2, 0.1, 0.3, 0.8, 0.2, 0.2, 0.6, 0.4, 0.3, 0.1, 0.5, 0.4, 0.0, 0.2, 0.0,
    0.3, 0.0, 0.5, 0.0, 0.4,
];
const DEPOSITS: [usize; 7] = [0, 3, 7, 10, 14, 19, 21];
const WEIGHT: [f64; 24] = [
    1.0, 1.0, 0.5, 2.0, 1.0, 1.0, 1.0, 1.0, 3.0, 1.0, 0.25, 1.0, 1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 1.0,
    1.0, 1.0, 1.0, 0.5, 1.0,
];

fn labels() -> Vec<bool> {
    (0..24).map(|row| DEPOSITS.contains(&row)).collect()
}

#[test]
fn platt_is_that_of_scikit_learn() {
    let settings = platt::Settings::default();
    let FittedCalibration::Platt(fitted) = settings.fit(&SCORE, &labels(), &WEIGHT).unwrap() else {
        panic!("a sigmoid")
    };
    // Its sign is the other way round, and its search stops at a gradient of 1e-6.
    assert!((fitted.slope - 1.8814093449825393).abs() < 2e-4, "{fitted:?}");
    assert!((fitted.intercept - 0.3967432612442337).abs() < 1e-4, "{fitted:?}");
    let answers = [0.00580651, 0.15839803, 0.59790494, 0.98934087];
    for (score, answer) in [0.0, 0.25, 0.5, 1.0].iter().zip(answers) {
        assert!((fitted.apply(*score) - answer).abs() < 1e-5);
    }
}

#[test]
fn isotonic_is_that_of_scikit_learn() {
    let settings = isotonic::Settings::default();
    let fitted = settings.fit(&SCORE, &labels(), &WEIGHT).unwrap();
    let answers = [0.0, 0.0, 0.0, 0.3, 0.4399999999999997, 1.0, 1.0, 1.0, 1.0];
    for (score, answer) in [-0.5, 0.0, 0.15, 0.35, 0.42, 0.55, 0.61, 0.75, 2.0].iter().zip(answers)
    {
        assert!((fitted.apply(*score) - answer).abs() < 1e-12, "{score}");
    }
}

/// Score, lower and upper probability, and the one probability of venn-abers 1.5.4:
/// `VennAbers().fit(c_[1 - s, s], y)`, `predict_proba(c_[1 - t, t])`. It knows no weights.
const VENN_ABERS: [(f64, [f64; 2], f64); 9] = [
    (-0.5, [0.0, 0.08333333333333333], 0.07692307692307693),
    (0.05, [0.0, 0.125], 0.1111111111111111),
    (0.2, [0.0, 0.16666666666666666], 0.14285714285714285),
    (0.25, [0.0, 0.3333333333333333], 0.25),
    (0.3, [0.2222222222222222, 0.3333333333333333], 0.3),
    (0.42, [0.2222222222222222, 1.0], 0.5625),
    (0.55, [0.6666666666666666, 1.0], 0.7499999999999999),
    (0.6, [0.8, 1.0], 0.8333333333333334),
    (2.0, [0.8333333333333334, 1.0], 0.8571428571428572),
];

fn venn_abers(scores: &[f64], labels: &[bool], weight: &[f64]) -> venn_abers::Fitted {
    let fitted = venn_abers::Settings::default().fit(scores, labels, weight).unwrap();
    let FittedCalibration::VennAbers(fitted) = fitted else { panic!("a pair of curves") };
    fitted
}

#[test]
fn venn_abers_is_that_of_its_package() {
    let fitted = venn_abers(&SCORE, &labels(), &[1.0; 24]);
    for (score, interval, probability) in VENN_ABERS {
        let found = fitted.interval(score);
        assert!(
            found.iter().zip(interval).all(|(a, b)| (a - b).abs() < 1e-12),
            "{score}: {found:?}"
        );
        assert!((fitted.apply(score) - probability).abs() < 1e-12, "{score}");
    }
    assert!(fitted.interval(f64::NAN).iter().all(|end| end.is_nan()));
}

#[test]
fn a_backward_score_gives_one_probability() {
    let backward: Vec<f64> = SCORE.iter().map(|score| 1.0 - score).collect();
    for calibration in Calibration::all() {
        let fitted = calibration.fit(&backward, &labels(), &WEIGHT).unwrap();
        let [low, high] = [fitted.apply(0.2), fitted.apply(1.0)];
        assert!((0.1..0.5).contains(&low), "{low}");
        assert!(high - low < 0.2, "{low} to {high}");
    }
}

#[test]
fn every_calibration_keeps_the_contract() {
    let labels = labels();
    for calibration in Calibration::all() {
        let key = calibration.key();
        for scores in [SCORE.to_vec(), vec![0.3; 24], SCORE.iter().map(|s| s * 1e12).collect()] {
            let fitted = calibration.fit(&scores, &labels, &WEIGHT).unwrap();
            assert_eq!(fitted, calibration.fit(&scores, &labels, &WEIGHT).unwrap(), "{key}");
            let kept = serde_json::to_string(&fitted).unwrap();
            assert_eq!(serde_json::from_str::<FittedCalibration>(&kept).unwrap(), fitted, "{key}");
            let ask = [-1e300, -1.0, 0.0, 0.05, 0.3, 0.31, 0.55, 1.0, 1e11, 1e300];
            let answers: Vec<f64> = ask.iter().map(|score| fitted.apply(*score)).collect();
            assert!(answers.iter().all(|p| (0.0..=1.0).contains(p)), "{key}: {answers:?}");
            assert!(answers.is_sorted(), "{key}: {answers:?}");
        }
        let flat = calibration.fit(&[0.3; 24], &labels, &WEIGHT).unwrap().apply(0.3);
        assert!((flat - 7.25 / 26.25).abs() < 0.05, "{key}: {flat}");
        assert!(calibration.fit(&[], &[], &[]).is_err(), "{key}");
        assert!(calibration.fit(&SCORE, &[true; 24], &WEIGHT).is_err(), "{key}");
        assert!(calibration.fit(&SCORE, &[false; 24], &WEIGHT).is_err(), "{key}");
        assert!(calibration.fit(&SCORE, &labels, &[0.0; 24]).is_err(), "{key}");
        assert!(calibration.fit(&SCORE, &labels, &[1.0]).is_err(), "{key}");
        assert!(calibration.fit(&[f64::INFINITY, 0.0], &[true, false], &[1.0; 2]).is_err());
    }
}

#[test]
fn a_probability_never_saw_its_own_label() {
    let labels = labels();
    let folds: Vec<usize> = (0..24).map(|row| row % 4).collect();
    for calibration in Calibration::all() {
        let before = cross_fitted(&calibration, &SCORE, &labels, &WEIGHT, &folds).unwrap();
        // Turning a fold's own labels around changes the other folds' probabilities, not its own.
        let turned: Vec<bool> = (0..24).map(|row| labels[row] != (folds[row] == 2)).collect();
        let after = cross_fitted(&calibration, &SCORE, &turned, &WEIGHT, &folds).unwrap();
        for fold in 0..4 {
            let same = (0..24).filter(|&r| folds[r] == fold).all(|r| before[r] == after[r]);
            assert_eq!(same, fold == 2);
        }
        let one_fold = cross_fitted(&calibration, &SCORE, &labels, &WEIGHT, &[0; 24]);
        assert!(matches!(one_fold, Err(Error::TooFew { .. })));
        assert!(cross_fitted(&calibration, &SCORE, &labels, &WEIGHT, &[0]).is_err());
    }
}

/// Scores that are true probabilities where deposits are as common as others, on ground where they
/// are a hundred times rarer.
#[test]
fn platt_undoes_a_draw_of_the_unlabelled() {
    let scores: Vec<f64> = (1..100).map(|score| f64::from(score) / 100.0).collect();
    let both: Vec<f64> = scores.iter().chain(&scores).copied().collect();
    let deposit: Vec<bool> = (0..both.len()).map(|row| row < scores.len()).collect();
    let weight: Vec<f64> = (0..both.len())
        .map(|row| if deposit[row] { 1e4 * both[row] } else { 1e6 * (1.0 - both[row]) })
        .collect();
    let fitted = platt::Settings::default().fit(&both, &deposit, &weight).unwrap();
    for score in scores {
        let truth = shift_prior(score, 0.5, 1.0 / 101.0);
        assert!((fitted.apply(score) / truth - 1.0).abs() < 1e-3, "{score}");
    }
}

proptest! {
    #[test]
    fn a_shift_of_prior_can_be_undone(
        probability in 0.0..=1.0_f64, from in 0.01..0.99_f64, to in 0.01..0.99_f64,
    ) {
        let shifted = shift_prior(probability, from, to);
        prop_assert!((0.0..=1.0).contains(&shifted));
        prop_assert!((shift_prior(shifted, to, from) - probability).abs() < 1e-9);
        prop_assert!((shift_prior(from, from, to) - to).abs() < 1e-12);
    }

    #[test]
    fn fits_keep_the_share_of_deposits(
        rows in prop::collection::vec((0_u8..30, any::<bool>(), 1_u8..4), 2..80),
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0) / 30.0).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        prop_assume!(labels.contains(&true) && labels.contains(&false));
        let sum = |of: &dyn Fn(usize) -> f64| -> f64 {
            (0..rows.len()).map(|row| weight[row] * of(row)).sum()
        };
        let deposits = sum(&|row| f64::from(labels[row]));
        let total = sum(&|_| 1.0);
        let isotonic = isotonic::Settings::default().fit(&scores, &labels, &weight).unwrap();
        let platt = platt::Settings::default().fit(&scores, &labels, &weight).unwrap();
        prop_assert!((sum(&|row| isotonic.apply(scores[row])) - deposits).abs() < 1e-9 * total);
        // Platt's probabilities have the mean of his smoothed targets.
        let smoothed = deposits * (deposits + 1.0) / (deposits + 2.0)
            + (total - deposits) / (total - deposits + 2.0);
        prop_assert!((sum(&|row| platt.apply(scores[row])) - smoothed).abs() < 1e-5 * total);
    }

    #[test]
    fn venn_abers_is_isotonic_with_the_row_added(
        rows in prop::collection::vec((0_u8..12, any::<bool>(), 1_u8..4), 2..50),
        asked in 0_u8..26,
    ) {
        let scores: Vec<f64> = rows.iter().map(|row| f64::from(row.0)).collect();
        let labels: Vec<bool> = rows.iter().map(|row| row.1).collect();
        let weight: Vec<f64> = rows.iter().map(|row| f64::from(row.2)).collect();
        prop_assume!(labels.contains(&true) && labels.contains(&false));
        let asked = f64::from(asked) / 2.0 - 0.5;
        let with = |label: bool| {
            let of: Vec<f64> =
                rows.iter().filter(|row| row.1 == label).map(|row| f64::from(row.2)).collect();
            let mean = of.iter().sum::<f64>() / of.len() as f64;
            let add = |column: &[f64], value: f64| [column, &[value]].concat();
            let labels = [&labels[..], &[label]].concat();
            let fit = isotonic::Settings::default();
            fit.fit(&add(&scores, asked), &labels, &add(&weight, mean)).unwrap().apply(asked)
        };
        let found = venn_abers(&scores, &labels, &weight);
        let [low, high] = found.interval(asked);
        prop_assert!((low - with(false)).abs() < 1e-12, "{low} {}", with(false));
        prop_assert!((high - with(true)).abs() < 1e-12, "{high} {}", with(true));
        prop_assert!(low <= high, "{low} {high}");
        prop_assert!(found.low.is_sorted() && found.high.is_sorted(), "{found:?}");
    }
}
