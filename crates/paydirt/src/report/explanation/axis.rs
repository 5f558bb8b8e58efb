//! Axes of the pictures of explanation, in the units of their view boxes.

use serde::Serialize;

use crate::report::figures::{Label, round};
use crate::report::number::round_step;

/// Numbers on a length of the view box.
#[derive(Clone, Copy, Debug)]
pub(super) struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    /// An axis over some values, from one place of the view box to another, with a little room at the ends.
    /// `None` where there is no finite value.
    pub(super) fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Option<Self> {
        let ends = values.filter(|value| value.is_finite());
        let ends = ends.fold(None, |ends: Option<(f64, f64)>, value| {
            let (low, high) = ends.unwrap_or((value, value));
            Some((low.min(value), high.max(value)))
        });
        let (low, high) = ends?;
        let room = match high - low {
            0.0 => low.abs().max(1e-9) * 0.5,
            length => length * 0.04,
        };
        let (low, high) = (low - room, high + room);
        (high - low).is_finite().then_some(Self { low, high, from, to })
    }

    /// Where a value stands.
    pub(super) fn place(self, value: f64) -> f64 {
        let share = (value - self.low) / (self.high - self.low);
        round(self.from + share * (self.to - self.from))
    }

    pub(super) fn holds(self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }

    /// Round numbers on the axis and where they stand.
    pub(super) fn ticks(self, parts: f64) -> Vec<Tick> {
        let step = round_step(self.high - self.low, parts);
        let decimals = (-step.log10().floor()).clamp(0.0, 9.0) as usize;
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        let count = (last - first).clamp(-1.0, 50.0) as i64 + 1;
        (0..count)
            .map(|number| (first + number as f64) * step)
            .map(|value| Tick { at: self.place(value), text: tick_text(value, decimals) })
            .collect()
    }
}

fn tick_text(value: f64, decimals: usize) -> String {
    let size = value.abs();
    match size {
        _ if size < 1e-12 => "0".into(),
        _ if !(1e-4..1e6).contains(&size) => format!("{value:e}"),
        _ => format!("{value:.decimals$}"),
    }
}

/// A tick of an axis.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) text: String,
}

/// Where the values of a layer stand: numbers by their size, categories side by side.
pub(super) enum Across {
    Numbers(Axis),
    Classes { codes: Vec<f32>, names: Vec<String>, axis: Axis },
}

impl Across {
    /// Numbers from one of some values to another.
    pub(super) fn numbers(values: impl Iterator<Item = f64>, ends: [f64; 2]) -> Option<Self> {
        Axis::over(values, ends[0], ends[1]).map(Self::Numbers)
    }

    /// Codes in their order, each with its name.
    pub(super) fn classes(classes: Vec<(f32, Option<&String>)>, ends: [f64; 2]) -> Option<Self> {
        let axis = Axis::over([-0.5, classes.len() as f64 - 0.5].into_iter(), ends[0], ends[1])?;
        let name = |(code, name): &(f32, Option<&String>)| match name {
            Some(name) => (*name).clone(),
            None => code.to_string(),
        };
        let names = classes.iter().map(name).collect();
        Some(Self::Classes {
            codes: classes.into_iter().map(|class| class.0).collect(),
            names,
            axis,
        })
    }

    /// Where a value stands; `None` where it is off the axis.
    pub(super) fn place(&self, value: f32) -> Option<f64> {
        match self {
            Self::Numbers(axis) => {
                axis.holds(f64::from(value)).then(|| axis.place(f64::from(value)))
            }
            Self::Classes { codes, axis, .. } => {
                codes.iter().position(|code| *code == value).map(|at| axis.place(at as f64))
            }
        }
    }

    /// Numbers, or as many names as there is room for.
    pub(super) fn ticks(&self, top: f64) -> Vec<Label> {
        let label = |left, text| Label { left, top, text };
        match self {
            Self::Numbers(axis) => {
                axis.ticks(7.0).into_iter().map(|tick| label(tick.at, tick.text)).collect()
            }
            Self::Classes { names, axis, .. } => {
                let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(1);
                let room = (290 / (longest.clamp(1, 12) * 6 + 6)).max(1);
                let every = names.len().div_ceil(room);
                let shown = names.iter().enumerate().step_by(every);
                let short = |name: &String| match name.chars().count() {
                    0..=12 => name.clone(),
                    _ => name.chars().take(11).chain(['…']).collect(),
                };
                shown.map(|(at, name)| label(axis.place(at as f64), short(name))).collect()
            }
        }
    }
}

