//! How maps look, here and in QGIS: classes by share of area, hot colours high, and the `.qml` text
//! that QGIS loads beside a raster or from a GeoPackage's `layer_styles`.
//!
//! The ramps are ColorBrewer's YlOrRd, Purples and RdBu (Harrower and Brewer 2003,
//! doi:10.1179/000870403235002042): safe for colour-blind eyes, and their order survives a grey
//! print.

use std::fmt;

use serde::{Serialize, Serializer};

use crate::report::MapClass;
use crate::report::number;

mod doubt;
mod qml;

pub use doubt::{
    RISK_COLOURS, RISK_NAMES, cause_classes, cause_name, dissimilarity_classes, risk_classes,
    set_classes, share_classes,
};
pub use qml::{
    Coverage, coverage, deposits, discrete, discrete_faded, diverging, edges, held_out, numbered,
    samples, targets,
};

/// A colour: red, green and blue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgb(pub u8, pub u8, pub u8);

impl fmt::Display for Rgb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{:02x}{:02x}{:02x}", self.0, self.1, self.2)
    }
}

impl Serialize for Rgb {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Study area in which evidence is missing.
pub const MISSING: Rgb = Rgb(201, 205, 210);
/// What is said of cells where the model may not speak.
pub const OUTSIDE: &str = "outside the area of applicability";
/// Known deposits, and what lowers a score: the opposite of hot.
pub const DEPOSIT: Rgb = Rgb(8, 69, 148);

const HOT: [Rgb; 7] = [
    Rgb(120, 0, 32),
    Rgb(206, 18, 33),
    Rgb(245, 90, 42),
    Rgb(253, 152, 62),
    Rgb(254, 201, 102),
    Rgb(255, 233, 150),
    Rgb(250, 246, 224),
];
/// Viridis, which rises evenly in lightness: for evidence, of which no value is good or bad by itself.
const VIRIDIS: [Rgb; 6] = [
    Rgb(253, 231, 37),
    Rgb(122, 209, 81),
    Rgb(34, 168, 132),
    Rgb(42, 120, 142),
    Rgb(65, 68, 135),
    Rgb(68, 1, 84),
];
const PURPLES: [Rgb; 5] = [
    Rgb(74, 20, 134),
    Rgb(117, 107, 177),
    Rgb(158, 154, 200),
    Rgb(203, 201, 226),
    Rgb(233, 230, 244),
];

/// A class of a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColourClass {
    /// Least value in it; minus infinity for the lowest class.
    pub at_least: f64,
    /// What the legend says.
    pub label: String,
    /// Its colour.
    pub colour: Rgb,
}

