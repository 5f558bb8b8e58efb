//! What one fold of one repeat finds: the piece of judging that is made and kept whole.

use paydirt_model::effect::stability::LayerShares;
use serde::{Deserialize, Serialize};

use super::search::Searched;
use crate::ground::Completion;
use crate::pieces::Piece;

/// Held-out scores of a contestant.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Pool {
    pub(super) rows: Vec<usize>,
    pub(super) scores: Vec<f64>,
    pub(super) folds: Vec<usize>,
    pub(super) share_of_area: Vec<f64>,
    pub(super) share_group: Vec<u64>,
    pub(super) map_scores: Vec<f32>,
}

impl Pool {
    /// Adds those of another fold.
    pub(super) fn extend(&mut self, other: Self) {
        self.rows.extend(other.rows);
        self.scores.extend(other.scores);
        self.folds.extend(other.folds);
        self.share_of_area.extend(other.share_of_area);
        self.share_group.extend(other.share_group);
        self.map_scores.extend(other.map_scores);
    }
}

/// What a fold finds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Found {
    /// Held-out scores of each contestant; none of those that are judged on folds of another kind.
    pub(super) pools: Vec<Pool>,
    /// Held-out scores of the chosen model with something shuffled, of each shuffle.
    pub(super) shuffled: Vec<Vec<f64>>,
    /// What the chosen model says of rows that were held out.
    pub(super) shares: Option<(Vec<usize>, LayerShares)>,
    /// How well what was pretrained completes what was held out.
    pub(super) completion: Option<Completion>,
}

impl Piece for Found {}

impl Piece for Searched {}
