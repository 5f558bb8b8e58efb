//! What is particular to a split.

use std::collections::BTreeSet;

use super::*;

fn hexagons(block_m: f64, buffer_m: f64) -> blocks::Settings {
    blocks::Settings { shape: blocks::Shape::Hexagon, ..blocks(block_m, buffer_m) }
}

/// Metres from a place to a convex ring; 0 within it.
fn to_ring(place: Point, ring: &[Point]) -> f64 {
    let mut inside = true;
    let mut near = f64::INFINITY;
    for pair in ring.windows(2) {
        let along = [pair[1].easting - pair[0].easting, pair[1].northing - pair[0].northing];
        let to = [place.easting - pair[0].easting, place.northing - pair[0].northing];
        // Clockwise rings have their inside on the right.
        inside &= along[0] * to[1] - along[1] * to[0] <= 0.0;
        let length = along[0].hypot(along[1]);
        let part = ((to[0] * along[0] + to[1] * along[1]) / length.powi(2)).clamp(0.0, 1.0);
        near = near.min((to[0] - part * along[0]).hypot(to[1] - part * along[1]));
    }
    if inside { 0.0 } else { near }
}

#[test]
fn hexagons_are_as_large_as_squares_and_their_buffer_is_exact() {
    let stack = stack();
    for (block_m, buffer_m) in [(1000.0, 0.0), (1000.0, 350.0), (600.0, 700.0), (430.0, 1300.0)] {
        let territory =
            hexagons(block_m, buffer_m).part(&stack, &deposits(2, 30), Seed(3)).unwrap();
        let parts = territory.parts();
        for part in &parts {
            assert!((ring_area(&part.outline) / block_m.powi(2) - 1.0).abs() < 1e-9);
        }
        for unit in stack.area().iter() {
            let place = stack.place(unit).unwrap();
            let home = fold_of(&*territory, unit);
            let own = parts.iter().filter(|part| to_ring(place, &part.outline) == 0.0);
            assert!(own.clone().count() >= 1 && own.clone().any(|part| part.fold == home));
            for fold in 0..territory.folds() {
                let rings = parts.iter().filter(|part| part.fold == fold);
                let near =
                    rings.map(|part| to_ring(place, &part.outline)).fold(f64::INFINITY, f64::min);
                if (near - buffer_m).abs() > 1e-6 {
                    let may = fold != home && near >= buffer_m;
                    assert_eq!(territory.may_train(unit, fold), may, "{unit} {fold} {near}");
                }
            }
        }
    }
    assert!(hexagons(0.5, 0.0).part(&stack, &deposits(2, 30), Seed(3)).is_err());
}

#[test]
fn provinces_are_held_out_whole_with_an_exact_buffer() {
    let stack = stack();
    let settings =
        provinces::Settings { layer: "province".into(), buffer_m: 500.0, ..Default::default() };
    let samples = deposits(3, 60);
    let territory = settings.part(&stack, &samples, Seed(1)).unwrap();
    assert_eq!(territory.folds(), 5);
    let units: Vec<usize> = stack.area().iter().collect();
    for &unit in units.iter().step_by(7) {
        let fold = fold_of(&*territory, unit);
        for &other in units.iter().filter(|&&other| province(other) == province(unit)) {
            assert!(territory.holds_out(other, fold));
        }
        for fold in 0..5 {
            let place = stack.place(unit).unwrap();
            let held = units.iter().filter(|&&other| territory.holds_out(other, fold));
            let near = held
                .map(|&other| stack.place(other).unwrap().distance(place))
                .fold(f64::INFINITY, f64::min);
            assert_eq!(territory.may_train(unit, fold), near >= 500.0, "{unit} {fold} {near}");
        }
    }
    let parts = territory.parts();
    let area: f64 = parts.iter().map(|part| ring_area(&part.outline)).sum();
    assert_eq!((parts.len(), area), (8, 6000.0 * 3700.0));
    // One left out at a time.
    let each = provinces::Settings { folds: 8, ..settings.clone() };
    assert_eq!(each.part(&stack, &samples, Seed(1)).unwrap().folds(), 8);
    let more = provinces::Settings { folds: 9, ..settings };
    assert_eq!(more.part(&stack, &samples, Seed(1)).unwrap().warnings().len(), 1);
}

