//! Contacts, signed distances, intersections and weighted densities: against geometry made by hand
//! and against brute force.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::Result;
use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::step::density::Weight;
use paydirt_core::step::intersections::Measure;
use paydirt_core::step::{
    Geometry, Shape, Source, Surface, contacts, density, intersections, rasterise, signed_distance,
};
use proptest::prelude::*;

/// A grid whose south-west corner is 0, 0.
fn grid(rows: usize, cols: usize, cell_width: f64, cell_height: f64) -> Grid {
    let north = rows as f64 * cell_height;
    let transform = GeoTransform { west: 0.0, north, cell_width, cell_height };
    Grid::new(Crs::local_metres(), transform, rows, cols).unwrap()
}

fn ring(west: f64, south: f64, east: f64, north: f64) -> Vec<[f64; 2]> {
    vec![[west, south], [east, south], [east, north], [west, north], [west, south]]
}

fn polygon(rings: Vec<Vec<[f64; 2]>>, value: Option<f32>) -> Shape {
    Shape { geometry: Geometry::Polygons(vec![rings]), value }
}

fn rectangle(region: [f64; 4], value: f32) -> Shape {
    let [west, south, east, north] = region;
    polygon(vec![ring(west, south, east, north)], Some(value))
}

fn line(places: &[[f64; 2]]) -> Shape {
    Shape { geometry: Geometry::Lines(vec![places.to_vec()]), value: None }
}

fn draw(surface: &dyn Surface, shapes: &[Shape], grid: &Grid) -> Result<Vec<f32>> {
    surface.draw(&Source::Shapes(shapes), grid)
}

fn signed(shapes: &[Shape], grid: &Grid) -> Vec<f32> {
    draw(&signed_distance::Settings::default(), shapes, grid).unwrap()
}

/// Distance from a place to a closed ring, by brute force.
fn to_ring(place: [f64; 2], ring: &[[f64; 2]]) -> f64 {
    let nearest = ring.windows(2).map(|ends| {
        let [a, b] = [ends[0], ends[1]];
        let (r, p) = ([b[0] - a[0], b[1] - a[1]], [place[0] - a[0], place[1] - a[1]]);
        let along = (p[0] * r[0] + p[1] * r[1]) / (r[0] * r[0] + r[1] * r[1]).max(1e-300);
        let along = along.clamp(0.0, 1.0);
        (p[0] - along * r[0]).hypot(p[1] - along * r[1])
    });
    nearest.fold(f64::INFINITY, f64::min)
}

#[test]
fn signed_distance_is_negative_inside() {
    // a square of 50 m in the middle of 11 x 11 cells of 10 m
    let found = signed(&[rectangle([30.0, 30.0, 80.0, 80.0], 1.0)], &grid(11, 11, 10.0, 10.0));
    // its middle row; an edge at 30 belongs to the cell to its east, one at 80 too
    let middle: Vec<f32> = found[5 * 11..6 * 11].to_vec();
    assert_eq!(middle, [30., 20., 10., 0., -10., -20., -20., -10., 0., 10., 20.]);
    let capped = signed_distance::Settings { max_m: Some(15.0) };
    let capped =
        draw(&capped, &[rectangle([30.0, 30.0, 80.0, 80.0], 1.0)], &grid(11, 11, 10.0, 10.0));
    assert_eq!(capped.unwrap()[5 * 11..5 * 11 + 6], [15., 15., 10., 0., -10., -15.]);
}

#[test]
fn polygons_that_touch_overlap_or_repeat_have_one_edge() {
    let grid = grid(30, 40, 10.0, 10.0);
    let whole = [rectangle([55.0, 45.0, 305.0, 215.0], 1.0)];
    let expected = signed(&whole, &grid);
    let differ = |shapes: &[Shape]| {
        let found = signed(shapes, &grid);
        let differing = found.iter().zip(&expected).filter(|(one, other)| one != other);
        differing.count()
    };
    let west = rectangle([55.0, 45.0, 150.0, 215.0], 1.0);
    let east = |from: f64| rectangle([from, 45.0, 305.0, 215.0], 2.0);
    assert_eq!(differ(&[west.clone(), east(150.0)]), 0, "neighbours");
    assert_eq!(differ(&[west.clone(), east(120.0)]), 0, "an overlap");
    assert_eq!(differ(&[whole[0].clone(), whole[0].clone()]), 0, "a duplicate");
    // a gap of 2 m that holds no centre (they lie at 145, 155, ...)
    assert_eq!(differ(&[west, east(152.0)]), 0, "a narrow gap");
    // a dyke that holds no centre is an edge all the same
    let dyke = signed(&[rectangle([146.0, 45.0, 149.0, 215.0], 1.0)], &grid);
    assert_eq!(dyke[12 * 40 + 12..12 * 40 + 17], [20.0, 10.0, 0.0, 10.0, 20.0]);
    // two triangles that touch at one place, as one ring that crosses itself there
    let bow = vec![[50., 50.], [250., 250.], [250., 50.], [50., 250.], [50., 50.]];
    let bow = signed(&[polygon(vec![bow], None)], &grid);
    let at = |easting: f64, northing: f64| {
        let place = paydirt_core::grid::Point { easting, northing };
        bow[grid.locate(place).unwrap()]
    };
    assert!(at(75.0, 145.0) < 0.0 && at(225.0, 145.0) < 0.0);
    assert!(at(145.0, 225.0) > 0.0 && at(145.0, 65.0) > 0.0);
}

