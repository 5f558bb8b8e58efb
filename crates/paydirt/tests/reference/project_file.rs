//! The whole project file on one page.

use std::fmt::Write;

use paydirt_core::search::Search;
use paydirt_model::Model;
use serde_json::Value;

use crate::page::Pages;
use crate::schema::{Schema, one_line};

/// A section for each object of the schema, in the order of their headings.
pub(crate) fn text(schema: &Schema) -> String {
    let mut text = String::from(
        "# The project file\n\nEvery key, made from the types (`paydirt schema` prints the same as a JSON schema). \
         Choices are tables named by the choice, such as `[model.forest]`; unknown keys are errors; paths are \
         relative to the file. Models, steps, splits and the like have [pages of their own](reference/models.md) with \
         formulas and sources.\n",
    );
    let pages = Pages::new(schema);
    section(&mut text, &pages, ("The file", None), &schema.root);
    for name in schema.names() {
        section(&mut text, &pages, (schema.title(name), Some(name)), schema.part(name));
    }
    usual_spaces(&mut text);
    text
}

fn section(text: &mut String, pages: &Pages<'_>, of: (&str, Option<&str>), part: &Value) {
    let (title, name) = of;
    let _ = write!(text, "\n## {title}\n\n{}\n", one_line(part));
    if let Some((folder, key)) = name.and_then(|name| pages.of(name)) {
        let _ = write!(text, "\n[Its page](reference/{folder}/{key}.md)\n");
    }
    let link =
        |name: &str| format!("[{}](#{})", pages.schema.title(name), pages.schema.anchor(name));
    let body = pages.schema.body(part, &link);
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
