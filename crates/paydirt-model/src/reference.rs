//! The small table on which scikit-learn's answers are stored, by `tests/fixtures/kernels.py`.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};
use serde::Deserialize;

use crate::TrainingSet;

#[derive(Deserialize)]
pub(crate) struct Reference<S> {
    numbers: Vec<Vec<f32>>,
    category: Vec<f32>,
    deposit: Vec<bool>,
    weight: Vec<f32>,
    fitted: usize,
    #[serde(flatten)]
    answers: std::collections::BTreeMap<String, serde_json::Value>,
    #[serde(skip)]
    settings: std::marker::PhantomData<S>,
}

/// One answer: the settings, and a number for each row.
#[derive(Deserialize)]
pub(crate) struct Answer<S> {
    pub(crate) settings: S,
    pub(crate) weighted: bool,
    pub(crate) answer: Vec<f64>,
    pub(crate) support: Option<usize>,
    pub(crate) log_marginal_likelihood: Option<f64>,
}

impl<S: for<'de> Deserialize<'de>> Reference<S> {
    pub(crate) fn read() -> Self {
        serde_json::from_str(include_str!("../tests/fixtures/kernels.json")).unwrap()
    }

    pub(crate) fn answers(&self, model: &str) -> Vec<Answer<S>> {
        serde_json::from_value(self.answers[model].clone()).unwrap()
    }

    /// All rows.
    pub(crate) fn rows(&self) -> Table {
        let names = ["first", "second"].iter().zip(&self.numbers);
        let mut columns: Vec<Column> =
            names.map(|(name, values)| number(name, values.clone())).collect();
        let codes = self.category.clone();
        columns.push(Column::new("code", "code", EvidenceType::Categorical, codes));
        Table::new(self.deposit.len(), columns).unwrap()
    }

    /// The rows that are fitted.
    pub(crate) fn training(&self, weighted: bool) -> TrainingSet {
        let rows: Vec<usize> = (0..self.fitted).collect();
        TrainingSet {
            features: self.rows().select(&rows),
            deposit: self.deposit[..self.fitted].to_vec(),
            weight: if weighted {
                self.weight[..self.fitted].to_vec()
            } else {
                vec![1.0; self.fitted]
            },
        }
    }
}

/// A continuous column.
pub(crate) fn number(name: &str, values: Vec<f32>) -> Column {
    Column::new(name, name, EvidenceType::Continuous, values)
}

/// The largest difference of two lists of equal length.
pub(crate) fn apart(found: &[f64], expected: &[f64]) -> f64 {
    assert_eq!(found.len(), expected.len());
    found.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max)
}

/// The set with each third sample twice, and with a weight of 2 instead.
pub(crate) fn twice_and_weighted(set: &TrainingSet) -> [TrainingSet; 2] {
    let rows: Vec<usize> = (0..set.deposit.len())
        .flat_map(|row| vec![row; if row % 3 == 0 { 2 } else { 1 }])
        .collect();
    let twice = TrainingSet {
        features: set.features.select(&rows),
        deposit: rows.iter().map(|row| set.deposit[*row]).collect(),
        weight: vec![1.0; rows.len()],
    };
    let weight = |row| if row % 3 == 0 { 2.0 } else { 1.0 };
    let weight = (0..set.deposit.len()).map(weight).collect();
    [twice, TrainingSet { weight, ..set.clone() }]
}
