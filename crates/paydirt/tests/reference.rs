//! `docs/project-file.md` is made from the types: `UPDATE_DOCS=1 cargo test --test reference` writes it.

use std::fmt::Write;
use std::path::Path;

use paydirt_core::search::Search;
use paydirt_model::Model;
use serde_json::Value;

/// One table of keys for each object of the schema, in the order of the schema's names.
fn reference(schema: &Value) -> String {
    let mut text = String::from(
        "# The project file\n\nEvery key, made from the types (`paydirt schema` prints the same as a JSON schema). \
         Choices are tables named by the choice, such as `[model.forest]`; unknown keys are errors; paths are \
         relative to the file.\n",
    );
    section(&mut text, "The file", schema);
    let parts = schema["$defs"].as_object().into_iter().flatten();
    let names: Vec<(String, String)> = parts.clone().flat_map(|(_, part)| choices(part)).collect();
    for (name, part) in parts {
        let choice = names.iter().find(|(settings, _)| settings == name);
        section(&mut text, choice.map_or(name, |(_, key)| key), part);
    }
    usual_spaces(&mut text);
    // The longest names first: `Settings1` is the beginning of `Settings12`.
    for (settings, key) in names.iter().rev() {
        let anchor = settings.to_lowercase();
        text = text.replace(&format!("[{settings}](#{anchor})"), &format!("[{key}](#{key})"));
    }
    text
}

/// What is searched of each model where the project names nothing.
fn usual_spaces(text: &mut String) {
    text.push_str(
        "\n## Usual spaces\n\nWhat a search tries of each model where its `space` names nothing. Settings inside a \
         choice that was not made are left out.\n\n| model | setting | values |\n|---|---|---|\n",
    );
    for model in Model::all() {
        for axis in model.axes(&Search::Tpe(Default::default())).unwrap_or_default() {
            let _ = writeln!(text, "| `{}` | `{}` | {} |", model.key(), axis.setting, axis.told());
        }
    }
}

/// Names of the settings of each choice in a catalogue, and the keys of the choices.
fn choices(part: &Value) -> Vec<(String, String)> {
    let all = part["oneOf"].as_array().into_iter().flatten();
    let keys = all.filter_map(|choice| choice["properties"].as_object()).flatten();
    keys.filter_map(|(key, value)| {
        Some((value["$ref"].as_str()?.rsplit('/').next()?.into(), key.clone()))
    })
    .collect()
}

fn section(text: &mut String, name: &str, part: &Value) {
    let described = one_line(part["description"].as_str().unwrap_or_default());
    let _ = write!(text, "\n## {name}\n\n{described}\n");
    let choices = part["oneOf"].as_array().into_iter().flatten();
    let mut head = false;
    for choice in choices {
        for (key, value) in choice["properties"].as_object().into_iter().flatten() {
            let _ = write!(text, "\n- `{key}`: {}", shape(value));
            head = true;
        }
        if let Some(value) = choice["const"].as_str() {
            let said = one_line(choice["description"].as_str().unwrap_or_default());
            let _ = write!(text, "\n- `\"{value}\"`: {said}");
            head = true;
        }
    }
    if head {
        text.push('\n');
    }
    let Some(properties) = part["properties"].as_object().filter(|keys| !keys.is_empty()) else {
        return;
    };
    text.push_str("\n| key | value | default | meaning |\n|---|---|---|---|\n");
    let required: Vec<&str> =
        part["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (key, value) in properties {
        let default = match &value["default"] {
            _ if required.contains(&key.as_str()) => "must be given".into(),
            Value::Null => String::new(),
            default => format!("`{default}`"),
        };
        let said = one_line(value["description"].as_str().unwrap_or_default());
        let _ = writeln!(text, "| `{key}` | {} | {default} | {said} |", shape(value));
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// What kind of value a key takes.
fn shape(value: &Value) -> String {
    if let Some(name) = value["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("[{name}](#{})", name.to_lowercase());
    }
    let either = ["anyOf", "oneOf"].iter().find_map(|key| value[*key].as_array());
    if let Some(either) = either {
        let kinds: Vec<String> =
            either.iter().filter(|one| one["type"] != "null").map(shape).collect();
        return kinds.join(" or ");
    }
    match &value["type"] {
        Value::String(kind) if kind == "array" => format!("list of {}", shape(&value["items"])),
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            let kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            kinds.collect::<Vec<_>>().join(" or ")
        }
        _ => value["const"].as_str().map_or("value".into(), |text| format!("`\"{text}\"`")),
    }
}

#[test]
fn the_reference_of_the_project_file_is_what_the_types_say() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/project-file.md");
    let made = reference(&paydirt::project::schema());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs_err::write(&page, &made).unwrap();
    }
    let stored = fs_err::read_to_string(&page).unwrap_or_default();
    assert!(
        stored == made,
        "docs/project-file.md is stale: UPDATE_DOCS=1 cargo test --test reference"
    );
}