#[test]
fn an_edge_around_the_grid_counts_and_none_is_refused() {
    let grid = grid(20, 20, 10.0, 10.0);
    // covers the grid and ends 45 m east of it
    let found = signed(&[rectangle([-1e4, -1e4, 245.0, 1e4], 1.0)], &grid);
    assert_eq!((found[0], found[19]), (-240.0, -50.0));
    let refused = [
        draw(&signed_distance::Settings::default(), &[], &grid),
        draw(&signed_distance::Settings::default(), &[line(&[[0., 0.], [9., 9.]])], &grid),
        draw(
            &signed_distance::Settings::default(),
            &[rectangle([-1e4, -1e4, 1e4, 1e4], 1.)],
            &grid,
        ),
        draw(&signed_distance::Settings { max_m: Some(f64::NAN) }, &[], &grid),
        draw(&contacts::Settings::default(), &[rectangle([0., 0., 99., 99.], 1.)], &grid),
        draw(&contacts::Settings::default(), &[], &grid),
        draw(&contacts::Settings::default(), &[polygon(vec![ring(0., 0., 9., 9.)], None)], &grid),
    ];
    for refused in refused {
        assert!(refused.unwrap_err().hint().is_some());
    }
}

#[test]
fn of_a_raster_what_is_not_known_has_no_signed_distance() {
    let raster = [0.0, 0.0, 1.0, 1.0, 1.0, f32::NAN];
    let grid = grid(1, 6, 10.0, 10.0);
    let found = signed_distance::Settings::default().draw(&Source::Raster(&raster), &grid).unwrap();
    assert_eq!(found[..5], [10.0, 0.0, 0.0, -10.0, -20.0]);
    assert!(found[5].is_nan());
    let classes = [1.0, 1.0, f32::NAN, 2.0, 2.0, 3.0];
    let found = contacts::Settings::default().draw(&Source::Raster(&classes), &grid).unwrap();
    assert_eq!(found, [40.0, 30.0, 20.0, 10.0, 0.0, 0.0], "ground without a class parts");
}

#[test]
fn contacts_lie_where_two_classes_touch() {
    let grid = grid(10, 30, 10.0, 10.0);
    // 1 | 1 | 2 | 3, and nothing from 250 on
    let shapes = [
        rectangle([0.0, -50.0, 50.0, 200.0], 1.0),
        rectangle([50.0, -50.0, 105.0, 200.0], 1.0),
        rectangle([105.0, -50.0, 205.0, 200.0], 2.0),
        rectangle([205.0, -50.0, 250.0, 200.0], 3.0),
    ];
    let row =
        |settings: contacts::Settings| draw(&settings, &shapes, &grid).unwrap()[..30].to_vec();
    let away = |cells: &[usize]| -> Vec<f32> {
        let apart = |col: usize| cells.iter().map(|cell| cell.abs_diff(col)).min().unwrap();
        (0..30).map(|col| apart(col) as f32 * 10.0).collect()
    };
    assert_eq!(row(contacts::Settings::default()), away(&[10, 20]));
    let between = |pair| contacts::Settings { between: Some(pair), max_m: None };
    assert_eq!(row(between([3.0, 2.0])), away(&[20]));
    assert!(draw(&between([1.0, 3.0]), &shapes, &grid).is_err(), "they do not touch");
    for pair in [[1.0, 1.0], [1.0, 9.0]] {
        let message = draw(&between(pair), &shapes, &grid).unwrap_err().to_string();
        assert!(message.starts_with("`contacts.between`"), "{message}");
    }
    // a later polygon covers an earlier one, with its contacts
    let mut covered = shapes.to_vec();
    covered.push(rectangle([90.0, -60.0, 120.0, 210.0], 3.0));
    let found = draw(&contacts::Settings::default(), &covered, &grid).unwrap();
    assert_eq!(found[..30], away(&[9, 12, 20]));
}

