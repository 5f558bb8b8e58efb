//! The standardised terms of a table's rows, made row by row: the matrix is never held.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};

use super::Term;

/// Most terms that are solved for: the matrix of second derivatives holds their square.
const MAX_TERMS: usize = 1000;

/// The columns with their terms. A row is 1 for the intercept, then one standardised number a term.
#[derive(Debug)]
pub(crate) struct Design<'a> {
    columns: &'a [Column],
    terms: Vec<Vec<Term>>,
    rows: usize,
}

/// Where a value stands among the terms of its column.
pub(crate) enum Place {
    /// The only term is the value itself.
    Value,
    /// The indicator of its category.
    Category(usize),
    /// A category that training never saw.
    Unseen,
}

/// Finds the place of a value among the terms of its column.
pub(crate) fn place(terms: &[Term], value: f32) -> Place {
    if matches!(terms, [Term { category: None, .. }]) {
        return Place::Value;
    }
    let index = terms.partition_point(|term| term.category.is_some_and(|other| other < value));
    if terms.get(index).is_some_and(|term| term.category == Some(value)) {
        Place::Category(index)
    } else {
        Place::Unseen
    }
}

impl<'a> Design<'a> {
    /// The terms of a table, standardised over its rows by weight.
    pub(crate) fn new(table: &'a Table, weight: &[f32]) -> Result<Self, String> {
        let columns = table.columns();
        let terms: Vec<Vec<Term>> =
            columns.iter().map(|column| column_terms(column, weight)).collect();
        let count: usize = terms.iter().map(Vec::len).sum();
        if count > MAX_TERMS {
            let most = columns.iter().zip(&terms).max_by_key(|(_, terms)| terms.len());
            let most = most.map_or("", |(column, _)| column.name.as_str());
            return Err(format!(
                "{count} terms, at most {MAX_TERMS} can be fitted; column `{most}` has most categories"
            ));
        }
        Ok(Self { columns, terms, rows: table.rows() })
    }

    /// The terms of each column.
    pub(crate) fn terms(&self) -> &[Vec<Term>] {
        &self.terms
    }

    /// The terms of each column, taken out.
    pub(crate) fn into_terms(self) -> Vec<Vec<Term>> {
        self.terms
    }

    /// Number of rows.
    pub(crate) const fn rows(&self) -> usize {
        self.rows
    }

    /// Length of a row: the intercept and the terms.
    pub(crate) fn width(&self) -> usize {
        1 + self.terms.iter().map(Vec::len).sum::<usize>()
    }

    /// Writes one row: what is missing or constant is 0, its mean.
    pub(crate) fn write_row(&self, row: usize, numbers: &mut [f64]) {
        numbers.fill(0.0);
        numbers[0] = 1.0;
        let mut start = 1;
        for (column, terms) in self.columns.iter().zip(&self.terms) {
            let numbers = &mut numbers[start..start + terms.len()];
            start += terms.len();
            if !column.known[row] {
                continue;
            }
            let value = column.values[row];
            let place = place(terms, value);
            for (index, (number, term)) in numbers.iter_mut().zip(terms).enumerate() {
                let raw = match place {
                    Place::Value => f64::from(value),
                    Place::Category(own) if own == index => 1.0,
                    Place::Category(_) | Place::Unseen => 0.0,
                };
                if term.deviation > 0.0 {
                    *number = (raw - term.mean) / term.deviation;
                }
            }
        }
    }
}

/// The terms of a column over the samples that count and whose value is known.
pub(crate) fn column_terms(column: &Column, weight: &[f32]) -> Vec<Term> {
    let counted: Vec<(f32, f64)> = (0..weight.len())
        .filter(|row| column.known[*row] && weight[*row] > 0.0)
        .map(|row| (column.values[row], f64::from(weight[row])))
        .collect();
    if column.evidence_type != EvidenceType::Categorical {
        return vec![term(None, counted.iter().map(|(value, w)| (f64::from(*value), *w)))];
    }
    let mut categories: Vec<f32> = counted.iter().map(|(value, _)| *value).collect();
    categories.sort_by(f32::total_cmp);
    categories.dedup();
    categories
        .into_iter()
        .map(|category| {
            let indicator = |(value, w): &(f32, f64)| (f64::from(u8::from(*value == category)), *w);
            term(Some(category), counted.iter().map(indicator))
        })
        .collect()
}

/// A term with mean and deviation of its values by weight. Measured from the first value, so that a
/// constant has a deviation of exactly 0.
fn term(category: Option<f32>, values: impl Iterator<Item = (f64, f64)> + Clone) -> Term {
    let total: f64 = values.clone().map(|(_, w)| w).sum();
    let Some((first, _)) = values.clone().next() else {
        return Term { category, coefficient: 0.0, mean: 0.0, deviation: 0.0 };
    };
    let mean = first + values.clone().map(|(value, w)| w * (value - first)).sum::<f64>() / total;
    let variance = values.map(|(value, w)| w * (value - mean).powi(2)).sum::<f64>() / total;
    Term { category, coefficient: 0.0, mean, deviation: variance.sqrt() }
}
