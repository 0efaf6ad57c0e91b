//! A run in at most 25 lines, and as JSON.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use overnight_record::result::ResultStatus;
use overnight_record::{ExitCode, RunOutcome, StepOutcome};
use overnight_run::ledger::{Disposition, RunRow};
use overnight_run::{Ledger, NightOutcome, RunState, RunSummary, Standing};
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// Steps that are shown one by one; the rest is counted.
const SHOWN_STEPS: usize = 9;
/// Criteria that are shown one by one.
const SHOWN_CRITERIA: usize = 4;

/// `overnight run --format json`.
#[derive(Debug, Serialize)]
struct RunDocument<'a> {
    schema: &'static str,
    status: ResultStatus,
    exit_code: u8,
    #[serde(flatten)]
    summary: &'a RunSummary,
    folder: &'a Path,
    reports: &'a [PathBuf],
    notes: &'a [String],
    next: Vec<String>,
}

/// A run as it stands, for `runs show` and `status`: the same facts under their own schema.
#[derive(Debug, Serialize)]
struct SummaryDocument<'a> {
    schema: &'static str,
    #[serde(flatten)]
    summary: &'a RunSummary,
    next: Vec<String>,
}

/// The answer of a verb that shows a run.
pub(crate) fn shown_as(
    summary: &RunSummary,
    schema: &'static str,
    human: String,
) -> Result<Output, Failure> {
    let document = SummaryDocument {
        schema,
        summary,
        next: summary.next(),
    };
    Output::new(ExitCode::Done, human, &document)
}

/// The answer of `overnight run`.
pub(super) fn answer(outcome: &NightOutcome, context: &Context) -> Result<Output, Failure> {
    let ledger = Ledger::open_existing(&context.state_dir())?;
    let row = ledger.run(&outcome.run)?;
    let summary = RunSummary::of(&row, &outcome.state, false);
    let mut human = human(&summary);
    if let Some(index) = outcome.reports.iter().find(|p| p.ends_with("index.html")) {
        human.push_str(&format!("report     {}\n", shown(index, &context.project)));
    }
    let folder = shown(&outcome.folder, &context.project);
    human.push_str(&format!("logs       {folder}\n"));
    for note in &outcome.notes {
        human.push_str(&format!("note       {note}\n"));
    }
    human.push_str(&next_lines(&summary));
    let document = RunDocument {
        schema: "overnight.run/1",
        status: match outcome.outcome {
            RunOutcome::Interrupted => ResultStatus::Partial,
            _ if outcome.exit == ExitCode::Done => ResultStatus::Ok,
            _ => ResultStatus::Findings,
        },
        exit_code: outcome.exit.number(),
        summary: &summary,
        folder: &outcome.folder,
        reports: &outcome.reports,
        notes: &outcome.notes,
        next: summary.next(),
    };
    Output::new(outcome.exit, human, &document)
}

/// A run of the ledger as it is shown.
pub(crate) fn load(ledger: &Ledger, row: &RunRow) -> Result<RunSummary, Failure> {
    let state = RunState::of(&ledger.events(&row.record.run)?);
    let runner = ledger.living_runner()?;
    let is_running = runner.is_some_and(|runner| runner.run == row.record.run.as_str());
    Ok(RunSummary::of(row, &state, is_running))
}

/// The head of a run, what is not done, criteria and commits.
pub(crate) fn human(summary: &RunSummary) -> String {
    let mut text = format!(
        "{}: {}, {} of {} steps done{}\n",
        summary.run,
        summary.standing.name(),
        summary.done,
        summary.total,
        match summary.disposition {
            Some(Disposition::Accepted) => " (accepted)",
            Some(Disposition::Dropped) => " (dropped)",
            None => "",
        }
    );
    let counts = summary.counts.iter();
    let counts: Vec<String> = counts
        .map(|(name, n)| format!("{n} {}", name.replace('_', " ")))
        .collect();
    if !counts.is_empty() {
        text.push_str(&format!("steps      {}\n", counts.join(", ")));
    }
    for running in &summary.running {
        text.push_str(&format!(
            "running    {} {}\n",
            running.step, running.command
        ));
    }
    push_unfinished(&mut text, summary);
    push_criteria(&mut text, summary);
    if !summary.commits.is_empty() {
        let place = summary.branch.as_deref().unwrap_or("the current branch");
        text.push_str(&format!(
            "commits    {} on {place}\n",
            summary.commits.len()
        ));
    }
    text
}

