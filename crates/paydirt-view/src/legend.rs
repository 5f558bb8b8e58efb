//! How a map is coloured: as the QGIS style beside it says, so that page, report and QGIS show the same
//! classes; else in classes by share of area.

use std::collections::BTreeSet;

use paydirt_core::raster::quantiles::quantiles;
use serde::{Serialize, Serializer};

/// A colour: red, green, blue, opacity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rgba(pub [u8; 4]);

/// Nothing is drawn.
pub(crate) const CLEAR: Rgba = Rgba([0; 4]);

impl Rgba {
    fn opaque(red: u8, green: u8, blue: u8) -> Self {
        Self([red, green, blue, 255])
    }

    /// From `#rrggbb`.
    fn parse(text: &str, alpha: u8) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue, alpha]))
    }

    fn blend(self, other: Self, part: f64) -> Self {
        let mix = |a: u8, b: u8| (f64::from(a) + (f64::from(b) - f64::from(a)) * part).round();
        Self(std::array::from_fn(|index| mix(self.0[index], other.0[index]) as u8))
    }
}

impl Serialize for Rgba {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [red, green, blue, _] = self.0;
        serializer.collect_str(&format_args!("#{red:02x}{green:02x}{blue:02x}"))
    }
}

/// How values and colours go together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A colour from a value up to the next.
    Classes,
    /// Colours between values are blended.
    Ramp,
    /// A colour for each number.
    Categories,
}

/// A line of the legend.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Item {
    /// Least value of a class (none for the lowest), a value of the ramp, or the number of a category.
    pub value: Option<f64>,
    /// What it says; empty where the values say all.
    pub label: String,
    /// Its colour.
    pub colour: Rgba,
    /// Whether it is drawn at all.
    pub drawn: bool,
}

/// How a map is coloured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Legend {
    /// How values and colours go together.
    pub kind: Kind,
    /// Its lines, rising by value.
    pub items: Vec<Item>,
    /// The band that says how opaque a cell is, counted from 0.
    #[serde(skip)]
    pub opacity_band: Option<usize>,
}

/// The shares of the area at which the classes of a map without a style part.
const SHARES: [f64; 8] = [0.02, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 0.98];
/// Most different whole numbers that are taken for categories.
const MOST_CATEGORIES: usize = 12;
/// Viridis, for what is no better high than low.
const VIRIDIS: [[u8; 3]; 6] =
    [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]];
/// ColorBrewer's Purples, for doubt.
const PURPLES: [[u8; 3]; 5] =
    [[233, 230, 244], [203, 201, 226], [158, 154, 200], [117, 107, 177], [74, 20, 134]];
/// ColorBrewer's Paired, for categories (Harrower and Brewer 2003, doi:10.1179/000870403235002042).
const PAIRED: [[u8; 3]; 12] = [
    [166, 206, 227],
    [31, 120, 180],
    [178, 223, 138],
    [51, 160, 44],
    [251, 154, 153],
    [227, 26, 28],
    [253, 191, 111],
    [255, 127, 0],
    [202, 178, 214],
    [106, 61, 154],
    [255, 255, 153],
    [177, 89, 40],
];

