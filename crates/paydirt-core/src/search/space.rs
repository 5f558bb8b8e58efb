//! What is searched: the settings of a model, each with its values or its range.

use std::collections::BTreeMap;

use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Number, Value};

use crate::seed::Rng;
use crate::{Error, Result};

/// Settings by name, and what is tried of each. A setting inside another is named with dots
/// (`"kernel.rbf.gamma"`) or in a table of its own.
pub type Space = BTreeMap<String, Scope>;

/// What is tried of one setting.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum Scope {
    /// These values, of any kind.
    Values(Vec<Value>),
    /// All numbers from one to another.
    Span(Span),
    /// Settings inside this one.
    Inside(Space),
}

/// The numbers from `low` to `high`, both included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Span {
    /// The least. Where the setting is a whole number, or has no number yet and both ends are whole, only
    /// whole numbers are tried.
    pub low: Number,
    /// The greatest, over `low`.
    pub high: Number,
    /// Whether ratios count alike (1 to 10 as much as 10 to 100), not differences; `low` is then over 0.
    #[serde(default)]
    pub log: bool,
}

impl<'de> Deserialize<'de> for Scope {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        use serde::de::Error;
        match Value::deserialize(from)? {
            Value::Array(values) => Ok(Self::Values(values)),
            table @ Value::Object(_) if table.get("low").or(table.get("high")).is_some() => {
                serde_json::from_value(table).map(Self::Span).map_err(Error::custom)
            }
            table @ Value::Object(_) => {
                serde_json::from_value(table).map(Self::Inside).map_err(Error::custom)
            }
            other => Err(Error::custom(format!(
                "{other} is no range: give a list of values, or `{{ low = 0.01, high = 100.0, log = true \
                 }}`"
            ))),
        }
    }
}

impl Scope {
    /// Numbers of which ratios count alike.
    #[must_use]
    pub fn log(low: impl Into<Value>, high: impl Into<Value>) -> Self {
        Self::span(low.into(), high.into(), true)
    }

    /// Numbers of which differences count alike.
    #[must_use]
    pub fn even(low: impl Into<Value>, high: impl Into<Value>) -> Self {
        Self::span(low.into(), high.into(), false)
    }

    /// These values.
    #[must_use]
    pub fn of<V: Into<Value>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::Values(values.into_iter().map(Into::into).collect())
    }

    fn span(low: Value, high: Value, log: bool) -> Self {
        match (low, high) {
            (Value::Number(low), Value::Number(high)) => Self::Span(Span { low, high, log }),
            (low, high) => Self::Values(vec![low, high]),
        }
    }
}

/// Settings by their names with dots.
#[must_use]
pub fn flat(space: &Space) -> BTreeMap<String, &Scope> {
    let mut all = BTreeMap::new();
    for (name, range) in space {
        match range {
            Scope::Inside(space) => {
                let inside = flat(space).into_iter();
                all.extend(inside.map(|(inner, range)| (format!("{name}.{inner}"), range)));
            }
            range => {
                all.insert(name.clone(), range);
            }
        }
    }
    all
}

/// One setting that is searched.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Its name, with dots.
    pub setting: String,
    scale: Scale,
}

/// How a setting's values lie on its axis. A coordinate is the number of a choice, or a number (its
/// logarithm where ratios count alike).
#[derive(Clone, Debug, PartialEq)]
enum Scale {
    Choice(Vec<Value>),
    Number { low: f64, high: f64, log: bool, whole: bool },
}

/// Digits of a number that is tried: a fourth changes no model, and makes settings hard to read.
const DIGITS: usize = 3;

impl Axis {
    /// The axis of a setting whose value is now `own`; `key` is that of the range in the project file.
    ///
    /// # Errors
    /// [`Error::BadSetting`] for a range that holds nothing, or the same twice.
    pub fn new(setting: &str, key: &str, range: &Scope, own: &Value) -> Result<Self> {
        let bad = |found: String, expected: &str| {
            Err(Error::BadSetting { key: key.into(), found, expected: expected.into() })
        };
        let scale = match range {
            Scope::Inside(_) => return bad("empty".into(), "a list of values or a range"),
            Scope::Values(values) => {
                if values.is_empty() {
                    return bad("empty".into(), "a list of one value or more");
                }
                let twice = |at: &usize| values[..*at].contains(&values[*at]);
                if let Some(at) = (0..values.len()).find(twice) {
                    return bad(
                        format!("a list with {} twice", values[at]),
                        "a list of other values",
                    );
                }
                Scale::Choice(values.clone())
            }
            Scope::Span(Span { low, high, log }) => {
                let whole = |number: &Number| number.is_u64() || number.is_i64();
                let is_whole = match own {
                    Value::Number(own) => whole(own),
                    _ => whole(low) && whole(high),
                };
                if is_whole && !(whole(low) && whole(high)) {
                    return bad(format!("{low} to {high}"), "from one whole number to another");
                }
                let [low, high] = [low, high].map(|end| end.as_f64().unwrap_or(f64::NAN));
                if !(low < high && (high - low).is_finite() && high.abs().max(low.abs()) < 1e15) {
                    return bad(format!("{low} to {high}"), "from a number to a greater one");
                }
                if *log && low <= 0.0 {
                    return bad(format!("{low} to {high}"), "over 0 where `log = true`");
                }
                Scale::Number { low, high, log: *log, whole: is_whole }
            }
        };
        Ok(Self { setting: setting.into(), scale })
    }

