//! Gridding of samples against other libraries' answers (`fixtures/gridding.json`, made by
//! `fixtures/make_gridding.py` with PyKrige 1.7.3, SciPy 1.17.1, scikit-learn 1.9.1, verde 1.9.0, NumPy
//! 2.4.6, EIS Toolkit 1.1.6 and QGIS), closed forms, and worlds whose truth we made.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::grid::{Crs, GeoTransform, Grid};
use paydirt_core::gridding::variogram::{Lag, Model, experimental, fit};
use paydirt_core::step::{AnyStep, Geometry, Shape, Source};
use proptest::prelude::*;
use serde_json::{Value, json};

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/gridding.json")).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn grid(west: f64, north: f64, cell: [f64; 2], size: [usize; 2]) -> Grid {
    let transform = GeoTransform { west, north, cell_width: cell[0], cell_height: cell[1] };
    Grid::new(Crs::local_metres(), transform, size[0], size[1]).unwrap()
}

/// The grid of the fixture.
fn small() -> Grid {
    grid(500.0, 3000.0, [130.0, 90.0], [9, 11])
}

fn points(samples: &[[f64; 3]]) -> Vec<Shape> {
    let shape = |[e, n, value]: &[f64; 3]| Shape {
        geometry: Geometry::Points(vec![[*e, *n]]),
        value: Some(*value as f32),
    };
    samples.iter().map(shape).collect()
}

fn samples_of(value: &Value) -> Vec<Shape> {
    let samples = value.as_array().unwrap().iter().map(numbers);
    points(&samples.map(|s| [s[0], s[1], s[2]]).collect::<Vec<_>>())
}

struct Drawn {
    bands: Vec<Vec<f32>>,
    suffix: &'static str,
    notes: Vec<String>,
}

/// Draws a step; judged only if it says so.
fn try_draw(mut step: Value, shapes: &[Shape], grid: &Grid) -> paydirt_core::Result<Drawn> {
    let judged = step.get("interpolate").is_some();
    let settings = step.as_object_mut().unwrap().values_mut().next().unwrap();
    if settings.get("validation").is_none() && !judged {
        settings["validation"] = json!({ "folds": 0 });
    }
    let step: AnyStep = serde_json::from_value(step).unwrap();
    let surface = step.surface().unwrap();
    let canvas = surface.prepare(&Source::Shapes(shapes), grid)?;
    let bands = canvas.draw(0..grid.rows)?;
    Ok(Drawn { bands, suffix: canvas.extras()[0].suffix, notes: canvas.notes() })
}

fn draw(step: Value, shapes: &[Shape], grid: &Grid) -> Drawn {
    try_draw(step, shapes, grid).unwrap()
}

fn refusal(step: Value, shapes: &[Shape], grid: &Grid) -> String {
    try_draw(step, shapes, grid).err().unwrap().to_string()
}

/// The largest difference, as a share of the answer where that is over 1.
fn worst(found: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    let pairs = found.iter().zip(expected);
    let errors =
        pairs.map(|(found, answer)| (f64::from(*found) - answer).abs() / answer.abs().max(1.0));
    errors.fold(0.0, |worst, error| if error <= worst { worst } else { error })
}

const METHODS: [&str; 6] = [
    "inverse_distance",
    "kriging",
    "gaussian_process",
    "radial_basis",
    "natural_neighbour",
    "minimum_curvature",
];

#[test]
fn kriging_is_that_of_pykrige_and_of_the_whole_system() {
    let fixture = fixture();
    let shapes = samples_of(&fixture["samples"]);
    for case in fixture["krigings"].as_array().unwrap() {
        let drawn = draw(case["step"].clone(), &shapes, &small());
        let error = worst(&drawn.bands[0], &numbers(&case["values"]));
        assert!(error < 1e-6, "{} {}: {error}", case["source"], case["step"]);
        let variances: Vec<f32> = drawn.bands[1].iter().map(|s| s * s).collect();
        let error = worst(&variances, &numbers(&case["variances"]));
        assert!(error < 1e-6, "{} {}: variance {error}", case["source"], case["step"]);
        assert_eq!(drawn.suffix, "uncertainty");
    }
}

