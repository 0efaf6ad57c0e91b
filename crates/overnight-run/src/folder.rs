//! The folder of a run and the places in it.

use std::path::{Path, PathBuf};

use overnight_record::{RunId, StepId};

/// `logs/overnight_runs/<run>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunFolder {
    root: PathBuf,
}

impl RunFolder {
    /// The folder of `run` below the project's folder for runs.
    pub fn new(logs: &Path, run: &RunId) -> Self {
        Self {
            root: logs.join(run.as_str()),
        }
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// `run.json`.
    pub fn record(&self) -> PathBuf {
        self.root.join("run.json")
    }

    /// `events.jsonl`.
    pub fn events(&self) -> PathBuf {
        self.root.join("events.jsonl")
    }

    /// The plan as it was when the run began.
    pub fn plan(&self) -> PathBuf {
        self.root.join("plan.md")
    }

    /// The configuration the run's commands use.
    pub fn config(&self) -> PathBuf {
        self.root.join("overnight.toml")
    }

    /// The rendered reports.
    pub fn report(&self) -> PathBuf {
        self.root.join("report")
    }

    /// An attempt's folder relative to this one: `steps/1.2.1`, `steps/1.2.1/attempt-2`.
    pub fn attempt(step: StepId, attempt: u32) -> String {
        if attempt <= 1 {
            format!("steps/{step}")
        } else {
            format!("steps/{step}/attempt-{attempt}")
        }
    }
}
