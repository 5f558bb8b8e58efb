//! Fitted networks that read the row of a sample alone: what `[model.mlp]` and `[model.devnet]` share.

use paydirt_core::seed::Seed;
use paydirt_core::table::Table;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::dense::{Dense, LayerNumbers, Shares, deep_lift, expected_gradients};
use super::kept::Kept;
use super::layers::Activation;
use super::mlp::{Mlp, Shape};
use super::parameters::Builder;
use super::train::Training;
use super::weights::Named;
use super::{hold_out, layers};
use crate::columns::bad_setting;
use crate::encode::{CoordinateCode, Encoding, LANES, Points};
use crate::explain::Background;
use crate::{Attribution, Result, TrainingSet};

/// Most hidden layers, and most numbers in one.
const MOST_HIDDEN: [usize; 2] = [32, 16_384];

/// Rows on which a fit tells how far its shares are from adding up.
const TOLD: usize = 64;

/// How the shares of layers are found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Explanation {
    /// Kernel SHAP: Shapley values, by scores of rows that are put together from two.
    #[default]
    Kernel,
    /// Expected gradients (Erion and others 2021, doi 10.1038/s42256-021-00343-w): the mean slope along
    /// straight paths from the background to the row, times the way.
    ExpectedGradients,
    /// `DeepLIFT`, rescale rule (Shrikumar and others 2017, PMLR 70:3145-3153): differences from the
    /// background, handed back layer by layer; the cheapest.
    DeepLift,
}

/// Refuses hidden layers that no machine holds; `key` as in `mlp.hidden`.
pub(crate) fn check_hidden(key: &str, hidden: &[usize]) -> Result<()> {
    let [layers, width] = MOST_HIDDEN;
    if hidden.len() <= layers && hidden.iter().all(|one| (1..=width).contains(one)) {
        return Ok(());
    }
    let expected = format!("at most {layers} layers of 1 to {width}");
    Err(bad_setting(key, format!("{hidden:?}"), &expected))
}

/// The rows that count, those held out last, and how many these are.
pub(crate) fn sides(set: &TrainingSet, training: &Training, seed: Seed) -> (Vec<usize>, usize) {
    let rows: Vec<usize> = (0..set.weight.len()).filter(|row| set.weight[*row] > 0.0).collect();
    let Some(share) = training.held_out_share() else { return (rows, 0) };
    let deposit: Vec<bool> = rows.iter().map(|row| set.deposit[*row]).collect();
    let groups = alike(&set.features, &rows);
    let is_out = hold_out(&groups, &deposit, share, seed);
    let side = |out: bool| {
        rows.iter().zip(&is_out).filter(move |(_, is)| **is == out).map(|(row, _)| *row)
    };
    (side(false).chain(side(true)).collect(), side(true).count())
}

/// A number for each row, the same for rows of one group and for rows of the same evidence: what belongs
/// together, and copies, are held out together.
fn alike(features: &Table, rows: &[usize]) -> Vec<u64> {
    let copies = copies(features, rows);
    let Some(groups) = features.groups() else { return copies };
    // The least number that is reached from each over groups and copies.
    let mut of: Vec<u64> = copies.clone();
    loop {
        let mut least: std::collections::BTreeMap<(bool, u64), u64> = Default::default();
        let keys = |place: usize| [(false, copies[place]), (true, groups[rows[place]])];
        for (place, number) in of.iter().enumerate() {
            for key in keys(place) {
                let known = least.entry(key).or_insert(*number);
                *known = (*known).min(*number);
            }
        }
        let next: Vec<u64> = (0..of.len())
            .map(|place| keys(place).into_iter().map(|key| least[&key]).min().unwrap_or(of[place]))
            .collect();
        if next == of {
            return of;
        }
        of = next;
    }
}

/// A number for each row, the same for rows of the same evidence.
fn copies(features: &Table, rows: &[usize]) -> Vec<u64> {
    let mut found: std::collections::BTreeMap<Vec<u32>, u64> = std::collections::BTreeMap::new();
    let group = |row: &usize| {
        let numbers = features.columns().iter().map(|column| column.values[*row].to_bits());
        let next = found.len() as u64;
        *found.entry(numbers.collect()).or_insert(next)
    };
    rows.iter().map(group).collect()
}

