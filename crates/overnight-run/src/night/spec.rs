//! What a night is asked to do, who is told, and what came of it.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use overnight_plan::{BoundPlan, Config};
use overnight_record::{Event, ExitCode, Host, PlanAddress, RunId, RunOutcome, StopFlag};

use super::times::SteadyTime;
use crate::notify::Channels;
use crate::secrets::{Redactor, SecretSources};
use crate::state::RunState;

/// Begin a run or go on with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// A new run.
    Fresh,
    /// A run that was interrupted or left steps undone.
    Resume(RunId),
}

/// What a night is asked to do. Every path is absolute.
#[derive(Clone)]
pub struct NightSpec<'a> {
    /// The project in the user's checkout.
    pub project: &'a Path,
    /// The plan in the user's checkout.
    pub plan_path: &'a Path,
    /// The text the plan was read from.
    pub plan_text: &'a str,
    /// The plan and what its steps run.
    pub bound: &'a BoundPlan,
    /// The project's configuration.
    pub config: &'a Config,
    /// The file the configuration was read from; `None` when there is none.
    pub config_file: Option<&'a Path>,
    /// Begin or go on.
    pub start: Start,
    /// Only these places of the plan; all when empty.
    pub only: Vec<PlanAddress>,
    /// Try steps again that ended without success.
    pub retry_failed: bool,
    /// When the night ends: no step begins after it, and one that runs then is ended.
    pub until: Option<Timestamp>,
    /// Work in the checkout itself, whatever the configuration says.
    pub in_place: bool,
    /// This program: what `overnight` in a binding starts.
    pub program: &'a Path,
    /// This program's version.
    pub version: &'a str,
    /// The command line of the run.
    pub command: Vec<String>,
    /// The machine.
    pub host: Host,
    /// The time.
    pub clock: &'a dyn Fn() -> Timestamp,
    /// The clocks nobody can set.
    pub steady_clock: &'a dyn Fn() -> SteadyTime,
    /// Steps that may run at once.
    pub jobs: usize,
    /// Where the values come from that must never be written down.
    pub secrets: SecretSources,
    /// Those values.
    pub redactor: Redactor,
    /// Where messages go.
    pub channels: Channels,
    /// The wish to stop.
    pub stop: StopFlag,
}

/// Which reports are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportStage {
    /// After the last step, before the criteria are checked: some of them look at the reports.
    Draft,
    /// After the end of the run.
    Final,
}

/// When and where reports are written.
#[derive(Debug, Clone)]
pub struct ReportMoment<'a> {
    /// Which reports are wanted.
    pub stage: ReportStage,
    /// The run.
    pub run: &'a RunId,
    /// Folder of the run, with `run.json`, `events.jsonl` and the results of the steps.
    pub run_dir: &'a Path,
    /// The project's folder in the night's workspace, for copies of the named reports.
    pub project: &'a Path,
}

/// Writes the reports of a run and names the files it wrote.
pub type ReportWriter<'b> = dyn FnMut(&ReportMoment<'_>) -> Result<Vec<PathBuf>, String> + 'b;

/// Who is told.
pub struct Audience<'b> {
    /// Hears every event after it was recorded.
    pub notify: &'b mut dyn FnMut(&Event),
    /// Writes the reports.
    pub report: &'b mut ReportWriter<'b>,
}

/// What came of a night.
#[derive(Debug, Clone)]
pub struct NightOutcome {
    /// The run.
    pub run: RunId,
    /// How it ended.
    pub outcome: RunOutcome,
    /// What to exit with.
    pub exit: ExitCode,
    /// Where everything stands.
    pub state: RunState,
    /// Number of steps in the plan.
    pub steps: usize,
    /// Folder of the run.
    pub folder: PathBuf,
    /// The branch that holds the changes; `None` when the checkout is detached.
    pub branch: Option<String>,
    /// Whether the changes are on a branch of the night's own, to be accepted or dropped.
    pub is_worktree: bool,
    /// Reports that were written.
    pub reports: Vec<PathBuf>,
    /// Problems that cost nobody a step.
    pub notes: Vec<String>,
    /// The one command that goes on from here.
    pub next: Option<String>,
}
