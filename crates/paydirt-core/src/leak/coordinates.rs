//! Coordinates that tell the held-out labels.

use super::{Finding, Kind, Scene, Settings, Severity};

/// ROC AUC from which the figure of a model that sees coordinates only is severe.
const SEVERE: f64 = 0.9;

/// A model that sees no evidence but easting and northing is a control: what it scores on held-out
/// ground comes from where the ground lies. It is a finding where its figure is over the level and
/// its interval over one half.
pub(super) fn find(scene: &Scene<'_>, settings: &Settings) -> Option<Finding> {
    let figure = scene.coordinates?;
    if figure.value < settings.coordinates_auc || figure.low <= 0.5 {
        return None;
    }
    let severity = if figure.value >= SEVERE { Severity::Severe } else { Severity::Warning };
    let sentence = format!(
        "easting and northing alone score a held-out ROC AUC of {:.3} ({:.3} to {:.3}): what a model \
         scores above that is what its evidence adds",
        figure.value, figure.low, figure.high
    );
    let remedy = "hold out larger blocks with a wider buffer, so that held-out ground lies farther from \
                  training deposits";
    let finding = Finding::new(Kind::Coordinates, severity, sentence, remedy);
    Some(finding.with([("auc", figure.value), ("low", figure.low), ("high", figure.high)]))
}
