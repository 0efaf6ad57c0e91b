//! Starting, watching and ending commands.
//!
//! Every command runs in a process group of its own with a closed stdin, so that it can be
//! ended with everything it started and can never wait for a person.

mod capture;
mod child;
mod group;
mod identity;
mod usage;

pub use capture::{Captured, run_captured};
pub use child::{Ended, Exit, GRACE, LOG_LIMIT_BYTES, Launch, ProcessError, Running};
pub(crate) use group::{end_group, groups_with_environment};
pub use identity::ProcessIdentity;
pub use usage::{GroupMemory, memory_of_group};
