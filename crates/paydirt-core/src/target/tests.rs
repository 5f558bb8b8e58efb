use proptest::prelude::*;

use super::*;
use crate::grid::{Crs, GeoTransform};

const WIDTH: f64 = 10.0;
const HEIGHT: f64 = 20.0;

fn grid(rows: usize, cols: usize) -> Grid {
    let transform =
        GeoTransform { west: 500.0, north: 900.0, cell_width: WIDTH, cell_height: HEIGHT };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

fn all() -> Settings {
    Settings { min_area_km2: Some(0.0), max_targets: usize::MAX, ..Settings::default() }
}

/// A map drawn in letters: `#` is good ground, `.` other, and a blank has no score.
fn drawn(rows: &[&str]) -> (Grid, Vec<f32>, Settings) {
    let score: Vec<f32> = rows
        .iter()
        .flat_map(|row| row.chars())
        .map(|letter| match letter {
            '#' => 1.0,
            '.' => 0.0,
            _ => f32::NAN,
        })
        .collect();
    let valid = score.iter().filter(|one| !one.is_nan()).count() as f64;
    let good = score.iter().filter(|one| **one == 1.0).count() as f64;
    let settings = Settings { top_share_percent: 100.0 * good / valid, ..all() };
    (grid(rows.len(), rows[0].len()), score, settings)
}

fn found(rows: &[&str], merge_m: f64) -> Vec<Target> {
    let (grid, score, settings) = drawn(rows);
    let scores = Scores { grid: &grid, score: Values::Held(&score), spread: None, deposits: &[] };
    find(&Settings { merge_m, ..settings }, &scores).unwrap().targets
}

fn area(ring: &[[f64; 2]]) -> f64 {
    ring.windows(2).map(|at| (at[0][0] * at[1][1] - at[1][0] * at[0][1]) / 2.0).sum()
}

/// Whether a place lies in a polygon: an odd number of edges to the east of it.
fn covers(polygon: &Polygon, place: Point) -> bool {
    let edges = polygon.iter().flat_map(|ring| ring.windows(2));
    let crossed = edges.filter(|at| {
        let [south, north] = [at[0][1].min(at[1][1]), at[0][1].max(at[1][1])];
        at[0][0] == at[1][0]
            && at[0][0] > place.easting
            && south < place.northing
            && place.northing < north
    });
    crossed.count() % 2 == 1
}

#[test]
fn cells_that_touch_at_a_corner_are_one_target_of_two_polygons() {
    let targets = found(&["#..", ".#.", "..."], 0.0);
    assert_eq!(targets.len(), 1);
    assert_eq!(targets[0].polygons.len(), 2);
    assert!(targets[0].polygons.iter().all(|polygon| polygon.len() == 1));
}

#[test]
fn a_hole_that_touches_the_outside_at_a_corner_is_a_hole() {
    let targets = found(&[".##.", "#.#.", "###."], 0.0);
    let [polygon] = &targets[0].polygons[..] else { panic!("one polygon") };
    assert_eq!(polygon.len(), 2);
    assert_eq!(area(&polygon[0]), 8.0 * WIDTH * HEIGHT);
    assert_eq!(area(&polygon[1]), -WIDTH * HEIGHT);
    assert_eq!(polygon[0].len(), 7);
}

#[test]
fn an_island_in_a_hole_is_a_polygon_of_its_own() {
    let map = ["#####", "#...#", "#.#.#", "#...#", "#####", "....."];
    let apart = found(&map, 0.0);
    assert_eq!(apart.iter().map(|one| one.units.len()).collect::<Vec<_>>(), [16, 1]);
    let merged = found(&map, 2.0 * WIDTH);
    assert_eq!(merged.len(), 1);
    let holes: Vec<usize> = merged[0].polygons.iter().map(|polygon| polygon.len() - 1).collect();
    assert_eq!(holes, [1, 0]);
}

#[test]
fn targets_are_merged_by_the_distance_of_their_cells() {
    let map = ["#..#....", "........", "#.......", "........"];
    assert_eq!(found(&map, 29.9).len(), 3);
    assert_eq!(found(&map, 30.0).len(), 2);
    assert_eq!(found(&map, 40.0).len(), 1);
    assert_eq!(found(&map, 1e9).len(), 1);
}

#[test]
fn a_target_is_measured_as_on_paper() {
    let grid = grid(4, 5);
    let mut score = vec![0.1; 20];
    score[19] = f32::NAN;
    (score[0], score[1], score[6]) = (0.5, 0.9, 0.7);
    (score[13], score[18]) = (0.6, 0.6);
    let mut spread = vec![f32::NAN; 20];
    (spread[0], spread[6]) = (0.1, 0.3);
    let scores = Scores {
        grid: &grid,
        score: Values::Held(&score),
        spread: Some(Values::Held(&spread)),
        deposits: &[6, 4, 4000],
    };
    let settings = Settings { top_share_percent: 100.0 * 5.0 / 19.0, ..all() };
    let result = find(&settings, &scores).unwrap();
    assert_eq!((result.lowest_score, result.too_small, result.too_many), (Some(0.5), 0, 0));
    let [first, second] = &result.targets[..] else { panic!("two targets") };
    assert_eq!((first.rank, &first.units[..], &first.deposits[..]), (1, &[0, 1, 6][..], &[6][..]));
    assert!((first.mean_score - 0.7).abs() < 1e-7);
    assert!((first.max_score - 0.9).abs() < 1e-7);
    assert!((first.area_km2 - 600.0 / 1e6).abs() < 1e-12);
    assert!((first.max_percentile - 100.0 * 18.5 / 19.0).abs() < 1e-9);
    assert!((first.mean_spread.unwrap() - 0.2).abs() < 1e-7);
    assert_eq!(first.deposit_distance_m, Some(0.0));
    assert_eq!(first.peak, grid.centre(1));
    assert!((first.centroid.northing - (890.0 - 20.0 / 3.0)).abs() < 1e-9);
    assert_eq!((second.rank, second.mean_spread, second.peak), (2, None, grid.centre(13)));
    // From the cell in row 2, column 3 to the deposits in row 1, column 1 and row 0, column 4.
    assert_eq!(second.deposit_distance_m, Some(20_f64.hypot(20.0)));
    assert!((second.max_percentile - 100.0 * 16.0 / 19.0).abs() < 1e-9);
}

#[test]
fn equal_scores_are_ranked_by_area_then_by_peak_and_small_and_surplus_ones_are_counted() {
    let (grid, score, settings) = drawn(&["#.#..##", ".......", "##....#", "......."]);
    let scores = Scores { grid: &grid, score: Values::Held(&score), spread: None, deposits: &[] };
    let firsts = |settings: &Settings| {
        let result = find(settings, &scores).unwrap();
        let firsts: Vec<usize> = result.targets.iter().map(|target| target.units[0]).collect();
        (firsts, result.too_small, result.too_many)
    };
    assert_eq!(firsts(&settings), (vec![5, 14, 0, 2, 20], 0, 0));
    let two = Settings { min_area_km2: Some(2.0 * WIDTH * HEIGHT / 1e6), ..settings.clone() };
    assert_eq!(firsts(&two), (vec![5, 14], 3, 0));
    assert_eq!(firsts(&Settings { max_targets: 1, ..two }), (vec![5], 3, 1));
    assert_eq!(firsts(&Settings { min_area_km2: None, ..settings }), (vec![], 5, 0));
}

#[test]
fn maps_of_one_value_or_of_none_have_no_target() {
    let grid = grid(3, 3);
    for value in [0.5, f32::NAN, f32::INFINITY] {
        let score = vec![value; 9];
        let scores =
            Scores { grid: &grid, score: Values::Held(&score), spread: None, deposits: &[1] };
        assert_eq!(find(&all(), &scores).unwrap().targets, []);
    }
    let score = vec![0.5; 9];
    let scores = Scores { grid: &grid, score: Values::Held(&score), spread: None, deposits: &[1] };
    let whole = find(&Settings { top_share_percent: 100.0, ..all() }, &scores).unwrap();
    assert_eq!(whole.targets[0].units.len(), 9);
}

#[test]
fn bad_settings_and_maps_are_refused_by_name() {
    let grid = grid(3, 3);
    let score = vec![0.5; 9];
    let scores = Scores { grid: &grid, score: Values::Held(&score), spread: None, deposits: &[] };
    for (name, settings) in [
        ("top_share_percent", Settings { top_share_percent: 0.0, ..all() }),
        ("top_share_percent", Settings { top_share_percent: f64::NAN, ..all() }),
        ("min_area_km2", Settings { min_area_km2: Some(-1.0), ..all() }),
        ("max_targets", Settings { max_targets: 0, ..all() }),
        ("merge_m", Settings { merge_m: f64::INFINITY, ..all() }),
    ] {
        match find(&settings, &scores) {
            Err(Error::BadSetting { key, .. }) => assert_eq!(key, format!("target.{name}")),
            other => panic!("{name}: {other:?}"),
        }
    }
    let short = Scores { spread: Some(Values::Held(&score[1..])), ..scores };
    assert!(matches!(find(&all(), &short), Err(Error::GridMismatch { .. })));
}

/// A map of up to 12 x 12 cells whose ground is good, other or unknown by chance.
fn map() -> impl Strategy<Value = (Grid, Vec<f32>, f64)> {
    (1_usize..=12, 1_usize..=12, 0.05..0.95, 0_usize..4).prop_flat_map(
        |(rows, cols, share, merge)| {
            let letter = proptest::option::weighted(0.9, 0.0_f32..1.0);
            let letters = proptest::collection::vec(letter, rows * cols);
            letters.prop_map(move |letters| {
                let score = letters.iter().map(|one| match one {
                    Some(score) => {
                        if f64::from(*score) < share {
                            1.0
                        } else {
                            0.0
                        }
                    }
                    None => f32::NAN,
                });
                (grid(rows, cols), score.collect(), [0.0, 10.0, 25.0, 45.0][merge])
            })
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn polygons_are_valid_and_cover_exactly_their_cells((grid, score, merge_m) in map()) {
        let valid = score.iter().filter(|one| one.is_finite()).count() as f64;
        let good: Vec<usize> = (0..grid.cells()).filter(|&unit| score[unit] == 1.0).collect();
        prop_assume!(!good.is_empty());
        let top_share_percent = 100.0 * good.len() as f64 / valid;
        let scores = Scores { grid: &grid, score: Values::Held(&score), spread: None, deposits: &good[..1] };
        let settings = Settings { top_share_percent, merge_m, ..all() };
        let targets = find(&settings, &scores).unwrap().targets;
        let mut units: Vec<usize> = targets.iter().flat_map(|one| one.units.clone()).collect();
        units.sort_unstable();
        prop_assert_eq!(units, good);
        for target in &targets {
            let rings = target.polygons.iter().flatten();
            let sum: f64 = rings.map(|ring| area(ring)).sum();
            prop_assert!((sum / 1e6 - target.area_km2).abs() < 1e-9);
            for unit in 0..grid.cells() {
                let covering = target.polygons.iter().filter(|one| covers(one, grid.centre(unit)));
                prop_assert_eq!(covering.count(), usize::from(target.units.contains(&unit)));
            }
            for polygon in &target.polygons {
                prop_assert!(area(&polygon[0]) > 0.0 && polygon[1..].iter().all(|ring| area(ring) < 0.0));
                for ring in polygon {
                    let mut places: Vec<String> = ring[1..].iter().map(|at| format!("{at:?}")).collect();
                    places.sort();
                    places.dedup();
                    prop_assert_eq!(places.len(), ring.len() - 1, "a ring touches itself");
                    prop_assert_eq!(ring.first(), ring.last());
                }
            }
        }
    }

    #[test]
    fn targets_are_the_groups_of_cells_near_one_another((grid, score, merge_m) in map()) {
        let good: Vec<usize> = (0..grid.cells()).filter(|&unit| score[unit] == 1.0).collect();
        prop_assume!(!good.is_empty());
        let valid = score.iter().filter(|one| one.is_finite()).count() as f64;
        let settings =
            Settings { top_share_percent: 100.0 * good.len() as f64 / valid, merge_m, ..all() };
        let scores = Scores { grid: &grid, score: Values::Held(&score), spread: None, deposits: &[] };
        let near = |one: usize, two: usize| {
            let (a, b) = (grid.cell(one), grid.cell(two));
            let touching = a.row.abs_diff(b.row) <= 1 && a.col.abs_diff(b.col) <= 1;
            touching || grid.centre(one).distance(grid.centre(two)) <= merge_m + 1e-9
        };
        let mut left = good;
        let mut sizes = Vec::new();
        while let Some(start) = left.pop() {
            let mut group = vec![start];
            let mut next = 0;
            while next < group.len() {
                let here = group[next];
                let (joined, rest): (Vec<_>, Vec<_>) = left.iter().partition(|&&other| near(here, other));
                group.extend(joined);
                left = rest;
                next += 1;
            }
            sizes.push(group.len());
        }
        let targets = find(&settings, &scores).unwrap().targets;
        let mut found: Vec<usize> = targets.iter().map(|target| target.units.len()).collect();
        sizes.sort_unstable();
        found.sort_unstable();
        prop_assert_eq!(found, sizes);
    }
}
