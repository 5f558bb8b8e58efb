//! The whole project file on one page, and that of an infilling on another.

use std::fmt::Write;

use paydirt_core::search::Search;
use paydirt_model::Model;
use serde_json::Value;

use crate::page::Pages;
use crate::schema::{Schema, one_line};

/// The project file.
pub(crate) fn text(schema: &Schema) -> String {
    let mut text = String::from(
        "# The project file\n\nEvery key, made from the types (`paydirt schema` prints the same as a JSON schema). \
         Choices are tables named by the choice, such as `[model.forest]`; unknown keys are errors; paths are \
         relative to the file. Models, steps, splits and the like have [pages of their own](reference/models.md) with \
         formulas and sources.\n",
    );
    sections(&mut text, schema, &Pages::new(schema));
    usual_spaces(&mut text);
    text
}

/// The file of an infilling; what it shares with the project file has its page there.
pub(crate) fn infilling(schema: &Schema, project: &Schema) -> String {
    let mut text = String::from(
        "# The file of an infilling\n\nEvery key of what `paydirt infill` and `paydirt study` read, made from the \
         types. Unknown keys are errors; paths are relative to the file. [What it is for](infill.md).\n",
    );
    sections(&mut text, schema, &Pages::new(project));
    text
}

/// A section for each object of the schema, in the order of their headings.
fn sections(text: &mut String, schema: &Schema, pages: &Pages<'_>) {
    section(text, (schema, pages), ("The file", None), &schema.root);
    for name in schema.names() {
        section(text, (schema, pages), (schema.title(name), Some(name)), schema.part(name));
    }
}

fn section(
    text: &mut String,
    (schema, pages): (&Schema, &Pages<'_>),
    (title, name): (&str, Option<&str>),
    part: &Value,
) {
    let _ = write!(text, "\n## {title}\n\n{}\n", one_line(part));
    if let Some((folder, key)) = name.and_then(|name| pages.of(name)) {
        let _ = write!(text, "\n[Its page](reference/{folder}/{key}.md)\n");
    }
    let link = |name: &str| format!("[{}](#{})", schema.title(name), schema.anchor(name));
    let body = schema.body(part, &link);
    if !body.is_empty() {
        let _ = write!(text, "\n{body}");
    }
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
