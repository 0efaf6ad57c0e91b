//! One process of a worker: requests go in, lines come out, and in the end it is gone with
//! everything it started in its process group.

use std::io::{self, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::output::{self, Output, Tail, last_words};
use crate::process::ProcessGroup;

/// How often a silent child is looked at. Whether it lives cannot be told from its pipe
/// alone: a process it started may hold that open.
const LOOK: Duration = Duration::from_millis(50);
/// How long a child may take to end itself after its stdin was closed.
const GRACE: Duration = Duration::from_secs(3);
/// How long it may take after SIGTERM.
const TERM_GRACE: Duration = Duration::from_secs(2);
/// How long the rest of what it wrote may take to arrive.
const REST: Duration = Duration::from_millis(300);

/// What libraries say on stderr when memory runs out, in lower case.
const OUT_OF_MEMORY: [&str; 8] = [
    "out of memory",
    "memoryerror",
    "bad_alloc",
    "failed to allocate memory",
    "cannot allocate memory",
    "resource exhausted",
    "resourceexhausted",
    "cublas_status_alloc_failed",
];

/// What to start.
#[derive(Debug, Clone)]
pub(super) struct Launch<'a> {
    /// Program and arguments.
    pub(super) argv: &'a [String],
    pub(super) directory: &'a Path,
    pub(super) env: &'a [(String, String)],
}

/// A running process of a worker. Dropping it ends it.
#[derive(Debug)]
pub(super) struct Child {
    process: ProcessGroup,
    requests: Option<Sender<Vec<u8>>>,
    output: Receiver<Output>,
    stderr: Tail,
}

/// What was heard of a child.
#[derive(Debug)]
pub(super) enum Heard {
    Said(Output),
    /// Nothing until the time given.
    Nothing,
    Ended(End),
}

/// How a child ended by itself.
#[derive(Debug)]
pub(super) struct End {
    /// In words, with its last words on stderr.
    pub(super) reason: String,
    /// Whether memory ran out.
    pub(super) is_out_of_memory: bool,
}

impl Child {
    /// Starts a process in a group of its own, so that Ctrl-C reaches us first.
    ///
    /// # Errors
    /// When it cannot be started.
    pub(super) fn start(launch: &Launch<'_>) -> io::Result<Self> {
        let (program, arguments) = launch
            .argv
            .split_first()
            .ok_or_else(|| io::Error::other("the command is empty"))?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(launch.directory)
            // Python would keep what is written to a pipe to itself.
            .env("PYTHONUNBUFFERED", "1")
            .env("PYTHONIOENCODING", "utf-8")
            .envs(launch.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = ProcessGroup::start(&mut command)?;
        let child = process.child();
        let taken = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let (Some(mut stdin), Some(stdout), Some(stderr)) = taken else {
            return Err(io::Error::other("its pipes cannot be used"));
        };
        // A child that does not read must not block us.
        let (requests, queue) = mpsc::channel::<Vec<u8>>();
        thread::spawn(move || {
            for bytes in queue {
                if stdin
                    .write_all(&bytes)
                    .and_then(|()| stdin.flush())
                    .is_err()
                {
                    return;
                }
            }
        });
        Ok(Self {
            output: output::listen(stdout),
            stderr: Tail::of(stderr),
            requests: Some(requests),
            process,
        })
    }

    /// Sends one line; `line` has its end.
    pub(super) fn send(&mut self, line: Vec<u8>) {
        self.stderr.clear();
        // Should the child be gone, the next listening tells.
        if let Some(requests) = &self.requests {
            let _ = requests.send(line);
        }
    }

    /// Waits for the next thing it says, at most until `until` or `stop` says so.
    pub(super) fn hear(&mut self, until: Instant, stop: &dyn Fn() -> bool) -> Heard {
        let mut is_gone = false;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left.min(LOOK)) {
                Ok(said) => return Heard::Said(said),
                Err(RecvTimeoutError::Disconnected) => return Heard::Ended(self.bury()),
                // What it wrote before it ended has arrived by now.
                Err(RecvTimeoutError::Timeout) if is_gone => return Heard::Ended(self.bury()),
                Err(RecvTimeoutError::Timeout) => {
                    is_gone = self.process.has_exited();
                    if !is_gone && (Instant::now() >= until || stop()) {
                        return Heard::Nothing;
                    }
                }
            }
        }
    }

    /// Closes its stdin: nothing more will be asked.
    pub(super) fn close(&mut self) {
        self.requests = None;
    }

    /// Ends it: closed stdin, SIGTERM, SIGKILL, each with its time.
    pub(super) fn end(&mut self) {
        self.close();
        self.process.exits_within(GRACE);
        self.process.end(TERM_GRACE);
    }

    /// Ends it at once, and tells its last words on stderr.
    pub(super) fn kill(&mut self) -> String {
        self.close();
        self.process.kill();
        last_words(&self.stderr.text(REST))
    }

    /// What became of a child that ended or closed its stdout.
    fn bury(&mut self) -> End {
        let has_exited = self.process.exits_within(Duration::from_secs(1));
        let status = self.process.kill();
        let text = self.stderr.text(REST);
        let lowered = text.to_lowercase();
        let is_killed =
            has_exited && status.and_then(|s| s.signal()) == Some(Signal::KILL.as_raw());
        let how = match status {
            _ if !has_exited => "it closed its stdout".to_owned(),
            Some(_) if is_killed => {
                "it was killed, as the kernel does when memory runs out".to_owned()
            }
            Some(status) => format!("it ended with {status}"),
            None => "it ended".to_owned(),
        };
        let words = last_words(&text);
        End {
            reason: match words.is_empty() {
                true => how,
                false => format!("{how}: {words}"),
            },
            is_out_of_memory: is_killed || OUT_OF_MEMORY.iter().any(|word| lowered.contains(word)),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        self.end();
    }
}
