//! One contract for every step of the catalogue.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::layer::EvidenceType::{self, Categorical, Continuous, Ordinal};
use paydirt_core::raster::noise::Noise;
use paydirt_core::step::{AnyStep, FittedStep, Source, clip, reclassify};
use paydirt_core::table::{Column, Table};

/// The catalogue, with settings for those steps that do nothing without, and without outliers where
/// half of the rows of [`district`] lie on a plane.
fn column_steps() -> Vec<AnyStep> {
    let mut steps = AnyStep::all();
    steps.retain(|step| step.surface().is_none() && step.raster().is_none());
    for step in &mut steps {
        match step {
            AnyStep::Clip(settings) => *settings = clip::Settings { min: Some(-3.0), max: None },
            AnyStep::Reclassify(settings) => {
                settings.breaks = vec![0.0, 2.0];
                settings.values = vec![1.0, 2.0, 3.0];
            }
            AnyStep::Crosta(settings) => {
                settings.bright = "gravity".into();
                settings.dark = "tied".into();
                settings.standardise = true;
            }
            AnyStep::Mnf(settings) => settings.noise_covariance = Some(white_noise()),
            AnyStep::RobustPca(settings) => settings.support_share = 1.0,
            AnyStep::Mahalanobis(settings) => settings.support_share = 1.0,
            AnyStep::ImputeForest(settings) => settings.trees = 4,
            _ => {}
        }
    }
    steps
}

/// Independent noise of variance 1 in every column that a table here has.
fn white_noise() -> Noise {
    let bands = ["gravity", "tied", "gaps", "constant", "huge", "grade", "nothing", "g"];
    let row = |i: usize| (0..bands.len()).map(|j| f64::from(u8::from(i == j))).collect();
    Noise { bands: bands.map(Into::into).into(), covariance: (0..bands.len()).map(row).collect() }
}

/// The raster steps, with a direction of the geomagnetic field for those that do nothing without.
fn raster_steps() -> Vec<AnyStep> {
    let mut steps = AnyStep::all();
    steps.retain(|step| step.raster().is_some());
    for step in &mut steps {
        let (inclination, declination) = match step {
            AnyStep::ReduceToPole(s) => (&mut s.inclination_degrees, &mut s.declination_degrees),
            AnyStep::ReduceToEquator(s) => (&mut s.inclination_degrees, &mut s.declination_degrees),
            _ => continue,
        };
        (*inclination, *declination) = (Some(-62.0), Some(8.0));
    }
    steps
}

fn column(name: &str, evidence_type: EvidenceType, values: Vec<f32>) -> Column {
    Column::new(name, name, evidence_type, values)
}

/// Tied, missing, constant, huge, ordinal and categorical columns; `shift` makes other values.
fn district(rows: usize, shift: usize) -> Table {
    let make = |value: &dyn Fn(usize) -> f32| (0..rows).map(|row| value(row + shift)).collect();
    let columns = vec![
        column("gravity", Continuous, make(&|row| ((row * 37) % 23) as f32 - 9.5)),
        column("tied", Continuous, make(&|row| (row % 3) as f32)),
        column("gaps", Continuous, make(&|row| if row % 4 == 1 { f32::NAN } else { row as f32 })),
        column("constant", Continuous, vec![4.0; rows]),
        column("huge", Continuous, make(&|row| if row % 2 == 0 { f32::MAX } else { f32::MIN })),
        column(
            "grade",
            Ordinal,
            make(&|row| if row % 9 == 2 { f32::NAN } else { (row % 5) as f32 }),
        ),
        column(
            "rock",
            Categorical,
            make(&|row| if row % 7 == 3 { f32::NAN } else { (row % 4) as f32 }),
        ),
    ];
    Table::new(rows, columns).unwrap()
}

