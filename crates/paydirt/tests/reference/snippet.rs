//! The smallest project file that names an entry, and the same with its settings written out.

use std::fmt::Write;

use serde_json::{Map, Value};

use crate::catalogue::{self, Catalogue};
use crate::schema::Schema;

/// What a project holds beside a snippet that lacks it.
const REST: [(&str, &str); 3] = [
    ("[grid]", "[grid]\nlike = \"study_area.tif\"\n"),
    ("[[evidence]]", "[[evidence]]\nname = \"magnetics\"\npath = \"magnetics.tif\"\n"),
    ("[labels]", "[labels]\npath = \"deposits.gpkg\"\n"),
];

/// A snippet as a whole project file.
pub(crate) fn whole(toml: &str) -> String {
    let lacking = REST.iter().filter(|(key, _)| !toml.contains(key));
    let rest: String = lacking.map(|(_, toml)| format!("{toml}\n")).collect();
    format!("name = \"guide\"\n\n{rest}{toml}")
}

/// Settings that an entry cannot do without.
const GIVEN: [(&str, &str, &str); 7] = [
    ("steps", "clip", "min = 0"),
    ("steps", "crosta", "bright = \"band_4\", dark = \"band_6\""),
    ("steps", "reclassify", "breaks = [5, 20], values = [0, 1, 2]"),
    ("steps", "reduce_to_pole", "inclination_degrees = -62, declination_degrees = 8"),
    ("steps", "reduce_to_equator", "inclination_degrees = -62, declination_degrees = 8"),
    ("splits", "provinces", "layer = \"geology\""),
    ("pretraining", "geology", "layer = \"geology\""),
];

/// Tables without which an entry makes no sense.
const COMPANIONS: [(&str, &str, &str); 6] = [
    ("splits", "provinces", GEOLOGY),
    ("splits", "discovery", "[labels]\npath = \"deposits.gpkg\"\nyear = \"YEAR\"\n"),
    ("samplers", "given_negatives", "[labels]\npath = \"drilled.gpkg\"\nrole = \"STATUS\"\n"),
    ("pretraining", "masked_autoencoder", "[model.vit]\n"),
    ("pretraining", "autoencoder", "[model.mlp]\ntransfer = {}\n"),
    (
        "pretraining",
        "geology",
        "[[evidence]]\nname = \"geology\"\npath = \"geology.tif\"\ntype = \"categorical\"\n\n\
                                [[evidence]]\nname = \"magnetics\"\npath = \"magnetics.tif\"\n\n\
                                [model.mlp]\ntransfer = {}\n",
    ),
];
const GEOLOGY: &str =
    "[[evidence]]\nname = \"geology\"\npath = \"geology.tif\"\ntype = \"categorical\"\n";

/// Steps over the parts of a composition or the bands of an image.
const OF_GROUPS: [&str; 11] = [
    "closure",
    "clr",
    "alr",
    "ilr",
    "pairwise_log_ratio",
    "plr",
    "pca",
    "crosta",
    "mnf",
    "robust_pca",
    "mahalanobis",
];
/// Steps that compare columns of different layers.
const OF_FEATURES: [&str; 5] =
    ["impute_nearest", "impute_forest", "spearman", "mutual_information", "variance_inflation"];
/// Surface steps that draw from the values of points or polygons.
const OF_VALUES: [&str; 8] = [
    "inverse_distance",
    "kriging",
    "gaussian_process",
    "radial_basis",
    "natural_neighbour",
    "minimum_curvature",
    "interpolate",
    "contacts",
];
const OF_CATEGORIES: [&str; 2] = ["one_hot", "contacts"];

