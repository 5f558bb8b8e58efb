//! The settings of a model as axes of a search, and a model with other settings.

use std::collections::BTreeMap;

use paydirt_core::Error as CoreError;
use paydirt_core::formula::nearest;
use paydirt_core::search::{Axis, Search, flat};
use serde_json::Value;

use crate::{Error, Model, Result};

impl Model {
    /// What a search tries of this model: the settings that the project names, or the model's usual
    /// ones. Every end of a range and every value was looked over by itself.
    ///
    /// # Errors
    /// [`CoreError::BadSetting`] for settings that the model has not, values that it does not take, and
    /// a space without a choice.
    pub fn axes(&self, search: &Search) -> Result<Vec<Axis>> {
        search.check()?;
        self.check_settings()?;
        let given = search.rules().space;
        let usual = self.space();
        let key = |setting: &str| format!("search.{}.space.{setting}", search.key());
        let mut axes = Vec::new();
        for (setting, range) in flat(if given.is_empty() { &usual } else { given }) {
            match self.setting(&setting) {
                Some(own) => axes.push(Axis::new(&setting, &key(&setting), range, &own)?),
                None if given.is_empty() => {}
                None => return Err(self.unknown(&setting, key(&setting))),
            }
        }
        if axes.is_empty() {
            return Err(bad(
                format!("search.{}.space", search.key()),
                "empty".into(),
                format!("given: model `{}` has no usual settings to search", self.key()),
            ));
        }
        let inside = |a: &Axis, b: &Axis| b.setting.starts_with(&format!("{}.", a.setting));
        for axis in &axes {
            if let Some(other) = axes.iter().find(|other| inside(axis, other)) {
                let found = format!("set by `{}` too", axis.setting);
                return Err(bad(key(&other.setting), found, "set once".into()));
            }
            for value in axis.ends() {
                self.accepts(axis, &value, key(&axis.setting))?;
            }
        }
        search.check_axes(&axes)?;
        Ok(axes)
    }

    /// This model with some settings changed.
    ///
    /// # Errors
    /// [`CoreError::BadSetting`] for values that it does not take.
    pub fn with(&self, changes: &BTreeMap<String, Value>) -> Result<Self> {
        let mut whole = self.json();
        for (setting, value) in changes {
            if let Some(slot) = whole.pointer_mut(&self.pointer(setting)) {
                *slot = value.clone();
            }
        }
        serde_json::from_value(whole).map_err(|error| {
            let found = serde_json::to_string(changes).unwrap_or_default();
            bad(format!("model.{}", self.key()), found, format!("what it takes: {error}"))
        })
    }

    /// What a setting is now; `None` where the model has none of the name.
    #[must_use]
    pub fn setting(&self, setting: &str) -> Option<Value> {
        self.json().pointer(&self.pointer(setting)).cloned()
    }

    /// What the settings of some axes are now.
    #[must_use]
    pub fn own(&self, axes: &[Axis]) -> BTreeMap<String, Value> {
        let own = |axis: &Axis| Some((axis.setting.clone(), self.setting(&axis.setting)?));
        axes.iter().filter_map(own).collect()
    }

    fn json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn pointer(&self, setting: &str) -> String {
        format!("/{}/{}", self.key(), setting.replace('.', "/"))
    }

    fn accepts(&self, axis: &Axis, value: &Value, key: String) -> Result<()> {
        let changed = self.with(&BTreeMap::from([(axis.setting.clone(), value.clone())]));
        match changed.and_then(|model| model.check_settings()) {
            Err(Error::Core(CoreError::BadSetting { expected, .. })) => {
                Err(bad(key, value.to_string(), expected))
            }
            other => other,
        }
    }

    fn unknown(&self, setting: &str, key: String) -> Error {
        let whole = self.json();
        let mut known = Vec::new();
        names(&whole[self.key()], "", &mut known);
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let found = format!("no setting of model `{}`", self.key());
        bad(key, found, format!("one: {}", nearest(setting, &known)))
    }
}

/// The names of settings, and of those inside them.
fn names(settings: &Value, before: &str, all: &mut Vec<String>) {
    for (name, inside) in settings.as_object().into_iter().flatten() {
        let name = format!("{before}{name}");
        names(inside, &format!("{name}."), all);
        all.push(name);
    }
}

fn bad(key: String, found: String, expected: String) -> Error {
    CoreError::BadSetting { key, found, expected }.into()
}
