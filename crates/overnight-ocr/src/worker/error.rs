//! A worker that cannot be used.

use std::time::Duration;

use overnight_record::store::StoreError;
use overnight_record::{Diagnose, ExitCode};

use super::hello::PROTOCOL;

/// A worker that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// There is no such program.
    #[error("the program `{program}` of the worker `{name}` was not found")]
    Missing {
        /// The backend.
        name: String,
        /// The program.
        program: String,
    },
    /// The program exists but cannot be started.
    #[error("failed to start the worker `{name}` (`{command}`)")]
    Start {
        /// The backend.
        name: String,
        /// What was started.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// The ready worker's files cannot be written.
    #[error("failed to lay out the worker `{name}`")]
    Script {
        /// The backend.
        name: String,
        /// Why.
        source: StoreError,
    },
    /// The worker said that it cannot work, and why.
    #[error("the worker `{name}` cannot work: {reason}")]
    Declined {
        /// The backend.
        name: String,
        /// What it said.
        reason: String,
        /// What it said may help.
        hint: Option<String>,
    },
    /// It ended without a hello.
    #[error("the worker `{name}` ended before it was ready: {reason}")]
    Ended {
        /// The backend.
        name: String,
        /// What was started.
        command: String,
        /// How it ended, with its last words.
        reason: String,
    },
    /// It gave no hello in time.
    #[error("the worker `{name}` was not ready within {} s{said}", limit.as_secs_f64())]
    Late {
        /// The backend.
        name: String,
        /// What was started.
        command: String,
        /// The limit.
        limit: Duration,
        /// What it printed meanwhile, as the end of a sentence.
        said: String,
    },
    /// Its hello is not what the protocol asks for.
    #[error("the worker `{name}` introduced itself wrongly: {reason}")]
    Hello {
        /// The backend.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// Several processes of one worker are not alike.
    #[error("the processes of the worker `{name}` are not alike: {reason}")]
    Unlike {
        /// The backend.
        name: String,
        /// What differs.
        reason: String,
    },
    /// A folder for the images cannot be made.
    #[error("failed to make a folder for the images of the worker `{name}`")]
    Images {
        /// The backend.
        name: String,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody asked to stop while it was starting.
    #[error("interrupted while the worker `{name}` was starting")]
    Interrupted {
        /// The backend.
        name: String,
    },
}

impl Diagnose for WorkerError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted { .. } => ExitCode::Interrupted,
            Self::Images { .. } | Self::Script { .. } => ExitCode::Temporary,
            _ => ExitCode::Precondition,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { name, program } => Some(format!(
                "install `{program}`, or correct `command` or `python` of [backends.{name}]"
            )),
            Self::Declined { hint, .. } => hint.clone(),
            Self::Start { command, .. } | Self::Ended { command, .. } => {
                Some(format!("start it by hand: {command}"))
            }
            Self::Late { name, command, .. } => Some(format!(
                "start it by hand (`{command}`), or raise `start_timeout` of [backends.{name}]"
            )),
            Self::Hello { .. } => Some(format!(
                "this program speaks version {PROTOCOL} of the protocol in docs/workers.md"
            )),
            Self::Script { source, .. } => source.hint(),
            Self::Images { .. } => {
                Some("check the temporary folder's permissions and free space".to_owned())
            }
            Self::Unlike { .. } | Self::Interrupted { .. } => None,
        }
    }
}
