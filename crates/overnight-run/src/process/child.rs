//! One command from its start to its end.

use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use overnight_record::{Diagnose, ExitCode, StopFlag};
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, waitid};

use super::group::{end_group, is_group_alive, peak_rss_mib, signal_group};
use super::pidfd::{open_process, wait_for_end};

/// How long a command may take to end itself after it was asked to.
pub const GRACE: Duration = Duration::from_secs(10);

/// How much a command may write to one of its two streams, in bytes. A command beyond it
/// is ended: a disk that is full loses everybody's results.
pub const LOG_LIMIT_BYTES: u64 = 2 << 30;

/// Longest pause between two looks at a running command.
const LONGEST_PAUSE: Duration = Duration::from_millis(50);
/// How often its memory is read.
const MEMORY_INTERVAL: Duration = Duration::from_millis(150);

/// Variables of a caller's git that would point commands at another repository, and those
/// of another night's step.
pub(crate) const REMOVED_VARIABLES: &[&str] = &[
    "GIT_DIR",
    "GIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_PREFIX",
    "GIT_COMMON_DIR",
    "GIT_OBJECT_DIRECTORY",
    "OVERNIGHT_RUN",
    "OVERNIGHT_STEP",
    "OVERNIGHT_STEP_DIR",
    "OVERNIGHT_RESULT",
    "OVERNIGHT_STATE_DIR",
    "OVERNIGHT_ARTIFACTS_DIR",
    "OVERNIGHT_CONFIG",
];

/// A command that could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// There is no such program.
    #[error("program `{program}` was not found")]
    Missing {
        /// Its name or path, as written.
        program: String,
    },
    /// The folder it should run in does not exist.
    #[error("failed to start `{program}`: the folder {} does not exist", directory.display())]
    Directory {
        /// The program.
        program: String,
        /// The folder.
        directory: PathBuf,
    },
    /// The program exists but could not be started.
    #[error("failed to start `{program}`")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// The command line has no word.
    #[error("the command is empty")]
    Empty,
    /// A file for its output could not be made.
    #[error("failed to write {}", path.display())]
    Log {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The kernel did not tell how the command ended, or its output was lost.
    #[error("failed to watch `{program}`")]
    Watch {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
}

impl Diagnose for ProcessError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Missing { .. } => ExitCode::Precondition,
            Self::Directory { .. } | Self::Start { .. } | Self::Empty => ExitCode::Usage,
            Self::Log { .. } | Self::Watch { .. } => ExitCode::Temporary,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { program } => Some(format!(
                "install `{program}` or write its full path in overnight.toml"
            )),
            Self::Log { .. } => Some("check the folder's permissions and free space".to_owned()),
            _ => None,
        }
    }
}

/// What to start, where, with what limits.
#[derive(Debug)]
pub struct Launch<'a> {
    /// Program and arguments.
    pub argv: &'a [String],
    /// Folder it runs in.
    pub directory: &'a Path,
    /// Variables added to the inherited environment.
    pub env: &'a [(String, OsString)],
    /// Where its stdout goes.
    pub stdout: File,
    /// Where its stderr goes.
    pub stderr: File,
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// It exited by itself with this code.
    Exited(i32),
    /// A signal that was not ours ended it.
    Signalled(i32),
    /// It ran past its time limit and was ended.
    TimedOut,
    /// The night was asked to stop, or its deadline came, and it was ended.
    Stopped,
    /// It wrote more than [`LOG_LIMIT_BYTES`] and was ended.
    Flooded,
}

/// The end of a command.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exit {
    /// How it ended.
    pub ended: Ended,
    /// From start to end.
    pub duration: Duration,
    /// Peak resident memory of its largest process in MiB, when one was seen alive.
    pub peak_rss_mib: Option<f64>,
}

/// A command that was started.
#[derive(Debug)]
pub struct Running {
    child: Child,
    /// Tells at once when it ends.
    handle: Option<OwnedFd>,
    program: String,
    started: Instant,
    logs: [File; 2],
    peak_rss_mib: Option<f64>,
    /// When it is urgent, nobody waits for a graceful end.
    hurry: StopFlag,
}

impl Running {
    /// Starts a command in its own process group with a closed stdin.
    ///
    /// # Errors
    /// [`ProcessError`]; [`ProcessError::Missing`] when there is no such program.
    pub fn start(launch: Launch<'_>) -> Result<Self, ProcessError> {
        Self::start_reading(launch, Stdio::null())
    }

