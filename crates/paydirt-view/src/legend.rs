//! How a map is coloured: as the QGIS style beside it says, so that page, report and QGIS show the same
//! classes; else in classes by share of area.

mod by_area;

use serde::{Serialize, Serializer};

pub use by_area::Ramp;

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
    /// Share of the area from this value upwards, where it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
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
            let (value, share) = (Some(value), None);
            items.push(Item { value, label, share, colour, drawn: alpha > 0 });
        }
        if kind == Kind::Classes {
            begin_where_the_last_ends(&mut items);
        }
        (!items.is_empty()).then_some(Self { kind, items, opacity_band })
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
    fn damaged_styles_are_none() {
        for text in ["", "<qgis/>", "<qgis", &CLASSES.replace("#780020", "red")] {
            assert_eq!(Legend::from_qml(text), None, "{text}");
        }
    }
}
