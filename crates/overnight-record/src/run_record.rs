//! `run.json`: who ran what, where, from which state.

use serde::{Deserialize, Serialize};

use crate::{Host, RunId, StepId, TaskId};

/// Version of [`RunRecord`]'s form.
pub const RUN_RECORD_FORMAT: u32 = 1;

/// The state of the user's repository the run began from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitBase {
    /// Full id of the commit the run's worktree started at.
    pub commit: String,
    /// The user's branch at that moment; `None` when detached.
    pub branch: Option<String>,
    /// The branch the run commits to; `None` when it works in place.
    pub night_branch: Option<String>,
    /// Absolute path of the run's worktree.
    pub worktree: String,
    /// Whether the user's checkout had uncommitted or untracked files, which the run does not see.
    pub was_dirty: bool,
}

/// A step as the plan words it, with what it runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineStep {
    /// Its address.
    pub id: StepId,
    /// Its text in the plan, without the checkbox.
    pub text: String,
    /// Whether it was ticked before the run.
    pub checked: bool,
    /// The command it runs, for reading; `None` when unbound.
    pub run: Option<String>,
}

/// A task of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineTask {
    /// Its address.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// Its steps in order.
    pub steps: Vec<OutlineStep>,
}

/// A phase of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlinePhase {
    /// Its number.
    pub number: u16,
    /// Its title, such as `The Auditor (Quality & Compliance)`.
    pub title: String,
    /// Its tasks in order.
    pub tasks: Vec<OutlineTask>,
}

/// A success criterion or requirement of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutlineCriterion {
    /// Its text, without the checkbox.
    pub text: String,
    /// The check bound to it, for reading; `None` when nothing checks it.
    pub check: Option<String>,
}

/// `run.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// [`RUN_RECORD_FORMAT`] at the time of writing.
    pub format_version: u32,
    /// The run.
    pub run: RunId,
    /// When it began.
    pub started: jiff::Timestamp,
    /// When the night was to end; `None` when it had no deadline.
    #[serde(default)]
    pub until: Option<jiff::Timestamp>,
    /// IANA name of the project's time zone, for showing times.
    pub timezone: String,
    /// Name of the project, for headings.
    pub project: String,
    /// Absolute path of the user's checkout.
    pub project_dir: String,
    /// The plan, relative to the project.
    pub plan: String,
    /// SHA-256 of the plan's bytes at the start, in hex.
    pub plan_sha256: String,
    /// The plan's title.
    pub plan_title: String,
    /// Version of this program.
    pub overnight_version: String,
    /// The command line of the run.
    pub command: Vec<String>,
    /// The machine.
    pub host: Host,
    /// The repository; `None` when the project is not under git.
    pub git: Option<GitBase>,
    /// The plan's phases as they stood at the start.
    pub phases: Vec<OutlinePhase>,
    /// The plan's success criteria and requirements.
    pub criteria: Vec<OutlineCriterion>,
    /// Folder for large artifacts of this run, relative to the project.
    pub large_artifacts: String,
}
