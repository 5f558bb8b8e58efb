//! Against imbalanced-learn, by hand, and on odd ground.

use paydirt_core::layer::EvidenceType::{Categorical, Continuous, Ordinal};
use paydirt_core::table::{Column, Table};
use proptest::prelude::*;

use super::neighbours::{nearest, tomek_links};
use super::*;
use crate::encode::{Encoding, Points};
use crate::unlabelled::tests::Reference;
use crate::{Error, Model};

fn points(set: &TrainingSet) -> Points {
    let encoding = Encoding::fit("smote", &set.features, &set.weight, true).unwrap();
    Points::new(&encoding, &set.features)
}

/// Stored by `tests/fixtures/unlabelled.py` with imbalanced-learn 0.14.2.
#[test]
fn neighbours_and_tomek_links_are_those_of_imbalanced_learn() {
    let reference = Reference::read();
    let set = reference.set();
    let points = points(&set);
    let deposits: Vec<usize> = (0..set.deposit.len()).filter(|row| set.deposit[*row]).collect();
    let near = nearest(&points.select(&deposits), 3);
    let near: Vec<Vec<usize>> =
        near.iter().map(|near| near.iter().map(|place| deposits[*place]).collect()).collect();
    assert_eq!(near, reference.near);
    let mut links = tomek_links(&points, &set.deposit).concat();
    links.sort_unstable();
    assert_eq!(links, reference.linked);
    let kept: Vec<usize> = (0..set.deposit.len()).filter(|row| !links.contains(row)).collect();
    assert_eq!(kept, reference.unlinked);
}

#[test]
fn as_many_are_made_as_by_imbalanced_learn_each_between_two_neighbours() {
    let reference = Reference::read();
    let set = reference.set();
    let deposits: Vec<usize> = (0..set.deposit.len()).filter(|row| set.deposit[*row]).collect();
    let settings = smote::Settings { neighbours: 3, ratio: 1.0 };
    let found = settings.balance(&set, Seed(2)).unwrap();
    assert_eq!(found.deposit.len() - set.deposit.len(), reference.made);
    assert_eq!(found.select(&(0..set.deposit.len()).collect::<Vec<_>>()).features, set.features);
    let value = |row: usize, column: usize| f64::from(found.features.columns()[column].values[row]);
    for row in set.deposit.len()..found.deposit.len() {
        assert!(found.deposit[row] && found.weight[row] == 1.0);
        let lies_between = |own: usize, other: usize| {
            let gap = |column: usize| {
                let whole = value(other, column) - value(own, column);
                (value(row, column) - value(own, column)) / whole
            };
            let gaps = [gap(0), gap(1), gap(2)];
            let inside = gaps.iter().all(|gap| (-1e-3..=1.0 + 1e-3).contains(gap));
            inside && (gaps[0] - gaps[1]).abs() < 1e-2 && (gaps[0] - gaps[2]).abs() < 1e-2
        };
        let pairs = deposits.iter().zip(&reference.near);
        let mut pairs = pairs.flat_map(|(own, near)| near.iter().map(move |near| (*own, *near)));
        assert!(pairs.any(|(own, near)| lies_between(own, near)), "row {row}");
    }
}

/// Four deposits of one category and one of another, and ten others.
fn rocks() -> TrainingSet {
    let number: Vec<f32> = (0..15).map(|row| row as f32).collect();
    let class = (0..15).map(|row| (row % 4) as f32).collect();
    let rock = (0..15).map(|row| if row == 2 { 7.0 } else { 3.0 }).collect();
    let columns = vec![
        Column::new("number", "number", Continuous, number),
        Column::new("class", "class", Ordinal, class),
        Column::new("rock", "rock", Categorical, rock),
    ];
    TrainingSet {
        features: Table::new(15, columns).unwrap(),
        deposit: (0..15).map(|row| row < 5).collect(),
        weight: (0..15).map(|row| if row < 5 { 2.0 } else { 1.0 }).collect(),
    }
}

#[test]
fn classes_stay_classes_and_categories_go_by_majority() {
    let set = rocks();
    let found = smote::Settings::default().balance(&set, Seed(1)).unwrap();
    assert_eq!(found.deposit.len(), 20);
    let columns = found.features.columns();
    assert!(columns[1].values[15..].iter().all(|class| class.fract() == 0.0));
    assert!(columns[0].values[15..].iter().any(|number| number.fract() != 0.0));
    // of four neighbours of any deposit, three at least are of rock 3
    assert!(columns[2].values[15..].iter().all(|rock| *rock == 3.0));
    assert!(found.weight[15..].iter().all(|weight| *weight == 2.0));
}