fn with_nothing_known(table: &Table) -> Table {
    let mut columns = table.columns().to_vec();
    columns.push(column("nothing", Continuous, vec![f32::NAN; table.rows()]));
    columns.push(column("no_rock", Categorical, vec![f32::NAN; table.rows()]));
    Table::new(table.rows(), columns).unwrap()
}

fn imputes(step: &AnyStep) -> bool {
    use AnyStep::{ImputeForest, ImputeMedian, ImputeNearest};
    matches!(step, ImputeMedian(_) | ImputeNearest(_) | ImputeForest(_))
}

/// Whether a step is fitted on rows in which everything is known, and refuses too few of them.
fn needs_complete_rows(step: &AnyStep) -> bool {
    use AnyStep::{Crosta, Mahalanobis, Mnf, Pca, RobustPca, VarianceInflation};
    let components = matches!(step, Pca(_) | RobustPca(_) | Crosta(_) | Mnf(_));
    components || matches!(step, Mahalanobis(_) | VarianceInflation(_))
}

/// Whether a step is about what columns say of each other, so that one alone is refused.
fn needs_several_columns(step: &AnyStep) -> bool {
    use AnyStep::{Alr, Closure, Clr, Ilr, PairwiseLogRatio, Plr};
    matches!(step, Closure(_) | Clr(_) | Alr(_) | Ilr(_) | PairwiseLogRatio(_) | Plr(_))
}

/// Known values are finite; what was missing stays missing, unless it is imputed.
fn assert_right(step: &AnyStep, before: &Table, after: &Table) {
    assert_eq!(before.rows(), after.rows(), "{}", step.key());
    for column in after.columns() {
        assert!(
            column.values.iter().all(|value| !value.is_nan()),
            "{} {}",
            step.key(),
            column.name
        );
        assert!(column.known_values().all(f32::is_finite), "{} {}", step.key(), column.name);
        let source = before.columns().iter().find(|source| source.layer == column.layer);
        for row in 0..before.rows() {
            let may_be_known = match source {
                _ if imputes(step) => true,
                Some(source) => source.known[row],
                None => numeric_row_is_complete(before, row),
            };
            assert!(may_be_known || !column.known[row], "{} {}", step.key(), column.name);
            if imputes(step) {
                assert!(column.known[row]);
            }
        }
    }
}

fn numeric_row_is_complete(table: &Table, row: usize) -> bool {
    table.columns().iter().all(|c| c.evidence_type == Categorical || c.known[row])
}

#[test]
fn every_step_survives_poor_tables() {
    let full = district(60, 0);
    for step in column_steps() {
        let is_picky = needs_complete_rows(&step);
        let tables = [
            (full.clone(), true),
            (with_nothing_known(&full), !is_picky),
            (district(1, 0), !is_picky),
            (district(0, 0), !is_picky),
            (district(2, 1), !is_picky),
        ];
        for (training, fits) in tables {
            let fitted = step.fit(&training);
            assert_eq!(fitted.is_ok(), fits, "{} {:?}", step.key(), fitted.err());
            let Ok(fitted) = fitted else { continue };
            let map = if training.columns().len() == full.columns().len() {
                district(80, 3)
            } else {
                with_nothing_known(&district(80, 3))
            };
            for table in [&training, &map] {
                assert_right(&step, table, &fitted.apply(table.clone()).unwrap());
            }
        }
    }
}

#[test]
fn values_that_are_not_finite_never_panic() {
    let mut columns = district(30, 0).into_columns();
    columns[0].values[3] = f32::INFINITY;
    columns[1].values[4] = f32::NEG_INFINITY;
    let table = Table::new(30, columns).unwrap();
    for step in column_steps() {
        if let Ok(fitted) = step.fit(&table) {
            fitted.apply(table.clone()).unwrap();
        }
    }
}

