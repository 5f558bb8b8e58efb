//! Trees over columns cut into bins: the kernel of every forest.
//!
//! [`Bins`] cut columns into at most 255 bins, [`grow`] grows one tree on weighted samples,
//! [`grow_forest`] many, and [`mean`] walks rows down them. What is learned is a [`Tally`]:
//! [`Classes`] of two kinds by Gini impurity, or [`Moments`] of a number by variance.

mod bins;
mod forest;
mod grow;
mod predict;
mod tally;
#[cfg(test)]
mod tests;
mod tree;
mod walk;

pub use bins::{Bins, MOST_BINS, TrainingColumn};
pub use forest::{Plan, grow_forest};
pub use grow::{Limits, grow};
pub use predict::mean;
pub use tally::{Classes, Entry, Moments, Tally};
pub use tree::{Leaf, Node, StoredTree, Tree};
