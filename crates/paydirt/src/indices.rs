//! The published indices, as `paydirt indices` lists them.

use std::fmt::Write;

use paydirt_core::index::{Index, SENSORS};

/// Keys of the sensors.
#[must_use]
pub fn sensors() -> Vec<&'static str> {
    SENSORS.iter().map(|sensor| sensor.key).collect()
}

/// The indices of a sensor, or of all.
#[must_use]
pub fn of(sensor: Option<&str>) -> Vec<&'static Index> {
    let wanted = |key: &str| sensor.is_none_or(|sensor| sensor == key);
    SENSORS.iter().filter(|sensor| wanted(sensor.key)).flat_map(|s| s.indices).collect()
}

/// Two lines each: key and formula, then what it shows and who published it.
#[must_use]
pub fn text(indices: &[&Index]) -> String {
    let mut text = String::new();
    for index in indices {
        let unit = if index.unit.is_empty() { String::new() } else { format!(" [{}]", index.unit) };
        let _ = writeln!(text, "{} = {}{unit}", index.key, index.formula);
        let _ = writeln!(text, "    {}; {}", index.meaning, index.source);
    }
    text
}

/// The same for programs.
#[must_use]
pub fn json(indices: &[&Index]) -> serde_json::Value {
    let one = |index: &&Index| {
        serde_json::json!({
            "key": index.key, "formula": index.formula, "unit": index.unit,
            "meaning": index.meaning, "source": index.source,
        })
    };
    indices.iter().map(one).collect()
}