#[test]
fn what_is_fitted_depends_on_the_training_rows_alone_and_is_the_same_twice() {
    let training: Vec<usize> = (0..60).step_by(2).collect();
    let table = district(60, 0);
    let mut columns = table.columns().to_vec();
    for column in &mut columns {
        for row in (1..60).step_by(2) {
            column.values[row] = 77.0;
            column.known[row] = row % 3 == 0;
        }
    }
    let other = Table::new(60, columns).unwrap();
    for step in column_steps() {
        let fitted = step.fit(&table.select(&training)).unwrap();
        assert_eq!(fitted, step.fit(&other.select(&training)).unwrap(), "{}", step.key());
        let once = fitted.apply(table.clone()).unwrap();
        assert_eq!(once, fitted.apply(table.clone()).unwrap());
        // each row for itself: a window of the map gives what the whole map gives
        let window: Vec<usize> = (7..31).collect();
        assert_eq!(once.select(&window), fitted.apply(table.select(&window)).unwrap());
    }
}

#[test]
fn a_step_that_does_not_learn_is_the_same_on_any_rows() {
    let (one, other) = (district(60, 0), district(45, 7));
    for step in column_steps().into_iter().filter(|step| !step.learns()) {
        let [here, there] = [&one, &other].map(|table| step.fit(table).unwrap());
        let apply = |fitted: &FittedStep| fitted.apply(one.clone()).unwrap();
        assert_eq!(apply(&here), apply(&there), "{}", step.key());
    }
}

#[test]
fn settings_and_fitted_numbers_survive_being_written() {
    for step in AnyStep::all().into_iter().chain(column_steps()) {
        let text = serde_json::to_string(&step).unwrap();
        assert_eq!(serde_json::from_str::<AnyStep>(&text).unwrap(), step);
        let unknown = format!("{{\"{}\": {{\"no_such_key\": 1}}}}", step.key());
        assert!(serde_json::from_str::<AnyStep>(&unknown).is_err());
        let empty = format!("{{\"{}\": {{}}}}", step.key());
        assert!(serde_json::from_str::<AnyStep>(&empty).is_ok());
    }
    for step in column_steps() {
        let fitted = step.fit(&district(60, 0)).unwrap();
        let text = serde_json::to_string(&fitted).unwrap();
        assert_eq!(serde_json::from_str::<FittedStep>(&text).unwrap(), fitted, "{text}");
    }
}

#[test]
fn other_columns_than_those_fitted_on_are_refused() {
    for step in column_steps() {
        let per_column =
            !matches!(step, AnyStep::Clip(_) | AnyStep::SignedLog(_) | AnyStep::Reclassify(_));
        let fitted = step.fit(&district(60, 0)).unwrap();
        let renamed: Vec<Column> = district(9, 0)
            .into_columns()
            .into_iter()
            .map(|column| Column { name: format!("{}_2", column.name), ..column })
            .collect();
        let applied = fitted.apply(Table::new(9, renamed).unwrap());
        let drops_nothing = match &fitted {
            FittedStep::Spearman(fitted) => fitted.dropped.is_empty(),
            FittedStep::MutualInformation(fitted) => fitted.dropped.is_empty(),
            FittedStep::VarianceInflation(fitted) => fitted.dropped.is_empty(),
            _ => false,
        };
        assert_eq!(applied.is_err(), per_column && !drops_nothing, "{}", step.key());
    }
}

#[test]
fn a_step_of_sizes_refuses_names() {
    let rock = Table::new(3, vec![column("rock", Categorical, vec![1.0, 2.0, 2.0])]).unwrap();
    let gravity = Table::new(3, vec![column("g", Continuous, vec![1.0, 2.0, 2.0])]).unwrap();
    for step in column_steps() {
        let names_will_do = imputes(&step)
            || matches!(
                step,
                AnyStep::OneHot(_)
                    | AnyStep::Reclassify(_)
                    | AnyStep::Spearman(_)
                    | AnyStep::MutualInformation(_)
            );
        assert_eq!(step.fit(&rock).is_ok(), names_will_do, "{}", step.key());
        let one_is_refused =
            matches!(step, AnyStep::OneHot(_) | AnyStep::Crosta(_)) || needs_several_columns(&step);
        assert_eq!(step.fit(&gravity).is_err(), one_is_refused, "{}", step.key());
    }
}

