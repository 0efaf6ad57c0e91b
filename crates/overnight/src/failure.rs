//! The one error type of the binary: any library error that can explain itself.

use overnight_record::{Diagnose, ExitCode};

/// A verb could not do its work.
#[derive(Debug)]
pub(crate) struct Failure(Box<dyn Diagnose>);

impl Failure {
    /// A failure of the binary itself.
    pub(crate) fn new(exit: ExitCode, message: impl Into<String>) -> Self {
        Self(Box::new(Plain {
            exit,
            message: message.into(),
            hint: None,
        }))
    }

    /// A failure of the binary itself, with the one thing to try next.
    pub(crate) fn with_hint(
        exit: ExitCode,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) -> Self {
        Self(Box::new(Plain {
            exit,
            message: message.into(),
            hint: Some(hint.into()),
        }))
    }

    pub(crate) fn exit_code(&self) -> ExitCode {
        self.0.exit_code()
    }

    pub(crate) fn hint(&self) -> Option<String> {
        self.0.hint()
    }

    /// The message followed by each cause, outermost first.
    pub(crate) fn chain(&self) -> Vec<String> {
        let mut messages = vec![self.0.to_string()];
        let mut cause = self.0.source();
        while let Some(error) = cause {
            messages.push(error.to_string());
            cause = error.source();
        }
        messages
    }
}

impl<E: Diagnose> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(Box::new(error))
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Plain {
    exit: ExitCode,
    message: String,
    hint: Option<String>,
}

impl Diagnose for Plain {
    fn exit_code(&self) -> ExitCode {
        self.exit
    }

    fn hint(&self) -> Option<String> {
        self.hint.clone()
    }
}
