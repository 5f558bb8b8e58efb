//! Templates: everything that comes from the user's files is escaped.

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, HtmlEscape, UndefinedBehavior};
use serde::Serialize;

use super::number;
use crate::error::{Error, Result};

/// Renders a template of markup (HTML's escapes are all defined in XML too).
///
/// # Errors
/// Where the template does not render.
pub(crate) fn render(name: &str, template: &str, context: &impl Serialize) -> Result<String> {
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
    environment.add_filter("figure", move |value: Option<f64>| number::figure(or_nan(value)));
    environment.add_filter("percent", move |value: Option<f64>| number::percent(or_nan(value)));
    environment
        .add_filter("significant", move |value: Option<f64>| number::significant(or_nan(value)));
    environment.add_filter("count", number::count);
    environment.add_filter("value", |value: Value| match value.is_none() {
        true => "none".to_owned(),
        false => value.to_string(),
    });
    environment.add_filter("short", |hash: &str| hash.chars().take(12).collect::<String>());
    environment.add_filter("cite", |text: &str| Value::from_safe_string(cite(text)));
    environment.add_filter("marked", |text: &str| Value::from_safe_string(marked(text)));
    environment
        .render_named_str(name, template, Serde(context))
        .map_err(|error| Error::Saved { path: name.into(), reason: error.to_string() })
}

/// A sentence as markup: escaped, what stands in backticks as code.
fn marked(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(number, part)| match number % 2 {
        0 => HtmlEscape(part).to_string(),
        _ => format!("<code>{}</code>", HtmlEscape(part)),
    });
    parts.collect()
}

/// A citation as markup: escaped, each DOI (bare, after `doi:` or an address) a link.
fn cite(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let bare = word.trim_start_matches('(').trim_end_matches(['.', ',', ';', ')']);
        let prefixes = ["https://doi.org/", "doi:", "DOI:", "DOI"];
        let doi = prefixes.iter().find_map(|prefix| bare.strip_prefix(prefix)).unwrap_or(bare);
        if !(doi.starts_with("10.") && doi.contains('/')) {
            return HtmlEscape(word).to_string();
        }
        let (before, after) = word.split_once(bare).unwrap_or(("", ""));
        let doi = HtmlEscape(doi);
        format!("{before}<a href=\"https://doi.org/{doi}\">doi:{doi}</a>{after}")
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_doi_with_brackets_is_a_whole_link() {
        let link = cite("10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2");
        assert!(link.ends_with("078&lt;0001:VOFEIT&gt;2.0.CO;2</a>"), "{link}");
        assert_eq!(cite("10.5 m and a/b"), "10.5 m and a&#x2f;b");
    }

    #[test]
    fn a_doi_is_a_link_and_foreign_markup_is_text() {
        insta::assert_snapshot!(
            cite("Fawcett <2006> (doi:10.1016/j.patrec.2005.10.010)."),
            @r#"Fawcett &lt;2006&gt; (<a href="https://doi.org/10.1016&#x2f;j.patrec.2005.10.010">doi:10.1016&#x2f;j.patrec.2005.10.010</a>)."#
        );
    }
}