#[test]
fn a_surface_step_measures_geometry_and_nothing_else() {
    let surfaces: Vec<AnyStep> =
        AnyStep::all().into_iter().filter(|step| step.surface().is_some()).collect();
    assert!(surfaces.len() > 2);
    assert!(surfaces.iter().all(|step| step.fit(&district(5, 0)).is_err()));
}

#[test]
fn surfaces_do_not_depend_on_the_number_of_threads() {
    use paydirt_core::grid::{Crs, GeoTransform, Grid};
    let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: 50.0, cell_height: 40.0 };
    let grid = Grid::new(Crs::local_metres(), transform, 90, 120).unwrap();
    let raster: Vec<f32> = (0..90 * 120).map(|unit| f32::from(unit % 337 == 5)).collect();
    for step in AnyStep::all() {
        let (AnyStep::Distance(_)
        | AnyStep::Density(_)
        | AnyStep::SignedDistance(_)
        | AnyStep::Contacts(_)) = step
        else {
            continue;
        };
        let draw = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| step.surface().unwrap().draw(&Source::Raster(&raster), &grid).unwrap())
        };
        assert_eq!(draw(1), draw(4), "{}", step.key());
    }
}

#[test]
fn settings_out_of_range_name_their_key() {
    let table = district(20, 0);
    let refused = [
        (r#"{"clip": {}}"#, "clip"),
        (r#"{"clip": {"min": 2, "max": 1}}"#, "clip.min"),
        (r#"{"winsorise": {"lower_percent": -1}}"#, "winsorise.lower_percent"),
        (r#"{"winsorise": {"lower_percent": 60, "upper_percent": 40}}"#, "winsorise.lower_percent"),
        (r#"{"log": {"base": 1}}"#, "log.base"),
        (r#"{"rank": {"knots": 1}}"#, "rank.knots"),
        (r#"{"one_hot": {"min_count": 0}}"#, "one_hot.min_count"),
        (r#"{"reclassify": {}}"#, "reclassify"),
        (r#"{"reclassify": {"breaks": [1, 2], "values": [1, 2]}}"#, "reclassify.values"),
        (r#"{"reclassify": {"breaks": [2, 1], "values": [1, 2, 3]}}"#, "reclassify.breaks"),
        (r#"{"reclassify": {"table": [[2, 1, 3]]}}"#, "reclassify.table"),
        (r#"{"concentration_area": {"segments": 0}}"#, "concentration_area.segments"),
        (r#"{"concentration_area": {"max_segments": 99}}"#, "concentration_area.max_segments"),
        (r#"{"pca": {"components": 0}}"#, "pca.components"),
        (r#"{"pca": {"explained_share": 1.5}}"#, "pca.explained_share"),
        (r#"{"spearman": {"max_correlation": -0.1}}"#, "spearman.max_correlation"),
        (r#"{"closure": {"total": 0}}"#, "closure.total"),
        (r#"{"ilr": {"partition": [[1, -1, 0, 0, 0, 0]]}}"#, "ilr.partition"),
        (r#"{"pairwise_log_ratio": {"max_pairs": 9}}"#, "pairwise_log_ratio.max_pairs"),
        (r#"{"pairwise_log_ratio": {"pairs": [["tied", "tied"]]}}"#, "pairwise_log_ratio.pairs"),
        (r#"{"robust_pca": {"components": 0}}"#, "robust_pca.components"),
        (r#"{"robust_pca": {"support_share": 0.4}}"#, "robust_pca.support_share"),
        (r#"{"mahalanobis": {"outlier_share": 1}}"#, "mahalanobis.outlier_share"),
        (r#"{"mahalanobis": {"support_share": 2}}"#, "mahalanobis.support_share"),
        (r#"{"impute_nearest": {"neighbours": 0}}"#, "impute_nearest.neighbours"),
        (r#"{"impute_nearest": {"max_rows": 0}}"#, "impute_nearest.max_rows"),
        (r#"{"impute_forest": {"trees": 1001}}"#, "impute_forest.trees"),
        (r#"{"impute_forest": {"rounds": 0}}"#, "impute_forest.rounds"),
        (r#"{"impute_forest": {"min_leaf": 0}}"#, "impute_forest.min_leaf"),
        (r#"{"variance_inflation": {"max": 0.5}}"#, "variance_inflation.max"),
        (r#"{"mutual_information": {"bins": 1}}"#, "mutual_information.bins"),
        (r#"{"mutual_information": {"max_information": 2}}"#, "mutual_information.max_information"),
    ];
    for (text, key) in refused {
        let step: AnyStep = serde_json::from_str(text).unwrap();
        let message = step.fit(&table).unwrap_err().to_string();
        assert!(message.starts_with(&format!("`{key}`")), "{message}");
    }
    let nothing = AnyStep::Reclassify(reclassify::Settings::default());
    assert!(nothing.fit(&table).is_err());
}

/// A raster with gaps: hills, a step, and a hole.
fn hills(rows: usize, cols: usize) -> Vec<f32> {
    (0..rows * cols)
        .map(|unit| {
            let (row, col) = ((unit / cols) as f32, (unit % cols) as f32);
            if (row - 9.0).hypot(col - 14.0) < 3.5 {
                return f32::NAN;
            }
            100.0
                + 20.0 * (row / 5.0).sin() * (col / 7.0).cos()
                + if col > 20.0 { 8.0 } else { 0.0 }
        })
        .collect()
}

#[test]
fn a_raster_step_gives_the_same_in_any_block_and_with_any_number_of_threads() {
    use paydirt_core::grid::{Crs, GeoTransform, Grid};
    use paydirt_core::step::{Block, Reach};
    let transform = GeoTransform { west: 0.0, north: 0.0, cell_width: 250.0, cell_height: 200.0 };
    let grid = Grid::new(Crs::local_metres(), transform, 48, 40).unwrap();
    let raster = hills(grid.rows, grid.cols);
    for step in raster_steps() {
        assert!(step.fit(&district(5, 0)).is_err(), "{}", step.key());
        let mut read = |units: std::ops::Range<usize>| Ok(raster[units].to_vec());
        let settled = step.raster().unwrap().settle(&grid, &mut read).unwrap();
        let drawing = settled.as_deref().unwrap_or(step.raster().unwrap());
        let draw = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let block = Block { values: &raster, held: 0..grid.rows, wanted: 0..grid.rows };
            pool.install(|| drawing.draw(&block, &grid).unwrap())
        };
        let whole: Vec<u32> = draw(1).into_iter().map(f32::to_bits).collect();
        assert_eq!(whole.len(), grid.cells());
        assert_eq!(
            whole,
            draw(3).into_iter().map(f32::to_bits).collect::<Vec<_>>(),
            "{}",
            step.key()
        );
        let Reach::Rows(reach) = step.raster().unwrap().reach(&grid).unwrap() else { continue };
        for wanted in [0_usize..7, 7..8, 8..31, 31..48] {
            let held = wanted.start.saturating_sub(reach)..(wanted.end + reach).min(grid.rows);
            let values = &raster[held.start * grid.cols..held.end * grid.cols];
            let block = Block { values, held, wanted: wanted.clone() };
            let part = drawing.draw(&block, &grid).unwrap();
            let part: Vec<u32> = part.into_iter().map(f32::to_bits).collect();
            let expected = &whole[wanted.start * grid.cols..wanted.end * grid.cols];
            assert_eq!(part, expected, "{} {wanted:?}", step.key());
        }
    }
}
