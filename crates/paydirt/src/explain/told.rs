//! Values and changes in words.

use paydirt_model::effect::counterfactual::{Change, Counterfactual};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::fit::Contract;
use crate::report::number::significant;

/// The value of a layer at a place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Value {
    /// The number; none where it is not known, or the layer is made of several.
    pub number: Option<f32>,
    /// The class, where the number is the code of one.
    pub class: Option<String>,
    /// Unit of the number.
    pub unit: String,
}

impl Value {
    /// The value of a layer of a model's contract.
    #[must_use]
    pub fn new(contract: &Contract, layer: &str, number: Option<f32>) -> Self {
        let info = contract.layers.iter().find(|info| info.name == layer);
        let codes = contract.codes.get(layer).into_iter().flatten();
        let is_it = |code: u32| number.is_some_and(|number| f64::from(number) == f64::from(code));
        Self {
            number,
            class: codes.filter(|(_, code)| is_it(**code)).map(|(text, _)| text.clone()).next(),
            unit: info.map_or_else(String::new, |info| info.unit.clone()),
        }
    }

    /// The value in words, such as `12.0 ppm`, `class 3`, `granite` or `unknown`.
    #[must_use]
    pub fn words(&self) -> String {
        let Some(number) = self.number else { return "unknown".into() };
        self.with_unit(&plain(f64::from(number)))
    }

    fn with_unit(&self, number: &str) -> String {
        match (&self.class, self.unit.as_str()) {
            (Some(class), _) => class.clone(),
            (None, "") => number.into(),
            (None, unit @ ("class" | "code")) => format!("{unit} {number}"),
            (None, unit) => format!("{number} {unit}"),
        }
    }
}

/// A whole number as it is, any other with three digits.
fn plain(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() < 1e6 {
        number.to_string()
    } else {
        significant(number)
    }
}

/// A number told with as few digits as round it by a tenth of its change from `from` at most, three or
/// more, rounded away from `from`: what is told changes no less than what was found.
///
/// ```
/// use paydirt::explain::told::away_from;
/// assert_eq!(away_from(12.341, 4.0), "12.4");
/// assert_eq!(away_from(3.001, 12.0), "3.00");
/// assert_eq!(away_from(7.0, 9.0), "7");
/// assert_eq!(away_from(100.004, 100.0), "100.004");
/// ```
#[must_use]
pub fn away_from(to: f32, from: f32) -> String {
    let (to, from) = (f64::from(to), f64::from(from));
    if to == 0.0 || (to.fract() == 0.0 && to.abs() < 1e6) {
        return to.to_string();
    }
    let whole = to.abs().log10().floor() as i32;
    let mut text = String::new();
    for digits in 3..=8 {
        let decimals = digits - 1 - whole;
        let step = 10_f64.powi(-decimals);
        // What is round already stays, whatever 32 bits made of it.
        let near = (to / step).round();
        let exact = ((to / step) - near).abs() < 1e-4;
        let steps = match (exact, to > from) {
            (true, _) => near,
            (false, true) => (to / step).ceil(),
            (false, false) => (to / step).floor(),
        };
        let rounded = steps * step;
        text = format!("{rounded:.0$}", decimals.max(0) as usize);
        // A tenth of the change, not more, may be rounding.
        if (rounded - to).abs() <= 0.1 * (to - from).abs() {
            break;
        }
    }
    text
}

/// A change of one layer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ToldChange {
    /// The layer.
    pub layer: String,
    /// What it is.
    pub from: Value,
    /// What it would have to be.
    pub to: Value,
    /// Size of the change in standard deviations of the layer over the ground; 1 for another category.
    pub spreads: f64,
}

/// What would have to change for a place to cross a share of the area.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Told {
    /// Whether the place is in the best share of the area now.
    pub inside: bool,
    /// The changes; none where nothing that was tried crosses.
    pub changes: Vec<ToldChange>,
    /// Probability with the changes.
    pub probability: Option<f64>,
    /// In words.
    pub sentence: String,
}

impl Told {
    /// Puts what was found into words.
    #[must_use]
    pub fn new(
        contract: &Contract,
        (inside, best_percent): (bool, f64),
        found: Option<&Counterfactual>,
        most_layers: usize,
    ) -> Self {
        let value = |layer: &str, number| Value::new(contract, layer, Some(number));
        let found = found.filter(|found| !found.changes.is_empty());
        let changes: Vec<ToldChange> = found
            .iter()
            .flat_map(|found| &found.changes)
            .map(|Change { layer, from, to, cost }| ToldChange {
                layer: layer.clone(),
                from: value(layer, *from),
                to: value(layer, *to),
                spreads: *cost,
            })
            .collect();
        let share = format!("the best {best_percent}\u{a0}% of the area");
        let sentence = match (found.is_some(), inside) {
            (true, true) => format!("It would drop out of {share} if {}.", all(&changes)),
            (true, false) => format!("It would rank in {share} if {}.", all(&changes)),
            (false, _) => format!(
                "No change of {} within what was observed would bring it {} {share}.",
                if most_layers == 1 {
                    "one layer".into()
                } else {
                    format!("up to {most_layers} layers")
                },
                if inside { "out of" } else { "into" }
            ),
        };
        let probability = found.map(|found| f64::from(found.score));
        Self { inside, changes, probability, sentence }
    }
}

fn all(changes: &[ToldChange]) -> String {
    let one = |change: &ToldChange| {
        let (from, to) = (&change.from, &change.to);
        let [was, would] = [from, to].map(|value| value.number.unwrap_or(f32::NAN));
        let was = match &from.class {
            Some(class) => class.clone(),
            None => plain(f64::from(was)),
        };
        format!(
            "`{}` were {} instead of {was}",
            change.layer,
            to.with_unit(&away_from(would, from.number.unwrap_or(f32::NAN)))
        )
    };
    let mut told: Vec<String> = changes.iter().map(one).collect();
    match told.pop() {
        Some(last) if !told.is_empty() => format!("{} and {last}", told.join(", ")),
        last => last.unwrap_or_default(),
    }
}
