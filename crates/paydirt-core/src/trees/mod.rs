//! Trees over columns cut into bins: the kernel of every forest.
//!
//! [`Bins`] cut columns into at most 255 bins, [`grow`] grows one tree on weighted samples,
//! [`grow_forest`] and [`grow_extra_trees`] many, and [`mean`] walks rows down them. What is learned
//! is a [`Tally`]: [`Classes`] of two kinds by Gini impurity, or [`Moments`] of a number by variance.
//! [`grow_boosted`] grows a tree of gradient boosting, [`grow_isolation`] trees that part each sample
//! from the others.

mod bins;
mod boost;
mod forest;
mod grow;
mod isolation;
mod predict;
mod tally;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

pub use bins::{Bins, MOST_BINS, TrainingColumn};
pub use boost::{BoostLimits, Boosted, Direction, grow_boosted};
pub use forest::{Plan, grow_extra_trees, grow_forest};
pub use grow::{Limits, grow};
pub use isolation::{expected_path, grow_isolation};
pub use predict::{map_sums, mean};
pub use tally::{Classes, Entry, Moments, Tally};
pub use tree::{Leaf, Node, StoredTree, Tree};
