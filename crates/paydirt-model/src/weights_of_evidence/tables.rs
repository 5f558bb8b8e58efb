//! Tables of weights: how one evidence layer and the deposits go together.
//!
//! The weights are those of [`Overlap`]. Counting and weighing are apart: [`ClassCounter`] passes
//! once over the cells, [`WeightsTable`] needs its counts only. A cell with several deposits counts
//! once.
//!
//! [`ClassCounter`]: super::count::ClassCounter

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::count::ClassCount;
use super::overlap::{EmptyCount, Overlap, Weights};

/// Which cells make the pattern of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The class alone.
    Unique,
    /// The class and all below it; rows ascend.
    Ascending,
    /// The class and all above it; rows descend.
    Descending,
}

/// By which number the best cut of a cumulative table is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cut {
    /// The greatest contrast.
    Contrast,
    /// The greatest studentized contrast: sure before strong, for few deposits.
    #[default]
    StudentizedContrast,
}

impl Cut {
    /// The number by which this cut is chosen.
    #[must_use]
    pub const fn of(self, weights: &Weights) -> f64 {
        match self {
            Self::Contrast => weights.contrast,
            Self::StudentizedContrast => weights.studentized_contrast,
        }
    }
}

/// The generalized class to which a class was put.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Generalized {
    /// In the pattern of the best cut (class 2 of the published tables).
    Inside,
    /// Outside the pattern of the best cut (class 1 of the published tables).
    Outside,
    /// A class that stands for itself.
    Own,
    /// One of the classes of a group that the user made, by the group's number.
    Group(usize),
    /// One of the classes that are too unsure to stand for themselves (class 99 of the published
    /// tables).
    Pooled,
}

/// A class after generalization: the weight that counts in the posterior.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GeneralizedClass {
    /// The generalized class.
    pub class: Generalized,
    /// Its weight.
    pub weight: f64,
    /// Standard deviation of the weight.
    pub s_weight: f64,
}

/// One class of an evidence layer with the weights of its pattern.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The value of the class.
    pub class: f32,
    /// Cells of the pattern.
    pub cells: f64,
    /// Cells of the pattern with a deposit.
    pub deposits: f64,
    /// The weights of the pattern.
    pub weights: Weights,
    /// What the class became, where the table could be generalized.
    pub generalized: Option<GeneralizedClass>,
}

/// A generalized class of a whole layer: cells that have one weight.
#[derive(Clone, Debug, PartialEq)]
pub struct Pattern {
    /// Its weight.
    pub generalized: GeneralizedClass,
    /// Numbers of the rows whose classes it holds.
    pub rows: Vec<usize>,
    /// Its cells.
    pub cells: f64,
    /// Its cells with a deposit.
    pub deposits: f64,
}

/// The weights of one evidence layer, a row a class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeightsTable {
    kind: Kind,
    empty: EmptyCount,
    total: [f64; 2],
    rows: Vec<Row>,
}

impl WeightsTable {
    /// The table of the given counts, which stand in ascending order of class.
    #[must_use]
    pub fn new(counts: &[ClassCount], kind: Kind, empty: EmptyCount) -> Self {
        let sum = |pick: fn(&ClassCount) -> f64| counts.iter().map(pick).sum::<f64>();
        let total = [sum(|count| count.cells), sum(|count| count.deposits)];
        let mut table = Self { kind, empty, total, rows: Vec::with_capacity(counts.len()) };
        let mut pattern = [0.0; 2];
        for index in 0..counts.len() {
            let count = match kind {
                Kind::Descending => counts[counts.len() - 1 - index],
                Kind::Unique | Kind::Ascending => counts[index],
            };
            let before = if kind == Kind::Unique { [0.0; 2] } else { pattern };
            pattern = [before[0] + count.cells, before[1] + count.deposits];
            let weights = table.weigh(pattern);
            let [cells, deposits] = pattern;
            table.rows.push(Row {
                class: count.class,
                cells,
                deposits,
                weights,
                generalized: None,
            });
        }
        table
    }

    /// Which cells make the pattern of a row.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The rows: ascending by class, or descending where [`Kind::Descending`] says so.
    #[must_use]
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The weights of a pattern of so many cells and deposits.
    fn weigh(&self, [cells, deposits]: [f64; 2]) -> Weights {
        let [all_cells, all_deposits] = self.total;
        let inside = [deposits, rest(cells, deposits)];
        let outside_deposits = rest(all_deposits, deposits);
        let outside = [outside_deposits, rest(rest(all_cells, cells), outside_deposits)];
        Overlap { inside, outside }.weights(self.empty)
    }

    /// The row after which a cumulative table is best cut: the first with the greatest number, if
    /// its studentized contrast is at least `min_studentized_contrast` and classes are left outside.
    #[must_use]
    pub fn best_cut(&self, cut: Cut, min_studentized_contrast: f64) -> Option<usize> {
        let mut best = 0;
        for (index, row) in self.rows.iter().enumerate() {
            if cut.of(&row.weights) > cut.of(&self.rows[best].weights) {
                best = index;
            }
        }
        let row = self.rows.get(best)?;
        let sure = row.weights.studentized_contrast >= min_studentized_contrast;
        (sure && best + 1 < self.rows.len()).then_some(best)
    }