#[test]
fn provinces_part_a_table_with_and_without_places() {
    let samples: Vec<Sample> =
        (0..2400).step_by(7).map(|row| sample(row, row % 2 == 0, None)).collect();
    let grid = stack();
    let places = (0..2400).map(|unit| grid.place(unit).unwrap()).collect();
    let settings = provinces::Settings { layer: "province".into(), ..Default::default() };
    let bare = settings.part(&table(2400, None), &samples, Seed(1)).unwrap();
    assert!(bare.parts().iter().all(|part| part.outline.is_empty()));
    let far = provinces::Settings { buffer_m: 700.0, ..settings };
    let placed = far.part(&table(2400, Some(places)), &samples, Seed(1)).unwrap();
    for unit in 0..2400 {
        let fold = fold_of(&*bare, unit);
        assert!(placed.holds_out(unit, fold));
        for other in (0..bare.folds()).filter(|other| *other != fold) {
            assert!(bare.may_train(unit, other));
        }
    }
    // On the grid, where the first rows are not in the study area, the same buffer.
    let on_grid = far.part(&grid, &samples[26..], Seed(1)).unwrap();
    let trained = |territory: &dyn Territory| {
        (600..2400).filter(|&unit| (0..5).all(|fold| territory.may_train(unit, fold))).count()
    };
    assert_eq!((trained(&*on_grid), trained(&*placed)), (0, 0));
}

/// Deposits in three camps, 1.5 km apart and more, each 200 m across.
fn camps() -> Vec<Sample> {
    [(6, 6), (6, 30), (30, 50)]
        .into_iter()
        .flat_map(|(row, col)| {
            [(0, 0), (0, 2), (2, 0), (1, 1)].map(|(down, right)| (row + down, col + right))
        })
        .map(|(row, col)| sample(row * COLS + col, true, None))
        .collect()
}

#[test]
fn camps_are_clusters() {
    let stack = stack();
    for linkage in
        [clusters::Linkage::Single, clusters::Linkage::Average, clusters::Linkage::Complete]
    {
        let settings = clusters::Settings {
            apart_m: 300.0,
            linkage,
            buffer_m: 0.0,
            ..clusters::Settings::default()
        };
        let folds_of = |settings: &clusters::Settings| {
            let territory = settings.part(&stack, &camps(), Seed(1)).unwrap();
            let folds: Vec<usize> =
                camps().iter().map(|sample| fold_of(&*territory, sample.unit)).collect();
            (folds, territory.notes(), territory.warnings().len())
        };
        let (folds, notes, warnings) = folds_of(&settings);
        assert!(folds.chunks(4).all(|camp| camp.iter().all(|fold| *fold == camp[0])));
        assert_eq!(folds.iter().collect::<BTreeSet<_>>().len(), 3);
        assert_eq!((notes, warnings), (vec!["3 clusters of deposits".to_string()], 1));
        // The two northern camps are nearer to each other than to the third.
        let two = clusters::Settings { clusters: Some(2), ..settings.clone() };
        let (folds, ..) = folds_of(&two);
        assert!(folds[0] == folds[4] && folds[0] != folds[8]);
        let apart = clusters::Settings { apart_m: 0.0, ..settings.clone() };
        assert_eq!(folds_of(&apart).1, ["12 clusters of deposits"]);
        let together = clusters::Settings { apart_m: 1e9, ..settings };
        assert!(together.part(&stack, &camps(), Seed(1)).is_err());
    }
}

#[test]
fn single_linkage_follows_a_trend_and_complete_linkage_breaks_it() {
    let stack = stack();
    let trend: Vec<Sample> = (0..20)
        .map(|col| sample(20 * COLS + 3 * col, true, None))
        .chain([sample(185, true, None)])
        .collect();
    let count = |linkage| {
        let settings = clusters::Settings { apart_m: 350.0, linkage, ..Default::default() };
        settings.part(&stack, &trend, Seed(1)).unwrap().notes()[0].clone()
    };
    assert_eq!(count(clusters::Linkage::Single), "2 clusters of deposits");
    assert_eq!(count(clusters::Linkage::Complete), "11 clusters of deposits");
}

#[test]
fn folds_by_distance_are_no_larger_than_asked_and_say_how_well_they_match() {
    let stack = stack();
    for (largest_fold, most) in [(0.34, 4), (0.5, 6)] {
        let settings = nearest_distance::Settings { folds: 3, largest_fold, ..Default::default() };
        let territory = settings.part(&stack, &camps(), Seed(1)).unwrap();
        let folds = folds(&*territory, &camps());
        assert!(folds.iter().all(|fold| (1..=most).contains(&fold.held_out.len())));
        assert!(territory.notes()[0].starts_with("W = "), "{:?}", territory.notes());
        assert!(territory.warnings().is_empty());
    }
}

