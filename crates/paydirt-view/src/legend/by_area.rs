//! Classes of maps without a style: by share of area, or one for each of few whole numbers.

use std::collections::BTreeSet;

use paydirt_core::raster::quantiles::quantiles;

use super::{CLEAR, Item, Kind, Legend, Rgba};

/// How the classes of a map without a style part its area, and in which colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ramp {
    /// For what is no better high than low: viridis, the area evenly parted. Few whole numbers are categories.
    Plain,
    /// For doubt: purples.
    Doubt,
    /// For scores of which the highest alone matter: viridis, the top of the area finely parted.
    Top,
}

/// The shares of the area at which classes part.
const SHARES: [f64; 8] = [0.02, 0.15, 0.3, 0.45, 0.6, 0.75, 0.9, 0.98];
/// The same, where the highest alone matter: those of an infilling's report.
const TOP_SHARES: [f64; 8] = [0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
/// Most different whole numbers that are taken for categories.
const MOST_CATEGORIES: usize = 12;
/// Viridis, which rises evenly in lightness.
const VIRIDIS: [[u8; 3]; 6] =
    [[68, 1, 84], [65, 68, 135], [42, 120, 142], [34, 168, 132], [122, 209, 81], [253, 231, 37]];
/// ColorBrewer's Purples, for doubt.
const PURPLES: [[u8; 3]; 5] =
    [[233, 230, 244], [203, 201, 226], [158, 154, 200], [117, 107, 177], [74, 20, 134]];
/// ColorBrewer's Blues without its lightest, for what was recorded.
const BLUES: [[u8; 3]; 4] = [[107, 174, 214], [49, 130, 189], [8, 81, 156], [8, 29, 88]];
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
    /// Classes by share of area of some values of a map.
    #[must_use]
    pub fn by_area(values: &[f32], ramp: Ramp) -> Self {
        let known = || values.iter().copied().filter(|value| value.is_finite());
        if known().all(|value| value.fract() == 0.0) && ramp == Ramp::Plain {
            let different: BTreeSet<i64> = known().map(|value| value as i64).collect();
            if (1..=MOST_CATEGORIES).contains(&different.len()) {
                return Self::categories(&different);
            }
        }
        let shares = if ramp == Ramp::Top { TOP_SHARES } else { SHARES };
        let parted = quantiles(shares, values.len(), &mut |units| Ok(values[units].to_vec()));
        let mut bounds: Vec<f32> = parted.ok().flatten().into_iter().flatten().collect();
        bounds.dedup();
        // Nothing lies below the least value: it begins no class.
        let least = known().fold(f32::INFINITY, f32::min);
        bounds.retain(|bound| *bound > least);
        let all = known().count() as f64;
        let from = |bound: f32| known().filter(|value| *value >= bound).count() as f64 / all;
        let colours =
            along(if ramp == Ramp::Doubt { &PURPLES } else { &VIRIDIS }, bounds.len() + 1);
        let starts = std::iter::once(None).chain(bounds.into_iter().map(Some));
        let item = |(start, colour): (Option<f32>, Rgba)| Item {
            value: start.map(f64::from),
            label: String::new(),
            share: start.map(from),
            colour,
            drawn: true,
        };
        let items = starts.zip(colours).map(item).collect();
        Self { kind: Kind::Classes, items, opacity_band: None }
    }

    /// Classes of counts, which double from one to the next; nothing is drawn where nothing was counted. From
    /// afar a cell is the mean of many: where any of them counts, it is drawn.
    #[must_use]
    pub fn counts() -> Self {
        let none =
            Item { value: None, label: "none".into(), share: None, colour: CLEAR, drawn: false };
        let classes =
            [(f32::MIN_POSITIVE, "1"), (2.0, "2 or 3"), (4.0, "4 to 7"), (8.0, "8 or more")];
        let item = |((start, label), [red, green, blue]): ((f32, &str), [u8; 3])| Item {
            value: Some(f64::from(start)),
            label: label.into(),
            share: None,
            colour: Rgba::opaque(red, green, blue),
            drawn: true,
        };
        let items = std::iter::once(none).chain(classes.into_iter().zip(BLUES).map(item)).collect();
        Self { kind: Kind::Classes, items, opacity_band: None }
    }

    fn categories(numbers: &BTreeSet<i64>) -> Self {
        let colours = PAIRED.iter().map(|[red, green, blue]| Rgba::opaque(*red, *green, *blue));
        let item = |(number, colour): (&i64, Rgba)| Item {
            value: Some(*number as f64),
            label: number.to_string(),
            share: None,
            colour,
            drawn: true,
        };
        let items = numbers.iter().zip(colours).map(item).collect();
        Self { kind: Kind::Categories, items, opacity_band: None }
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

    #[test]
    fn classes_without_a_style_part_the_area() {
        let values: Vec<f32> = (0..1000).map(|value| value as f32 + 0.5).collect();
        let legend = Legend::by_area(&values, Ramp::Doubt);
        assert_eq!(legend.items.len(), SHARES.len() + 1);
        assert_eq!((legend.items[5].value, legend.items[5].share), (Some(599.5), Some(0.401)));
        let top = Legend::by_area(&values, Ramp::Top);
        assert_eq!(top.items.last().and_then(|item| item.share), Some(0.002));
        let all_one = Legend::by_area(&[0.25; 50], Ramp::Doubt);
        assert_eq!(all_one.items.len(), 1);
        assert_eq!(Legend::by_area(&[], Ramp::Plain).colour(1.0), Rgba([68, 1, 84, 255]));
    }

    #[test]
    fn few_whole_numbers_are_categories() {
        let legend = Legend::by_area(&[3.0, 1.0, 3.0, f32::NAN, 7.0], Ramp::Plain);
        assert_eq!(legend.kind, Kind::Categories);
        let labels: Vec<_> = legend.items.iter().map(|item| item.label.as_str()).collect();
        assert_eq!(labels, ["1", "3", "7"]);
        assert_eq!(legend.colour(2.0), CLEAR);
    }

    #[test]
    fn nothing_counted_is_not_drawn() {
        let legend = Legend::counts();
        assert_eq!(legend.colour(0.0), CLEAR);
        let blue = |value: f32| legend.colour(value).0;
        assert!(blue(1.0) == blue(0.01) && blue(3.0) != blue(1.0) && blue(99.0) == blue(8.0));
    }
}
