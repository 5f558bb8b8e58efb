//! Layers that tell the labels.

use std::collections::{BTreeMap, BTreeSet};

use super::cells::{background, sites};
use super::chance::by_permutation;
use super::rows::identities;
use super::{Finding, Kind, Scene, Settings, Severity, percent};
use crate::Result;
use crate::layer::EvidenceType;
use crate::seed::Seed;
use crate::step::spearman::mean_ranks;
use crate::table::{Column, Table};

/// Most cells of the map, or rows of a table, against which deposits are set.
const OTHERS: usize = 5_000;

/// Fewest sites at which a value must stand.
const SITES: usize = 3;

/// Random choices with which a layer's figure is compared.
const DRAWS: usize = 9_999;

/// Share of a value's cells on the whole map that are deposits, from which it is the deposits'.
const PURE: f64 = 0.5;

/// Share of deposits at which such a value stands, from which it is severe.
const SEVERE_SHARE: f64 = 0.25;

const REMEDY: &str = "leave the layer out unless it was measured without knowing where deposits are: maps \
                      of workings, tenements, drilling and labels are not evidence";

/// Deposits, then others, with their evidence.
struct Rows {
    table: Table,
    /// The number of each row's evidence, the same for copies.
    identity: Vec<Option<usize>>,
    /// The site of each deposit: as many as there are deposits, which come first.
    sites: Vec<usize>,
    deposits: Vec<usize>,
}

/// Finds, for each layer, whether it tells which units are deposits.
///
/// A layer tells them if its ROC AUC by itself, in either direction (Hanley and McNeil 1982,
/// DOI 10.1148/radiology.143.1.7063747), or, where it is categorical, its mutual information with the
/// label as a share of the label's entropy (Shannon 1948, DOI 10.1002/j.1538-7305.1948.tb01338.x) is
/// over the level, and hardly ever as large for as many units drawn at random as there are sites. It
/// also tells them if one value (or being missing, or being known) is met at three sites or more and
/// nowhere else; copies of one row are one site there.
pub(super) fn find(scene: &Scene<'_>, settings: &Settings) -> Result<Vec<Finding>> {
    let seed = scene.seed.derive("label layers", 0);
    let sites = sites(scene);
    let deposits: Vec<usize> = sites.keys().copied().collect();
    let others = background(scene, OTHERS, seed);
    if deposits.is_empty() || others.is_empty() {
        return Ok(Vec::new());
    }
    let units: Vec<usize> = deposits.iter().chain(&others).copied().collect();
    let table = scene.stack.read_units(&units)?;
    let identity = identities(&table);
    let rows = Rows { table, identity, sites: sites.into_values().collect(), deposits };
    let mut findings = Vec::new();
    for column in rows.table.columns() {
        let told = rows.told(column, settings, seed);
        let finding = match told {
            Some(finding) => Some(finding),
            None => rows.only_at_deposits(scene, column, settings)?,
        };
        findings.extend(finding.map(|finding| finding.of_layer(&column.name)));
    }
    Ok(findings)
}

impl Rows {
    /// Whether the order or the classes of a column tell the deposits.
    fn told(&self, column: &Column, settings: &Settings, seed: Seed) -> Option<Finding> {
        let known: Vec<usize> = (0..column.known.len()).filter(|&row| column.known[row]).collect();
        let values: Vec<f32> = known.iter().map(|&row| column.values[row] + 0.0).collect();
        // Deposits come first, so those with a known value do too.
        let sites: Vec<usize> =
            known.iter().filter_map(|&row| self.sites.get(row)).copied().collect();
        let deposits: Vec<usize> = (0..sites.len()).collect();
        let sites = sites.into_iter().collect::<BTreeSet<_>>().len();
        if deposits.is_empty() || deposits.len() == known.len() {
            return None;
        }
        let measure = Tells::new(column.evidence_type, &values);
        let found = measure.of(&deposits);
        if found < measure.level(settings) {
            return None;
        }
        let seed = seed.derive(&column.name, 0);
        let as_large = |chosen: &[usize]| measure.of(chosen) >= found;
        let chance = by_permutation([known.len(), sites], DRAWS, seed, as_large);
        if chance >= settings.significance {
            return None;
        }
        let what = measure.sentence(found);
        let sentence = format!(
            "layer `{}` tells which units are deposits: {what}; {sites} units drawn at random do so with \
             a probability of {chance:.1e} at most",
            column.name,
        );
        let finding = Finding::new(Kind::LabelLayer, Severity::Severe, sentence, REMEDY);
        let (name, sites) = (measure.key(), sites as f64);
        Some(finding.with([(name, found), ("probability_by_chance", chance), ("sites", sites)]))
    }

