//! Steps over several columns against scikit-learn, statsmodels and SciPy
//! (`fixtures/robust.json`, made by `robust.py` beside it), and against closed forms.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::layer::EvidenceType::{self, Categorical, Continuous, Ordinal};
use paydirt_core::robust::{chi_square_quantile, scatter};
use paydirt_core::seed::Seed;
use paydirt_core::step::{AnyStep, FittedStep};
use paydirt_core::table::{Column, Table};
use serde::Deserialize;

#[derive(Deserialize)]
struct Stored {
    mcd: Vec<StoredMcd>,
    chi_square: Vec<(f64, usize, f64)>,
    imputed: Vec<Vec<f64>>,
    variance_inflation: Vec<f64>,
    mutual_information: Vec<f64>,
}

#[derive(Deserialize)]
struct StoredMcd {
    rows: usize,
    share: f64,
    log_determinant: f64,
    location: Vec<f64>,
    covariance: Vec<Vec<f64>>,
    support: usize,
    distances: Vec<f64>,
}

fn stored() -> Stored {
    serde_json::from_str(include_str!("fixtures/robust.json")).unwrap()
}

/// The generator that `robust.py` has too.
fn uniforms(mut state: u64) -> impl FnMut() -> f64 {
    move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    }
}

/// The columns of `robust.py`: near normal, with outliers in the first rows.
fn data(rows: usize, outliers: usize) -> Vec<Vec<f32>> {
    let mut next = uniforms(11);
    let mut columns = vec![Vec::new(); 4];
    for row in 0..rows {
        let [a, b, c, d] = std::array::from_fn(|_| (0..12).map(|_| next()).sum::<f64>() - 6.0);
        let mut x = [10.0 + a, 3.0 * a + 4.0 * b, 0.1 * (b + c), 100.0 + 20.0 * (d - c)];
        if row < outliers {
            x = [x[0] + 12.0, x[1] - 30.0, x[2] + 3.0, x[3]];
        }
        columns.iter_mut().zip(x).for_each(|(column, x)| column.push(x as f32));
    }
    columns
}

fn table(columns: &[Vec<f32>]) -> Table {
    of_types(&columns.iter().map(|values| (Continuous, values.clone())).collect::<Vec<_>>())
}

fn of_types(columns: &[(EvidenceType, Vec<f32>)]) -> Table {
    let names = ["Cu", "Zn", "Pb", "Ti", "Al", "Fe"];
    let columns = columns.iter().zip(names).map(|((kind, values), name)| {
        Column::new(name, &format!("layer of {name}"), *kind, values.clone())
    });
    let columns: Vec<Column> = columns.collect();
    Table::new(columns.first().map_or(0, |column| column.values.len()), columns).unwrap()
}

fn fit(settings: &str, training: &Table) -> FittedStep {
    serde_json::from_str::<AnyStep>(settings).unwrap().fit(training).unwrap()
}

fn refusal(settings: &str, training: &Table) -> String {
    serde_json::from_str::<AnyStep>(settings).unwrap().fit(training).unwrap_err().to_string()
}

fn applied(settings: &str, to: &Table) -> Table {
    fit(settings, to).apply(to.clone()).unwrap()
}

fn doubles(columns: &[Vec<f32>]) -> Vec<Vec<f64>> {
    columns.iter().map(|column| column.iter().map(|&value| value.into()).collect()).collect()
}

fn assert_near(found: f64, expected: f64, relative: f64) {
    assert!((found - expected).abs() <= relative * (1.0 + expected.abs()), "{found} {expected}");
}

#[test]
fn chi_square_quantiles_are_scipys() {
    for (share, degrees, answer) in stored().chi_square {
        assert_near(chi_square_quantile(share, degrees), answer, 1e-9);
    }
}

