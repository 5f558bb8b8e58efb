//! Charts as plain geometry in the units of a 360 x 280 view box: the template only writes them
//! down, and the style sheet colours them, so that they follow light, dark and paper.
//! (A plotting crate's SVG carries its own colours and fonts and could not.)

use serde::Serialize;

use super::number::{figure, percent, round_step};
use super::verdict::chosen;
use super::{Curves, ReliabilityBin, Report};

const LEFT: f64 = 52.0;
const RIGHT: f64 = 342.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 232.0;

/// Points nearer than this to the last one drawn cannot be seen.
const FINE: f64 = 0.4;

/// A place with a word.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Label {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) text: String,
}

/// A line and what it is; `look` is a class of the style sheet.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Curve {
    look: &'static str,
    path: String,
    text: String,
}

/// A dot with its interval, upwards.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Dot {
    left: f64,
    top: f64,
    low: f64,
    high: f64,
    radius: f64,
    text: String,
}

/// A chart.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Chart {
    title: &'static str,
    across: &'static str,
    up: &'static str,
    ticks_across: Vec<Label>,
    ticks_up: Vec<Label>,
    curves: Vec<Curve>,
    dots: Vec<Dot>,
    mark: Option<Label>,
    note: String,
}

/// How a curve goes from one point to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Course {
    Straight,
    /// Keeps its height until the next point: rate curves.
    Hold,
    /// Takes the next point's height at once: steps of average precision.
    Jump,
}

/// Shares of both axes on the view box, up to `most`.
#[derive(Clone, Copy)]
struct Scale {
    most: f64,
}

impl Scale {
    fn left(self, share: f64) -> f64 {
        round(LEFT + share / self.most * (RIGHT - LEFT))
    }

    fn top(self, share: f64) -> f64 {
        round(BOTTOM - share / self.most * (BOTTOM - TOP))
    }

    fn ticks(self) -> Vec<f64> {
        let step = round_step(self.most, 5.0);
        (0..=(self.most / step + 1e-9) as usize).map(|number| number as f64 * step).collect()
    }

    /// The path of a curve, without points that cannot be told apart.
    fn path(self, points: &[[f64; 2]], course: Course) -> String {
        let mut path = String::new();
        let mut last: Option<(f64, f64)> = None;
        let finite = points.iter().filter(|point| point.iter().all(|share| share.is_finite()));
        let finite: Vec<_> = finite.collect();
        for (index, [across, up]) in finite.iter().copied().enumerate() {
            let (left, top) = (self.left(*across), self.top(*up));
            match last {
                None => path.push_str(&format!("M{left} {top}")),
                Some((l, t)) if index + 1 < finite.len() && (left - l).hypot(top - t) < FINE => {
                    continue;
                }
                Some(_) => path.push_str(&match course {
                    Course::Straight => format!("L{left} {top}"),
                    Course::Hold => format!("H{left}V{top}"),
                    Course::Jump => format!("V{top}H{left}"),
                }),
            }
            last = Some((left, top));
        }
        path
    }

    fn chart(self, title: &'static str, across: &'static str, up: &'static str) -> Chart {
        let label = |left, top, share: f64| Label { left, top, text: percent(share) };
        Chart {
            title,
            across,
            up,
            ticks_across: self.ticks().iter().map(|&s| label(self.left(s), BOTTOM, s)).collect(),
            ticks_up: self.ticks().iter().map(|&s| label(LEFT, self.top(s), s)).collect(),
            curves: Vec::new(),
            dots: Vec::new(),
            mark: None,
            note: String::new(),
        }
    }
}

/// Both axes from 0 to 1.
const UNIT: Scale = Scale { most: 1.0 };

/// A tenth of a unit of the view box: less cannot be seen.
pub(crate) fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn curve(look: &'static str, text: String, points: &[[f64; 2]], course: Course) -> Curve {
    Curve { look, path: UNIT.path(points, course), text }
}

/// Every chart for which there is something to draw.
pub(crate) fn charts(report: &Report) -> Vec<Chart> {
    let curves = &report.curves;
    let prior = report.split.deposits as f64 / report.split.samples as f64;
    [rates(report), roc(report), precision_recall(curves, prior), reliability(&curves.reliability)]
        .into_iter()
        .flatten()
        .collect()
}

fn roc(report: &Report) -> Option<Chart> {
    let points = &report.curves.roc;
    (!points.is_empty()).then(|| {
        let auc = chosen(report, "roc_auc").map_or(f64::NAN, |figure| figure.value);
        let mut chart = UNIT.chart(
            "ROC curve, held-out",
            "false-positive rate (share of the others)",
            "true-positive rate (share of deposits)",
        );
        chart.curves = vec![
            curve("chance", "a coin".into(), &[[0.0, 0.0], [1.0, 1.0]], Course::Straight),
            curve(
                "model",
                format!("{}, AUC {}", report.model, figure(auc)),
                points,
                Course::Straight,
            ),
        ];
        chart.note = "One point a threshold, pooled over the folds.".into();
        chart
    })
}

