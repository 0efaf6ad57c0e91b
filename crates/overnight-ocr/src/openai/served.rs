//! A server that is ours: started, watched, started again, ended.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};

use super::client::one_line;
use super::spec::ServeSpec;

/// How long a server may take to end itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(10);
/// Bytes of the end of the log that may hold its last words.
const TAIL: u64 = 4 << 10;

/// A server's process. Dropping it ends it with everything in its process group.
#[derive(Debug)]
pub(super) struct Served {
    spec: ServeSpec,
    child: Child,
    /// How often it was started again.
    restarts: u32,
    is_reaped: bool,
}

impl Served {
    /// Starts a server in a group of its own, so that Ctrl-C reaches us first. Its output is
    /// added to the log.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(spec: &ServeSpec) -> io::Result<Self> {
        Ok(Self {
            spec: spec.clone(),
            child: spawn(spec)?,
            restarts: 0,
            is_reaped: false,
        })
    }

    /// Starts it again when it has ended, and says whether it did.
    ///
    /// # Errors
    /// Why it stays ended.
    pub(super) fn revive(&mut self) -> Result<bool, String> {
        if !self.has_exited() {
            return Ok(false);
        }
        let end = self.reap();
        let words = last_words(&self.spec.log);
        if self.restarts >= self.spec.max_restarts {
            return Err(format!(
                "the server ended ({end}) and was started again {} times already: {words}",
                self.restarts
            ));
        }
        self.restarts += 1;
        tracing::warn!(%end, restart = self.restarts, "the server ended: {words}");
        self.child =
            spawn(&self.spec).map_err(|error| format!("the server ended ({end}): {error}"))?;
        self.is_reaped = false;
        Ok(true)
    }

    /// How it ended, with its last words, when it did.
    pub(super) fn end(&mut self) -> Option<String> {
        self.has_exited()
            .then(|| format!("{}: {}", self.reap(), last_words(&self.spec.log)))
    }

    fn pid(&self) -> Option<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw)
    }

    /// Whether it has ended; it stays to be reaped, so that its number stays its own.
    pub(super) fn has_exited(&self) -> bool {
        let Some(pid) = self.pid().filter(|_| !self.is_reaped) else {
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

    fn signal(&self, signal: Signal) {
        if let Some(pid) = self.pid().filter(|_| !self.is_reaped) {
            let _ = kill_process_group(pid, signal);
        }
    }

    /// Ends what is left of its group and tells its status.
    fn reap(&mut self) -> String {
        // Before it is reaped, the group's number cannot belong to others.
        self.signal(Signal::KILL);
        self.is_reaped = true;
        match self.child.wait() {
            Ok(status) => status.to_string(),
            Err(error) => error.to_string(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if self.is_reaped {
            return;
        }
        self.signal(Signal::TERM);
        let begun = Instant::now();
        while !self.has_exited() && begun.elapsed() < GRACE {
            thread::sleep(Duration::from_millis(20));
        }
        self.reap();
    }
}

fn spawn(spec: &ServeSpec) -> io::Result<Child> {
    let (program, arguments) = spec
        .command
        .split_first()
        .ok_or_else(|| io::Error::other("the command is empty"))?;
    if let Some(folder) = spec.log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&spec.log)?;
    // A program with a folder in its name belongs to the project, wherever we run.
    let program = match program.contains('/') {
        true => spec.directory.join(program),
        false => program.into(),
    };
    Command::new(program)
        .args(arguments)
        .current_dir(&spec.directory)
        .env("PYTHONUNBUFFERED", "1")
        .envs(&spec.env)
        .stdin(Stdio::null())
        .stdout(log.try_clone()?)
        .stderr(log)
        .process_group(0)
        .spawn()
}

/// The last lines of a log in one.
fn last_words(log: &Path) -> String {
    let tail = || -> io::Result<String> {
        let mut file = File::open(log)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = tail().unwrap_or_default();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    match lines[lines.len().saturating_sub(3)..].join("; ") {
        words if words.is_empty() => "it wrote nothing".to_owned(),
        words => one_line(&words),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn spec(folder: &Path, script: &str) -> ServeSpec {
        ServeSpec {
            command: ["sh", "-c", script].map(str::to_owned).to_vec(),
            directory: folder.to_owned(),
            env: BTreeMap::from([("WORD".to_owned(), "hello".to_owned())]),
            log: folder.join("logs/server.log"),
            start_timeout: Duration::from_secs(5),
            max_restarts: 1,
        }
    }

    fn wait_for_end(served: &mut Served) {
        let begun = Instant::now();
        while !served.has_exited() {
            assert!(begun.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
    }

    #[test]
    fn a_server_that_ends_is_started_again_so_often() {
        let dir = tempfile::tempdir().unwrap();
        let mut served = Served::start(&spec(dir.path(), "echo $WORD; exit 3")).unwrap();
        wait_for_end(&mut served);
        assert_eq!(served.revive(), Ok(true));
        wait_for_end(&mut served);
        let reason = served.revive().unwrap_err();
        assert!(
            reason.contains("exit status: 3") && reason.contains("hello"),
            "{reason}"
        );
        let log = std::fs::read_to_string(dir.path().join("logs/server.log")).unwrap();
        assert_eq!(log, "hello\nhello\n");
    }

    #[test]
    fn what_a_server_started_ends_with_it() {
        let dir = tempfile::tempdir().unwrap();
        let script = "sleep 100 & echo $! > child; wait";
        let mut served = Served::start(&spec(dir.path(), script)).unwrap();
        let child = dir.path().join("child");
        let begun = Instant::now();
        while std::fs::read_to_string(&child)
            .unwrap_or_default()
            .is_empty()
        {
            assert!(begun.elapsed() < Duration::from_secs(20));
            thread::sleep(Duration::from_millis(5));
        }
        assert_eq!(served.revive(), Ok(false));
        drop(served);
        let pid = std::fs::read_to_string(&child).unwrap();
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        // Gone, or a zombie that nobody has reaped yet.
        assert!(stat.map_or(true, |stat| stat.contains(") Z ")));
    }
}
