//! How an error explains itself at the command line.

use crate::ExitCode;

/// An error that knows its exit code and what to try next.
///
/// The message says what failed and where; [`source`](std::error::Error::source) says why;
/// the hint is the one command or setting to try. The binary renders all three, once.
pub trait Diagnose: std::error::Error + Send + Sync + 'static {
    /// The exit code of a command that ends with this error.
    fn exit_code(&self) -> ExitCode;

    /// The one thing to try next, as a sentence without a full stop.
    fn hint(&self) -> Option<String> {
        None
    }
}
