//! `events.jsonl`: the ledger's facts for readers without SQLite. Never read back.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;

use overnight_record::store::{self, StoreError};
use overnight_record::{Event, RunId};

use super::{Ledger, LedgerError};

impl Ledger {
    /// Writes every event of a run to `path`, replacing what was there.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn export_events(&self, run: &RunId, path: &Path) -> Result<(), LedgerError> {
        let events = self.events(run)?;
        store::write_json_lines(path, &events).map_err(|source| LedgerError::Export {
            run: run.clone(),
            source,
        })
    }
}

/// Adds one event to an export, for those who watch it grow. A line that is lost is
/// repaired by the next whole export.
pub(crate) fn append_event(path: &Path, event: &Event) -> Result<(), StoreError> {
    let wrap = |source| StoreError::Write {
        path: path.to_owned(),
        source,
    };
    let mut line = serde_json::to_vec(event).map_err(|error| wrap(error.into()))?;
    line.push(b'\n');
    OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(&line))
        .map_err(wrap)
}
