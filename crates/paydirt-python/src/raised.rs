//! Errors, as Python raises them.

use paydirt::error::Error;
use pyo3::prelude::*;

/// The error as an exception of `paydirt.errors`, with its message, its hint and its exit code.
pub(crate) fn raised(error: impl Into<Error>) -> PyErr {
    let error = error.into();
    Python::attach(|py| {
        let made = py.import("paydirt.errors").and_then(|errors| {
            errors.call_method1("made", (error.to_string(), error.hint(), error.exit_code()))
        });
        made.map_or_else(|other| other, PyErr::from_value)
    })
}

/// A value as the text of JSON, which the Python part reads.
pub(crate) fn json(value: &impl serde::Serialize) -> PyResult<String> {
    serde_json::to_string(value)
        .map_err(|error| raised(Error::Saved { path: "-".into(), reason: error.to_string() }))
}

/// A value from the text of JSON, which the Python part wrote.
pub(crate) fn from_json<V: serde::de::DeserializeOwned>(text: &str) -> PyResult<V> {
    serde_json::from_str(text).map_err(|error| refused(&error.to_string()))
}

/// The error of what serde refuses, with what was meant where that is likely.
pub(crate) fn refused(reason: &str) -> PyErr {
    let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
    let hint = nearest(&reason).unwrap_or_else(|| "`help()` of it lists every setting".into());
    raised(Error::Usage { reason, hint })
}

/// Of an unknown name, the known one that is written most like it: serde names them all, in backticks.
fn nearest(reason: &str) -> Option<String> {
    let unknown = ["unknown field `", "unknown variant `"];
    unknown.iter().find(|start| reason.starts_with(**start))?;
    let mut names = reason.split('`').skip(1).step_by(2);
    let wrong = names.next()?;
    let distance = |name: &&str| strsim::osa_distance(wrong, name);
    let best = names.min_by_key(distance)?;
    (distance(&best) <= 1 + wrong.len() / 3).then(|| format!("did you mean `{best}`?"))
}
