//! Whether models that were fitted again explain alike: the members of the ensemble in the same cells, and
//! the models of each repeat of judging on what they held out.

use paydirt_model::effect::stability::{
    self, Agreement, LayerShares, View, agreement, sign_agreement,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Subject;
use crate::error::Result;

/// Whether models that were fitted again explain alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Stability")]
pub struct Settings {
    /// Whether the models of the folds explain what they held out, so that repeats can be compared.
    pub repeats: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { repeats: true }
    }
}

impl Settings {
    #[expect(clippy::unnecessary_wraps, reason = "as of every kind of explanation")]
    pub(super) const fn validate(&self) -> Result<()> {
        Ok(())
    }
}

/// How far models that were fitted again agree.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "FoundStability")]
pub struct Found {
    /// Members of the ensemble.
    pub members: usize,
    /// Rank correlation of the layers by mean size of their share, mean over pairs of members.
    pub members_rank_correlation: Option<f64>,
    /// That of the two members that agree least.
    pub members_least: Option<f64>,
    /// Repeats of judging that were compared.
    pub repeats: usize,
    /// The same for repeats.
    pub repeats_rank_correlation: Option<f64>,
    /// That of the two repeats that agree least.
    pub repeats_least: Option<f64>,
    /// The layers, greatest mean size of the share first.
    pub layers: Vec<LayerLine>,
}

/// How far they agree on one layer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "LayerAgreement")]
pub struct LayerLine {
    /// The layer.
    pub layer: String,
    /// Mean size of its share, mean over the members.
    pub mean_size: f64,
    /// Standard deviation of that over the members.
    pub spread: f64,
    /// How far the members agree on the sign of the share in a cell: 1 always, 0.5 as a coin does.
    pub sign_agreement: Option<f64>,
    /// Least and greatest rank correlation of value and share among the members: over 0 more of it speaks
    /// for a deposit. None for a layer whose values have no order.
    pub directions: Option<[f64; 2]>,
    /// The same among the repeats.
    pub directions_of_repeats: Option<[f64; 2]>,
    /// Whether more of it speaks for a deposit in one member, or repeat, and against one in another
    /// (directions under -0.1 and over 0.1); of values without an order, whether members agree on the sign no better than a coin.
    pub flips: bool,
}

/// How far members and repeats agree.
///
/// # Errors
/// None.
pub fn explain(_: &Settings, subject: &Subject<'_>) -> Result<Option<Found>> {
    let cells = subject.cells;
    // Of the ground alone: targets and deposits are where shares are great.
    let evidence = cells.evenly_drawn();
    let even = |shares: &LayerShares| -> LayerShares {
        let drawn =
            |(layer, shares): (&String, &Vec<f32>)| (layer.clone(), shares[..cells.even].to_vec());
        shares.iter().map(drawn).collect()
    };
    let of_cells: Vec<LayerShares> = cells.members.iter().map(even).collect();
    let views: Vec<View> = of_cells.iter().map(|shares| View::new(&evidence, shares)).collect();
    let of_members = agreement(&views);
    let of_repeats = agreement(&subject.judged.views);
    let (members, repeats) = (views.len(), subject.judged.views.len());
    if members < 2 && repeats < 2 {
        return Ok(None);
    }
    let layers = of_members.layers.iter().map(|line| {
        let shares: Vec<&[f32]> =
            of_cells.iter().filter_map(|m| m.get(&line.layer).map(Vec::as_slice)).collect();
        let signs = sign_agreement(&shares);
        let repeats = find(&of_repeats, &line.layer).and_then(|line| line.directions);
        LayerLine {
            layer: line.layer.clone(),
            mean_size: line.mean_size,
            spread: line.spread,
            sign_agreement: signs,
            directions: line.directions,
            directions_of_repeats: repeats,
            flips: flips([line.directions, repeats], signs),
        }
    });
    Ok(Some(Found {
        members,
        members_rank_correlation: of_members.rank_correlation,
        members_least: of_members.least_rank_correlation,
        repeats,
        repeats_rank_correlation: of_repeats.rank_correlation,
        repeats_least: of_repeats.least_rank_correlation,
        layers: layers.collect(),
    }))
}

fn find<'a>(agreement: &'a Agreement, layer: &str) -> Option<&'a stability::LayerAgreement> {
    agreement.layers.iter().find(|line| line.layer == layer)
}

/// Whether directions of members or repeats have both signs; without any, whether signs are as good as a
/// coin's.
fn flips(directions: [Option<[f64; 2]>; 2], signs: Option<f64>) -> bool {
    let known: Vec<[f64; 2]> = directions.into_iter().flatten().collect();
    match known.is_empty() {
        true => signs.is_some_and(|signs| signs <= 0.5),
        false => known.into_iter().any(stability::flips),
    }
}

#[cfg(test)]
mod tests {
    use super::flips;

    #[test]
    fn a_layer_flips_within_members_or_repeats_and_not_between_them() {
        assert!(flips([Some([-0.2, 0.2]), None], Some(1.0)));
        assert!(flips([Some([0.2, 0.3]), Some([-0.2, 0.2])], None));
        assert!(!flips([Some([-0.01, 0.4]), None], None), "next to nothing has no sign");
        assert!(!flips([Some([0.2, 0.3]), Some([-0.2, -0.1])], Some(0.1)));
        assert!(flips([None, None], Some(0.4)) && !flips([None, None], Some(0.9)));
        assert!(!flips([None, None], None));
    }
}
