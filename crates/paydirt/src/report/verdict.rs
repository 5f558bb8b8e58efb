//! The verdict: what the figures say, in plain words, and what they do not say.

use paydirt_core::metric::Figure;
use paydirt_core::split::SplitKind;
use serde::Serialize;

use super::number::{figure, percent, significant};
use super::{COORDINATES_ONLY, ModelLine, Report};
use crate::judge::ROC_AUC;
use crate::judge::Standing;

/// What a manager reads.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(crate) struct Verdict {
    /// What the figures say, in order.
    pub(crate) sentences: Vec<String>,
    /// Reasons to believe it less.
    pub(crate) cautions: Vec<String>,
}

/// A metric of the first line for which `wanted` holds.
fn find(report: &Report, metric: &str, wanted: impl Fn(&ModelLine) -> bool) -> Option<Figure> {
    let line = report.models.iter().find(|line| wanted(line))?;
    line.metrics.get(metric).copied().filter(|figure| figure.value.is_finite())
}

/// A metric of the chosen model on held-out ground.
pub(crate) fn chosen(report: &Report, metric: &str) -> Option<Figure> {
    find(report, metric, |line| line.role == Standing::Chosen && line.split == SplitKind::Spatial)
}

/// ROC AUC of the coordinates alone.
pub(crate) fn coordinates(report: &Report, split: SplitKind) -> Option<Figure> {
    find(report, ROC_AUC, |line| line.name == COORDINATES_ONLY && line.split == split)
}

/// The optimism gap of the chosen model: what random splitting would have claimed beside what held.
pub(crate) fn gap(report: &Report) -> Option<&super::OptimismGap> {
    report.optimism_gap.iter().find(|gap| gap.name == report.model && gap.gap.is_finite())
}

/// An interval of shares in words.
fn interval(figure: Figure) -> String {
    format!("95\u{a0}% interval {} to {}", percent(figure.low), percent(figure.high))
}

pub(crate) fn verdict(report: &Report) -> Verdict {
    let Some(auc) = chosen(report, ROC_AUC) else {
        return Verdict {
            sentences: Vec::new(),
            cautions: vec![
                "No held-out figure could be measured: nothing here says whether the map is right."
                    .into(),
            ],
        };
    };
    let sentences = [
        ranking(report, auc),
        captured(report),
        found(report),
        optimism(report),
        places(report),
        expected(report),
    ];
    Verdict {
        sentences: sentences.into_iter().flatten().collect(),
        cautions: cautions(report, auc),
    }
}

fn ranking(report: &Report, auc: Figure) -> Option<String> {
    let other = &report.split.against;
    let deposit = match report.next_find {
        None => "On ground it never saw, the model ranks a deposit",
        Some(_) => "Fitted to what was known before, the model ranks a deposit found later",
    };
    Some(format!(
        "{deposit} above {other} in {} of pairs ({}; a coin would reach 50\u{a0}%).",
        percent(auc.value),
        interval(auc),
    ))
}

fn captured(report: &Report) -> Option<String> {
    let five = chosen(report, "capture_5")?;
    Some(format!(
        "The best 5\u{a0}% of the area holds {} of the held-out deposits ({}).",
        percent(five.value),
        interval(five),
    ))
}

fn found(report: &Report) -> Option<String> {
    let next = report.next_find?;
    Some(format!(
        "Half of the {} later finds lay in the best {} of the area ({} km\u{b2}), the mean one behind {} of \
         it: that is how much ground leads to the next find. Without any knowledge it would be half of it.",
        next.finds,
        percent(next.median_share),
        significant(next.median_km2),
        percent(next.mean_share),
    ))
}

fn optimism(report: &Report) -> Option<String> {
    let gap = gap(report)?;
    let claim = format!("Random splitting would have claimed an AUC of {}", figure(gap.random_auc));
    Some(if gap.gap >= 0.0005 {
        format!(
            "{claim} instead of {}: an optimism gap of {}.",
            figure(gap.spatial_auc),
            figure(gap.gap)
        )
    } else {
        format!("{claim}, no more than the {} found here.", figure(gap.spatial_auc))
    })
}

fn places(report: &Report) -> Option<String> {
    let spatial = coordinates(report, SplitKind::Spatial)?;
    let random = coordinates(report, SplitKind::Random).map_or(String::new(), |random| {
        format!(" ({} under random splitting)", figure(random.value))
    });
    Some(format!(
        "Coordinates alone, with no evidence at all, reach {}{random}.",
        figure(spatial.value)
    ))
}

