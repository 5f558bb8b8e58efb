//! Rows that stand on both sides of a split: copies, near copies, and rows of one place or group.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::chance::at_least;
use super::{Finding, Kind, Repeat, Scene, Settings, Severity, near, percent};
use crate::Result;
use crate::label::Sample;
use crate::mask::Mask;
use crate::table::{Column, Table};

/// Share of held-out rows from which copies are severe.
const SEVERE_SHARE: f64 = 0.01;

pub(super) fn find(scene: &Scene<'_>, settings: &Settings) -> Result<Vec<Finding>> {
    let mut worst: BTreeMap<&str, (f64, Finding)> = BTreeMap::new();
    for (number, repeat) in scene.repeats.iter().enumerate() {
        let units: Vec<usize> = repeat.samples.iter().map(|sample| sample.unit).collect();
        let table = scene.stack.read_units(&units)?;
        let copies = identities(&table);
        let seed = scene.seed.derive("near rows", number as u64);
        let found = [
            ("copies", copied(repeat, &table, &copies, settings)),
            ("near", near::find(repeat, &table, settings, seed)),
            ("places", parted(repeat, &places(scene, repeat), "of a place")),
            ("groups", parted(repeat, &groups(repeat), "of a group")),
        ];
        for (what, finding) in found {
            let Some(finding) = finding else { continue };
            let share = finding.figures.get("share").copied().unwrap_or(0.0);
            if worst.get(what).is_none_or(|(before, _)| share > *before) {
                worst.insert(what, (share, finding));
            }
        }
    }
    Ok(worst.into_values().map(|(_, finding)| finding).collect())
}

/// A value as bits that are the same for what is the same: both zeros, and everything missing.
fn bits(column: &Column, row: usize) -> u32 {
    if column.known[row] { (column.values[row] + 0.0).to_bits() } else { u32::MAX }
}

/// For each row the number of its evidence, the same for rows that are the same bit by bit; `None` for a
/// row of which nothing is known.
pub(super) fn identities(table: &Table) -> Vec<Option<usize>> {
    let compare = |&a: &usize, &b: &usize| {
        let columns = table.columns().iter().map(|column| bits(column, a).cmp(&bits(column, b)));
        columns.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    };
    let known = |row: &usize| table.columns().iter().any(|column| column.known[*row]);
    let mut order: Vec<usize> = (0..table.rows()).filter(known).collect();
    order.sort_by(compare);
    let mut identity = vec![None; table.rows()];
    for (number, same) in order.chunk_by(|a, b| compare(a, b).is_eq()).enumerate() {
        same.iter().for_each(|&row| identity[row] = Some(number));
    }
    identity
}

/// Each held-out row with the first training row of the same identity, over all folds; a row that is
/// held out in several folds counts once. Identities are counted from 0.
pub(super) fn twins(repeat: &Repeat<'_>, identity: &[Option<usize>]) -> BTreeMap<usize, usize> {
    let numbers = identity.iter().flatten().max().map_or(0, |most| most + 1);
    let mut twins = BTreeMap::new();
    for fold in repeat.folds {
        let mut seen: Vec<Option<usize>> = vec![None; numbers];
        for &row in &fold.training {
            if let Some(identity) = identity[row] {
                seen[identity].get_or_insert(row);
            }
        }
        for &row in &fold.held_out {
            if let Some(twin) = identity[row].and_then(|identity| seen[identity]) {
                twins.entry(row).or_insert(twin);
            }
        }
    }
    twins
}

/// How many rows are held out in some fold.
pub(super) fn held_out(repeat: &Repeat<'_>) -> usize {
    let mut held_out = Mask::new(repeat.samples.len(), false);
    repeat.folds.iter().flat_map(|fold| &fold.held_out).for_each(|&row| held_out.set(row, true));
    held_out.count()
}

