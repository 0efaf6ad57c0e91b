//! What a shim is told, and what it tells about itself at once.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use overnight_record::store::{self, StoreError};
use serde::{Deserialize, Serialize};

use crate::process::ProcessIdentity;
use crate::secrets::SecretSources;

/// Name of the order in an attempt's folder.
const ORDER_FILE: &str = "order.json";
/// Name of the shim's own description.
const BIRTH_FILE: &str = "shim.json";

/// What to run, within which limits. Its environment is the shim's own; secrets are named,
/// never written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// Program and arguments, at least the program.
    pub argv: Vec<String>,
    /// Folder it runs in.
    pub directory: PathBuf,
    /// Longest run in milliseconds of the monotonic clock, which stands still while the
    /// machine sleeps.
    pub timeout_ms: u64,
    /// How long it may neither write nor use the processor, in milliseconds.
    pub idle_timeout_ms: u64,
    /// How long it may take to end itself when asked to, in milliseconds.
    pub grace_ms: u64,
    /// Wall-clock time at which it is ended, runner or not.
    pub deadline: Option<Timestamp>,
    /// Memory its processes may hold together, in bytes.
    pub memory_bytes: Option<u64>,
    /// What is kept of each stream, in bytes.
    pub log_limit_bytes: u64,
    /// Where the values come from that must not reach the logs.
    pub secrets: SecretSources,
    /// The project, which the files among them are relative to.
    pub project: PathBuf,
}

impl Order {
    /// Writes it into an attempt's folder. Not synced: an order without its process means
    /// nothing after a power cut.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        write_unsynced(&folder.join(ORDER_FILE), self)
    }

    /// Reads the order of an attempt.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        store::read_json(&folder.join(ORDER_FILE))
    }
}

/// Which process the shim of an attempt is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Birth {
    /// The shim.
    pub shim: ProcessIdentity,
    /// The step's control group, when it has one of its own.
    pub cgroup: Option<PathBuf>,
}

impl Birth {
    pub(super) fn write(&self, folder: &Path) -> Result<(), StoreError> {
        write_unsynced(&folder.join(BIRTH_FILE), self)
    }

    /// Gives the description the time of now: the command does something.
    pub(super) fn touch(folder: &Path) {
        let file = std::fs::File::options()
            .append(true)
            .open(folder.join(BIRTH_FILE));
        if let Ok(file) = file {
            // Who cannot be told so may call the step still, nothing worse.
            let _ = file.set_modified(std::time::SystemTime::now());
        }
    }

    /// Reads what the shim of an attempt said; `None` when it did not come to that.
    pub fn read(folder: &Path) -> Option<Self> {
        store::read_json(&folder.join(BIRTH_FILE)).ok()
    }
}

/// Written beside and renamed, so that a reader sees all of it or nothing.
pub(super) fn write_unsynced<T: Serialize>(path: &Path, value: &T) -> Result<(), StoreError> {
    let wrap = |source| StoreError::Write {
        path: path.to_owned(),
        source,
    };
    let bytes = serde_json::to_vec(value).map_err(|error| wrap(error.into()))?;
    let beside = path.with_extension("tmp");
    std::fs::write(&beside, bytes)
        .and_then(|()| std::fs::rename(&beside, path))
        .map_err(wrap)
}
