//! Rows of a table as points between which distances mean something.
//!
//! A number becomes one coordinate, its distance from the training mean, in training deviations
//! where columns are standardised. A category becomes one coordinate a category that training saw,
//! 1 or 0 less its share of the training samples. What is missing, constant or a category never seen
//! stands at the mean.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::columns::check_columns;
use crate::logistic::column_terms;
use crate::{Error, Result};

/// Points that are treated together, as lanes of vector instructions.
pub(crate) const LANES: usize = 32;

/// As many numbers as points are treated together.
pub(crate) type Lane = [f32; LANES];

/// Most coordinates of a point.
const MOST_COORDINATES: usize = 1000;

/// How a table's columns become coordinates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Encoding {
    columns: Vec<ColumnCode>,
}

/// The coordinates of one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct ColumnCode {
    /// Name of the column.
    column: String,
    /// Its coordinates: one, or one a category.
    coordinates: Vec<Coordinate>,
}

/// One coordinate: (value, or 1 in its category, less mean) x scale.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Coordinate {
    category: Option<f32>,
    mean: f64,
    scale: f64,
    /// Variance of the coordinate over the training samples.
    variance: f64,
}

/// A coordinate as it is told to others: (value, or 1 in its category, less mean) x scale.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct CoordinateCode {
    /// Number of its column.
    pub(crate) column: usize,
    pub(crate) category: Option<f32>,
    pub(crate) mean: f64,
    pub(crate) scale: f64,
}

impl ColumnCode {
    fn fit(column: &Column, weight: &[f32], standardise: bool) -> Self {
        let terms = column_terms(column, weight);
        let coordinates = terms.iter().map(|term| {
            let unit = standardise && column.evidence_type != EvidenceType::Categorical;
            let scale = match term.deviation > 0.0 {
                true if unit => 1.0 / term.deviation,
                true => 1.0,
                false => 0.0,
            };
            let variance = (term.deviation * scale).powi(2);
            Coordinate { category: term.category, mean: term.mean, scale, variance }
        });
        Self { column: column.name.clone(), coordinates: coordinates.collect() }
    }

    /// Writes the coordinates of the rows from `start` on.
    fn write(&self, column: &Column, start: usize, block: &mut [Lane]) {
        let values = column.values[start..].iter().zip(&column.known[start..]);
        for (coordinate, lane) in self.coordinates.iter().zip(block) {
            let Coordinate { category, mean, scale, .. } = *coordinate;
            for ((value, known), number) in values.clone().zip(lane) {
                let raw = match category {
                    None => f64::from(*value),
                    Some(category) => f64::from(u8::from(*value == category)),
                };
                *number = if *known { ((raw - mean) * scale) as f32 } else { 0.0 };
            }
        }
    }
}

impl Encoding {
    /// The coordinates of the columns, by the training samples that count.
    pub(crate) fn fit(
        model: &'static str,
        table: &Table,
        weight: &[f32],
        standardise: bool,
    ) -> Result<Self> {
        let fit = |column| ColumnCode::fit(column, weight, standardise);
        let encoding = Self { columns: table.columns().iter().map(fit).collect() };
        let reason = match encoding.width() {
            0 => "there is no column of evidence".into(),
            width if width > MOST_COORDINATES => format!(
                "the columns and their categories make {width} coordinates, at most \
                 {MOST_COORDINATES} can be fitted"
            ),
            _ => return Ok(encoding),
        };
        Err(Error::Untrainable { model, reason })
    }

    /// Number of coordinates.
    pub(crate) fn width(&self) -> usize {
        self.columns.iter().map(|code| code.coordinates.len()).sum()
    }

    /// Number of coordinates of each column.
    pub(crate) fn widths(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().map(|code| code.coordinates.len())
    }

    /// The coordinates of all columns.
    pub(crate) fn coordinates(&self) -> Vec<CoordinateCode> {
        let of = |(column, code): (usize, &ColumnCode)| {
            let of = |c: &Coordinate| CoordinateCode {
                column,
                category: c.category,
                mean: c.mean,
                scale: c.scale,
            };
            code.coordinates.iter().map(of).collect::<Vec<_>>()
        };
        self.columns.iter().enumerate().flat_map(of).collect()
    }

    /// Mean variance of the coordinates over the training samples.
    pub(crate) fn mean_variance(&self) -> f64 {
        let coordinates = self.columns.iter().flat_map(|code| &code.coordinates);
        coordinates.map(|coordinate| coordinate.variance).sum::<f64>() / self.width() as f64
    }

    /// Refuses evidence whose columns are not those of the fit.
    pub(crate) fn check(&self, table: &Table) -> Result<()> {
        check_columns(self.columns.iter().map(|code| code.column.as_str()), table)
    }

