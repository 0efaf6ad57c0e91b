//! A backend that is a program of its own, as typed values.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// `kind = "worker"`. Exactly one of `command`, `ready` and `callable` is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Worker {
    /// Program and arguments.
    pub command: Option<Vec<String>>,
    /// The name of a worker that comes with this program.
    pub ready: Option<String>,
    /// A Python callable, as `package.module:name`.
    pub callable: Option<String>,
    /// The Python that runs a ready worker or a callable.
    pub python: Option<PathBuf>,
    /// Handed on to the worker as they are.
    pub settings: Map<String, Value>,
    /// Most images in one request.
    pub batch_size: usize,
    /// Processes that read different images at the same time.
    pub processes: usize,
    /// Threads each process should use.
    pub threads: Option<usize>,
    /// Time limit for one image.
    pub timeout: String,
    /// Time limit from start to hello.
    pub start_timeout: String,
    /// Further environment variables.
    pub env: BTreeMap<String, String>,
}

impl Default for Worker {
    fn default() -> Self {
        Self {
            command: None,
            ready: None,
            callable: None,
            python: None,
            settings: Map::new(),
            batch_size: 8,
            processes: 1,
            threads: None,
            timeout: "2m".to_owned(),
            start_timeout: "5m".to_owned(),
            env: BTreeMap::new(),
        }
    }
}
