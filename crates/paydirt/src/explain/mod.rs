//! Explanation: what the model does with the evidence, over the map, at the targets and at a place.
//!
//! A catalogue: each kind of explanation is one file with its settings, what it finds and how, and one line
//! in the list below, which makes its table in the project file and its part of `report.json`.

mod drawn;
pub mod groups;
pub mod place;
mod score;
pub mod told;

use paydirt_core::layer::LayerInfo;
use paydirt_core::seed::Seed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::console::Console;
use crate::error::Result;
use crate::fit::Trained;
use crate::judge::Judged;
use crate::project::Project;
use crate::read::Read;
use crate::targets::Drawn;

pub use drawn::{Cells, deposits};

/// Declares the explanations: the settings that the project file gives, and what was found.
macro_rules! explanations {
    ($($(#[$doc:meta])* $file:ident,)+) => {
        $(pub mod $file;)+

        /// How the map is explained.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        #[schemars(rename = "Explain")]
        pub struct Settings {
            $($(#[$doc])* pub $file: $file::Settings,)+
        }

        /// What explanation found; a kind that was not asked for, or has nothing to say, is missing.
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[schemars(rename = "Explanation")]
        pub struct Found {
            $($(#[$doc])* #[serde(default)] pub $file: Option<$file::Found>,)+
        }

        impl Settings {
            /// Refuses settings out of range.
            ///
            /// # Errors
            /// [`paydirt_core::Error::BadSetting`].
            pub fn validate(&self) -> Result<()> {
                $(self.$file.validate()?;)+
                Ok(())
            }
        }

        /// Explains a fitted model: each kind in turn.
        ///
        /// # Errors
        /// Where evidence or maps cannot be read, or on an interrupt.
        pub fn explain(subject: &Subject<'_>, console: &Console) -> Result<Found> {
            let count = [$(stringify!($file)),+].len() as u64;
            let task = console.task("explain", count, "parts");
            Ok(Found {
                $($file: {
                    let found = $file::explain(&subject.settings.$file, subject)?;
                    task.advance(1)?;
                    found
                },)+
            })
        }
    };
}

explanations! {
    /// Signed share of each evidence layer in each cell: exact `TreeSHAP` for models of trees, linear SHAP
    /// for logistic regression, the weights themselves for weights of evidence, Kernel SHAP for others.
    shap,
    /// How much the held-out AUC falls when a layer, or a group of layers, is shuffled.
    permutation,
    /// Whether the members of the ensemble, and the models of the repeats, explain alike.
    stability,
    /// Two ways to ask trees, side by side, and the layers that work together.
    trees,
    /// Three ways to ask a network of windows, side by side.
    network,
    /// What the score does as a layer moves: partial dependence, single curves, accumulated local effects.
    effects,
    /// What would have to change for a target to cross a share of the area.
    counterfactual,
}

/// What is explained.
pub struct Subject<'a> {
    /// Settings of all kinds.
    pub settings: &'a Settings,
    /// What was read.
    pub read: &'a Read,
    /// What judging found.
    pub judged: &'a Judged,
    /// The fitted model.
    pub trained: &'a Trained,
    /// Cells drawn from the ground, with their shares.
    pub cells: &'a Cells,
    /// Maps and targets; none for a table of samples.
    pub maps: Option<&'a (crate::draw::Maps, Drawn)>,
}

/// Draws the cells and explains.
///
/// # Errors
/// As [`explain`].
pub fn run(
    project: &Project,
    read: &Read,
    judged: &Judged,
    (trained, maps): (&Trained, Option<&(crate::draw::Maps, Drawn)>),
    console: &Console,
) -> Result<Found> {
    let settings = &project.explain;
    let cells = Cells::draw(read, trained, maps, (settings.shap.cells, Seed(project.seed)))?;
    explain(&Subject { settings, read, judged, trained, cells: &cells, maps }, console)
}

/// The layer of a name, where it is one of evidence and not of a group's columns.
fn info<'a>(read: &'a Read, layer: &str) -> Option<&'a LayerInfo> {
    read.stack.layers().iter().find(|info| info.name == layer)
}

/// Refuses a count out of range; `key` as in `effects.parts`.
fn require(key: &str, found: usize, range: std::ops::RangeInclusive<usize>) -> Result<()> {
    if range.contains(&found) {
        return Ok(());
    }
    Err(paydirt_core::Error::BadSetting {
        key: format!("explain.{key}"),
        found: found.to_string(),
        expected: format!("{} to {}", range.start(), range.end()),
    }
    .into())
}
