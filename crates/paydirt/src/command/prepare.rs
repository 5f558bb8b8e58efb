//! `paydirt prepare`

use std::path::Path;

use super::{Session, beside, check};
use crate::error::{Error, Result};
use crate::prepared;

pub(super) fn prepare(session: &Session, project: &Path, out: Option<&Path>) -> Result<()> {
    let opened = session.open(project)?;
    if let Some(stack) = out.filter(|out| prepared::is_stack(out)) {
        let receipt = prepared::keep(&opened, stack, session)?;
        return session.show(&receipt, &check::evidence_text(&receipt));
    }
    if session.common.stack.is_some() {
        return Err(Error::Usage {
            reason: "`prepare` writes files into a folder; a stack is what it makes under `--out NAME.zarr`".into(),
            hint: "leave out `--stack`, or name the stack by `--out`".into(),
        });
    }
    let out = out.map_or_else(|| beside(&opened, "prepared"), Path::to_path_buf);
    let receipt = prepared::prepare(&opened, &out, session)?;
    let mut text = check::evidence_text(&receipt);
    text.push_str(&format!("open {}", out.join("evidence").display()));
    session.show(&receipt, &text)
}
