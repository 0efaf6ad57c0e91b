//! The shim: the small process every step runs under.
//!
//! The runner hands it an order (`order.json`) and lets go: the shim has a session of its
//! own, adopts every process its command leaves behind (it is a subreaper), keeps the
//! time and memory limits, pipes the output through the secrets filter into the logs, ends
//! the whole tree, and writes how it ended (`exit.json`) itself. So a step survives the
//! runner: whoever resumes the night finds the shim alive and waits for it, or finds its
//! record.
//!
//! It knows nothing of plans, ledgers or git. Design note: docs/design/0001-shim.md.

mod cgroup;
mod command;
mod glance;
mod handle;
mod memory;
mod order;
mod output;
mod record;
mod strays;
mod tree;
mod watch;

use std::path::Path;

pub use glance::{Glance, TreeMemory};
pub use handle::{Shim, ShimError};
pub(crate) use handle::{end_orphans, is_of_another_boot, wait_for_any};
pub use order::{Birth, Order};
pub use record::{End, ExitRecord};

/// First argument of the program when it is to be a shim.
pub const SHIM_ARGUMENT: &str = "__shim";

/// Executes the order in an attempt's folder. `lookup` reads environment variables, for the
/// values that must not be written down.
///
/// # Errors
/// Text for stderr when not even a record could be written; nobody reads it in a night.
pub fn run(folder: &Path, lookup: &dyn Fn(&str) -> Option<String>) -> Result<(), String> {
    let order = Order::read(folder).map_err(|error| error.to_string())?;
    watch::execute(folder, &order, lookup).map_err(|error| error.to_string())
}
