//! A served model that cannot be used.

use std::path::PathBuf;
use std::time::Duration;

use overnight_record::{Diagnose, ExitCode};

/// A served model that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum OpenaiError {
    /// The address or the key cannot be used.
    #[error("the server of `{name}` cannot be addressed as {base_url}: {reason}")]
    Address {
        /// The backend.
        name: String,
        /// Where it should be.
        base_url: String,
        /// Why not.
        reason: String,
    },
    /// Nobody answers.
    #[error("no server answers for `{name}` at {base_url}: {reason}")]
    Absent {
        /// The backend.
        name: String,
        /// Where it should be.
        base_url: String,
        /// What happened instead.
        reason: String,
    },
    /// The server does not let us in.
    #[error("the server of `{name}` at {base_url} refuses the key (HTTP {status})")]
    Denied {
        /// The backend.
        name: String,
        /// Where it is.
        base_url: String,
        /// 401 or 403.
        status: u16,
    },
    /// The server has other models.
    #[error(
        "the server of `{name}` has no model `{model}` (it has {})",
        shown(known)
    )]
    UnknownModel {
        /// The backend.
        name: String,
        /// The model asked for.
        model: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The server's program cannot be started.
    #[error("failed to start the server of `{name}` (`{command}`)")]
    Start {
        /// The backend.
        name: String,
        /// What was started.
        command: String,
        /// Why.
        source: std::io::Error,
    },
    /// The server's program ended before it answered.
    #[error("the server of `{name}` ended before it was ready: {reason}")]
    Ended {
        /// The backend.
        name: String,
        /// Its output.
        log: PathBuf,
        /// How it ended, with its last words.
        reason: String,
    },
    /// It did not answer in time.
    #[error("the server of `{name}` was not ready within {} s: {reason}", limit.as_secs_f64())]
    Late {
        /// The backend.
        name: String,
        /// Its output.
        log: PathBuf,
        /// The limit.
        limit: Duration,
        /// What it said last.
        reason: String,
    },
    /// The requests' runtime cannot be made.
    #[error("failed to make threads for the requests of `{name}`")]
    Runtime {
        /// The backend.
        name: String,
        /// Why.
        source: std::io::Error,
    },
    /// Somebody asked to stop while it was starting.
    #[error("interrupted while the server of `{name}` was starting")]
    Interrupted {
        /// The backend.
        name: String,
    },
}

/// The first names of a list.
fn shown(names: &[String]) -> String {
    const MOST: usize = 10;
    let mut text = names
        .iter()
        .take(MOST)
        .cloned()
        .collect::<Vec<_>>()
        .join(", ");
    if names.len() > MOST {
        text.push_str(&format!(" and {} more", names.len() - MOST));
    }
    text
}

impl Diagnose for OpenaiError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Interrupted { .. } => ExitCode::Interrupted,
            Self::Runtime { .. } => ExitCode::Temporary,
            Self::Address { .. } => ExitCode::Usage,
            _ => ExitCode::Precondition,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Address { name, .. } => format!("correct `base_url` of [backends.{name}]"),
            Self::Absent { name, .. } => format!(
                "start the server, correct `base_url`, or let `serve` of [backends.{name}] start it"
            ),
            Self::Denied { name, .. } => format!(
                "put a valid key into the environment variable that `api_key_env` of \
                 [backends.{name}] names"
            ),
            Self::UnknownModel { name, .. } => format!("correct `model` of [backends.{name}]"),
            Self::Start { command, .. } => format!("start it by hand: {command}"),
            Self::Ended { log, .. } => format!("read its log, {}", log.display()),
            Self::Late { name, log, .. } => format!(
                "read its log ({}), or raise `start_timeout` of [backends.{name}]",
                log.display()
            ),
            Self::Runtime { .. } | Self::Interrupted { .. } => return None,
        })
    }
}