fn places(shapes: &[Shape], tolerance_m: f64) -> Vec<[usize; 2]> {
    let grid = grid(40, 40, 10.0, 10.0);
    let settings = intersections::Settings { tolerance_m, max_m: Some(1.0), ..Default::default() };
    match draw(&settings, shapes, &grid) {
        Err(error) => {
            assert!(error.to_string().contains("meet nowhere"), "{error}");
            Vec::new()
        }
        Ok(values) => {
            let cells = values.iter().enumerate().filter(|(_, value)| **value == 0.0);
            cells.map(|(unit, _)| [unit % 40, 39 - unit / 40]).collect()
        }
    }
}

/// What is drawn, and in which cells its lines meet.
type Case<'a> = (&'a str, Vec<Shape>, &'a [[usize; 2]]);

#[test]
fn lines_meet_where_three_branches_leave() {
    let level = line(&[[5., 105.], [105., 105.], [205., 105.], [395., 105.]]);
    let cases: [Case; 12] = [
        ("a crossing", vec![level.clone(), line(&[[55., 5.], [55., 300.]])], &[[5, 10]]),
        ("at a place of one", vec![level.clone(), line(&[[105., 5.], [105., 300.]])], &[[10, 10]]),
        (
            "at a place of both",
            vec![level.clone(), line(&[[105., 5.], [105., 105.], [155., 300.]])],
            &[[10, 10]],
        ),
        ("an end on a line", vec![level.clone(), line(&[[155., 105.], [155., 300.]])], &[[15, 10]]),
        ("an end short of it", vec![level.clone(), line(&[[155., 106.], [155., 300.]])], &[]),
        (
            "one line goes on where another ends",
            vec![level.clone(), line(&[[395., 105.], [395., 5.]])],
            &[],
        ),
        (
            "three ends",
            [[5., 5.], [395., 15.], [205., 395.]]
                .map(|place| line(&[[205., 205.], place]))
                .to_vec(),
            &[[20, 20]],
        ),
        ("a line drawn twice", vec![level.clone(), level.clone()], &[]),
        (
            "a line drawn twice in part",
            vec![level.clone(), line(&[[55., 105.], [155., 105.]])],
            &[],
        ),
        (
            "a branch that follows the line at first",
            vec![level.clone(), line(&[[55., 105.], [155., 105.], [200., 300.]])],
            &[[15, 10]],
        ),
        (
            "a line that crosses itself",
            vec![line(&[[5., 5.], [305., 305.], [305., 205.], [5., 205.]])],
            &[[20, 20]],
        ),
        (
            "a ring, a line of no length, and one that is not finite",
            vec![
                line(&[[5., 5.], [305., 5.], [305., 305.], [5., 5.]]),
                line(&[[100., 100.], [100., 100.]]),
                line(&[[f64::NAN, 0.0], [100., f64::INFINITY], [7., 300.]]),
            ],
            &[],
        ),
    ];
    for (name, shapes, expected) in cases {
        assert_eq!(places(&shapes, 0.0), expected, "{name}");
    }
}

#[test]
fn ends_within_the_tolerance_meet() {
    let level = line(&[[5., 105.], [105., 105.], [205., 105.]]);
    let short = [level.clone(), line(&[[155., 107.], [155., 300.]])];
    assert_eq!(places(&short, 1.9), [[0; 2]; 0]);
    assert_eq!(places(&short, 2.1), [[15, 10]]);
    let beyond = [level.clone(), line(&[[155., 103.], [155., 300.]])];
    assert_eq!(places(&beyond, 3.0).len(), 1, "the crossing and the end are one place");
    assert_eq!(places(&[level.clone(), line(&[[207., 105.], [300., 5.]])], 3.0), [[0; 2]; 0]);
    let third = line(&[[205., 108.], [205., 300.]]);
    let ends = [level, line(&[[207., 105.], [300., 5.]]), third];
    assert_eq!(places(&ends, 4.0), [[20, 10]]);
    let settings = intersections::Settings { tolerance_m: 8.0, ..Default::default() };
    let message = draw(&settings, &ends, &grid(40, 40, 10.0, 10.0)).unwrap_err().to_string();
    assert!(message.contains("half a cell's diagonal, 7.1 m"), "{message}");
}

