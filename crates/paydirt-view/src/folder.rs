//! The files of a folder: the only ones that are ever served.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::Result;

/// Folders inside a run are not deeper than this.
const MOST_LEVELS: usize = 4;

/// The regular files of a folder by their path in it, with `/` between its parts. Hidden ones, and links that
/// lead out of the folder, are left out.
///
/// # Errors
/// A folder that cannot be read.
pub(crate) fn files(root: &Path) -> Result<BTreeMap<String, PathBuf>> {
    let mut files = BTreeMap::new();
    collect(root, root, "", MOST_LEVELS, &mut files)?;
    Ok(files)
}

fn collect(
    root: &Path,
    folder: &Path,
    before: &str,
    levels: usize,
    files: &mut BTreeMap<String, PathBuf>,
) -> Result<()> {
    for entry in fs_err::read_dir(folder)? {
        let name = entry?.file_name();
        let Some(name) = name.to_str().filter(|name| !name.starts_with('.')) else { continue };
        let Some(path) = inside(root, &folder.join(name)) else { continue };
        let told = format!("{before}{name}");
        if path.is_file() {
            files.insert(told, path);
        } else if path.is_dir() && levels > 1 {
            collect(root, &path, &format!("{told}/"), levels - 1, files)?;
        }
    }
    Ok(())
}

/// Where a path leads, if that is inside the folder.
pub(crate) fn inside(root: &Path, path: &Path) -> Option<PathBuf> {
    let path = fs_err::canonicalize(path).ok()?;
    path.starts_with(root).then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn links_that_lead_out_and_hidden_files_are_left_out() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("map.run");
        fs_err::create_dir_all(root.join("maps")).unwrap();
        for file in ["secret.txt", "map.run/report.json", "map.run/.paydirt", "map.run/maps/a.tif"]
        {
            fs_err::write(place.path().join(file), "x").unwrap();
        }
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(place.path().join(to), root.join(name)).unwrap();
        };
        link("secret.txt", "stolen.txt");
        link("", "up");
        link("map.run", "round");
        link("map.run/report.json", "again.json");
        let root = fs_err::canonicalize(&root).unwrap();
        let names: Vec<String> = files(&root).unwrap().into_keys().collect();
        let expected = ["again.json", "maps/a.tif", "report.json"];
        let plain: Vec<_> = names.iter().filter(|name| !name.starts_with("round/")).collect();
        assert_eq!(plain, expected);
        assert!(names.iter().all(|name| !name.contains("secret") && !name.contains("stolen")));
    }
}
