//! Shares of the layers in held-out rows, over the folds of a repeat.

use std::collections::BTreeSet;

use paydirt_core::table::Table;
use paydirt_model::effect::stability::{LayerShares, View};

/// Shares gathered fold by fold, each by the model that did not see the row.
#[derive(Clone, Debug, Default)]
pub(super) struct HeldShares {
    rows: Vec<usize>,
    shares: LayerShares,
}

impl HeldShares {
    /// Adds what a fold's model says of rows that it held out. A layer that a fold's pipeline dropped has no
    /// share there.
    pub(super) fn add(&mut self, mut found: LayerShares, rows: &[usize]) {
        let before = self.rows.len();
        let layers: BTreeSet<String> = self.shares.keys().chain(found.keys()).cloned().collect();
        for layer in layers {
            let shares = found.remove(&layer).unwrap_or_else(|| vec![0.0; rows.len()]);
            self.shares.entry(layer).or_insert_with(|| vec![0.0; before]).extend(shares);
        }
        self.rows.extend(rows);
    }

    /// What the models of the repeat say together; `None` where nothing was explained.
    pub(super) fn view(&self, evidence: &Table) -> Option<View> {
        let explained = !self.rows.is_empty() && !self.shares.is_empty();
        explained.then(|| View::new(&evidence.select(&self.rows), &self.shares))
    }
}