/// One network: its numbers, and the line that brings what leaves it to log odds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Member {
    pub(crate) weights: Kept,
    pub(crate) slope: f64,
    pub(crate) shift: f64,
}

/// Networks of one shape whose log odds are averaged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct RowNetworks {
    encoding: Encoding,
    hidden: Vec<usize>,
    activation: Activation,
    normalise: bool,
    members: Vec<Member>,
    background: Background,
    explanation: Explanation,
}

impl RowNetworks {
    /// No network yet.
    pub(crate) fn new(encoding: Encoding, shape: &Shape, explanation: Explanation) -> Self {
        Self {
            encoding,
            hidden: shape.hidden.clone(),
            activation: shape.activation,
            normalise: shape.normalise,
            members: Vec::new(),
            background: Background::default(),
            explanation,
        }
    }

    /// Takes the fitted networks, and keeps the rows against which it explains others.
    pub(crate) fn with(mut self, members: Vec<Member>, set: &TrainingSet) -> Result<Self> {
        self.members = members;
        self.background = Background::new(&|table| self.log_odds(table), set)?;
        Ok(self)
    }

    fn shape(&self) -> Shape {
        let of_rows = shape(self.encoding.width(), &self.hidden, self.activation);
        Shape { normalise: self.normalise, ..of_rows }
    }

    fn network(&self) -> Dense {
        Dense::new(&self.shape())
    }

    /// How many networks there are.
    pub(crate) const fn count(&self) -> usize {
        self.members.len()
    }

    /// What stands between their layers.
    pub(crate) const fn activation(&self) -> layers::Activation {
        self.activation
    }

    /// What columns become.
    pub(crate) fn coordinates(&self) -> Vec<CoordinateCode> {
        self.encoding.coordinates()
    }

