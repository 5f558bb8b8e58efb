//! The import rule: `core <- io, model <- paydirt` and `io <- view <- paydirt`; io and model never see
//! each other, and each heavy dependency has one owner.
#![expect(clippy::unwrap_used, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const MAY_SEE: [(&str, &[&str]); 8] = [
    ("paydirt-core", &[]),
    ("paydirt-io", &["paydirt-core"]),
    ("paydirt-model", &["paydirt-core"]),
    ("paydirt-print", &[]),
    ("paydirt-scale", &[]),
    ("paydirt-view", &["paydirt-core", "paydirt-io"]),
    (
        "paydirt",
        &[
            "paydirt-core",
            "paydirt-io",
            "paydirt-model",
            "paydirt-print",
            "paydirt-scale",
            "paydirt-view",
        ],
    ),
    ("paydirt-python", &["paydirt", "paydirt-core", "paydirt-io", "paydirt-model"]),
];

/// Dependencies whose name begins so belong to one crate.
const OWNED: [(&str, &str); 12] = [
    ("gdal", "paydirt-io"),
    ("parquet", "paydirt-io"),
    ("zarrs", "paydirt-io"),
    ("object_store", "paydirt-io"),
    ("burn", "paydirt-model"),
    ("datafusion", "paydirt-scale"),
    ("ballista", "paydirt-scale"),
    ("clap", "paydirt"),
    ("typst", "paydirt-print"),
    ("axum", "paydirt-view"),
    ("pyo3", "paydirt-python"),
    ("numpy", "paydirt-python"),
];

fn broken_rules(crates: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, dependencies) in crates {
        let Some((_, may_see)) = MAY_SEE.iter().find(|(other, _)| other == name) else {
            broken.push(format!("`{name}` has no line in the import rule"));
            continue;
        };
        for dependency in dependencies {
            if dependency.starts_with("paydirt") && !may_see.contains(&dependency.as_str()) {
                broken.push(format!("`{name}` imports `{dependency}`"));
            }
            for (prefix, owner) in OWNED {
                if dependency.starts_with(prefix) && name != owner {
                    broken.push(format!("`{name}` imports `{dependency}`, which is {owner}'s"));
                }
            }
        }
    }
    broken
}

fn workspace() -> BTreeMap<String, BTreeSet<String>> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    fs_err::read_dir(crates)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let manifest = fs_err::read_to_string(path.join("Cargo.toml")).unwrap();
            let manifest: toml::Table = manifest.parse().unwrap();
            let names = |key: &str| -> BTreeSet<String> {
                manifest
                    .get(key)
                    .and_then(toml::Value::as_table)
                    .into_iter()
                    .flatten()
                    .map(|(name, _)| name.clone())
                    .collect()
            };
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let all = ["dependencies", "dev-dependencies", "build-dependencies"];
            (name, all.iter().flat_map(|key| names(key)).collect())
        })
        .collect()
}

#[test]
fn the_import_rule_holds() {
    assert_eq!(broken_rules(&workspace()), Vec::<String>::new());
}

#[test]
fn the_import_rule_can_fail() {
    let mut crates = workspace();
    crates.get_mut("paydirt-model").unwrap().insert("paydirt-io".into());
    crates.get_mut("paydirt-core").unwrap().insert("gdal".into());
    crates.insert("paydirt-utils".into(), BTreeSet::new());
    assert_eq!(broken_rules(&crates).len(), 3);
}