#[test]
fn the_nugget_is_not_dropped() {
    // of two samples with nothing in common the mean has half their variance: sill (1 + 1/2)
    let shapes = points(&[[0.0, 50.0, 1.0], [100_000.0, 50.0, 3.0]]);
    let variogram = json!({ "model": "spherical", "nugget": 2.0, "sill": 3.0, "range_m": 10.0 });
    let step = |filter| json!({ "kriging": { "variogram": variogram, "filter_nugget": filter, "max_distance_m": 1e6 } });
    let far = grid(50_000.0, 100.0, [100.0, 100.0], [1, 1]);
    let drawn = draw(step(false), &shapes, &far);
    assert!((drawn.bands[0][0] - 2.0).abs() < 1e-6);
    assert!((f64::from(drawn.bands[1][0]) - 4.5_f64.sqrt()).abs() < 1e-6);
    // what is measured without error varies by 1, the mean of two noisy samples by 3 / 2
    let drawn = draw(step(true), &shapes, &far);
    assert!((f64::from(drawn.bands[1][0]) - 2.5_f64.sqrt()).abs() < 1e-6);
    // at a sample: honoured without error, or filtered towards the mean
    let at = grid(-50.0, 100.0, [100.0, 100.0], [1, 1]);
    let drawn = draw(step(false), &shapes, &at);
    assert_eq!(drawn.bands, [[1.0], [0.0]]);
    // weight of the sample 1/2 + 1/6: its covariance of 1 beside a variance of 3
    let drawn = draw(step(true), &shapes, &at);
    assert!((f64::from(drawn.bands[0][0]) - (1.0 / 1.5 + 3.0 * (1.0 - 1.0 / 1.5))).abs() < 1e-6);
}

#[test]
fn radial_basis_is_that_of_scipy() {
    let fixture = fixture();
    let shapes = samples_of(&fixture["samples"]);
    for case in fixture["bases"].as_array().unwrap() {
        let drawn = draw(case["step"].clone(), &shapes, &small());
        let error = worst(&drawn.bands[0], &numbers(&case["values"]));
        assert!(error < 2e-6, "{}: {error}", case["step"]);
        assert_eq!(drawn.suffix, "distance");
    }
}

#[test]
fn the_gaussian_process_is_that_of_scikit_learn() {
    let fixture = fixture();
    let shapes = samples_of(&fixture["samples"]);
    let answer = &fixture["process"];
    let step = json!({ "gaussian_process": { "neighbours": 100, "max_distance_m": 1e6 } });
    let drawn = draw(step, &shapes, &small());
    let note = drawn.notes.iter().find(|note| note.contains("likelihood")).unwrap();
    let likelihood: f64 = note.trim_end_matches(')').rsplit(' ').next().unwrap().parse().unwrap();
    assert!((likelihood - answer["likelihood"].as_f64().unwrap()).abs() < 1e-3, "{note}");
    assert!(worst(&drawn.bands[0], &numbers(&answer["values"])) < 2e-3);
    assert!(worst(&drawn.bands[1], &numbers(&answer["deviations"])) < 2e-3);
}

#[test]
fn inverse_distance_is_that_of_eis_toolkit_and_of_qgis() {
    let fixture = fixture();
    // The toolkit takes degrees as lengths and evaluates at the ends and between of `linspace(west, east,
    // cols)`, which are no centres of its cells: a grid whose centres are these places gives its numbers.
    let at = |case: &Value, corners: bool| {
        let number = |key: &str| case[key].as_f64().unwrap();
        let [rows, cols] = ["rows", "cols"].map(|key| case[key].as_u64().unwrap() as usize);
        let mut cell = [number("width"), number("height")];
        let mut corner = [number("west"), number("north")];
        if corners {
            cell = [
                cell[0] * cols as f64 / (cols - 1) as f64,
                cell[1] * rows as f64 / (rows - 1) as f64,
            ];
            corner = [corner[0] - cell[0] / 2.0, corner[1] + cell[1] / 2.0];
        }
        let step = json!({ "inverse_distance": { "neighbours": 100, "max_distance_m": 1e6 } });
        let grid = grid(corner[0], corner[1], cell, [rows, cols]);
        let drawn = draw(step, &samples_of(&case["samples"]), &grid);
        let cells = case["cells"].as_array().unwrap().iter().map(numbers);
        let errors = cells.map(|cell| {
            let found = drawn.bands[0][cell[0] as usize * cols + cell[1] as usize];
            (f64::from(found) - cell[2]).abs()
        });
        errors.fold(0.0, f64::max)
    };
    assert!(at(&fixture["eis"], true) < 1e-3, "{}", at(&fixture["eis"], true));
    assert!(at(&fixture["eis"], false) > 1.0);
    assert!(at(&fixture["qgis"], false) < 1e-4, "{}", at(&fixture["qgis"], false));
}

