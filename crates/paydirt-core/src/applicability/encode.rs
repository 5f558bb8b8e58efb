//! Rows as points: numbers in weighted standard deviations, and classes.

use serde::{Deserialize, Serialize};

use super::near::Row;
use crate::layer::EvidenceType;
use crate::table::{Column, Table};
use crate::{Error, Result};

/// Numbers farther out than this are held there, so that no square overflows.
const FAR: f32 = 1e15;

/// How one column becomes part of a point.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Encoding {
    /// `(value - centre) * factor`.
    Number {
        /// Mean of the training rows.
        centre: f64,
        /// Weight divided by the standard deviation.
        factor: f64,
    },
    /// A class and the square of its standardised, weighted indicator's step from 0 to 1.
    Classes {
        /// Classes of the training rows, ascending.
        classes: Vec<f32>,
        /// The square of each one's step.
        squares: Vec<f32>,
        /// That of a class which no training row has.
        unseen: f32,
    },
    /// Says nothing.
    Constant,
}

impl Encoding {
    /// From complete training rows.
    pub(super) fn new(column: &Column, weight: f64) -> Self {
        let values = &column.values;
        let first = values.first().copied().unwrap_or(0.0);
        if weight <= 0.0 || values.iter().all(|value| *value == first) {
            return Self::Constant;
        }
        let codes = values.iter().any(|value| *value != 0.0 && *value != 1.0);
        if column.evidence_type == EvidenceType::Categorical && codes {
            return Self::classes(values, weight);
        }
        let rows = values.len() as f64;
        let centre = values.iter().map(|value| f64::from(*value)).sum::<f64>() / rows;
        let squares: f64 = values.iter().map(|value| (f64::from(*value) - centre).powi(2)).sum();
        let factor = weight / (squares / (rows - 1.0)).sqrt();
        if factor.is_finite() { Self::Number { centre, factor } } else { Self::Constant }
    }

    fn classes(values: &[f32], weight: f64) -> Self {
        let mut sorted: Vec<f32> = values.iter().map(|value| value + 0.0).collect();
        sorted.sort_by(f32::total_cmp);
        let rows = values.len() as f64;
        let square = |count: f64, rows: f64| {
            let variance = count * (rows - count) / (rows * (rows - 1.0));
            (weight * weight / variance).min(f64::from(FAR)) as f32
        };
        let runs = || sorted.chunk_by(|a, b| a == b);
        Self::Classes {
            classes: runs().map(|run| run[0]).collect(),
            squares: runs().map(|run| square(run.len() as f64, rows)).collect(),
            unseen: square(1.0, rows + 1.0),
        }
    }
}

/// Makes points of the rows of one table.
pub(super) struct Encoder<'a> {
    numbers: Vec<(&'a Column, f64, f64)>,
    classes: Vec<(&'a Column, &'a Encoding)>,
}

impl<'a> Encoder<'a> {
    /// The columns of `training`, as they are found in `table`: the greatest weight first, so that
    /// what is far off shows early.
    pub(super) fn new(
        training: &Table,
        encodings: &'a [Encoding],
        table: &'a Table,
    ) -> Result<Self> {
        let mut encoder = Self { numbers: Vec::new(), classes: Vec::new() };
        for (column, encoding) in training.columns().iter().zip(encodings) {
            let find = || {
                table.column(&column.name).ok_or_else(|| Error::Unknown {
                    what: "column",
                    name: column.name.clone(),
                    known: table.names().join(", "),
                })
            };
            match encoding {
                Encoding::Constant => {}
                Encoding::Classes { .. } => encoder.classes.push((find()?, encoding)),
                Encoding::Number { centre, factor } => {
                    encoder.numbers.push((find()?, *centre, *factor));
                }
            }
        }
        Ok(encoder)
    }

    /// How many numbers and classes a point has.
    pub(super) fn size(&self) -> [usize; 2] {
        [self.numbers.len(), self.classes.len()]
    }

    /// Writes a row as a point; `false` if any of it is not known.
    pub(super) fn encode(&self, at: usize, row: &mut Row) -> bool {
        let numbers = self.numbers.iter().zip(&mut row.numbers);
        for ((column, centre, factor), number) in numbers {
            *number = (((f64::from(column.values[at]) - centre) * factor) as f32).clamp(-FAR, FAR);
        }
        for ((column, encoding), class) in self.classes.iter().zip(&mut row.classes) {
            let value = column.values[at];
            if let Encoding::Classes { classes, squares, unseen } = encoding {
                let place = classes.binary_search_by(|class| class.total_cmp(&(value + 0.0)));
                *class = (value, place.map_or(*unseen, |place| squares[place]));
            }
        }
        let known = |column: &Column| column.known[at];
        self.numbers.iter().all(|(column, ..)| known(column))
            && self.classes.iter().all(|(column, _)| known(column))
    }
}
