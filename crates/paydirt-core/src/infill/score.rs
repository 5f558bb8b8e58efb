//! How right an infilling is, over hidden cells alone.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::metric::{HeldOut, METRICS};

/// The thresholds that are tried: every 0.025 from 0.025 to 0.975, and closer to 1 for models that are sure of
/// themselves.
const THRESHOLDS: [f32; 45] = {
    let mut all = [0.0; 45];
    let mut step = 0;
    while step < 39 {
        all[step] = (step + 1) as f32 / 40.0;
        step += 1;
    }
    let last = [0.98, 0.985, 0.99, 0.995, 0.9975, 0.999];
    while step < 45 {
        all[step] = last[step - 39];
        step += 1;
    }
    all
};

/// Hidden cells that were found, wrongly claimed, and missed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Confusion {
    /// Present and claimed.
    pub found: usize,
    /// Absent and claimed.
    pub wrong: usize,
    /// Present and not claimed.
    pub missed: usize,
}

impl Confusion {
    fn add(&mut self, present: bool, claimed: bool) {
        match (present, claimed) {
            (true, true) => self.found += 1,
            (false, true) => self.wrong += 1,
            (true, false) => self.missed += 1,
            (false, false) => {}
        }
    }

    const fn and(self, other: Self) -> Self {
        Self {
            found: self.found + other.found,
            wrong: self.wrong + other.wrong,
            missed: self.missed + other.missed,
        }
    }

    /// `2 found / (2 found + wrong + missed)` (Dice 1945, doi 10.2307/1932409). Empty against empty is no
    /// figure, and is not counted as a success.
    #[must_use]
    pub fn dice(self) -> Option<f64> {
        ratio(2 * self.found, 2 * self.found + self.wrong + self.missed)
    }

    /// Share of what is present that was claimed.
    #[must_use]
    pub fn recall(self) -> Option<f64> {
        ratio(self.found, self.found + self.missed)
    }

    /// Share of what was claimed that is present.
    #[must_use]
    pub fn precision(self) -> Option<f64> {
        ratio(self.found, self.found + self.wrong)
    }
}

fn ratio(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Scores of hidden cells beside what they hold, species by species.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scored {
    scores: Vec<Vec<f32>>,
    truth: Vec<Vec<bool>>,
}

/// Dice, recall and precision at one threshold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AtThreshold {
    /// A cell is claimed where its score is this or more.
    pub threshold: f32,
    /// Of all hidden cells of all species together.
    pub micro: Rates,
    /// Mean over the species, each by itself; a species of which nothing is present or claimed counts for
    /// nothing.
    pub macro_: Rates,
}

/// Three rates; none where nothing is present or claimed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rates {
    /// `2 found / (2 found + wrong + missed)`.
    pub dice: Option<f64>,
    /// Share of what is present that was claimed.
    pub recall: Option<f64>,
    /// Share of what was claimed that is present.
    pub precision: Option<f64>,
}

impl From<Confusion> for Rates {
    fn from(confusion: Confusion) -> Self {
        let (dice, recall) = (confusion.dice(), confusion.recall());
        Self { dice, recall, precision: confusion.precision() }
    }
}

impl Scored {
    /// Of so many species.
    #[must_use]
    pub fn new(species: usize) -> Self {
        Self { scores: vec![Vec::new(); species], truth: vec![Vec::new(); species] }
    }

    /// Adds a hidden cell. A score that is not finite counts as 0.
    pub fn add(&mut self, species: usize, score: f32, present: bool) {
        self.scores[species].push(if score.is_finite() { score } else { 0.0 });
        self.truth[species].push(present);
    }

    /// Adds all of another, of the same species.
    pub fn extend(&mut self, other: Self) {
        self.scores.iter_mut().zip(other.scores).for_each(|(all, more)| all.extend(more));
        self.truth.iter_mut().zip(other.truth).for_each(|(all, more)| all.extend(more));
    }