#[test]
fn variograms_are_fitted_as_scipy_does() {
    let fixture = fixture();
    let lags: Vec<Lag> = fixture["lags"]
        .as_array()
        .unwrap()
        .iter()
        .map(numbers)
        .map(|lag| Lag { distance_m: lag[0], semivariance: lag[1], pairs: lag[2] as usize })
        .collect();
    for model in Model::ALL {
        let answer = &fixture["fits"][model.name()];
        let found = fit(&[model], &lags).unwrap();
        let loss: f64 = lags
            .iter()
            .map(|lag| {
                lag.pairs as f64 * (lag.semivariance / found.at(lag.distance_m) - 1.0).powi(2)
            })
            .sum();
        let theirs = answer["loss"].as_f64().unwrap();
        assert!(loss < theirs + 1e-6, "{}: {loss} {theirs}", model.name());
        if model != Model::Exponential {
            // the exponential runs to the bound of its range
            let close = |found: f64, key: &str| (found / answer[key].as_f64().unwrap() - 1.0).abs();
            let off = [
                close(found.nugget, "nugget"),
                close(found.sill, "sill"),
                close(found.range_m, "range_m"),
            ];
            assert!(off.iter().all(|off| *off < 1e-3), "{} {off:?}", model.name());
        }
    }
    assert_eq!(fit(&Model::ALL, &lags).unwrap().model, Model::Matern);
}

#[test]
fn experimental_variograms_by_hand() {
    // pairs at 100 m: differences 1 and 2; at 200 m: 3
    let lags = experimental(&[[0.0, 0.0], [0.0, 100.0], [0.0, 200.0]], &[1.0, 2.0, 4.0], 5, 250.0);
    let expected = [(100.0, 1.25, 2), (200.0, 4.5, 1)];
    let found: Vec<_> =
        lags.iter().map(|lag| (lag.distance_m, lag.semivariance, lag.pairs)).collect();
    assert_eq!(found, expected);
}

/// Samples at random places of a square of so many metres.
fn scattered(count: usize, span_m: f64, value: impl Fn(f64, f64) -> f64) -> Vec<[f64; 3]> {
    use rand::RngExt;
    let mut rng = paydirt_core::seed::Seed(3).derive("scattered", count as u64).rng();
    let mut sample = |_| {
        let [e, n] = [rng.random_range(0.0..span_m), rng.random_range(0.0..span_m)];
        [e, n, value(e, n)]
    };
    (0..count).map(&mut sample).collect()
}

fn square() -> Grid {
    grid(0.0, 3000.0, [60.0, 50.0], [60, 50])
}

#[test]
fn values_that_grow_northward_come_out_higher_in_the_north() {
    let shapes = points(&scattered(60, 3000.0, |_, n| n / 100.0));
    for method in METHODS {
        let drawn = draw(json!({ method: { "max_distance_m": 1e4 } }), &shapes, &square());
        let row = |row: usize| {
            let cells = drawn.bands[0][row * 50 + 10..row * 50 + 40].iter();
            let known: Vec<f32> = cells.copied().filter(|value| value.is_finite()).collect();
            known.iter().sum::<f32>() / known.len() as f32
        };
        assert!(row(10) > row(30) + 5.0 && row(30) > row(50) + 5.0, "{method}");
    }
}

#[test]
fn a_plane_is_given_back() {
    let plane = |e: f64, n: f64| 3.0 + 0.002 * e - 0.001 * n;
    let shapes = points(&scattered(80, 3000.0, plane));
    let variogram = json!({ "model": "matern", "nugget": 0.2, "sill": 1.0, "range_m": 800.0 });
    for step in [
        json!({ "natural_neighbour": { "max_distance_m": 1e4 } }),
        json!({ "minimum_curvature": { "max_distance_m": 1e4 } }),
        json!({ "radial_basis": { "max_distance_m": 1e4 } }),
        json!({ "kriging": { "max_distance_m": 1e4, "drift": "linear", "variogram": variogram } }),
        json!({ "kriging": { "max_distance_m": 1e4, "drift": "quadratic", "variogram": variogram } }),
    ] {
        let grid = square();
        let drawn = draw(step.clone(), &shapes, &grid);
        let mut known = 0;
        for (unit, value) in drawn.bands[0].iter().enumerate().filter(|(_, v)| v.is_finite()) {
            let centre = grid.centre(unit);
            let expected = plane(centre.easting, centre.northing);
            assert!((f64::from(*value) - expected).abs() < 2e-6, "{step} {value} {expected}");
            known += 1;
        }
        assert!(known > grid.cells() * 8 / 10, "{step} {known}");
    }
}

