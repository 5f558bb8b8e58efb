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
    environment.add_filter("length", move |value: Option<f64>| number::length(or_nan(value)));
    environment.add_filter("count", number::count);
    environment.add_filter("short", |hash: &str| hash.chars().take(12).collect::<String>());
    environment.add_filter("cite", |text: &str| Value::from_safe_string(cite(text)));
    environment
        .render_named_str(name, template, Serde(context))
        .map_err(|error| Error::Saved { path: name.into(), reason: format!("{error:#}") })
}

/// A citation as markup: escaped, each DOI (`doi:10...` or a `https://doi.org/` address) a link.
fn cite(text: &str) -> String {
    let words = text.split(' ').map(|word| {
        let trailing = |c: char| ".,;)".contains(c);
        let bare = word.trim_start_matches('(').trim_end_matches(trailing);
        let doi = ["https://doi.org/", "doi:", "DOI:"].iter().find_map(|p| bare.strip_prefix(p));
        let Some(doi) = doi else { return HtmlEscape(word).to_string() };
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
    fn a_doi_is_a_link_and_foreign_markup_is_text() {
        insta::assert_snapshot!(
            cite("Fawcett <2006> (doi:10.1016/j.patrec.2005.10.010)."),
            @r#"Fawcett &lt;2006&gt; (<a href="https://doi.org/10.1016&#x2f;j.patrec.2005.10.010">doi:10.1016&#x2f;j.patrec.2005.10.010</a>)."#
        );
    }
}