    /// Whether there is but one value.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        matches!(&self.scale, Scale::Choice(values) if values.len() == 1)
    }

    /// Its values, or the ends of its range.
    #[must_use]
    pub fn ends(&self) -> Vec<Value> {
        match &self.scale {
            Scale::Choice(values) => values.clone(),
            Scale::Number { .. } => {
                let [low, high] = self.bounds();
                vec![self.value(low), self.value(high)]
            }
        }
    }

    /// Its values in words.
    #[must_use]
    pub fn told(&self) -> String {
        match &self.scale {
            Scale::Choice(values) => {
                values.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            }
            Scale::Number { low, high, log, whole } => format!(
                "{low} to {high}{}{}",
                if *whole { ", whole" } else { "" },
                if *log { ", logarithmic" } else { "" }
            ),
        }
    }

    /// The choices, where it has any.
    pub(super) fn choices(&self) -> Option<usize> {
        match &self.scale {
            Scale::Choice(values) => Some(values.len()),
            Scale::Number { .. } => None,
        }
    }

    /// Least and greatest coordinate. Whole numbers have half of one on either side, so that all are
    /// as likely.
    pub(super) fn bounds(&self) -> [f64; 2] {
        match &self.scale {
            Scale::Choice(values) => [0.0, (values.len() - 1) as f64],
            Scale::Number { low, high, log, whole } => {
                let margin = if *whole { 0.5 } else { 0.0 };
                [low - margin, high + margin].map(|end| if *log { end.ln() } else { end })
            }
        }
    }

    /// A coordinate drawn evenly.
    pub(super) fn draw(&self, rng: &mut Rng) -> f64 {
        match &self.scale {
            Scale::Choice(values) => rng.random_range(0..values.len()) as f64,
            Scale::Number { .. } => {
                let [low, high] = self.bounds();
                low + rng.random::<f64>() * (high - low)
            }
        }
    }

    /// The value at a coordinate.
    pub(super) fn value(&self, coordinate: f64) -> Value {
        match &self.scale {
            Scale::Choice(values) => {
                values.get(coordinate.max(0.0) as usize).cloned().unwrap_or_default()
            }
            Scale::Number { low, high, log, whole } => {
                let number = if *log { coordinate.exp() } else { coordinate };
                if *whole {
                    return Value::from(number.round().clamp(*low, *high) as i64);
                }
                let short = format!("{number:.*e}", DIGITS - 1).parse().unwrap_or(number);
                Value::from(f64::clamp(short, *low, *high))
            }
        }
    }

    /// The coordinate of a value; `None` for what is not on the axis.
    pub(super) fn coordinate(&self, value: &Value) -> Option<f64> {
        match &self.scale {
            Scale::Choice(values) => {
                values.iter().position(|other| other == value).map(|index| index as f64)
            }
            Scale::Number { low, high, log, .. } => {
                let number = value.as_f64().filter(|number| (low..=high).contains(&number))?;
                Some(if *log { number.ln() } else { number })
            }
        }
    }

    /// So many coordinates from end to end; fewer whole numbers where there are no more.
    pub(super) fn levels(&self, points: usize) -> Vec<f64> {
        let ends = match &self.scale {
            Scale::Choice(values) => return (0..values.len()).map(|index| index as f64).collect(),
            Scale::Number { low, high, log, .. } => {
                [*low, *high].map(|end| if *log { end.ln() } else { end })
            }
        };
        let step = (ends[1] - ends[0]) / (points.max(2) - 1) as f64;
        let mut levels: Vec<f64> = Vec::new();
        for point in 0..points {
            let value = self.value(ends[0] + step * point as f64);
            let level = self.coordinate(&value).unwrap_or(ends[0]);
            if levels.last().is_none_or(|last| *last < level) {
                levels.push(level);
            }
        }
        levels
    }
}
