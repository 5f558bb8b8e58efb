use paydirt_core::layer::EvidenceType;
use paydirt_core::seed::Seed;
use paydirt_core::table::{Column, Table};
use proptest::prelude::*;

use super::{ClassMembership, Fitted, Membership, Overlay, Settings};
use crate::reference::{apart, number, twice_and_weighted};
use crate::{Estimator, FittedModel, Predictor, TrainingSet};

fn set(columns: Vec<Column>, deposit: &[bool]) -> TrainingSet {
    let features = Table::new(deposit.len(), columns).unwrap();
    TrainingSet { features, deposit: deposit.to_vec(), weight: vec![1.0; deposit.len()] }
}

fn fit(settings: &Settings, set: &TrainingSet) -> crate::Result<Fitted> {
    match settings.fit(set, Seed(1))? {
        FittedModel::Fuzzy(fitted) => Ok(fitted),
        other => panic!("{other:?}"),
    }
}

/// The membership of each value, of a column of the same values.
fn memberships(membership: &Membership, values: &[f32]) -> Vec<f64> {
    let deposit: Vec<bool> = (0..values.len()).map(|row| row == 0).collect();
    let world = set(vec![number("a", values.to_vec())], &deposit);
    let settings = Settings {
        memberships: [("a".to_owned(), membership.clone())].into(),
        overlay: Some(layer("a")),
    };
    let scores = fit(&settings, &world).unwrap().predict(&world.features).unwrap();
    scores.into_iter().map(f64::from).collect()
}

fn layer(name: &str) -> Overlay {
    Overlay::Layer(name.into())
}

/// By hand, from the formulas; `sigmoid` and `gaussian` also by scikit-fuzzy 0.5.0 (`sigmf(x, 10, 0.4)`,
/// `gaussmf(x, 10, sqrt(1 / (2 * 0.02)))`), to 1e-7.
#[test]
fn memberships_are_those_of_their_formulas() {
    let at = [-5.0, 0.0, 5.0, 10.0, 20.0];
    let check = |membership: Membership, expected: [f64; 5]| {
        let error = apart(&memberships(&membership, &at), &expected);
        assert!(error < 1e-7, "{membership:?}: {error}");
    };
    let (midpoint, spread) = (10.0, 2.0);
    check(Membership::Linear { at_0: 0.0, at_1: 20.0 }, [0.0, 0.0, 0.25, 0.5, 1.0]);
    check(Membership::Linear { at_0: 10.0, at_1: 0.0 }, [1.0, 1.0, 0.5, 0.0, 0.0]);
    check(Membership::Large { midpoint, spread }, [0.0, 0.0, 0.2, 0.5, 0.8]);
    check(Membership::Small { midpoint, spread }, [1.0, 1.0, 0.8, 0.5, 0.2]);
    let gaussian = [0.011_108_996_5, 0.135_335_283_2, 0.606_530_659_7, 1.0, 0.135_335_283_2];
    check(Membership::Gaussian { midpoint, spread: 0.02 }, gaussian);
    check(Membership::Near { midpoint, spread: 0.04 }, [0.1, 0.2, 0.5, 1.0, 0.2]);
    let sigmoid = [0.002_472_623_2, 0.017_986_210, 0.119_202_922, 0.5, 0.982_013_790];
    check(Membership::Sigmoid { midpoint, slope: 0.4 }, sigmoid);
    let class = |class, membership| ClassMembership { class, membership };
    let classes = vec![class(5.0, 0.7), class(-5.0, 0.2)];
    check(Membership::Classes { classes, other: 0.1 }, [0.2, 0.1, 0.7, 0.1, 0.1]);
    // Mean 6, deviation sqrt(74); a m = 3, b s = 2 sqrt(74).
    let width = 2.0 * 74.0_f64.sqrt();
    let small = at.map(|v| if v > 3.0 { width / (f64::from(v) - 3.0 + width) } else { 1.0 });
    let (mean_multiplier, deviation_multiplier) = (0.5, 2.0);
    check(Membership::MsSmall { mean_multiplier, deviation_multiplier }, small);
    let large = small.map(|small| 1.0 - small);
    check(Membership::MsLarge { mean_multiplier, deviation_multiplier }, large);
    // Ranks 0.1, 0.3 ...; the one deposit has the smallest value.
    check(Membership::Data {}, [0.9, 0.7, 0.5, 0.3, 0.1].map(|rank| 0.05 + 0.9 * rank));
}

