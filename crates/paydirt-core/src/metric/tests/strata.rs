//! Figures of what was held out together, and of finds.

use super::*;

fn pairs(rows: &[(f64, bool, u64)]) -> HeldOut {
    HeldOut {
        score: rows.iter().map(|row| row.0).collect(),
        deposit: rows.iter().map(|row| row.1).collect(),
        weight: vec![1.0; rows.len()],
        group: (0..rows.len() as u64).collect(),
        stratum: rows.iter().map(|row| row.2).collect(),
        ..HeldOut::default()
    }
}

#[test]
fn scores_of_different_models_are_not_compared() {
    let rows = [(0.9, true, 1), (0.8, false, 1), (0.2, true, 2), (0.1, false, 2)];
    let held = pairs(&rows);
    assert_eq!(of("roc_auc", &held), Some(1.0));
    assert_eq!(of("pr_auc", &held), None);
    assert!(roc(&held).is_empty() && precision_recall(&held).is_empty());
    // Pooled, the second deposit stands against the first model's other sample.
    let pooled = HeldOut { stratum: Vec::new(), ..held.clone() };
    assert_eq!(of("roc_auc", &pooled), Some(0.75));
    // One pair more, tied.
    let tied = pairs(&[&rows[..], &[(0.5, true, 7), (0.5, false, 7)]].concat());
    assert_eq!(of("roc_auc", &tied), Some(2.5 / 3.0));
    // A stratum of one class has no pair; columns of unequal length have no figure.
    let lone = pairs(&[&rows[..], &[(0.0, true, 9)]].concat());
    assert_eq!(of("roc_auc", &lone), Some(1.0));
    let broken = HeldOut { stratum: vec![1], ..held };
    assert_eq!(of("roc_auc", &broken), None);
}

/// A model that knows nothing but the share of deposits among its training samples. Left out one by
/// one, each deposit is scored by a model that saw one deposit less: pooled, none is ranked over any
/// other sample. Left out in pairs, both are scored alike. Airola and others (2018).
#[test]
fn leave_pair_out_is_free_of_the_bias_of_pooling() {
    let share = |deposit: bool| if deposit { 9.0 / 49.0 } else { 10.0 / 49.0 };
    let rows: Vec<(f64, bool, u64)> = (0..50).map(|n| (share(n < 10), n < 10, 0)).collect();
    assert_eq!(of("roc_auc", &HeldOut { stratum: Vec::new(), ..pairs(&rows) }), Some(0.0));
    let in_pairs: Vec<(f64, bool, u64)> = (0..400)
        .flat_map(|pair| [true, false].map(|deposit| (9.0 / 48.0, deposit, pair)))
        .collect();
    assert_eq!(of("roc_auc", &pairs(&in_pairs)), Some(0.5));
}

/// Two models that score the same rows share the luck of the draw: their difference has a narrower
/// interval than either figure.
#[test]
fn a_difference_is_measured_on_the_same_draws() {
    let rows: Vec<(f64, bool, u64)> =
        (0..90).map(|n| (f64::from(n * 37 % 90), n % 9 == 0, 0)).collect();
    let first = HeldOut { stratum: Vec::new(), ..pairs(&rows) };
    let mut second = first.clone();
    // Row 9, a deposit, falls behind all others.
    second.score[9] = -1.0;
    let (first, second) = ([first], [second]);
    let metric = METRICS.iter().find(|metric| metric.key == "roc_auc").unwrap();
    let found = difference((&first, &second), metric, 400, Seed(1)).unwrap();
    let both = [&first, &second].map(|one| figures(one, 400, Seed(1))["roc_auc"]);
    assert!((found.value - (both[0].value - both[1].value)).abs() < 1e-12);
    assert!(found.value > 0.0 && found.low <= found.value && found.value <= found.high);
    assert!(found.high - found.low < 0.8 * (both[0].high - both[0].low), "{found:?} {both:?}");
    let none = difference((&first, &first), metric, 50, Seed(1)).unwrap();
    assert_eq!((none.value, none.low, none.high), (0.0, 0.0, 0.0));
    assert!(difference((&[], &[]), metric, 50, Seed(1)).is_none());
}