    /// The same with something to read on stdin.
    pub(super) fn start_reading(launch: Launch<'_>, stdin: Stdio) -> Result<Self, ProcessError> {
        let (program, arguments) = launch.argv.split_first().ok_or(ProcessError::Empty)?;
        if !launch.directory.is_dir() {
            return Err(ProcessError::Directory {
                program: program.clone(),
                directory: launch.directory.to_owned(),
            });
        }
        let watch = |source| ProcessError::Watch {
            program: program.clone(),
            source,
        };
        let logs = [
            launch.stdout.try_clone().map_err(watch)?,
            launch.stderr.try_clone().map_err(watch)?,
        ];
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(launch.directory)
            .stdin(stdin)
            .stdout(launch.stdout)
            .stderr(launch.stderr)
            .process_group(0);
        for name in REMOVED_VARIABLES {
            command.env_remove(name);
        }
        command.envs(launch.env.iter().map(|(name, value)| (name, value)));
        let child = command.spawn().map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ProcessError::Missing {
                program: program.clone(),
            },
            _ => ProcessError::Start {
                program: program.clone(),
                source,
            },
        })?;
        Ok(Self {
            handle: open_process(child.id()),
            child,
            program: program.clone(),
            started: Instant::now(),
            logs,
            peak_rss_mib: None,
            hurry: StopFlag::default(),
        })
    }

    /// The same that gets no grace once `stop` was requested twice.
    pub(super) fn hurried_by(mut self, stop: &StopFlag) -> Self {
        self.hurry = stop.clone();
        self
    }

    /// Watches it until it ends, and ends it, with everything in its group, when it runs
    /// past `timeout`, floods its logs, or `stop` says so. Processes it left behind in its
    /// group are ended too.
    ///
    /// # Errors
    /// [`ProcessError::Watch`].
    pub fn wait(
        mut self,
        timeout: Option<Duration>,
        grace: Duration,
        stop: &dyn Fn() -> bool,
    ) -> Result<Exit, ProcessError> {
        let mut pause = Duration::from_millis(1);
        let mut next_memory_look = Duration::from_millis(5);
        let forced = loop {
            if self.has_exited()? {
                break None;
            }
            let elapsed = self.started.elapsed();
            if stop() {
                break Some(Ended::Stopped);
            }
            if timeout.is_some_and(|limit| elapsed >= limit) {
                break Some(Ended::TimedOut);
            }
            if elapsed >= next_memory_look {
                self.look_at_memory();
                next_memory_look = elapsed + MEMORY_INTERVAL;
                if self.is_flooding() {
                    break Some(Ended::Flooded);
                }
            }
            let left = timeout.map_or(LONGEST_PAUSE, |limit| limit - elapsed);
            self.rest(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        };
        let group = self.child.id();
        if forced.is_some() {
            self.look_at_memory();
            self.end(grace)?;
        }
        let duration = self.started.elapsed();
        // The leader was not reaped yet, so its group's number cannot belong to others.
        if is_group_alive(group) {
            let is_urgent = self.hurry.is_urgent();
            end_group(group, if is_urgent { Duration::ZERO } else { grace });
        }
        let status = self.reap()?;
        Ok(Exit {
            ended: forced.unwrap_or_else(|| ended_of(status)),
            duration,
            peak_rss_mib: self.peak_rss_mib,
        })
    }

    /// Sleeps until the leader ends, at most `limit`. Where the kernel gives no handle on a
    /// process, it simply sleeps.
    fn rest(&self, limit: Duration) {
        match &self.handle {
            Some(handle) => {
                wait_for_end([handle.as_fd()], limit);
            }
            None => thread::sleep(limit),
        }
    }

    /// Whether the leader has ended; it stays to be reaped.
    fn has_exited(&self) -> Result<bool, ProcessError> {
        let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) else {
            return Ok(true);
        };
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        loop {
            match waitid(WaitId::Pid(pid), options) {
                Ok(status) => return Ok(status.is_some()),
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(self.watch_error(error.into())),
            }
        }
    }

    /// SIGTERM to the group, up to `grace`, SIGKILL.
    fn end(&self, grace: Duration) -> Result<(), ProcessError> {
        let group = self.child.id();
        signal_group(group, Signal::TERM);
        // A stopped process would only see the signal when it goes on.
        signal_group(group, Signal::CONT);
        let asked = Instant::now();
        while asked.elapsed() < grace && !self.hurry.is_urgent() {
            if self.has_exited()? && !is_group_alive(group) {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        signal_group(group, Signal::KILL);
        Ok(())
    }

    fn reap(&mut self) -> Result<ExitStatus, ProcessError> {
        self.child.wait().map_err(|source| ProcessError::Watch {
            program: self.program.clone(),
            source,
        })
    }

    fn look_at_memory(&mut self) {
        let now = peak_rss_mib(self.child.id());
        self.peak_rss_mib = match (self.peak_rss_mib, now) {
            (Some(before), Some(now)) => Some(before.max(now)),
            (before, now) => before.or(now),
        };
    }

    fn is_flooding(&self) -> bool {
        self.logs.iter().any(|log| {
            log.metadata()
                .is_ok_and(|meta| meta.is_file() && meta.len() > LOG_LIMIT_BYTES)
        })
    }

    fn watch_error(&self, source: io::Error) -> ProcessError {
        ProcessError::Watch {
            program: self.program.clone(),
            source,
        }
    }
}

fn ended_of(status: ExitStatus) -> Ended {
    match (status.code(), status.signal()) {
        (Some(code), _) => Ended::Exited(code),
        (None, signal) => Ended::Signalled(signal.unwrap_or(0)),
    }
}

/// A stop condition that only looks at the flag.
pub(crate) fn when_requested(stop: &StopFlag) -> impl Fn() -> bool {
    let stop = stop.clone();
    move || stop.is_requested()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::process::ProcessIdentity;

    fn shell(line: &str, dir: &Path) -> Result<Running, ProcessError> {
        Running::start(Launch {
            argv: &["sh".to_owned(), "-c".to_owned(), line.to_owned()],
            directory: dir,
            env: &[("GREETING".to_owned(), "hello".into())],
            stdout: File::create(dir.join("out")).unwrap(),
            stderr: File::create(dir.join("err")).unwrap(),
        })
    }

    fn read_pid(path: &Path) -> u32 {
        let text = std::fs::read_to_string(path).unwrap();
        text.trim().parse().unwrap()
    }

    fn is_running(pid: u32) -> bool {
        ProcessIdentity::of(pid).is_some_and(|process| process.is_alive())
    }

    #[test]
    fn a_command_ends_with_its_own_code_and_a_closed_stdin() {
        let dir = tempfile::tempdir().unwrap();
        let line = "read x && exit 9; echo $GREETING; exit 4";
        let exit = shell(line, dir.path())
            .unwrap()
            .wait(None, GRACE, &|| false)
            .unwrap();
        assert_eq!(exit.ended, Ended::Exited(4));
        let out = std::fs::read_to_string(dir.path().join("out")).unwrap();
        assert_eq!(out, "hello\n");
    }

    #[test]
    fn a_timeout_ends_the_whole_group() {
        let dir = tempfile::tempdir().unwrap();
        // The shell ignores SIGTERM, and so does the sleep it starts.
        let line = "trap '' TERM; sleep 60 & echo $! > pid; wait";
        let running = shell(line, dir.path()).unwrap();
        let exit = running
            .wait(
                Some(Duration::from_millis(400)),
                Duration::from_millis(200),
                &|| false,
            )
            .unwrap();
        assert_eq!(exit.ended, Ended::TimedOut);
        assert!(exit.peak_rss_mib.is_some_and(|mib| mib > 0.1));
        thread::sleep(Duration::from_millis(50));
        assert!(!is_running(read_pid(&dir.path().join("pid"))));
    }

    #[test]
    fn what_a_command_leaves_behind_is_ended() {
        let dir = tempfile::tempdir().unwrap();
        let exit = shell("sleep 60 & echo $! > pid; exit 0", dir.path())
            .unwrap()
            .wait(None, GRACE, &|| false)
            .unwrap();
        assert_eq!(exit.ended, Ended::Exited(0));
        thread::sleep(Duration::from_millis(50));
        assert!(!is_running(read_pid(&dir.path().join("pid"))));
    }

    #[test]
    fn a_request_to_stop_ends_it_and_foreign_signals_are_told_apart() {
        let dir = tempfile::tempdir().unwrap();
        let stop = StopFlag::default();
        stop.request();
        let exit = shell("sleep 60", dir.path())
            .unwrap()
            .wait(None, GRACE, &when_requested(&stop))
            .unwrap();
        assert_eq!(exit.ended, Ended::Stopped);
        let exit = shell("kill -9 $$", dir.path())
            .unwrap()
            .wait(None, GRACE, &|| false)
            .unwrap();
        assert_eq!(exit.ended, Ended::Signalled(9));
    }
}
