//! Executes a plan: ledger, processes, deadline, worktree, gates, commits, notifications.
//!
//! It knows commands, not OCR: a step is a process, a result is a file, and everything
//! that happened is a row of the ledger before anybody is told. It prints nothing and
//! reads no environment variable; clock, paths and the wish to stop are handed in.

pub mod comparison;
pub mod disposal;
mod folder;
mod gate;
pub mod ledger;
pub mod night;
pub mod notify;
pub mod process;
pub mod secrets;
pub mod shim;
pub mod state;
pub mod summary;
pub mod text;
mod web;
pub mod workspace;

pub use folder::RunFolder;
pub use ledger::{Ledger, LedgerError};
pub use night::{Audience, NightError, NightOutcome, NightSpec, ReportMoment, ReportStage, Start};
pub use process::{Captured, ProcessError, run_captured};
pub use secrets::{RedactedStream, Redactor, SecretSources};
pub use state::RunState;
pub use summary::{RunSummary, Standing};
pub use web::Web;
pub use workspace::WorkspaceError;