/// Of 2,000 rows, which are searched in parts, the trusted rows differ by one (scikit-learn's are the
/// best of 20 seeds); those within the distance, which give the numbers, are the same.
#[test]
fn the_least_determinant_is_scikit_learns() {
    for answer in stored().mcd {
        let outliers = if answer.rows == 200 { 40 } else { 700 };
        let columns = data(answer.rows, outliers);
        let found = scatter(&doubles(&columns), answer.share, Seed(3)).unwrap();
        assert_near(found.log_determinant, answer.log_determinant, 2e-6);
        assert_eq!(found.support, answer.support);
        for (found, expected) in found.location.iter().zip(&answer.location) {
            assert_near(*found, *expected, 1e-9);
        }
        for (i, row) in answer.covariance.iter().enumerate() {
            for (j, expected) in row.iter().enumerate() {
                assert_near(found.covariance[(i, j)], *expected, 1e-9);
            }
        }
        let settings = format!(
            r#"{{"mahalanobis": {{"support_share": {}, "outlier_share": 0.025}}}}"#,
            answer.share
        );
        let out = applied(&settings, &table(&columns));
        assert_eq!(out.names(), ["Cu", "Zn", "Pb", "Ti", "mahalanobis", "mahalanobis_outlier"]);
        let distances = &out.columns()[4].values;
        for (found, expected) in distances.iter().zip(&answer.distances) {
            assert_near((*found).into(), *expected, 1e-6);
        }
        let flags = &out.columns()[5].values;
        assert!(flags[..outliers].iter().all(|flag| *flag == 1.0));
        let false_alarms = flags[outliers..].iter().sum::<f32>() / (flags.len() - outliers) as f32;
        assert!(false_alarms < 0.06, "{false_alarms}");
    }
}

