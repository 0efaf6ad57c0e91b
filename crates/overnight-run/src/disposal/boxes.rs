//! The plan's boxes that go with a part of a night.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use overnight_plan::{Plan, PlanProgress, apply};
use overnight_record::{RunRecord, StepId, store};

use super::DisposalError;
use super::scratch::Scratch;
use crate::night::NightError;
use crate::workspace::{Repository, WorkspaceError};

/// The plan of a run, relative to the top of the repository.
pub(super) fn plan_path(repository: &Repository, record: &RunRecord) -> PathBuf {
    repository.prefix.join(&record.plan)
}

/// The plan at a commit; `None` when it has none that can be read.
pub(super) fn plan_at(
    repository: &Repository,
    commit: &str,
    path: &Path,
) -> Result<Option<Plan>, WorkspaceError> {
    let object = format!("{commit}:{}", path.display());
    let answer = repository.git().call(&["show", &object])?;
    Ok((answer.code == Some(0))
        .then(|| Plan::parse(&answer.stdout).ok())
        .flatten())
}

/// What a part changes in the plan: nothing but boxes whose lines still say the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Boxes {
    /// Boxes of steps.
    pub(super) steps: BTreeMap<StepId, bool>,
    /// Criteria, by their text, whose box loses its tick.
    pub(super) unproven: Vec<String>,
    /// The tracker's `STATUS`.
    pub(super) status: Option<String>,
}

impl Boxes {
    /// The boxes to tick with `steps`: those the night itself ticked.
    pub(super) fn ticked(steps: &[StepId], nights: &Plan) -> Self {
        let is_ticked = |id: &&StepId| nights.step(**id).is_some_and(|step| step.checked);
        Self {
            steps: steps
                .iter()
                .filter(is_ticked)
                .map(|id| (*id, true))
                .collect(),
            ..Self::default()
        }
    }

    /// Sets the boxes in the plan of a temporary worktree and stages it. Returns the steps
    /// whose box changed.
    pub(super) fn set(
        &self,
        scratch: &Scratch,
        path: &Path,
        nights: &Plan,
    ) -> Result<Vec<StepId>, DisposalError> {
        let file = scratch.top().join(path);
        let read = std::fs::read_to_string(&file).ok();
        let Some((text, plan)) = read.and_then(|text| {
            let plan = Plan::parse(&text).ok()?;
            Some((text, plan))
        }) else {
            return Ok(Vec::new());
        };
        let mut progress = PlanProgress {
            status: self.status.clone(),
            ..PlanProgress::default()
        };
        let mut changed = Vec::new();
        for (id, checked) in &self.steps {
            let (here, there) = (plan.step(*id), nights.step(*id));
            let is_same = here.map(|step| &step.text) == there.map(|step| &step.text);
            if is_same && here.is_some_and(|step| step.checked != *checked) {
                progress.steps.insert(*id, *checked);
                changed.push(*id);
            }
        }
        for (index, criterion) in plan.criteria.iter().enumerate() {
            if self.unproven.contains(&criterion.text) {
                progress.criteria.insert(index, false);
            }
        }
        let updated = apply(&text, &plan, &progress);
        if updated != text {
            store::write_atomically(&file, updated.as_bytes()).map_err(NightError::from)?;
            let place = format!(":(top,literal){}", path.display());
            scratch
                .git()
                .text("take down the plan", &["add", "--force", "--", &place])?;
        }
        Ok(changed)
    }
}
