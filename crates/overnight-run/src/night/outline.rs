//! The plan as `run.json` keeps it.

use crate::secrets::Redactor;
use overnight_plan::BoundPlan;
use overnight_record::{OutlineCriterion, OutlinePhase, OutlineStep, OutlineTask};

pub(super) fn phases(bound: &BoundPlan, redactor: &Redactor) -> Vec<OutlinePhase> {
    let step = |step: &overnight_plan::Step| OutlineStep {
        id: step.id,
        text: step.text.clone(),
        checked: step.checked,
        run: bound
            .binding(step.id)
            .map(|binding| redactor.redact(&binding.display).into_owned()),
    };
    let task = |task: &overnight_plan::Task| OutlineTask {
        id: task.id,
        title: task.title.clone(),
        steps: task.steps.iter().map(step).collect(),
    };
    let phases = bound.plan.phases.iter();
    phases
        .map(|phase| OutlinePhase {
            number: phase.number,
            title: phase.title.clone(),
            tasks: phase.tasks.iter().map(task).collect(),
        })
        .collect()
}

pub(super) fn criteria(bound: &BoundPlan, redactor: &Redactor) -> Vec<OutlineCriterion> {
    let criteria = bound.plan.criteria.iter().enumerate();
    criteria
        .map(|(index, criterion)| OutlineCriterion {
            text: criterion.text.clone(),
            check: bound
                .checks
                .get(&index)
                .map(|check| redactor.redact(&check.display).into_owned()),
        })
        .collect()
}
