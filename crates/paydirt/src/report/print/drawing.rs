//! A drawing of the page as a picture that stands alone: with the rules of the page's style that it needs.

use roxmltree::Node;
use serde::Serialize;

use super::inline::classes;

/// An SVG picture.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Drawing {
    /// The picture.
    svg: String,
    /// Width and height, in units of its view box.
    size: [f64; 2],
    /// Whether it is a map.
    map: bool,
}

impl Drawing {
    /// The drawing that an `svg` element of the page is; none without a view box. The classes of all around
    /// it stand on its root, so that the style's rules find it as they do in the page.
    pub(super) fn new(element: Node<'_, '_>, css: &str) -> Option<Self> {
        let view_box = element.attribute("viewBox")?;
        let numbers: Vec<f64> =
            view_box.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
        let [_, _, width, height] = numbers[..] else { return None };
        let around = element.ancestors().skip(1).flat_map(classes);
        let around = around.collect::<Vec<_>>().join(" ");
        let own = classes(element).collect::<Vec<_>>().join(" ");
        let inside = inside(element)?;
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{view_box}\" class=\"{around}\">\
             <style>{css}</style><g class=\"{own}\">{inside}</g></svg>"
        );
        Some(Self { svg, size: [width, height], map: own == "map" })
    }

    /// A picture that is given as a data address.
    pub(super) fn image(element: Node<'_, '_>) -> Option<Self> {
        let data = element.attribute("src").filter(|src| src.starts_with("data:image/png;"))?;
        let size = png_size(data)?;
        let [width, height] = size;
        let svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\"><image \
             href=\"{data}\" width=\"{width}\" height=\"{height}\" image-rendering=\"optimizeSpeed\"/></svg>"
        );
        Some(Self { svg, size, map: false })
    }
}

/// What stands inside an element, as it is written.
fn inside<'a>(element: Node<'a, '_>) -> Option<&'a str> {
    let text = element.document().input_text();
    let range = element.first_child()?.range().start..element.last_child()?.range().end;
    text.get(range)
}

/// Width and height of a PNG file in a data address: its first 24 bytes hold them.
fn png_size(data: &str) -> Option<[f64; 2]> {
    use base64::Engine;
    let (_, text) = data.split_once("base64,")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(text.get(..32)?).ok()?;
    let number = |at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    Some([f64::from(number(16)?), f64::from(number(20)?)])
}

/// The rules of the page's style as a picture can use them: those of light paper, outside of any `@media`,
/// with every variable replaced by its value.
pub(super) fn paper_style(css: &str) -> String {
    let plain = without_media(css);
    let mut rules = plain.clone();
    for (name, value) in variables(&plain) {
        rules = rules.replace(&format!("var({name})"), value);
    }
    let from = rules.find('*').unwrap_or(0);
    // A map is half as wide on paper as on a screen.
    let own = ".map text { font-size: 17px; } .north text { font-size: 19px; }";
    format!("svg {{ font-family: \"{}\"; }} {} {own}", paydirt_print::FAMILIES[0], &rules[from..])
        .replace(['<', '&'], "")
}

/// A style without its conditional parts.
fn without_media(css: &str) -> String {
    let mut kept = String::new();
    let mut rest = css;
    while let Some(start) = rest.find("@media") {
        kept.push_str(&rest[..start]);
        let mut depth = 0_usize;
        let end = rest[start..].char_indices().find_map(|(at, sign)| {
            match sign {
                '{' => depth += 1,
                '}' if depth == 1 => return Some(start + at + 1),
                '}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            None
        });
        rest = end.map_or("", |end| &rest[end..]);
    }
    kept.push_str(rest);
    kept
}

/// The variables that a style sets, with their values.
fn variables(css: &str) -> Vec<(&str, &str)> {
    let settings = css.split(['{', ';', '}']).filter_map(|part| part.trim().split_once(':'));
    let named = settings.filter(|(name, _)| name.starts_with("--"));
    named.map(|(name, value)| (name.trim(), value.trim())).collect()
}
