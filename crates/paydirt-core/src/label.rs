//! Labels: what is known of a unit, by role.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is known of a unit. *Unlabelled* is not *barren*: nobody has looked.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// A known deposit.
    Deposit,
    /// Verified barren.
    Negative,
    /// Nobody knows.
    Unlabelled,
}

/// One labelled or sampled unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// The unit: a cell's number, or a row of a table.
    pub unit: usize,
    /// What is known of it.
    pub role: Role,
    /// How much it counts; 1 unless the project says otherwise.
    pub weight: f32,
    /// The site or district it belongs to: samples of one group are never parted by a split.
    pub group: Option<String>,
    /// The year in which it was found, where it is known.
    pub year: Option<i32>,
}

impl Sample {
    /// Whether it is a deposit: what a model is to find.
    #[must_use]
    pub fn is_deposit(&self) -> bool {
        self.role == Role::Deposit
    }
}
