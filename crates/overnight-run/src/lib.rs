//! Executes a plan: ledger, processes, deadline, worktree, gates, commits.
//!
//! It knows commands, not OCR: a step is a process, a result is a file, and everything
//! that happened is a row of the ledger before anybody is told. It prints nothing and
//! reads no environment variable; clock, paths and the wish to stop are handed in.

pub mod ledger;
pub mod process;
pub mod workspace;

pub use ledger::{Ledger, LedgerError};
pub use process::{Captured, ProcessError, run_captured};
pub use workspace::WorkspaceError;
