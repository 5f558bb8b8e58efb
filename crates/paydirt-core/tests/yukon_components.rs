//! Components of the porphyry tables of the Yukon (DOI 10.1016/j.gr.2024.09.004), whose loadings were
//! recovered: passes without the data.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::layer::EvidenceType::Continuous;
use paydirt_core::step::FittedStep;
use paydirt_core::table::{Column, Table};

const NAMES: [&str; 7] = ["X3", "X4", "X5", "X6", "X7", "X8", "X9"];
const MEAN: [f64; 7] = [63.06767, 62.99938, 0.09339, 1.17154, 3.99124, 1.79578, -0.26064];
const DEVIATION: [f64; 7] = [175.19154, 93.94684, 0.24438, 0.14213, 0.32479, 0.23287, 0.24256];

/// A row an input, a column a component.
const LOADINGS: [[f64; 7]; 7] = [
    [-0.023383, 0.701291, 0.032080, -0.314255, 0.625880, 0.100999, -0.077020],
    [-0.078178, 0.696813, -0.052162, 0.144271, -0.689559, -0.088467, 0.038552],
    [0.343415, 0.033099, 0.931493, 0.006712, -0.083499, 0.039996, -0.068369],
    [0.406537, 0.145314, -0.125985, 0.834719, 0.299486, -0.086795, 0.061296],
    [0.477773, -0.005073, -0.246860, -0.103888, -0.176793, 0.752540, -0.320005],
    [0.498536, 0.016657, -0.124550, -0.315160, -0.042437, -0.073442, 0.793190],
    [0.483042, -0.011281, -0.190384, -0.271126, -0.055331, -0.633348, -0.502589],
];

/// Columns by name, whatever their order.
fn read(file: &str, names: &[&str]) -> Option<Table> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/yukon/");
    let text = fs_err::read_to_string(format!("{folder}{file}")).ok()?;
    let mut lines = text.lines().map(|line| line.split(',').map(|cell| cell.trim_matches('"')));
    let header: Vec<&str> = lines.next()?.collect();
    let rows: Vec<Vec<&str>> = lines.map(Iterator::collect).collect();
    let column = |name: &&str| {
        let place = header.iter().position(|other| other == name).unwrap();
        let values = rows.iter().map(|row| row[place].parse().unwrap()).collect();
        Column::new(name, name, Continuous, values)
    };
    Some(Table::new(rows.len(), names.iter().map(column).collect()).unwrap())
}

#[test]
fn components_of_the_recovered_loadings_are_those_of_the_tables() {
    let Some(evidence) = read("01_Train_VO.csv", &NAMES) else { return };
    let published = ["PC1", "PC2", "PC3", "PC4", "PC5", "PC6", "PC7"];
    let published = read("02_Train_PCA.csv", &published).unwrap();
    let input = |place: usize| {
        let moments = serde_json::json!({ "mean": MEAN[place], "deviation": DEVIATION[place] });
        serde_json::json!({ "name": NAMES[place], "moments": moments })
    };
    let component = |place: usize| {
        let loadings: Vec<f64> = LOADINGS.iter().map(|row| row[place]).collect();
        serde_json::json!({ "explained_share": 0.1, "loadings": loadings })
    };
    let inputs: Vec<_> = (0..7).map(input).collect();
    let components: Vec<_> = (0..7).map(component).collect();
    let pca = serde_json::json!({ "pca": { "inputs": inputs, "components": components } });
    let pca: FittedStep = serde_json::from_value(pca).unwrap();
    let found = pca.apply(evidence).unwrap();
    for (found, expected) in found.columns().iter().zip(published.columns()) {
        for (found, expected) in found.values.iter().zip(&expected.values) {
            // The constants are rounded; with all their digits 4e-5 remain.
            assert!((found - expected).abs() < 8e-5, "{found} {expected}");
        }
    }
}