impl Legend {
    /// Reads a QGIS style; `None` where it is none that is known here.
    #[must_use]
    pub fn from_qml(text: &str) -> Option<Self> {
        let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
        let document = roxmltree::Document::parse_with_options(text, options).ok()?;
        let all = || document.descendants().filter(roxmltree::Node::is_element);
        let renderer = all().find(|node| node.has_tag_name("rasterrenderer"))?;
        let opacity_band = renderer
            .attribute("alphaBand")
            .and_then(|band| band.parse::<usize>().ok())
            .and_then(|band| band.checked_sub(1));
        let lines = |tag: &'static str| all().filter(move |node| node.has_tag_name(tag));
        let shader = all().find(|node| node.has_tag_name("colorrampshader"));
        let (kind, lines): (_, Vec<_>) = match shader.map(|node| node.attribute("colorRampType")) {
            None => (Kind::Categories, lines("paletteEntry").collect()),
            Some(Some("INTERPOLATED")) => (Kind::Ramp, lines("item").collect()),
            Some(_) => (Kind::Classes, lines("item").collect()),
        };
        let mut items = Vec::new();
        for line in lines {
            let value: f64 = line.attribute("value")?.parse().ok()?;
            let alpha = line.attribute("alpha").unwrap_or("255").parse().ok()?;
            let colour = Rgba::parse(line.attribute("color")?, alpha)?;
            let label = line.attribute("label").unwrap_or_default().to_string();
            items.push(Item { value: Some(value), label, colour, drawn: alpha > 0 });
        }
        if kind == Kind::Classes {
            begin_where_the_last_ends(&mut items);
        }
        (!items.is_empty()).then_some(Self { kind, items, opacity_band })
    }

    /// Classes by share of area of some values of a map: whole numbers, if there are few, are categories.
    #[must_use]
    pub fn by_area(values: &[f32], doubt: bool) -> Self {
        let known = || values.iter().copied().filter(|value| value.is_finite());
        if known().all(|value| value.fract() == 0.0) && !doubt {
            let different: BTreeSet<i64> = known().map(|value| value as i64).collect();
            if (1..=MOST_CATEGORIES).contains(&different.len()) {
                return Self::categories(&different);
            }
        }
        let shares = quantiles(SHARES, values.len(), &mut |units| Ok(values[units].to_vec()));
        let mut bounds: Vec<f32> = shares.ok().flatten().into_iter().flatten().collect();
        bounds.dedup();
        // Nothing lies below the least value: it begins no class.
        let least = known().fold(f32::INFINITY, f32::min);
        bounds.retain(|bound| *bound > least);
        let ramp = if doubt { &PURPLES[..] } else { &VIRIDIS };
        let colours = along(ramp, bounds.len() + 1);
        let starts = std::iter::once(None).chain(bounds.into_iter().map(Some));
        let item = |(start, colour): (Option<f32>, Rgba)| Item {
            value: start.map(f64::from),
            label: String::new(),
            colour,
            drawn: true,
        };
        let items = starts.zip(colours).map(item).collect();
        Self { kind: Kind::Classes, items, opacity_band: None }
    }

    fn categories(numbers: &BTreeSet<i64>) -> Self {
        let colours = PAIRED.iter().map(|[red, green, blue]| Rgba::opaque(*red, *green, *blue));
        let item = |(number, colour): (&i64, Rgba)| Item {
            value: Some(*number as f64),
            label: number.to_string(),
            colour,
            drawn: true,
        };
        let items = numbers.iter().zip(colours).map(item).collect();
        Self { kind: Kind::Categories, items, opacity_band: None }
    }

    /// The colour of a value.
    #[must_use]
    pub fn colour(&self, value: f32) -> Rgba {
        if value.is_nan() {
            return CLEAR;
        }
        let value = f64::from(value);
        let begun = |item: &Item| item.value.is_none_or(|start| start <= value);
        match self.kind {
            Kind::Classes => {
                let next = self.items.partition_point(begun);
                self.items.get(next.saturating_sub(1)).map_or(CLEAR, |item| item.colour)
            }
            Kind::Categories => {
                let same = |item: &&Item| item.value == Some(value.round());
                self.items.iter().find(same).map_or(CLEAR, |item| item.colour)
            }
            Kind::Ramp => {
                let next = self.items.partition_point(begun);
                match (self.items.get(next.wrapping_sub(1)), self.items.get(next)) {
                    (Some(low), Some(high)) => {
                        let (from, to) = (low.value.unwrap_or(value), high.value.unwrap_or(value));
                        low.colour.blend(high.colour, (value - from) / (to - from))
                    }
                    (Some(end), None) | (None, Some(end)) => end.colour,
                    (None, None) => CLEAR,
                }
            }
        }
    }
}

