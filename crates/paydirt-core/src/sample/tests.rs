use std::sync::Arc;

use super::*;
use crate::grid::{Crs, GeoTransform, Grid, Point};
use crate::layer::{EvidenceType, LayerInfo};
use crate::stack::{GridStack, TableStack};
use crate::table::{Column, Table};

const ROWS: usize = 60;
const COLS: usize = 80;

/// 60 x 80 cells of 100 x 150 m.
fn stack() -> GridStack {
    let transform =
        GeoTransform { west: 5000.0, north: 9000.0, cell_width: 100.0, cell_height: 150.0 };
    let grid = Grid::new(Crs::local_metres(), transform, ROWS, COLS).unwrap();
    GridStack::new(grid, Arc::new(Mask::new(ROWS * COLS, true)))
}

fn table(rows: usize, places: Option<Vec<Point>>) -> TableStack {
    let column = Column::new("a", "a", EvidenceType::Continuous, vec![1.0; rows]);
    let info =
        LayerInfo { name: "a".into(), evidence_type: EvidenceType::Continuous, unit: "m".into() };
    TableStack::new(vec![info], Table::new(rows, vec![column]).unwrap(), places).unwrap()
}

fn sample(unit: usize, role: Role) -> Sample {
    Sample { unit, role, weight: 1.0, group: None, year: None }
}

/// Five deposits (one of them not eligible), two negatives and an unlabelled label.
fn labelled() -> Vec<Sample> {
    let deposits = [(0, 0), (10, 70), (30, 40), (31, 41), (59, 79)];
    let mut labelled: Vec<Sample> =
        deposits.iter().map(|(row, col)| sample(row * COLS + col, Role::Deposit)).collect();
    labelled.extend([sample(3000, Role::Negative), sample(3100, Role::Negative)]);
    labelled.push(sample(3200, Role::Unlabelled));
    labelled
}

/// Everything but every 50th cell and the deposit in the south-east.
fn eligible() -> Mask {
    Mask::from_fn(ROWS * COLS, |unit| unit % 50 != 13 && unit != ROWS * COLS - 1)
}

fn distant(per_deposit: usize, at_least_m: f64) -> distant_unlabelled::Settings {
    distant_unlabelled::Settings { per_deposit, at_least_m }
}

fn units(samples: &[Sample]) -> Vec<usize> {
    samples.iter().map(|sample| sample.unit).collect()
}

#[test]
fn every_sampler_keeps_the_contract() {
    let stack = stack();
    let samplers = [
        Sampling::DistantUnlabelled(distant(20, 1000.0)),
        Sampling::AllUnlabelled(Default::default()),
        Sampling::GivenNegatives(Default::default()),
    ];
    assert_eq!(samplers.each_ref().map(Sampling::key).as_slice(), Sampling::keys());
    for sampling in samplers {
        let key = sampling.key();
        let draw = |seed| sampling.draw(&stack, &labelled(), &eligible(), Seed(seed)).unwrap();
        let samples = draw(1);
        assert_eq!(samples, draw(1), "{key}");
        assert_eq!(samples != draw(2), sampling.varies(), "{key}");
        assert_eq!(samples[..4], labelled()[..4], "{key}: eligible deposits first");
        let against = &samples[4..];
        assert!(!against.is_empty() && against.iter().all(|s| !s.is_deposit()), "{key}");
        assert!(samples.iter().all(|s| eligible().get(s.unit)), "{key}");
        assert_eq!(labelled_units(&samples).len(), samples.len(), "{key}: none twice");
        let nothing = Mask::new(ROWS * COLS, false);
        for (labels, mask) in [
            (vec![], eligible()),
            (labelled(), nothing),
            (vec![sample(3000, Role::Negative)], eligible()),
            (vec![sample(5, Role::Deposit)], Mask::from_fn(ROWS * COLS, |unit| unit == 5)),
        ] {
            let error = sampling.draw(&stack, &labels, &mask, Seed(1)).unwrap_err();
            assert!(matches!(error, Error::TooFew { .. }), "{key}: {error}");
        }
    }
}

