use super::*;
use proptest::prelude::*;

/// Sorts all samples: what the search must find.
fn nearest_by_sorting(places: &[Place], at: Place, most: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..places.len() as u32).collect();
    let squared = |&index: &u32| neighbours::squared(places[index as usize], at);
    order.sort_by(|a, b| squared(a).total_cmp(&squared(b)).then(a.cmp(b)));
    order.truncate(most);
    order.sort_unstable();
    order
}

proptest! {
    #[test]
    fn neighbours_are_the_nearest_ties_by_number(
        samples in prop::collection::vec((0..30_i32, 0..30_i32), 1..200),
        at in prop::collection::vec((-10..40_i32, -10..40_i32), 1..80),
        most in 1..20_usize,
    ) {
        let place = |(e, n): &(i32, i32)| [f64::from(*e), f64::from(*n)];
        let samples: Vec<Place> = samples.iter().map(place).collect();
        let at: Vec<Place> = at.iter().map(place).collect();
        let search = Search { most, octants: false, metric: Metric::PLAIN };
        let neighbours = Neighbours::new(&samples, search);
        let mut seen = vec![false; at.len()];
        neighbours.visit(&at, |index, place, set| {
            assert_eq!(place, at[index]);
            assert_eq!(set, nearest_by_sorting(&samples, place, most));
            seen[index] = true;
        });
        prop_assert!(seen.into_iter().all(|seen| seen));
    }

    #[test]
    fn octants_take_from_all_sides_first(
        samples in prop::collection::vec((-90..90_i32, -90..90_i32), 17..200),
    ) {
        let samples: Vec<Place> =
            samples.iter().map(|(e, n)| [f64::from(*e) + 0.3, f64::from(*n) + 0.1]).collect();
        let search = Search { most: 8, octants: true, metric: Metric::PLAIN };
        let neighbours = Neighbours::new(&samples, search);
        neighbours.visit(&[[0.0, 0.0]], |_, _, set| {
            assert_eq!(set.len(), 8);
            // each of the sixteen nearest that is the nearest of its octant is taken
            let pool = nearest_by_sorting(&samples, [0.0, 0.0], 16);
            let octant = |&index: &u32| {
                let [e, n] = samples[index as usize];
                (e < 0.0, n < 0.0, e.abs() < n.abs())
            };
            let squared = |&index: &u32| neighbours::squared(samples[index as usize], [0.0; 2]);
            for index in &pool {
                let same = pool.iter().filter(|other| octant(other) == octant(index));
                let nearest = same.min_by(|a, b| squared(a).total_cmp(&squared(b)).then(a.cmp(b)));
                assert!(nearest != Some(index) || set.contains(index));
            }
        });
    }
}

#[test]
fn spacing_is_that_of_lines_far_apart() {
    // samples every 10 m along lines 400 m apart
    let line = |at: i32| (0..40).map(move |step| [f64::from(step) * 10.0, f64::from(at) * 400.0]);
    let places: Vec<Place> = (0..6).flat_map(line).collect();
    let samples = Samples { values: vec![0.0; places.len()], places };
    let spacing_m = samples.spacing_m("test").unwrap();
    assert!((395.0..450.0).contains(&spacing_m), "{spacing_m}");
}

#[test]
fn whole_blocks_are_held_out_together() {
    let places: Vec<Place> =
        (0..400).map(|i| [f64::from(i % 20) * 10.0, f64::from(i / 20) * 10.0]).collect();
    let samples = Samples { values: vec![0.0; 400], places };
    let settings = validation::Settings { folds: 4, block_m: Some(50.0) };
    let folds = settings.deal(&samples, 10.0, 100.0).unwrap();
    let fold_of = |index: usize| folds.held_out.iter().position(|fold| fold.contains(&index));
    for index in 0..400 {
        let corner = index / 20 / 5 * 5 * 20 + index % 20 / 5 * 5;
        assert_eq!(fold_of(index), fold_of(corner));
    }
    assert!(folds.held_out.iter().all(|fold| fold.len() == 100));
    let one_block = validation::Settings { folds: 4, block_m: Some(5000.0) };
    assert!(one_block.deal(&samples, 10.0, 100.0).is_none());
}

#[test]
fn figures_are_four() {
    let found = [0.0, 1234.5, 12.3456, 0.001_234_56, -7.0].map(figures);
    assert_eq!(found, ["0.000", "1234", "12.35", "0.001235", "-7.000"]);
}
