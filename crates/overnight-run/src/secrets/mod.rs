//! What must never reach a log, the ledger, a report or a notification.
//!
//! A [`Redactor`] knows the values a project calls secret, the forms they take in other
//! encodings, and the shapes of well-known tokens; it replaces each by [`MARK`]. One pass
//! finds them all, and what it decides about a byte never depends on how a stream was cut
//! into chunks: [`RedactedStream`] and [`Redactor::redact_bytes`] give the same bytes.
//!
//! Matches never cross the end of a line. A secret of several lines is therefore known by
//! each of its lines; the body of a private key is followed from line to line ([`pem`]).
//! It does not know what it was not told: see `docs/notifications.md`.

mod forms;
mod pem;
mod piece;
mod redactor;
mod scan;
mod shapes;
mod sources;
mod stream;

pub use redactor::{Redactor, Refusal, Refused, Secret};
pub use sources::{Loaded, SecretProblem, SecretSources};
pub use stream::RedactedStream;

/// What stands in the place of a secret.
pub const MARK: &str = "[secret]";

/// Bytes below which a value cannot be told from ordinary text.
pub const SHORTEST: usize = 6;

#[cfg(test)]
mod tests;