#[test]
fn others_are_held_out_with_a_deposit_as_often_as_asked() {
    let stack = stack();
    let mut samples: Vec<Sample> = deposits(4, 6);
    samples.extend((0..50).map(|n| sample(2000 + 7 * n, false, None)));
    for (others_per_deposit, held_out) in [(1, 6), (5, 30), (20, 50)] {
        let settings = leave_one_deposit_out::Settings {
            others_per_deposit,
            buffer_m: 0.0,
            ..Default::default()
        };
        let folds = folds(&*settings.part(&stack, &samples, Seed(1)).unwrap(), &samples);
        let counts: Vec<usize> = folds.iter().map(|fold| fold.held_out.len() - 1).collect();
        assert_eq!(counts.iter().sum::<usize>(), held_out);
        assert!(counts.iter().max().unwrap() - counts.iter().min().unwrap() <= 1, "{counts:?}");
        // Nothing but what is held out is kept from training without a circle.
        assert!(folds.iter().all(|fold| fold.training.len() + fold.held_out.len() == 56));
    }
}

#[test]
fn all_pairs_are_taken_where_there_are_few() {
    let stack = stack();
    let mut samples: Vec<Sample> = deposits(4, 3);
    samples.extend((0..4).map(|n| sample(2000 + 7 * n, false, None)));
    for (pairs, taken) in [(100, 12), (12, 12), (7, 7)] {
        let settings = leave_pair_out::Settings { pairs, buffer_m: 0.0, ..Default::default() };
        let territory = settings.part(&stack, &samples, Seed(1)).unwrap();
        assert_eq!(territory.notes(), [format!("{taken} of 12 pairs")]);
        let held: BTreeSet<Vec<usize>> =
            folds(&*territory, &samples).into_iter().map(|fold| fold.held_out).collect();
        assert_eq!(held.len(), taken, "no pair twice");
    }
}

#[test]
fn what_was_known_trains_and_what_came_after_is_held_out() {
    let stack = stack();
    let dated = |unit, year, group| Sample { year, ..sample(unit, true, group) };
    let samples = [
        dated(300, Some(1950), None),
        dated(400, Some(1969), Some("camp")),
        dated(500, Some(1970), None),
        dated(600, Some(1979), None),
        dated(700, Some(1990), None),
        dated(800, None, None),
        dated(1400, Some(1995), Some("camp")),
        sample(900, false, None),
    ];
    let rows = |settings: &discovery::Settings| {
        let territory = settings.part(&stack, &samples, Seed(1)).unwrap();
        let deposits = |rows: &Vec<usize>| -> Vec<usize> {
            rows.iter().copied().filter(|row| *row < 7).collect()
        };
        let folds: Vec<[Vec<usize>; 2]> = folds(&*territory, &samples)
            .iter()
            .map(|fold| [deposits(&fold.training), deposits(&fold.held_out)])
            .collect();
        (folds, territory.notes(), territory.warnings().len())
    };
    let settings = discovery::Settings { years: vec![1980, 1970], ..Default::default() };
    let (folds, notes, warnings) = rows(&settings);
    // The camp counts from 1969; the deposit without a year trains.
    assert_eq!(folds[0], [vec![0, 1, 5, 6], vec![2, 3]]);
    assert_eq!(folds[1], [vec![0, 1, 2, 3, 5, 6], vec![4]]);
    assert_eq!(notes[0], "2 known before 1970, 2 found from then and before 1980");
    assert_eq!(notes[1], "4 known before 1980, 1 found from then");
    assert_eq!((folds.len(), warnings), (2, 1));
    let left = discovery::Settings { undated: discovery::Undated::LeaveOut, ..settings };
    assert_eq!(rows(&left).0[0], [vec![0, 1, 6], vec![2, 3]]);
    // Years without finds, or with nothing known before them, make no fold.
    let odd = discovery::Settings { years: vec![1940, 1970, 1981, 1985, 2000], ..left.clone() };
    let (folds, _, warnings) = rows(&odd);
    assert_eq!((folds.len(), warnings), (2, 2));
    let one = discovery::Settings { years: vec![1970], ..left };
    assert!(one.part(&stack, &samples, Seed(1)).is_err());
    // 1950, 1969, 1970, 1979, 1990 in three periods: cuts at 1969 and 1979.
    let cut = discovery::Settings { folds: 2, ..Default::default() };
    let (folds, notes, _) = rows(&cut);
    assert_eq!(folds.len(), 2);
    assert_eq!(notes[1], "3 known before 1979, 2 found from then");
    let undated: Vec<Sample> =
        samples.iter().map(|sample| Sample { year: None, ..sample.clone() }).collect();
    let error = cut.part(&stack, &undated, Seed(1)).err().unwrap();
    assert!(error.to_string().starts_with("deposits with a year"), "{error}");
}
