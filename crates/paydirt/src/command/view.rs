//! `paydirt view`

use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use paydirt_view::{Error as ViewError, View, server};

use super::Session;
use crate::error::Result;

pub(super) fn view(session: &Session, run: &Path, address: SocketAddr, open: bool) -> Result<()> {
    let console = &session.console;
    let view = View::open(run)?;
    for warning in &view.warnings {
        console.warn(warning);
    }
    let unusable = |source| ViewError::Listen { address: address.to_string(), source };
    let listener = TcpListener::bind(address).map_err(unusable)?;
    let bound = listener.local_addr().map_err(unusable)?;
    if !bound.ip().is_loopback() {
        console
            .warn(format!("whoever reaches {bound} can look at these maps: there is no password"));
    }
    let page = format!("http://{bound}/");
    session.show(&serde_json::json!({ "address": page }), &page)?;
    console.say("Ctrl-C ends it");
    if open
        && !bound.ip().is_unspecified()
        && let Err(error) = open::that_detached(&page)
    {
        console.warn(format!("no browser could be opened ({error}): open {page} yourself"));
    }
    Ok(server::run(view, listener, || console.go_on().is_err())?)
}
