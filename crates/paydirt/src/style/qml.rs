//! QGIS 3 layer styles as text.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ColourClass, DEPOSIT, MISSING, OUTSIDE, Rgb};
use crate::error::Result;
use crate::report::template::render;

/// One item of a colour ramp: QGIS gives a discrete item's colour to values up to `value`.
#[derive(Serialize)]
struct Item {
    value: String,
    label: String,
    colour: Rgb,
}

/// What `ramp.qml` needs.
#[derive(Serialize)]
struct Ramp<'a> {
    kind: &'a str,
    alpha_band: i32,
    items: &'a [Item],
    least: f64,
    greatest: f64,
}

/// Style of a raster in classes, the highest class first: single-band pseudocolour, discrete.
///
/// A class begins *at* its bound, but QGIS ends a class there: the bound written is the float next
/// below, so that no cell changes class between the report and QGIS.
///
/// # Errors
/// Where the template does not render.
pub fn discrete(classes: &[ColourClass]) -> Result<String> {
    ramp_of_classes(classes, false)
}

/// The same for a raster whose second band says how opaque a cell is (255: wholly): those outside the
/// area of applicability are pale.
///
/// # Errors
/// Where the template does not render.
pub fn discrete_faded(classes: &[ColourClass]) -> Result<String> {
    ramp_of_classes(classes, true)
}

fn ramp_of_classes(classes: &[ColourClass], faded: bool) -> Result<String> {
    let next_below = |bound: f64| f64::from((bound as f32).next_down());
    let ends = std::iter::once(f64::INFINITY)
        .chain(classes.iter().map(|class| next_below(class.at_least)));
    let mut items: Vec<Item> = classes
        .iter()
        .zip(ends)
        .map(|(class, end)| Item {
            value: if end.is_finite() { format!("{end}") } else { "inf".into() },
            label: class.label.clone(),
            colour: class.colour,
        })
        .collect();
    // No cell is so low: a line of the legend alone.
    let pale = Item { value: "-1".into(), label: format!("pale: {OUTSIDE}"), colour: MISSING };
    items.extend(faded.then_some(pale));
    items.reverse();
    let bounds = || classes.iter().map(|class| class.at_least).filter(|bound| bound.is_finite());
    let (least, greatest) = (bounds().fold(0.0, f64::min), bounds().fold(0.0, f64::max));
    let alpha_band = if faded { 2 } else { -1 };
    let ramp = Ramp { kind: "DISCRETE", alpha_band, items: &items, least, greatest };
    render("ramp.qml", include_str!("ramp.qml"), &ramp)
}

/// Style of an attribution raster: blue lowers the score, red raises it, white is none; symmetric,
/// saturated at `limit` in the raster's `unit`.
///
/// # Errors
/// Where the template does not render.
pub fn diverging(limit: f64, unit: &str) -> Result<String> {
    let stops = [
        (-1.0, "lowers", Rgb(5, 48, 97)),
        (-0.5, "", Rgb(67, 147, 195)),
        (0.0, "no effect", Rgb(247, 247, 247)),
        (0.5, "", Rgb(214, 96, 77)),
        (1.0, "raises", Rgb(103, 0, 31)),
    ];
    let items = stops.map(|(part, word, colour)| Item {
        value: format!("{}", part * limit),
        label: format!("{:+.3} {unit} {word}", part * limit).trim_end().into(),
        colour,
    });
    let (kind, alpha_band) = ("INTERPOLATED", -1);
    let ramp = Ramp { kind, alpha_band, items: &items, least: -limit, greatest: limit };
    render("ramp.qml", include_str!("ramp.qml"), &ramp)
}

/// Style of a raster of numbered classes.
///
/// # Errors
/// Where the template does not render.
pub fn numbered(classes: &[ColourClass]) -> Result<String> {
    render("classes.qml", include_str!("classes.qml"), &BTreeMap::from([("classes", classes)]))
}

/// The numbers that a coverage raster writes for the three states of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// Outside the study area.
    pub outside: u8,
    /// In the study area, evidence missing.
    pub missing: u8,
    /// In the study area, evidence known.
    pub known: u8,
}

/// Style of a coverage raster: outside transparent, missing grey, known pale green.
///
/// # Errors
/// Where the template does not render.
pub fn coverage(codes: Coverage) -> Result<String> {
    let context = BTreeMap::from([
        ("outside", codes.outside.to_string()),
        ("missing", codes.missing.to_string()),
        ("known", codes.known.to_string()),
        ("grey", MISSING.to_string()),
    ]);
    render("coverage.qml", include_str!("coverage.qml"), &context)
}

/// Style of the target polygons: outlined, the ten best heavily, labelled with the field `rank`.
///
/// # Errors
/// Where the template does not render.
pub fn targets() -> Result<String> {
    render("targets.qml", include_str!("targets.qml"), &())
}

/// Style of the known deposits: points, labelled with the field `name` where there is one.
///
/// # Errors
/// Where the template does not render.
pub fn deposits() -> Result<String> {
    render("deposits.qml", include_str!("deposits.qml"), &deposit_colour())
}

/// Style of the samples of a split: those of the first repeat, by their role.
///
/// # Errors
/// Where the template does not render.
pub fn samples() -> Result<String> {
    render("samples.qml", include_str!("samples.qml"), &deposit_colour())
}

/// Style of the edges of a potential field: small points.
///
/// # Errors
/// Where the template does not render.
pub fn edges() -> Result<String> {
    render("edges.qml", include_str!("edges.qml"), &())
}

/// Style of held-out ground: outlines of the first repeat, labelled with their fold.
///
/// # Errors
/// Where the template does not render.
pub fn held_out() -> Result<String> {
    render("held_out.qml", include_str!("held_out.qml"), &())
}

fn deposit_colour() -> BTreeMap<&'static str, String> {
    let Rgb(red, green, blue) = DEPOSIT;
    BTreeMap::from([("colour", format!("{red},{green},{blue},255"))])
}
