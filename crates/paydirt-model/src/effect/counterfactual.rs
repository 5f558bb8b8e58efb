//! The smallest change that takes a row across a threshold (Wachter et al. 2018, arXiv:1711.00399; over
//! observed values and in few columns, as Dandl et al. 2020, doi:10.1007/978-3-030-58112-1_31, ask).
//!
//! Fewest layers first, then the least summed change in units of each layer's spread. One layer is
//! searched whole: each of its candidate values is tried, and between the nearest that crosses and its
//! neighbour on the way the crossing is halved in. Where no one layer does, the change of one layer that
//! gets nearest is made and the search goes on among the others; at the end each change is made as small as
//! the others allow. No random numbers; every score that is reported was computed.

use paydirt_core::layer::EvidenceType;
use paydirt_core::table::{Column, Table};

use super::{Moved, place, points, score_moved, stability};
use crate::Result;
use crate::explain::Score;

/// Halvings of the way between two candidate values.
const HALVINGS: usize = 20;

/// A layer that may be changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Choice {
    /// Name of its column.
    pub layer: String,
    /// Values that it may be given, from small to large; of a continuous layer also what lies between.
    pub values: Vec<f32>,
    /// The change that costs 1: the layer's spread. Any change of a category costs 1.
    pub spread: f64,
}

impl Choice {
    /// What was observed of a column, as [`super::points`] gives it; `None` for a column that is constant.
    #[must_use]
    pub fn of(column: &Column, parts: usize) -> Option<Self> {
        let known: Vec<f64> = column.known_values().map(f64::from).collect();
        let (values, spread) = (points(column, parts), stability::spread(&known));
        (values.len() > 1).then(|| Self { layer: column.name.clone(), values, spread })
    }
}

/// What is to be reached.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// A score of at least so much.
    AtLeast(f32),
    /// A score under so much.
    Below(f32),
}

impl Goal {
    fn is_met(self, score: f32) -> bool {
        match self {
            Self::AtLeast(least) => score >= least,
            Self::Below(limit) => score < limit,
        }
    }

    /// How far a score has come; greater is nearer.
    fn progress(self, score: f32) -> f32 {
        match self {
            Self::AtLeast(_) => score,
            Self::Below(_) => -score,
        }
    }
}

/// A change of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The layer.
    pub layer: String,
    /// What it is.
    pub from: f32,
    /// What it would have to be.
    pub to: f32,
    /// Size of the change in spreads of the layer.
    pub cost: f64,
}

/// A change that crosses the threshold.
#[derive(Clone, Debug, PartialEq)]
pub struct Counterfactual {
    /// What changes; nothing where the row is across already.
    pub changes: Vec<Change>,
    /// The score then.
    pub score: f32,
}

/// Finds the smallest change of the first row of `evidence` that meets the goal, in at most `most_layers`
/// layers. Layers whose value is not known stay as they are. `None` where nothing that was tried does.
///
/// # Errors
/// No such column, and whatever `score` cannot do.
pub fn counterfactual(
    score: &Score<'_>,
    evidence: &Table,
    choices: &[Choice],
    goal: Goal,
    most_layers: usize,
) -> Result<Option<Counterfactual>> {
    let row = evidence.select(&[0]);
    let columns = choices.iter().map(|choice| place(&row, &choice.layer)).collect::<Result<_>>()?;
    let search = Search { score, goal, choices, columns, from: &row };
    let mut now = row.clone();
    let mut changed: Vec<usize> = Vec::new();
    while !goal.is_met(score(&now)?[0]) {
        let free: Vec<usize> = (0..choices.len()).filter(|at| !changed.contains(at)).collect();
        if changed.len() >= most_layers {
            return Ok(None);
        }
        let step = match search.cheapest(&now, &free)? {
            Some(step) => step,
            None if changed.len() + 1 >= most_layers => return Ok(None),
            None => match search.furthest(&now, &free)? {
                Some(step) => step,
                None => return Ok(None),
            },
        };
        changed.push(step.choice);
        now = search.take(&now, step)?;
    }
    // Earlier changes were made blindly: as small as the later ones allow, or not at all.
    for choice in changed.clone() {
        now = search.shrink(&now, choice)?;
    }
    let changes = changed.iter().filter_map(|&choice| search.change(&now, choice)).collect();
    Ok(Some(Counterfactual { changes, score: score(&now)?[0] }))
}

/// A layer given a value.
#[derive(Clone, Copy, Debug)]
struct Step {
    choice: usize,
    value: f32,
}

/// The ends between which a layer crosses: `near` does not, `far` does.
struct Bracket {
    choice: usize,
    near: f32,
    far: f32,
}

struct Search<'a> {
    score: &'a Score<'a>,
    goal: Goal,
    choices: &'a [Choice],
    /// Column of each choice.
    columns: Vec<usize>,
    /// The row as it is.
    from: &'a Table,
}

