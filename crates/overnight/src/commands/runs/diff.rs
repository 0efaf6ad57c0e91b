//! `overnight runs diff`: what changed between two nights.

use std::collections::BTreeMap;
use std::path::Path;

use overnight_record::result::ResultFile;
use overnight_record::{ExitCode, StepId, store};
use overnight_run::comparison::{Change, Comparison, StepChange};
use overnight_run::{Ledger, RunFolder, RunSummary, text};
use serde::Serialize;
use serde_json::Value;

use crate::commands::run::find_run;
use crate::commands::run::summary;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::Table;

/// A step counts as slower or faster from this ratio on, and from a second of difference.
const NOTABLE_RATIO: f64 = 1.5;
const NOTABLE_S: f64 = 1.0;

/// `overnight.runs-diff/1`.
#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    comparison: &'a Comparison,
    /// Headline figures of steps whose result has them in both runs and differs.
    figures: &'a [FigureChange],
}

/// A headline figure that differs.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct FigureChange {
    step: StepId,
    name: String,
    before: Value,
    after: Value,
}

pub(super) fn diff(
    ledger: &Ledger,
    before: &str,
    after: &str,
    context: &Context,
) -> Result<Output, Failure> {
    let load = |wanted| summary::load(ledger, &find_run(ledger, Some(wanted))?);
    let (before, after) = (load(before)?, load(after)?);
    let comparison = Comparison::of(&before, &after);
    let logs = context.project.join(&context.config()?.project.logs);
    let figures = figures(&logs, &before, &after, &comparison);
    let human = human(&comparison, &figures);
    Output::new(
        ExitCode::Done,
        human,
        &Document {
            schema: "overnight.runs-diff/1",
            comparison: &comparison,
            figures: &figures,
        },
    )
}

/// The figures in the summaries of both results that are not the same.
fn figures(
    logs: &Path,
    before: &RunSummary,
    after: &RunSummary,
    comparison: &Comparison,
) -> Vec<FigureChange> {
    let mut changes = Vec::new();
    let in_both = |step: &&StepChange| !matches!(step.change, Change::Added | Change::Removed);
    for step in comparison.steps.iter().filter(in_both) {
        let old = summary_of(logs, before, step.id);
        let new = summary_of(logs, after, step.id);
        for (name, after) in new {
            match old.get(&name) {
                Some(before) if *before != after => changes.push(FigureChange {
                    step: step.id,
                    name,
                    before: before.clone(),
                    after,
                }),
                _ => {}
            }
        }
    }
    changes
}

/// The headline figures of the result a step left in a run; none when it left none. As in
/// the reports, only a step that is done has a result that counts.
fn summary_of(logs: &Path, run: &RunSummary, step: StepId) -> BTreeMap<String, Value> {
    let found = run.steps.iter().find(|s| s.id == step);
    let Some(state) = found.and_then(|step| step.state.as_ref()) else {
        return BTreeMap::new();
    };
    if !state.outcome.is_success() || state.attempt == 0 {
        return BTreeMap::new();
    }
    let folder = RunFolder::new(logs, &run.run);
    let attempt = folder.path().join(RunFolder::attempt(step, state.attempt));
    let result = store::read_json::<ResultFile<serde_json::Map<String, Value>>>(
        &attempt.join("result.json"),
    );
    result.map(|result| result.summary).unwrap_or_default()
}

fn human(comparison: &Comparison, figures: &[FigureChange]) -> String {
    let mut human = format!("{} -> {}\n", comparison.before, comparison.after);
    let mut table = Table::new(3, &["step", "what", "outcome", "before", "after", "ratio"]);
    let mut shown = 0;
    let mut reasons = String::new();
    for step in &comparison.steps {
        let pace = pace(step);
        let what = match (step.change, pace) {
            (Change::NewlyFailing, _) => "newly failing",
            (Change::Fixed, _) => "fixed",
            (Change::OtherwiseFailing, _) => "fails otherwise",
            (Change::Added, _) => "added",
            (Change::Removed, _) => "removed",
            (Change::Same, Some(pace)) => pace,
            (Change::Same, None) => continue,
        };
        shown += 1;
        let outcome = |outcome: Option<overnight_record::StepOutcome>| {
            outcome.map_or_else(|| "-".to_owned(), |outcome| outcome.to_string())
        };
        table.row([
            step.id.to_string(),
            what.to_owned(),
            if step.before == step.after {
                outcome(step.after)
            } else {
                format!("{} -> {}", outcome(step.before), outcome(step.after))
            },
            seconds(step.before_s),
            seconds(step.after_s),
            step.ratio
                .map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")),
        ]);
        let is_news = matches!(step.change, Change::NewlyFailing | Change::OtherwiseFailing);
        if let Some(reason) = step.reason.as_ref().filter(|_| is_news) {
            reasons.push_str(&format!("{:<8} {reason}\n", step.id.to_string()));
        }
        if step.is_other_command {
            reasons.push_str(&format!(
                "{:<8} runs another command\n",
                step.id.to_string()
            ));
        }
    }
    if shown > 0 {
        human.push_str(&table.render());
        human.push_str(&reasons);
    }
    let same = comparison.steps.len() - shown;
    let noun = if same == 1 { "step" } else { "steps" };
    human.push_str(&format!("{same} {noun} ended alike\n"));
    for criterion in &comparison.criteria {
        let word = |holds| match holds {
            Some(true) => "holds",
            Some(false) => "not met",
            None => "not checked",
        };
        human.push_str(&format!(
            "criterion  {} -> {}: {}\n",
            word(criterion.before),
            word(criterion.after),
            criterion.text
        ));
    }
    for figure in figures {
        human.push_str(&format!(
            "figure     {} {}: {} -> {}\n",
            figure.step, figure.name, figure.before, figure.after
        ));
    }
    human.push_str(&format!(
        "commits    {} -> {}\n",
        comparison.commits_before, comparison.commits_after
    ));
    human
}

/// Whether a step that is done in both took notably longer or shorter.
fn pace(step: &StepChange) -> Option<&'static str> {
    let (before, after) = (step.before_s?, step.after_s?);
    let ratio = step.ratio?;
    if (after - before).abs() < NOTABLE_S {
        return None;
    }
    if ratio >= NOTABLE_RATIO {
        Some("slower")
    } else if ratio <= 1.0 / NOTABLE_RATIO {
        Some("faster")
    } else {
        None
    }
}

fn seconds(seconds: Option<f64>) -> String {
    let duration = seconds.and_then(|s| std::time::Duration::try_from_secs_f64(s).ok());
    duration.map_or_else(|| "-".to_owned(), text::duration)
}