    /// Whether some value is met at deposits only.
    fn only_at_deposits(
        &self,
        scene: &Scene<'_>,
        column: &Column,
        settings: &Settings,
    ) -> Result<Option<Finding>> {
        let Some((value, of)) = self.candidate(column, settings) else { return Ok(None) };
        let cells = match scene.stack.grid() {
            Some(_) => Some(value.count(scene, &column.name)?),
            None => None,
        };
        if cells.is_some_and(|cells| (of.len() as f64) < PURE * cells as f64) {
            return Ok(None);
        }
        let share = of.len() as f64 / self.deposits.len() as f64;
        let on_map =
            cells.map_or(String::new(), |cells| format!(", and at {cells} cells of the map"));
        let sentence = format!(
            "layer `{}` is {value} at {} of {} deposits and at none of {} other units{on_map}",
            column.name,
            of.len(),
            self.deposits.len(),
            self.table.rows() - self.deposits.len(),
        );
        let severity = if share < SEVERE_SHARE { Severity::Warning } else { Severity::Severe };
        let finding = Finding::new(Kind::LabelLayer, severity, sentence, REMEDY);
        let finding = finding.of_units(of.iter().map(|&row| self.deposits[row]));
        Ok(Some(finding.with([("deposits", of.len() as f64), ("share", share)])))
    }

    /// The value at most deposits among those at three sites or more and at nothing else, and these
    /// deposits; `None` if chance would do it.
    fn candidate(&self, column: &Column, settings: &Settings) -> Option<(Value, Vec<usize>)> {
        let mut rows: BTreeMap<Value, Vec<usize>> = BTreeMap::new();
        for row in 0..column.known.len() {
            let value = match column.known[row] {
                true => Value::Is((column.values[row] + 0.0).to_bits()),
                false => Value::Missing,
            };
            rows.entry(value).or_default().push(row);
            if column.known[row] {
                rows.entry(Value::Known).or_default().push(row);
            }
        }
        let tried = rows.values().filter(|rows| rows.len() >= SITES).count() as f64;
        let share = self.deposits.len() as f64 / self.table.rows() as f64;
        let pure = |rows: &Vec<usize>| rows.iter().all(|&row| row < self.deposits.len());
        let (value, of) =
            rows.into_iter().filter(|(_, rows)| pure(rows)).max_by_key(|(_, rows)| rows.len())?;
        let distinct = |key: &dyn Fn(usize) -> Option<usize>| {
            of.iter().filter_map(|&row| key(row)).collect::<BTreeSet<_>>().len()
        };
        let sites = distinct(&|row| self.sites.get(row).copied());
        let sites = sites.min(distinct(&|row| self.identity[row].or(Some(usize::MAX))));
        let chance = tried * share.powi(sites.min(1_000) as i32);
        (sites >= SITES && chance < settings.significance).then_some((value, of))
    }
}

/// How well rows chosen from a column are told by it.
enum Tells {
    /// By order: mean ranks.
    Order(Vec<f64>),
    /// By class: the class of each row, and how many there are.
    Classes(Vec<usize>, usize),
}

impl Tells {
    /// Two classes are as good as ordered.
    fn new(evidence_type: EvidenceType, values: &[f32]) -> Self {
        let classes: BTreeSet<u32> = values.iter().map(|value| value.to_bits()).collect();
        if evidence_type != EvidenceType::Categorical || classes.len() <= 2 {
            return Self::Order(mean_ranks(values));
        }
        let numbers: BTreeMap<u32, usize> = classes.into_iter().zip(0..).collect();
        let of_row = values.iter().map(|value| numbers[&value.to_bits()]).collect();
        Self::Classes(of_row, numbers.len())
    }

    fn of(&self, chosen: &[usize]) -> f64 {
        match self {
            Self::Order(ranks) => auc(ranks, chosen),
            Self::Classes(class, classes) => information(class, *classes, chosen),
        }
    }

