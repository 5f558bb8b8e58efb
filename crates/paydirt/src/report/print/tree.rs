//! The parts of the page, as paper needs them.

use roxmltree::{Document, Node, ParsingOptions};
use serde::Serialize;

use super::drawing::{Drawing, paper_style};
use super::inline::{Run, has, runs};

/// A part of the page.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Block {
    /// A heading of level 1 to 3.
    Heading { level: u8, runs: Vec<Run> },
    /// A paragraph; `look` is its class.
    Paragraph { look: String, runs: Vec<Run> },
    /// A list; `look` is its class.
    List { look: String, items: Vec<Vec<Run>> },
    /// A table.
    Table(Table),
    /// A map or a chart.
    Drawing(Drawing),
    /// Text as it is written.
    Literal { text: String },
    /// Bars, in per cent of the width.
    Bars { zero: f64, bars: Vec<Bar> },
    /// Parts that belong together; `look` is the class that says how they stand.
    Group { look: String, blocks: Vec<Block> },
}

/// A table: rows of cells.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Table {
    look: String,
    columns: usize,
    head: Vec<Vec<Cell>>,
    body: Vec<Vec<Cell>>,
}

/// A cell of a table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Cell {
    runs: Vec<Run>,
    span: usize,
    /// Set to the right.
    figure: bool,
    /// A heading of its row or column.
    head: bool,
    chosen: bool,
    quiet: bool,
}

/// A bar with its whisker.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Bar {
    name: String,
    text: String,
    fill: [f64; 2],
    below: bool,
    whisker: Option<[f64; 2]>,
}

/// Title and parts of a page.
///
/// # Errors
/// A sentence where it is not well-formed.
pub(super) fn read(page: &str) -> Result<(String, Vec<Block>), String> {
    let options = ParsingOptions { allow_dtd: true, ..ParsingOptions::default() };
    let document = Document::parse_with_options(page, options).map_err(|e| e.to_string())?;
    let find = |name: &str| document.descendants().find(|node| node.has_tag_name(name));
    let title = find("title").and_then(|node| node.text()).unwrap_or_default().to_owned();
    let css = paper_style(find("style").and_then(|node| node.text()).unwrap_or_default());
    let main = find("main").ok_or("it has no main part")?;
    Ok((title, blocks(main, &css)))
}

fn blocks(element: Node<'_, '_>, css: &str) -> Vec<Block> {
    let mut list = Vec::new();
    for child in element.children().filter(Node::is_element) {
        block(child, css, &mut list);
    }
    list
}

fn block(element: Node<'_, '_>, css: &str, list: &mut Vec<Block>) {
    let look = element.attribute("class").unwrap_or_default().to_owned();
    match element.tag_name().name() {
        "h1" | "h2" | "h3" => {
            let level = element.tag_name().name().as_bytes()[1] - b'0';
            list.push(Block::Heading { level, runs: runs(element, css) });
        }
        "p" => list.push(Block::Paragraph { look, runs: runs(element, css) }),
        "figcaption" => {
            list.push(Block::Paragraph { look: "caption".into(), runs: runs(element, css) });
        }
        "ul" => list.push(Block::List { look, items: items(element, css) }),
        "table" => list.push(Block::Table(table(element, css))),
        "svg" => list.extend(Drawing::new(element, css).map(Block::Drawing)),
        "img" => list.extend(Drawing::image(element).map(Block::Drawing)),
        "pre" => list.push(Block::Literal { text: text_of(element) }),
        "div" if has(element, "tile") => {
            list.push(Block::Paragraph { look, runs: runs(element, css) });
        }
        "div" if has(element, "bars") => list.push(bars(element)),
        _ => {
            let inside = blocks(element, css);
            if !inside.is_empty() {
                let look =
                    if element.has_tag_name("figure") { format!("figure {look}") } else { look };
                list.push(Block::Group { look: look.trim().into(), blocks: inside });
            }
        }
    }
}

fn items(element: Node<'_, '_>, css: &str) -> Vec<Vec<Run>> {
    element.children().filter(|node| node.has_tag_name("li")).map(|item| runs(item, css)).collect()
}

fn table(element: Node<'_, '_>, css: &str) -> Table {
    let rows = |part: &str| -> Vec<Vec<Cell>> {
        let parts = element.children().filter(|node| node.has_tag_name(part));
        let rows = parts.flat_map(|part| part.children().filter(|node| node.has_tag_name("tr")));
        rows.map(|row| cells(row, css)).collect()
    };
    let (head, body) = (rows("thead"), rows("tbody"));
    let width = |row: &Vec<Cell>| row.iter().map(|cell| cell.span).sum();
    let columns = head.iter().chain(&body).map(width).max().unwrap_or(0);
    Table { look: element.attribute("class").unwrap_or_default().into(), columns, head, body }
}

fn cells(row: Node<'_, '_>, css: &str) -> Vec<Cell> {
    let quiet = row.parent().is_some_and(|body| has(body, "controls"));
    let cell = |node: Node<'_, '_>| Cell {
        runs: runs(node, css),
        span: node.attribute("colspan").and_then(|span| span.parse().ok()).unwrap_or(1),
        figure: has(node, "figure"),
        head: node.has_tag_name("th"),
        chosen: has(row, "chosen"),
        quiet: quiet || has(node, "quiet"),
    };
    let wanted = |node: &Node<'_, '_>| node.has_tag_name("td") || node.has_tag_name("th");
    row.children().filter(wanted).map(cell).collect()
}

/// Bars, read from the places that their parts are given.
fn bars(element: Node<'_, '_>) -> Block {
    let mut zero = 0.0;
    let bar = |row: Node<'_, '_>| {
        let part = |class: &str| row.descendants().find(|node| has(*node, class));
        let place = |class: &str| {
            let style = part(class)?.attribute("style")?;
            let number = |key: &str| {
                let setting = style.split(';').find_map(|one| one.trim().strip_prefix(key))?;
                setting.trim_end_matches('%').parse::<f64>().ok()
            };
            Some([number("left:")?, number("width:").unwrap_or(0.0)])
        };
        zero = place("zero").map_or(zero, |[left, _]| left);
        Bar {
            name: part("name").map(text_of).unwrap_or_default(),
            text: part("value").map(text_of).unwrap_or_default(),
            fill: place("fill").unwrap_or_default(),
            below: part("fill").is_some_and(|fill| has(fill, "below")),
            whisker: place("whisker"),
        }
    };
    let bars = element.children().filter(|node| has(*node, "bar")).map(bar).collect();
    Block::Bars { zero, bars }
}

/// All text inside an element.
fn text_of(element: Node<'_, '_>) -> String {
    element.descendants().filter_map(|node| node.text().filter(|_| node.is_text())).collect()
}
