//! Networks for other programs: their numbers as safetensors, and those of rows as ONNX.
//!
//! Both are of the members of an ensemble. They take what the contract's pipeline makes of the evidence, and
//! give a score a member: the contract's calibration makes a probability of each, its level multiplies the odds,
//! and the map shows their mean. Networks of windows are given as
//! numbers alone: what cuts windows, hides cells and reads scales is no operator of ONNX.

mod onnx;
mod proto;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use super::rows::RowNetworks;
use super::weights::{self, Named};
use crate::{FittedModel, Result};

/// What is written of networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// All numbers by name, as safetensors.
    pub safetensors: Vec<u8>,
    /// Scores from features, as ONNX; of networks of rows alone.
    pub onnx: Option<Vec<u8>>,
}

/// What the safetensors file says it holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct About {
    paydirt_version: String,
    /// Names of the features, in order.
    columns: Vec<String>,
    /// What the names begin with, and what they belong to.
    networks: Vec<Part>,
}

/// One network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Part {
    /// What the names of its numbers begin with.
    prefix: String,
    /// Shape, inputs, and what is done with its output.
    #[serde(flatten)]
    shape: serde_json::Map<String, serde_json::Value>,
}

/// The networks of an ensemble; none where a member is no network, or looks at a choice of the columns.
///
/// # Errors
/// [`crate::Error::Weights`] where numbers do not fit their network.
pub fn export(members: &[FittedModel], columns: &[String]) -> Result<Option<Exported>> {
    let rows: Option<Vec<&RowNetworks>> = members.iter().map(FittedModel::row_networks).collect();
    let mut named = Named::new();
    let mut networks = Vec::new();
    for (number, member) in members.iter().enumerate() {
        let of_member = match (member.row_networks(), member.window()) {
            (Some(rows), _) => rows.numbers_by_name()?,
            (None, Some(window)) => vec![window.numbers_by_name()?],
            (None, None) => return Ok(None),
        };
        for (network, (numbers, shape)) in of_member.into_iter().enumerate() {
            let prefix = format!("member{}.network{}", number + 1, network + 1);
            named.extend(numbers.into_iter().map(|(mut spec, numbers)| {
                spec.name = format!("{prefix}.{}", spec.name);
                (spec, numbers)
            }));
            networks.push(Part { prefix, shape });
        }
    }
    if networks.is_empty() {
        return Ok(None);
    }
    let about = About {
        paydirt_version: env!("CARGO_PKG_VERSION").into(),
        columns: columns.to_vec(),
        networks,
    };
    Ok(Some(Exported {
        safetensors: weights::to_bytes(&named, &about)?,
        onnx: rows.map(|rows| onnx::model(&rows, columns)),
    }))
}
