//! The runner's side: starting a shim, finding one again, asking it to end.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use overnight_record::store::StoreError;
use rustix::process::{Signal, pidfd_send_signal};

use super::cgroup::kill_group;
use super::strays;
use super::{Birth, ExitRecord, Order, SHIM_ARGUMENT};
use crate::process::{
    ProcessIdentity, REMOVED_VARIABLES, end_processes, open_process, wait_for_end, with_environment,
};

/// How long a shim may take to say who it is.
const BIRTH_LIMIT: Duration = Duration::from_secs(5);

/// A shim could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ShimError {
    /// Its order could not be written.
    #[error(transparent)]
    Order(#[from] StoreError),
    /// The program could not be started.
    #[error("failed to start the shim {}", program.display())]
    Start {
        /// This program.
        program: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The shim of one attempt.
#[derive(Debug)]
pub struct Shim {
    folder: PathBuf,
    /// Ends with the process it stands for, whatever its number is given to later; `None`
    /// when that had ended before it could be opened.
    handle: Option<OwnedFd>,
    /// Ours to reap, when we started it.
    child: Option<Child>,
    /// Since when we know it.
    since: Instant,
}

impl Shim {
    /// Starts a shim that executes `order` in `folder`, with `env` added to our environment.
    ///
    /// # Errors
    /// [`ShimError`]; then nothing runs.
    pub fn start(
        program: &Path,
        folder: &Path,
        order: &Order,
        env: &[(String, OsString)],
    ) -> Result<Self, ShimError> {
        order.write(folder)?;
        let mut command = Command::new(program);
        command.arg(SHIM_ARGUMENT).arg(folder);
        for name in REMOVED_VARIABLES {
            command.env_remove(name);
        }
        command
            .envs(env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let child = command.spawn().map_err(|source| ShimError::Start {
            program: program.to_owned(),
            source,
        })?;
        Ok(Self {
            folder: folder.to_owned(),
            handle: open_process(child.id()),
            child: Some(child),
            since: Instant::now(),
        })
    }

    /// Finds the shim of an attempt again: alive, or gone with its record left.
    /// `None` when neither is there.
    pub fn find(folder: &Path) -> Option<Self> {
        // A shim that was started a moment before its runner died has not said yet who it is.
        let begun = Instant::now();
        let is_expected = || begun.elapsed() < BIRTH_LIMIT && !marked(folder).is_empty();
        while Birth::read(folder).is_none() && is_expected() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let birth = Birth::read(folder);
        let alive = birth.filter(|birth| birth.shim.is_alive());
        let handle = alive
            .as_ref()
            .and_then(|birth| open_process(birth.shim.pid));
        // It may have ended, and its number been given away, before it was opened.
        let handle = handle.filter(|_| alive.is_some_and(|birth| birth.shim.is_alive()));
        let shim = Self {
            folder: folder.to_owned(),
            handle,
            child: None,
            since: Instant::now(),
        };
        (shim.handle.is_some() || shim.record().is_some()).then_some(shim)
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        if let Some(child) = &mut self.child {
            return !matches!(child.try_wait(), Ok(None));
        }
        let Some(handle) = &self.handle else {
            return true;
        };
        wait_for_end([handle.as_fd()], Duration::ZERO)
    }

    /// What it left; `None` when it was ended before it could write.
    pub fn record(&self) -> Option<ExitRecord> {
        ExitRecord::read(&self.folder)
    }

    /// Whether it ended by itself without being able to do its work: nobody killed it. Known
    /// of shims that this process started.
    pub fn has_failed(&mut self) -> bool {
        let ended = self.child.as_mut().and_then(|child| child.try_wait().ok());
        let code = ended.flatten().and_then(|status| status.code());
        code.is_some_and(|code| code != 0)
    }

    /// Asks for the end of its command: with grace, or at once. `false` when it does not
    /// listen yet: a signal would end the shim itself, and nobody would see how the step
    /// ended.
    pub fn ask_to_end(&self, at_once: bool) -> bool {
        let listens = Birth::read(&self.folder).is_some() || self.since.elapsed() > BIRTH_LIMIT;
        if listens && let Some(handle) = &self.handle {
            let signal = if at_once { Signal::INT } else { Signal::TERM };
            // One that ended meanwhile is what we want.
            let _ = pidfd_send_signal(handle, signal);
        }
        listens
    }
}

/// Sleeps until one of the shims ends, at most `limit`.
pub(crate) fn wait_for_any<'a>(shims: impl Iterator<Item = &'a Shim>, limit: Duration) {
    let handles: Vec<_> = shims
        .filter_map(|shim| shim.handle.as_ref())
        .map(|handle| handle.as_fd())
        .collect();
    wait_for_end(handles, limit);
}

/// Processes started with an attempt's environment.
fn marked(folder: &Path) -> BTreeSet<u32> {
    with_environment(&[("OVERNIGHT_STEP_DIR", folder.as_os_str())], None)
}

/// Ends what an attempt left behind whose shim was killed: by the environment its processes
/// were started with, by the list of those that cleared it, and by its control group.
pub(crate) fn end_orphans(folder: &Path, grace: Duration) {
    let mut orphans = marked(folder);
    orphans.extend(strays::living(folder));
    end_processes(&orphans, grace);
    if let Some(cgroup) = Birth::read(folder).and_then(|birth| birth.cgroup) {
        kill_group(&cgroup);
    }
}

/// Whether the shim of an attempt ran before the machine was started anew.
pub(crate) fn is_of_another_boot(folder: &Path) -> bool {
    match (Birth::read(folder), ProcessIdentity::current()) {
        (Some(birth), Some(now)) => birth.shim.boot_id != now.boot_id,
        _ => false,
    }
}
