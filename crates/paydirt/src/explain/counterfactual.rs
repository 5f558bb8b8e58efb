//! What would have to change at a place for it to cross a share of the area.

use paydirt_core::stack::Stack;
use paydirt_core::table::Table;
use paydirt_model::effect::counterfactual::{Choice, Goal, counterfactual};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::told::Told;
use super::{Subject, score};
use crate::draw::{self, Maps, PROSPECTIVITY, RANK};
use crate::error::{Error, Result};
use crate::fit::Trained;
use crate::read::matches;

/// Parts of about equal area into which the observed values of a layer are cut for the search.
const PARTS: usize = 50;

/// What would have to change for a place to cross a share of the area.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Counterfactual")]
pub struct Settings {
    /// Targets that are asked, the best ones; 0 for none.
    pub targets: usize,
    /// The share of the area that is to be crossed, over 0 and under 100: a place outside of it is brought
    /// into it, a place inside is brought out.
    pub best_percent: f64,
    /// Layers that may change at a time, 1 to 10. Fewer come first.
    pub most_layers: usize,
    /// Layers that may change; `*` stands for any letters, so `["*"]` is all. Leave out what cannot be other
    /// than it is, such as the height of the ground.
    pub changeable: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { targets: 10, best_percent: 5.0, most_layers: 3, changeable: vec!["*".into()] }
    }
}

impl Settings {
    pub(super) fn validate(&self) -> Result<()> {
        super::require("counterfactual.targets", self.targets, 0..=1_000)?;
        super::require("counterfactual.most_layers", self.most_layers, 1..=10)?;
        if self.best_percent > 0.0 && self.best_percent < 100.0 {
            return Ok(());
        }
        Err(paydirt_core::Error::BadSetting {
            key: "explain.counterfactual.best_percent".into(),
            found: self.best_percent.to_string(),
            expected: "over 0 and under 100".into(),
        }
        .into())
    }
}

impl Settings {
    /// Refuses a pattern that no layer is called.
    ///
    /// # Errors
    /// [`Error::Project`].
    pub fn check_names(&self, layers: &[&str]) -> Result<()> {
        let none = |pattern: &&String| !layers.iter().any(|layer| matches(pattern, layer));
        let Some(pattern) = self.changeable.iter().find(none) else { return Ok(()) };
        Err(Error::Project {
            reason: format!(
                "`explain.counterfactual.changeable` names `{pattern}`, which no layer is called"
            ),
            hint: "name layers of [[evidence]]; `*` stands for any letters".into(),
        })
    }
}

/// What would have to change at the best targets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FoundCounterfactual")]
pub struct Found {
    /// The share of the area that is crossed.
    pub best_percent: f64,
    /// The least probability in it.
    pub at_least: f64,
    /// The targets.
    pub targets: Vec<OfTarget>,
}

/// What would have to change at the best cell of a target.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OfTarget {
    /// Rank of the target.
    pub target: usize,
    /// What would have to change.
    #[serde(flatten)]
    pub told: Told,
}

/// The search for changes, ready to be asked about places.
pub(super) struct Search<'a> {
    settings: &'a Settings,
    trained: &'a Trained,
    choices: Vec<Choice>,
    /// Least probability in the best share of the area.
    pub(super) at_least: f32,
}

impl<'a> Search<'a> {
    /// Over the values observed in `evidence`. `None` where the map has one value only, or the model sees more than a row.
    ///
    /// # Errors
    /// A pattern that no layer is called, or a map that cannot be read.
    pub(super) fn new(
        settings: &'a Settings,
        trained: &'a Trained,
        evidence: &Table,
        maps: &Maps,
    ) -> Result<Option<Self>> {
        let layers: Vec<&str> =
            trained.contract.pipeline.layers().iter().map(|(layer, _)| layer.as_str()).collect();
        settings.check_names(&layers)?;
        // What a network of windows sees of a layer is not the cell's own value alone.
        if trained.members_see_ground() {
            return Ok(None);
        }
        let may = |layer: &str| settings.changeable.iter().any(|p| matches(p, layer));
        let columns =
            layers.into_iter().filter(|layer| may(layer)).filter_map(|l| evidence.column(l));
        let choices = columns.filter_map(|column| Choice::of(column, PARTS)).collect();
        Ok(threshold(maps, settings.best_percent)?.map(|at_least| Self {
            settings,
            trained,
            choices,
            at_least,
        }))
    }

    /// What would have to change in the first row of `evidence`.
    ///
    /// # Errors
    /// Where the evidence cannot be scored.
    pub(super) fn ask(&self, evidence: &Table) -> Result<Told> {
        let score = score::probability(self.trained);
        let inside = score(&evidence.select(&[0]))?[0] >= self.at_least;
        let goal = if inside { Goal::Below(self.at_least) } else { Goal::AtLeast(self.at_least) };
        let Settings { most_layers, best_percent, .. } = *self.settings;
        let found = counterfactual(&score, evidence, &self.choices, goal, most_layers)?;
        let contract = &self.trained.contract;
        Ok(Told::new(contract, (inside, best_percent), found.as_ref(), most_layers))
    }
}

/// The least probability in the best share of the area; `None` where no cell is in it.
fn threshold(maps: &Maps, best_percent: f64) -> Result<Option<f32>> {
    let Some(grid) = maps.stack.grid() else { return Ok(None) };
    let (mut least, mut outside) = (None::<f32>, false);
    for strip in draw::strips(grid) {
        let probabilities = maps.stack.read_stored(PROSPECTIVITY, strip.clone())?;
        let ranks = maps.stack.read_stored(RANK, strip)?;
        for (probability, rank) in probabilities.iter().zip(&ranks).filter(|(p, _)| !p.is_nan()) {
            match (1.0 - f64::from(*rank)) * 100.0 <= best_percent {
                true => least = Some(least.map_or(*probability, |least| least.min(*probability))),
                false => outside = true,
            }
        }
    }
    Ok(least.filter(|_| outside))
}

/// What would have to change at the best targets.
///
/// # Errors
/// As [`Search::new`] and [`Search::ask`].
pub fn explain(settings: &Settings, subject: &Subject<'_>) -> Result<Option<Found>> {
    let Some((maps, _)) = subject.maps.filter(|_| settings.targets > 0) else { return Ok(None) };
    let cells = subject.cells;
    let search = Search::new(settings, subject.trained, &cells.evenly_drawn(), maps)?;
    let Some(search) = search else { return Ok(None) };
    let mut targets = Vec::new();
    for (row, target) in cells.target.iter().enumerate() {
        if let Some(target) = target.filter(|rank| *rank <= settings.targets) {
            let told = search.ask(&cells.evidence.select(&[row]))?;
            targets.push(OfTarget { target, told });
        }
    }
    targets.sort_by_key(|target| target.target);
    let (best_percent, at_least) = (settings.best_percent, f64::from(search.at_least));
    Ok(Some(Found { best_percent, at_least, targets }))
}