fn find(list: &[(&str, &str, &'static str)], catalogue: &Catalogue, key: &str) -> &'static str {
    let found = list.iter().find(|(folder, of, _)| *folder == catalogue.folder && *of == key);
    found.map_or("", |found| found.2)
}

/// Each snippet of an entry, with the words before it.
pub(crate) fn of(catalogue: &Catalogue, key: &str) -> Vec<(&'static str, String)> {
    let given = find(&GIVEN, catalogue, key);
    if catalogue.folder == "steps" {
        return vec![("The least that names it:", of_step(key, given))];
    }
    let mut companion = find(&COMPANIONS, catalogue, key).to_owned();
    if !companion.is_empty() {
        companion.push('\n');
    }
    let table = format!("[{}.{key}]\n", catalogue.table);
    let lines = if given.is_empty() { String::new() } else { format!("{given}\n") };
    let mut snippets = vec![("The least that names it:", format!("{companion}{table}{lines}"))];
    let written = defaults(catalogue, key, &lines);
    if !written.is_empty() {
        snippets.push(("With the defaults written out:", format!("{companion}{written}")));
    }
    snippets
}

fn of_step(key: &str, given: &str) -> String {
    let step = catalogue::step(key);
    let setting = if given.is_empty() { "{}".into() } else { format!("{{ {given} }}") };
    let steps = format!("steps = [{{ {key} = {setting} }}]\n");
    if OF_GROUPS.contains(&key) {
        return format!("[[group]]\nname = \"geochemistry\"\nlayers = [\"rock_*\"]\n{steps}");
    }
    if OF_FEATURES.contains(&key) {
        return format!("[features]\n{steps}");
    }
    let values = OF_VALUES.contains(&key);
    let (name, path, unit) = match (step.surface().is_some(), values, step.raster().is_some()) {
        (true, true, _) if key == "contacts" => ("contact_distance", "geology.gpkg", "m"),
        (true, true, _) => ("arsenic", "stream_sediments.gpkg", "ppm"),
        (true, ..) => ("faults", "faults.gpkg", "m"),
        (.., true) => ("layer", "layer.tif", ""),
        _ if OF_CATEGORIES.contains(&key) => ("geology", "geology.tif", ""),
        _ => ("arsenic", "arsenic.tif", "ppm"),
    };
    let mut text = format!("[[evidence]]\nname = \"{name}\"\npath = \"{path}\"\n");
    if values {
        let attribute = if key == "contacts" { "UNIT" } else { "As_ppm" };
        let _ = writeln!(text, "attribute = \"{attribute}\"");
    }
    if OF_CATEGORIES.contains(&key) && key != "contacts" {
        text.push_str("type = \"categorical\"\n");
    }
    if !unit.is_empty() && step.surface().is_none() {
        let _ = writeln!(text, "unit = \"{unit}\"");
    }
    text + &steps
}

/// The table of an entry with every default that is a value, and with what must be given, as TOML.
fn defaults(catalogue: &Catalogue, key: &str, given: &str) -> String {
    let schema = Schema::of_the_project();
    let entries = catalogue.entries(&schema);
    let settings = &entries.iter().find(|(other, _)| other == key).unwrap().1;
    let keys = schema.part(settings)["properties"].as_object().into_iter().flatten();
    let mut values: Map<String, Value> = keys
        .filter(|(_, value)| says_something(&value["default"]))
        .map(|(key, value)| (key.clone(), without_nothing(&value["default"])))
        .collect();
    if values.is_empty() {
        return String::new();
    }
    values.extend(toml::from_str::<Map<String, Value>>(given).unwrap());
    let table = Value::from(Map::from_iter([(key.to_owned(), Value::from(values))]));
    let whole = Map::from_iter([(catalogue.table.to_owned(), table)]);
    toml::to_string(&whole).unwrap()
}

fn says_something(default: &Value) -> bool {
    match default {
        Value::Null => false,
        Value::Object(keys) => !keys.is_empty(),
        Value::Array(values) => !values.is_empty(),
        Value::String(text) => !text.is_empty(),
        _ => true,
    }
}

/// A value without keys that hold nothing, which TOML cannot write.
fn without_nothing(value: &Value) -> Value {
    match value {
        Value::Object(keys) => keys
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), without_nothing(value)))
            .collect(),
        Value::Array(values) => values.iter().map(without_nothing).collect(),
        other => other.clone(),
    }
}