#[test]
fn density_of_intersections_is_their_number_per_area() {
    let grid = grid(21, 21, 10.0, 10.0);
    let shapes = [line(&[[0., 105.], [210., 105.]]), line(&[[105., 0.], [105., 210.]])];
    let settings =
        intersections::Settings { measure: Measure::Density, radius_m: 10.0, ..Default::default() };
    let canvas = Source::Shapes(&shapes);
    let canvas = settings.prepare(&canvas, &grid).unwrap();
    assert_eq!(canvas.notes(), ["1 places where lines meet"]);
    let values = canvas.draw(0..21).unwrap().swap_remove(0);
    // a circle of five cells of 100 m2
    let expected = (1.0 / 0.0005) as f32;
    assert_eq!(values.iter().filter(|value| **value > 0.0).count(), 5);
    assert_eq!([values[10 * 21 + 10], values[10 * 21 + 9], values[0]], [expected, expected, 0.0]);
    let none = draw(&settings, &shapes[..1], &grid).unwrap();
    assert!(none.iter().all(|value| *value == 0.0), "no places is a density of 0");
    assert!(settings.draw(&Source::Raster(&[0.0; 441]), &grid).is_err());
}

#[test]
fn densities_are_weighted_by_length_or_by_the_attribute() {
    let grid = grid(21, 21, 100.0, 100.0);
    let across = |northing: f64, east: f64, value| Shape {
        geometry: Geometry::Lines(vec![vec![[0.0, northing], [east, northing]]]),
        value,
    };
    let shapes = [across(550.0, 2100.0, Some(3.0)), across(1550.0, 700.0, None)];
    let drawn = |weight, shapes: &[Shape]| {
        draw(&density::Settings { radius_m: 100.0, weight }, shapes, &grid)
    };
    let plain = drawn(Weight::None, &shapes).unwrap();
    let length = drawn(Weight::Length, &shapes).unwrap();
    let order = drawn(Weight::Attribute, &shapes).unwrap();
    let (long, short) = (15 * 21 + 3, 5 * 21 + 3);
    // three cells of 100 m in a circle of five of 0.01 km2
    assert_eq!((plain[long], plain[short]), (6.0, 6.0));
    assert!((length[long] - 6.0 * 2.1).abs() < 1e-5 && (length[short] - 6.0 * 0.7).abs() < 1e-5);
    assert_eq!((order[long], order[short]), (18.0, 0.0));
    let refused = [
        drawn(Weight::Attribute, &shapes[1..]),
        drawn(Weight::Attribute, &[across(550.0, 99.0, Some(-1.0))]),
        drawn(Weight::Length, &[rectangle([0., 0., 900., 900.], 1.0)]),
        density::Settings { radius_m: 100.0, weight: Weight::Length }
            .draw(&Source::Raster(&[1.0; 441]), &grid),
    ];
    assert!(refused.iter().all(Result::is_err));
}

#[test]
fn degrees_are_no_metres() {
    let mut degrees = grid(5, 5, 0.1, 0.1);
    degrees.crs.metres_per_unit = None;
    let shapes = [rectangle([0.1, 0.1, 0.3, 0.3], 1.0), line(&[[0., 0.], [1., 1.]])];
    let surfaces: [&dyn Surface; 3] = [
        &signed_distance::Settings::default(),
        &contacts::Settings::default(),
        &intersections::Settings::default(),
    ];
    for surface in surfaces {
        let message = draw(surface, &shapes, &degrees).unwrap_err().to_string();
        assert!(message.contains("grid is in degrees"), "{message}");
    }
}

/// Intersections of segments by comparing all pairs in whole numbers.
fn crossings(lines: &[[[i64; 2]; 2]]) -> usize {
    let turn = |a: [i64; 2], b: [i64; 2], c: [i64; 2]| {
        ((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])).signum()
    };
    let cross = |[a, b]: [[i64; 2]; 2], [c, d]: [[i64; 2]; 2]| {
        turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0
    };
    (0..lines.len())
        .flat_map(|one| (0..one).map(move |other| (one, other)))
        .filter(|(one, other)| cross(lines[*one], lines[*other]))
        .count()
}

