//! A process in a group of its own: started, looked after, and ended with everything in it.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

/// How often a process that is to end is looked at.
const LOOK: Duration = Duration::from_millis(5);
/// How long the kernel may take to end a process after SIGKILL. One that waits for a device
/// may take forever, and then is left behind.
const LAST_WAIT: Duration = Duration::from_secs(10);

/// A process that leads a group of its own, so that Ctrl-C reaches us first. Dropping it kills
/// the group.
#[derive(Debug)]
pub(crate) struct ProcessGroup {
    child: Child,
    is_reaped: bool,
}

impl ProcessGroup {
    /// Starts a command.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(crate) fn start(command: &mut Command) -> io::Result<Self> {
        Ok(Self {
            child: command.process_group(0).spawn()?,
            is_reaped: false,
        })
    }

    /// The process itself, for its pipes.
    pub(crate) fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    /// Whether it has ended; it stays to be reaped, so that its number stays its own.
    pub(crate) fn has_exited(&self) -> bool {
        let Some(pid) = self.pid() else {
            return true;
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            match waitid(WaitId::Pid(pid), options) {
                Ok(status) => return status.is_some(),
                Err(rustix::io::Errno::INTR) => {}
                Err(_) => return true,
            }
        }
    }

    /// Waits for its end, so long.
    pub(crate) fn exits_within(&self, limit: Duration) -> bool {
        let begun = Instant::now();
        while !self.has_exited() {
            if begun.elapsed() >= limit {
                return false;
            }
            thread::sleep(LOOK);
        }
        true
    }

    /// Asks the group to end, and kills what is left of it after `grace`.
    pub(crate) fn end(&mut self, grace: Duration) -> Option<ExitStatus> {
        self.signal(Signal::TERM);
        self.exits_within(grace);
        self.kill()
    }

    /// Kills what is left of the group, and takes the status of its process; `None` when that
    /// was taken before, or cannot be had.
    pub(crate) fn kill(&mut self) -> Option<ExitStatus> {
        if self.is_reaped {
            return None;
        }
        // Before it is reaped, the group's number cannot belong to others.
        self.signal(Signal::KILL);
        let has_exited = self.exits_within(LAST_WAIT);
        self.is_reaped = true;
        match has_exited {
            true => self.child.wait().ok(),
            false => None,
        }
    }

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid() {
            let _ = kill_process_group(pid, signal);
        }
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id())
            .ok()
            .and_then(Pid::from_raw)
            .filter(|_| !self.is_reaped)
    }
}

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        self.kill();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> ProcessGroup {
        ProcessGroup::start(Command::new("sh").args(["-c", script])).unwrap()
    }

    /// Gone, or a zombie that nobody has reaped yet.
    fn is_gone(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        stat.map_or(true, |stat| stat.contains(") Z "))
    }

    #[test]
    fn a_group_ends_with_everything_in_it_also_when_it_is_stopped() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 100 & echo $! > {}; kill -STOP $$", file.display());
        let mut group = shell(&script);
        let begun = Instant::now();
        let pid = loop {
            let pid = std::fs::read_to_string(&file).unwrap_or_default();
            if !pid.is_empty() {
                break pid;
            }
            assert!(begun.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        };
        assert!(!group.has_exited());
        // A stopped process does not hear SIGTERM.
        assert_eq!(group.end(Duration::from_millis(100)).unwrap().code(), None);
        while !is_gone(&pid) {
            assert!(begun.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn the_status_is_taken_once() {
        let mut group = shell("exit 3");
        assert!(group.exits_within(Duration::from_secs(20)));
        assert_eq!(group.kill().and_then(|status| status.code()), Some(3));
        assert!(group.has_exited() && group.kill().is_none());
    }
}
