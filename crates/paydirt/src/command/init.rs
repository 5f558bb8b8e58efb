//! `paydirt init`

use std::path::Path;

use super::Session;
use crate::error::{Error, Result};
use crate::{init, saved};

pub(super) fn init(session: &Session, folder: &Path, out: Option<&Path>) -> Result<()> {
    if !folder.is_dir() {
        return Err(Error::Usage {
            reason: format!("`{}` is no folder", folder.display()),
            hint: "name the folder that holds your rasters, vectors and deposits".into(),
        });
    }
    let out = out.map_or_else(|| folder.join("project.toml"), Path::to_path_buf);
    if out.exists() && !session.common.overwrite {
        return Err(Error::Exists { path: out });
    }
    let found = init::look(folder, &session.console)?;
    let text = init::project_text(folder, &out, &found)?;
    saved::write_text(&out, &text)?;
    let said = format!(
        "wrote {}: {} evidence layers; read it once, then `paydirt check {}`",
        out.display(),
        found.evidence.len(),
        out.display()
    );
    session.show(&serde_json::json!({ "project": out, "evidence": found.evidence.len() }), &said)
}
