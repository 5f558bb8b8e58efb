//! `paydirt check`

use std::path::Path;

use super::Session;
use crate::error::Result;
use crate::{plan, read};

pub(super) fn check(session: &Session, project: &Path) -> Result<()> {
    let opened = session.open(project)?;
    let spool = tempfile_free_spool(session);
    let read = read::read(&opened, spool, session)?;
    let plan = plan::plan(&opened.project, &read, session.common.max_memory);
    let checked = Checked { receipt: read.receipt, plan };
    session.show(&checked, &text(&checked))
}
