//! Why a message was not delivered.

use std::time::Duration;

use crate::process::ProcessError;
use crate::secrets::Redactor;

/// A message was not delivered. None of these holds an address: it may be a secret.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The channel is not (or no longer) in the configuration.
    #[error("there is no channel `{channel}` in the configuration")]
    NoChannel {
        /// Its name.
        channel: String,
    },
    /// The channel names a variable that is not set.
    #[error("the environment variable {variable} is not set")]
    NoVariable {
        /// The variable.
        variable: String,
    },
    /// The channel names no address.
    #[error("the channel names neither `url` nor `url_env`")]
    NoAddress,
    /// The address is none for HTTP.
    #[error("the address is no http:// or https:// URL")]
    BadAddress,
    /// The command of a channel cannot be read.
    #[error("the command cannot be read: {why}")]
    BadCommand {
        /// Why.
        why: String,
    },
    /// The server could not be reached, or did not answer in time.
    #[error("failed to reach {host}: {why}")]
    Unreachable {
        /// The server's name.
        host: String,
        /// Why.
        why: String,
    },
    /// The server answered with something else than success.
    #[error("{host} answered HTTP {status}{}", said(.body))]
    Refused {
        /// The server's name.
        host: String,
        /// The HTTP status.
        status: u16,
        /// The beginning of what it said, on one line.
        body: String,
        /// How long it asks to be left alone.
        retry_after: Option<Duration>,
    },
    /// The program could not be started or watched.
    #[error("{0}")]
    Program(#[from] ProcessError),
    /// The program did not succeed.
    #[error("the program {how}{}", said(.output))]
    ProgramFailed {
        /// How it ended.
        how: String,
        /// Its last line.
        output: String,
    },
}

impl DeliveryError {
    /// The same error without secrets in what receivers and programs said.
    #[must_use]
    pub(super) fn cleared(mut self, redactor: &Redactor) -> Self {
        match &mut self {
            Self::Unreachable { why: text, .. }
            | Self::Refused { body: text, .. }
            | Self::ProgramFailed { output: text, .. } => {
                *text = redactor.redact(text).into_owned();
            }
            Self::NoChannel { .. }
            | Self::NoVariable { .. }
            | Self::NoAddress
            | Self::BadAddress
            | Self::BadCommand { .. }
            | Self::Program(_) => {}
        }
        self
    }

    /// How long the receiver asks to be left alone.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn said(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!(": {text}")
    }
}
