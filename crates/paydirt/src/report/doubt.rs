//! The section of doubt: which cause, where the model may not speak, which labels cannot be ruled out,
//! and mean against spread.

use serde::Serialize;

use super::figures::{Label, round};
use super::number::{percent, significant};
use super::picture::{Miniature, Pictures};
use super::sheet::Sheet;
use super::{Report, TargetLine};
use crate::doubt::Cause;
use crate::doubt::maps::Bounds;
use crate::doubt::summary::{CauseLine, ConformalLine, DoubtLine, RiskLine};
use crate::error::Result;
use crate::style::{self, ColourClass};

/// What the template draws of doubt.
#[derive(Serialize)]
pub(crate) struct Doubt {
    rows: Vec<CauseRow>,
    leading: Vec<String>,
    dominant: Option<Sheet>,
    shares: Vec<Small>,
    share_classes: Vec<ColourClass>,
    dissimilarity: Option<Sheet>,
    applicability: String,
    set: Option<Sheet>,
    conformal: Vec<String>,
    risk: Option<Sheet>,
    square: Square,
    scatter: Option<Scatter>,
}

/// A line of the table of causes.
#[derive(Serialize)]
struct CauseRow {
    name: &'static str,
    key: &'static str,
    varied: String,
    of_map: Option<f64>,
    of_targets: Option<f64>,
    dominates: f64,
    remedy: &'static str,
}

/// A small picture with its title.
#[derive(Serialize)]
struct Small {
    title: &'static str,
    image: String,
}

/// The legend of two quantities.
#[derive(Serialize)]
struct Square {
    cells: Vec<SquareCell>,
    mean: String,
    top_percent: String,
    spreads: String,
}

#[derive(Serialize)]
struct SquareCell {
    left: f64,
    top: f64,
    colour: style::Rgb,
    dark: bool,
    share: String,
}

/// Mean against spread, both in powers of ten.
#[derive(Serialize)]
pub(crate) struct Scatter {
    ticks_across: Vec<Label>,
    ticks_up: Vec<Label>,
    /// Where means begin to be high.
    across: f64,
    /// Below it a cell is sure to be high, or low.
    sure: String,
    cells: String,
    targets: Vec<Label>,
}

impl Doubt {
    /// # Errors
    /// Where a picture cannot be encoded.
    pub(crate) fn new(report: &Report, pictures: Option<&Pictures>) -> Result<Option<Self>> {
        let (Some(line), Some(pictures)) = (&report.doubt, pictures) else { return Ok(None) };
        let sheet = |picture: &Option<Miniature>, classes: Option<Vec<ColourClass>>| {
            let drawn = picture.as_ref().zip(classes);
            drawn.map(|(picture, classes)| Sheet::new(pictures, picture, classes, &[])).transpose()
        };
        let drawn = &pictures.doubt;
        let causes: Vec<Cause> = line.causes.iter().map(|line| line.cause).collect();
        let applicability = line.applicability.as_ref();
        Ok(Some(Self {
            rows: line.causes.iter().map(|cause| cause_row(cause, line)).collect(),
            leading: leading(line),
            dominant: sheet(&drawn.dominant, Some(style::cause_classes(&causes)))?,
            shares: drawn.shares.iter().map(small).collect::<Result<_>>()?,
            share_classes: style::share_classes(),
            dissimilarity: sheet(
                &drawn.dissimilarity,
                applicability.map(style::dissimilarity_classes),
            )?,
            applicability: applicability_words(line),
            set: sheet(&drawn.set, line.conformal.as_ref().map(style::set_classes))?,
            conformal: line.conformal.as_ref().map_or_else(Vec::new, conformal_words),
            risk: sheet(&drawn.risk, Some(style::risk_classes(&line.risk_return)))?,
            square: square(&line.risk_return),
            scatter: scatter(&line.risk_return, &report.targets),
        }))
    }
}

fn small((cause, picture): &(Cause, Miniature)) -> Result<Small> {
    let image = picture.address(&style::share_classes())?;
    Ok(Small { title: style::cause_name(*cause), image })
}

fn cause_row(line: &CauseLine, doubt: &DoubtLine) -> CauseRow {
    let number = line.repetitions;
    let (varied, remedy) = match line.cause {
        Cause::Negatives => (
            format!("{number} draws of the unlabelled"),
            "places verified barren instead of unlabelled ones",
        ),
        Cause::Model => (
            match number {
                0 => "the members: other seeds".into(),
                _ => format!("{number} refits: another seed, the deposits drawn again"),
            },
            "more known deposits",
        ),
        Cause::Evidence => {
            (format!("{number} plausible values for what is missing"), "a survey of the gaps")
        }
        Cause::Workflow => (
            format!("{number} ways to work: the chosen one, {}", doubt.workflows.join("; ")),
            "dropping ways that are judged worse",
        ),
        Cause::Extrapolation => (
            format!("how unlike {number} training rows; 0 in the area of applicability"),
            "labels on ground of this kind",
        ),
    };
    CauseRow {
        name: style::cause_name(line.cause),
        key: line.cause.key(),
        varied,
        of_map: line.share_of_map,
        of_targets: line.share_of_targets,
        dominates: line.dominates,
        remedy,
    }
}

