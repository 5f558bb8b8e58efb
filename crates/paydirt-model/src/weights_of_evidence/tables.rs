//! Tables of weights: how one evidence layer and the deposits go together.
//!
//! A pattern B of cells against the deposit cells D has W+ = ln(P(B|D) / P(B|not D)) where it is
//! present and W- = ln(P(not B|D) / P(not B|not D)) where it is absent (natural logarithms, no unit);
//! the contrast is C = W+ - W-. Their variances are sums of inverse counts, and C / S(C) is the
//! studentized contrast. Bonham-Carter, Agterberg & Wright 1989, <https://doi.org/10.4095/128059>.
//!
//! Counting and weighing are apart: [`ClassCounter`] passes once over the cells, [`WeightsTable`]
//! needs its counts only. A cell with several deposits counts once.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many cells a class of an evidence layer has, and how many of them hold a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClassCount {
    /// The value of the class.
    pub class: f32,
    /// Cells of the class with or without a deposit (a sum of weights where samples have them).
    pub cells: f64,
    /// Cells of the class with a deposit.
    pub deposits: f64,
}

/// Counts the classes of one evidence layer in one pass.
///
/// ```
/// use paydirt_model::weights_of_evidence::tables::ClassCounter;
/// let mut counter = ClassCounter::default();
/// for (value, deposit) in [(2.0, true), (0.5, false), (2.0, false)] {
///     counter.add(value, deposit, 1.0);
/// }
/// let counts = counter.finish();
/// assert_eq!((counts[0].class, counts[0].cells, counts[0].deposits), (0.5, 1.0, 0.0));
/// assert_eq!((counts[1].class, counts[1].cells, counts[1].deposits), (2.0, 2.0, 1.0));
/// ```
#[derive(Clone, Debug, Default)]
pub struct ClassCounter {
    /// Cells and deposits of classes that are whole numbers below 65,536, at their own place: an
    /// ordered map takes ten times as long over the cells of a classified raster.
    whole: Vec<[f64; 2]>,
    /// Cells and deposits of all other classes, by the bits of their value.
    other: BTreeMap<u32, [f64; 2]>,
}

impl ClassCounter {
    /// Counts one known cell with its weight; a value that is not finite is not counted.
    pub fn add(&mut self, value: f32, deposit: bool, weight: f64) {
        let place = value as u16;
        let count = if f32::from(place) == value {
            let place = usize::from(place);
            if place >= self.whole.len() {
                self.whole.resize(place + 1, [0.0; 2]);
            }
            &mut self.whole[place]
        } else if value.is_finite() {
            self.other.entry(value.to_bits()).or_default()
        } else {
            return;
        };
        count[0] += weight;
        count[1] += if deposit { weight } else { 0.0 };
    }

    /// The classes that have cells, in ascending order.
    #[must_use]
    pub fn finish(self) -> Vec<ClassCount> {
        let whole = self.whole.into_iter().enumerate().map(|(class, count)| (class as f32, count));
        let other = self.other.into_iter().map(|(bits, count)| (f32::from_bits(bits), count));
        let mut counts: Vec<ClassCount> = whole
            .chain(other)
            .filter(|(_, [cells, _])| *cells > 0.0)
            .map(|(class, [cells, deposits])| ClassCount { class, cells, deposits })
            .collect();
        counts.sort_by(|a, b| a.class.total_cmp(&b.class));
        counts
    }
}

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

/// What stands in for a count of zero, whose logarithm has no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EmptyCount {
    /// As EIS Toolkit 1.1.6 publishes: a pattern without deposits has weights of zero; any other
    /// empty count takes 0.99 from the other side of the pattern. A pattern of the whole area then
    /// has weights too, which mean nothing. (A pattern with a deposit in each of its cells has
    /// W+ = 0 with an infinite deviation there, and the weights of this rule here.)
    Published,
    /// Half a deposit on average ground: the side of the pattern that has an empty count gets half a
    /// deposit and as much barren ground as half a deposit has in the whole area, which draws its
    /// weight towards zero. A pattern of the whole area has weights of zero.
    HalfDeposit,
}

/// Cells of the four overlaps of a pattern with the deposits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Overlap {
    /// Cells of the pattern with a deposit, and without.
    pub inside: [f64; 2],
    /// Cells outside the pattern with a deposit, and without.
    pub outside: [f64; 2],
}

/// The weights of a pattern with their standard deviations; all zero where it has none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Weights {
    /// W+, the weight where the pattern is present.
    pub w_plus: f64,
    /// Standard deviation of W+.
    pub s_w_plus: f64,
    /// W-, the weight where the pattern is absent.
    pub w_minus: f64,
    /// Standard deviation of W-.
    pub s_w_minus: f64,
    /// C = W+ - W-.
    pub contrast: f64,
    /// Standard deviation of the contrast.
    pub s_contrast: f64,
    /// C over its standard deviation.
    pub studentized_contrast: f64,
}

