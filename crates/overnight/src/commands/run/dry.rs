//! `overnight run --dry-run`: what would run.

use overnight_plan::BoundPlan;
use overnight_record::{ExitCode, PlanAddress, StepId};
use serde::Serialize;

use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, Serialize)]
struct DryStep<'a> {
    id: StepId,
    text: &'a str,
    run: Option<&'a str>,
    would: &'static str,
}

#[derive(Debug, Serialize)]
struct DryRun<'a> {
    schema: &'static str,
    steps: Vec<DryStep<'a>>,
}

pub(super) fn show(bound: &BoundPlan, only: &[PlanAddress]) -> Result<Output, Failure> {
    let step = |step: &'_ overnight_plan::Step| -> &'static str {
        let is_selected = only.is_empty() || only.iter().any(|only| only.covers(step.id));
        let is_named = only.contains(&PlanAddress::Step(step.id));
        if !is_selected {
            "not named by --only"
        } else if step.checked && !is_named {
            "ticked already"
        } else if bound.binding(step.id).is_none() {
            "unbound"
        } else {
            "run"
        }
    };
    let steps: Vec<DryStep<'_>> = bound
        .plan
        .steps()
        .map(|s| DryStep {
            id: s.id,
            text: &s.text,
            run: bound.binding(s.id).map(|binding| binding.display.as_str()),
            would: step(s),
        })
        .collect();
    let mut human = String::new();
    for step in &steps {
        let what = match (step.would, step.run) {
            ("run", Some(command)) => command.to_owned(),
            (why, _) => format!("- ({why})"),
        };
        human.push_str(&format!("{:<8} {what}\n", step.id.to_string()));
    }
    let count = steps.iter().filter(|step| step.would == "run").count();
    human.push_str(&format!("{count} of {} steps would run\n", steps.len()));
    let document = DryRun {
        schema: "overnight.dry-run/1",
        steps,
    };
    Output::new(ExitCode::Done, human, &document)
}