#[test]
fn drawn_units_keep_their_distance_and_those_that_do_can_be_drawn() {
    let stack = stack();
    let deposits: Vec<Point> =
        labelled()[..5].iter().map(|deposit| stack.place(deposit.unit).unwrap()).collect();
    let labels = labelled_units(&labelled());
    for at_least_m in [0.0, 99.0, 100.0, 1000.0, 2345.6] {
        // More than there are: all are taken.
        let settings = distant(ROWS * COLS, at_least_m);
        let drawn = settings.draw(&stack, &labelled(), &eligible(), Seed(1)).unwrap();
        let far = |unit: &usize| {
            let place = stack.place(*unit).unwrap();
            deposits.iter().all(|deposit| deposit.distance(place) >= at_least_m)
        };
        let expected: Vec<usize> =
            eligible().iter().filter(|unit| !labels.contains(unit)).filter(far).collect();
        assert_eq!(units(&drawn[4..]), expected, "{at_least_m}");
        assert!(drawn[4..].len() < settings.wanted(4).unwrap());
    }
    let drawn = distant(20, 1000.0).draw(&stack, &labelled(), &eligible(), Seed(1)).unwrap();
    assert_eq!(Some(drawn[4..].len()), distant(20, 1000.0).wanted(4));
    let all = all_unlabelled::Settings {};
    let drawn = all.draw(&stack, &labelled(), &eligible(), Seed(1)).unwrap();
    assert_eq!(drawn.len() - 4, eligible().count() - 7);
}

#[test]
fn every_distant_unit_is_as_likely_as_any_other() {
    let stack = stack();
    let draws = 2000;
    let settings = distant(25, 1000.0);
    let mut count = vec![0.0_f64; ROWS * COLS];
    let candidates = distant(ROWS * COLS, 1000.0);
    let candidates = candidates.draw(&stack, &labelled(), &eligible(), Seed(0)).unwrap();
    for seed in 0..draws {
        for sample in &settings.draw(&stack, &labelled(), &eligible(), Seed(seed)).unwrap()[4..] {
            count[sample.unit] += 1.0;
        }
    }
    // Pearson's statistic has mean n - 1 and standard deviation sqrt(2 n) or less.
    let n = (candidates.len() - 4) as f64;
    let mean = 100.0 * draws as f64 / n;
    let chi2: f64 = candidates[4..].iter().map(|s| (count[s.unit] - mean).powi(2) / mean).sum();
    assert!((chi2 - n).abs() < 5.0 * (2.0 * n).sqrt(), "{chi2} of {n}");
}

#[test]
fn a_table_is_drawn_from_its_unlabelled_rows() {
    let mut labelled: Vec<Sample> = (0..50)
        .map(|row| {
            let role = [Role::Deposit, Role::Negative, Role::Unlabelled][(row % 5).min(2)];
            sample(row, role)
        })
        .collect();
    labelled[7].weight = 0.5;
    labelled[7].group = Some("a".into());
    let eligible = Mask::from_fn(50, |unit| unit != 2);
    let bare = table(50, None);
    assert!(distant(2, 5000.0).draw(&bare, &labelled, &eligible, Seed(1)).is_err());
    let drawn = distant(2, 0.0).draw(&bare, &labelled, &eligible, Seed(1)).unwrap();
    assert_eq!(drawn.len(), 10 + 20);
    let all = all_unlabelled::Settings {}.draw(&bare, &labelled, &eligible, Seed(1)).unwrap();
    assert_eq!(all.len(), 10 + 29);
    assert!(all.contains(&labelled[7]) && drawn.iter().all(|row| labelled.contains(row)));
    let negatives = given_negatives::Settings {}.draw(&bare, &labelled, &eligible, Seed(1));
    assert_eq!(negatives.unwrap().len(), 20);

    let places = (0..50).map(|row| Point { easting: f64::from(row) * 100.0, northing: 0.0 });
    let placed = table(50, Some(places.collect()));
    let far = distant(9, 200.0).draw(&placed, &labelled, &eligible, Seed(1)).unwrap();
    // Of the rows after each deposit (0, 5, ...), 2 and 3 lie 200 m and more from either side.
    assert_eq!(units(&far[10..13]), [3, 7, 8]);
    assert!(far[10..].iter().all(|s| s.unit > 45 || [2, 3].contains(&(s.unit % 5))));
}

#[test]
fn settings_out_of_range_are_refused_by_name() {
    for (settings, key) in [
        (distant(0, 1.0), "per_deposit"),
        (distant(1, -1.0), "at_least_m"),
        (distant(1, f64::NAN), "at_least_m"),
    ] {
        let error = settings.draw(&stack(), &labelled(), &eligible(), Seed(1)).unwrap_err();
        assert!(error.to_string().contains(key), "{error}");
    }
    let outside = [sample(ROWS * COLS, Role::Deposit)];
    assert!(distant(1, 1.0).draw(&stack(), &outside, &eligible(), Seed(1)).is_err());
    let nowhere = distant(1, 1e7).draw(&stack(), &labelled(), &eligible(), Seed(1));
    assert!(matches!(nowhere, Err(Error::TooFew { .. })));
}
