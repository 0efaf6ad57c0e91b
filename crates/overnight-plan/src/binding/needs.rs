//! What a step needs must exist and come before it.

use overnight_record::{PlanAddress, StepId};

use crate::document::Plan;

/// What is wrong, and what to try.
type Misfit = (String, Option<String>);

/// Why `step`, which the plan does not have, is not there.
pub(super) fn unknown_step(plan: &Plan, step: StepId) -> Misfit {
    let message = format!("the plan has no step {step}");
    let hint = match plan.task(step.task) {
        Some(task) if task.steps.is_empty() => {
            format!("task {} \"{}\" has no steps", task.id, task.title)
        }
        Some(task) => format!(
            "task {} \"{}\" has {}",
            task.id,
            task.title,
            match task.steps.as_slice() {
                [step] => format!("the one step {}", step.id),
                steps => format!("the steps {}", listed(steps.iter().map(|step| step.id))),
            },
        ),
        None => {
            let phase = plan
                .phases
                .iter()
                .find(|phase| phase.number == step.task.phase && !phase.tasks.is_empty());
            match phase {
                Some(phase) => format!(
                    "phase {} has the tasks {}",
                    phase.number,
                    listed(phase.tasks.iter().map(|task| task.id)),
                ),
                None => format!(
                    "the plan has the phases {}",
                    listed(plan.phases.iter().map(|phase| phase.number)),
                ),
            }
        }
    };
    (message, Some(hint))
}

/// Why `step` can never have what it needs; `None` when it can.
pub(super) fn misfit(plan: &Plan, step: StepId, need: PlanAddress) -> Option<Misfit> {
    let position = |id| plan.steps().position(|own| own.id == id);
    let own = position(step)?;
    let mut needed = plan
        .steps()
        .enumerate()
        .filter(|(_, other)| need.covers(other.id))
        .peekable();
    if needed.peek().is_none() {
        let message = format!("it needs {need}, which has no steps in the plan");
        let hint = format!(
            "the plan has the tasks {}",
            listed(plan.tasks().map(|task| task.id))
        );
        return Some((message, Some(hint)));
    }
    let (_, late) = needed.find(|(at, _)| *at >= own)?;
    let message = if late.id == step {
        format!("it needs {need}, which it is a part of: a cycle")
    } else {
        format!("it needs {need}, but step {} comes after it", late.id)
    };
    let hint = "steps run in the order of the plan; name an earlier phase, task or step";
    Some((message, Some(hint.to_owned())))
}

fn listed<T: ToString>(items: impl Iterator<Item = T>) -> String {
    const SHOWN: usize = 12;
    let mut words: Vec<String> = items.map(|item| item.to_string()).collect();
    if words.len() > SHOWN {
        let rest = words.len() - SHOWN;
        words.truncate(SHOWN);
        words.push(format!("{rest} more"));
    }
    match words.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => "none".to_owned(),
    }
}