#[test]
fn samples_are_honoured_where_a_method_says_so() {
    // samples at centres of cells
    let grid = square();
    let cell = |unit: usize| {
        let centre = grid.centre(unit * 331 % grid.cells());
        [centre.easting, centre.northing, f64::from((unit * 7 % 11) as f32)]
    };
    let samples: Vec<[f64; 3]> = (0..60).map(cell).collect();
    for method in
        ["inverse_distance", "kriging", "radial_basis", "natural_neighbour", "minimum_curvature"]
    {
        let drawn = draw(json!({ method: {} }), &points(&samples), &grid);
        for (index, sample) in samples.iter().enumerate() {
            let unit = index * 331 % grid.cells();
            let found = f64::from(drawn.bands[0][unit]);
            assert!((found - sample[2]).abs() < 1e-5, "{method} {found} {}", sample[2]);
            if drawn.suffix == "distance" || method == "kriging" {
                assert!(drawn.bands[1][unit] < 1e-3, "{method} {}", drawn.bands[1][unit]);
            }
        }
    }
}

#[test]
fn minimum_curvature_without_tension_is_the_thin_plate() {
    let fixture = fixture();
    let shapes = samples_of(&fixture["samples"]);
    // the fixture's ground in cells a fifth as large
    let fine = grid(500.0, 3000.0, [26.0, 18.0], [45, 55]);
    let settings =
        json!({ "max_distance_m": 1e5, "tension": 0.0, "tolerance": 1e-6, "sweeps": 20_000 });
    let drawn = draw(json!({ "minimum_curvature": settings }), &shapes, &fine);
    let spline = numbers(&fixture["verde"]);
    let squares: Vec<f64> = (0..99)
        .filter(|cell| (2..7).contains(&(cell / 11)) && (2..9).contains(&(cell % 11)))
        .map(|cell| {
            let found = drawn.bands[0][(cell / 11 * 5 + 2) * 55 + cell % 11 * 5 + 2];
            (f64::from(found) - spline[cell]).powi(2)
        })
        .collect();
    let rms = (squares.iter().sum::<f64>() / squares.len() as f64).sqrt();
    // values span 5; ours knows the samples in the grid alone, and edges that are free
    assert!(rms < 0.1, "{rms}");
    assert!(drawn.notes.iter().any(|note| note.contains("lie outside the grid and were left out")));
}

#[test]
fn tension_keeps_a_surface_from_swinging_beyond_its_samples() {
    // a step, sampled at centres of cells
    let step = |[e, n, _]: [f64; 3]| {
        let [e, n] = [(e / 60.0).floor() * 60.0 + 30.0, (n / 50.0).floor() * 50.0 + 25.0];
        [e, n, f64::from(u8::from(e > 1500.0))]
    };
    let samples: Vec<_> = scattered(60, 3000.0, |_, _| 0.0).into_iter().map(step).collect();
    let shapes = points(&samples);
    let swing = |tension: f64| {
        let settings = json!({ "max_distance_m": 1e4, "tension": tension });
        let drawn = draw(json!({ "minimum_curvature": settings }), &shapes, &square());
        // beyond the outermost samples it follows their plane
        let inner = (0..3000)
            .filter(|unit| (12..48).contains(&(unit / 50)) && (10..40).contains(&(unit % 50)));
        inner.map(|unit| drawn.bands[0][unit]).fold(0.0_f32, |most, v| most.max(v - 1.0).max(-v))
    };
    let swings = [0.0, 0.5, 0.95].map(swing);
    assert!(swings[0] > 1.5 * swings[1] && swings[1] > swings[2], "{swings:?}");
}

#[test]
fn samples_in_every_cell_still_make_a_surface() {
    let value = |e: f64, n: f64| (e / 300.0).sin() + (n / 200.0).cos();
    let shapes = points(&scattered(6000, 3000.0, value));
    let ground = square();
    for tension in [0.0, 0.3, 0.9] {
        let drawn = draw(json!({ "minimum_curvature": { "tension": tension } }), &shapes, &ground);
        for (unit, found) in drawn.bands[0].iter().enumerate().filter(|(_, v)| v.is_finite()) {
            let centre = ground.centre(unit);
            let expected = value(centre.easting, centre.northing);
            // half a cell along the steepest slope
            assert!((f64::from(*found) - expected).abs() < 0.25, "{tension} {found} {expected}");
        }
    }
}

#[test]
fn where_nobody_sampled_nothing_is_said() {
    let shapes = points(&scattered(40, 900.0, |e, n| (e / 100.0).sin() + n / 500.0));
    for method in METHODS {
        let drawn = draw(json!({ method: {} }), &shapes, &square());
        let known = |row: usize, col: usize| drawn.bands[0][row * 50 + col].is_finite();
        assert!(known(50, 7), "{method}");
        assert!(!known(5, 40) && !known(59, 49), "{method}");
        assert!(
            drawn.notes.iter().any(|note| note.contains("from any sample are missing")),
            "{method}"
        );
    }
    let drawn = draw(json!({ "radial_basis": { "max_distance_m": 100.0 } }), &shapes, &square());
    for (value, distance) in drawn.bands[0].iter().zip(&drawn.bands[1]) {
        assert_eq!(value.is_finite(), *distance <= 100.0);
    }
}

