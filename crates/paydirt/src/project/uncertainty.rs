//! Settings of the uncertainty budget and of what the map says of itself.

use paydirt_model::Model;
use paydirt_model::balance::Balance;
use paydirt_model::select::Select;
use paydirt_model::unlabelled::Unlabelled;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Project;
use crate::error::{Error, Result};
use crate::read::matches;

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
    /// Cause `workflow`: other ways to work that could as well have been chosen, one
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

/// Another way to work: another model, other evidence, or something else done to the training side.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Workflow {
    /// Name in the report; what it does otherwise without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The model, such as `model = { svm = {} }`; the chosen one without it. It is judged and calibrated
    /// on the same held-out ground as the chosen one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// Layers, or groups of layers, that it does not see; `*` stands for any letters.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub without: Vec<String>,
    /// Columns chosen by the labels, instead of the project's `select`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub select: Option<Select>,
    /// How it learns from unlabelled samples, instead of the project's `unlabelled`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlabelled: Option<Unlabelled>,
    /// How classes are evened out, instead of the project's `balance`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub balance: Option<Balance>,
}

impl Workflow {
    /// What it does otherwise than to take another model.
    fn changes(&self) -> Vec<String> {
        let without =
            (!self.without.is_empty()).then(|| format!("without {}", self.without.join(" and ")));
        let keys = [
            self.select.as_ref().map(|select| select.key()),
            self.unlabelled.as_ref().map(|unlabelled| unlabelled.key()),
            self.balance.as_ref().map(|balance| balance.key()),
        ];
        without.into_iter().chain(keys.into_iter().flatten().map(str::to_owned)).collect()
    }

    /// Its name, its model, and itself where that is not all.
    fn way(&self, chosen: &Model) -> Way {
        let model = self.model.as_ref().unwrap_or(chosen).clone();
        let changes = self.changes();
        let told = || std::iter::once(model.key().to_owned()).chain(changes.iter().cloned());
        Way {
            name: self.name.clone().unwrap_or_else(|| told().collect::<Vec<_>>().join(", ")),
            changes: (!changes.is_empty()).then(|| self.clone()),
            model,
        }
    }
}

/// Another way to work, as it is judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Way {
    /// Its name.
    pub name: String,
    /// Its model.
    pub model: Model,
    /// What it does otherwise, where that is more than another model.
    pub changes: Option<Workflow>,
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
    /// Ways to work that could as well have been chosen instead of the model `chosen`.
    #[must_use]
    pub fn alternatives(&self, chosen: &Model) -> Vec<Way> {
        match &self.workflow {
            Some(list) => list.iter().map(|one| one.way(chosen)).collect(),
            None => usual_alternatives(chosen),
        }
    }

    /// Refuses a pattern of `workflow.without` that none of these layers and groups is called.
    ///
    /// # Errors
    /// [`Error::Project`].
    pub fn check_names(&self, layers: &[&str]) -> Result<()> {
        let none = |pattern: &&String| !layers.iter().any(|layer| matches(pattern, layer));
        let mut patterns = self.workflow.iter().flatten().flat_map(|way| &way.without);
        let Some(pattern) = patterns.find(none) else { return Ok(()) };
        Err(Error::Project {
            reason: format!(
                "`uncertainty.workflow.without` names `{pattern}`, which no layer is called"
            ),
            hint: "name layers of [[evidence]] or a [[group]]; `*` stands for any letters".into(),
        })
    }
}

/// Logistic regression, and a forest whose leaves are four times as large as the chosen one's (as the
/// default's, where the chosen model is no forest); less the chosen model itself.
fn usual_alternatives(chosen: &Model) -> Vec<Way> {
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
    let others = list.into_iter().filter(|(_, model)| model != chosen);
    others.map(|(name, model)| Way { name, model, changes: None }).collect()
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
        let models = || workflow.iter().flatten().filter_map(|way| way.model.as_ref());
        let blind = models().find(|model| model.sees_coordinates_only());
        let name = blind.map_or(String::new(), |model| format!("model `{}`", model.key()));
        check(blind.is_none(), "workflow", name, "models that see the evidence")?;
        let other = |way: &&Workflow| way.model.is_some() || !way.changes().is_empty();
        let same = workflow.iter().flatten().any(|way| !other(&way));
        check(!same, "workflow", "a table that changes nothing".into(), "another way to work")?;
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
