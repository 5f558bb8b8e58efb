//! One contract over every split.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;

const BUFFER_M: f64 = 450.0;

fn all() -> Vec<Split> {
    vec![
        Split::Blocks(blocks(1000.0, BUFFER_M)),
        Split::Provinces(provinces::Settings {
            layer: "province".into(),
            buffer_m: BUFFER_M,
            ..Default::default()
        }),
        Split::Clusters(clusters::Settings {
            apart_m: 400.0,
            buffer_m: BUFFER_M,
            ..Default::default()
        }),
        Split::NearestDistance(nearest_distance::Settings {
            buffer_m: BUFFER_M,
            ..Default::default()
        }),
        Split::LeaveOneGroupOut(groups()),
        Split::LeaveOneDepositOut(leave_one_deposit_out::Settings {
            buffer_m: BUFFER_M,
            ..Default::default()
        }),
        Split::LeavePairOut(leave_pair_out::Settings {
            buffer_m: BUFFER_M,
            pairs: 60,
            ..Default::default()
        }),
        Split::Discovery(discovery::Settings {
            years: vec![1970, 1990],
            buffer_m: BUFFER_M,
            ..Default::default()
        }),
    ]
}

fn with_hexagons() -> Vec<Split> {
    let shape = blocks::Shape::Hexagon;
    let mut splits = all();
    splits.push(Split::Blocks(blocks::Settings { shape, ..blocks(1000.0, BUFFER_M) }));
    splits
}

/// Deposits, and samples that are none.
fn samples(seed: u64) -> Vec<Sample> {
    let mut samples = deposits(seed, 25);
    let others = deposits(seed + 1000, 60);
    samples.extend(others.into_iter().map(|other| sample(other.unit, false, None)));
    samples
}

#[test]
fn every_split_keeps_the_contract() {
    let keys: Vec<&str> = all().iter().map(Split::key).collect();
    assert_eq!(keys, Split::keys());
    assert!(!keys.iter().any(|key| key.contains("random")));
    let (stack, samples) = (stack(), samples(1));
    for split in with_hexagons() {
        let key = split.key();
        assert!(split.repeats() >= 1);
        assert_eq!(split.buffer_m(), BUFFER_M);
        let territory = split.part(&stack, &samples, Seed(1)).unwrap();
        let again = split.part(&stack, &samples, Seed(1)).unwrap();
        let other = split.part(&stack, &samples, Seed(2)).unwrap();
        assert!(territory.folds() <= split.most_folds(25), "{key}");
        for unit in stack.area().iter() {
            let held = |territory: &dyn Territory| -> Vec<usize> {
                (0..territory.folds()).filter(|&fold| territory.holds_out(unit, fold)).collect()
            };
            let folds = held(&*territory);
            assert!(!territory.pooled() || folds.len() == 1, "{key}: {unit} in {folds:?}");
            assert!(folds.iter().all(|&fold| !territory.may_train(unit, fold)), "{key}");
            assert_eq!(folds, held(&*again), "{key}");
            assert_eq!(territory.group(unit), other.group(unit), "{key}");
        }
        let parts = territory.parts();
        assert_eq!((&parts, territory.notes()), (&again.parts(), again.notes()));
        assert!(parts.iter().all(|part| part.outline.first() == part.outline.last()));
        assert!(parts.iter().all(|part| part.outline.len() > 3), "{key}");
        for fold in 0..territory.folds() {
            assert!(parts.iter().any(|part| part.fold == fold), "{key}");
        }
        let folds = folds(&*territory, &samples);
        check(&samples, &folds).unwrap();
        assert_eq!(hash(&samples, &folds), hash(&samples, &super::super::folds(&*again, &samples)));
    }
}