#[test]
fn strips_and_threads_do_not_change_a_bit() {
    let shapes = points(&scattered(150, 3000.0, |e, n| (e / 400.0).sin() + (n / 300.0).cos()));
    let grid = square();
    for method in METHODS {
        let settings = json!({ method: { "validation": { "folds": 4 } } });
        let step: AnyStep = serde_json::from_value(settings).unwrap();
        let bits = |bands: Vec<Vec<f32>>| -> Vec<Vec<u32>> {
            bands.into_iter().map(|band| band.into_iter().map(f32::to_bits).collect()).collect()
        };
        let draw = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let canvas =
                    step.surface().unwrap().prepare(&Source::Shapes(&shapes), &grid).unwrap();
                let parts: Vec<_> =
                    [0..7, 7..8, 8..41, 41..60].map(|rows| bits(canvas.draw(rows).unwrap())).into();
                (bits(canvas.draw(0..60).unwrap()), parts, canvas.notes())
            })
        };
        let (whole, parts, notes) = draw(1);
        for band in 0..2 {
            let joined: Vec<u32> = parts.iter().flat_map(|part| part[band].clone()).collect();
            assert_eq!(joined, whole[band], "{method}");
        }
        assert_eq!((whole, parts, notes), draw(3), "{method}");
    }
}

#[test]
fn local_neighbourhoods_come_near_to_the_whole_system() {
    let shapes = points(&scattered(200, 3000.0, |e, n| (e / 400.0).sin() + (n / 300.0).cos()));
    let variogram = json!({ "model": "spherical", "nugget": 0.05, "sill": 1.0, "range_m": 900.0 });
    let of = |neighbours: usize| {
        let settings =
            json!({ "variogram": variogram, "neighbours": neighbours, "max_distance_m": 1e4 });
        draw(json!({ "kriging": settings }), &shapes, &square()).bands
    };
    let (local, whole) = (of(24), of(200));
    let squares = local[0].iter().zip(&whole[0]).map(|(local, whole)| (local - whole).powi(2));
    let rms = (squares.sum::<f32>() / local[0].len() as f32).sqrt();
    assert!(rms < 0.03, "{rms}");
    // fewer samples never know more
    assert!(local[1].iter().zip(&whole[1]).all(|(local, whole)| local >= &(whole - 1e-5)));
}

#[test]
fn cross_validation_tells_the_truth_of_a_made_world() {
    // independent noise of variance 1 about a constant: no method does better than the noise
    use rand::RngExt;
    let mut rng = paydirt_core::seed::Seed(9).rng();
    let mut samples = scattered(300, 3000.0, |_, _| 0.0);
    for sample in &mut samples {
        sample[2] = (0..12).map(|_| rng.random_range(-0.5..0.5)).sum::<f64>();
    }
    let judged = json!({ "inverse_distance": { "neighbours": 50, "validation": { "folds": 10 } } });
    let drawn = draw(judged, &points(&samples), &square());
    let kriged = draw(json!({ "kriging": {} }), &points(&samples), &square());
    assert!(kriged.notes.iter().any(|note| note.contains("local mean")), "{:?}", kriged.notes);
    let note = drawn.notes.iter().find(|note| note.contains("RMSE")).unwrap();
    let rmse: f64 = note.split("RMSE ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    assert!((0.9..1.25).contains(&rmse), "{note}");
    assert!(note.ends_with("of 300 samples"), "{note}");
}

#[test]
fn interpolate_takes_the_method_with_the_least_error() {
    // a smooth surface: a spline follows it, an average of neighbours does not
    let shapes = points(&scattered(200, 3000.0, |e, n| (e / 700.0).sin() * (n / 600.0).cos()));
    let methods =
        json!([{ "inverse_distance": {} }, { "radial_basis": {} }, { "natural_neighbour": {} }]);
    let drawn = draw(json!({ "interpolate": { "methods": methods } }), &shapes, &square());
    let alone = draw(json!({ "radial_basis": {} }), &shapes, &square());
    assert!(
        drawn.notes.iter().any(|note| note == "drawn with radial_basis, which has the lowest RMSE")
    );
    assert_eq!(drawn.suffix, "distance");
    let bits = |band: &[f32]| band.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&drawn.bands[0]), bits(&alone.bands[0]));
    for method in ["inverse_distance", "radial_basis", "natural_neighbour"] {
        let note = drawn.notes.iter().find(|note| note.starts_with(method)).unwrap();
        assert!(["RMSE", "MAE", "bias", "R2"].iter().all(|figure| note.contains(figure)), "{note}");
    }
    let all = draw(
        json!({ "interpolate": { "methods": [{ "kriging": {} }, { "gaussian_process": {} }, { "minimum_curvature": {} }] } }),
        &shapes,
        &square(),
    );
    assert_eq!(
        all.notes.iter().filter(|note| note.contains("RMSE") && note.contains("R2")).count(),
        3
    );
}

