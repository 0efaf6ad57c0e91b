//! `overnight plan check PLAN`: what keeps the plan from running, and when it will be done.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use overnight_plan::{Counts, Explanation, PlanFile, bind};
use overnight_record::ExitCode;
use overnight_run::text;
use serde::Serialize;

use super::explain::summary;
use super::preflight::{self, Depth, Note, Problem, TaskForecast};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// The answer for programs.
#[derive(Debug, Serialize)]
struct Checked {
    /// Whether every step can run.
    ready: bool,
    counts: Counts,
    problems: Vec<Problem>,
    notes: Vec<Note>,
    /// What is expected of each task, from earlier nights.
    forecast: Vec<TaskForecast>,
}

pub(super) fn run(file: &PlanFile, context: &Context) -> Result<Output, Failure> {
    let config = context.config()?;
    let bound = bind(file.plan.clone(), config)?;
    let findings = preflight::look(&bound, &file.path, context, Depth::Full)?;
    let checked = Checked {
        ready: findings.problems.is_empty(),
        counts: Explanation::new(&bound).counts,
        problems: findings.problems,
        notes: findings.notes,
        forecast: preflight::forecast(&bound, context, Timestamp::now()),
    };
    let exit = if checked.ready {
        ExitCode::Done
    } else {
        ExitCode::Findings
    };
    let zone = TimeZone::get(&config.project.timezone).unwrap_or(TimeZone::UTC);
    Output::new(exit, report(file, &checked, &zone), &checked)
}

fn report(file: &PlanFile, checked: &Checked, zone: &TimeZone) -> String {
    let mut text = format!("{}: {}\n", file.path.display(), summary(&checked.counts));
    for (place, message) in preflight::lines(&checked.problems) {
        text.push_str(&format!("  {place:<7} {message}\n"));
    }
    for note in &checked.notes {
        text.push_str(&format!("  note: {note}\n"));
    }
    // Without any earlier night there is nothing to expect.
    if checked.forecast.iter().any(|task| task.steps_known > 0) {
        text.push_str("expected, from earlier nights:\n");
        for task in &checked.forecast {
            text.push_str(&expected(task, zone));
        }
    }
    text.push_str(&match checked.problems.len() {
        0 => "every step can run\n".to_owned(),
        1 => "1 problem\n".to_owned(),
        n => format!("{n} problems\n"),
    });
    text
}

fn expected(task: &TaskForecast, zone: &TimeZone) -> String {
    let duration = Duration::try_from_secs_f64(task.expected_s).unwrap_or_default();
    let takes = match (task.steps_known, task.steps) {
        (0, _) => "never done before".to_owned(),
        (known, all) if known == all => text::duration(duration),
        (known, all) => format!(
            "at least {} ({known} of {all} steps were done before)",
            text::duration(duration)
        ),
    };
    let finish = task.finish.map_or_else(String::new, |at| {
        let at = at.to_zoned(zone.clone()).strftime("%H:%M").to_string();
        format!(", done by {at} if it begins now")
    });
    format!("  {:<7} {takes}{finish}\n", task.task.to_string())
}