/// Memberships 0.75 and 0.5: product 0.375, sum 0.875, gamma 0.9 between.
#[test]
fn overlays_are_those_of_their_formulas() {
    let world =
        set(vec![number("a", vec![0.75, 0.0]), number("b", vec![0.5, 1.0])], &[true, false]);
    let linear = Membership::Linear { at_0: 0.0, at_1: 1.0 };
    let given = [("a".to_owned(), linear.clone()), ("b".to_owned(), linear)];
    let both = || vec![layer("a"), layer("b")];
    let half = |of| Overlay::Weighted { weight: 0.5, of: Box::new(of) };
    for (overlay, expected) in [
        (Overlay::And(both()), [0.5, 0.0]),
        (Overlay::Or(both()), [0.75, 1.0]),
        (Overlay::Product(both()), [0.375, 0.0]),
        (Overlay::Sum(both()), [0.875, 1.0]),
        (
            Overlay::Gamma { gamma: 0.9, of: both() },
            [0.875_f64.powf(0.9) * 0.375_f64.powf(0.1), 0.0],
        ),
        (Overlay::Gamma { gamma: 1.0, of: both() }, [0.875, 1.0]),
        (half(layer("a")), [0.375, 0.0]),
        (Overlay::Or(vec![Overlay::And(both()), half(Overlay::Sum(both()))]), [0.5, 0.5]),
    ] {
        let settings =
            Settings { memberships: given.clone().into(), overlay: Some(overlay.clone()) };
        let fitted = fit(&settings, &world).unwrap();
        let found: Vec<f64> =
            fitted.predict(&world.features).unwrap().into_iter().map(f64::from).collect();
        assert!(apart(&found, &expected) < 1e-7, "{overlay:?}: {found:?}");
        let flipped = TrainingSet { deposit: vec![false, true], ..world.clone() };
        let blind = fit(&settings, &flipped).unwrap();
        assert_eq!(
            blind.predict(&world.features).unwrap(),
            fitted.predict(&world.features).unwrap()
        );
    }
}

#[test]
fn settings_are_read_as_they_are_written() {
    let text = r#"{
        "memberships": {
            "antimony": { "large": { "midpoint": 12, "spread": 5 } },
            "geology": { "classes": { "classes": [{ "class": 3, "membership": 0.8 }], "other": 0.1 } },
            "gravity": { "data": {} }
        },
        "overlay": { "gamma": { "gamma": 0.9, "of": [
            { "layer": "antimony" },
            { "or": [{ "layer": "geology" }, { "weighted": { "weight": 0.5, "of": { "layer": "gravity" } } }] }
        ] } }
    }"#;
    let settings: Settings = serde_json::from_str(text).unwrap();
    assert_eq!(settings.memberships["gravity"], Membership::Data {});
    let wrong = text.replace("spread", "spraed");
    assert!(serde_json::from_str::<Settings>(&wrong).is_err());
}