impl Overlap {
    /// The weights of the pattern.
    ///
    /// ```
    /// use paydirt_model::weights_of_evidence::tables::{EmptyCount, Overlap};
    /// // 8 of 10 deposits lie in the 200 of 1000 barren cells: W+ = ln(0.8 / 0.2).
    /// let overlap = Overlap { inside: [8.0, 200.0], outside: [2.0, 800.0] };
    /// let weights = overlap.weights(EmptyCount::HalfDeposit);
    /// assert!((weights.w_plus - 4_f64.ln()).abs() < 1e-12);
    /// assert!((weights.w_minus - 0.25_f64.ln()).abs() < 1e-12);
    /// assert!((weights.s_w_plus - (1.0 / 8.0 + 1.0 / 200.0_f64).sqrt()).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn weights(self, empty: EmptyCount) -> Weights {
        let prior = [0, 1].map(|i| self.inside[i] + self.outside[i]);
        if prior.contains(&0.0) {
            return Weights::default();
        }
        let Some(Self { inside, outside }) = self.without_empty_counts(empty, prior) else {
            return Weights::default();
        };
        let weight = |[deposits, barren]: [f64; 2]| (deposits / barren * prior[1] / prior[0]).ln();
        let deviation = |[deposits, barren]: [f64; 2]| (1.0 / deposits + 1.0 / barren).sqrt();
        let contrast = weight(inside) - weight(outside);
        let s_contrast = deviation(inside).hypot(deviation(outside));
        Weights {
            w_plus: weight(inside),
            s_w_plus: deviation(inside),
            w_minus: weight(outside),
            s_w_minus: deviation(outside),
            contrast,
            s_contrast,
            studentized_contrast: contrast / s_contrast,
        }
    }

    /// The overlap with something in the place of each empty count, or `None` where the pattern has
    /// no weights.
    fn without_empty_counts(mut self, empty: EmptyCount, prior: [f64; 2]) -> Option<Self> {
        match empty {
            EmptyCount::Published if self.inside[0] == 0.0 => return None,
            EmptyCount::Published => {
                for i in [0, 1] {
                    let (few, many) = if self.inside[i] < self.outside[i] {
                        (&mut self.inside[i], &mut self.outside[i])
                    } else {
                        (&mut self.outside[i], &mut self.inside[i])
                    };
                    if *few == 0.0 {
                        *few = 0.99 * many.min(1.0);
                        *many -= *few;
                    }
                }
            }
            EmptyCount::HalfDeposit => {
                for side in [&mut self.inside, &mut self.outside] {
                    match *side {
                        [0.0, 0.0] => return None,
                        [deposits, barren] if deposits == 0.0 || barren == 0.0 => {
                            *side = [deposits + 0.5, barren + 0.5 * prior[1] / prior[0]];
                        }
                        _ => {}
                    }
                }
            }
        }
        Some(self)
    }
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
    /// `min_studentized_contrast` on either side of zero are pooled and weighed as one.
    pub fn generalize_unique(&mut self, min_studentized_contrast: f64) {
        let unsure = |row: &Row| row.weights.studentized_contrast.abs() < min_studentized_contrast;
        let pool = self.rows.iter().filter(|row| unsure(row));
        let pooled =
            self.weigh(pool.fold([0.0; 2], |[cells, deposits], row| {
                [cells + row.cells, deposits + row.deposits]
            }));
        for row in &mut self.rows {
            let (class, weights) = if unsure(row) {
                (Generalized::Pooled, pooled)
            } else {
                (Generalized::Own, row.weights)
            };
            let (weight, s_weight) = (weights.w_plus, weights.s_w_plus);
            row.generalized = Some(GeneralizedClass { class, weight, s_weight });
        }
    }

    /// The generalized class of a value; `None` for a value that a table of unique classes does not
    /// have, and where the table was not generalized. In a cumulative table a value between two
    /// classes belongs to the first row whose pattern holds it.
    #[must_use]
    pub fn generalized(&self, value: f32) -> Option<GeneralizedClass> {
        let place = match self.kind {
            Kind::Unique | Kind::Ascending => self.rows.partition_point(|row| row.class < value),
            Kind::Descending => self.rows.partition_point(|row| row.class > value),
        };
        let row = match self.kind {
            Kind::Unique => self.rows.get(place).filter(|row| row.class == value),
            Kind::Ascending | Kind::Descending => self.rows.get(place).or(self.rows.last()),
        };
        row.and_then(|row| row.generalized)
    }
}

/// What is left of a count without a part of it; nothing where sums of weights differ by rounding.
fn rest(whole: f64, part: f64) -> f64 {
    let rest = whole - part;
    if rest > 1e-9 * whole { rest } else { 0.0 }
}
