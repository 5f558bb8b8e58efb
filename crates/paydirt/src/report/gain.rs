//! What a part of a project gains: the chosen model beside itself without it, on the same outer folds.

use paydirt_core::metric::{self, Direction, Figure, Metric};
use paydirt_core::seed::Seed;

use super::number::figure;
use crate::judge::{Judged, replicates};
use crate::project::Project;

/// How a gain is told.
pub(super) struct Words {
    /// What was done: `Searching`.
    pub(super) what: &'static str,
    /// What to say where it makes things worse.
    pub(super) worse: &'static str,
    /// What is not shown where the interval holds 0.
    pub(super) helps: &'static str,
}

/// The chosen model's figure less that of the model of a name, with a paired 95 % interval.
pub(super) fn over(
    name: &str,
    project: &Project,
    judged: &Judged,
    metric: &Metric,
) -> Option<Figure> {
    let other = judged.models.iter().find(|scored| scored.contestant.name == name)?;
    let chosen = judged.chosen()?;
    let pair = (&chosen.repeats[..], &other.repeats[..]);
    let seed = Seed(project.seed).derive("bootstrap", 0);
    metric::difference(pair, metric, replicates(&chosen.repeats), seed)
}

/// A gain in words.
pub(super) fn said(gain: Option<Figure>, metric: &Metric, words: &Words) -> String {
    let Words { what, worse, helps } = words;
    let Some(gain) = gain else {
        return format!(
            "What {} gained in {} could not be measured.",
            what.to_lowercase(),
            metric.name
        );
    };
    let signed =
        |value: f64| format!("{}{}", if value < 0.0 { "−" } else { "+" }, figure(value.abs()));
    let (up, down) = match metric.direction {
        Direction::Higher => (gain.low > 0.0, gain.high < 0.0),
        Direction::Lower => (gain.high < 0.0, gain.low > 0.0),
    };
    let verdict = match (up, down) {
        (true, _) => "more than chance would".to_owned(),
        (_, true) => (*worse).to_owned(),
        _ => format!("the interval holds 0, so it is not shown that {helps}"),
    };
    format!(
        "{what} changed {} by {} on the outer folds (95 % interval {} to {}): {verdict}.",
        metric.name,
        signed(gain.value),
        signed(gain.low),
        signed(gain.high),
    )
}

#[cfg(test)]
mod tests {
    use paydirt_core::metric::METRICS;

    use super::*;

    const WORDS: Words = Words {
        what: "Searching",
        worse: "the model's own settings do better",
        helps: "searching helps here",
    };

    #[test]
    fn a_gain_is_no_more_than_its_interval_shows() {
        let gain = |value: f64, low: f64, high: f64| {
            said(Some(Figure { value, low, high, spread: 0.0 }), &METRICS[0], &WORDS)
        };
        assert_eq!(
            gain(0.004, -0.01, 0.018),
            "Searching changed ROC AUC by +0.004 on the outer folds (95 % interval −0.010 to +0.018): \
             the interval holds 0, so it is not shown that searching helps here."
        );
        assert!(gain(0.02, 0.01, 0.03).ends_with("more than chance would."));
        assert!(gain(-0.02, -0.03, -0.01).ends_with("own settings do better."));
        let brier = METRICS.iter().find(|metric| metric.key == "brier").unwrap();
        let less = Figure { value: -0.02, low: -0.03, high: -0.01, spread: 0.0 };
        assert!(
            said(Some(less), brier, &WORDS).ends_with("more than chance would."),
            "less is better"
        );
        assert!(said(None, brier, &WORDS).contains("could not be measured"));
    }
}