#[test]
fn the_search_does_not_depend_on_threads_and_refuses_a_plane() {
    let columns = doubles(&data(700, 100));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| scatter(&columns, 0.75, Seed(1)).unwrap())
    };
    assert_eq!(run(1), run(3));
    let mut twins = data(90, 9);
    twins[2] = twins[1].clone();
    let message = refusal(r#"{"robust_pca": {}}"#, &table(&twins));
    assert!(message.contains("lie on a plane"), "{message}");
    let mut mostly_zero = data(90, 0);
    mostly_zero[1][..80].fill(0.0);
    assert!(refusal(r#"{"mahalanobis": {}}"#, &table(&mostly_zero)).contains("`mahalanobis`"));
    let singular = refusal(r#"{"mahalanobis": {"support_share": 1}}"#, &table(&twins));
    assert!(singular.contains("not determined"), "{singular}");
}

#[test]
fn with_all_rows_trusted_it_is_ordinary_pca() {
    let mut columns = data(150, 0);
    columns.push(vec![7.0; 150]);
    let table = table(&columns);
    for standardise in [true, false] {
        let plain = fit(&format!(r#"{{"pca": {{"standardise": {standardise}}}}}"#), &table);
        let robust =
            format!(r#"{{"robust_pca": {{"standardise": {standardise}, "support_share": 1.0}}}}"#);
        let robust = fit(&robust, &table);
        let (FittedStep::Pca(plain), FittedStep::RobustPca(robust)) = (plain, robust) else {
            panic!("components")
        };
        assert_eq!(plain.components.len(), robust.components.len());
        for (plain, robust) in plain.components.iter().zip(&robust.components) {
            assert_near(robust.explained_share, plain.explained_share, 1e-12);
            for (robust, plain) in robust.loadings.iter().zip(&plain.loadings) {
                assert_near(*robust, *plain, 1e-10);
            }
        }
        for (plain, robust) in plain.inputs.iter().zip(&robust.inputs) {
            assert_near(robust.moments.mean, plain.moments.mean, 1e-12);
        }
    }
}

/// With a fifth of outliers the first direction stays that of the clean rows; ordinary PCA turns.
#[test]
fn outliers_do_not_turn_the_components() {
    let direction = |settings: &str, columns: &[Vec<f32>]| match fit(settings, &table(columns)) {
        FittedStep::Pca(fitted) => fitted.components[0].loadings.clone(),
        FittedStep::RobustPca(fitted) => fitted.components[0].loadings.clone(),
        _ => panic!("components"),
    };
    let clean: Vec<Vec<f32>> = data(400, 80).iter().map(|c| c[80..].to_vec()).collect();
    let truth = direction(r#"{"pca": {}}"#, &clean);
    let cosine = |settings: &str| {
        let found = direction(settings, &data(400, 80));
        found.iter().zip(&truth).map(|(a, b)| a * b).sum::<f64>().abs()
    };
    assert!(cosine(r#"{"robust_pca": {}}"#) > 0.99);
    assert!(cosine(r#"{"pca": {}}"#) < 0.9);
}

/// Four parts whose ratios vary along one made direction of clr space.
fn rocks(rows: usize) -> Vec<Vec<f32>> {
    let mut next = uniforms(5);
    let direction = [0.7, -0.1, -0.5, -0.1];
    let mut columns = vec![Vec::new(); 4];
    for _ in 0..rows {
        let score = 2.0 * ((0..12).map(|_| next()).sum::<f64>() - 6.0);
        let unit = (next() * 5.0).exp();
        for (column, direction) in columns.iter_mut().zip(direction) {
            column.push((unit * (score * direction + 0.05 * next()).exp()) as f32);
        }
    }
    columns
}

#[test]
fn loadings_of_compositions_stand_in_centred_log_ratios() {
    let mut columns = rocks(300);
    for row in 0..60 {
        columns[1][row] *= 400.0; // a fifth of outliers
    }
    let settings = r#"{"robust_pca": {"space": "ilr", "components": 1}}"#;
    let training = table(&columns);
    let fitted = fit(settings, &training);
    let mut map = rocks(3);
    map[2][1] = 0.0;
    let scores = fitted.apply(table(&map)).unwrap();
    assert_eq!(scores.names(), ["robust_pca_1"]);
    assert_eq!(scores.columns()[0].known, [true, false, true]);
    let scaled: Vec<Vec<f32>> =
        map.iter().map(|column| column.iter().map(|value| value * 8.0).collect()).collect();
    let again = fitted.apply(table(&scaled)).unwrap();
    for row in [0, 2] {
        let pair = [&scores, &again].map(|t| f64::from(t.columns()[0].values[row]));
        assert_near(pair[0], pair[1], 1e-5);
    }
    let FittedStep::RobustPca(fitted) = fitted else { panic!("components") };
    let loadings = &fitted.components[0].loadings;
    let length = [0.7, -0.1, -0.5, -0.1].iter().map(|d: &f64| d * d).sum::<f64>().sqrt();
    for (loading, direction) in loadings.iter().zip([0.7, -0.1, -0.5, -0.1]) {
        assert!((loading - direction / length).abs() < 0.02, "{loadings:?}");
    }
    assert!(loadings.iter().sum::<f64>().abs() < 1e-9);
    let names: Vec<&str> = fitted.inputs.iter().map(|input| input.name.as_str()).collect();
    assert_eq!(names, ["clr_Cu", "clr_Zn", "clr_Pb", "clr_Ti"]);
}

#[test]
fn log_ratios_of_a_row_by_hand() {
    let rows = table(&[vec![1.0, 4.0, 2.0], vec![1.0, 0.0, 2.0], vec![8.0, 1.0, 2.0]]);
    let eight = 8.0_f64.ln();
    let half = 0.5_f64.sqrt();
    let cases: [(&str, &[&str], &[f64]); 8] = [
        (r#"{"closure": {"total": 100}}"#, &["Cu", "Zn", "Pb"], &[10.0, 10.0, 80.0]),
        (
            r#"{"clr": {}}"#,
            &["clr_Cu", "clr_Zn", "clr_Pb"],
            &[-eight / 3.0, -eight / 3.0, 2.0 * eight / 3.0],
        ),
        (r#"{"alr": {}}"#, &["alr_Cu", "alr_Zn"], &[-eight, -eight]),
        (r#"{"alr": {"denominator": "Cu"}}"#, &["alr_Zn", "alr_Pb"], &[0.0, eight]),
        (r#"{"plr": {"parts": ["Pb"]}}"#, &["plr_Pb"], &[(2.0_f64 / 3.0).sqrt() * eight]),
        (
            r#"{"ilr": {}}"#,
            &["ilr_1", "ilr_2"],
            &[-(2.0_f64 / 3.0).sqrt() * eight / 2.0, -half * eight],
        ),
        (
            r#"{"ilr": {"partition": [[["Pb"], ["Zn", "Cu"]], [1, -1, 0]]}}"#,
            &["ilr_1", "ilr_2"],
            &[(2.0_f64 / 3.0).sqrt() * eight, 0.0],
        ),
        (
            r#"{"pairwise_log_ratio": {"pairs": [["Pb", "Cu"], ["Cu", "Zn"]]}}"#,
            &["log_Pb_Cu", "log_Cu_Zn"],
            &[eight, 0.0],
        ),
    ];
    for (settings, names, answer) in cases {
        let out = applied(settings, &rows);
        assert_eq!(out.names(), names);
        for (column, answer) in out.columns().iter().zip(answer) {
            assert!((f64::from(column.values[0]) - answer).abs() < 1e-5, "{settings}");
            // no zinc in the second row: no answer in any column
            assert_eq!(column.known, [true, false, true], "{settings}");
        }
    }
    let layers = |settings: &str| -> Vec<String> {
        applied(settings, &rows).columns().iter().map(|column| column.layer.clone()).collect()
    };
    assert_eq!(layers(r#"{"alr": {}}"#), ["layer of Cu", "layer of Zn"]);
    assert_eq!(layers(r#"{"ilr": {}}"#), ["ilr", "ilr"]);
    let FittedStep::Clr(fitted) = fit(r#"{"clr": {}}"#, &rows) else { panic!("ratios") };
    assert_eq!((fitted.not_positive["Zn"], fitted.not_positive["Cu"]), (1, 0));
    assert!(refusal(r#"{"alr": {"denominator": "Au"}}"#, &rows).contains("`Au`"));
    assert!(refusal(r#"{"ilr": {"partition": [[["Au"], ["Cu"]]]}}"#, &rows).contains("`Au`"));
}

fn gaps() -> Vec<Vec<f32>> {
    let mut columns = data(60, 6);
    for (index, column) in columns.iter_mut().enumerate() {
        for (row, value) in column.iter_mut().enumerate() {
            if [0, 4].contains(&((row * 7 + index * 5) % 11)) {
                *value = f32::NAN;
            }
        }
    }
    columns
}

#[test]
fn nearest_rows_fill_as_scikit_learns() {
    let training = table(&gaps());
    let out = applied(r#"{"impute_nearest": {"neighbours": 4, "indicator": false}}"#, &training);
    for (row, answer) in stored().imputed.iter().enumerate() {
        for (column, answer) in out.columns().iter().zip(answer) {
            assert_near(column.values[row].into(), *answer, 1e-5);
        }
    }
    let with = applied(r#"{"impute_nearest": {}}"#, &training);
    assert_eq!(with.names()[..3], ["Cu", "Cu_missing", "Zn"]);
    let few = fit(r#"{"impute_nearest": {"max_rows": 7}}"#, &training);
    let FittedStep::ImputeNearest(few) = few else { panic!("rows") };
    assert_eq!(few.donors.rows(), 7);
}

#[test]
fn nearest_rows_give_classes_and_categories() {
    let nan = f32::NAN;
    let training = of_types(&[
        (Continuous, vec![0.0, 0.1, 0.2, 9.0, 9.1, 9.2, 0.1, 9.1]),
        (Ordinal, vec![1.0, 2.0, 2.0, 7.0, 8.0, 8.0, nan, nan]),
        (Categorical, vec![5.0, 5.0, 4.0, 3.0, 3.0, 4.0, nan, nan]),
        (Continuous, vec![nan; 8]),
    ]);
    for settings in [
        r#"{"impute_nearest": {"neighbours": 3, "indicator": false}}"#,
        r#"{"impute_forest": {"min_leaf": 1, "indicator": false}}"#,
    ] {
        let out = applied(settings, &training);
        let filled: Vec<&[f32]> = out.columns().iter().map(|c| &c.values[6..]).collect();
        assert_eq!(filled[1], [2.0, 8.0], "{settings}");
        assert_eq!(filled[2], [5.0, 3.0], "{settings}");
        assert_eq!(out.columns()[3].values, [0.0; 8], "{settings}");
    }
}

/// A column that others determine is filled in with much less error than by its median, on rows
/// that the forests never saw; and the same whatever rows stand beside it.
#[test]
fn forests_fill_in_what_other_columns_say() {
    let mut next = uniforms(9);
    let mut columns = vec![Vec::new(); 3];
    for _ in 0..900 {
        let (a, b) = (next(), next());
        columns[0].push(a as f32);
        columns[1].push(b as f32);
        columns[2].push(((a * 9.0).sin() + 2.0 * (b - 0.5).powi(2) + 0.05 * next()) as f32);
    }
    let truth = columns[2].clone();
    for row in (0..900).step_by(3) {
        columns[2][row] = f32::NAN;
    }
    for row in (1..900).step_by(5) {
        columns[row % 2][row] = f32::NAN;
    }
    let whole = table(&columns);
    let error = |settings: &str| {
        let training: Vec<usize> = (0..600).collect();
        let fitted = fit(settings, &whole.select(&training));
        let out = fitted.apply(whole.clone()).unwrap();
        let alone = fitted.apply(whole.select(&[603])).unwrap();
        assert_eq!(alone, out.select(&[603]));
        let rows: Vec<usize> = (600..900).step_by(3).filter(|row| row % 5 != 1).collect();
        let squares = rows
            .iter()
            .map(|&row| f64::from(out.column("Pb").unwrap().values[row] - truth[row]).powi(2));
        (squares.sum::<f64>() / rows.len() as f64).sqrt()
    };
    let (median, forest) = (error(r#"{"impute_median": {}}"#), error(r#"{"impute_forest": {}}"#));
    assert!(forest < 0.5 * median, "{forest} {median}");
    let text = serde_json::to_string(&fit(r#"{"impute_forest": {"trees": 3}}"#, &whole)).unwrap();
    let broken = text.replacen("\"split\":[", "\"split\":[9,", 1);
    assert!(serde_json::from_str::<FittedStep>(&broken).is_err());
}

#[test]
fn variance_inflation_is_statsmodels_and_drops_the_worst_first() {
    let mut columns = data(120, 12);
    let sum = (0..120).map(|row| {
        let x: Vec<f64> = columns.iter().map(|column| column[row].into()).collect();
        (x[0] + 0.2 * x[1] + 3.0 * x[2] + 0.01 * x[3] + 0.05 * (row as f64).sin()) as f32
    });
    let sum: Vec<f32> = sum.collect();
    columns.push(sum);
    let dropped = |settings: &str, columns: &[Vec<f32>]| match fit(settings, &table(columns)) {
        FittedStep::VarianceInflation(fitted) => fitted.dropped,
        _ => panic!("factors"),
    };
    let found = dropped(r#"{"variance_inflation": {}}"#, &columns);
    assert_eq!(found[0].name, "Al");
    assert_near(found[0].factor, stored().variance_inflation[4], 1e-3);
    let high = dropped(r#"{"variance_inflation": {"max": 1e9}}"#, &columns);
    assert!(high.is_empty());
    let mut twins = data(50, 0);
    twins.push(twins[1].clone());
    twins.push(vec![3.0; 50]);
    let found = dropped(r#"{"variance_inflation": {}}"#, &twins);
    assert_eq!((found[0].name.as_str(), found.len()), ("Al", 1));
    let out = applied(r#"{"variance_inflation": {}}"#, &table(&twins));
    assert_eq!(out.names(), ["Cu", "Zn", "Pb", "Ti", "Fe"]);
}

#[test]
fn mutual_information_is_scikit_learns_and_sees_what_is_not_monotone() {
    let columns = data(120, 12);
    let answers = stored().mutual_information;
    for (index, answer) in answers.into_iter().enumerate() {
        let pair = table(&[columns[0].clone(), columns[index + 1].clone()]);
        let settings = r#"{"mutual_information": {"max_information": 0}}"#;
        let FittedStep::MutualInformation(found) = fit(settings, &pair) else { panic!("shared") };
        assert_eq!(found.dropped[0].because_of, "Cu");
        assert_near(found.dropped[0].information, answer, 1e-12);
    }
    let bowl: Vec<f32> = (0..400).map(|row| (row as f32 - 199.5).powi(2)).collect();
    let rising: Vec<f32> = (0..400).map(|row| row as f32).collect();
    let both = table(&[rising, bowl]);
    assert_eq!(applied(r#"{"spearman": {"max_correlation": 0.1}}"#, &both).columns().len(), 2);
    assert_eq!(applied(r#"{"mutual_information": {}}"#, &both).names(), ["Cu"]);
}
