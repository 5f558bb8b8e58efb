//! By year of discovery.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::districts::two_at_least;
use super::held::{Bundle, Held, bundles, deal_others};
use super::{Splitter, Territory, at_least, width};
use crate::Result;
use crate::label::Sample;
use crate::seed::Seed;
use crate::stack::Stack;

/// What was known before a year trains, what was found from then until the next is held out: whether
/// the map would have led to the finds. Chung and Fabbri (2003), DOI
/// 10.1023/B:NHAZ.0000007172.62651.2b, call it the partition of time.
///
/// A group of deposits counts from its first find. Deposits found later than a fold's years neither
/// train nor are held out in it. Other samples have no year: with each deposit of a fold as many as
/// `others_per_deposit` are held out, drawn at random, none twice. Scores of different folds are not
/// compared. The sampler keeps the other samples away from all deposits, also from those that are
/// not found yet: `at_least_m = 0` there, or a `buffer_m` as wide, hides it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Years at which the ground is judged anew, two at least. A cut at each year of a find makes
    /// every find the next one. Without any, the deposits are cut into `folds` + 1 periods with about
    /// as many finds each.
    pub years: Vec<i32>,
    /// Number of folds where `years` names none.
    pub folds: usize,
    /// What becomes of deposits without a year.
    pub undated: Undated,
    /// Radius in metres of the circle around each held-out sample that does not train: 0 where what was
    /// known close by may lead to a find, as it did.
    pub buffer_m: f64,
    /// Other samples held out with each deposit. Where there are fewer, all are dealt.
    pub others_per_deposit: usize,
    /// How often the judging is repeated with other draws and seeds.
    pub repeats: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            years: Vec::new(),
            folds: 3,
            undated: Undated::Train,
            buffer_m: 0.0,
            others_per_deposit: 20,
            repeats: 5,
        }
    }
}

/// What becomes of deposits without a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Undated {
    /// They train in every fold, as if they had always been known.
    #[default]
    Train,
    /// They neither train nor are held out.
    LeaveOut,
}

impl Splitter for Settings {
    fn part(
        &self,
        stack: &dyn Stack,
        samples: &[Sample],
        seed: Seed,
    ) -> Result<Box<dyn Territory>> {
        width("split.discovery.buffer_m", self.buffer_m)?;
        at_least("split.discovery.folds", self.folds, 2)?;
        at_least("split.discovery.others_per_deposit", self.others_per_deposit, 1)?;
        at_least("split.discovery.repeats", self.repeats, 1)?;
        let (deposits, others) = bundles(stack, samples)?;
        let dated = deposits.iter().filter(|bundle| bundle.year.is_some()).count();
        two_at_least(dated, "deposits with a year, counting those of one sample group once")?;
        let periods = self.periods(&deposits);
        two_at_least(periods.len(), "cut years with deposits known before and found after them")?;
        let found = |period: &Period| -> Vec<&Bundle> {
            deposits.iter().filter(|bundle| period.holds(bundle.year)).collect()
        };
        let wanted: Vec<usize> = periods
            .iter()
            .map(|period| found(period).iter().map(|bundle| bundle.deposits.len()).sum::<usize>())
            .map(|found| self.others_per_deposit.saturating_mul(found))
            .collect();
        let mut held = Held::new(stack, self.buffer_m, (&deposits, &others))?;
        for (period, others) in periods.iter().zip(deal_others(&others, &wanted, seed)) {
            let found = found(period);
            let barred = deposits.iter().filter(|bundle| match bundle.year {
                Some(year) => year >= period.from,
                None => self.undated == Undated::LeaveOut,
            });
            let barred = barred.flat_map(|bundle| bundle.units.clone()).collect();
            let units = found.iter().flat_map(|bundle| bundle.units.clone()).chain(others);
            held.notes.push(period.told(&deposits, found.len()));
            held.add(&found, units.collect(), barred);
        }
        self.warn(&mut held, deposits.len() - dated, periods.len());
        Ok(Box::new(held))
    }

    fn repeats(&self) -> usize {
        self.repeats
    }

    fn buffer_m(&self) -> f64 {
        self.buffer_m
    }

    fn most_folds(&self, deposits: usize) -> usize {
        if self.years.is_empty() { self.folds.min(deposits) } else { self.years.len() }
    }
}

/// The years of one fold: from one cut until the next, which is not its own.
#[derive(Debug)]
struct Period {
    from: i32,
    to: Option<i32>,
}

impl Period {
    fn holds(&self, year: Option<i32>) -> bool {
        year.is_some_and(|year| year >= self.from && self.to.is_none_or(|to| year < to))
    }

    fn told(&self, deposits: &[Bundle], found: usize) -> String {
        let known = deposits.iter().filter(|bundle| bundle.year.is_some_and(|y| y < self.from));
        let to = self.to.map_or(String::new(), |to| format!(" and before {to}"));
        format!("{} known before {}, {found} found from then{to}", known.count(), self.from)
    }
}

impl Settings {
    /// The periods in which something was found and before which something was known.
    fn periods(&self, deposits: &[Bundle]) -> Vec<Period> {
        let mut years: Vec<i32> = deposits.iter().filter_map(|bundle| bundle.year).collect();
        years.sort_unstable();
        let mut cuts = self.years.clone();
        if cuts.is_empty() {
            let folds = self.folds.min(years.len() - 1);
            cuts.extend((1..=folds).map(|cut| years[years.len() * cut / (folds + 1)]));
        }
        cuts.sort_unstable();
        cuts.dedup();
        let undated = self.undated == Undated::Train && years.len() < deposits.len();
        let next = cuts.iter().skip(1).copied().map(Some).chain([None]);
        cuts.iter()
            .zip(next)
            .map(|(&from, to)| Period { from, to })
            .filter(|period| undated || years[0] < period.from)
            .filter(|period| years.iter().any(|&year| period.holds(Some(year))))
            .collect()
    }

    fn warn(&self, held: &mut Held, undated: usize, folds: usize) {
        let wanted = if self.years.is_empty() { self.folds } else { self.years.len() };
        if folds < wanted {
            held.warnings.push(format!(
                "{folds} folds instead of {wanted}: a fold needs deposits known before it and found \
                 in it"
            ));
        }
        if undated > 0 {
            let what = match self.undated {
                Undated::Train => "train in every fold",
                Undated::LeaveOut => "are left out",
            };
            held.warnings.push(format!("{undated} deposits without a year {what}"));
        }
    }
}
