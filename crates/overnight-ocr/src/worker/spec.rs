//! What a `worker` backend is made of.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::ready::ReadyWorker;

/// What a `worker` backend is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkerSpec {
    /// What is started.
    pub command: WorkerCommand,
    /// The folder it runs in.
    pub directory: PathBuf,
    /// Where ready workers are written before they are started; in a subfolder by content.
    pub scripts: PathBuf,
    /// Handed on to the worker as they are.
    pub settings: Map<String, Value>,
    /// Most images in one request; the worker may allow fewer.
    pub batch_size: usize,
    /// Processes that read different images at the same time, at least 1.
    pub processes: usize,
    /// Threads each process should use; left to the worker when `None` and there is one
    /// process, an equal share of the processors when there are several.
    pub threads: Option<usize>,
    /// Time limit for one image; a batch has as many of them as images.
    pub timeout: Duration,
    /// Time limit from start to hello: imports, weights, perhaps a download.
    pub start_timeout: Duration,
    /// Further environment variables.
    pub env: BTreeMap<String, String>,
}

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkerCommand {
    /// A program of the user's with its arguments; at least the program.
    Own(Vec<String>),
    /// A worker that comes with this program.
    Ready {
        /// Which one.
        worker: ReadyWorker,
        /// The Python that has its packages: a name looked up in `PATH`, or a path.
        python: PathBuf,
    },
}

impl WorkerSpec {
    /// The spec of a command with every other value at its default.
    pub fn new(command: WorkerCommand, directory: PathBuf) -> Self {
        Self {
            command,
            scripts: directory.join(".overnight/workers"),
            directory,
            settings: Map::new(),
            batch_size: 8,
            processes: 1,
            threads: None,
            timeout: Duration::from_secs(120),
            start_timeout: Duration::from_secs(300),
            env: BTreeMap::new(),
        }
    }

    /// Threads every process is told to use; `None` leaves it to the worker.
    pub(super) fn threads_each(&self) -> Option<usize> {
        self.threads
            .or_else(|| (self.processes > 1).then(|| (processors() / self.processes).max(1)))
    }

    /// Threads all processes may use together.
    pub(super) fn threads_in_all(&self) -> usize {
        self.threads_each()
            .map_or_else(processors, |each| each * self.processes)
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