#[test]
fn the_area_to_a_find_by_hand() {
    let area = |shares: &[f64]| {
        let share_group = (0..shares.len() as u64).collect();
        let held = HeldOut { share_of_area: shares.to_vec(), share_group, ..HeldOut::default() };
        let found = of("area_to_find", &held);
        assert!(close(found, next_find(shares, 10.0).map(|find| find.median_share)));
        found
    };
    assert_eq!(area(&[]), None);
    assert_eq!(area(&[0.25]), Some(0.25));
    assert_eq!(area(&[0.5, 0.25]), Some(0.375));
    assert_eq!(area(&[0.5, 0.0, 0.25]), Some(0.25));
    assert_eq!(area(&[0.5, 0.25, 0.25, 0.75]), Some(0.375));
    assert!(next_find(&[f64::NAN], 1.0).is_none());
    // A map that knows nothing ranks finds evenly: half the area for half of them.
    let even: Vec<f64> = (0..1000).map(|n| (f64::from(n) + 0.5) / 1000.0).collect();
    let find = next_find(&even, 8_000.0).unwrap();
    assert!((find.median_km2 - 4_000.0).abs() < 1e-9 && (find.mean_km2 - 4_000.0).abs() < 1e-9);
    assert_eq!(find.finds, 1000);
}

proptest! {
    #[test]
    fn strata_are_the_pairs_within_them(
        rows in prop::collection::vec((0_u8..6, any::<bool>(), 0_u64..5), 1..60),
    ) {
        let rows: Vec<(f64, bool, u64)> =
            rows.into_iter().map(|(score, deposit, of)| (f64::from(score), deposit, of)).collect();
        let (mut pairs_found, mut in_order) = (0.0, 0.0);
        for a in rows.iter().filter(|row| row.1) {
            for b in rows.iter().filter(|row| !row.1 && row.2 == a.2) {
                pairs_found += 1.0;
                in_order += if a.0 > b.0 { 1.0 } else if a.0 == b.0 { 0.5 } else { 0.0 };
            }
        }
        let expected = (pairs_found > 0.0).then(|| in_order / pairs_found);
        prop_assert!(close(of("roc_auc", &pairs(&rows)), expected));
    }
}

#[test]
fn folds_count_alike_however_large_and_pairs_stay_inside_them() {
    // Fold 1: 3 of 4 pairs in order. Fold 2: its one pair is not. Fold 3 has one class.
    let rows = [
        (0.9, true),
        (0.5, false),
        (0.4, true),
        (0.1, false),
        (0.2, true),
        (0.8, false),
        (0.7, true),
    ];
    let held = HeldOut {
        score: rows.iter().map(|row| row.0).collect(),
        deposit: rows.iter().map(|row| row.1).collect(),
        weight: vec![1.0; 7],
        group: (0..7).collect(),
        fold: vec![1, 1, 1, 1, 2, 2, 3],
        ..HeldOut::default()
    };
    assert_eq!(of("fold_auc", &held), Some(0.375));
    // Pooled: 4 deposits against 3 others, 7 of 12 pairs in order.
    assert_eq!(of("roc_auc", &held), Some(7.0 / 12.0));
    assert_eq!(of("fold_auc", &HeldOut { fold: Vec::new(), ..held.clone() }), None);
    assert_eq!(of("fold_auc", &HeldOut { fold: vec![1], ..held }), None);
}

#[test]
fn the_area_under_the_prediction_rate_is_one_less_the_mean_share() {
    let held = HeldOut {
        share_of_area: vec![0.0, 0.25, 0.5],
        share_group: vec![1, 2, 3],
        ..HeldOut::default()
    };
    assert_eq!(of("rate_auc", &held), Some(0.75));
    assert_eq!(of("rate_auc", &HeldOut::default()), None);
}
