//! Held-out rows that are all but copies of training rows.

use rayon::prelude::*;

use super::chance::at_least;
use super::rows::held_out;
use super::{Finding, Kind, Repeat, Settings, Severity, percent};
use crate::layer::EvidenceType;
use crate::seed::Seed;
use crate::split::Fold;
use crate::step::quantile;
use crate::table::{Column, Table};

/// Most training rows that are compared, and most held-out rows that are asked, in one fold.
const MAX_TRAINING: usize = 5_000;
const MAX_ASKED: usize = 1_000;

/// Share of held-out rows under which near copies are no finding, and from which they are severe.
const WARNING_SHARE: f64 = 0.01;
const SEVERE_SHARE: f64 = 0.1;

/// Rows that come much nearer to a training row than training rows come to each other.
///
/// Columns are scaled by their interquartile range (by their standard deviation where that is 0); a
/// class that differs, or a value missing on one side only, counts as one such range. The usual
/// distance is the median, over training rows, of that to the nearest other one that is no copy. Among
/// rows that lie evenly in `d` dimensions a share `t^d ln 2` comes nearer than `t` times the usual
/// distance; `d` is measured by the ratio of the nearest two distances (Facco and others 2017,
/// DOI 10.1038/s41598-017-11873-y), and as rows do not lie evenly, five times the share is held to be
/// chance.
pub(super) fn find(
    repeat: &Repeat<'_>,
    table: &Table,
    settings: &Settings,
    seed: Seed,
) -> Option<Finding> {
    let scaled = Scaled::new(table);
    let mut near = Vec::new();
    let mut asked = 0;
    let (mut chance, mut usual) = (0.0_f64, 0.0);
    for (number, fold) in repeat.folds.iter().enumerate() {
        let Fold { training, held_out } = fold;
        let seed = seed.derive("fold", number as u64);
        let training = thinned(training, MAX_TRAINING, seed);
        let Some((typical, dimension)) = scaled.spacing(&training, seed) else { continue };
        let rows = thinned(held_out, MAX_ASKED, seed);
        asked += rows.len();
        let reach = settings.near * typical;
        let nearest: Vec<f64> =
            rows.par_iter().map(|&row| scaled.nearest_two(row, &training, true)[0]).collect();
        let close = |(_, distance): &(&usize, &f64)| **distance > 0.0 && **distance < reach;
        near.extend(rows.iter().zip(&nearest).filter(close).map(|(row, _)| *row));
        let even = std::f64::consts::LN_2 * settings.near.powf(dimension);
        (chance, usual) = (chance.max((5.0 * even).min(1.0)), typical);
    }
    near.sort_unstable();
    near.dedup();
    let share = near.len() as f64 / asked.max(1) as f64;
    let probability = at_least(near.len(), asked, chance);
    if share < WARNING_SHARE || near.len() < 3 || probability >= settings.significance {
        return None;
    }
    let severity = if share < SEVERE_SHARE { Severity::Warning } else { Severity::Severe };
    let sentence = format!(
        "{} of {asked} held-out rows ({}) are nearly copies of training rows: nearer than {} of the usual \
         distance between training rows",
        near.len(),
        percent(share),
        percent(settings.near)
    );
    let remedy =
        "hold out larger blocks with a wider buffer, and give rows of one site one `group`";
    let finding = Finding::new(Kind::NearlyCopiedRows, severity, sentence, remedy)
        .of_units(near.iter().map(|&row| repeat.samples[row].unit));
    Some(finding.with([
        ("rows", near.len() as f64),
        ("asked", asked as f64),
        ("held_out", self::held_out(repeat) as f64),
        ("share", share),
        ("usual_distance", usual),
        ("probability_by_chance", probability),
    ]))
}

/// At most so many of the rows, drawn evenly, in order.
fn thinned(rows: &[usize], most: usize, seed: Seed) -> Vec<usize> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    let mut places = rand::seq::index::sample(&mut seed.rng(), rows.len(), most).into_vec();
    places.sort_unstable();
    places.into_iter().map(|place| rows[place]).collect()
}

/// Rows in scaled numbers; NaN where not known.
struct Scaled {
    width: usize,
    values: Vec<f32>,
    classes: Vec<bool>,
}

impl Scaled {
    fn new(table: &Table) -> Self {
        let columns: Vec<(&Column, f64, bool)> = table.columns().iter().filter_map(scale).collect();
        let mut values = Vec::with_capacity(columns.len() * table.rows());
        for row in 0..table.rows() {
            values.extend(columns.iter().map(|(column, scale, _)| match column.known[row] {
                true => (f64::from(column.values[row]) / scale) as f32,
                false => f32::NAN,
            }));
        }
        let classes = columns.iter().map(|(_, _, class)| *class).collect();
        Self { width: columns.len(), values, classes }
    }

    fn distance(&self, a: usize, b: usize) -> f64 {
        let row = |row: usize| &self.values[row * self.width..(row + 1) * self.width];
        let pairs = row(a).iter().zip(row(b)).zip(&self.classes);
        let square = |((a, b), class): ((&f32, &f32), &bool)| match (a.is_nan(), b.is_nan()) {
            (true, true) => 0.0,
            (false, false) if !class => (a - b) * (a - b),
            (false, false) if a == b => 0.0,
            _ => 1.0,
        };
        f64::from(pairs.map(square).sum::<f32>()).sqrt()
    }

    /// Distance to the nearest two other rows; copies are passed over unless they are asked for.
    fn nearest_two(&self, row: usize, among: &[usize], copies: bool) -> [f64; 2] {
        let mut nearest = [f64::INFINITY; 2];
        for &other in among.iter().filter(|&&other| other != row) {
            let distance = self.distance(row, other);
            if distance > 0.0 || copies {
                if distance < nearest[0] {
                    nearest = [distance, nearest[0]];
                } else {
                    nearest[1] = nearest[1].min(distance);
                }
            }
        }
        nearest
    }

    /// The usual distance to the nearest other training row, and the number of dimensions.
    fn spacing(&self, training: &[usize], seed: Seed) -> Option<(f64, f64)> {
        let asked = thinned(training, MAX_ASKED, seed.derive("spacing", 0));
        let pairs: Vec<[f64; 2]> = asked
            .par_iter()
            .map(|&row| self.nearest_two(row, training, false))
            .filter(|pair| pair[1].is_finite())
            .collect();
        let mut first: Vec<f32> = pairs.iter().map(|pair| pair[0] as f32).collect();
        first.sort_by(f32::total_cmp);
        let ratios: f64 = pairs.iter().map(|pair| (pair[1] / pair[0]).ln()).sum();
        let dimension =
            (pairs.len() as f64 / ratios.max(1e-9)).clamp(1.0, self.width.max(1) as f64);
        Some((quantile(&first, 0.5)?, dimension))
    }
}

/// The scale of a column and whether it holds classes; `None` if it is constant.
fn scale(column: &Column) -> Option<(&Column, f64, bool)> {
    let mut sorted: Vec<f32> = column.known_values().collect();
    sorted.sort_by(f32::total_cmp);
    let [low, high] = [quantile(&sorted, 0.25)?, quantile(&sorted, 0.75)?];
    let mean = sorted.iter().map(|value| f64::from(*value)).sum::<f64>() / sorted.len() as f64;
    let squares: f64 = sorted.iter().map(|value| (f64::from(*value) - mean).powi(2)).sum();
    let range = if high > low { high - low } else { (squares / sorted.len() as f64).sqrt() };
    let class = column.evidence_type == EvidenceType::Categorical;
    (range > 0.0 && range.is_finite()).then_some((column, if class { 1.0 } else { range }, class))
}