/// Which cause leads, over the map and over the targets, in words.
fn leading(line: &DoubtLine) -> Vec<String> {
    let greatest = |share: fn(&CauseLine) -> Option<f64>| {
        let known =
            line.causes.iter().filter_map(|line| share(line).map(|share| (line.cause, share)));
        known.reduce(|best, other| if other.1 > best.1 { other } else { best })
    };
    let words = |(cause, share): (Cause, f64), where_: &str| {
        let (name, share) = (style::cause_name(cause), percent(share));
        format!("{where_} the {name} brings most of the variance: {share} on average.")
    };
    let of_map = greatest(|line| line.share_of_map).map(|best| words(best, "Over the map,"));
    let of_targets =
        greatest(|line| line.share_of_targets).map(|best| words(best, "Over the targets,"));
    of_map.into_iter().chain(of_targets).collect()
}

fn applicability_words(line: &DoubtLine) -> String {
    let Some(line) = &line.applicability else { return String::new() };
    let left_out = match line.left_out.as_slice() {
        [] => String::new(),
        [one] => format!(" {one} says nothing of it: constant in training, or of no importance."),
        many => format!(
            " {} columns say nothing of it: constant in training, or of no importance.",
            many.len()
        ),
    };
    format!(
        "{} of the map is outside: less like any of the {} training rows than cross-validation met. \
         No held-out figure of this page holds there. Layers count by their permutation \
         importance.{left_out}",
        percent(line.outside),
        line.training_rows,
    )
}

fn conformal_words(line: &ConformalLine) -> Vec<String> {
    let [deposits, others] = line.can_rule_out();
    let alpha = percent(line.alpha);
    let promise = format!(
        "Unlike means: scored as at most {alpha} of held-out deposits, or of held-out other ground, \
         are. So up to {alpha} of ground without a deposit looks unlike other ground by chance, and as \
         deposits are rare, nearly all of the red ground holds none: it is a sieve, no probability. \
         Fitted on {} groups of held-out ground with deposits and {} with other samples.",
        line.deposit_groups, line.other_groups,
    );
    let too_few = |groups: usize, what: &str| {
        format!(
            "With {groups} groups, {what} can be ruled out nowhere at this chance of error: {} would \
             be needed.",
            line.needed()
        )
    };
    let known =
        "Around known deposits the sets say too much: the model that draws the map knew them.";
    let mut words = vec![promise];
    words.extend((!deposits).then(|| too_few(line.deposit_groups, "a deposit")));
    words.extend((!others).then(|| too_few(line.other_groups, "other ground")));
    words.push(known.into());
    words
}

fn square(line: &RiskLine) -> Square {
    let cell = |class: usize| SquareCell {
        left: 60.0 * (class / 2) as f64,
        top: 60.0 - 60.0 * (class % 2) as f64,
        colour: style::RISK_COLOURS[class],
        dark: class >= 2,
        share: percent(line.shares[class]),
    };
    Square {
        cells: (0..4).map(cell).collect(),
        mean: significant(line.bounds.mean_at_least),
        top_percent: line.top_percent.to_string(),
        spreads: match line.bounds.spreads {
            1.0 => "one spread".into(),
            spreads => format!("{spreads} spreads"),
        },
    }
}

/// An axis of powers of ten between two places of the view box.
#[derive(Clone, Copy)]
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// Whole powers around the values, less the lowest hundredth of them.
    fn new(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Option<Self> {
        let mut logs: Vec<f64> =
            values.filter(|v| *v > 0.0 && v.is_finite()).map(f64::log10).collect();
        logs.sort_by(f64::total_cmp);
        let low = logs.get(logs.len() / 100)?.floor();
        let high = logs.last()?.ceil().max(low + 1.0);
        Some(Self { low, high, from, to })
    }

    /// The place of a value; none outside the axis.
    fn place(self, value: f64) -> Option<f64> {
        let share = (value.log10() - self.low) / (self.high - self.low);
        (-1e-9..=1.0 + 1e-9)
            .contains(&share)
            .then(|| round(self.from + share * (self.to - self.from)))
    }

    fn ticks(self, label: impl Fn(f64, String) -> Label) -> Vec<Label> {
        let powers = (self.high - self.low) as i32;
        let step = powers / 6 + 1;
        (0..=powers)
            .step_by(step.unsigned_abs() as usize)
            .map(|power| {
                let power = self.low as i32 + power;
                let text = if power > -3 {
                    format!("{}", 10_f64.powi(power))
                } else {
                    format!("1e{power}")
                };
                label(self.place(10_f64.powi(power)).unwrap_or(self.from), text)
            })
            .collect()
    }
}

