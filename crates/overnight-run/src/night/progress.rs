//! The plan's boxes and tracker, computed from what happened.

use std::fs;
use std::path::{Path, PathBuf};

use overnight_plan::config::PlanUpdates;
use overnight_plan::{Plan, PlanProgress, Task, apply};
use overnight_record::{StepOutcome, store};

use super::commit::Author;
use super::{Night, NightError, NightSpec};
use crate::state::RunState;
use crate::text::first_words;
use crate::workspace::{Repository, Workspace};

/// The file that is ticked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlanTarget {
    /// Absolute path.
    file: PathBuf,
    /// Its path relative to the top of the night's tree, when it is committed there.
    committed: Option<PathBuf>,
}

impl PlanTarget {
    /// A plan that git tracks is ticked in the night's tree and committed, any other where
    /// it lies.
    pub(super) fn find(
        spec: &NightSpec<'_>,
        repository: &Repository,
        workspace: &Workspace,
    ) -> Result<Self, NightError> {
        let here = Self {
            file: spec.plan_path.to_owned(),
            committed: None,
        };
        let Ok(relative) = spec.plan_path.strip_prefix(spec.project) else {
            return Ok(here);
        };
        let wants_branch = spec.config.project.plan_updates == PlanUpdates::Branch;
        let in_top = repository.prefix.join(relative);
        // In place, a ticked plan that is tracked would look like a change of the next step.
        let is_committed =
            (wants_branch || !workspace.is_worktree()) && repository.has_committed(&in_top)?;
        Ok(if is_committed {
            Self {
                file: workspace.project().join(relative),
                committed: Some(in_top),
            }
        } else {
            here
        })
    }
}

impl Night<'_, '_> {
    /// Brings a tracked plan that the user has changed but not committed to the night's
    /// branch as the user sees it: that is the plan that runs.
    pub(super) fn carry_plan_over(&mut self) -> Result<(), NightError> {
        if self.plan_file.committed.is_none() || !self.workspace.is_worktree() {
            return Ok(());
        }
        let present = fs::read(&self.plan_file.file).unwrap_or_default();
        if present == self.spec.plan_text.as_bytes() {
            return Ok(());
        }
        store::write_atomically(&self.plan_file.file, self.spec.plan_text.as_bytes())?;
        self.commit_plan("the plan as it stood", None)
    }

    /// Whether the plan is ticked in the user's checkout rather than on the branch.
    pub(super) fn is_plan_in_checkout(&self) -> bool {
        self.plan_file.committed.is_none()
    }

    pub(super) fn prefix(&self) -> &str {
        self.spec.config.project.commit_prefix.trim()
    }

    /// Writes what happened so far into the plan and, where git tracks it, commits it.
    pub(super) fn update_plan(
        &mut self,
        status: &str,
        task: Option<&Task>,
    ) -> Result<(), NightError> {
        let file = self.plan_file.file.clone();
        let Some((text, plan)) = self.read_plan(&file) else {
            return Ok(());
        };
        let progress = progress(&self.bound().plan, &plan, &self.state, status);
        let updated = apply(&text, &plan, &progress);
        if updated == text {
            return Ok(());
        }
        if let Err(error) =
            store::write_atomically_from(&self.state_dir(), &file, updated.as_bytes())
        {
            // The ledger knows what is done; the plan is written again at the next step.
            self.note(format!("the plan was not ticked: {error}"));
            return Ok(());
        }
        self.patiently(|night| night.commit_plan("plan progress", task))
    }

    /// The plan as it lies there now; the user may have edited it meanwhile.
    fn read_plan(&mut self, file: &Path) -> Option<(String, Plan)> {
        let read = fs::read_to_string(file).map_err(|error| error.to_string());
        let parsed = read.and_then(|text| match Plan::parse(&text) {
            Ok(plan) => Ok((text, plan)),
            Err(error) => Err(error.to_string()),
        });
        match parsed {
            Ok(read) => Some(read),
            Err(why) => {
                self.note(format!("the plan {} was not ticked: {why}", file.display()));
                None
            }
        }
    }

    fn commit_plan(&mut self, what: &str, task: Option<&Task>) -> Result<(), NightError> {
        let Some(path) = self.plan_file.committed.clone() else {
            return Ok(());
        };
        let Some(change) = self.workspace.change_of(&path)? else {
            return Ok(());
        };
        self.commit(&change, Author::Night(task.map(|task| task.id)), what)
    }
}

/// What the plan should say. `plan` is the document as it lies there now, `walked` the one
/// that runs: only lines that still say the same are touched.
fn progress(walked: &Plan, plan: &Plan, state: &RunState, status: &str) -> PlanProgress {
    let mut progress = PlanProgress {
        status: Some(status.to_owned()),
        ..PlanProgress::default()
    };
    for step in walked.steps() {
        let is_same = plan.step(step.id).is_some_and(|now| now.text == step.text);
        let ran = state.steps.get(&step.id).filter(|state| state.attempt > 0);
        if is_same && let Some(ran) = ran {
            progress
                .steps
                .insert(step.id, ran.outcome == StepOutcome::Done);
        }
    }
    for (index, criterion) in plan.criteria.iter().enumerate() {
        let checked = state.criteria.iter().find(|c| c.text == criterion.text);
        if let Some(holds) = checked.and_then(|c| c.holds) {
            progress.criteria.insert(index, holds);
        }
    }
    let is_done = |task: &Task| task.steps.iter().all(|step| state.is_done(step.id));
    let title = |task: &Task| format!("Task {} - {}", task.id, task.title);
    let last = walked
        .tasks()
        .filter(|task| !task.steps.is_empty() && is_done(task))
        .last();
    progress.last_completed_task = last.map(title);
    let is_ahead =
        |step: &&overnight_plan::Step| state.outcome_of(step.id).is_none_or(StepOutcome::is_open);
    let current = walked.steps().find(is_ahead);
    progress.current_step = Some(current.map_or_else(
        || "none".to_owned(),
        |step| format!("{} - {}", step.id, first_words(&step.text, 70)),
    ));
    let next = match current {
        // While the night runs: the task after the one it is at.
        Some(step) => walked.tasks().find(|task| task.id > step.id.task),
        None => walked.tasks().find(|task| !is_done(task)),
    };
    progress.next_task = Some(next.map_or_else(|| "none".to_owned(), title));
    progress
}
