//! The JSON schema of the project file as headings, kinds of values and tables of keys.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::Value;

/// The schema, and the heading of each of its definitions: no two have the same anchor.
pub(crate) struct Schema {
    pub(crate) root: Value,
    titles: BTreeMap<String, String>,
}

/// One of the values that a choice can be.
pub(crate) struct Choice<'a> {
    /// The word, or the key of its table.
    pub(crate) key: Option<String>,
    /// What its table or value is; a word has none.
    pub(crate) value: Option<&'a Value>,
    said: String,
}

impl Schema {
    pub(crate) fn of_the_project() -> Self {
        Self::of(paydirt::project::schema())
    }

    pub(crate) fn of_the_infilling() -> Self {
        Self::of(paydirt::infill::project::schema())
    }

    fn of(root: Value) -> Self {
        let titles = titles(&root);
        Self { root, titles }
    }

    pub(crate) fn part(&self, name: &str) -> &Value {
        &self.root["$defs"][name]
    }

    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<(String, &str)> =
            self.titles.iter().map(|(name, title)| (title.to_lowercase(), name.as_str())).collect();
        names.sort();
        names.into_iter().map(|(_, name)| name).collect()
    }

    pub(crate) fn title<'a>(&'a self, name: &'a str) -> &'a str {
        self.titles.get(name).map_or(name, String::as_str)
    }

    pub(crate) fn anchor(&self, name: &str) -> String {
        anchor(self.title(name))
    }

    /// What kind of value a key takes; `link` makes a link to a definition.
    pub(crate) fn shape(&self, value: &Value, link: &dyn Fn(&str) -> String) -> String {
        if let Some(name) = reference(value) {
            return link(name);
        }
        if let Some(either) = ["anyOf", "oneOf"].iter().find_map(|key| value[*key].as_array()) {
            let known = either.iter().filter(|one| one["type"] != "null");
            return known.map(|one| self.shape(one, link)).collect::<Vec<_>>().join(" or ");
        }
        match &value["type"] {
            Value::String(kind) if kind == "array" => {
                format!("list of {}", self.shape(&value["items"], link))
            }
            Value::String(kind)
                if kind == "object" && value["additionalProperties"].is_object() =>
            {
                format!("table of {}", self.shape(&value["additionalProperties"], link))
            }
            // What has no name and no keys of one kind is told where it stands.
            Value::String(kind) if kind == "object" => String::new(),
            Value::String(kind) => kind.clone(),
            Value::Array(kinds) => {
                let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
                kinds.collect::<Vec<_>>().join(" or ")
            }
            _ => value["const"].as_str().map_or("value".into(), |text| format!("`\"{text}\"`")),
        }
    }

    /// What a definition can be, as a list, and its keys, as a table.
    pub(crate) fn body(&self, part: &Value, link: &dyn Fn(&str) -> String) -> String {
        let mut text = self.choices(part, link);
        let keys = part["properties"].as_object().filter(|keys| !keys.is_empty());
        let Some(keys) = keys else { return text };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
        let required: BTreeSet<&str> = strings(&part["required"]).collect();
        for (key, value) in keys {
            let default = match &value["default"] {
                _ if required.contains(key.as_str()) => "must be given".into(),
                Value::Null => String::new(),
                default => format!("`{default}`"),
            };
            let shape = self.shape(value, link);
            let _ = writeln!(text, "| `{key}` | {shape} | {default} | {} |", one_line(value));
        }
        text
    }

    fn choices(&self, part: &Value, link: &dyn Fn(&str) -> String) -> String {
        let mut text = String::new();
        for Choice { key, value, said } in choices(part) {
            let shape = value.map(|value| self.shape(value, link)).unwrap_or_default();
            let keys = value.map(|value| self.keys_of_choice(value, link)).unwrap_or_default();
            let _ = match (key, value, said.as_str()) {
                (Some(key), None, said) => writeln!(text, "- `\"{key}\"`: {said}"),
                (Some(key), _, "") => writeln!(text, "- `{key}`: {shape}"),
                (Some(key), ..) if shape.is_empty() => writeln!(text, "- `{key}`: {said}{keys}"),
                (Some(key), ..) => writeln!(text, "- `{key}` ({shape}): {said}"),
                (None, _, said) => writeln!(text, "- {shape}: {said}"),
            };
        }
        text
    }

    /// The keys of a choice whose table is described where it stands.
    fn keys_of_choice(&self, value: &Value, link: &dyn Fn(&str) -> String) -> String {
        let keys = value["properties"].as_object().into_iter().flatten();
        let told: Vec<String> = keys
            .map(|(key, value)| {
                let said = one_line(value);
                format!("`{key}` ({}): {}", self.shape(value, link), said.trim_end_matches('.'))
            })
            .collect();
        if told.is_empty() { String::new() } else { format!(" Keys: {}.", told.join("; ")) }
    }
}

