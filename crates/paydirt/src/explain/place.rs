//! One place: what each layer is there, what it adds to the score, and what would have to change.

use paydirt_core::grid::Point;
use paydirt_core::seed::Seed;
use paydirt_core::stack::Stack;
use paydirt_core::table::Table;
use paydirt_model::effect::stability::LayerShares;
use paydirt_model::effect::{partial_dependence, points};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::drawn::Explained;
use super::told::{Told, Value};
use super::{Settings, counterfactual, effects, score};
use crate::draw::{Maps, PROSPECTIVITY, RANK, SPREAD};
use crate::error::{Error, Result};
use crate::fit::{Contract, Trained};
use crate::judge::draw_units;
use crate::read::Read;

/// A layer's value and share at a place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Part {
    /// The layer, or the group or step that made one of several.
    pub layer: String,
    /// What it is there.
    pub value: Value,
    /// Its signed share.
    pub share: f64,
}

/// Values and shares of a row, greatest share first.
#[must_use]
pub fn parts(contract: &Contract, evidence: &Table, shares: &LayerShares, row: usize) -> Vec<Part> {
    let part = |(layer, shares): (&String, &Vec<f32>)| {
        let column = evidence.column(layer).filter(|column| column.known[row]);
        let number = column.map(|column| column.values[row]);
        let value = Value::new(contract, layer, number);
        Part { layer: layer.clone(), value, share: f64::from(shares[row]) }
    };
    let mut parts: Vec<Part> = shares.iter().map(part).collect();
    parts.sort_by(|a, b| b.share.abs().total_cmp(&a.share.abs()));
    parts
}

/// A place explained.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// Name of the project whose model was asked.
    pub model_of: String,
    /// Easting of the middle of its cell.
    pub easting: f64,
    /// Northing of the middle of its cell.
    pub northing: f64,
    /// Probability that the cell holds a deposit like those known.
    pub probability: f64,
    /// Standard deviation of the probability, by all causes that were measured.
    pub spread: f64,
    /// Share of the area scored lower, in per cent.
    pub percentile: f64,
    /// Unit of score and shares.
    pub unit: String,
    /// Score before any evidence was seen.
    pub base: f64,
    /// Score of the cell: base and all shares.
    pub score: f64,
    /// The layers, greatest share first.
    pub parts: Vec<Part>,
    /// What would have to change; none on a map of one value.
    pub counterfactual: Option<Told>,
    /// What the score would be were a layer other than it is, all else being the same.
    pub curves: Vec<Curve>,
}

/// The score of a place against the value of one layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Curve {
    /// The layer.
    pub layer: String,
    /// Unit of its values.
    pub unit: String,
    /// Observed values of the layer.
    pub points: Vec<f32>,
    /// Their classes, where they are codes of classes.
    pub classes: Vec<Option<String>>,
    /// The score with each.
    pub scores: Vec<Option<f32>>,
}

/// The cell of a place, if its evidence is complete.
///
/// # Errors
/// [`Error::Data`]: outside of the grid or the study area, or evidence is missing.
pub fn cell(read: &Read, place: Point) -> Result<usize> {
    let grid = read.grid()?;
    let told = format!("{}, {}", place.easting, place.northing);
    let refuse = |reason: String, hint: &str| Err(Error::Data { reason, hint: hint.into() });
    let Some(unit) = grid.locate(place) else {
        let [west, south, east, north] = grid.region();
        return refuse(
            format!(
                "the place {told} is not on the grid, which goes from {west} to {east} east and from {south} to {north} north"
            ),
            "give easting and northing in the units of the project's grid",
        );
    };
    if !read.stack.area().get(unit) {
        return refuse(
            format!("the place {told} is outside of the study area"),
            "look at `maps/coverage.tif`",
        );
    }
    if !read.eligible.get(unit) {
        let known = read.stack.read_units(&[unit])?;
        let missing: Vec<String> = known
            .columns()
            .iter()
            .filter(|column| !column.known[0])
            .map(|column| format!("`{}`", column.name))
            .collect();
        let which = if missing.is_empty() { "a step".into() } else { missing.join(", ") };
        return refuse(
            format!("evidence is missing at {told}: {which} gives no value there"),
            "a step such as `impute_median` fills gaps",
        );
    }
    Ok(unit)
}

