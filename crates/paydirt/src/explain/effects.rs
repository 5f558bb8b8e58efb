//! What the score does as one layer moves and all others stay, in the units of the layer: raw evidence is
//! changed and goes through the pipeline again.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::Table;
use paydirt_model::effect::{accumulated_local_effect, partial_dependence, points};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::told::Value;
use super::{Subject, info, score};
use crate::error::Result;
use crate::fit::Contract;

/// What the score does as a layer moves.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Effects")]
pub struct Settings {
    /// Layers that are moved, those with the greatest mean share; 0 for none.
    pub layers: usize,
    /// Parts of about equal area into which the observed values of a layer are cut, 2 to 200: the score is
    /// asked at their ends, and nowhere outside of what was observed.
    pub parts: usize,
    /// Single cells whose own curves are kept, spread evenly over their scores, up to 1,000.
    pub curves: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { layers: 6, parts: 20, curves: 30 }
    }
}

impl Settings {
    pub(super) fn validate(&self) -> Result<()> {
        super::require("effects.layers", self.layers, 0..=1_000)?;
        super::require("effects.parts", self.parts, 2..=200)?;
        super::require("effects.curves", self.curves, 0..=1_000)
    }
}

/// Effects of the first layers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FoundEffects")]
pub struct Found {
    /// Unit of the score, that of the shares.
    pub unit: String,
    /// Cells over which the score is averaged, drawn evenly from the ground.
    pub cells: usize,
    /// The layers.
    pub layers: Vec<Effect>,
    /// Layers that are the same in all of these cells, so that nothing can be said.
    pub constant: Vec<String>,
}

/// Effect of one layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Effect {
    /// The layer.
    pub layer: String,
    /// Unit of its values.
    pub unit: String,
    /// Whether its values have an order.
    pub ordered: bool,
    /// The values at which the score was asked.
    pub points: Vec<f32>,
    /// The classes of those, where they are codes of classes.
    pub classes: Vec<Option<String>>,
    /// Mean score when every cell has the value (partial dependence).
    pub partial_dependence: Vec<Option<f64>>,
    /// What the layer adds as it rises, judged by cells near each value alone (accumulated local effect); its
    /// mean over the cells is 0. None for a category.
    pub accumulated: Option<Vec<f64>>,
    /// Each chosen cell's own score with the value (individual conditional expectation), lowest cell first.
    pub curves: Vec<Vec<Option<f32>>>,
    /// Values at the known deposits.
    pub deposits: Vec<f32>,
}

/// Layers in the order of their shares; in the place of a group's columns, its layers.
fn ordered_layers(subject: &Subject<'_>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let pipeline = &subject.read.pipeline;
    let mut add = |name: &String| {
        if info(subject.read, name).is_some() && !names.contains(name) {
            names.push(name.clone());
        }
    };
    for (layer, _) in &subject.cells.order {
        let group = pipeline.groups.iter().find(|group| group.name == *layer);
        match group {
            Some(group) => group.layers.iter().for_each(&mut add),
            None => add(layer),
        }
    }
    pipeline.layers.iter().for_each(|(layer, _)| add(layer));
    names
}

/// Effects of the layers with the greatest shares.
///
/// # Errors
/// Where the evidence cannot be read or scored.
pub fn explain(settings: &Settings, subject: &Subject<'_>) -> Result<Option<Found>> {
    // What a network of windows sees of a layer is not the cell's own value alone.
    if settings.layers == 0 || subject.trained.members_see_ground() {
        return Ok(None);
    }
    let evidence = subject.cells.evenly_drawn();
    let deposits = subject.read.stack.read_units(&super::deposits(subject.read))?;
    let mut found =
        Found { unit: subject.cells.unit.clone(), cells: evidence.rows(), ..Found::default() };
    for layer in ordered_layers(subject) {
        if found.layers.len() == settings.layers {
            break;
        }
        match effect(settings, subject, &evidence, &layer)? {
            None => found.constant.push(layer),
            Some(effect) => {
                let rug = deposits.column(&layer).map(|column| column.known_values().collect());
                found.layers.push(Effect { deposits: rug.unwrap_or_default(), ..effect });
            }
        }
    }
    Ok(Some(found))
}

fn effect(
    settings: &Settings,
    subject: &Subject<'_>,
    evidence: &Table,
    layer: &str,
) -> Result<Option<Effect>> {
    let Some(column) = evidence.column(layer) else { return Ok(None) };
    let points = points(column, settings.parts);
    if points.len() < 2 {
        return Ok(None);
    }
    let score = score::in_unit(subject.trained, &subject.cells.unit);
    let found = partial_dependence(&score, evidence, layer, &points)?;
    let local = accumulated_local_effect(&score, evidence, layer, &points)?;
    let finite = |mean: f64| mean.is_finite().then_some(mean);
    let number = |score: &f32| score.is_finite().then_some(*score);
    Ok(Some(Effect {
        layer: layer.into(),
        unit: info(subject.read, layer).map_or_else(String::new, |info| info.unit.clone()),
        ordered: column.evidence_type != EvidenceType::Categorical,
        classes: classes(&subject.trained.contract, layer, &points),
        partial_dependence: found.mean.into_iter().map(finite).collect(),
        accumulated: local.map(|local| local.effect),
        curves: spread(&score(evidence)?, settings.curves)
            .into_iter()
            .map(|row| found.curves[row].iter().map(number).collect())
            .collect(),
        points,
        deposits: Vec::new(),
    }))
}

/// The classes of codes.
pub(super) fn classes(contract: &Contract, layer: &str, points: &[f32]) -> Vec<Option<String>> {
    points.iter().map(|point| Value::new(contract, layer, Some(*point)).class).collect()
}

/// Rows spread evenly over the order of their scores, the lowest and the highest among them.
fn spread(scores: &[f32], count: usize) -> Vec<usize> {
    let mut rows: Vec<usize> = (0..scores.len()).filter(|&row| scores[row].is_finite()).collect();
    rows.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(a.cmp(&b)));
    if rows.len() <= count {
        return rows;
    }
    let last = rows.len() - 1;
    (0..count).map(|at| rows[at * last / (count - 1).max(1)]).collect()
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn curves_are_spread_over_the_scores() {
        let scores = [0.4, f32::NAN, 0.1, 0.9, 0.2, 0.3];
        assert_eq!(spread(&scores, 3), [2, 5, 3]);
        assert_eq!(spread(&scores, 9), [2, 4, 5, 0, 3]);
        assert_eq!((spread(&scores, 1), spread(&scores, 0)), (vec![2], vec![]));
    }
}