    /// The mean scores of several models of the same hidden cells.
    #[must_use]
    pub fn mean(all: &[Self]) -> Self {
        let Some(first) = all.first() else { return Self::default() };
        let mut mean = first.clone();
        for other in &all[1..] {
            for (sum, more) in mean.scores.iter_mut().flatten().zip(other.scores.iter().flatten()) {
                *sum += more;
            }
        }
        mean.scores.iter_mut().flatten().for_each(|sum| *sum /= all.len() as f32);
        mean
    }

    /// Share of the hidden cells that is present.
    #[must_use]
    pub fn prevalence(&self) -> Option<f64> {
        let all = self.truth.iter().map(Vec::len).sum();
        ratio(self.truth.iter().flatten().filter(|present| **present).count(), all)
    }

    /// Hidden cells that are present, of each species.
    #[must_use]
    pub fn present(&self) -> Vec<usize> {
        self.truth.iter().map(|truth| truth.iter().filter(|present| **present).count()).collect()
    }

    /// What a threshold finds, of each species.
    #[must_use]
    pub fn confusions(&self, threshold: f32) -> Vec<Confusion> {
        let of = |(scores, truth): (&Vec<f32>, &Vec<bool>)| {
            let mut confusion = Confusion::default();
            scores
                .iter()
                .zip(truth)
                .for_each(|(score, present)| confusion.add(*present, *score >= threshold));
            confusion
        };
        self.scores.iter().zip(&self.truth).map(of).collect()
    }

    /// Rates at a threshold.
    #[must_use]
    pub fn at(&self, threshold: f32) -> AtThreshold {
        let each = self.confusions(threshold);
        let all = each.iter().fold(Confusion::default(), |all, one| all.and(*one));
        let mean = |rate: fn(Confusion) -> Option<f64>| {
            let counted = each.iter().filter(|one| one.dice().is_some());
            // A species that is present and never claimed has a precision of 0.
            let rates: Vec<f64> = counted.map(|one| rate(*one).unwrap_or(0.0)).collect();
            (!rates.is_empty()).then(|| rates.iter().sum::<f64>() / rates.len() as f64)
        };
        let macro_ = Rates {
            dice: mean(Confusion::dice),
            recall: mean(Confusion::recall),
            precision: mean(Confusion::precision),
        };
        AtThreshold { threshold, micro: all.into(), macro_ }
    }

    /// The threshold of the highest micro Dice; the lowest of equal ones, and 0.5 where nothing is present.
    #[must_use]
    pub fn best_threshold(&self) -> f32 {
        let mut steps = [[0_usize; 2]; THRESHOLDS.len() + 1];
        for (scores, truth) in self.scores.iter().zip(&self.truth) {
            for (score, present) in scores.iter().zip(truth) {
                let passed = THRESHOLDS.partition_point(|threshold| score >= threshold);
                steps[passed][usize::from(*present)] += 1;
            }
        }
        let present: usize = steps.iter().map(|step| step[1]).sum();
        let mut best = (0.0, 0.5);
        let (mut claimed, mut found) = (0, 0);
        for (index, threshold) in THRESHOLDS.into_iter().enumerate().rev() {
            let passed = index + 1;
            claimed += steps[passed][0] + steps[passed][1];
            found += steps[passed][1];
            let dice = ratio(2 * found, claimed + present).unwrap_or(0.0);
            if found > 0 && dice >= best.0 {
                best = (dice, threshold);
            }
        }
        best.1
    }

    /// Average precision of one species; none without a cell of each kind.
    #[must_use]
    pub fn pr_auc_of(&self, species: usize) -> Option<f64> {
        average_precision(&[&self.scores[species]], &[&self.truth[species]])
    }

    /// Average precision of all hidden cells together.
    #[must_use]
    pub fn pr_auc(&self) -> Option<f64> {
        let scores: Vec<&[f32]> = self.scores.iter().map(Vec::as_slice).collect();
        let truth: Vec<&[bool]> = self.truth.iter().map(Vec::as_slice).collect();
        average_precision(&scores, &truth)
    }