    const fn level(&self, settings: &Settings) -> f64 {
        match self {
            Self::Order(_) => settings.label_auc,
            Self::Classes(..) => settings.label_information,
        }
    }

    const fn key(&self) -> &'static str {
        match self {
            Self::Order(_) => "auc",
            Self::Classes(..) => "information_share",
        }
    }

    fn sentence(&self, found: f64) -> String {
        match self {
            Self::Order(_) => format!("by itself it scores a ROC AUC of {found:.3}"),
            Self::Classes(..) => {
                format!("its classes hold {} of what there is to know of them", percent(found))
            }
        }
    }
}

/// What a unit shows in a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Value {
    /// A number, by its bits.
    Is(u32),
    /// Nothing.
    Missing,
    /// Anything at all.
    Known,
}

impl Value {
    /// How many cells of the study area show it.
    fn count(self, scene: &Scene<'_>, layer: &str) -> Result<usize> {
        const STRIP: usize = 1 << 20;
        let area = scene.stack.area();
        let mut count = 0;
        for first in (0..scene.stack.units()).step_by(STRIP) {
            let strip = first..(first + STRIP).min(scene.stack.units());
            let values = scene.stack.read_stored(layer, strip.clone())?;
            let shows = |(unit, value): &(usize, &f32)| match self {
                _ if !area.get(*unit) => false,
                Self::Is(bits) => (**value + 0.0).to_bits() == bits,
                Self::Missing => value.is_nan(),
                Self::Known => !value.is_nan(),
            };
            count += strip.zip(&values).filter(shows).count();
        }
        Ok(count)
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Is(bits) => write!(f, "{}", f32::from_bits(*bits)),
            Self::Missing => f.write_str("missing"),
            Self::Known => f.write_str("known"),
        }
    }
}

/// ROC AUC of ranks for the chosen rows against the others, in the better direction.
fn auc(ranks: &[f64], chosen: &[usize]) -> f64 {
    let (found, rows) = (chosen.len() as f64, ranks.len() as f64);
    let sum: f64 = chosen.iter().map(|&row| ranks[row]).sum();
    let auc = (sum - found * (found + 1.0) / 2.0) / (found * (rows - found));
    auc.max(1.0 - auc)
}

/// Mutual information of the class and of being chosen, as a share of the entropy of being chosen.
fn information(class: &[usize], classes: usize, chosen: &[usize]) -> f64 {
    let mut counts = vec![[0.0; 2]; classes];
    class.iter().for_each(|&class| counts[class][0] += 1.0);
    chosen.iter().for_each(|&row| counts[class[row]][1] += 1.0);
    let entropy = |of: f64, chosen: f64| -> f64 {
        let parts = [chosen / of, 1.0 - chosen / of].into_iter().filter(|part| *part > 0.0);
        parts.map(|part| -part * part.ln()).sum()
    };
    let rows = class.len() as f64;
    let left: f64 = counts.iter().map(|[of, chosen]| of / rows * entropy(*of, *chosen)).sum();
    1.0 - left / entropy(rows, chosen.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_by_hand() {
        // Rows 0 and 1 of four: the greatest and the third: 3 of 4 pairs, whichever way round.
        assert_eq!(auc(&[4.0, 2.0, 3.0, 1.0], &[0, 1]), 0.75);
        assert_eq!(auc(&[1.0, 3.0, 2.0, 4.0], &[0, 1]), 0.75);
        assert_eq!(auc(&[2.5; 4], &[0, 1]), 0.5);
        // Classes that are the labels hold all; classes that are not, nothing; one of two, half a bit
        // less than all: three of four rows in a class of which two are chosen.
        assert_eq!(information(&[1, 1, 0, 0], 2, &[0, 1]), 1.0);
        assert_eq!(information(&[1, 0, 1, 0], 2, &[0, 1]), 0.0);
        let bits = |share: f64| -share * share.log2() - (1.0 - share) * (1.0 - share).log2();
        let by_hand = 1.0 - 0.75 * bits(1.0 / 3.0);
        assert!((information(&[1, 1, 1, 0], 2, &[0, 1]) - by_hand).abs() < 1e-12);
    }
}