fn precision_recall(curves: &Curves, prior: f64) -> Option<Chart> {
    (!curves.precision_recall.is_empty()).then(|| {
        let mut chart = UNIT.chart(
            "Precision and recall, held-out",
            "recall (share of deposits found)",
            "precision (share of finds that are deposits)",
        );
        let chance = [[0.0, prior], [1.0, prior]];
        chart.curves = vec![
            curve("chance", format!("a coin, {}", percent(prior)), &chance, Course::Straight),
            curve("model", "model".into(), &curves.precision_recall, Course::Jump),
        ];
        chart.note =
            "Precision hangs on the mixture of the samples: compare it with the coin's, not \
                      with other studies."
                .into();
        chart
    })
}

fn rates(report: &Report) -> Option<Chart> {
    let curves = &report.curves;
    if curves.prediction_rate.is_empty() && curves.success_rate.is_empty() {
        return None;
    }
    let mut chart =
        UNIT.chart("Deposits captured by area", "share of area, best first", "share of deposits");
    let chance = [[0.0, 0.0], [1.0, 1.0]];
    chart.curves.push(curve("chance", "a coin".into(), &chance, Course::Straight));
    let lines = [
        ("success", "success rate: deposits the map was fitted on", &curves.success_rate),
        ("model", "prediction rate: held-out deposits", &curves.prediction_rate),
    ];
    for (look, text, points) in lines.into_iter().filter(|(.., points)| !points.is_empty()) {
        chart.curves.push(curve(look, text.into(), points, Course::Hold));
    }
    if let Some(meet) = chosen(report, "prediction_area").map(|figure| figure.value) {
        let text = format!("P-A: {} in {}", percent(meet), percent(1.0 - meet));
        chart.mark = Some(Label { left: UNIT.left(1.0 - meet), top: UNIT.top(meet), text });
    }
    chart.note =
        "Only the prediction rate says how the map does on new ground. P-A: where found and \
                  searched add up to the whole."
            .into();
    Some(chart)
}

fn reliability(bins: &[ReliabilityBin]) -> Option<Chart> {
    let finite = |bin: &&ReliabilityBin| {
        [bin.count, bin.predicted, bin.observed, bin.low, bin.high].iter().all(|n| n.is_finite())
    };
    let bins: Vec<&ReliabilityBin> = bins.iter().filter(finite).collect();
    let greatest = bins.iter().flat_map(|bin| [bin.predicted, bin.high]).fold(0.0, f64::max);
    if bins.is_empty() {
        return None;
    }
    let step = round_step(greatest.max(0.01), 5.0);
    let scale = Scale { most: ((greatest.max(0.01) / step).ceil() * step).min(1.0) };
    let most = bins.iter().map(|bin| bin.count).fold(1.0, f64::max);
    let mut chart =
        scale.chart("Reliability, held-out", "predicted probability", "observed share of deposits");
    let whole = [[0.0, 0.0], [scale.most, scale.most]];
    let path = scale.path(&whole, Course::Straight);
    chart.curves = vec![Curve { look: "chance", path, text: "perfectly calibrated".into() }];
    chart.dots = bins
        .iter()
        .map(|bin| Dot {
            left: scale.left(bin.predicted),
            top: scale.top(bin.observed),
            low: scale.top(bin.low),
            high: scale.top(bin.high),
            radius: round(2.0 + 4.0 * (bin.count / most).sqrt()),
            text: format!(
                "{:.0} samples: predicted {}, observed {} ({} to {})",
                bin.count,
                percent(bin.predicted),
                percent(bin.observed),
                percent(bin.low),
                percent(bin.high)
            ),
        })
        .collect();
    chart.note = "In the mixture of the samples; bars are 95 % intervals, the area of a dot goes \
                  with its samples."
        .into();
    Some(chart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_is_drawn_as_it_goes() {
        let points = [[0.0, 0.0], [0.5, 1.0], [1.0, 1.0]];
        assert_eq!(UNIT.path(&points, Course::Straight), "M52 232L197 12L342 12");
        assert_eq!(UNIT.path(&points, Course::Hold), "M52 232H197V12H342V12");
        assert_eq!(UNIT.path(&points, Course::Jump), "M52 232V12H197V12H342");
    }

    #[test]
    fn a_curve_of_a_million_points_stays_small_and_reaches_its_end() {
        let points: Vec<[f64; 2]> = (0..=1_000_000).map(|i| [f64::from(i) / 1e6; 2]).collect();
        let path = UNIT.path(&points, Course::Straight);
        assert!(path.len() < 20_000 && path.ends_with("L342 12"), "{}", path.len());
        assert_eq!(UNIT.path(&[[f64::NAN, 0.0]], Course::Hold), "");
    }

    #[test]
    fn a_bin_without_figures_is_not_drawn() {
        let bin = |observed: f64| ReliabilityBin {
            count: 9.0,
            predicted: 0.3,
            observed,
            low: 0.1,
            high: 0.55,
        };
        let chart = reliability(&[bin(0.2), bin(f64::NAN)]).unwrap();
        assert_eq!(chart.dots.len(), 1);
        assert_eq!(chart.ticks_up.last().unwrap().text, "60\u{a0}%");
        assert!(reliability(&[bin(f64::NAN)]).is_none());
    }

    #[test]
    fn nothing_judged_draws_no_chart() {
        assert!(charts(&Report::default()).is_empty());
    }
}