#[test]
fn kriging_finds_the_variogram_of_a_made_field() {
    // 600 independent bumps make a field of known range: here only that noise becomes nugget
    use rand::RngExt;
    let mut rng = paydirt_core::seed::Seed(4).rng();
    let mut samples =
        scattered(500, 20_000.0, |e, n| 2.0 * (e / 2500.0).sin() * (n / 2500.0).cos());
    for sample in &mut samples {
        sample[2] += rng.random_range(-1.0..1.0);
    }
    let ground = grid(0.0, 20_000.0, [400.0, 400.0], [50, 50]);
    let drawn = draw(json!({ "kriging": {} }), &points(&samples), &ground);
    let note = drawn.notes.iter().find(|note| note.starts_with("variogram")).unwrap();
    let nugget: f64 =
        note.split("nugget ").nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
    // a uniform number between -1 and 1 has variance 1/3
    assert!((nugget - 1.0 / 3.0).abs() < 0.1, "{note}");
}

#[test]
fn anisotropy_follows_its_azimuth() {
    // ridges that run north-east: values alike along azimuth 45
    let shapes = points(&scattered(150, 3000.0, |e, n| ((e - n) / 250.0).sin()));
    let error = |ratio: f64, azimuth: f64| {
        let settings =
            json!({ "anisotropy_ratio": ratio, "azimuth_degrees": azimuth, "max_distance_m": 1e4 });
        let grid = square();
        let drawn = draw(json!({ "inverse_distance": settings }), &shapes, &grid);
        let square = |(unit, value): (usize, &f32)| {
            let centre = grid.centre(unit);
            (f64::from(*value) - ((centre.easting - centre.northing) / 250.0).sin()).powi(2)
        };
        drawn.bands[0].iter().enumerate().map(square).sum::<f64>()
    };
    assert!(error(4.0, 45.0) < 0.5 * error(1.0, 0.0));
    assert!(error(4.0, 135.0) > error(1.0, 0.0));
    assert!((error(4.0, 45.0) / error(4.0, 225.0) - 1.0).abs() < 1e-6);
}

#[test]
fn logarithms_come_back_as_medians() {
    let shapes =
        points(&scattered(120, 3000.0, |e, n| ((e / 400.0).sin() * 2.0 + (n / 500.0).cos()).exp()));
    let variogram = json!({ "model": "matern", "nugget": 0.01, "sill": 2.0, "range_m": 900.0 });
    let of = |log: bool, shapes: &[Shape]| {
        draw(json!({ "kriging": { "variogram": variogram, "log": log } }), shapes, &square())
    };
    let logged: Vec<Shape> = shapes
        .iter()
        .map(|shape| Shape { value: shape.value.map(f32::ln), ..shape.clone() })
        .collect();
    let (back, plain) = (of(true, &shapes), of(false, &logged));
    for (back, plain) in back.bands[0].iter().zip(&plain.bands[0]).filter(|(v, _)| v.is_finite()) {
        assert!((back / plain.exp() - 1.0).abs() < 1e-5);
    }
    assert!(back.notes.iter().any(|note| note.contains("medians")));
    let zero = points(&[[0.0, 0.0, 0.0], [500.0, 0.0, 1.0], [0.0, 400.0, 1.0]]);
    let step = json!({ "kriging": { "log": true, "variogram": variogram } });
    assert!(refusal(step, &zero, &square()).contains("no logarithm"));
}

