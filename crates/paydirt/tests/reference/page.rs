//! One page for each entry of a catalogue, and one for the catalogue.

use std::collections::BTreeSet;
use std::fmt::Write;

use paydirt_core::search::Search;
use paydirt_core::step::{AnyStep, RasterStep, Surface};
use serde_json::Value;

use crate::catalogue::{self, CATALOGUES, Catalogue};
use crate::schema::{Schema, choices, definition, one_line};
use crate::{MADE, comments, snippet};

/// Where the pages of entries are linked from: the name of a definition to its folder and key.
pub(crate) struct Pages<'a> {
    pub(crate) schema: &'a Schema,
    of_settings: Vec<(String, &'static str, String)>,
}

impl<'a> Pages<'a> {
    pub(crate) fn new(schema: &'a Schema) -> Self {
        let all = CATALOGUES.iter().flat_map(|catalogue| {
            let entries = catalogue.entries(schema).into_iter();
            entries.map(|(key, settings)| (settings, catalogue.folder, key))
        });
        Self { schema, of_settings: all.collect() }
    }

    /// Folder and key of the page of a definition, if it has one.
    pub(crate) fn of(&self, definition: &str) -> Option<(&'static str, &str)> {
        let entry = self.of_settings.iter().find(|(settings, ..)| settings == definition)?;
        Some((entry.1, &entry.2))
    }

    /// The page of what a path in a comment names.
    fn named(&self, folder: &str, path: &str) -> Option<String> {
        let (inside, key) = path.rsplit_once("::")?;
        if path == "crate::explain" {
            return Some("../explanations/shap.md".into());
        }
        let other = match (inside, folder) {
            ("crate", _) => "models",
            ("super", folder) => folder,
            _ => return None,
        };
        let known = self.of_settings.iter().any(|entry| entry.1 == other && entry.2 == key);
        known.then(|| format!("../{other}/{key}.md"))
    }

    /// The page of an entry.
    pub(crate) fn entry(&self, catalogue: &Catalogue, key: &str, settings: &str) -> String {
        let part = self.schema.part(settings);
        let comment = comments::of_file(&catalogue.source(key));
        let tidy = |text: &str| comments::tidy(text, &|path| self.named(catalogue.folder, path));
        let said = part["description"].as_str().unwrap_or_default();
        let title = title(&comment, key);
        let line = format!("{} {}", place(catalogue, key), facts(catalogue, key));
        let mut text = format!("{MADE}# {title}\n\n{}\n\n", line.trim_end());
        let whole = title == comment.trim_end_matches('.');
        let mut said_of_it = [Some(comment.as_str()).filter(|_| !whole), about(catalogue, said)];
        if catalogue.folder == "steps" {
            said_of_it.reverse();
        }
        for paragraphs in said_of_it.into_iter().flatten() {
            let _ = writeln!(text, "{}\n", tidy(paragraphs));
        }
        text.push_str("## In the project file\n");
        for (why, toml) in snippet::of(catalogue, key) {
            let _ = write!(text, "\n{why}\n\n```toml\n{toml}```\n");
        }
        text.push_str(&self.keys(part, catalogue.folder, said));
        if catalogue.folder == "models" {
            text.push_str(&usual_space(key));
        }
        let anchor = self.schema.anchor(settings);
        let _ = writeln!(
            text,
            "\n[All {}](../{}.md) · [All keys of the project file](../../project-file.md#{anchor})",
            catalogue.title.to_lowercase(),
            catalogue.folder,
        );
        text
    }

    /// Its keys, and those of what its keys are.
    fn keys(&self, part: &Value, folder: &str, said: &str) -> String {
        let mut parts = Vec::new();
        self.inner(part, &mut parts);
        let link = |name: &str| self.link(name, folder, &parts);
        let body = self.schema.body(part, &link);
        if body.is_empty() {
            return "\n## Keys\n\nNone.\n".into();
        }
        let mut text = String::from("\n## Keys\n\n");
        // What is more than that they are the model's settings.
        let more = said
            .strip_prefix("Settings of")
            .map_or(said, |rest| rest.split_once('.').map_or("", |(_, more)| more.trim_start()));
        if folder == "models" && !more.is_empty() {
            let _ = writeln!(text, "{}\n", comments::tidy(more, &|_| None));
        }
        text.push_str(&body);
        for name in &parts {
            let part = self.schema.part(name);
            let _ = write!(text, "\n### {}\n\n{}\n\n", self.schema.title(name), one_line(part));
            text.push_str(&self.schema.body(part, &link));
        }
        text
    }

