//! `overnight plan explain PLAN`: the plan as a tree with what each step runs.

use std::time::Duration;

use overnight_plan::{Counts, ExplainedStep, Explanation, PlanFile, bind, format_duration};
use overnight_record::ExitCode;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn run(file: &PlanFile, context: &Context) -> Result<Output, Failure> {
    let bound = bind(file.plan.clone(), context.config()?)?;
    let explanation = Explanation::new(&bound);
    let mut human = tree(&explanation);
    for warning in &file.plan.warnings {
        human.push_str(&format!(
            "note: line {}: {}\n",
            warning.line, warning.message
        ));
    }
    if explanation.counts.unbound > 0 {
        human.push_str(&format!(
            "bind a step in {}: [steps.\"{}\"] run = \"...\"\n",
            context.config_path().display(),
            bound
                .unbound()
                .next()
                .map_or_else(String::new, |step| step.id.to_string()),
        ));
    }
    Output::new(ExitCode::Done, human, &explanation)
}

/// The plan for reading.
fn tree(plan: &Explanation) -> String {
    let mut text = format!("{}\n", plan.title);
    for phase in &plan.phases {
        text.push_str(&format!("\nPhase {}: {}\n", phase.number, phase.title));
        for task in &phase.tasks {
            text.push_str(&format!(
                "  {} {} {}\n",
                mark(task.checked),
                task.id,
                task.title
            ));
            for step in &task.steps {
                text.push_str(&format!(
                    "      {} {} {}\n",
                    mark(step.checked),
                    step.id,
                    step.text
                ));
                text.push_str(&format!("                {}\n", what_runs(step)));
            }
        }
    }
    if !plan.criteria.is_empty() {
        text.push_str("\nCriteria\n");
    }
    for criterion in &plan.criteria {
        let check = match &criterion.check {
            Some(check) => format!("checks  {check}"),
            None => "no check".to_owned(),
        };
        text.push_str(&format!(
            "  {} {}\n",
            mark(criterion.checked),
            criterion.text
        ));
        text.push_str(&format!("                {check}\n"));
    }
    text.push_str(&format!("\n{}\n", summary(&plan.counts)));
    text
}

fn mark(checked: bool) -> &'static str {
    if checked { "[x]" } else { "[ ]" }
}

fn what_runs(step: &ExplainedStep) -> String {
    let Some(run) = &step.run else {
        return "unbound".to_owned();
    };
    let mut conditions = Vec::new();
    if let Some(directory) = &step.directory {
        conditions.push(format!("in {}", directory.display()));
    }
    if let Some(seconds) = step.timeout_s {
        let limit = Duration::from_secs_f64(seconds);
        conditions.push(format!("at most {}", format_duration(limit)));
    }
    if !step.needs.is_empty() {
        let needs: Vec<String> = step.needs.iter().map(ToString::to_string).collect();
        conditions.push(format!("needs {}", needs.join(", ")));
    }
    if conditions.is_empty() {
        format!("runs  {run}")
    } else {
        format!("runs  {run}  ({})", conditions.join("; "))
    }
}

/// `4 phases, 8 tasks, 16 steps (16 unbound)`, and the criteria when there are any.
pub(super) fn summary(counts: &Counts) -> String {
    let many = |n: usize, one: &str, several: &str| match n {
        1 => format!("1 {one}"),
        n => format!("{n} {several}"),
    };
    let mut text = format!(
        "{}, {}, {} ({} unbound)",
        many(counts.phases, "phase", "phases"),
        many(counts.tasks, "task", "tasks"),
        many(counts.steps, "step", "steps"),
        counts.unbound,
    );
    if counts.criteria > 0 {
        text.push_str(&format!(
            "; {} ({} without a check)",
            many(counts.criteria, "criterion", "criteria"),
            counts.unchecked_criteria,
        ));
    }
    text
}