/// `count` colours evenly along a ramp.
fn along(ramp: &[Rgb], count: usize) -> Vec<Rgb> {
    let blend = |a: u8, b: u8, part: f64| {
        (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round() as u8
    };
    (0..count)
        .map(|index| {
            let place = (ramp.len() - 1) as f64 * index as f64 / (count.max(2) - 1) as f64;
            let (low, part) = (place as usize, place.fract());
            let (from, to) = (ramp[low], ramp[(low + 1).min(ramp.len() - 1)]);
            Rgb(blend(from.0, to.0, part), blend(from.1, to.1, part), blend(from.2, to.2, part))
        })
        .collect()
}

fn by_area(classes: &[MapClass], at_least: impl Fn(&MapClass) -> f64) -> Vec<ColourClass> {
    let colours = along(&HOT, classes.len() + 1);
    let mut list: Vec<ColourClass> = classes
        .iter()
        .zip(&colours)
        .map(|(class, &colour)| {
            let at_least = at_least(class);
            let label =
                format!("top {} % (≥ {})", class.top_percent, number::significant(at_least));
            ColourClass { at_least, label, colour }
        })
        .collect();
    let rest = classes.last().map_or("all".into(), |last| {
        format!(
            "the other {} % (< {})",
            100.0 - last.top_percent,
            number::significant(at_least(last))
        )
    });
    list.extend(colours.last().map(|&colour| ColourClass {
        at_least: f64::NEG_INFINITY,
        label: rest,
        colour,
    }));
    list
}

/// Classes of the prospectivity map, best first: by share of area, never by equal steps of
/// probability, which is around 1e-4 nearly everywhere.
///
/// ```
/// use paydirt::report::MapClass;
/// let best = MapClass { top_percent: 5.0, at_least: 0.0123, known_deposits: Some(0.6) };
/// let classes = paydirt::style::prospectivity_classes(&[best]);
/// assert_eq!(classes[0].label, "top 5 % (≥ 0.0123)");
/// assert_eq!(classes[1].label, "the other 95 % (< 0.0123)");
/// ```
#[must_use]
pub fn prospectivity_classes(classes: &[MapClass]) -> Vec<ColourClass> {
    by_area(classes, |class| class.at_least)
}

/// The same classes on the map of ranks, which holds the share of the area scored lower: the best
/// 5 % begin at 0.95.
#[must_use]
pub fn rank_classes(classes: &[MapClass]) -> Vec<ColourClass> {
    by_area(classes, |class| 1.0 - class.top_percent / 100.0)
}

/// The shares of the mapped area at which the classes of the spread map part, highest first.
pub const SPREAD_SHARES: [f64; 4] = [0.8, 0.6, 0.4, 0.2];

/// Classes of the spread map, most spread first, from its quantiles at [`SPREAD_SHARES`]. Quantiles
/// that fall together, as where most of the map has no spread at all, part no class.
#[must_use]
pub fn spread_classes(quantiles: [f64; 4]) -> Vec<ColourClass> {
    let mut bounds: Vec<f64> = quantiles.into_iter().filter(|bound| *bound > 0.0).collect();
    bounds.dedup();
    let words: Vec<String> = bounds.iter().copied().map(number::significant).collect();
    let (Some(high), Some(low)) = (words.first(), words.last()) else {
        let label = "no spread to speak of".into();
        return vec![ColourClass { at_least: f64::NEG_INFINITY, label, colour: PURPLES[4] }];
    };
    let between = words.windows(2).map(|pair| format!("{} to {}", pair[1], pair[0]));
    let labels = std::iter::once(format!("most spread (≥ {high})"))
        .chain(between)
        .chain([format!("least spread (< {low})")]);
    let colours = along(&PURPLES, bounds.len() + 1);
    bounds
        .iter()
        .copied()
        .chain([f64::NEG_INFINITY])
        .zip(labels)
        .zip(colours)
        .map(|((at_least, label), colour)| ColourClass { at_least, label, colour })
        .collect()
}

/// The shares of the study area at which the classes of an evidence layer part, highest first.
pub const EVIDENCE_SHARES: [f64; 8] = [0.98, 0.9, 0.75, 0.6, 0.45, 0.3, 0.15, 0.02];

/// Classes of an evidence layer, the highest first, from its quantiles at [`EVIDENCE_SHARES`].
/// Quantiles that fall together part no class.
#[must_use]
pub fn evidence_classes(quantiles: [f64; 8], unit: &str) -> Vec<ColourClass> {
    let mut bounds = quantiles.to_vec();
    bounds.dedup();
    let label = |bound: f64| format!("≥ {} {unit}", number::significant(bound)).trim_end().into();
    let lowest = bounds.last().map_or(0.0, |bound| *bound);
    let rest = format!("< {} {unit}", number::significant(lowest)).trim_end().into();
    let labels = bounds.iter().map(|bound| label(*bound)).chain([rest]);
    bounds
        .iter()
        .copied()
        .chain([f64::NEG_INFINITY])
        .zip(labels)
        .zip(along(&VIRIDIS, bounds.len() + 1))
        .map(|((at_least, label), colour)| ColourClass { at_least, label, colour })
        .collect()
}

/// Classes of counts, the highest first: a class for each of `least`, the smallest counts that begin one, and what
/// lies under all of them.
#[must_use]
pub fn count_classes(least: &[usize], what: &str) -> Vec<ColourClass> {
    let mut bounds = least.to_vec();
    bounds.sort_unstable_by(|a, b| b.cmp(a));
    bounds.dedup();
    let colours = along(&VIRIDIS, bounds.len() + 1);
    let rest = ColourClass {
        at_least: f64::NEG_INFINITY,
        label: format!("fewer {what}"),
        colour: colours.last().copied().unwrap_or(MISSING),
    };
    let classes = bounds.iter().zip(&colours).map(|(bound, colour)| ColourClass {
        at_least: *bound as f64,
        label: format!("{bound} {what} or more"),
        colour: *colour,
    });
    classes.chain([rest]).collect()
}

/// Classes of a layer of kinds, by code: colours as far apart in hue as the golden angle makes them, so that
/// neighbouring codes never look alike; no value is good or bad by itself.
#[must_use]
pub fn category_classes(codes: &[(u32, String)]) -> Vec<ColourClass> {
    let class = |(number, (code, label)): (usize, &(u32, String))| {
        let hue = number as f64 * 137.508 % 360.0;
        let light = [0.72, 0.55, 0.84][number % 3];
        ColourClass { at_least: f64::from(*code), label: label.clone(), colour: hued(hue, light) }
    };
    codes.iter().enumerate().map(class).rev().collect()
}

/// A colour of a hue in degrees and a lightness, half saturated.
fn hued(hue: f64, lightness: f64) -> Rgb {
    let reach = 0.55 * lightness.min(1.0 - lightness);
    let channel = |shift: f64| {
        let turn = (shift + hue / 30.0) % 12.0;
        let part = lightness - reach * (turn - 3.0).min(9.0 - turn).clamp(-1.0, 1.0);
        (part * 255.0).round() as u8
    };
    Rgb(channel(0.0), channel(8.0), channel(4.0))
}

#[cfg(test)]
mod tests;