    fn link(&self, name: &str, folder: &str, here: &[String]) -> String {
        if let Some((other, key)) = self.of(name) {
            let up = if other == folder { String::new() } else { format!("../{other}/") };
            return format!("[{key}]({up}{key}.md)");
        }
        let (title, anchor) = (self.schema.title(name), self.schema.anchor(name));
        let page = if here.iter().any(|one| one == name) { "" } else { "../../project-file.md" };
        format!("[{title}]({page}#{anchor})")
    }

    /// The definitions that a part is made of, in the order of their names in it, less those that have
    /// pages of their own and the catalogues of such.
    fn inner(&self, part: &Value, found: &mut Vec<String>) {
        let keys = part["properties"].as_object().into_iter().flatten().map(|(_, value)| value);
        let of_choices = choices(part).into_iter().filter_map(|choice| choice.value);
        for name in keys.chain(of_choices).flat_map(definitions) {
            let of_catalogue = name == "AnyStep"
                || CATALOGUES.iter().any(|catalogue| {
                    definition(&self.schema.root["properties"][catalogue.table]) == Some(name)
                });
            if of_catalogue || self.of(name).is_some() || found.iter().any(|one| one == name) {
                continue;
            }
            found.push(name.into());
            self.inner(self.schema.part(name), found);
        }
    }

    /// The page of a catalogue.
    pub(crate) fn of_catalogue(&self, catalogue: &Catalogue) -> String {
        let mut text = format!("{MADE}# {}\n\n{}\n", catalogue.title, catalogue.said);
        let entries = catalogue.entries(self.schema);
        if catalogue.folder != "steps" {
            self.list(&mut text, catalogue, &entries);
            return text;
        }
        for (kind, said) in [("surface", SURFACE), ("raster", RASTER), ("column", COLUMN)] {
            let _ = write!(text, "\n## {} steps\n\n{said}\n", capital(kind));
            let of_kind = entries.iter().filter(|(key, _)| kind_of(&catalogue::step(key)) == kind);
            self.list(&mut text, catalogue, &of_kind.cloned().collect::<Vec<_>>());
        }
        text
    }

    fn list(&self, text: &mut String, catalogue: &Catalogue, entries: &[(String, String)]) {
        text.push_str("\n| key | what |\n|---|---|\n");
        for (key, settings) in entries {
            let comment = comments::of_file(&catalogue.source(key));
            let said = self.schema.part(settings)["description"].as_str().unwrap_or_default();
            let short = match catalogue.folder {
                "steps" => said,
                _ => &comment,
            };
            let folder = catalogue.folder;
            let _ = writeln!(text, "| [`{key}`]({folder}/{key}.md) | {} |", first_sentence(short));
        }
    }
}

const SURFACE: &str =
    "They make a layer from shapes or points, before any model, without a look at a label.";
const RASTER: &str =
    "They look at the neighbours of a cell, before any model, without a look at a label.";
const COLUMN: &str = "They are fitted on the training side of each fold, and then applied alike to samples and \
                      map. They may stand in the `steps` of a layer, of a `[[group]]` of layers, or of \
                      `[features]`, which are all columns.";

/// All definitions that a value leads to directly.
fn definitions(value: &Value) -> BTreeSet<&str> {
    let mut found: BTreeSet<&str> = definition(value).into_iter().collect();
    for list in ["anyOf", "oneOf"] {
        found.extend(value[list].as_array().into_iter().flatten().flat_map(definitions));
    }
    found.extend(
        value["additionalProperties"]
            .is_object()
            .then(|| definitions(&value["additionalProperties"]))
            .into_iter()
            .flatten(),
    );
    let keys = value["properties"].as_object().into_iter().flatten();
    found.extend(keys.flat_map(|(_, value)| definitions(value)));
    found
}

