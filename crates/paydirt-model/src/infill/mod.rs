//! What fills hidden cells in: a network, and the baselines that always stand beside it.
//!
//! Every one of them is asked through [`Infiller`] and gets a [`View`] alone: what is hidden is not in it.

pub mod counts;
pub mod kriging;
pub mod network;
pub mod trees;

use paydirt_core::infill::mask::Masked;
use paydirt_core::infill::score::Scored;
use paydirt_core::infill::{Field, State, Tile, View};
use rayon::prelude::*;

use crate::Result;

/// A tile to be filled in.
#[derive(Clone, Debug)]
pub struct Ask {
    /// Where it lies.
    pub tile: Tile,
    /// What is seen of it.
    pub view: View,
}

/// Something that fills tiles in.
pub trait Infiller: Sync {
    /// A score in 0 to 1 for every cell of every species, of which those of hidden cells count:
    /// `[tile][species][row][col]`.
    ///
    /// # Errors
    /// Where a tile is not of the shape that was fitted.
    fn fill(&self, asks: &[Ask]) -> Result<Vec<Vec<f32>>>;
}

/// Tiles that are made and filled at a time.
const BATCH: usize = 64;

/// Scores of all hidden cells of a series of masks, beside the truth.
///
/// # Errors
/// As [`Infiller::fill`].
pub fn judge(infiller: &dyn Infiller, field: &Field, masks: &[Masked]) -> Result<Scored> {
    let mut scored = Scored::new(field.layers.species());
    let cells = field.side * field.side;
    for batch in masks.chunks(BATCH) {
        let asks = asks(field, batch);
        for (masked, scores) in batch.iter().zip(infiller.fill(&asks)?) {
            let truth = field.truth(masked.tile);
            masked
                .hidden
                .iter()
                .for_each(|cell| scored.add(cell / cells, scores[cell], truth[cell]));
        }
    }
    Ok(scored)
}

/// What is asked of some masked tiles.
#[must_use]
pub fn asks(field: &Field, masks: &[Masked]) -> Vec<Ask> {
    let ask =
        |masked: &Masked| Ask { tile: masked.tile, view: field.view(masked.tile, &masked.hidden) };
    masks.par_iter().map(ask).collect()
}

/// A number for a state: 1 where it is the wanted one.
fn is(state: State, wanted: State) -> f32 {
    f32::from(u8::from(state == wanted))
}
