//! What the map cannot say, in sentences that follow from what was read and judged.

use paydirt_core::split::SplitKind;

use super::Report;
use super::number::{percent, significant};
use super::verdict::chosen;
use crate::judge::ROC_AUC;

/// Deposits below which figures are told to be rough.
const FEW_DEPOSITS: usize = 30;

/// The limits of a run, the gravest first.
pub(super) fn limits(report: &Report) -> Vec<String> {
    let told = [
        Some(kind_of_deposit(report)),
        few_deposits(report),
        applicability(report),
        unlabelled(report),
        cell(report),
        Some(
            "The evidence is what was measured at the surface or from above it, as old and as sharp as its \
             sources. What no layer shows, depth above all, is not in the map, and low spread is not certainty."
                .into(),
        ),
        nearness(report),
        Some(
            "Tenure, access, grade, tonnage and cost are no part of it: a target is a place to look at."
                .into(),
        ),
    ];
    told.into_iter().flatten().collect()
}

fn kind_of_deposit(report: &Report) -> String {
    format!(
        "The {} knows one kind of ground: that of the {} deposits it was given. It says nothing of deposits of \
         another kind, and a mixture of kinds makes it say little of any.",
        if report.map.is_some() { "map" } else { "model" },
        report.receipt.labels.deposits.max(report.split.deposits)
    )
}

fn unlabelled(report: &Report) -> Option<String> {
    report.split.against.contains("unlabelled").then(|| {
        "What nobody has drilled stood against the deposits. Where a deposit lies in it that nobody found, it \
         counts as a false alarm: the figures are then too low, and the model was told less than the truth."
            .into()
    })
}

fn few_deposits(report: &Report) -> Option<String> {
    let deposits = report.split.deposits;
    let auc = chosen(report, ROC_AUC)?;
    (deposits < FEW_DEPOSITS && deposits > 0).then(|| {
        format!(
            "{deposits} deposits are few: one more or less found moves a captured share by {}, and the AUC's \
             interval is {} wide. Small differences between models are not differences.",
            percent(1.0 / deposits as f64),
            significant(auc.high - auc.low),
        )
    })
}

fn applicability(report: &Report) -> Option<String> {
    let line = report.doubt.as_ref()?.applicability.as_ref()?;
    (line.outside > 0.0).then(|| {
        format!(
            "On {} of the map the evidence is unlike anything that the model was judged on; it is drawn pale, and no \
             figure holds there.",
            percent(line.outside)
        )
    })
}

fn cell(report: &Report) -> Option<String> {
    let map = report.map.as_ref()?;
    Some(format!(
        "A cell has {} km\u{b2}. Nothing smaller is told apart, and a probability is that of a cell of this size: with \
         other cells it would be another number.",
        significant(map.cell_area_km2)
    ))
}

fn nearness(report: &Report) -> Option<String> {
    let spatial = report.models.iter().any(|line| line.split == SplitKind::Spatial);
    spatial.then(|| {
        "Ground was held out within this study area. Whether the model holds in another district is not shown by \
         it; `paydirt predict` draws the map there, and deposits known there would judge it."
            .into()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn limits_follow_from_what_was_judged() {
        insta::assert_snapshot!(limits(&sample::report()).join("\n"));
    }

    #[test]
    fn nothing_is_said_of_what_there_is_not() {
        let told = limits(&Report::default()).join(" ");
        assert!(!told.contains("A cell has") && !told.contains("are few"), "{told}");
    }
}
