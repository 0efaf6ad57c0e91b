//! The form every `result.json` has in common.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Host;

/// The typed part of a result.
pub trait ResultBody {
    /// Schema name with its version, such as `overnight.bench/1`.
    const SCHEMA: &'static str;
}

/// How the work behind a result ended, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResultStatus {
    /// Done and clean.
    Ok,
    /// Done; findings or failed samples remain.
    Findings,
    /// Stopped before the end; what is there is true.
    Partial,
    /// Not done: a precondition is missing.
    Skipped,
    /// Not done: it failed.
    Failed,
}

/// A file that belongs to a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Artifact {
    /// Path: absolute, or relative to the folder of the `result.json`.
    pub path: String,
    /// What it is, such as `predictions`, `patch`, `hard-sample image`.
    pub kind: String,
}

/// Where the numbers come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// Version of the program.
    pub overnight_version: String,
    /// The command line, to run it again.
    pub command: Vec<String>,
    /// When the work began.
    pub started: jiff::Timestamp,
    /// When it ended.
    pub finished: jiff::Timestamp,
    /// The machine.
    pub host: Host,
}

/// One `result.json`.
///
/// A program outside this project may leave out everything but `schema` and `status`;
/// read it as `ResultFile<serde_json::Map<String, Value>>`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResultFile<B> {
    /// Schema name of the body with its version.
    pub schema: String,
    /// How it ended.
    pub status: ResultStatus,
    /// Why it is not `ok`, or what it found, in one line.
    #[serde(default)]
    pub message: Option<String>,
    /// Headline figures by name, for readers that know nothing else about the schema.
    #[serde(default)]
    pub summary: BTreeMap<String, Value>,
    /// Files that belong to it.
    #[serde(default)]
    pub artifacts: Vec<Artifact>,
    /// Where it comes from.
    #[serde(default)]
    pub provenance: Option<Provenance>,
    /// The typed part.
    #[serde(flatten)]
    pub body: B,
}

impl<B: ResultBody> ResultFile<B> {
    /// A result with an empty header but for its schema and status.
    pub fn new(status: ResultStatus, body: B) -> Self {
        Self {
            schema: B::SCHEMA.to_owned(),
            status,
            message: None,
            summary: BTreeMap::new(),
            artifacts: Vec::new(),
            provenance: None,
            body,
        }
    }
}