/// The training side of every fold, parted anew: its own samples alone, no more folds than wanted, and the
/// buffer kept.
#[test]
fn every_split_parts_a_training_side_anew() {
    let (stack, samples) = (stack(), samples(1));
    for split in with_hexagons() {
        let key = split.key();
        let outer = split.part(&stack, &samples, Seed(1)).unwrap();
        // The last: of discovery, the one with the most years to train on.
        let fold = folds(&*outer, &samples).pop().unwrap();
        let side: Vec<Sample> = fold.training.iter().map(|&row| samples[row].clone()).collect();
        // Circles around half of all samples would cover the ground.
        let wanted = if outer.pooled() { 2 } else { 6 };
        let inner = split.part_inside(&stack, &side, wanted, Seed(1)).unwrap();
        assert!((2..=wanted).contains(&inner.folds()), "{key}");
        assert_eq!(inner.pooled(), outer.pooled(), "{key}");
        let inside = folds(&*inner, &side);
        // On so little ground a buffer can leave a fold nothing: that is `check`'s to refuse.
        assert!(inside.iter().any(|fold| !fold.training.is_empty()), "{key}");
        let mut held: BTreeSet<usize> = BTreeSet::new();
        for fold in &inside {
            assert!(fold.held_out.iter().any(|&row| side[row].is_deposit()), "{key}");
            held.extend(&fold.held_out);
            let place = |row: &usize| stack.place(side[*row].unit).unwrap();
            for row in &fold.training {
                let near = fold.held_out.iter().map(|held| place(held).distance(place(row)));
                // From cell to cell; blocks and districts keep it from their edges, which are nearer.
                assert!(near.fold(f64::INFINITY, f64::min) >= BUFFER_M - 1e-6, "{key}");
            }
        }
        assert!(!inner.pooled() || held.len() == side.len(), "{key}: each held out once");
        let parts = inner.parts();
        let in_fold = |fold: usize| parts.iter().any(|part| part.fold == fold);
        assert!((0..inner.folds()).all(in_fold), "{key}");
        assert!(parts.iter().all(|part| part.fold < inner.folds()), "{key}");
        assert!(split.part_inside(&stack, &side[..1], 2, Seed(1)).is_err(), "{key}");
    }
}

#[test]
fn too_few_samples_are_refused() {
    let (stack, samples) = (stack(), samples(1));
    for split in with_hexagons() {
        let key = split.key();
        assert!(split.part(&stack, &[], Seed(1)).is_err(), "{key}");
        assert!(split.part(&stack, &samples[..1], Seed(1)).is_err(), "{key}");
        assert!(split.part(&stack, &samples[25..], Seed(1)).is_err(), "{key}");
        let one_unit: Vec<Sample> = samples[..5]
            .iter()
            .map(|deposit| Sample { unit: 900, ..deposit.clone() })
            .chain(samples[25..].to_vec())
            .collect();
        let error = split.part(&stack, &one_unit, Seed(1)).err().unwrap();
        assert!(matches!(error, Error::TooFew { .. }), "{key}: {error}");
        assert!(split.part(&stack, &[sample(ROWS * COLS, true, None)], Seed(1)).is_err());
        assert!(split.part(&table(0, None), &[], Seed(1)).is_err(), "{key}");
    }
}

#[test]
fn each_sample_is_held_out_once_where_the_ground_is_parted() {
    let (stack, samples) = (stack(), samples(2));
    for split in with_hexagons() {
        let territory = split.part(&stack, &samples, Seed(3)).unwrap();
        let folds = folds(&*territory, &samples);
        let mut times = vec![0; samples.len()];
        folds.iter().flat_map(|fold| &fold.held_out).for_each(|&row| times[row] += 1);
        match &split {
            Split::LeavePairOut(_) => {
                for fold in &folds {
                    let deposits = fold.held_out.iter().filter(|&&row| samples[row].is_deposit());
                    assert_eq!((fold.held_out.len(), deposits.count()), (2, 1));
                }
                assert!(times[..25].iter().all(|times| [2, 3].contains(times)), "{times:?}");
            }
            Split::Discovery(_) => assert!(times.iter().all(|&times| times <= 1)),
            _ => assert!(times.iter().all(|&times| times == 1), "{}", split.key()),
        }
    }
}