/// Dots as one path: strokes of no length with round ends.
pub(super) fn dots(places: impl Iterator<Item = (f64, f64)>) -> String {
    places.map(|(left, top)| format!("M{} {}h0", round(left), round(top))).collect()
}

/// A line through some places; a place that is not there parts it.
pub(super) fn line(places: impl Iterator<Item = Option<(f64, f64)>>) -> String {
    let (mut path, mut joined) = (String::new(), false);
    for place in places {
        if let Some((left, top)) = place {
            path.push(if joined { 'L' } else { 'M' });
            path.push_str(&format!("{} {}", round(left), round(top)));
        }
        joined = place.is_some();
    }
    path
}

/// Which fifth of the known values each falls into, 0 the lowest; equal values fall into one. `None` where
/// the value is not known, or all are the same.
pub(super) fn fifths(values: &[Option<f32>]) -> Vec<Option<usize>> {
    let mut known: Vec<f32> = values.iter().copied().flatten().collect();
    known.sort_by(f32::total_cmp);
    let (Some(first), Some(last)) = (known.first(), known.last()) else {
        return vec![None; values.len()];
    };
    if first == last {
        return vec![None; values.len()];
    }
    let fifth = |value: f32| {
        let below = known.partition_point(|other| *other < value);
        let through = known.partition_point(|other| *other <= value);
        // The middle of those that are equal to it.
        (5 * (below + through) / (2 * known.len())).min(4)
    };
    values.iter().map(|value| value.map(fifth)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_and_ticks_of_an_axis() {
        let axis = Axis::over([0.0, 10.0].into_iter(), 0.0, 108.0).unwrap();
        assert_eq!([axis.place(0.0), axis.place(10.0)], [4.0, 104.0]);
        let texts: Vec<String> = axis.ticks(5.0).into_iter().map(|tick| tick.text).collect();
        assert_eq!(texts, ["0", "5", "10"]);
        assert!(Axis::over([f64::NAN].into_iter(), 0.0, 1.0).is_none());
        let one = Axis::over([3.0].into_iter(), 0.0, 100.0).unwrap();
        assert_eq!(one.place(3.0), 50.0);
        assert_eq!(tick_text(-0.000_02, 5), "-2e-5");
        assert!(Axis::over([0.0].into_iter(), 0.0, 1.0).unwrap().ticks(4.0).len() < 9);
    }

    #[test]
    fn classes_stand_side_by_side() {
        let shale = "shale".to_string();
        let across = Across::classes(vec![(3.0, None), (7.0, Some(&shale))], [0.0, 100.0]).unwrap();
        let [three, seven] = [3.0, 7.0].map(|code| across.place(code).unwrap());
        assert!(three < 50.0 && seven > 50.0 && across.place(4.0).is_none());
        let texts: Vec<String> = across.ticks(0.0).into_iter().map(|label| label.text).collect();
        assert_eq!(texts, ["3", "shale"]);
    }

    #[test]
    fn equal_values_fall_into_one_fifth() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0].map(Some);
        assert_eq!(fifths(&values), [0, 1, 2, 3, 4].map(Some));
        assert_eq!(fifths(&[Some(0.0), Some(0.0), None, Some(9.0)])[..3], [Some(1), Some(1), None]);
        assert_eq!(fifths(&[Some(2.0), Some(2.0)]), [None, None]);
        assert_eq!(fifths(&[None]), [None]);
    }

    #[test]
    fn a_line_is_parted_where_nothing_is() {
        let places = [Some((0.0, 1.0)), Some((2.0, 3.0)), None, Some((4.0, 5.0))];
        assert_eq!(line(places.into_iter()), "M0 1L2 3M4 5");
        assert_eq!(dots([(1.0, 2.04)].into_iter()), "M1 2h0");
    }
}
