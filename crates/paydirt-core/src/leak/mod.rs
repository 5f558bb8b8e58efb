//! Leaks: how the answer can have got into the evidence, the labels or the split.
//!
//! A figure on held-out ground is worth what its split is worth. Kapoor and Narayanan (2023),
//! DOI 10.1016/j.patter.2023.100804, found such leaks in 17 fields; here each kind that maps of deposits
//! are prone to is looked for and named.

mod cells;
mod chance;
mod clusters;
mod coordinates;
mod distance;
mod label;
mod near;
mod rows;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Result;
use crate::error::require;
use crate::label::Sample;
use crate::metric::Figure;
use crate::seed::Seed;
use crate::split::Fold;
use crate::stack::Stack;

pub use clusters::touching;

/// What was found.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Held-out rows whose evidence is that of a training row, bit by bit.
    CopiedRows,
    /// Held-out rows whose evidence is all but that of a training row.
    NearlyCopiedRows,
    /// Rows of one place, or of one group, on both sides of a split.
    PartedPlace,
    /// A layer that tells the labels.
    LabelLayer,
    /// A layer that tells the distance to the nearest deposit.
    DistanceLayer,
    /// Coordinates alone tell the held-out labels.
    Coordinates,
    /// Label cells that touch: one deposit counts several times.
    TouchingLabels,
}

/// How much a finding matters.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know; the figures stand.
    Note,
    /// The figures may flatter.
    Warning,
    /// The figures are not to be believed until it is mended.
    Severe,
}

/// One finding, as the report names it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What was found.
    pub kind: Kind,
    /// How much it matters.
    pub severity: Severity,
    /// The evidence layers concerned; none where it is about rows or labels.
    pub layers: Vec<String>,
    /// The units concerned (cells, rows of a table), ascending: the first hundred of them.
    pub units: Vec<usize>,
    /// The figures, by name.
    pub figures: BTreeMap<String, f64>,
    /// A sentence for the report.
    pub sentence: String,
    /// What the user can do about it.
    pub remedy: String,
}

/// Most units that a finding lists.
const MAX_UNITS: usize = 100;

impl Finding {
    fn new(kind: Kind, severity: Severity, sentence: String, remedy: &str) -> Self {
        let (layers, units, figures) = (Vec::new(), Vec::new(), BTreeMap::new());
        Self { kind, severity, layers, units, figures, sentence, remedy: remedy.into() }
    }

    fn of_layer(mut self, layer: &str) -> Self {
        self.layers.push(layer.into());
        self
    }

    fn of_units(mut self, units: impl IntoIterator<Item = usize>) -> Self {
        self.units = units.into_iter().collect();
        self.units.sort_unstable();
        self.units.dedup();
        self.units.truncate(MAX_UNITS);
        self
    }

    fn with<const N: usize>(mut self, figures: [(&str, f64); N]) -> Self {
        self.figures.extend(figures.map(|(name, figure)| (name.to_owned(), figure)));
        self
    }
}

/// From where on something is a finding.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// ROC AUC of one layer by itself, in either direction, from which it tells the labels, 0.5 to 1.
    pub label_auc: f64,
    /// Share of the labels' entropy that a categorical layer holds, from which it tells them, 0 to 1.
    pub label_information: f64,
    /// Size of the rank correlation with the distance to the nearest deposit, from which a layer tells
    /// it, 0 to 1.
    pub distance_correlation: f64,
    /// ROC AUC on held-out ground of a model that sees coordinates only, from which it is a warning,
    /// 0.5 to 1.
    pub coordinates_auc: f64,
    /// How near a held-out row may come to a training row, as a share of the usual distance between a
    /// training row and its nearest, 0 to 1.
    pub near: f64,
    /// Probability of the same by chance under which it is a finding, 0 to 1.
    pub significance: f64,
    /// Number of random places of the deposits with which a layer's correlation is compared, 99 to
    /// 100000.
    pub shifts: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            label_auc: 0.98,
            label_information: 0.9,
            distance_correlation: 0.9,
            coordinates_auc: 0.7,
            near: 0.1,
            significance: 0.005,
            shifts: 999,
        }
    }
}