impl Search<'_> {
    /// What a choice is in the row as it was.
    fn original(&self, choice: usize) -> f32 {
        self.from.columns()[self.columns[choice]].values[0]
    }

    fn known(&self, choice: usize) -> bool {
        self.from.columns()[self.columns[choice]].known[0]
    }

    fn evidence_type(&self, choice: usize) -> EvidenceType {
        self.from.columns()[self.columns[choice]].evidence_type
    }

    fn cost(&self, step: Step) -> f64 {
        let far = f64::from(step.value) - f64::from(self.original(step.choice));
        match self.evidence_type(step.choice) {
            _ if far == 0.0 => 0.0,
            EvidenceType::Categorical => 1.0,
            _ => far.abs() / self.choices[step.choice].spread.max(f64::MIN_POSITIVE),
        }
    }

    fn scores(&self, now: &Table, steps: &[Step]) -> Result<Vec<f32>> {
        let moved: Vec<Moved> = steps
            .iter()
            .map(|step| Moved { row: 0, column: self.columns[step.choice], value: step.value })
            .collect();
        score_moved(self.score, now, &moved)
    }

    fn take(&self, now: &Table, step: Step) -> Result<Table> {
        let mut columns = now.clone().into_columns();
        columns[self.columns[step.choice]].values[0] = step.value;
        Ok(Table::new(1, columns)?)
    }

    /// Every candidate of some choices, the cheapest first.
    fn candidates(&self, of: &[usize]) -> Vec<Step> {
        let known = of.iter().filter(|choice| self.known(**choice));
        let mut steps: Vec<Step> = known
            .flat_map(|&choice| {
                let values = self.choices[choice].values.iter();
                values.map(move |&value| Step { choice, value })
            })
            .filter(|step| step.value != self.original(step.choice))
            .collect();
        steps.sort_by(|a, b| self.cost(*a).total_cmp(&self.cost(*b)));
        steps
    }

    /// The cheapest change of one layer that meets the goal.
    fn cheapest(&self, now: &Table, of: &[usize]) -> Result<Option<Step>> {
        let steps = self.candidates(of);
        let scores = self.scores(now, &steps)?;
        let meets = |at: &usize| self.goal.is_met(scores[*at]);
        let mut brackets = Vec::new();
        for &choice in of {
            let original = self.original(choice);
            for up in [false, true] {
                let own =
                    |at: &usize| steps[*at].choice == choice && (steps[*at].value > original) == up;
                let Some(far) = (0..steps.len()).filter(own).find(meets) else { continue };
                // The last before it on the way did not.
                let near = (0..far).rfind(|at| own(at)).map_or(original, |at| steps[at].value);
                brackets.push(Bracket { choice, near, far: steps[far].value });
            }
        }
        self.halve(now, &mut brackets)?;
        let found = brackets.iter().map(|b| Step { choice: b.choice, value: b.far });
        Ok(found.min_by(|a, b| self.cost(*a).total_cmp(&self.cost(*b))))
    }

    /// Moves `far` as near as it can be and still cross; classes have nothing between them.
    fn halve(&self, now: &Table, brackets: &mut [Bracket]) -> Result<()> {
        for _ in 0..HALVINGS {
            let middle = |b: &Bracket| f32::midpoint(b.near, b.far);
            let open: Vec<usize> = (0..brackets.len())
                .filter(|&at| {
                    let b = &brackets[at];
                    self.evidence_type(b.choice) == EvidenceType::Continuous
                        && middle(b) != b.near
                        && middle(b) != b.far
                })
                .collect();
            let steps: Vec<Step> = open
                .iter()
                .map(|&at| Step { choice: brackets[at].choice, value: middle(&brackets[at]) })
                .collect();
            if steps.is_empty() {
                break;
            }
            for ((&at, step), score) in open.iter().zip(&steps).zip(self.scores(now, &steps)?) {
                let bracket = &mut brackets[at];
                match self.goal.is_met(score) {
                    true => bracket.far = step.value,
                    false => bracket.near = step.value,
                }
            }
        }
        Ok(())
    }

    /// The change of one layer that gets nearest to the goal, the cheapest of equal ones; `None` where none
    /// gets nearer.
    fn furthest(&self, now: &Table, of: &[usize]) -> Result<Option<Step>> {
        let steps = self.candidates(of);
        let here = self.goal.progress((self.score)(now)?[0]);
        let mut best = (here, None);
        for (step, score) in steps.iter().zip(self.scores(now, &steps)?) {
            let progress = self.goal.progress(score);
            if progress > best.0 {
                best = (progress, Some(*step));
            }
        }
        Ok(best.1)
    }

    /// The row with one of its changes as small as the others allow.
    fn shrink(&self, now: &Table, choice: usize) -> Result<Table> {
        let present = Step { choice, value: now.columns()[self.columns[choice]].values[0] };
        let without = self.take(now, Step { choice, value: self.original(choice) })?;
        if self.goal.is_met((self.score)(&without)?[0]) {
            return Ok(without);
        }
        let smaller = self.cheapest(&without, &[choice])?;
        match smaller.filter(|step| self.cost(*step) < self.cost(present)) {
            Some(step) => self.take(now, step),
            None => Ok(now.clone()),
        }
    }

    fn change(&self, now: &Table, choice: usize) -> Option<Change> {
        let step = Step { choice, value: now.columns()[self.columns[choice]].values[0] };
        let from = self.original(choice);
        let layer = self.choices[choice].layer.clone();
        (step.value != from).then(|| Change { layer, from, to: step.value, cost: self.cost(step) })
    }
}
