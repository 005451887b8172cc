//! The state of a workspace, opened in the user's folder for state.

use std::path::PathBuf;
use std::sync::Arc;

use store::{Places, StateStore};

use crate::places;
use crate::status::{Failure, warning};
use crate::terminal::Terminal;
use crate::workspace::Workspace;

/// The store of `workspace`. Nothing is read or written before it is needed.
pub(crate) fn open(workspace: &Workspace) -> Result<Arc<StateStore>, Failure> {
    let state: PathBuf = places::state().ok_or_else(|| {
        Failure::outside(
            "there is no folder for state",
            "name one in OBELUS_STATE_DIR",
        )
    })?;
    Ok(Arc::new(StateStore::new(&Places {
        state,
        workspace_id: workspace.id(),
        workspace: workspace.top.display().to_string(),
    })))
}

/// Tells what happened to the files of the state.
pub(crate) fn tell(store: &StateStore, terminal: &Terminal) {
    for note in store.take_notes() {
        terminal.aside(&warning(&note));
    }
}
