//! The ledger: the only truth about execution.
//!
//! One SQLite file per project. Every fact is written here, and synced to disk, before
//! anybody is told of it; `events.jsonl` is an export. An attempt is written before its
//! command starts and closed when its outcome is settled, so an attempt that is open and
//! has no living runner is one whose end nobody saw.

mod attempts;
mod durations;
mod events;
mod export;
mod outbox;
mod runner;
mod runs;
mod schema;

use std::path::{Path, PathBuf};
use std::time::Duration;

use overnight_record::{Diagnose, ExitCode, RunId};
use rusqlite::Connection;

pub(crate) use export::append_event;

pub use attempts::{OpenAttempt, Settled, Started};
pub use outbox::{Letter, MOST_TRIES, Postponed};
pub use runner::RunnerRow;
pub use runs::{Disposition, RunRow};

/// How long one process waits for another to finish writing.
const BUSY_TIMEOUT: Duration = Duration::from_secs(20);

/// The ledger of one project.
#[derive(Debug)]
pub struct Ledger {
    connection: Connection,
    path: PathBuf,
}

/// The ledger could not be read or written, or forbids what was asked.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite failed.
    #[error("failed to use the ledger {}", path.display())]
    Sqlite {
        /// The ledger.
        path: PathBuf,
        /// Why.
        source: rusqlite::Error,
    },
    /// A row holds what this program cannot read.
    #[error("failed to read {what} in the ledger {}", path.display())]
    Row {
        /// The ledger.
        path: PathBuf,
        /// Which value.
        what: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The ledger was written by a later version.
    #[error("the ledger {} has version {found}, this program reads up to {known}", path.display())]
    Newer {
        /// The ledger.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The latest version known here.
        known: i64,
    },
    /// Another runner works in this project.
    #[error("another night is running in this project: {run} (process {pid})")]
    Busy {
        /// Its run.
        run: String,
        /// Its process.
        pid: u32,
    },
    /// There is no such run.
    #[error("there is no run `{run}` in this project")]
    NoRun {
        /// The run asked for.
        run: String,
    },
    /// There is no run at all.
    #[error("there is no run in this project yet")]
    NoRuns,
    /// The folder of the ledger could not be made.
    #[error("failed to make the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The export could not be written.
    #[error("failed to export the events of {run}")]
    Export {
        /// The run.
        run: RunId,
        /// Why.
        source: overnight_record::store::StoreError,
    },
}

impl Diagnose for LedgerError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Sqlite { .. } | Self::Busy { .. } | Self::Export { .. } => ExitCode::Temporary,
            Self::NoRuns => ExitCode::Precondition,
            Self::Row { .. } | Self::Newer { .. } | Self::NoRun { .. } | Self::Folder { .. } => {
                ExitCode::Usage
            }
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Sqlite { .. } | Self::Export { .. } | Self::Folder { .. } => {
                Some("check the folder's permissions and free space".to_owned())
            }
            Self::Row { .. } => None,
            Self::Newer { .. } => Some("use the version of overnight that wrote it".to_owned()),
            Self::Busy { .. } => {
                Some("`overnight status` shows it; wait for its end or stop it".to_owned())
            }
            Self::NoRun { .. } => Some("`overnight runs list` shows the runs there are".to_owned()),
            Self::NoRuns => Some("`overnight run PLAN` makes one".to_owned()),
        }
    }
}

impl LedgerError {
    /// Whether it failed for want of disk space.
    pub fn is_disk_full(&self) -> bool {
        let Self::Sqlite {
            source: rusqlite::Error::SqliteFailure(code, _),
            ..
        } = self
        else {
            return false;
        };
        // The shared memory of the write-ahead log cannot grow either.
        matches!(
            code.code,
            rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::SystemIoFailure
        )
    }
}

impl Ledger {
    /// Opens the ledger in `.overnight`, making or migrating it.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn open(state_dir: &Path) -> Result<Self, LedgerError> {
        std::fs::create_dir_all(state_dir).map_err(|source| LedgerError::Folder {
            path: state_dir.to_owned(),
            source,
        })?;
        let path = state_dir.join("ledger.sqlite");
        let mut connection = Connection::open(&path).map_err(|source| LedgerError::Sqlite {
            path: path.clone(),
            source,
        })?;
        let prepared = schema::prepare(&mut connection, BUSY_TIMEOUT);
        match prepared {
            Ok(schema::Prepared::Ready) => Ok(Self { connection, path }),
            Ok(schema::Prepared::Newer { found }) => Err(LedgerError::Newer {
                path,
                found,
                known: schema::VERSION,
            }),
            Err(source) => Err(LedgerError::Sqlite { path, source }),
        }
    }

    /// Opens the ledger if there is one; a project without a night is left without one.
    ///
    /// # Errors
    /// [`LedgerError::NoRuns`] when there is none, or any other [`LedgerError`].
    pub fn open_existing(state_dir: &Path) -> Result<Self, LedgerError> {
        if state_dir.join("ledger.sqlite").exists() {
            Self::open(state_dir)
        } else {
            Err(LedgerError::NoRuns)
        }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn sqlite(&self) -> impl Fn(rusqlite::Error) -> LedgerError + use<> {
        let path = self.path.clone();
        move |source| LedgerError::Sqlite {
            path: path.clone(),
            source,
        }
    }

    fn row(
        &self,
        what: impl Into<String>,
        source: impl std::error::Error + Send + Sync + 'static,
    ) -> LedgerError {
        LedgerError::Row {
            path: self.path.clone(),
            what: what.into(),
            source: Box::new(source),
        }
    }
}

#[cfg(test)]
mod tests;
