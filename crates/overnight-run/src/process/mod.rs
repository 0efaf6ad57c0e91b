//! Starting, watching and ending commands.
//!
//! Every command runs in a process group of its own with a closed stdin, so that it can be
//! ended with everything it started and can never wait for a person.

mod capture;
mod child;
mod environment;
mod group;
mod identity;
mod pidfd;

pub(crate) use capture::capture_bytes;
pub use capture::{Captured, run_captured};
pub(crate) use child::REMOVED_VARIABLES;
pub use child::{Ended, Exit, GRACE, LOG_LIMIT_BYTES, Launch, ProcessError, Running};
pub(crate) use environment::{has_variable, with_environment};
pub(crate) use group::{end_processes, high_water_kib};
pub use identity::ProcessIdentity;
pub(crate) use identity::Stat;
pub(crate) use pidfd::{open_process, wait_for_end};
