//! Several columns of one element become one. A sample's value is the first that was measured, else
//! the first limit, in this order: the element itself, in the table's order; for iron a form said to
//! stand for all of it, then the sum of FeO and Fe2O3 (of which one that is missing or below its
//! limit adds nothing to the other); then other oxides.

use super::read::Column;
use super::receipt::{Conflict, Receipt, Source};
use super::settings::Settings;
use super::value::Assay;

/// An element in all rows, in ppm.
pub(super) struct Merged {
    pub(super) name: &'static str,
    pub(super) sources: Vec<Source>,
    pub(super) cells: Vec<Assay>,
}

/// One way to an element's values: the headers it came from, and the values.
struct Candidate {
    label: String,
    cells: Vec<Assay>,
}

/// The elements of the columns, in the table's order.
pub(super) fn merge(
    columns: Vec<Column<'_>>,
    settings: &Settings,
    receipt: &mut Receipt,
) -> Vec<Merged> {
    let mut groups: Vec<(&'static str, Vec<Column<'_>>)> = Vec::new();
    for column in columns {
        let name = column.analyte.element;
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, columns)) => columns.push(column),
            None => groups.push((name, vec![column])),
        }
    }
    let elements = groups.into_iter().map(|(name, columns)| {
        let sources = columns.iter().map(source).collect();
        let mut conflicts = Vec::new();
        let cells = one(columns, settings, &mut conflicts);
        for conflict in &mut conflicts {
            conflict.element = name.into();
        }
        receipt.warnings.extend(conflicts.iter().filter_map(warning));
        receipt.conflicts.append(&mut conflicts);
        Merged { name, sources, cells }
    });
    elements.collect()
}

fn source(column: &Column<'_>) -> Source {
    Source {
        column: column.header.into(),
        form: column.analyte.form.clone(),
        unit: column.unit,
        to_ppm: column.analyte.ppm(1.0, column.unit),
    }
}

fn warning(conflict: &Conflict) -> Option<String> {
    let Conflict { element, column, other, compared, conflicts, median_ratio } = conflict;
    (*conflicts > 0).then(|| {
        format!(
            "{element}: {conflicts} of {compared} samples differ between `{column}` and `{other}`, \
             which is {median_ratio:.3} times the first in the median; the first counts"
        )
    })
}

/// The values of one element from its columns.
fn one(columns: Vec<Column<'_>>, settings: &Settings, conflicts: &mut Vec<Conflict>) -> Vec<Assay> {
    let mut ranked: [Vec<Candidate>; 5] = Default::default();
    for Column { header, analyte, cells, .. } in columns {
        let rank = match (analyte.elemental(), analyte.total, analyte.form.as_str()) {
            (true, ..) => 0,
            (_, true, _) => 1,
            (_, _, "FeO") => 2,
            (_, _, "Fe2O3") => 3,
            _ => 4,
        };
        ranked[rank].push(Candidate { label: header.into(), cells });
    }
    let mut merge = |candidates: Vec<Candidate>| coalesce(candidates, settings, conflicts);
    let [elemental, total, ferrous, ferric, others] = ranked;
    let iron = match (merge(ferrous), merge(ferric)) {
        (Some(ferrous), Some(ferric)) => Some(Candidate {
            label: format!("{} + {}", ferrous.label, ferric.label),
            cells: ferrous.cells.into_iter().zip(ferric.cells).map(|(a, b)| sum(a, b)).collect(),
        }),
        (ferrous, ferric) => ferrous.or(ferric),
    };
    let all = elemental.into_iter().chain(total).chain(iron).chain(others).collect();
    merge(all).map(|candidate| candidate.cells).unwrap_or_default()
}

/// The first that was measured, else the first limit; where two were measured, they are compared.
fn coalesce(
    candidates: Vec<Candidate>,
    settings: &Settings,
    conflicts: &mut Vec<Conflict>,
) -> Option<Candidate> {
    candidates.into_iter().reduce(|mut first, other| {
        conflicts.extend(compare(&first, &other, settings.conflict_percent));
        for (first, other) in first.cells.iter_mut().zip(other.cells) {
            let better = match (*first, other) {
                (Assay::Known(_), _) => false,
                (_, Assay::Known(_)) => true,
                (first, _) => !first.analysed(),
            };
            if better {
                *first = other;
            }
        }
        first
    })
}

fn compare(first: &Candidate, other: &Candidate, tolerance_percent: f64) -> Option<Conflict> {
    let pairs: Vec<[f64; 2]> = (first.cells.iter().zip(&other.cells))
        .filter_map(|pair| match pair {
            (Assay::Known(first), Assay::Known(other)) => Some([*first, *other]),
            _ => None,
        })
        .collect();
    let apart = |[a, b]: &&[f64; 2]| (a - b).abs() * 200.0 > tolerance_percent * (a + b);
    let ratios = pairs.iter().map(|[first, other]| other / first);
    Some(Conflict {
        element: String::new(),
        column: first.label.clone(),
        other: other.label.clone(),
        compared: pairs.len(),
        conflicts: pairs.iter().filter(apart).count(),
        median_ratio: super::median(ratios.filter(|ratio| ratio.is_finite()))?,
    })
}

/// The sum of two parts of an element.
fn sum(a: Assay, b: Assay) -> Assay {
    use Assay::{Above, Below, Known, Missing};
    match (a, b) {
        (Missing, one) | (one, Missing) => one,
        (Known(a), Known(b)) => Known(a + b),
        (Known(known), Below(_)) | (Below(_), Known(known)) => Known(known),
        (Below(a), Below(b)) => Below(a + b),
        (Above(above), Below(_)) | (Below(_), Above(above)) => Above(above),
        (Above(a), Known(b) | Above(b)) | (Known(a), Above(b)) => Above(a + b),
    }
}

/// The oxides in which rocks are reported, which make up nearly all of them.
const MAJORS: [&str; 10] =
    ["SiO2", "Al2O3", "Fe2O3", "CaO", "MgO", "K2O", "Na2O", "TiO2", "MnO", "P2O5"];

/// Warns of samples whose major elements, as oxides, are more than the whole: the sign of a header
/// that calls an oxide an element or a percentage ppm.
pub(super) fn check_total(elements: &[Merged], receipt: &mut Receipt) {
    let parts: Vec<(&Merged, f64)> = MAJORS
        .iter()
        .filter_map(|oxide| {
            let atoms = super::formula::atoms(oxide)?;
            let element = elements.iter().find(|element| element.name == atoms[0].0)?;
            Some((element, super::formula::share(&atoms, element.name)?))
        })
        .collect();
    let total_percent = |row: usize| -> f64 {
        let oxide = |(element, share): &(&Merged, f64)| match element.cells[row] {
            Assay::Known(ppm) => ppm / share / 1e4,
            _ => 0.0,
        };
        parts.iter().map(oxide).sum()
    };
    let totals: Vec<f64> =
        (0..receipt.rows).map(total_percent).filter(|sum| *sum > 105.0).collect();
    if let Some(largest) = totals.iter().copied().max_by(f64::total_cmp) {
        receipt.warnings.push(format!(
            "in {} samples the ten major elements, as oxides, are more than 105 % of the rock (up \
             to {largest:.0} %): a header may call an oxide an element",
            totals.len()
        ));
    }
}
