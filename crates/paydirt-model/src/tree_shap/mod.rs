//! Exact Shapley values of models that are sums of trees (Lundberg et al. 2020,
//! doi 10.1038/s42256-019-0138-9): path-dependent, against a background, and of pairs of columns.

mod groups;
mod interactions;
mod shapley;
mod table;
#[cfg(test)]
mod tests;

use paydirt_core::Error as CoreError;
use paydirt_core::table::Table;
use paydirt_core::trees::{Bins, Tree, map_sums};

use self::shapley::{Absent, quadratures};
use crate::columns::check_columns;
use crate::{Attribution, FittedModel, Result};

/// A model that is a sum of trees: base + sum of leaf values / divisor.
#[derive(Clone, Copy, Debug)]
pub struct TreeSum<'a> {
    pub(crate) columns: &'a [String],
    pub(crate) bins: &'a Bins,
    pub(crate) trees: &'a [Tree],
    pub(crate) base: f64,
    pub(crate) divisor: f64,
    pub(crate) unit: &'static str,
}

/// What columns do alone and in pairs. The sum over all pairs and `base` is the score, in `unit`.
#[derive(Clone, Debug, PartialEq)]
pub struct Interactions {
    /// The score before any evidence was seen.
    pub base: f64,
    /// As that of [`Attribution`].
    pub unit: &'static str,
    /// `[column][column][row]`: what a column does alone where both are the same, and half of what two
    /// columns do only together where they are not. The sum over the second is the first's share.
    pub values: Vec<Vec<Vec<f32>>>,
}

impl FittedModel {
    /// The model as a sum of trees, if it is one.
    #[must_use]
    pub fn as_trees(&self) -> Option<TreeSum<'_>> {
        match self {
            Self::Forest(fitted) | Self::ExtraTrees(fitted) => Some(fitted.tree_sum()),
            Self::Boosting(fitted) => Some(fitted.tree_sum()),
            Self::IsolationForest(fitted) => Some(fitted.tree_sum()),
            Self::Unlabelled(fitted) => match fitted.members.as_slice() {
                [only] => only.as_trees(),
                _ => None,
            },
            _ => None,
        }
    }
}

impl TreeSum<'_> {
    fn check(&self, features: &Table) -> Result<()> {
        check_columns(self.columns.iter().map(String::as_str), features)
    }

    fn shares_against(&self, absent: &Absent, features: &Table) -> Vec<Vec<f32>> {
        groups::shares((self.bins, self.trees), absent, features, self.divisor)
    }

    /// The base of path-dependent shares: the mean over the training weight.
    fn training_base(&self) -> f64 {
        self.base + groups::expectation(self.trees) / self.divisor
    }

    fn quadratures(&self) -> Vec<Vec<(f64, f64)>> {
        quadratures(groups::longest(self.trees, self.columns.len()))
    }

    /// Path-dependent shares: a column that is not asked passes each split as the training weight did
    /// that came there. Needs no background; columns that go with each other share what they say.
    ///
    /// # Errors
    /// [`crate::Error::OtherColumns`].
    pub fn shares(&self, features: &Table) -> Result<Attribution> {
        self.check(features)?;
        let shares = self.shares_against(&Absent::Training(self.quadratures()), features);
        Ok(Attribution { base: self.training_base(), unit: self.unit, shares })
    }

    /// Interventional shares: a column that is not asked has its value from a row of the background,
    /// whatever the others are; the mean over the background is exact. `base` is the background's mean
    /// score. A column that no tree asks has none. Work grows with the rows of the background, of
    /// which about a hundred do.
    ///
    /// # Errors
    /// [`crate::Error::OtherColumns`] of either table, or a background without rows.
    pub fn interventional(&self, background: &Table, features: &Table) -> Result<Attribution> {
        self.check(background)?;
        self.check(features)?;
        let rows = background.rows();
        if rows == 0 {
            let what = "rows of the background of an explanation".into();
            return Err(CoreError::TooFew { what, found: 0, needed: 1 }.into());
        }
        let absent = Absent::Background(self.bins.of_rows(background, 0..rows), self.columns.len());
        let shares = self.shares_against(&absent, features);
        let scores = map_sums(self.bins, self.trees, background, |sum| (sum / self.divisor) as f32);
        let mean = scores.into_iter().map(f64::from).sum::<f64>() / rows as f64;
        Ok(Attribution { base: self.base + mean, unit: self.unit, shares })
    }

    /// Path-dependent interactions of all pairs of columns. Takes columns squared x rows numbers: for
    /// hundreds of rows, not for maps.
    ///
    /// # Errors
    /// [`crate::Error::OtherColumns`].
    pub fn interactions(&self, features: &Table) -> Result<Interactions> {
        let shares = self.shares(features)?;
        let (trees, points) = ((self.bins, self.trees), self.quadratures());
        let mut values = interactions::pairs(trees, &points, features, self.divisor);
        interactions::set_alone(&mut values, &shares.shares);
        Ok(Interactions { base: shares.base, unit: self.unit, values })
    }
}
