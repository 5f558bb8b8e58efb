//! Colours of the maps of doubt. Classes are numbered; as in every list of classes the highest comes
//! first.

use super::{ColourClass, PURPLES, Rgb, along};
use crate::doubt::Cause;
use crate::doubt::summary::{ApplicabilityLine, ConformalLine, RiskLine};
use crate::report::number::{percent, significant};

/// No cause brings anything.
const NOTHING: Rgb = Rgb(236, 236, 236);

/// Colour of a cause (Okabe and Ito's, safe for colour-blind eyes).
const fn colour(cause: Cause) -> Rgb {
    match cause {
        Cause::Negatives => Rgb(0, 114, 178),
        Cause::Model => Rgb(230, 159, 0),
        Cause::Evidence => Rgb(0, 158, 115),
        Cause::Workflow => Rgb(204, 121, 167),
        Cause::Extrapolation => Rgb(90, 90, 90),
    }
}

/// A cause as people call it.
#[must_use]
pub const fn cause_name(cause: Cause) -> &'static str {
    match cause {
        Cause::Negatives => "draw of the unlabelled",
        Cause::Model => "seed and deposits of the model",
        Cause::Evidence => "missing evidence",
        Cause::Workflow => "choice of the workflow",
        Cause::Extrapolation => "extrapolation",
    }
}

fn class(number: usize, label: String, colour: Rgb) -> ColourClass {
    ColourClass { at_least: number as f64, label, colour }
}

/// Classes of the map of dominant causes: 0 where nothing varies, else one more than the cause's place
/// in [`Cause::ALL`].
#[must_use]
pub fn cause_classes(causes: &[Cause]) -> Vec<ColourClass> {
    let of_cause =
        |cause: &Cause| class(cause.index() + 1, cause_name(*cause).into(), colour(*cause));
    let nothing = class(0, "nothing varies".into(), NOTHING);
    causes.iter().rev().map(of_cause).chain([nothing]).collect()
}

/// Classes of a share of the variance.
#[must_use]
pub fn share_classes() -> Vec<ColourClass> {
    let bounds = [0.75, 0.5, 0.25, 0.1, f64::NEG_INFINITY];
    let labels = ["75 % and more", "50 to 75 %", "25 to 50 %", "10 to 25 %", "under 10 %"];
    let classes = bounds.into_iter().zip(labels).zip(along(&PURPLES, 5));
    classes
        .map(|((at_least, label), colour)| ColourClass { at_least, label: label.into(), colour })
        .collect()
}

/// Classes of the dissimilarity index: green inside the area of applicability, grey outside.
#[must_use]
pub fn dissimilarity_classes(line: &ApplicabilityLine) -> Vec<ColourClass> {
    let threshold = line.threshold as f32;
    let words = significant(line.threshold);
    // The threshold itself is inside.
    let over = |bound: f32| f64::from(bound.next_up());
    let part = |at_least: f64, label: String, colour| ColourClass { at_least, label, colour };
    vec![
        part(over(2.0 * threshold), "outside: over twice the threshold".into(), Rgb(99, 99, 99)),
        part(over(threshold), format!("outside: over the threshold ({words})"), Rgb(189, 189, 189)),
        part(over(0.5 * threshold), "inside: over half the threshold".into(), Rgb(166, 219, 160)),
        part(f64::NEG_INFINITY, "inside: half the threshold or less".into(), Rgb(27, 120, 55)),
    ]
}

/// Classes of prediction sets, with their shares of the map.
#[must_use]
pub fn set_classes(line: &ConformalLine) -> Vec<ColourClass> {
    let words = [
        ("like neither", Rgb(118, 42, 131)),
        ("like other ground, unlike deposits", Rgb(209, 229, 240)),
        ("like deposits, unlike other ground", Rgb(178, 24, 43)),
        ("like both: not told apart", Rgb(253, 200, 120)),
    ];
    let one = |(number, ((word, colour), share)): (usize, ((&str, Rgb), f64))| {
        class(number, format!("{word} ({})", percent(share)), colour)
    };
    let mut classes: Vec<ColourClass> =
        words.into_iter().zip(line.shares).enumerate().map(one).collect();
    classes.reverse();
    classes
}

/// Names of the classes of mean and spread.
pub const RISK_NAMES: [&str; 4] =
    ["low, surely", "low, perhaps high", "high, surely", "high, perhaps low"];
/// Their colours: more blue with the spread, more red with the mean.
pub const RISK_COLOURS: [Rgb; 4] =
    [Rgb(232, 232, 232), Rgb(108, 151, 200), Rgb(214, 48, 39), Rgb(98, 38, 110)];

/// Classes of mean and spread, with their shares of the map.
#[must_use]
pub fn risk_classes(line: &RiskLine) -> Vec<ColourClass> {
    let one = |number: usize| {
        let label = format!("{} ({})", RISK_NAMES[number], percent(line.shares[number]));
        class(number, label, RISK_COLOURS[number])
    };
    (0..4).rev().map(one).collect()
}
