use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use proptest::prelude::*;

use super::{Settings, Weights};
use crate::reference::{Reference, apart, number};
use crate::{Estimator, FittedModel, TrainingSet};

fn fit(settings: &Settings, set: &TrainingSet) -> FittedModel {
    settings.fit(set, Seed(1)).unwrap()
}

fn scores(fitted: &FittedModel, table: &Table) -> Vec<f64> {
    fitted.predict(table).unwrap().into_iter().map(f64::from).collect()
}

/// Stored by `tests/fixtures/kernels.py` with scikit-learn 1.9.1.
#[test]
fn scores_are_those_of_scikit_learn() {
    let reference = Reference::<Settings>::read();
    let answers = reference.answers("nearest");
    assert_eq!(answers.len(), 3);
    for expected in answers {
        let fitted = fit(&expected.settings, &reference.training(false));
        let error = apart(&scores(&fitted, &reference.rows()), &expected.answer);
        assert!(error < 1e-5, "{:?}: {error}", expected.settings);
    }
}

fn line(values: &[f32], deposit: &[bool]) -> TrainingSet {
    let features = Table::new(values.len(), vec![number("a", values.to_vec())]).unwrap();
    TrainingSet { features, deposit: deposit.to_vec(), weight: vec![1.0; values.len()] }
}

fn at(value: f32) -> Table {
    Table::new(1, vec![number("a", vec![value])]).unwrap()
}

#[test]
fn ties_share_the_last_places_whatever_the_order_of_samples() {
    // From 0: one deposit at 1, then four samples at distance 2, one of them a deposit, for one place.
    let settings = Settings { k: 2, standardise: false, ..Settings::default() };
    let values = [2.0, -2.0, 1.0, 2.0, -2.0, 9.0];
    let deposit = [true, false, true, false, false, false];
    for turn in 0..6 {
        let (mut values, mut deposit) = (values, deposit);
        values.rotate_left(turn);
        deposit.rotate_left(turn);
        let found = scores(&fit(&settings, &line(&values, &deposit)), &at(0.0))[0];
        assert!((found - 1.25 / 2.0).abs() < 1e-6, "{found}");
    }
    let settings = Settings { weights: Weights::Distance, ..settings };
    let found = scores(&fit(&settings, &line(&values, &deposit)), &at(0.0))[0];
    assert!((found - 1.125 / 1.5).abs() < 1e-6, "votes 1 and 1/2: {found}");
}

#[test]
fn weights_are_votes_and_neighbours_at_hand_decide_alone() {
    let mut set = line(&[0.0, 0.0, 1.0, 5.0], &[true, false, false, true]);
    set.weight = vec![3.0, 1.0, 4.0, 1.0];
    let settings = Settings { k: 3, standardise: false, ..Settings::default() };
    let found = scores(&fit(&settings, &set), &at(0.0))[0];
    assert!((found - 3.0 / 8.0).abs() < 1e-6, "{found}");
    let settings = Settings { weights: Weights::Distance, ..settings };
    let found = scores(&fit(&settings, &set), &at(0.0))[0];
    assert!((found - 3.0 / 4.0).abs() < 1e-6, "{found}");
    let all = Settings { k: 100, ..Settings::default() };
    assert!((scores(&fit(&all, &set), &at(77.0))[0] - 4.0 / 9.0).abs() < 1e-6, "all vote");
    for k in [0, 20_000] {
        let error = Settings { k, ..Settings::default() }.fit(&set, Seed(1)).unwrap_err();
        assert!(error.to_string().contains("model.nearest.k"), "{error}");
    }
}

proptest! {
    /// The definition itself, sorted.
    #[test]
    fn the_nearest_are_found(
        rows in prop::collection::vec((-4_i8..4, -4_i8..4, any::<bool>()), 3..60),
        k in 1_usize..20,
    ) {
        let mut rows = rows;
        rows[0].2 = true;
        rows[1].2 = false;
        // With means of 0 the differences of whole numbers stay whole, and ties stay ties.
        let mirrored: Vec<(i8, i8, bool)> = rows.iter().map(|r| (-r.0, -r.1, !r.2)).collect();
        rows.extend(mirrored);
        let column = |of: fn(&(i8, i8, bool)) -> i8| rows.iter().map(|r| f32::from(of(r))).collect();
        let columns = vec![number("a", column(|r| r.0)), number("b", column(|r| r.1))];
        let set = TrainingSet {
            features: Table::new(rows.len(), columns).unwrap(),
            deposit: rows.iter().map(|row| row.2).collect(),
            weight: vec![1.0; rows.len()],
        };
        let settings = Settings { k, standardise: false, ..Settings::default() };
        let found = scores(&fit(&settings, &set), &set.features);
        for (row, found) in rows.iter().zip(found) {
            let square = |o: &(i8, i8, bool)| {
                (i32::from(o.0) - i32::from(row.0)).pow(2) + (i32::from(o.1) - i32::from(row.1)).pow(2)
            };
            let mut squares: Vec<i32> = rows.iter().map(square).collect();
            squares.sort_unstable();
            let k = k.min(rows.len());
            let last = squares[k - 1];
            let count = |nearer: bool, deposits: bool| {
                let group = rows.iter().filter(|o| if nearer { square(o) < last } else { square(o) == last });
                group.filter(|o| !deposits || o.2).count() as f64
            };
            let share = (k as f64 - count(true, false)) / count(false, false);
            let expected = (count(true, true) + share * count(false, true)) / k as f64;
            prop_assert!((found - expected).abs() < 1e-6, "{} {}", found, expected);
        }
    }
}