#[test]
fn what_makes_no_sense_is_refused_by_name() {
    let world = set(vec![number("a", vec![0.75, 0.0])], &[true, false]);
    let membership = |name: &str, membership| Settings {
        memberships: [(name.to_owned(), membership)].into(),
        ..Settings::default()
    };
    let overlay = |overlay| Settings { overlay: Some(overlay), ..Settings::default() };
    let class = |class, membership| ClassMembership { class, membership };
    let mut deep = layer("a");
    for _ in 0..40 {
        deep = Overlay::And(vec![deep]);
    }
    let (midpoint, spread) = (1.0, 1.0);
    for (settings, key) in [
        (membership("b", Membership::Data {}), "model.fuzzy.memberships"),
        (membership("a", Membership::Large { midpoint: 0.0, spread }), "a.midpoint"),
        (membership("a", Membership::Small { midpoint, spread: f64::NAN }), "a.spread"),
        (membership("a", Membership::Near { midpoint, spread: -1.0 }), "a.spread"),
        (membership("a", Membership::Sigmoid { midpoint, slope: 0.0 }), "a.slope"),
        (membership("a", Membership::Linear { at_0: 1.0, at_1: 1.0 }), "a.at_1"),
        (
            membership("a", Membership::Classes { classes: vec![class(1.0, 1.5)], other: 0.0 }),
            "a.classes",
        ),
        (
            membership(
                "a",
                Membership::Classes { classes: vec![class(1.0, 0.5), class(1.0, 0.6)], other: 0.0 },
            ),
            "a.classes",
        ),
        (overlay(layer("b")), "fuzzy.overlay.layer"),
        (overlay(Overlay::Sum(vec![])), "fuzzy.overlay.sum"),
        (overlay(Overlay::Gamma { gamma: 1.1, of: vec![layer("a")] }), "fuzzy.overlay.gamma"),
        (
            overlay(Overlay::Weighted { weight: -0.1, of: Box::new(layer("a")) }),
            "fuzzy.overlay.weight",
        ),
        (overlay(deep), "fuzzy.overlay"),
    ] {
        let error = fit(&settings, &world).unwrap_err().to_string();
        assert!(error.contains(key), "{key}: {error}");
    }
    let none = set(vec![], &[true, false]);
    assert!(fit(&Settings::default(), &none).is_err());
}

/// Classes 1 and 2 hold 3 and 1 deposits, 2 and 6 others: one deposit more in all, 5/12 of it in class 1.
#[test]
fn what_the_expert_leaves_open_comes_from_the_data() {
    let code = [1.0, 1.0, 1.0, 2.0, 1.0, 1.0, 2.0, 2.0, 2.0, 2.0, 2.0, 2.0];
    let deposit: Vec<bool> = (0..12).map(|row| row < 4).collect();
    let column = Column::new("code", "code", EvidenceType::Categorical, code.to_vec());
    let fitted = fit(&Settings::default(), &set(vec![column], &deposit)).unwrap();
    let rows = vec![1.0, 2.0, 9.0, f32::NAN];
    let table = Column::new("code", "code", EvidenceType::Categorical, rows);
    let found = fitted.predict(&Table::new(4, vec![table]).unwrap()).unwrap();
    let membership = |deposits: f64, others: f64| {
        let like_all = (deposits + others) / 12.0;
        let [a, b] = [(deposits + like_all) / 5.0, (others + like_all) / 9.0];
        a / (a + b)
    };
    let [one, two] = [membership(3.0, 2.0), membership(1.0, 6.0)];
    let expected = [one, two, 0.5, (5.0 * one + 7.0 * two) / 12.0];
    assert!(apart(&found.into_iter().map(f64::from).collect::<Vec<_>>(), &expected) < 1e-7);
    // Twice the membership of a number between two of training is that of no tie.
    let line = set(vec![number("a", vec![1.0, 2.0, 2.0, 4.0])], &[false, false, false, true]);
    let fitted = fit(&Settings::default(), &line).unwrap();
    let table = Table::new(4, vec![number("a", vec![0.0, 2.0, 3.0, 9.0])]).unwrap();
    let found = fitted.predict(&table).unwrap().into_iter().map(f64::from).collect::<Vec<_>>();
    assert!(apart(&found, &[0.0, 0.5, 0.75, 1.0].map(|rank| 0.05 + 0.9 * rank)) < 1e-7);
}

proptest! {
    #[test]
    fn a_weight_of_two_is_the_sample_twice(
        rows in prop::collection::vec((0_u8..6, 0_u8..4, any::<bool>()), 4..40),
    ) {
        let mut rows = rows;
        rows[0].2 = true;
        rows[1].2 = false;
        let deposit: Vec<bool> = rows.iter().map(|row| row.2).collect();
        let values = |of: fn(&(u8, u8, bool)) -> u8| rows.iter().map(|r| f32::from(of(r))).collect();
        let code = Column::new("code", "code", EvidenceType::Categorical, values(|r| r.1));
        let world = set(vec![number("a", values(|r| r.0)), code], &deposit);
        let [twice, weighted] = twice_and_weighted(&world)
            .map(|set| fit(&Settings::default(), &set).unwrap().predict(&world.features).unwrap());
        for (a, b) in twice.iter().zip(&weighted) {
            prop_assert!((a - b).abs() < 1e-6, "{} {}", a, b);
        }
    }
}