fn expected(report: &Report) -> Option<String> {
    let targets = report.targets.len();
    let fresh = report.targets.iter().filter(|target| target.known_deposits == 0).count();
    (targets > 0).then(|| match targets {
        1 => "One target is drawn from the map.".into(),
        _ => format!("{targets} targets are ranked; {fresh} of them hold no known deposit."),
    })
}

fn cautions(report: &Report, auc: Figure) -> Vec<String> {
    let mut cautions = Vec::new();
    if auc.high < 0.5 {
        cautions.push(
            "The model ranks held-out deposits lower than a coin would: do not use this map."
                .into(),
        );
    } else if auc.low <= 0.5 {
        cautions.push(
            "The interval reaches 50\u{a0}%, what a coin would do: it is not shown that this map knows \
             anything about ground without known deposits."
                .into(),
        );
    }
    let baselines = report.models.iter().filter(|line| {
        matches!(line.role, Standing::Baseline | Standing::Alternative)
            && line.split == SplitKind::Spatial
            && line.metrics.get(ROC_AUC).is_some_and(|other| other.value > auc.value)
    });
    cautions.extend(baselines.map(|line| {
        let (role, other) = match line.role {
            Standing::Baseline => ("baseline", "a simpler"),
            _ => ("alternative", "its"),
        };
        format!(
            "The {role} {} scores {}, higher than the chosen model's {}: {other} map would do \
             as well or better.",
            line.name,
            figure(line.metrics[ROC_AUC].value),
            figure(auc.value),
        )
    }));
    if let Some(places) = coordinates(report, SplitKind::Spatial)
        && places.value >= auc.low
    {
        let beside =
            if places.value >= auc.value { "no less than" } else { "within the interval of" };
        cautions.push(format!(
            "Coordinates alone reach {}, {beside} the model: the map may say no more than where \
             deposits are already known.",
            figure(places.value),
        ));
    }
    cautions.extend(super::doubt::caution(report));
    cautions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn with_auc(of: &str, value: f64, low: f64, high: f64) -> Report {
        let mut report = sample::report();
        for line in report.models.iter_mut().filter(|line| line.name == of) {
            line.metrics.insert(ROC_AUC.into(), Figure { value, low, high, spread: 0.01 });
        }
        report
    }

    #[test]
    fn the_figures_in_plain_words() {
        insta::assert_snapshot!(verdict(&sample::report()).sentences.join("\n"), @"
        On ground it never saw, the model ranks a deposit above an unlabelled cell at least 5 km from any known deposit in 92 % of pairs (95 % interval 88 % to 96 %; a coin would reach 50 %).
        The best 5 % of the area holds 61 % of the held-out deposits (95 % interval 49 % to 72 %).
        Random splitting would have claimed an AUC of 0.932 instead of 0.925: an optimism gap of 0.007.
        Coordinates alone, with no evidence at all, reach 0.714 (0.845 under random splitting).
        30 targets are ranked; 22 of them hold no known deposit.
        ");
        assert_eq!(verdict(&sample::report()).cautions, Vec::<String>::new());
    }

    #[test]
    fn the_area_to_the_next_find_is_told() {
        let mut report = sample::report();
        report.next_find = paydirt_core::metric::next_find(&[0.02, 0.1, 0.3], 4_000.0);
        let told = verdict(&report).sentences;
        assert!(told[0].starts_with("Fitted to what was known before"), "{told:?}");
        assert_eq!(
            told[2],
            "Half of the 3 later finds lay in the best 10\u{a0}% of the area (400 km\u{b2}), the mean one \
             behind 14\u{a0}% of it: that is how much ground leads to the next find. Without any knowledge it \
             would be half of it."
        );
    }

    #[test]
    fn what_speaks_against_the_map_is_said() {
        let caution = |report: &Report| verdict(report).cautions.join(" ");
        assert!(caution(&with_auc("forest", 0.6, 0.45, 0.7)).contains("reaches 50\u{a0}%"));
        assert!(caution(&with_auc("forest", 0.3, 0.2, 0.4)).contains("do not use this map"));
        assert!(caution(&with_auc("logistic", 0.95, 0.9, 0.99)).contains("baseline logistic"));
        assert!(
            caution(&with_auc(COORDINATES_ONLY, 0.9, 0.8, 0.95)).contains("within the interval")
        );
        assert!(caution(&with_auc(COORDINATES_ONLY, 0.93, 0.8, 0.95)).contains("no less than"));
    }

    #[test]
    fn nothing_measured_is_said_and_not_made_up() {
        let nothing = verdict(&Report::default());
        assert!(nothing.sentences.is_empty() && nothing.cautions[0].starts_with("No held-out"));
        let unmeasured = verdict(&with_auc("forest", f64::NAN, f64::NAN, f64::NAN));
        assert_eq!(unmeasured, nothing);
    }
}
