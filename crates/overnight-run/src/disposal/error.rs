//! Why a night, or a part of one, was not accepted or dropped.

use overnight_record::{Diagnose, ExitCode, PlanAddress, RunId, StepId};

use crate::ledger::LedgerError;
use crate::night::NightError;
use crate::workspace::WorkspaceError;

/// A decision about a night could not be carried out; nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DisposalError {
    /// The run, its ledger or its workspace.
    #[error(transparent)]
    Night(#[from] NightError),
    /// No commit belongs to a place that was named, or every one was decided about before.
    #[error("no commit of {run} at {address} waits for a decision")]
    NothingWaits {
        /// The run.
        run: RunId,
        /// The place that was named.
        address: PlanAddress,
    },
    /// A change needs others that were not named with it.
    #[error("the change of {step} does not come alone: it meets others in {}", files.join(", "))]
    Entangled {
        /// The step whose change it is.
        step: StepId,
        /// The files that did not fit, the first few.
        files: Vec<String>,
        /// The command that names everything it is entangled with, when that can be told.
        next: Option<String>,
    },
    /// The part and the user's own commits do not merge by themselves.
    #[error("the part does not merge by itself with {branch}: {}", files.join(", "))]
    Conflict {
        /// The user's branch.
        branch: String,
        /// The files in conflict, the first few.
        files: Vec<String>,
    },
}

impl From<WorkspaceError> for DisposalError {
    fn from(error: WorkspaceError) -> Self {
        Self::Night(error.into())
    }
}

impl From<LedgerError> for DisposalError {
    fn from(error: LedgerError) -> Self {
        Self::Night(error.into())
    }
}

impl Diagnose for DisposalError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Night(error) => error.exit_code(),
            Self::NothingWaits { .. } => ExitCode::Usage,
            Self::Entangled { .. } | Self::Conflict { .. } => ExitCode::Precondition,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Night(error) => error.hint(),
            Self::NothingWaits { run, .. } => Some(format!(
                "`overnight runs show {run}` names the step of every commit and what became of it"
            )),
            Self::Entangled { next, .. } => Some(match next {
                Some(command) => format!("nothing was changed; together: `{command}`"),
                None => "nothing was changed; take the night as a whole".to_owned(),
            }),
            Self::Conflict { .. } => {
                Some("nothing was changed; take the night as a whole and merge by hand".to_owned())
            }
        }
    }
}