#[test]
fn one_two_or_collinear_samples_are_refused_or_right() {
    let one = points(&[[500.0, 500.0, 1.0], [500.0, 500.0, 3.0]]);
    let two = points(&[[500.0, 500.0, 1.0], [1500.0, 500.0, 3.0]]);
    let line: Vec<[f64; 3]> =
        (0..20).map(|i| [f64::from(i) * 100.0, f64::from(i) * 130.0, f64::from(i)]).collect();
    let line = points(&line);
    for method in METHODS.into_iter().chain(["interpolate"]) {
        let message = refusal(json!({ method: {} }), &one, &square());
        assert!(message.contains("one place with a value"), "{method}: {message}");
    }
    let drawn = draw(json!({ "inverse_distance": { "max_distance_m": 1e4 } }), &two, &square());
    assert!(drawn.bands[0].iter().all(|value| (1.0..=3.0).contains(value)));
    for method in
        ["kriging", "gaussian_process", "radial_basis", "natural_neighbour", "minimum_curvature"]
    {
        assert!(try_draw(json!({ method: {} }), &two, &square()).is_err(), "{method}");
    }
    for method in ["radial_basis", "natural_neighbour", "minimum_curvature"] {
        assert!(refusal(json!({ method: {} }), &line, &square()).contains("one line"), "{method}");
    }
    let drift = json!({ "kriging": { "drift": "linear" } });
    assert!(refusal(drift, &line, &square()).contains("one line"));
    for method in ["inverse_distance", "kriging", "gaussian_process"] {
        let drawn = draw(json!({ method: { "validation": {} } }), &line, &square());
        let known: Vec<f32> = drawn.bands[0].iter().copied().filter(|v| v.is_finite()).collect();
        assert!(!known.is_empty() && known.len() < 3000, "{method}");
    }
}

#[test]
fn alike_duplicate_and_unusable_samples_are_told() {
    let mut samples = scattered(50, 3000.0, |_, _| 7.0);
    let constant = points(&samples);
    for method in ["inverse_distance", "radial_basis", "natural_neighbour", "minimum_curvature"] {
        let drawn = draw(json!({ method: {} }), &constant, &square());
        assert!(drawn.notes.iter().any(|note| note.starts_with("every sample is 7")), "{method}");
        assert!(drawn.bands[0].iter().all(|v| v.is_nan() || (v - 7.0).abs() < 1e-5), "{method}");
    }
    for method in ["kriging", "gaussian_process"] {
        assert!(refusal(json!({ method: {} }), &constant, &square()).contains("alike"), "{method}");
    }
    for (index, sample) in samples.iter_mut().enumerate() {
        sample[2] = (index % 7) as f64;
    }
    let mut shapes = points(&samples);
    let mut twice = shapes[3].clone();
    twice.value = Some(9.0);
    shapes.push(twice);
    shapes.push(Shape { value: Some(f32::NAN), ..shapes[0].clone() });
    shapes.push(Shape { value: Some(f32::INFINITY), ..shapes[0].clone() });
    shapes.push(Shape { value: None, ..shapes[0].clone() });
    shapes.push(Shape {
        geometry: Geometry::Points(vec![[f64::NAN, 0.0], [f64::INFINITY, 3.0]]),
        value: Some(1.0),
    });
    for method in METHODS {
        let drawn = draw(json!({ method: {} }), &shapes, &square());
        let told = |part: &str| drawn.notes.iter().any(|note| note.contains(part));
        assert!(told("1 points lie where another does"), "{method} {:?}", drawn.notes);
        assert!(told("at 1 of them values differ, by up to 6.000"), "{:?}", drawn.notes);
        assert!(
            told("3 points have no value") && told("2 points have no place"),
            "{:?}",
            drawn.notes
        );
    }
    shapes[0].value = Some(1e5);
    let drawn = draw(json!({ "inverse_distance": {} }), &shapes, &square());
    assert!(drawn.notes.iter().any(|note| note.contains("logarithm")));
}

#[test]
fn samples_elsewhere_and_sources_of_another_kind_are_refused() {
    let far: Vec<[f64; 3]> =
        scattered(30, 3000.0, |e, _| e).into_iter().map(|[e, n, v]| [e + 5e5, n, v]).collect();
    let nothing = vec![Shape { value: None, geometry: Geometry::Points(vec![[1.0, 1.0]]) }];
    let line = vec![Shape {
        value: Some(1.0),
        geometry: Geometry::Lines(vec![vec![[0.0, 0.0], [9.0, 9.0]]]),
    }];
    let raster = vec![1.0; square().cells()];
    for step in AnyStep::all() {
        let key = step.key();
        if !METHODS.contains(&key) && key != "interpolate" {
            continue;
        }
        let surface = step.surface().unwrap();
        let refused =
            |source: &Source<'_>| surface.prepare(source, &square()).err().unwrap().to_string();
        assert!(refused(&Source::Shapes(&points(&far))).contains("coordinate system"), "{key}");
        assert!(refused(&Source::Shapes(&nothing)).contains("no point has a value"), "{key}");
        assert!(refused(&Source::Shapes(&[])).contains("no point has a value"), "{key}");
        assert!(refused(&Source::Shapes(&line)).contains("lines or polygons"), "{key}");
        assert!(refused(&Source::Raster(&raster)).contains("raster"), "{key}");
    }
}