#[test]
fn the_rarer_class_is_made_up_to_the_ratio() {
    let set = rocks();
    let of = |set: &TrainingSet, ratio| {
        let found = smote::Settings { ratio, ..Default::default() }.balance(set, Seed(1)).unwrap();
        let deposits = found.deposit.iter().filter(|deposit| **deposit).count();
        [deposits, found.deposit.len() - deposits]
    };
    assert_eq!(of(&set, 0.8), [8, 10]);
    assert_eq!(of(&set, 0.1), [5, 10], "there are more than that already");
    let deposit = set.deposit.iter().map(|deposit| !deposit).collect();
    assert_eq!(of(&TrainingSet { deposit, ..set }, 1.0), [10, 10]);
}

#[test]
fn without_links_no_two_of_both_classes_are_each_others_nearest() {
    let set = Reference::read().set();
    let found = smote_tomek::Settings::default().balance(&set, Seed(1)).unwrap();
    let made = smote::Settings::default().balance(&set, Seed(1)).unwrap();
    let encoding = Encoding::fit("smote", &set.features, &set.weight, true).unwrap();
    let links = tomek_links(&Points::new(&encoding, &made.features), &made.deposit);
    assert!(!links.is_empty());
    assert_eq!(found.deposit.len(), made.deposit.len() - 2 * links.len());
}

#[test]
fn what_cannot_be_evened_out_is_told() {
    let set = rocks();
    let one = set.select(&[0, 5, 6, 7]);
    let model = Model::Logistic(Default::default());
    let fit = |balance: &Balance, set: &TrainingSet| {
        Balanced { balance, model: &*model }.fit(set, Seed(1))
    };
    for balance in Balance::all() {
        assert!(fit(&balance, &set).is_ok());
        assert!(matches!(fit(&balance, &one), Err(Error::Untrainable { .. })), "{balance:?}");
        let none = set.select(&[5, 6, 7]);
        assert!(matches!(fit(&balance, &none), Err(Error::Untrainable { .. })), "{balance:?}");
        assert!(!balance.words().is_empty());
    }
    let bad =
        [(0, 1.0, "neighbours"), (1001, 1.0, "neighbours"), (5, 0.0, "ratio"), (5, 1.1, "ratio")];
    for (neighbours, ratio, key) in bad {
        let smote = smote::Settings { neighbours, ratio };
        for (balance, prefix) in [
            (Balance::Smote(smote.clone()), "balance.smote"),
            (
                Balance::SmoteTomek(smote_tomek::Settings { smote: smote.clone() }),
                "balance.smote_tomek",
            ),
        ] {
            let error = fit(&balance, &set).unwrap_err().to_string();
            assert!(error.starts_with(&format!("`{prefix}.{key}` is ")), "{error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Ties, constants and copies: as many of both, inside what there was, the same on any threads.
    #[test]
    fn any_ground_is_evened_out(
        values in prop::collection::vec((0_u8..4, 0_u8..3, any::<bool>()), 6..40),
        seed in any::<u64>(),
    ) {
        let rows = values.len();
        let column = |name: &str, kind, of: fn(&(u8, u8, bool)) -> u8| {
            Column::new(name, name, kind, values.iter().map(|v| f32::from(of(v))).collect())
        };
        let columns = vec![
            column("number", Continuous, |v| v.0),
            column("rock", Categorical, |v| v.1),
            column("same", Continuous, |_| 1),
        ];
        let mut deposit: Vec<bool> = values.iter().map(|v| v.2).collect();
        deposit[..4].copy_from_slice(&[true, true, false, false]);
        let features = Table::new(rows, columns).unwrap();
        let set = TrainingSet { features, deposit, weight: vec![1.0; rows] };
        let balance = smote::Settings::default();
        let [one, four] = [1, 4].map(|threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| balance.balance(&set, Seed(seed)).unwrap())
        });
        prop_assert_eq!(&one.features, &four.features);
        let deposits = one.deposit.iter().filter(|deposit| **deposit).count();
        prop_assert_eq!(2 * deposits, one.deposit.len());
        prop_assert!(one.features.columns()[0].values.iter().all(|v| (0.0..=3.0).contains(v)));
        prop_assert!(one.features.columns()[1].values.iter().all(|v| [0.0, 1.0, 2.0].contains(v)));
    }
}