    /// The points of [`LANES`] rows from `start` on, one lane a coordinate; 0 past the last row.
    fn block(&self, table: &Table, start: usize) -> Vec<Lane> {
        let mut block = vec![[0.0; LANES]; self.width()];
        let mut from = 0;
        for (code, column) in self.columns.iter().zip(table.columns()) {
            code.write(column, start, &mut block[from..]);
            from += code.coordinates.len();
        }
        block
    }

    /// The points of all rows in blocks.
    pub(crate) fn blocks(&self, table: &Table) -> Vec<Vec<Lane>> {
        (0..table.rows()).step_by(LANES).map(|start| self.block(table, start)).collect()
    }

    /// What each column adds to a weighted sum of the coordinates: `[column][row]`.
    pub(crate) fn weighted_sums(&self, table: &Table, weights: &[f32]) -> Vec<Vec<f32>> {
        let mut sums = vec![Vec::with_capacity(table.rows()); self.columns.len()];
        for start in (0..table.rows()).step_by(LANES) {
            let block = self.block(table, start);
            let mut numbers = block.iter().zip(weights);
            for (code, sums) in self.columns.iter().zip(&mut sums) {
                let mut lane = [0.0; LANES];
                for (coordinate, weight) in numbers.by_ref().take(code.coordinates.len()) {
                    for (sum, number) in lane.iter_mut().zip(coordinate) {
                        *sum += number * weight;
                    }
                }
                sums.extend(lane.iter().take(table.rows() - start));
            }
        }
        sums
    }

    /// What `of` makes of each block of points, one number a row.
    pub(crate) fn map(
        &self,
        table: &Table,
        of: impl Fn(&[Lane]) -> [f64; LANES] + Sync,
    ) -> Vec<f64> {
        let starts = (0..table.rows().div_ceil(LANES)).into_par_iter();
        let blocks = starts.map(|block| of(&self.block(table, block * LANES)));
        let mut numbers = blocks.collect::<Vec<_>>().concat();
        numbers.truncate(table.rows());
        numbers
    }
}

/// Points, one after the other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(into = "Vec<Vec<f32>>", try_from = "Vec<Vec<f32>>")]
pub(crate) struct Points {
    width: usize,
    numbers: Vec<f32>,
}

impl Points {
    /// The points of all rows.
    pub(crate) fn new(encoding: &Encoding, table: &Table) -> Self {
        let width = encoding.width();
        let mut numbers = Vec::with_capacity(width * table.rows());
        for block in encoding.blocks(table) {
            for lane in 0..LANES {
                numbers.extend(block.iter().map(|coordinate| coordinate[lane]));
            }
        }
        numbers.truncate(width * table.rows());
        Self { width, numbers }
    }

    /// Points of equal width.
    pub(crate) fn of(points: &[Vec<f32>]) -> Self {
        Self { width: points.first().map_or(0, Vec::len), numbers: points.concat() }
    }

    /// One point alone.
    pub(crate) fn one(numbers: Vec<f32>) -> Self {
        Self { width: numbers.len(), numbers }
    }

    /// Number of points.
    pub(crate) fn len(&self) -> usize {
        self.numbers.len().checked_div(self.width).unwrap_or(0)
    }

    /// The points in order.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> {
        self.numbers.chunks_exact(self.width.max(1))
    }

    /// The numbers of all points, one after the other.
    pub(crate) fn concat(self) -> Vec<f32> {
        self.numbers
    }

    /// One point.
    pub(crate) fn point(&self, index: usize) -> &[f32] {
        &self.numbers[index * self.width..(index + 1) * self.width]
    }

    /// The given points.
    pub(crate) fn select(&self, which: &[usize]) -> Self {
        let numbers = which.iter().flat_map(|index| self.point(*index)).copied().collect();
        Self { width: self.width, numbers }
    }

    /// Refuses what was saved with points of another space, or not one number a point.
    pub(crate) fn check(
        &self,
        encoding: &Encoding,
        numbers: usize,
    ) -> std::result::Result<(), String> {
        if self.len() == numbers && (numbers == 0 || self.width == encoding.width()) {
            return Ok(());
        }
        let (len, width, wanted) = (self.len(), self.width, encoding.width());
        Err(format!("{len} points of {width} coordinates, expected {numbers} of {wanted}"))
    }
}

impl From<Points> for Vec<Vec<f32>> {
    fn from(points: Points) -> Self {
        points.iter().map(<[f32]>::to_vec).collect()
    }
}

impl TryFrom<Vec<Vec<f32>>> for Points {
    type Error = String;

    fn try_from(points: Vec<Vec<f32>>) -> std::result::Result<Self, String> {
        let width = points.first().map_or(0, Vec::len);
        match points.iter().position(|point| point.len() != width) {
            Some(index) => Err(format!("point {index} has not {width} coordinates")),
            None => Ok(Self { width, numbers: points.concat() }),
        }
    }
}