#[test]
fn a_grid_in_degrees_measures_metres() {
    let crs = Crs { metres_per_unit: None, ..Crs::local_metres() };
    let transform = GeoTransform { west: 25.0, north: 60.1, cell_width: 0.01, cell_height: 0.01 };
    let grid = Grid::new(crs, transform, 20, 20).unwrap();
    // a degree of longitude is half one of latitude at 60 degrees: the sample to the east is nearer
    let centre = grid.centre(210);
    let shapes = points(&[
        [centre.easting + 0.03, centre.northing, 1.0],
        [centre.easting, centre.northing + 0.03, 2.0],
    ]);
    let drawn = draw(json!({ "inverse_distance": { "max_distance_m": 1e5 } }), &shapes, &grid);
    // weights 4 to 1
    assert!((drawn.bands[0][210] - 1.2).abs() < 0.01, "{}", drawn.bands[0][210]);
    assert!(drawn.notes.iter().any(|note| note.contains("degrees")));
}

#[test]
fn settings_out_of_range_name_their_key() {
    let shapes = points(&scattered(30, 3000.0, |e, n| e + n));
    let refused = [
        (json!({ "inverse_distance": { "power": 0 } }), "inverse_distance.power"),
        (json!({ "inverse_distance": { "neighbours": 0 } }), "inverse_distance.min_neighbours"),
        (
            json!({ "inverse_distance": { "neighbours": 1_000_000_000 } }),
            "inverse_distance.neighbours",
        ),
        (json!({ "inverse_distance": { "radius_m": -1 } }), "inverse_distance.radius_m"),
        (json!({ "inverse_distance": { "max_distance_m": 0 } }), "inverse_distance.max_distance_m"),
        (
            json!({ "inverse_distance": { "anisotropy_ratio": 0.5 } }),
            "inverse_distance.anisotropy_ratio",
        ),
        (json!({ "kriging": { "models": [] } }), "kriging.models"),
        (json!({ "kriging": { "lags": 1_000_000_000 } }), "kriging.lags"),
        (json!({ "kriging": { "validation": { "folds": 1 } } }), "kriging.validation.folds"),
        (json!({ "kriging": { "validation": { "block_m": 0 } } }), "kriging.validation.block_m"),
        (
            json!({ "kriging": { "variogram": { "model": "matern", "nugget": 2, "sill": 1, "range_m": 9 } } }),
            "kriging.variogram.sill",
        ),
        (json!({ "radial_basis": { "smoothing": -1 } }), "radial_basis.smoothing"),
        (json!({ "radial_basis": { "kernel": "gaussian", "shape_m": 0 } }), "radial_basis.shape_m"),
        (json!({ "minimum_curvature": { "tension": 1 } }), "minimum_curvature.tension"),
        (json!({ "minimum_curvature": { "tolerance": 0 } }), "minimum_curvature.tolerance"),
        (json!({ "minimum_curvature": { "sweeps": 0 } }), "minimum_curvature.sweeps"),
        (json!({ "interpolate": { "methods": [] } }), "interpolate.methods"),
        (
            json!({ "interpolate": { "methods": [{ "kriging": {} }], "validation": { "folds": 0 } } }),
            "interpolate.validation.folds",
        ),
    ];
    for (step, key) in refused {
        let message = refusal(step, &shapes, &square());
        assert!(message.starts_with(&format!("`{key}`")), "{message}");
    }
    let many = points(&scattered(1001, 3000.0, |e, n| e + n));
    assert!(refusal(json!({ "gaussian_process": {} }), &many, &square()).contains("1000 at most"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    /// Weighted means stay between their samples; no method panics, whatever lies where.
    #[test]
    fn nothing_panics_and_means_stay_between(
        samples in prop::collection::vec((0..6_i32, 0..6_i32, -50..50_i32), 2..30),
        method in 0..6_usize,
    ) {
        let at = |(e, n, v): &(i32, i32, i32)| [f64::from(*e) * 500.0, f64::from(*n) * 500.0, f64::from(*v)];
        let samples: Vec<[f64; 3]> = samples.iter().map(at).collect();
        let step = json!({ METHODS[method]: { "validation": { "folds": 3 } } });
        let ground = grid(0.0, 3000.0, [300.0, 250.0], [12, 10]);
        if let Ok(drawn) = try_draw(step, &points(&samples), &ground) {
            let low = samples.iter().map(|s| s[2]).fold(f64::INFINITY, f64::min) as f32 - 1e-3;
            let high = samples.iter().map(|s| s[2]).fold(f64::NEG_INFINITY, f64::max) as f32 + 1e-3;
            for value in drawn.bands[0].iter().filter(|v| !v.is_nan()) {
                prop_assert!(value.is_finite());
                if [0, 4].contains(&method) {
                    prop_assert!((low..=high).contains(value), "{value} {low} {high}");
                }
            }
        }
    }
}
