//! A night at one moment: what the ledger knows, what running steps left in their folders,
//! what the kernel says about their processes. Gathered for `status` and `watch`; nothing
//! here is for a person's eyes yet.

mod forecast;
mod log;
mod running;
mod watched;

use jiff::Timestamp;
use overnight_record::{FailureClass, OutlinePhase, StepId};
use overnight_run::RunSummary;
use serde::Serialize;

pub(crate) use forecast::Forecast;
pub(crate) use log::LogTail;
pub(crate) use running::RunningNow;
pub(crate) use watched::Watched;

/// A night at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Moment {
    /// When it was looked at.
    pub(crate) now: Timestamp,
    /// The run as the ledger has it.
    pub(crate) summary: RunSummary,
    /// The plan's outline.
    pub(crate) phases: Vec<OutlinePhase>,
    /// When the night is to end; `None` when it has no deadline.
    pub(crate) until: Option<Timestamp>,
    /// Process id of the runner, while it lives.
    pub(crate) runner_pid: Option<u32>,
    /// The steps that run, also those that go on without their runner.
    pub(crate) running: Vec<RunningNow>,
    /// The steps that are to be tried again.
    pub(crate) retries: Vec<Retry>,
    /// Why no step begins now; `None` while the night is not paused.
    pub(crate) paused: Option<String>,
    /// When the night will have come to its end; `None` when it does not run.
    pub(crate) forecast: Option<Forecast>,
    /// Memory programs can still get on this machine, in MiB.
    pub(crate) available_mib: Option<u64>,
}

/// A step that failed and is to be tried again.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Retry {
    /// The step.
    pub(crate) step: StepId,
    /// What kind of failure it was.
    pub(crate) class: FailureClass,
    /// When the next try may begin.
    pub(crate) at: Timestamp,
}

impl Moment {
    /// The step, if it runs.
    pub(crate) fn running(&self, step: StepId) -> Option<&RunningNow> {
        self.running
            .iter()
            .find(|running| running.step.step == step)
    }
}
