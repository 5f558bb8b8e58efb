//! Components of the porphyry tables of the Yukon (DOI 10.1016/j.gr.2024.09.004), whose loadings,
//! means and deviations were recovered from them by least squares (the tables have five decimals, so 3.7e-5
//! remain): passes without the data.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use paydirt_core::layer::EvidenceType::Continuous;
use paydirt_core::step::FittedStep;
use paydirt_core::table::{Column, Table};

const NAMES: [&str; 7] = ["X3", "X4", "X5", "X6", "X7", "X8", "X9"];
const MEAN: [f64; 7] =
    [63.06767471, 62.99938074, 0.09338707, 1.17153574, 3.99124394, 1.79578340, -0.26063920];
const DEVIATION: [f64; 7] =
    [175.19153579, 93.94684136, 0.24437575, 0.14212900, 0.32478624, 0.23286766, 0.24255862];

/// A row an input, a column a component.
const LOADINGS: [[f64; 7]; 7] = [
    [-0.02338284, 0.70129098, 0.03208073, -0.31425627, 0.62587963, 0.10099866, -0.07701936],
    [-0.07817765, 0.69681332, -0.05216182, 0.14427172, -0.68955901, -0.08846690, 0.03855200],
    [0.34341559, 0.03309872, 0.93149285, 0.00671195, -0.08349923, 0.03999550, -0.06837012],
    [0.40653493, 0.14531358, -0.12598517, 0.83472055, 0.29948636, -0.08679443, 0.06129687],
    [0.47777336, -0.00507297, -0.24685924, -0.10388877, -0.17679394, 0.75253918, -0.32000500],
    [0.49853460, 0.01665827, -0.12455157, -0.31516032, -0.04243585, -0.07344113, 0.79319117],
    [0.48304230, -0.01128159, -0.19038285, -0.27112726, -0.05533175, -0.63334784, -0.50258945],
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
            assert!((found - expected).abs() < 4e-5, "{found} {expected}");
        }
    }
}
