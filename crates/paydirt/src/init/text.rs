//! The text of a project file.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use paydirt_core::layer::EvidenceType;

use super::{Candidate, Found};
use crate::error::{Error, Result};

/// The project file for what was found, with paths relative to where it will stand.
///
/// # Errors
/// [`Error::Data`] if there is no evidence or no file of deposits.
pub fn project_text(folder: &Path, out: &Path, found: &Found) -> Result<String> {
    let (Some(like), Some(labels)) = (&found.like, &found.labels) else {
        return Err(Error::Data {
            reason: format!("`{}` holds no points that could be deposits", folder.display()),
            hint: "add a GeoPackage, Shapefile, GeoJSON or CSV (with easting,northing or \
                   longitude,latitude) of the known deposits"
                .into(),
        });
    };
    if found.evidence.is_empty() {
        return Err(Error::Data {
            reason: format!("`{}` holds no evidence beside the study area", folder.display()),
            hint: "add the rasters and vectors that are to be learned from".into(),
        });
    }
    let relative = |path: &Path| quoted(&relative_to(path, out));
    let mut text = String::new();
    let name = fs_err::canonicalize(folder).ok();
    let name = name.as_deref().and_then(Path::file_name).map_or("project".into(), |name| {
        name.to_string_lossy().to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), "-")
    });
    let _ = write!(
        text,
        "# A Paydirt project, made from the files found. Read it once: types and labels are guesses.\n\
         # `paydirt check` says what would be read, `paydirt run` runs it, `paydirt schema` lists every key.\n\n\
         name = {}\nseed = 1                                # same project and seed: same map\n\n\
         [grid]\nlike = {}                # every layer is brought onto this raster's grid\n",
        quoted(&name),
        relative(like),
    );
    match &found.study_area {
        Some(area) => {
            let _ = writeln!(text, "study_area = {}          # known cells that are not 0, or polygons", relative(area));
        }
        None => text.push_str("# study_area = \"...\"                   # a raster or polygons; the whole grid without it\n"),
    }
    text.push_str("\n# Evidence: one table a layer. type = continuous | ordinal | categorical (never averaged).\n");
    for candidate in &found.evidence {
        text.push_str(&layer_text(candidate, &relative(&candidate.path)));
    }
    let _ = write!(text, "\n[labels]\npath = {}", relative(labels));
    if let Some(crs) = &found.labels_crs {
        let _ = write!(text, "\ncrs = {}                   # assumed: the grid's", quoted(crs));
    }
    let block_m = found.block_m();
    let choices = CHOICES.replace("BLOCK", &format!("{block_m}"));
    text.push_str(&choices.replace("AT_LEAST", &format!("{}", block_m / 4.0)));
    Ok(text)
}

/// The table of one layer.
fn layer_text(candidate: &Candidate, path: &str) -> String {
    let Candidate { name, evidence_type, because, unit, step, .. } = candidate;
    let kind = format!("{evidence_type:?}").to_lowercase();
    let mut text = format!(
        "\n[[evidence]]\nname = {}\npath = {path}\ntype = \"{kind}\"                    # {because}\nunit = {}\n",
        quoted(name),
        quoted(unit),
    );
    let step = match evidence_type {
        EvidenceType::Categorical => Some("one_hot"),
        _ => *step,
    };
    if let Some(step) = step {
        let _ = writeln!(text, "steps = [{{ {step} = {{}} }}]");
    }
    text
}

/// The choices of a project, at their defaults, with what else could be chosen.
const CHOICES: &str = r#"
# role = "status"                       # a column that says deposit, negative or unlabelled
# group = "district"                    # a column of sites that a split must not part

[sample.distant_unlabelled]             # or all_unlabelled, given_negatives
per_deposit = 20
at_least_m = AT_LEAST

[split.blocks]                          # or leave_one_group_out
block_m = BLOCK                         # wider than deposits cluster; here a twelfth of the ground
buffer_m = AT_LEAST                         # at least as far as the unlabelled keep from deposits
folds = 5
repeats = 5

[model.forest]                          # or logistic, weights_of_evidence

[calibration.platt]                     # or isotonic

[uncertainty.ensemble]
members = 5                             # repeated draws and seeds

[explain.shap]
rasters = true                          # one attribution raster a layer

[target]
"#;

/// A TOML string.
fn quoted(text: &str) -> String {
    toml::Value::String(text.into()).to_string()
}

/// A path as seen from the folder of a file; absolute where there is no way.
fn relative_to(path: &Path, file: &Path) -> String {
    let whole = |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.into());
    let (path, file) = (whole(path), whole(file));
    let base = file.parent().unwrap_or_else(|| Path::new("/"));
    let common = path.components().zip(base.components()).take_while(|(a, b)| a == b).count();
    let up = base.components().count() - common;
    let mut relative: PathBuf = std::iter::repeat_n("..", up).collect();
    relative.extend(path.components().skip(common));
    relative.to_string_lossy().into_owned()
}
