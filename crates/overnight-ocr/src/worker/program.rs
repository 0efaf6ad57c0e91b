//! The command line of a worker, and its way from start to hello.

use std::collections::BTreeSet;
use std::io;
use std::time::{Duration, Instant};

use overnight_record::StopFlag;
use serde_json::json;

use super::child::{Child, Heard, Launch};
use super::error::WorkerError;
use super::hello::{self, Hello, Introduction, PROTOCOL, tidy};
use super::output::Output;
use super::spec::{WorkerCommand, WorkerSpec};

/// Most lines that are passed over while waiting for a hello.
const MOST_NOISE: usize = 10_000;

/// A worker that can be started as often as need be.
#[derive(Debug)]
pub(super) struct Program {
    name: String,
    argv: Vec<String>,
    spec: WorkerSpec,
    env: Vec<(String, String)>,
    stop: StopFlag,
}

impl Program {
    /// Lays out what the spec asks for; a ready worker's files are written.
    ///
    /// # Errors
    /// [`WorkerError::Script`].
    pub(super) fn new(name: &str, spec: &WorkerSpec, stop: &StopFlag) -> Result<Self, WorkerError> {
        let mut start = json!({
            "protocol": PROTOCOL,
            "settings": spec.settings,
            "threads": spec.threads_each(),
        });
        let argv = match &spec.command {
            WorkerCommand::Own(argv) => argv.clone(),
            WorkerCommand::Ready { worker, python } => {
                if let super::ReadyWorker::Callable(callable) = worker {
                    start["callable"] = json!(callable);
                }
                let script = worker
                    .write(&spec.scripts)
                    .map_err(|source| WorkerError::Script {
                        name: name.to_owned(),
                        source,
                    })?;
                vec![
                    python.to_string_lossy().into_owned(),
                    script.to_string_lossy().into_owned(),
                ]
            }
        };
        let mut env = vec![("OVERNIGHT_WORKER".to_owned(), start.to_string())];
        if let Some(threads) = spec.threads_each() {
            env.push(("OMP_NUM_THREADS".to_owned(), threads.to_string()));
        }
        env.extend(spec.env.clone());
        Ok(Self {
            name: name.to_owned(),
            argv,
            spec: spec.clone(),
            env,
            stop: stop.clone(),
        })
    }

    /// Time limit of one image.
    pub(super) fn timeout(&self) -> Duration {
        self.spec.timeout
    }

    /// Whether nobody wants to wait for an answer any more.
    pub(super) fn is_abandoned(&self) -> bool {
        self.stop.is_urgent()
    }

    /// Starts a process and waits for its hello.
    ///
    /// # Errors
    /// [`WorkerError`]; the process is then gone.
    pub(super) fn start(&self) -> Result<(Child, Hello), WorkerError> {
        let mut argv = self.argv.clone();
        // A program with a folder in its name belongs to the project, wherever we run.
        if let Some(program) = argv.first_mut()
            && program.contains('/')
        {
            *program = self
                .spec
                .directory
                .join(&*program)
                .to_string_lossy()
                .into_owned();
        }
        let launch = Launch {
            argv: &argv,
            directory: &self.spec.directory,
            env: &self.env,
        };
        let child = Child::start(&launch).map_err(|source| self.not_started(source))?;
        self.greet(child)
    }

    fn not_started(&self, source: io::Error) -> WorkerError {
        let name = self.name.clone();
        let is_there = self.spec.directory.is_dir();
        match source.kind() {
            io::ErrorKind::NotFound if is_there => WorkerError::Missing {
                name,
                program: self.argv.first().cloned().unwrap_or_default(),
            },
            _ => WorkerError::Start {
                name,
                command: self.command(),
                source,
            },
        }
    }

    fn greet(&self, mut child: Child) -> Result<(Child, Hello), WorkerError> {
        let until = Instant::now() + self.spec.start_timeout;
        let stop = || self.stop.is_requested();
        let mut noise = Noise::default();
        loop {
            if noise.count >= MOST_NOISE {
                return Err(self.late(&mut child, &noise));
            }
            let line = match child.hear(until, &stop) {
                Heard::Said(Output::Line(line)) => line,
                Heard::Said(Output::TooLong(line)) => {
                    noise.note(&line);
                    continue;
                }
                Heard::Nothing if self.stop.is_requested() => {
                    return Err(WorkerError::Interrupted {
                        name: self.name.clone(),
                    });
                }
                Heard::Nothing => return Err(self.late(&mut child, &noise)),
                Heard::Ended(end) => {
                    return Err(WorkerError::Ended {
                        name: self.name.clone(),
                        command: self.command(),
                        reason: end.reason,
                    });
                }
            };
            match hello::parse(&line) {
                None => noise.note(&line),
                Some(Introduction::Ready(hello)) => return Ok((child, hello)),
                Some(Introduction::Declined { reason, hint }) => {
                    return Err(WorkerError::Declined {
                        name: self.name.clone(),
                        reason,
                        hint,
                    });
                }
                Some(Introduction::Wrong(reason)) => {
                    return Err(WorkerError::Hello {
                        name: self.name.clone(),
                        reason,
                    });
                }
            }
        }
    }

    fn late(&self, child: &mut Child, noise: &Noise) -> WorkerError {
        let words = child.kill();
        let said = match (words.is_empty(), noise.first.as_deref()) {
            (false, _) => format!(": {words}"),
            (true, Some(first)) => {
                format!("; it printed {} other lines, first `{first}`", noise.count)
            }
            (true, None) => "; it printed nothing".to_owned(),
        };
        WorkerError::Late {
            name: self.name.clone(),
            command: self.command(),
            limit: self.spec.start_timeout,
            said,
        }
    }

    /// The command as a person would type it in the project's folder.
    fn command(&self) -> String {
        let is_plain = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"-_./=:@%+,".contains(&b))
        };
        let words = self.argv.iter().map(|word| match is_plain(word) {
            true => word.clone(),
            false => format!("'{}'", word.replace('\'', r"'\''")),
        });
        words.collect::<Vec<String>>().join(" ")
    }
}

/// What a worker printed that is not meant for us.
#[derive(Debug, Default)]
pub(super) struct Noise {
    pub(super) count: usize,
    pub(super) first: Option<String>,
}

impl Noise {
    pub(super) fn note(&mut self, line: &[u8]) {
        self.count += 1;
        if self.first.is_none() {
            let start = String::from_utf8_lossy(&line[..line.len().min(400)]);
            self.first = Some(tidy(&start)).filter(|line| !line.is_empty());
        }
    }
}

/// What two processes of one worker say differently about themselves; `None` when they are
/// alike.
pub(super) fn difference(first: &Hello, other: &Hello) -> Option<String> {
    if first == other {
        return None;
    }
    let (a, b) = (first.runtime_line(), other.runtime_line());
    if a != b {
        return Some(format!("one is {a}, another {b}"));
    }
    let models = |hello: &Hello| -> BTreeSet<String> {
        hello
            .models
            .iter()
            .map(|model| format!("{} {}", model.name, model.sha256))
            .collect()
    };
    Some(match models(first) == models(other) {
        true => "their devices, batch sizes or lists of models differ".to_owned(),
        false => "their models differ".to_owned(),
    })
}
