//! Settings of the uncertainty budget and of what the map says of itself.

use paydirt_model::Model;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Project;
use crate::error::Result;

/// How uncertainty is measured, by cause.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Uncertainty {
    /// The members that draw the map. Cause `negatives`: each sees its own draw of the unlabelled.
    pub ensemble: EnsembleSettings,
    /// Cause `model`: other seeds, and the deposits drawn again.
    pub model: RefitSettings,
    /// Networks drawn through dropout, beside the causes.
    pub dropout: DropoutSettings,
    /// Cause `evidence`: several plausible values where evidence is missing and a step fills it.
    pub evidence: ImputationSettings,
    /// Cause `workflow`: other models that could as well have been chosen, one
    /// `[[uncertainty.workflow]]` table each. Without any, logistic regression and a forest with
    /// larger leaves stand beside the chosen model; `workflow = []` asks for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow: Option<Vec<Workflow>>,
    /// Cause `extrapolation`, and the area of applicability.
    pub applicability: ApplicabilitySettings,
    /// Which labels cannot be ruled out.
    pub conformal: ConformalSettings,
    /// Mean against spread.
    pub risk_return: RiskSettings,
}

/// Repeated draws and seeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct EnsembleSettings {
    /// Members: each is fitted on its own draw of the unlabelled with its own seed.
    pub members: usize,
}

impl Default for EnsembleSettings {
    fn default() -> Self {
        Self { members: 5 }
    }
}

/// Refits, which tell the model's own variance from that of the draws.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RefitSettings {
    /// Refits on each member's draw, with another seed and as many deposits drawn again with
    /// replacement; they draw no map. 2 or more, or 0: the members' variance, of draw and seed
    /// together, then counts as `negatives`.
    pub refits: usize,
}

impl Default for RefitSettings {
    fn default() -> Self {
        Self { refits: 2 }
    }
}

/// Networks drawn through dropout (Gal and Ghahramani 2016, PMLR 48:1050-1059): how far the score of a
/// network of windows moves when units of it are dropped as they were while it learned. A map of its own,
/// and no part of the total: refits and draws measure the same doubt without assuming a posterior.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DropoutSettings {
    /// Networks drawn of each member, 2 to 1000; 0 for none. Models of rows have none.
    pub draws: usize,
}

impl Default for DropoutSettings {
    fn default() -> Self {
        Self { draws: 100 }
    }
}

/// Multiple imputation of missing evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ImputationSettings {
    /// Plausible values for what a cell misses, 2 to 100; 0 for none.
    pub imputations: usize,
    /// They are drawn from so many cells with all evidence, those nearest in what is known; 1 to 1000.
    pub neighbours: usize,
}

impl Default for ImputationSettings {
    fn default() -> Self {
        Self { imputations: 5, neighbours: 20 }
    }
}

/// Another way to work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Workflow {
    /// Name in the report; that of the model without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model, such as `model = { svm = {} }`. It is judged and calibrated on the same held-out
    /// ground as the chosen one.
    pub model: Model,
}

/// Area of applicability.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ApplicabilitySettings {
    /// Whether to draw it: how unlike the training rows each cell is, and where more unlike than
    /// cross-validation met.
    pub draw: bool,
}

impl Default for ApplicabilitySettings {
    fn default() -> Self {
        Self { draw: true }
    }
}

/// Conformal prediction sets.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConformalSettings {
    /// Chance, over 0 and under 1, that the set of a cell lacks its label. With fewer than
    /// `1 / alpha - 1` groups of held-out ground with deposits, no ground can be ruled out.
    pub alpha: f64,
}

impl Default for ConformalSettings {
    fn default() -> Self {
        Self { alpha: 0.1 }
    }
}

/// Classes of mean and spread.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RiskSettings {
    /// The best so many per cent of the area have a high mean.
    pub top_percent: f64,
    /// A cell is sure to be of that best ground, or not to be, if its mean is farther from the least
    /// mean there than so many spreads; over 0.
    pub spreads: f64,
}

impl Default for RiskSettings {
    fn default() -> Self {
        Self { top_percent: 10.0, spreads: 1.0 }
    }
}

impl Uncertainty {
    /// Models that could as well have been chosen instead of `chosen`, by name.
    #[must_use]
    pub fn alternatives(&self, chosen: &Model) -> Vec<(String, Model)> {
        let named = |one: &Workflow| {
            let key = || one.model.key().to_owned();
            (one.name.clone().unwrap_or_else(key), one.model.clone())
        };
        match &self.workflow {
            Some(list) => list.iter().map(named).collect(),
            None => usual_alternatives(chosen),
        }
    }
}

/// Logistic regression, and a forest whose leaves are four times as large as the chosen one's (as the
/// default's, where the chosen model is no forest); less the chosen model itself.
fn usual_alternatives(chosen: &Model) -> Vec<(String, Model)> {
    let mut forest = match chosen {
        Model::Forest(settings) => settings.clone(),
        _ => Default::default(),
    };
    let mut name = "forest".to_owned();
    if matches!(chosen, Model::Forest(_)) {
        forest.min_leaf = forest.min_leaf.saturating_mul(4);
        name = format!("forest, leaves of {}", forest.min_leaf);
    }
    let list = [
        ("logistic".to_owned(), Model::Logistic(Default::default())),
        (name, Model::Forest(forest)),
    ];
    list.into_iter().filter(|(_, model)| model != chosen).collect()
}

impl Project {
    /// Refuses settings of the uncertainty that mean nothing.
    pub(super) fn validate_uncertainty(&self) -> Result<()> {
        let Uncertainty { model, evidence, workflow, conformal, risk_return, .. } =
            &self.uncertainty;
        let check = |holds: bool, key: &str, found: String, expected: &str| {
            let key = format!("uncertainty.{key}");
            let error = paydirt_core::Error::BadSetting { key, found, expected: expected.into() };
            if holds { Ok(()) } else { Err(crate::error::Error::from(error)) }
        };
        let RefitSettings { refits } = *model;
        check(
            refits != 1 && refits <= 1_000,
            "model.refits",
            refits.to_string(),
            "0, or 2 to 1000",
        )?;
        let draws = self.uncertainty.dropout.draws;
        check(draws != 1 && draws <= 1_000, "dropout.draws", draws.to_string(), "0, or 2 to 1000")?;
        let ImputationSettings { imputations, neighbours } = *evidence;
        let number = imputations.to_string();
        check(
            imputations != 1 && imputations <= 100,
            "evidence.imputations",
            number,
            "0, or 2 to 100",
        )?;
        let number = neighbours.to_string();
        check((1..=1_000).contains(&neighbours), "evidence.neighbours", number, "1 to 1000")?;
        let ways = workflow.as_ref().map_or(0, Vec::len);
        check(ways <= 100, "workflow", format!("{ways} tables"), "at most 100")?;
        let blind = workflow.iter().flatten().find(|way| way.model.sees_coordinates_only());
        let name = blind.map_or(String::new(), |way| format!("model `{}`", way.model.key()));
        check(blind.is_none(), "workflow", name, "models that see the evidence")?;
        let alpha = conformal.alpha;
        check(
            alpha > 0.0 && alpha < 1.0,
            "conformal.alpha",
            alpha.to_string(),
            "over 0 and under 1",
        )?;
        let RiskSettings { top_percent, spreads } = *risk_return;
        let within = top_percent > 0.0 && top_percent < 100.0;
        check(within, "risk_return.top_percent", top_percent.to_string(), "over 0 and under 100")?;
        let within = spreads > 0.0 && spreads.is_finite();
        check(within, "risk_return.spreads", spreads.to_string(), "over 0 and finite")
    }
}
