//! Drawing of samples, and when to stop.

use paydirt_core::seed::Rng;
use rand::seq::SliceRandom;

/// Draws a share of each class, rounded up; returns them and the others, both in their order.
pub(super) fn draw(
    rows: &[u32],
    deposit: &[bool],
    share: f64,
    rng: &mut Rng,
) -> (Vec<u32>, Vec<u32>) {
    let mut is_drawn = vec![false; deposit.len()];
    for class in [false, true] {
        let mut of_class: Vec<u32> =
            rows.iter().copied().filter(|row| deposit[*row as usize] == class).collect();
        let count = (share * of_class.len() as f64).ceil() as usize;
        for row in of_class.partial_shuffle(rng, count).0 {
            is_drawn[*row as usize] = true;
        }
    }
    rows.iter().partition(|row| is_drawn[**row as usize])
}

/// The least loss so far, and how many trees gave it.
pub(super) struct Watch {
    least: f64,
    best: usize,
}

impl Watch {
    /// From the loss without any tree.
    pub(super) const fn new(loss: f64) -> Self {
        Self { least: loss, best: 0 }
    }

    /// Notes the loss of so many trees; whether none of the last `patience` were a gain.
    pub(super) fn is_over(&mut self, loss: f64, trees: usize, patience: usize) -> bool {
        if loss < self.least {
            (self.least, self.best) = (loss, trees);
        }
        trees - self.best >= patience
    }

    /// How many trees gave the least loss.
    pub(super) const fn best(&self) -> usize {
        self.best
    }
}
