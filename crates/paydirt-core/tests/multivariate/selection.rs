//! Columns that others say.

use super::*;

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
