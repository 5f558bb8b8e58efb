//! Compositions.

use super::*;

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
    columns[1][..60].iter_mut().for_each(|value| *value *= 400.0); // a fifth of outliers
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
