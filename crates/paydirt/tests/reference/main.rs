//! The reference of the guide is made from the types and their comments: `UPDATE_DOCS=1 cargo test --workspace
//! --test reference` writes `docs/project-file.md`, `docs/infill-file.md`, `docs/reference` and its part of `docs/SUMMARY.md`.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod catalogue;
mod comments;
mod guide;
mod metrics;
mod page;
mod project_file;
mod schema;
mod snippet;

use std::path::{Path, PathBuf};

use paydirt_core::metric::METRICS;
use paydirt_core::split::Split;
use paydirt_core::step::AnyStep;
use paydirt_model::Model;

use crate::schema::Schema;

/// The first line of a generated page.
const MADE: &str = "<!-- Made from the types and their comments: \
                    UPDATE_DOCS=1 cargo test --workspace --test reference -->\n\n";

fn docs() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs")
}

fn update() -> bool {
    std::env::var_os("UPDATE_DOCS").is_some()
}

/// Holds a stored page against what it must be, or writes it.
fn hold(path: &Path, made: &str) {
    let file = docs().join(path);
    let stored = fs_err::read_to_string(&file).unwrap_or_default();
    if stored == made {
        return;
    }
    assert!(
        update(),
        "docs/{} is stale: UPDATE_DOCS=1 cargo test --workspace --test reference",
        path.display()
    );
    fs_err::create_dir_all(file.parent().unwrap()).unwrap();
    fs_err::write(&file, made).unwrap();
}

#[test]
fn the_reference_of_the_project_file_is_what_the_types_say() {
    let project = Schema::of_the_project();
    hold(Path::new("project-file.md"), &project_file::text(&project));
    let infilling = project_file::infilling(&Schema::of_the_infilling(), &project);
    hold(Path::new("infill-file.md"), &infilling);
}

#[test]
fn the_pages_of_the_reference_are_what_the_types_and_their_comments_say() {
    let pages = guide::pages(&Schema::of_the_project());
    for (path, text) in &pages {
        hold(path, text);
    }
    let left: Vec<PathBuf> = guide::stored()
        .into_iter()
        .filter(|path| path.starts_with("reference") && !pages.contains_key(path))
        .collect();
    if update() {
        left.iter().for_each(|path| fs_err::remove_file(docs().join(path)).unwrap());
    } else {
        assert!(left.is_empty(), "pages of what is no more: {left:?}");
    }
}

#[test]
fn each_model_step_split_and_metric_has_a_page() {
    let schema = Schema::of_the_project();
    let pages = guide::pages(&schema);
    let steps: Vec<&str> = AnyStep::keys().to_vec();
    let metrics: Vec<&str> = METRICS.iter().map(|metric| metric.key).collect();
    let all = [
        ("models", Model::keys().to_vec()),
        ("steps", steps),
        ("splits", Split::keys().to_vec()),
        ("metrics", metrics),
    ];
    for (folder, keys) in all {
        for key in keys {
            let path = PathBuf::from(format!("reference/{folder}/{key}.md"));
            let page = pages.get(&path).unwrap_or_else(|| panic!("no page {path:?}"));
            let prose = page.lines().filter(|line| line.len() > 40).count();
            assert!(prose > 3, "the page {path:?} says next to nothing");
        }
    }
}

#[test]
fn the_summary_lists_every_page_once() {
    let schema = Schema::of_the_project();
    let stored = fs_err::read_to_string(docs().join("SUMMARY.md")).unwrap_or_default();
    let made = guide::with_reference(&stored, &guide::summary(&schema));
    hold(Path::new("SUMMARY.md"), &made);
    let mut listed: Vec<PathBuf> = guide::links(&made).into_iter().map(PathBuf::from).collect();
    listed.sort();
    let mut pages: Vec<PathBuf> = guide::stored().into_iter().collect();
    pages.retain(|page| page != Path::new("SUMMARY.md"));
    let missing: Vec<&PathBuf> = pages.iter().filter(|page| !listed.contains(page)).collect();
    let others: Vec<&PathBuf> = listed.iter().filter(|page| !pages.contains(page)).collect();
    let twice: Vec<_> = listed.windows(2).filter(|pair| pair[0] == pair[1]).collect();
    let fine = missing.is_empty() && others.is_empty() && twice.is_empty();
    assert!(
        fine || update(),
        "SUMMARY.md lacks {missing:?}, lists {others:?}, which are not there, and twice {twice:?}"
    );
}

#[test]
fn every_snippet_of_the_guide_is_a_project() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("project.toml");
    let mut pages = guide::pages(&Schema::of_the_project());
    for path in guide::stored() {
        let text = fs_err::read_to_string(docs().join(&path)).unwrap();
        pages.entry(path).or_insert(text);
    }
    for (path, page) in pages {
        for block in page.split("```toml\n").skip(1) {
            let toml = block.split("```").next().unwrap();
            // An infilling has records, and is shown whole.
            let infilling = toml.contains("[records]");
            let whole = if infilling { toml.to_owned() } else { snippet::whole(toml) };
            fs_err::write(&file, &whole).unwrap();
            let found = match infilling {
                true => paydirt::infill::project::open(&file, &[]).map(|_| ()),
                false => paydirt::project::open(&file, &[]).map(|_| ()),
            };
            if let Err(error) = found {
                panic!("{}: {error}\n\n{whole}", path.display());
            }
        }
    }
}

#[test]
fn every_link_of_the_guide_leads_somewhere() {
    if update() {
        return; // another test is writing what they lead to
    }
    let broken: Vec<String> = guide::stored()
        .iter()
        .flat_map(|page| {
            let text = fs_err::read_to_string(docs().join(page)).unwrap();
            let links = guide::links(&text).into_iter();
            links.filter_map(|link| guide::broken(page, &link)).collect::<Vec<_>>()
        })
        .collect();
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}