fn push_unfinished(text: &mut String, summary: &RunSummary) {
    let (not_started, unfinished): (Vec<_>, Vec<_>) = summary
        .steps
        .iter()
        .filter_map(|step| Some((step.id, step.state.as_ref()?)))
        .filter(|(_, state)| !state.outcome.is_success())
        .partition(|(_, state)| state.outcome == StepOutcome::NotStarted);
    for (id, state) in unfinished.iter().take(SHOWN_STEPS) {
        let reason = state.reason.as_deref().unwrap_or("");
        text.push_str(&format!(
            "  {:<8} {}: {reason}\n",
            id.to_string(),
            state.outcome
        ));
    }
    if unfinished.len() > SHOWN_STEPS {
        let left = unfinished.len() - SHOWN_STEPS;
        text.push_str(&format!(
            "  ... and {left} more: `overnight runs show {}`\n",
            summary.run
        ));
    }
    let mut by_reason: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (id, state) in not_started {
        let reason = state.reason.as_deref().unwrap_or("");
        by_reason.entry(reason).or_default().push(id.to_string());
    }
    for (reason, steps) in by_reason {
        let steps = steps.join(" ");
        text.push_str(&format!("  not started: {reason}: {steps}\n"));
    }
}

fn push_criteria(text: &mut String, summary: &RunSummary) {
    let checked = summary
        .criteria
        .iter()
        .filter(|c| c.holds.is_some())
        .count();
    if summary.criteria.is_empty() {
        return;
    }
    let unmet: Vec<_> = summary
        .criteria
        .iter()
        .filter(|criterion| criterion.holds == Some(false))
        .collect();
    let unbound = summary.criteria.len() - checked;
    text.push_str(&format!(
        "criteria   {} of {checked} checked hold",
        checked - unmet.len()
    ));
    if unbound > 0 {
        text.push_str(&format!(", {unbound} not bound to a check"));
    }
    text.push('\n');
    for criterion in unmet.iter().take(SHOWN_CRITERIA) {
        text.push_str(&format!(
            "  not met  {} ({})\n",
            criterion.text, criterion.evidence
        ));
    }
    if unmet.len() > SHOWN_CRITERIA {
        text.push_str(&format!(
            "  ... and {} more\n",
            unmet.len() - SHOWN_CRITERIA
        ));
    }
}

/// The commands that go on from a run.
pub(crate) fn next_lines(summary: &RunSummary) -> String {
    let next = summary.next();
    let lines = next.iter().enumerate();
    lines
        .map(|(index, command)| {
            let label = if index == 0 { "next" } else { "" };
            format!("{label:<10} {command}\n")
        })
        .collect()
}

/// Where a run stands, for a list.
pub(crate) fn one_line(summary: &RunSummary) -> String {
    let standing = match (summary.disposition, summary.standing) {
        (Some(Disposition::Accepted), _) => "accepted",
        (Some(Disposition::Dropped), _) => "dropped",
        (None, standing) => Standing::name(standing),
    };
    format!(
        "{:<40} {standing:<12} {:>3}/{:<3} {:>3} commits  {}\n",
        summary.run.as_str(),
        summary.done,
        summary.total,
        summary.commits.len(),
        summary.plan
    )
}

/// A path relative to the project where possible.
pub(crate) fn shown(path: &Path, project: &Path) -> String {
    path.strip_prefix(project)
        .unwrap_or(path)
        .display()
        .to_string()
}
