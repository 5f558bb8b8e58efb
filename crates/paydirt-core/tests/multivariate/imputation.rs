//! Imputation from rows and columns.

use paydirt_core::layer::EvidenceType::{Categorical, Ordinal};

use super::*;

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
