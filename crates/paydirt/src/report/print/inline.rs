//! What stands in a line: text in its looks, swatches of colour, links and small drawings.

use roxmltree::Node;
use serde::Serialize;

use super::drawing::Drawing;

/// How text looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Look {
    bold: bool,
    italic: bool,
    code: bool,
    /// Smaller and quiet.
    small: bool,
    /// In the line of what stands before it.
    #[serde(skip)]
    inline: bool,
    /// `up` or `down` of a driver.
    #[serde(skip_serializing_if = "Option::is_none")]
    chip: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<String>,
}

/// A part of a line.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Run {
    /// Text in a look.
    Text {
        /// What it says.
        text: String,
        #[serde(flatten)]
        look: Look,
    },
    /// The end of a line.
    Break,
    /// A colour of a legend: one, several that run into each other, or `missing`, or `none`.
    Swatch {
        /// Its colours.
        colours: Vec<String>,
    },
    /// A drawing as high as the line.
    Key(Drawing),
}

/// What stands in the lines of an element.
pub(super) fn runs(element: Node<'_, '_>, css: &str) -> Vec<Run> {
    let mut runs = Vec::new();
    gather(element, &Look::default(), css, &mut runs);
    trim(&mut runs);
    runs
}

fn gather(element: Node<'_, '_>, look: &Look, css: &str, runs: &mut Vec<Run>) {
    for child in element.children() {
        if let Some(text) = child.text().filter(|_| child.is_text()) {
            push_text(text, look, runs);
            continue;
        }
        match child.tag_name().name() {
            "br" => runs.push(Run::Break),
            "svg" => runs.extend(Drawing::new(child, css).map(Run::Key)),
            "span" if has(child, "swatch") => {
                runs.push(Run::Swatch { colours: colours(child) });
            }
            name => {
                let inside = looked(look, name, child);
                // Small text stands on a line of its own.
                if inside.small && !inside.inline && !look.small && !runs.is_empty() {
                    runs.push(Run::Break);
                }
                gather(child, &inside, css, runs);
            }
        }
    }
}

/// The look of what stands inside an element.
fn looked(look: &Look, name: &str, element: Node<'_, '_>) -> Look {
    let mut look = look.clone();
    match name {
        "b" | "strong" | "th" => look.bold = true,
        "i" | "em" => look.italic = true,
        "code" => look.code = true,
        "small" => {
            look.small = true;
            look.inline = has(element, "inline") || look.chip.is_some();
        }
        "a" => {
            let outside = element.attribute("href").filter(|href| href.starts_with("https://"));
            look.link = outside.map(str::to_owned);
        }
        "span" if has(element, "chip") => {
            look.chip = Some(if has(element, "up") { "up" } else { "down" });
        }
        _ => {}
    }
    look
}

/// Adds text with its white space as a browser shows it.
fn push_text(text: &str, look: &Look, runs: &mut Vec<Run>) {
    let spaced = |c: char| c.is_ascii_whitespace();
    let mut said = text.split(spaced).filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    if text.starts_with(spaced) {
        said.insert(0, ' ');
    }
    if text.ends_with(spaced) && said != " " {
        said.push(' ');
    }
    if said == " " && !matches!(runs.last(), Some(Run::Text { .. })) {
        return;
    }
    runs.push(Run::Text { text: said, look: look.clone() });
}

/// Takes the white space off both ends.
fn trim(runs: &mut Vec<Run>) {
    if let Some(Run::Text { text, .. }) = runs.first_mut() {
        *text = text.trim_start_matches(' ').into();
    }
    if let Some(Run::Text { text, .. }) = runs.last_mut() {
        *text = text.trim_end_matches(' ').into();
    }
    runs.retain(|run| !matches!(run, Run::Text { text, .. } if text.is_empty()));
}

/// Whether an element is of a class.
pub(super) fn has(element: Node<'_, '_>, class: &str) -> bool {
    classes(element).any(|one| one == class)
}

/// The classes of an element.
pub(super) fn classes<'a>(element: Node<'a, '_>) -> impl Iterator<Item = &'a str> {
    element.attribute("class").unwrap_or_default().split_ascii_whitespace()
}

fn colours(swatch: Node<'_, '_>) -> Vec<String> {
    let own = swatch.attribute("style").and_then(|style| style.strip_prefix("background:"));
    match own {
        Some(colour) => vec![colour.trim().into()],
        None if has(swatch, "faded") => ["#cba9b1", "#e8cdc0", "#f0e8d8"].map(String::from).into(),
        None if has(swatch, "missing") => vec!["#c9cdd2".into()],
        None => vec!["#ffffff".into()],
    }
}