#[test]
fn nothing_trains_within_the_buffer_of_what_is_held_out() {
    let (stack, samples) = (stack(), samples(8));
    for split in with_hexagons() {
        let territory = split.part(&stack, &samples, Seed(1)).unwrap();
        let cells: Vec<usize> = stack.area().iter().step_by(11).collect();
        let units: Vec<usize> = samples.iter().map(|sample| sample.unit).chain(cells).collect();
        for fold in 0..territory.folds() {
            let (mut held, mut train) = (Vec::new(), Vec::new());
            for &unit in &units {
                if territory.holds_out(unit, fold) {
                    held.push(stack.place(unit).unwrap());
                } else if territory.may_train(unit, fold) {
                    train.push(stack.place(unit).unwrap());
                }
            }
            let near = |place: &Point| held.iter().any(|held| held.distance(*place) < BUFFER_M);
            assert!(!train.iter().any(near), "{} {fold}", split.key());
            assert!(!train.is_empty());
        }
    }
}

#[test]
fn settings_out_of_range_are_refused() {
    let (stack, samples) = (stack(), samples(1));
    for split in all() {
        let mut table = serde_json::to_value(&split).unwrap();
        let settings = table.as_object_mut().unwrap().values_mut().next().unwrap();
        let settings = settings.as_object().unwrap().clone();
        for (setting, wrong) in [
            ("buffer_m", serde_json::json!(-1.0)),
            ("folds", 1.into()),
            ("repeats", 0.into()),
            ("pairs", 1.into()),
            ("others_per_deposit", 0.into()),
            ("apart_m", serde_json::json!(-1.0)),
            ("largest_fold", serde_json::json!(0.0)),
            ("layer", "nowhere".into()),
        ] {
            if settings.contains_key(setting) {
                let mut settings = settings.clone();
                settings.insert(setting.into(), wrong);
                let wrong = serde_json::json!({ split.key(): settings });
                let wrong: Split = serde_json::from_value(wrong).unwrap();
                let error = wrong.part(&stack, &samples, Seed(1)).err().unwrap();
                let named = matches!(error, Error::BadSetting { .. } | Error::Unknown { .. });
                assert!(named, "{} {setting}: {error}", split.key());
            }
        }
    }
}

proptest! {
    #[test]
    fn no_group_is_ever_parted(
        places in prop::collection::vec((3 * COLS..ROWS * COLS, any::<bool>(), 0_usize..12), 2..40),
        seed in any::<u64>(),
        coordinates in any::<bool>(),
    ) {
        let names = ["a", "b", "c", "d"];
        let samples: Vec<Sample> = places
            .iter()
            .map(|&(unit, deposit, group)| sample(unit, deposit, names.get(group).copied()))
            .collect();
        let bare = table(ROWS * COLS, None);
        let grid = stack();
        for split in with_hexagons() {
            let stack: &dyn Stack = if coordinates { &grid } else { &bare };
            let Ok(territory) = split.part(stack, &samples, Seed(seed)) else { continue };
            for fold in 0..territory.folds() {
                let held = |sample: &&Sample| territory.holds_out(sample.unit, fold);
                for a in samples.iter().filter(held) {
                    for b in samples.iter().filter(|b| a.group.is_some() && b.group == a.group) {
                        prop_assert_eq!(territory.group(a.unit), territory.group(b.unit));
                        prop_assert!(!territory.may_train(b.unit, fold), "{}", split.key());
                        let both = !territory.pooled() || territory.holds_out(b.unit, fold);
                        prop_assert!(both, "{}", split.key());
                    }
                }
                // The ground that is resampled together is held out together.
                let bearing = samples.iter().filter(held).any(Sample::is_deposit);
                prop_assert!(bearing, "fold {} of {} holds a deposit", fold, split.key());
            }
        }
    }
}
