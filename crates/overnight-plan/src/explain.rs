//! A bound plan as data for people and programs.

use std::collections::BTreeMap;
use std::path::PathBuf;

use overnight_record::{PlanAddress, StepId, TaskId};
use serde::Serialize;

use crate::binding::BoundPlan;
use crate::document;

/// What a plan says and runs: the document of `overnight plan explain --format json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Explanation {
    /// Its title.
    pub title: String,
    /// Its phases in order.
    pub phases: Vec<ExplainedPhase>,
    /// Values of the progress tracker by field, such as `current_step`.
    pub tracker: BTreeMap<String, String>,
    /// The lines of its checklists.
    pub criteria: Vec<ExplainedCriterion>,
    /// How many of everything.
    pub counts: Counts,
}

/// A phase.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedPhase {
    /// Its number.
    pub number: u16,
    /// Its title.
    pub title: String,
    /// Its tasks in order.
    pub tasks: Vec<ExplainedTask>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedTask {
    /// Its address.
    pub id: TaskId,
    /// Its title.
    pub title: String,
    /// Whether its box is ticked.
    pub checked: bool,
    /// Its steps in order.
    pub steps: Vec<ExplainedStep>,
}

/// A step and what it runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedStep {
    /// Its address.
    pub id: StepId,
    /// Its text.
    pub text: String,
    /// Whether its box is ticked.
    pub checked: bool,
    /// The command line; `None` when nothing is bound.
    pub run: Option<String>,
    /// Whether something is bound.
    pub bound: bool,
    /// Folder it runs in, relative to the project.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory: Option<PathBuf>,
    /// Time limit of one try in seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timeout_s: Option<f64>,
    /// Whether a coding agent does it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub agent: bool,
    /// Whether it may run beside other such steps.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub parallel: bool,
    /// Resources it uses alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub locks: Vec<String>,
    /// What must have succeeded before.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<PlanAddress>,
}

/// A line of a checklist and what proves it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExplainedCriterion {
    /// Its text.
    pub text: String,
    /// Heading of its checklist.
    pub section: String,
    /// Whether its box is ticked.
    pub checked: bool,
    /// The command line of its check; `None` when nothing checks it.
    pub check: Option<String>,
}

/// How many of everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Phases.
    pub phases: usize,
    /// Tasks.
    pub tasks: usize,
    /// Steps.
    pub steps: usize,
    /// Steps that run nothing.
    pub unbound: usize,
    /// Lines of checklists.
    pub criteria: usize,
    /// Lines of checklists that nothing checks.
    pub unchecked_criteria: usize,
}

impl Explanation {
    /// Explains a plan.
    pub fn new(bound: &BoundPlan) -> Self {
        let plan = &bound.plan;
        let criteria: Vec<ExplainedCriterion> = plan
            .criteria
            .iter()
            .enumerate()
            .map(|(index, criterion)| ExplainedCriterion {
                text: criterion.text.clone(),
                section: criterion.section.clone(),
                checked: criterion.checked,
                check: bound.checks.get(&index).map(|check| check.display.clone()),
            })
            .collect();
        Self {
            title: plan.title.clone(),
            phases: plan.phases.iter().map(|p| phase(bound, p)).collect(),
            tracker: plan
                .tracker
                .fields
                .iter()
                // The first of two fields of one name is the one that is written.
                .rev()
                .map(|field| {
                    (
                        field.name.to_lowercase().replace(' ', "_"),
                        field.value.clone(),
                    )
                })
                .collect(),
            counts: Counts {
                phases: plan.phases.len(),
                tasks: plan.tasks().count(),
                steps: plan.steps().count(),
                unbound: bound.unbound().count(),
                criteria: criteria.len(),
                unchecked_criteria: criteria.iter().filter(|c| c.check.is_none()).count(),
            },
            criteria,
        }
    }
}

fn phase(bound: &BoundPlan, phase: &document::Phase) -> ExplainedPhase {
    ExplainedPhase {
        number: phase.number,
        title: phase.title.clone(),
        tasks: phase
            .tasks
            .iter()
            .map(|task| ExplainedTask {
                id: task.id,
                title: task.title.clone(),
                checked: task.checked,
                steps: task.steps.iter().map(|s| step(bound, s)).collect(),
            })
            .collect(),
    }
}

fn step(bound: &BoundPlan, step: &document::Step) -> ExplainedStep {
    let binding = bound.binding(step.id);
    ExplainedStep {
        id: step.id,
        text: step.text.clone(),
        checked: step.checked,
        run: binding.map(|binding| binding.display.clone()),
        bound: binding.is_some(),
        directory: binding.and_then(|binding| binding.directory.clone()),
        timeout_s: binding.map(|binding| binding.policy.timeout.as_secs_f64()),
        agent: binding.is_some_and(|binding| binding.is_agent),
        parallel: binding.is_some_and(|binding| binding.is_parallel),
        locks: binding
            .map(|binding| binding.locks.iter().cloned().collect())
            .unwrap_or_default(),
        needs: binding
            .map(|binding| binding.needs.clone())
            .unwrap_or_default(),
    }
}