/// Copies of training rows among those held out. Rows that agree in every column agree in the one in
/// which rows agree least often, so the chance of a copy is at most the chance of agreeing there,
/// measured on rows that differ: with evidence in a few classes only, copies prove nothing.
fn copied(
    repeat: &Repeat<'_>,
    table: &Table,
    identity: &[Option<usize>],
    settings: &Settings,
) -> Option<Finding> {
    let twins = twins(repeat, identity);
    let (found, of) = (twins.len(), held_out(repeat));
    if found == 0 {
        return None;
    }
    let training = repeat.folds.iter().map(|fold| fold.training.len()).max().unwrap_or(0);
    let chance = 1.0 - (1.0 - agreement(table, identity)).powf(training as f64);
    let probability = at_least(found, of, chance);
    let share = found as f64 / of as f64;
    let samples = repeat.samples;
    let same = |(a, b): &(&usize, &usize)| samples[**a].is_deposit() == samples[**b].is_deposit();
    let same_label = twins.iter().filter(same).count();
    let severity = match (probability < settings.significance, share >= SEVERE_SHARE) {
        (true, true) => Severity::Severe,
        (true, false) => Severity::Warning,
        (false, _) => Severity::Note,
    };
    let by_chance = match severity {
        Severity::Note => "; evidence in classes so few repeats itself, so that this may be chance",
        _ => "",
    };
    let sentence = format!(
        "{found} of {of} held-out rows ({}) are copies of training rows in every layer, {same_label} of \
         them with the same label{by_chance}",
        percent(share)
    );
    let remedy =
        "remove the copies, or give copies of one row one `group`, so that no split parts them";
    let finding = Finding::new(Kind::CopiedRows, severity, sentence, remedy);
    let figures = [
        ("rows", found as f64),
        ("held_out", of as f64),
        ("share", share),
        ("same_label", same_label as f64),
        ("probability_by_chance", probability),
    ];
    Some(finding.of_units(twins.keys().map(|&row| samples[row].unit)).with(figures))
}

/// Of pairs of rows that differ, the share that agree in the column in which fewest do.
fn agreement(table: &Table, identity: &[Option<usize>]) -> f64 {
    let first: BTreeMap<usize, usize> =
        identity.iter().enumerate().rev().filter_map(|(row, id)| Some(((*id)?, row))).collect();
    let rows = first.len() as f64;
    let in_column = |column: &Column| {
        let mut values: Vec<u32> = first.values().map(|&row| bits(column, row)).collect();
        values.sort_unstable();
        let ties = values.chunk_by(|a, b| a == b).map(|tie| tie.len() as f64);
        ties.map(|tie| tie * (tie - 1.0)).sum::<f64>() / (rows * (rows - 1.0))
    };
    if rows < 2.0 { 1.0 } else { table.columns().iter().map(in_column).fold(1.0, f64::min) }
}

/// The number of each row's place.
fn places(scene: &Scene<'_>, repeat: &Repeat<'_>) -> Vec<Option<usize>> {
    let mut numbers = BTreeMap::new();
    let mut number = |unit: usize| {
        let place = match scene.stack.grid() {
            Some(_) => [unit as u64, 0],
            None => {
                let place = scene.stack.place(unit)?;
                [place.easting, place.northing].map(|axis| (axis + 0.0).to_bits())
            }
        };
        let next = numbers.len();
        Some(*numbers.entry(place).or_insert(next))
    };
    repeat.samples.iter().map(|sample| sample.unit).map(&mut number).collect()
}

/// The number of each row's group.
fn groups<'a>(repeat: &Repeat<'a>) -> Vec<Option<usize>> {
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut number = |sample: &'a Sample| {
        let next = numbers.len();
        Some(*numbers.entry(sample.group.as_deref()?).or_insert(next))
    };
    repeat.samples.iter().map(&mut number).collect()
}

/// Places or groups with rows on both sides.
fn parted(repeat: &Repeat<'_>, identity: &[Option<usize>], what: &str) -> Option<Finding> {
    let twins = twins(repeat, identity);
    let (found, of) = (twins.len(), held_out(repeat));
    if found == 0 {
        return None;
    }
    let share = found as f64 / of as f64;
    let sentence = format!(
        "{found} of {of} held-out rows ({}) are {what} that also has training rows",
        percent(share)
    );
    let remedy = "use a split that parts ground, and give rows of one site one `group`";
    let severity = if share >= SEVERE_SHARE { Severity::Severe } else { Severity::Warning };
    let finding = Finding::new(Kind::PartedPlace, severity, sentence, remedy)
        .of_units(twins.keys().map(|&row| repeat.samples[row].unit));
    Some(finding.with([("rows", found as f64), ("held_out", of as f64), ("share", share)]))
}