proptest! {
    #[test]
    fn the_sign_is_that_of_the_fill_and_the_size_that_to_the_outline(
        corners in prop::collection::vec(prop::array::uniform2(-100.0..500.0_f64), 3..9),
        cell_height in 6.0..20.0_f64,
    ) {
        let grid = grid(30, 40, 10.0, cell_height);
        let mut ring = corners;
        ring.push(ring[0]);
        let shapes = [polygon(vec![ring.clone()], None)];
        // margins are at least 150 by 90 m; an edge farther than that is not looked for
        let found = draw(&signed_distance::Settings { max_m: Some(80.0) }, &shapes, &grid);
        let Ok(found) = found else { return Ok(()) };
        let filled = draw(&rasterise::Settings::default(), &shapes, &grid).unwrap();
        let half = 10.0_f64.hypot(cell_height) / 2.0;
        for (unit, value) in found.iter().enumerate() {
            let centre = grid.centre(unit);
            let exact = to_ring([centre.easting, centre.northing], &ring);
            if *value != 0.0 {
                prop_assert_eq!(*value < 0.0, filled[unit] > 0.0);
            }
            let size = f64::from(value.abs());
            // a gap narrower than a cell is no edge, so an edge may be farther, never nearer
            prop_assert!(size >= exact.min(80.0) - half - 1e-3, "{} and {}", size, exact);
        }
    }

    #[test]
    fn the_signed_distance_of_a_convex_polygon_is_that_to_its_outline(
        east_m in 60.0..180.0_f64,
        north_m in 60.0..140.0_f64,
        turn in 0.0..1.5_f64,
        cell_height in 6.0..14.0_f64,
    ) {
        let grid = grid(40, 40, 10.0, cell_height);
        let middle = [200.0, 20.0 * cell_height];
        let (sin, cos) = turn.sin_cos();
        let corner = |e: f64, n: f64| {
            [middle[0] + e * cos - n * sin, middle[1] + e * sin + n * cos]
        };
        let ring = vec![
            corner(-east_m, -north_m), corner(east_m, -north_m), corner(east_m, north_m),
            corner(-east_m, north_m), corner(-east_m, -north_m),
        ];
        let found = signed(&[polygon(vec![ring.clone()], None)], &grid);
        let half = 10.0_f64.hypot(cell_height) / 2.0;
        for (unit, value) in found.iter().enumerate() {
            let centre = grid.centre(unit);
            let exact = to_ring([centre.easting, centre.northing], &ring);
            prop_assert!((f64::from(value.abs()) - exact).abs() <= half + 1e-3);
        }
    }

    #[test]
    fn every_crossing_is_found(
        ends in prop::collection::vec(prop::array::uniform4(0_i64..100_000), 2..12),
    ) {
        let lines: Vec<[[i64; 2]; 2]> =
            ends.iter().map(|[a, b, c, d]| [[*a, *b], [*c, *d]]).collect();
        let metres: Vec<[[f64; 2]; 2]> =
            lines.iter().map(|ends| ends.map(|place| place.map(|number| number as f64 / 100.0))).collect();
        // Within a centimetre of a line an end lies on it, and a line along another is the same line.
        let touches = |one: usize, other: usize| {
            one != other && metres[one].iter().any(|end| to_ring(*end, &metres[other]) < 0.02)
        };
        prop_assume!((0..lines.len()).all(|one| (0..lines.len()).all(|other| !touches(one, other))));
        // Lines within a degree of each other are one line to the step.
        let sine = |[a, b]: [[f64; 2]; 2], [c, d]: [[f64; 2]; 2]| {
            let [one, other] = [[b[0] - a[0], b[1] - a[1]], [d[0] - c[0], d[1] - c[1]]];
            (one[0] * other[1] - one[1] * other[0]) / (one[0].hypot(one[1]) * other[0].hypot(other[1]))
        };
        let alike = |one: usize, other: usize| sine(metres[one], metres[other]).abs() < 0.02;
        prop_assume!((0..lines.len()).all(|one| (0..one).all(|other| !alike(one, other))));
        let shapes: Vec<Shape> = metres.iter().map(|ends| line(ends)).collect();
        let grid = grid(10, 10, 100.0, 100.0);
        let settings = intersections::Settings {
            measure: Measure::Density,
            tolerance_m: 0.0,
            ..Default::default()
        };
        let source = Source::Shapes(&shapes);
        let settings = intersections::Settings { radius_m: 1000.0, ..settings };
        let canvas = settings.prepare(&source, &grid).unwrap();
        let expected = format!("{} places where lines meet", crossings(&lines));
        prop_assert_eq!(canvas.notes(), [expected]);
    }
}
