//! What samples of a node add up to, and what that says of a split and of a leaf.

use super::tree::Leaf;

/// One sample of a tree.
#[derive(Clone, Copy, Debug)]
pub struct Entry<T> {
    /// Its training row.
    pub row: u32,
    /// What is to be learned of it.
    pub target: T,
    /// How much it counts, above 0.
    pub weight: f64,
}

/// A sum over samples from which a split's impurity and a leaf's value follow.
pub trait Tally: Copy + Default {
    /// What is learned of each sample.
    type Target: Copy + Send + Sync;

    /// Adds a sample.
    fn add(&mut self, entry: &Entry<Self::Target>);

    /// The sum of both.
    #[must_use]
    fn plus(self, other: Self) -> Self;

    /// What is left without the other.
    #[must_use]
    fn minus(self, other: Self) -> Self;

    /// How many samples there are.
    fn rows(self) -> u32;

    /// How impure they are, up to what is the same for all ways to part a node: of two halves the
    /// sum is compared.
    fn impurity(self) -> f64;

    /// Whether there is nothing to part: `entries` are the samples that were added.
    fn is_pure(self, entries: &[Entry<Self::Target>]) -> bool;

    /// The leaf of the samples.
    fn leaf(self) -> Leaf;
}

/// Of two classes: the weight of the others and of the deposits (`true`). A split's impurity is
/// Gini's, a leaf's value the deposits' share of the weight.
#[derive(Clone, Copy, Debug, Default)]
pub struct Classes {
    weight: [f64; 2],
    rows: u32,
}

impl Tally for Classes {
    type Target = bool;

    fn add(&mut self, entry: &Entry<bool>) {
        self.weight[usize::from(entry.target)] += entry.weight;
        self.rows += 1;
    }

    fn plus(self, other: Self) -> Self {
        let weight = [self.weight[0] + other.weight[0], self.weight[1] + other.weight[1]];
        Self { weight, rows: self.rows + other.rows }
    }

    fn minus(self, other: Self) -> Self {
        let weight = [self.weight[0] - other.weight[0], self.weight[1] - other.weight[1]];
        Self { weight, rows: self.rows - other.rows }
    }

    fn rows(self) -> u32 {
        self.rows
    }

    /// Half the Gini impurity, times the weight.
    fn impurity(self) -> f64 {
        let [other, deposit] = self.weight;
        other * deposit / (other + deposit)
    }

    fn is_pure(self, _: &[Entry<bool>]) -> bool {
        self.weight.iter().any(|&weight| weight <= 0.0)
    }

    fn leaf(self) -> Leaf {
        let [other, deposit] = self.weight;
        Leaf::new(deposit / (other + deposit), other + deposit)
    }
}

/// Of a number: the weight and the weighted sum. A split's impurity is the weighted sum of squares
/// around the mean, a leaf's value the weighted mean. Targets should be centred near 0: of numbers
/// far from it the sums keep fewer digits of their differences.
#[derive(Clone, Copy, Debug, Default)]
pub struct Moments {
    weight: f64,
    sum: f64,
    rows: u32,
}

impl Tally for Moments {
    type Target = f32;

    fn add(&mut self, entry: &Entry<f32>) {
        self.weight += entry.weight;
        self.sum += entry.weight * f64::from(entry.target);
        self.rows += 1;
    }

    fn plus(self, other: Self) -> Self {
        let [weight, sum] = [self.weight + other.weight, self.sum + other.sum];
        Self { weight, sum, rows: self.rows + other.rows }
    }

    fn minus(self, other: Self) -> Self {
        let [weight, sum] = [self.weight - other.weight, self.sum - other.sum];
        Self { weight, sum, rows: self.rows - other.rows }
    }

    fn rows(self) -> u32 {
        self.rows
    }

    /// The sum of squares around the mean, less the sum of squares, which no split changes.
    fn impurity(self) -> f64 {
        -self.sum * self.sum / self.weight
    }

    fn is_pure(self, entries: &[Entry<f32>]) -> bool {
        entries.windows(2).all(|pair| pair[0].target == pair[1].target)
    }

    fn leaf(self) -> Leaf {
        Leaf::new(self.sum / self.weight, self.weight)
    }
}
