//! Why a night could not do its work.

use std::path::PathBuf;

use overnight_record::{Diagnose, ExitCode, RunId, store};

use crate::ledger::LedgerError;
use crate::workspace::WorkspaceError;

/// The runner itself could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum NightError {
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The workspace.
    #[error(transparent)]
    Workspace(#[from] WorkspaceError),
    /// A file of the run.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A folder of the run could not be made.
    #[error("failed to make the folder {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The run's branch was already accepted or dropped.
    #[error("the run {run} was {what} already")]
    Disposed {
        /// The run.
        run: RunId,
        /// `accepted` or `dropped`.
        what: &'static str,
    },
    /// The run has no branch of its own.
    #[error("the run {run} worked in place: its commits are on your branch already")]
    InPlace {
        /// The run.
        run: RunId,
    },
    /// The kernel does not tell which process we are.
    #[error("failed to read /proc/self/stat")]
    NoIdentity,
    /// `--only` names nothing in the plan.
    #[error("the plan has no step at {address}")]
    NothingSelected {
        /// What was named.
        address: overnight_record::PlanAddress,
    },
}

impl Diagnose for NightError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Ledger(error) => error.exit_code(),
            Self::Workspace(error) => error.exit_code(),
            Self::Store(error) => error.exit_code(),
            Self::Folder { .. } => ExitCode::Temporary,
            Self::Disposed { .. } | Self::InPlace { .. } | Self::NothingSelected { .. } => {
                ExitCode::Usage
            }
            Self::NoIdentity => ExitCode::Precondition,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Ledger(error) => error.hint(),
            Self::Workspace(error) => error.hint(),
            Self::Store(error) => error.hint(),
            Self::Folder { .. } => Some("check permissions and free space".to_owned()),
            Self::Disposed { .. } => Some("begin a new run".to_owned()),
            Self::InPlace { .. } => Some("`git log` shows them".to_owned()),
            Self::NoIdentity => Some("the runner needs a Linux with /proc".to_owned()),
            Self::NothingSelected { .. } => {
                Some("`overnight plan explain PLAN` shows every address".to_owned())
            }
        }
    }
}