    /// Each network's layers, and the line that brings what leaves them to log odds: slope and shift.
    pub(crate) fn each<T>(&self, mut of: impl FnMut(&[LayerNumbers<'_>], f64, f64) -> T) -> Vec<T> {
        let network = self.network();
        let members = self.members.iter();
        members
            .map(|one| of(&network.layers(one.weights.numbers()), one.slope, one.shift))
            .collect()
    }

    /// Each network's numbers by name, and its shape.
    pub(crate) fn numbers_by_name(&self) -> Result<Vec<(Named, Map<String, Value>)>> {
        let mut builder = Builder::new(Seed(0));
        let _ = Mlp::new(&mut builder, &self.shape());
        let told = serde_json::json!({
            "kind": "rows",
            "hidden": self.hidden,
            "activation": self.activation,
            "normalise": self.normalise,
            "encoding": self.encoding,
        });
        let of = |member: &Member| {
            let named = member.weights.by_name(&builder.specs())?;
            let mut shape = told.as_object().cloned().unwrap_or_default();
            shape.insert("slope".into(), member.slope.into());
            shape.insert("shift".into(), member.shift.into());
            Ok((named, shape))
        };
        self.members.iter().map(of).collect()
    }

    /// Refuses what a damaged file may hold.
    pub(crate) fn check_saved(&self) -> std::result::Result<(), String> {
        check_hidden("hidden", &self.hidden).map_err(|error| error.to_string())?;
        let numbers = self.network().numbers();
        if self.members.is_empty() {
            return Err("there is no network".into());
        }
        for member in &self.members {
            member.weights.check()?;
            if member.weights.numbers().len() != numbers {
                return Err(format!(
                    "{} numbers, expected {numbers}",
                    member.weights.numbers().len()
                ));
            }
            if !(member.slope.is_finite() && member.shift.is_finite()) {
                return Err("a network's scale is not a finite number".into());
            }
        }
        Ok(())
    }

    /// Mean log odds of the networks for each row.
    pub(crate) fn log_odds(&self, features: &Table) -> Result<Vec<f32>> {
        self.encoding.check(features)?;
        let network = self.network();
        let count = self.members.len().max(1) as f64;
        let sums = self.encoding.map(features, |block| {
            let mut sums = [0.0; LANES];
            for Member { weights, slope, shift } in &self.members {
                let outputs = network.outputs_of_block(weights.numbers(), block);
                for (sum, output) in sums.iter_mut().zip(outputs) {
                    *sum += (f64::from(output) * slope + shift) / count;
                }
            }
            sums
        });
        Ok(sums.into_iter().map(|sum| sum as f32).collect())
    }

    /// Shares of the columns in log odds.
    pub(crate) fn explain(&self, features: &Table) -> Result<Attribution> {
        self.encoding.check(features)?;
        match self.shares(features) {
            None => self.background.explain(&|table| self.log_odds(table), "log odds", features),
            Some(found) => Ok(self.of_columns(&found, features.rows())),
        }
    }

    /// In words, how far shares are from adding up before the rest is spread.
    pub(crate) fn completeness(&self, set: &TrainingSet) -> Option<String> {
        let rows = set.features.rows();
        let some: Vec<usize> = (0..rows).step_by(rows.div_ceil(TOLD).max(1)).collect();
        let gap = self.shares(&set.features.select(&some))?.gap;
        let name = match self.explanation {
            Explanation::DeepLift => "DeepLIFT",
            _ => "expected gradients",
        };
        Some(format!(
            "shares by {name} miss the log odds of a row by {:.2} % of its way at most ({} training rows); \
             the rest is spread over the layers",
            100.0 * gap,
            some.len()
        ))
    }

    /// Shares of the coordinates, where they are not Shapley values.
    fn shares(&self, features: &Table) -> Option<Shares> {
        let of = match self.explanation {
            Explanation::Kernel => return None,
            Explanation::ExpectedGradients => expected_gradients,
            Explanation::DeepLift => deep_lift,
        };
        let network = self.network();
        let starts = Points::new(&self.encoding, self.background.rows()).concat();
        let rows = Points::new(&self.encoding, features).concat();
        let mut all = Shares { shares: vec![0.0; rows.len()], ..Shares::default() };
        let count = self.members.len().max(1) as f64;
        for Member { weights, slope, shift } in &self.members {
            let found = of(&network, weights.numbers(), &starts, &rows);
            all.base += (found.base * slope + shift) / count;
            all.gap = all.gap.max(found.gap);
            for (sum, share) in all.shares.iter_mut().zip(found.shares) {
                *sum += share * slope / count;
            }
        }
        Some(all)
    }

    fn of_columns(&self, found: &Shares, rows: usize) -> Attribution {
        let width = self.encoding.width();
        let mut from = 0;
        let of_column = |coordinates: usize| {
            let range = from..from + coordinates;
            from += coordinates;
            let of_row =
                |row: usize| found.shares[row * width..][range.clone()].iter().sum::<f64>() as f32;
            (0..rows).map(of_row).collect()
        };
        let shares = self.encoding.widths().map(of_column).collect();
        Attribution { base: found.base, unit: "log odds", shares }
    }
}

/// The shape of a network of rows.
pub(crate) fn shape(inputs: usize, hidden: &[usize], activation: layers::Activation) -> Shape {
    Shape {
        inputs,
        hidden: hidden.to_vec(),
        outputs: 1,
        activation,
        dropout: 0.0,
        normalise: false,
    }
}

#[cfg(test)]
mod tests {
    use paydirt_core::layer::EvidenceType;
    use paydirt_core::table::Column;

    use super::*;

    #[test]
    fn groups_and_copies_are_held_out_together() {
        let values = vec![0.0, 1.0, 2.0, 3.0, 1.0, 5.0];
        let column = Column::new("as", "as", EvidenceType::Continuous, values);
        let table = Table::new(6, vec![column]).unwrap();
        let of = |table: &Table| alike(table, &[0, 1, 2, 3, 4, 5]);
        assert_eq!(of(&table), [0, 1, 2, 3, 1, 4]);
        let table = table.in_groups(Some(vec![9, 9, 2, 3, 8, 8])).unwrap();
        assert_eq!(of(&table), [0, 0, 2, 3, 0, 0]);
        assert_eq!(alike(&table.select(&[5, 2, 4]), &[0, 1, 2]), [0, 1, 0]);
        assert!(table.in_groups(Some(vec![1])).is_err());
    }
}