impl Settings {
    fn check(&self) -> Result<()> {
        let shares = [
            ("label_auc", self.label_auc, 0.5),
            ("label_information", self.label_information, 0.0),
            ("distance_correlation", self.distance_correlation, 0.0),
            ("coordinates_auc", self.coordinates_auc, 0.5),
            ("near", self.near, 0.0),
            ("significance", self.significance, 0.0),
        ];
        for (key, share, least) in shares {
            let inside = (least..=1.0).contains(&share);
            require(inside, &format!("leaks.{key}"), share, &format!("{least} to 1"))?;
        }
        let enough = (99..=100_000).contains(&self.shifts);
        require(enough, "leaks.shifts", self.shifts, "99 to 100000")
    }
}

/// Samples and folds of one repeat of the judging.
#[derive(Clone, Copy, Debug)]
pub struct Repeat<'a> {
    /// The samples.
    pub samples: &'a [Sample],
    /// The folds, in rows of the samples.
    pub folds: &'a [Fold],
}

/// What is looked at.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The evidence.
    pub stack: &'a dyn Stack,
    /// All labels.
    pub labelled: &'a [Sample],
    /// What was judged on.
    pub repeats: &'a [Repeat<'a>],
    /// Held-out ROC AUC of a model that sees coordinates only, where there is one.
    pub coordinates: Option<Figure>,
    /// Seed of the run.
    pub seed: Seed,
}

/// Looks for every kind of leak; the severest come first. The same seed gives the same findings on any
/// number of threads.
///
/// # Errors
/// Settings out of range, samples that are no units of the stack, or evidence that cannot be read.
///
/// ```
/// use paydirt_core::label::{Role, Sample};
/// use paydirt_core::layer::{EvidenceType, LayerInfo};
/// use paydirt_core::leak::{Kind, Repeat, Scene, Settings, Severity, find};
/// use paydirt_core::seed::Seed;
/// use paydirt_core::split::Fold;
/// use paydirt_core::stack::TableStack;
/// use paydirt_core::table::{Column, Table};
/// let evidence_type = EvidenceType::Continuous;
/// let info = LayerInfo { name: "as".into(), evidence_type, unit: "ppm".into() };
/// // Rows 0 and 3 hold the same number, and the split puts them on either side.
/// let column = Column::new("as", "as", evidence_type, vec![2.5, 1.0, 7.0, 2.5, 9.0, 4.0]);
/// let stack = TableStack::new(vec![info], Table::new(6, vec![column])?, None)?;
/// let role = |unit| if unit % 3 == 0 { Role::Deposit } else { Role::Unlabelled };
/// let sample = |unit| Sample { unit, role: role(unit), weight: 1.0, group: None, year: None };
/// let samples: Vec<Sample> = (0..6).map(sample).collect();
/// let folds = [Fold { training: vec![0, 1, 2], held_out: vec![3, 4, 5] }];
/// let repeats = [Repeat { samples: &samples, folds: &folds }];
/// let (labelled, seed) = (&samples[..], Seed(7));
/// let scene = Scene { stack: &stack, labelled, repeats: &repeats, coordinates: None, seed };
/// let found = find(&scene, &Settings::default())?;
/// assert_eq!((found[0].kind, found[0].severity), (Kind::CopiedRows, Severity::Severe));
/// assert_eq!(found[0].units, [3]);
/// # Ok::<(), paydirt_core::Error>(())
/// ```
pub fn find(scene: &Scene<'_>, settings: &Settings) -> Result<Vec<Finding>> {
    settings.check()?;
    crate::ground::check_units(scene.stack, scene.labelled)?;
    for repeat in scene.repeats {
        crate::ground::check_units(scene.stack, repeat.samples)?;
    }
    let mut findings = rows::find(scene, settings)?;
    findings.extend(label::find(scene, settings)?);
    findings.extend(distance::find(scene, settings)?);
    findings.extend(coordinates::find(scene, settings));
    findings.extend(clusters::find(scene));
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    Ok(findings)
}

/// A share as the report writes it.
fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}