/// QGIS ends a class at its value, inclusively; here a class begins at its value.
fn begin_where_the_last_ends(items: &mut [Item]) {
    let mut start = None;
    for item in items {
        let end = item.value;
        item.value = start;
        start = end.map(|end| f64::from((end as f32).next_up()));
    }
}

/// `count` colours evenly along a ramp.
fn along(ramp: &[[u8; 3]], count: usize) -> Vec<Rgba> {
    let colour = |index: usize| {
        let [red, green, blue] = ramp[index.min(ramp.len() - 1)];
        Rgba::opaque(red, green, blue)
    };
    (0..count)
        .map(|index| {
            let place = (ramp.len() - 1) as f64 * index as f64 / (count.max(2) - 1) as f64;
            colour(place as usize).blend(colour(place as usize + 1), place.fract())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASSES: &str = r##"<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>
<qgis><pipe><rasterrenderer type="singlebandpseudocolor" alphaBand="2"><rastershader>
<colorrampshader colorRampType="DISCRETE">
<item alpha="255" value="-1" label="pale" color="#c9cdd2"/>
<item alpha="255" value="0.49999997" label="low" color="#fafae0"/>
<item alpha="255" value="inf" label="top" color="#780020"/>
</colorrampshader></rastershader></rasterrenderer></pipe></qgis>"##;

    #[test]
    fn a_class_begins_where_the_style_ends_the_one_below() {
        let legend = Legend::from_qml(CLASSES).unwrap();
        assert_eq!(legend.opacity_band, Some(1));
        let starts: Vec<_> = legend.items.iter().map(|item| item.value).collect();
        assert_eq!(starts, [None, Some(f64::from((-1.0_f32).next_up())), Some(0.5)]);
        assert_eq!(legend.colour(0.5), Rgba([0x78, 0, 0x20, 255]));
        assert_eq!(legend.colour(0.5_f32.next_down()), Rgba([0xfa, 0xfa, 0xe0, 255]));
        assert_eq!(legend.colour(f32::NAN), CLEAR);
    }

    #[test]
    fn ramps_blend_and_keep_their_ends() {
        let text = CLASSES
            .replace("DISCRETE", "INTERPOLATED")
            .replace("inf", "1")
            .replace("0.49999997", "0")
            .replace("#fafae0", "#000000")
            .replace("#780020", "#ff0000");
        let legend = Legend::from_qml(&text).unwrap();
        assert_eq!(legend.colour(0.2), Rgba([51, 0, 0, 255]));
        assert_eq!(legend.colour(9.0), Rgba([255, 0, 0, 255]));
        assert_eq!(legend.colour(-9.0), Rgba([0xc9, 0xcd, 0xd2, 255]));
    }

    #[test]
    fn classes_without_a_style_part_the_area() {
        let values: Vec<f32> = (0..1000).map(|value| value as f32 + 0.5).collect();
        let legend = Legend::by_area(&values, true);
        assert_eq!(legend.items.len(), SHARES.len() + 1);
        assert_eq!(legend.items[5].value, Some(599.5));
        let all_one = Legend::by_area(&[0.25; 50], true);
        assert_eq!(all_one.items.len(), 1);
        assert_eq!(Legend::by_area(&[], false).colour(1.0), Rgba([68, 1, 84, 255]));
    }

    #[test]
    fn few_whole_numbers_are_categories() {
        let legend = Legend::by_area(&[3.0, 1.0, 3.0, f32::NAN, 7.0], false);
        assert_eq!(legend.kind, Kind::Categories);
        let labels: Vec<_> = legend.items.iter().map(|item| item.label.as_str()).collect();
        assert_eq!(labels, ["1", "3", "7"]);
        assert_eq!(legend.colour(2.0), CLEAR);
    }

    #[test]
    fn damaged_styles_are_none() {
        for text in ["", "<qgis/>", "<qgis", &CLASSES.replace("#780020", "red")] {
            assert_eq!(Legend::from_qml(text), None, "{text}");
        }
    }
}
