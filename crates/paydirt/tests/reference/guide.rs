//! The book as a whole: its pages, its summary, and where its links lead.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

use paydirt_core::metric::METRICS;

use crate::catalogue::CATALOGUES;
use crate::page::Pages;
use crate::schema::{self, Schema};
use crate::{docs, metrics};

/// Every generated page by its path from `docs`.
pub(crate) fn pages(schema: &Schema) -> BTreeMap<PathBuf, String> {
    let report = paydirt::report::schema();
    let of = Pages::new(schema);
    let mut pages = BTreeMap::new();
    let mut add = |name: String, text| pages.insert(Path::new("reference").join(name), text);
    for catalogue in &CATALOGUES {
        let folder = catalogue.folder;
        add(format!("{folder}.md"), of.of_catalogue(catalogue));
        for (key, settings) in catalogue.entries(schema) {
            add(format!("{folder}/{key}.md"), of.entry(catalogue, &key, &settings));
        }
    }
    add("metrics.md".into(), metrics::of_all());
    for metric in METRICS {
        add(format!("metrics/{}.md", metric.key), metrics::page(metric, &report));
    }
    pages
}

/// The generated part of the summary.
pub(crate) fn summary(schema: &Schema) -> String {
    let mut text = String::from(
        "- [The project file, key by key](project-file.md)\n\
         - [The file of an infilling, key by key](infill-file.md)\n",
    );
    let mut chapter = |title: &str, folder: &str, keys: &mut dyn Iterator<Item = String>| {
        let _ = writeln!(text, "- [{title}](reference/{folder}.md)");
        for key in keys {
            let _ = writeln!(text, "  - [{key}](reference/{folder}/{key}.md)");
        }
    };
    for catalogue in &CATALOGUES {
        let mut keys = catalogue.entries(schema).into_iter().map(|(key, _)| key);
        chapter(catalogue.title, catalogue.folder, &mut keys);
    }
    chapter("Metrics", "metrics", &mut METRICS.iter().map(|metric| metric.key.to_owned()));
    text
}

/// The summary with its generated part, which stands under this heading, up to the next one.
pub(crate) fn with_reference(stored: &str, made: &str) -> String {
    const HEADING: &str = "# Reference\n\n";
    let (before, after) = stored.split_once(HEADING).expect("SUMMARY.md has `# Reference`");
    let rest = after.find("\n# ").map_or("", |at| &after[at..]);
    format!("{before}{HEADING}{made}{rest}")
}

/// All pages of the book, by their path from `docs`.
pub(crate) fn stored() -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut folders = vec![docs()];
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "md") {
                found.insert(path.strip_prefix(docs()).unwrap().into());
            }
        }
    }
    found
}

/// Targets of the links and pictures of a page, without those that lead to the net.
pub(crate) fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut inside_block = false;
    for line in text.lines() {
        inside_block ^= line.starts_with("```");
        if inside_block {
            continue;
        }
        // What stands in single backticks is no link.
        let prose: String = line.split('`').step_by(2).collect::<Vec<_>>().join("`");
        for after in prose.split("](").skip(1) {
            let target = after.split(')').next().unwrap_or_default();
            if !target.contains("://") && !target.is_empty() {
                found.push(target.into());
            }
        }
    }
    found
}

/// What is wrong with a link of a page, if anything: its file is not there, or the heading in it.
pub(crate) fn broken(page: &Path, link: &str) -> Option<String> {
    let (file, heading) = link.split_once('#').unwrap_or((link, ""));
    let path = match file {
        "" => docs().join(page),
        file => docs().join(page).parent().unwrap().join(file),
    };
    let said = format!("{}: `{link}`", page.display());
    if !path.exists() {
        return Some(said);
    }
    if heading.is_empty() {
        return None;
    }
    let text = fs_err::read_to_string(&path).unwrap();
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let anchors: BTreeSet<String> =
        headings.map(|line| schema::anchor(line.trim_start_matches('#').trim())).collect();
    (!anchors.contains(heading)).then_some(said)
}