fn scatter(line: &RiskLine, targets: &[TargetLine]) -> Option<Scatter> {
    let across = Axis::new(line.cells.iter().map(|cell| cell[0]), 52.0, 342.0)?;
    let up = Axis::new(line.cells.iter().map(|cell| cell[1]), 232.0, 12.0)?;
    let spot = |[mean, spread]: [f64; 2]| Some([across.place(mean)?, up.place(spread)?]);
    let dots = line.cells.iter().filter_map(|cell| spot(*cell));
    let mut best: Vec<Label> = Vec::new();
    for target in targets.iter().take(10) {
        let Some([left, top]) = spot([target.mean_score, target.mean_spread]) else { continue };
        // A number that would hide another is left to the table.
        let near = |b: &Label| (b.left - left).abs() < 11.0 && (b.top - top).abs() < 10.0;
        let text = if best.iter().any(near) { String::new() } else { target.rank.to_string() };
        best.push(Label { left, top, text });
    }
    Some(Scatter {
        ticks_across: across.ticks(|left, text| Label { left, top: 232.0, text }),
        ticks_up: up.ticks(|top, text| Label { left: 52.0, top, text }),
        across: across.place(line.bounds.mean_at_least).unwrap_or(across.to),
        sure: sure(line.bounds, across, up),
        cells: dots.map(|[left, top]| format!("M{left} {top}h0")).collect(),
        targets: best,
    })
}

/// The line on which a mean is as far from the least high one as so many spreads.
fn sure(bounds: Bounds, across: Axis, up: Axis) -> String {
    let mut path = String::new();
    for step in 0..=290 {
        let power = across.low + (across.high - across.low) * f64::from(step) / 290.0;
        let spread = (10_f64.powf(power) - bounds.mean_at_least).abs() / bounds.spreads;
        if let (Some(left), Some(top)) = (across.place(10_f64.powf(power)), up.place(spread)) {
            let pen = if path.is_empty() { 'M' } else { 'L' };
            path.push_str(&format!("{pen}{left} {top}"));
        }
    }
    path
}

/// What speaks against targets that lie where the model may not speak.
pub(crate) fn caution(report: &Report) -> Option<String> {
    let outside = |target: &&TargetLine| target.doubt.outside.is_some_and(|share| share > 0.5);
    let count = report.targets.iter().filter(outside).count();
    let of = report.targets.len();
    let first = report.targets.iter().find(outside)?.rank;
    Some(format!(
        "{count} of {of} targets (the first, number {first}) {} mostly outside the area of \
         applicability: no held-out figure speaks for ground like {}.",
        if count == 1 { "lies" } else { "lie" },
        if count == 1 { "it" } else { "theirs" },
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn the_doubt_in_plain_words() {
        let report = sample::report();
        let doubt = Doubt::new(&report, Some(&sample::pictures())).unwrap().unwrap();
        let mut text = doubt.leading.clone();
        text.push(doubt.applicability.clone());
        text.extend(doubt.conformal.clone());
        text.extend(doubt.rows.iter().map(|row| format!("{}: {}", row.name, row.varied)));
        insta::assert_snapshot!(text.join("\n"));
    }

    #[test]
    fn groups_that_are_too_few_are_said_to_be() {
        let mut report = sample::report();
        let doubt = report.doubt.as_mut().unwrap();
        let line = doubt.conformal.as_mut().unwrap();
        line.deposit_groups = 8;
        assert_eq!((line.can_rule_out(), line.needed()), ([false, true], 9));
        let words = conformal_words(line).join(" ");
        assert!(words.contains("With 8 groups, a deposit can be ruled out nowhere"), "{words}");
        line.deposit_groups = 9;
        assert_eq!(line.can_rule_out(), [true, true]);
    }

    #[test]
    fn targets_where_the_model_may_not_speak_are_a_caution() {
        let mut report = sample::report();
        assert_eq!(caution(&report), None);
        report.targets[4].doubt.outside = Some(0.8);
        assert!(
            caution(&report).unwrap().starts_with("1 of 30 targets (the first, number 5) lies")
        );
    }

    #[test]
    fn powers_of_ten_on_an_axis() {
        let axis = Axis::new([1e-5, 2e-3, 0.05].into_iter(), 0.0, 100.0).unwrap();
        assert_eq!((axis.low, axis.high), (-5.0, -1.0));
        assert_eq!(
            [axis.place(1e-5), axis.place(1e-3), axis.place(2.0)],
            [Some(0.0), Some(50.0), None]
        );
        let texts: Vec<String> = axis
            .ticks(|left, text| Label { left, top: 0.0, text })
            .into_iter()
            .map(|t| t.text)
            .collect();
        assert_eq!(texts, ["1e-5", "1e-4", "1e-3", "0.01", "0.1"]);
        assert!(Axis::new([0.0, f64::NAN].into_iter(), 0.0, 1.0).is_none());
        assert!(scatter(&RiskLine::default(), &[]).is_none());
    }
}