    /// The row whose pattern ends at a class: the last one of a cumulative table that does not reach
    /// beyond it. `None` where there is none, or where no class would be left outside.
    #[must_use]
    pub fn cut_at(&self, class: f32) -> Option<usize> {
        let rows = match self.kind {
            Kind::Unique => 0,
            Kind::Ascending => self.rows.partition_point(|row| row.class <= class),
            Kind::Descending => self.rows.partition_point(|row| row.class >= class),
        };
        rows.checked_sub(1).filter(|row| row + 1 < self.rows.len())
    }

    /// Generalizes a cumulative table to two classes, inside and outside the pattern of a row.
    pub fn generalize_at(&mut self, cut: usize) {
        let Some(Weights { w_plus, s_w_plus, w_minus, s_w_minus, .. }) =
            self.rows.get(cut).map(|row| row.weights)
        else {
            return;
        };
        for (index, row) in self.rows.iter_mut().enumerate() {
            let (class, weight, s_weight) = if index <= cut {
                (Generalized::Inside, w_plus, s_w_plus)
            } else {
                (Generalized::Outside, w_minus, s_w_minus)
            };
            row.generalized = Some(GeneralizedClass { class, weight, s_weight });
        }
    }

    /// Generalizes a table of unique classes: those whose studentized contrast is less than
    /// `min_studentized_contrast` on either side of zero are pooled and weighed as one. The classes of
    /// each of `groups` are weighed as one whatever their contrast.
    pub fn generalize_unique(&mut self, min_studentized_contrast: f64, groups: &[Vec<f32>]) {
        let becomes = |row: &Row| {
            let unsure = row.weights.studentized_contrast.abs() < min_studentized_contrast;
            match groups.iter().position(|group| group.contains(&row.class)) {
                Some(group) => Generalized::Group(group),
                None if unsure => Generalized::Pooled,
                None => Generalized::Own,
            }
        };
        let classes: Vec<Generalized> = self.rows.iter().map(becomes).collect();
        let weigh = |class: Generalized| {
            let members = self.rows.iter().zip(&classes).filter(|(_, other)| **other == class);
            self.weigh(members.fold([0.0; 2], |[cells, deposits], (row, _)| {
                [cells + row.cells, deposits + row.deposits]
            }))
        };
        let joint: Vec<(Generalized, Weights)> = (0..groups.len())
            .map(Generalized::Group)
            .chain([Generalized::Pooled])
            .map(|class| (class, weigh(class)))
            .collect();
        for (row, class) in self.rows.iter_mut().zip(classes) {
            let joint = joint.iter().find(|(other, _)| *other == class);
            let Weights { w_plus: weight, s_w_plus: s_weight, .. } =
                joint.map_or(row.weights, |(_, weights)| *weights);
            row.generalized = Some(GeneralizedClass { class, weight, s_weight });
        }
    }

    /// The generalized classes, in the order of their first row; none where the table was not
    /// generalized.
    #[must_use]
    pub fn patterns(&self) -> Vec<Pattern> {
        let mut patterns: Vec<Pattern> = Vec::new();
        let mut before = [0.0; 2];
        for (index, row) in self.rows.iter().enumerate() {
            let [cells, deposits] = [row.cells - before[0], row.deposits - before[1]];
            if self.kind != Kind::Unique {
                before = [row.cells, row.deposits];
            }
            let Some(generalized) = row.generalized else { continue };
            let joint = generalized.class != Generalized::Own;
            let same = |pattern: &&mut Pattern| pattern.generalized.class == generalized.class;
            if let Some(pattern) = patterns.iter_mut().find(same).filter(|_| joint) {
                pattern.rows.push(index);
                pattern.cells += cells;
                pattern.deposits += deposits;
            } else {
                patterns.push(Pattern { generalized, rows: vec![index], cells, deposits });
            }
        }
        patterns
    }

    /// The row of a value; `None` for a value that a table of unique classes does not have. In a
    /// cumulative table a value between two classes belongs to the first row whose pattern holds it.
    #[must_use]
    pub fn row_of(&self, value: f32) -> Option<usize> {
        let place = match self.kind {
            Kind::Unique | Kind::Ascending => self.rows.partition_point(|row| row.class < value),
            Kind::Descending => self.rows.partition_point(|row| row.class > value),
        };
        match self.kind {
            Kind::Unique => {
                Some(place).filter(|row| self.rows.get(*row).is_some_and(|row| row.class == value))
            }
            Kind::Ascending | Kind::Descending => {
                self.rows.len().checked_sub(1).map(|last| place.min(last))
            }
        }
    }

    /// The generalized class of a value, by [`Self::row_of`]; `None` where the table was not
    /// generalized.
    #[must_use]
    pub fn generalized(&self, value: f32) -> Option<GeneralizedClass> {
        self.row_of(value).and_then(|row| self.rows[row].generalized)
    }
}

/// What is left of a count without a part of it; nothing where sums of weights differ by rounding.
fn rest(whole: f64, part: f64) -> f64 {
    let rest = whole - part;
    if rest > 1e-9 * whole { rest } else { 0.0 }
}