/// Where an entry stands in the project file.
fn place(catalogue: &Catalogue, key: &str) -> String {
    match catalogue.table {
        "" => format!("`{{ {key} = {{}} }}` in `steps`."),
        table => format!("`[{table}.{key}]`."),
    }
}

/// What the program itself knows of an entry.
fn facts(catalogue: &Catalogue, key: &str) -> String {
    match catalogue.folder {
        "models" => {
            let model = catalogue::model(key);
            let sees = match (model.sees_ground(), model.sees_coordinates_only()) {
                (true, _) => "It sees a window of cells around each cell.",
                (_, true) => "It sees coordinates, and no evidence.",
                _ => "It sees the evidence of one cell.",
            };
            let seed = if model.varies() {
                "Another seed makes another fit."
            } else {
                "The seed does not change its fit."
            };
            format!("{sees} {seed}")
        }
        "steps" => step_facts(&catalogue::step(key)),
        _ => String::new(),
    }
}

fn kind_of(step: &AnyStep) -> &'static str {
    match (step.surface(), step.raster()) {
        (Some(_), _) => "surface",
        (_, Some(_)) => "raster",
        _ => "column",
    }
}

fn step_facts(step: &AnyStep) -> String {
    let unit = |from: &str, unit: String| match unit.as_str() {
        "" | "1" => "What comes out has no unit.".into(),
        other if other.contains(from) => format!("A layer in {from} comes out in {other}."),
        other => format!("By default it comes out in {other}."),
    };
    let surface = |surface: &dyn Surface| match surface.unit("ppm") {
        same if same == "ppm" => "The layer's `unit` says what comes out.".into(),
        other => unit("ppm", other),
    };
    let raster = |raster: &dyn RasterStep| match raster.unit("nT") {
        same if same == "nT" => "It keeps the layer's unit.".into(),
        other => unit("nT", other),
    };
    match (step.surface(), step.raster(), step.learns()) {
        (Some(step), ..) => {
            format!("A surface step: it makes a layer from shapes or points. {}", surface(step))
        }
        (_, Some(step), _) => {
            format!("A raster step: it looks at the neighbours of a cell. {}", raster(step))
        }
        (.., true) => "A column step: it learns from the training side of each fold, and from \
                       nothing else."
            .into(),
        _ => "A column step that learns nothing: it may also stand in `before_gridding` of \
              `[[assays]]`."
            .into(),
    }
}

/// What the settings of an entry say of it, where that is more than that they are its settings.
fn about<'a>(catalogue: &Catalogue, said: &'a str) -> Option<&'a str> {
    (catalogue.folder != "models" && !said.starts_with("Settings of")).then_some(said)
}

/// What the head of a file calls the method; its first sentence, where that is short; its key.
fn title(comment: &str, key: &str) -> String {
    let first = comment.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let name = first.split([':', '.', ';']).next().unwrap_or_default();
    let name = name.split(" (").next().unwrap_or_default().trim();
    match name.len() <= 60 && !name.is_empty() {
        true => name.into(),
        false => capital(&key.replace('_', " ")),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first sentence, without its sources.
fn first_sentence(comment: &str) -> String {
    let flat = comment.split("\n\n").next().unwrap_or_default().replace('\n', " ");
    let mut kept = String::new();
    let mut depth = 0;
    for c in flat.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    let sentence = kept.split_inclusive(". ").next().unwrap_or_default().trim();
    let sentence = sentence.replace(" .", ".").replace(" ,", ",").replace("  ", " ");
    comments::tidy(&sentence, &|_| None).replace('|', "\\|")
}

/// What a search tries where the project names nothing.
fn usual_space(key: &str) -> String {
    let axes = catalogue::model(key).axes(&Search::Tpe(Default::default())).unwrap_or_default();
    let mut text = String::from("\n## What is usually searched\n\n");
    if axes.is_empty() {
        text.push_str("Nothing, unless `space` of the search names settings.\n");
        return text;
    }
    text.push_str("By `[search.tpe]` and its like, where `space` names nothing.\n\n| setting | values |\n|---|---|\n");
    for axis in axes {
        let _ = writeln!(text, "| `{}` | {} |", axis.setting, axis.told());
    }
    text
}
