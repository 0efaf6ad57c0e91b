//! A run as it is shown: the plan's steps with what became of them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use overnight_record::{RunId, RunOutcome, StepId};
use serde::Serialize;

use crate::ledger::{Disposition, RunRow};
use crate::state::{CommitState, CriterionState, RunState, RunningStep, StepState};

/// Where a run stands, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// A living runner executes it.
    Running,
    /// Its runner died; it can be resumed.
    Died,
    /// Every step is done and every bound criterion holds.
    Complete,
    /// It came to its end, but steps or criteria are not met.
    Incomplete,
    /// The user or the deadline stopped it.
    Interrupted,
}

impl Standing {
    /// The stored name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Died => "died",
            Self::Complete => "complete",
            Self::Incomplete => "incomplete",
            Self::Interrupted => "interrupted",
        }
    }
}

/// One step of the plan with what became of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepSummary {
    /// Its address.
    pub id: StepId,
    /// Its text in the plan.
    pub text: String,
    /// What it runs; `None` when unbound.
    pub run: Option<String>,
    /// What became of it; `None` while it has not ended.
    pub state: Option<StepState>,
}

/// A run as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run.
    pub run: RunId,
    /// The plan, relative to the project.
    pub plan: String,
    /// The plan's title.
    pub plan_title: String,
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// IANA name of the time zone times are shown in.
    pub timezone: String,
    /// Where it stands.
    pub standing: Standing,
    /// What became of its branch; `None` while nobody decided.
    pub disposition: Option<Disposition>,
    /// Steps in the plan.
    pub total: usize,
    /// Steps done.
    pub done: usize,
    /// Steps that ended, by outcome.
    pub counts: BTreeMap<&'static str, usize>,
    /// The steps that run now.
    pub running: Vec<RunningStep>,
    /// Every step, in the order of the plan.
    pub steps: Vec<StepSummary>,
    /// Criteria that were looked at.
    pub criteria: Vec<CriterionState>,
    /// Commits, oldest first.
    pub commits: Vec<CommitState>,
    /// The night's branch; `None` when it worked in place.
    pub branch: Option<String>,
    /// The night's worktree.
    pub worktree: Option<String>,
}

impl RunSummary {
    /// Computes it. `is_running` says whether a living runner executes this run.
    pub fn of(row: &RunRow, state: &RunState, is_running: bool) -> Self {
        let record = &row.record;
        let tasks = record.phases.iter().flat_map(|phase| &phase.tasks);
        let steps: Vec<StepSummary> = tasks
            .flat_map(|task| &task.steps)
            .map(|step| StepSummary {
                id: step.id,
                text: step.text.clone(),
                run: step.run.clone(),
                state: state.steps.get(&step.id).cloned(),
            })
            .collect();
        let git = record.git.as_ref();
        Self {
            run: record.run.clone(),
            plan: record.plan.clone(),
            plan_title: record.plan_title.clone(),
            started: record.started,
            ended: row.ended,
            timezone: record.timezone.clone(),
            standing: match (is_running, row.outcome) {
                (true, _) => Standing::Running,
                (false, None) => Standing::Died,
                (false, Some(RunOutcome::Complete)) => Standing::Complete,
                (false, Some(RunOutcome::Incomplete)) => Standing::Incomplete,
                (false, Some(RunOutcome::Interrupted)) => Standing::Interrupted,
            },
            disposition: row.disposition,
            total: steps.len(),
            done: steps.iter().filter(|step| step.is_done()).count(),
            counts: state.counts(),
            running: if is_running {
                state.running.clone()
            } else {
                Vec::new()
            },
            steps,
            criteria: state.criteria.clone(),
            commits: state.commits.clone(),
            branch: git.and_then(|git| git.night_branch.clone()),
            worktree: git.map(|git| git.worktree.clone()),
        }
    }

    /// Commands that go on from here, the most useful first.
    pub fn next(&self) -> Vec<String> {
        let mut next = Vec::new();
        if self.disposition.is_some() || self.standing == Standing::Running {
            return next;
        }
        let ended = || self.steps.iter().filter_map(|step| step.state.as_ref());
        let is_open = ended().any(|state| state.outcome.is_open());
        if is_open || self.standing == Standing::Died {
            next.push(format!("overnight run --resume {}", self.run));
        } else if let Some(command) = ended()
            .filter(|state| !state.outcome.is_success())
            .find_map(|state| state.next.clone())
        {
            next.push(command);
        }
        if self.branch.is_some() && !self.commits.is_empty() {
            next.push(format!("overnight runs accept {}", self.run));
        }
        next
    }
}

impl StepSummary {
    fn is_done(&self) -> bool {
        let state = self.state.as_ref();
        state.is_some_and(|state| state.outcome.is_success())
    }
}
