//! Leaks: ways in which held-out figures may be too good, named with what to do.

use paydirt_core::leak::{self, Finding, Repeat, Scene, Settings, Severity};
use paydirt_core::split::SplitKind;

use crate::console::Console;
use crate::error::Result;
use crate::judge::{Bench, Judged, ROC_AUC};

/// Looks for leaks in what was judged, and tells of those that matter.
///
/// # Errors
/// Settings out of range, or evidence that cannot be read.
pub fn find(
    bench: &Bench<'_>,
    judged: &Judged,
    settings: &Settings,
    console: &Console,
) -> Result<Vec<Finding>> {
    let repeats: Vec<Repeat<'_>> = judged
        .grounds
        .iter()
        .map(|ground| Repeat { samples: &ground.samples, folds: &ground.folds })
        .collect();
    let coordinates = judged.models.iter().find(|scored| {
        scored.contestant.coordinates_only && scored.contestant.kind == SplitKind::Spatial
    });
    let scene = Scene {
        stack: bench.stack,
        labelled: bench.labelled,
        repeats: &repeats,
        coordinates: coordinates.and_then(|scored| scored.figures.get(ROC_AUC).copied()),
        seed: bench.seed.derive("leaks", 0),
    };
    let found = leak::find(&scene, settings)?;
    for finding in found.iter().filter(|finding| finding.severity != Severity::Note) {
        console.warn(format!("{} ({})", finding.sentence, finding.remedy));
    }
    Ok(found)
}