/// The choices of a definition: words, tables named by the choice, or kinds of values.
pub(crate) fn choices(part: &Value) -> Vec<Choice<'_>> {
    let all = ["oneOf", "anyOf"].iter().filter_map(|key| part[*key].as_array()).flatten();
    all.flat_map(|choice| {
        let said = one_line(choice);
        if let Some(word) = choice["const"].as_str() {
            return vec![Choice { key: Some(word.into()), value: None, said }];
        }
        let Some(keys) = choice["properties"].as_object() else {
            return vec![Choice { key: None, value: Some(choice), said }];
        };
        let named = keys.iter().map(|(key, value)| (Some(key.clone()), Some(value)));
        named.map(|(key, value)| Choice { key, value, said: said.clone() }).collect()
    })
    .collect()
}

/// The definition that a value is, in a list or as an alternative to nothing, too.
pub(crate) fn definition(value: &Value) -> Option<&str> {
    reference(value)
        .or_else(|| value["anyOf"].as_array()?.iter().find_map(definition))
        .or_else(|| value.get("items").and_then(definition))
}

fn reference(value: &Value) -> Option<&str> {
    value["$ref"].as_str()?.rsplit('/').next()
}

fn strings(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str)
}

/// A description on one line, fit for a table; without the links of a catalogue to its files.
pub(crate) fn one_line(value: &Value) -> String {
    let said = value["description"].as_str().unwrap_or_default();
    if said.starts_with("See [`") {
        return String::new();
    }
    crate::comments::tidy(said, &|_| None)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .replace('|', "\\|")
}

pub(crate) fn anchor(title: &str) -> String {
    let lower = title.to_lowercase();
    let kept = lower.chars().filter(|c| c.is_alphanumeric() || "_- ".contains(*c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// Headings: what the file's own keys name, then the keys of choices, then the names of the types. A
/// name that says nothing (`Settings5`) gives way to the key that leads to it.
fn titles(root: &Value) -> BTreeMap<String, String> {
    let mut titles = Titles::default();
    for (key, value) in root["properties"].as_object().into_iter().flatten() {
        if let Some(name) = definition(value).filter(|name| nameless(name)) {
            titles.take(name, std::slice::from_ref(key));
        }
    }
    let defs = || root["$defs"].as_object().into_iter().flatten();
    for (owner, part) in defs() {
        let owner = titles.given.get(owner).unwrap_or(owner).to_lowercase();
        let owner = owner.strip_prefix("any").unwrap_or(&owner).to_owned();
        for choice in choices(part) {
            if let (Some(key), Some(name)) = (choice.key, choice.value.and_then(reference)) {
                titles.take(name, &[key.clone(), format!("{key} ({owner})")]);
            }
        }
    }
    for (name, _) in defs().filter(|(name, _)| !nameless(name)) {
        titles.take(name, std::slice::from_ref(name));
    }
    let file = String::from("the file");
    for (owner, part) in std::iter::once((&file, root)).chain(defs()) {
        let owner_title = titles.given.get(owner).unwrap_or(owner).clone();
        for (key, value) in part["properties"].as_object().into_iter().flatten() {
            if let Some(name) = definition(value) {
                titles.take(name, &[key.clone(), format!("{key} of {owner_title}")]);
            }
        }
    }
    for (name, _) in defs() {
        titles.take(name, std::slice::from_ref(name));
    }
    titles.given
}

fn nameless(name: &str) -> bool {
    name == "Settings" || name.ends_with(|last: char| last.is_ascii_digit())
}

#[derive(Default)]
struct Titles {
    given: BTreeMap<String, String>,
    anchors: BTreeSet<String>,
}

impl Titles {
    /// Gives a definition that has no heading yet the first of these that is free.
    fn take(&mut self, name: &str, wishes: &[String]) {
        if self.given.contains_key(name) {
            return;
        }
        if let Some(title) = wishes.iter().find(|title| self.anchors.insert(anchor(title))) {
            self.given.insert(name.into(), title.clone());
        }
    }
}