/// Explains a place by the maps that the model draws of its ground.
///
/// # Errors
/// As [`cell`], and where the evidence cannot be read or scored.
pub fn explain(
    settings: &Settings,
    read: &Read,
    trained: &Trained,
    maps: &Maps,
    (place, seed): (Point, Seed),
) -> Result<Place> {
    let unit = cell(read, place)?;
    let drawn = draw_units(&read.eligible, settings.shap.cells, seed.derive("explain", 0));
    let ground = read.stack.read_units(&drawn)?;
    let here = read.stack.read_units(&[unit])?;
    let features = trained.contract.pipeline.apply(&here)?;
    let explained = Explained::new(trained, &features)?;
    let parts = parts(&trained.contract, &here, &explained.shares, 0);
    let search = counterfactual::Search::new(&settings.counterfactual, trained, &ground, maps)?;
    let at =
        |name: &str| Ok::<_, Error>(f64::from(maps.stack.read_stored(name, unit..unit + 1)?[0]));
    let centre = read.grid()?.centre(unit);
    Ok(Place {
        model_of: trained.contract.project.clone(),
        easting: centre.easting,
        northing: centre.northing,
        probability: at(PROSPECTIVITY)?,
        spread: at(SPREAD)?,
        percentile: 100.0 * at(RANK)?,
        base: explained.base,
        score: explained.base + parts.iter().map(|part| part.share).sum::<f64>(),
        counterfactual: search.map(|search| search.ask(&here)).transpose()?,
        curves: curves(settings, (trained, &explained.unit), (&ground, &here))?,
        unit: explained.unit,
        parts,
    })
}

/// The curve of each layer of evidence that is known at the place and not the same everywhere.
fn curves(
    settings: &Settings,
    (trained, unit): (&Trained, &str),
    (ground, here): (&Table, &Table),
) -> Result<Vec<Curve>> {
    let score = score::in_unit(trained, unit);
    let mut curves = Vec::new();
    if trained.members_see_ground() {
        return Ok(curves);
    }
    for (layer, _) in trained.contract.pipeline.layers() {
        let Some(column) = ground.column(layer) else { continue };
        let points = points(column, settings.effects.parts);
        if points.len() < 2 {
            continue;
        }
        let found = partial_dependence(&score, here, layer, &points)?;
        let finite = |score: &f32| score.is_finite().then_some(*score);
        curves.push(Curve {
            layer: layer.clone(),
            unit: Value::new(&trained.contract, layer, None).unit,
            classes: effects::classes(&trained.contract, layer, &points),
            scores: found.curves[0].iter().map(finite).collect(),
            points,
        });
    }
    Ok(curves)
}

impl Place {
    /// The place in words.
    #[must_use]
    pub fn words(&self) -> String {
        use crate::report::number::{figure, significant};
        let mut lines = vec![
            format!(
                "{}, {}: probability {} (spread {}), above {:.2} % of the area",
                self.easting,
                self.northing,
                significant(self.probability),
                significant(self.spread),
                self.percentile
            ),
            format!(
                "score {} = {} before any evidence, and ({}):",
                figure(self.score),
                figure(self.base),
                self.unit
            ),
        ];
        let width = self.parts.iter().map(|part| part.layer.chars().count()).max().unwrap_or(0);
        for Part { layer, value, share } in &self.parts {
            lines.push(format!("  {share:+.4}  {layer:width$}  {}", value.words()));
        }
        if let Some(told) = &self.counterfactual {
            lines.push(told.sentence.clone());
        }
        for curve in &self.curves {
            let scores = || curve.scores.iter().flatten().map(|score| f64::from(*score));
            let (low, high) = scores()
                .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), s| {
                    (low.min(s), high.max(s))
                });
            if high >= low {
                lines.push(format!(
                    "were `{}` other than it is, the score would be {} to {}",
                    curve.layer,
                    figure(low),
                    figure(high)
                ));
            }
        }
        lines.join("\n")
    }
}