    /// Mean average precision of the species that have one.
    #[must_use]
    pub fn macro_pr_auc(&self) -> Option<f64> {
        let each: Vec<f64> =
            (0..self.scores.len()).filter_map(|species| self.pr_auc_of(species)).collect();
        (!each.is_empty()).then(|| each.iter().sum::<f64>() / each.len() as f64)
    }
}

/// The house's average precision (Davis and Goadrich 2006, doi 10.1145/1143844.1143874).
fn average_precision(scores: &[&[f32]], truth: &[&[bool]]) -> Option<f64> {
    let deposit = truth.concat();
    if !deposit.contains(&true) || !deposit.contains(&false) {
        return None;
    }
    let held = HeldOut {
        score: scores.concat().into_iter().map(f64::from).collect(),
        weight: vec![1.0; deposit.len()],
        group: vec![0; deposit.len()],
        deposit,
        ..HeldOut::default()
    };
    METRICS.iter().find(|metric| metric.key == "pr_auc")?.of(&held)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(cells: &[(usize, f32, bool)], species: usize) -> Scored {
        let mut scored = Scored::new(species);
        cells.iter().for_each(|(species, score, present)| scored.add(*species, *score, *present));
        scored
    }

    #[test]
    fn rates_are_those_of_their_definitions() {
        let cells = [
            (0, 0.9, true),
            (0, 0.6, false),
            (0, 0.1, true),
            (1, 0.2, true),
            (1, 0.7, false),
            (2, 0.0, false),
        ];
        let at = scored(&cells, 3).at(0.5);
        // Found 1, wrong 2, missed 2; species 2 is empty against empty.
        assert_eq!(at.micro.dice, Some(2.0 / 6.0));
        assert_eq!((at.micro.recall, at.micro.precision), (Some(1.0 / 3.0), Some(1.0 / 3.0)));
        assert_eq!(at.macro_.dice, Some((0.5 + 0.0) / 2.0));
        assert_eq!(at.macro_.recall, Some(0.25));
        assert_eq!(scored(&[(0, 0.1, false)], 1).at(0.5).micro.dice, None);
    }

    #[test]
    fn the_best_threshold_is_that_of_all_tried() {
        let cells: Vec<(usize, f32, bool)> = (0..500)
            .map(|k| (k % 3, ((k * 37) % 101) as f32 / 101.0, (k * 53) % 97 < (k * 37) % 101 / 3))
            .collect();
        let scored = scored(&cells, 3);
        let dice = |threshold| scored.at(threshold).micro.dice.unwrap();
        let best = THRESHOLDS.into_iter().map(dice).fold(0.0, f64::max);
        assert_eq!(dice(scored.best_threshold()), best);
        assert!(THRESHOLDS.is_sorted());
        assert_eq!(Scored::new(2).best_threshold(), 0.5);
        // What is at the threshold is claimed: of equal ones the lowest.
        let two = super::tests::scored(&[(0, 0.5, true), (0, 0.01, false)], 1);
        assert_eq!(two.best_threshold(), 0.025);
    }

    #[test]
    fn dice_of_a_recall_is_bounded() {
        // 2r / (1 + r), whatever the precision: a Dice of 0.28 with a recall of 0.14 is no one table's.
        for wrong in 0..5 {
            let confusion = Confusion { found: 14, wrong, missed: 86 };
            let recall = confusion.recall().unwrap();
            assert!(confusion.dice().unwrap() <= 2.0 * recall / (1.0 + recall) + 1e-12);
        }
    }

    #[test]
    fn average_precision_is_that_of_a_hand_count() {
        let found = scored(&[(0, 0.9, true), (0, 0.8, false), (1, 0.7, true)], 2);
        assert!((found.pr_auc().unwrap() - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        assert_eq!((found.pr_auc_of(0), found.pr_auc_of(1)), (Some(1.0), None));
    }
}
