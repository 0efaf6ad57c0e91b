//! What happened during a run, one fact a line in `events.jsonl`.

use serde::{Deserialize, Serialize};

use crate::{FailureClass, RunOutcome, StepId, StepOutcome, TaskId};

/// One fact about a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Position in the run, from 1, without gaps.
    pub seq: u64,
    /// When it was recorded.
    pub at: jiff::Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// The kinds of fact. Names are in the past tense.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// The run began.
    RunStarted,
    /// The run was taken up again after an interruption.
    RunResumed {
        /// Attempts found open, now marked lost.
        lost_attempts: u32,
        /// Attempts that had gone on without the runner and were taken up again.
        #[serde(default)]
        adopted_attempts: u32,
    },
    /// A step's command was started.
    StepStarted {
        /// The step.
        step: StepId,
        /// Which try of it in this run, from 1.
        attempt: u32,
        /// The command line, for reading.
        command: String,
    },
    /// A step ended, whether or not a command ran for it.
    StepFinished {
        /// The step.
        step: StepId,
        /// Which try of it in this run, from 1; 0 when no command was started.
        attempt: u32,
        /// How it ended.
        outcome: StepOutcome,
        /// What kind of failure it was; `None` when it did not fail.
        #[serde(default)]
        class: Option<FailureClass>,
        /// Exit code of the command, when it exited by itself.
        exit_code: Option<i32>,
        /// Seconds from start to end; 0 when no command was started.
        duration_s: f64,
        /// Peak resident memory of the command's largest process in MiB, when it was seen.
        peak_rss_mib: Option<f64>,
        /// Why it is not done, in one line.
        reason: Option<String>,
        /// The one command that goes on from here.
        next: Option<String>,
    },
    /// A step that failed is to be tried again.
    RetryPlanned {
        /// The step.
        step: StepId,
        /// The try that failed.
        attempt: u32,
        /// What kind of failure it was.
        class: FailureClass,
        /// Seconds until the next try.
        wait_s: f64,
    },
    /// No step begins for now.
    NightPaused {
        /// Why.
        reason: String,
    },
    /// Steps begin again.
    NightContinued {
        /// Seconds since the pause began.
        paused_s: f64,
    },
    /// The wall clock was set: it moved against the time since boot.
    ClockJumped {
        /// Seconds it moved; negative when backwards.
        by_s: f64,
    },
    /// Something worth telling that cost nobody a step.
    Noted {
        /// What, in one line.
        text: String,
    },
    /// A gate was measured.
    GateChecked {
        /// The step after which it was measured; `None` for the base.
        step: Option<StepId>,
        /// The gate's command, for reading.
        gate: String,
        /// Its exit code; `None` when it could not be run.
        exit_code: Option<i32>,
        /// Diagnostics counted in its output (`path:line` lines).
        diagnostics: u64,
        /// Whether it is no worse than before the change.
        no_worse: bool,
    },
    /// A change to tracked files was committed on the run's branch.
    ChangeCommitted {
        /// The step that made it; `None` for the reports and the plan.
        step: Option<StepId>,
        /// Full commit id.
        commit: String,
        /// First line of the message.
        subject: String,
        /// Files changed.
        files: u32,
        /// Lines added.
        insertions: u64,
        /// Lines removed.
        deletions: u64,
    },
    /// A change to tracked files was undone; its patch was kept.
    ChangeRolledBack {
        /// The step that made it.
        step: StepId,
        /// The patch, relative to the run's folder.
        patch: String,
        /// Why it was not kept.
        reason: String,
    },
    /// A task's box was ticked in the plan.
    TaskTicked {
        /// The task.
        task: TaskId,
    },
    /// A success criterion was checked.
    CriterionChecked {
        /// Its text in the plan.
        text: String,
        /// Whether it holds; `None` when nothing is bound to it.
        holds: Option<bool>,
        /// What the check saw, in one line.
        evidence: String,
    },
    /// A report was written.
    ReportWritten {
        /// Its path relative to the run's folder.
        path: String,
    },
    /// The run ended.
    RunFinished {
        /// How.
        outcome: RunOutcome,
    },
}
