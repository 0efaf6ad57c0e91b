//! `overnight runs list` and `show`.

use overnight_record::ExitCode;
use overnight_run::disposal::{NightCommit, Whereabouts, commits_of};
use overnight_run::text;
use overnight_run::{Ledger, RunFolder, RunSummary};
use serde_json::json;

use crate::commands::run::find_run;
use crate::commands::run::summary::{self, shown};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

pub(super) fn list(ledger: &Ledger, context: &Context) -> Result<Output, Failure> {
    let logs = context.project.join(&context.config()?.project.logs);
    let mut human = String::new();
    let mut runs = Vec::new();
    for row in ledger.runs()?.iter().rev() {
        let summary = summary::load(ledger, row)?;
        let is_pruned = !RunFolder::new(&logs, &summary.run).path().exists();
        let line = summary::one_line(&summary);
        human.push_str(line.trim_end());
        human.push_str(if is_pruned { "  (pruned)\n" } else { "\n" });
        runs.push(brief(&summary, is_pruned));
    }
    Output::new(
        ExitCode::Done,
        human,
        &json!({ "schema": "overnight.runs/1", "runs": runs }),
    )
}

/// A run without its steps.
fn brief(summary: &RunSummary, is_pruned: bool) -> serde_json::Value {
    json!({
        "run": summary.run,
        "plan": summary.plan,
        "started": summary.started,
        "ended": summary.ended,
        "standing": summary.standing,
        "disposition": summary.disposition,
        "done": summary.done,
        "total": summary.total,
        "commits": summary.commits.len(),
        "branch": summary.branch,
        "pruned": is_pruned,
    })
}

pub(super) fn show(ledger: &Ledger, wanted: &str, context: &Context) -> Result<Output, Failure> {
    let row = find_run(ledger, Some(wanted))?;
    let summary = summary::load(ledger, &row)?;
    let mut human = format!(
        "{}\n{}, from {}\n",
        summary.run, summary.plan_title, summary.plan
    );
    for step in &summary.steps {
        let line = match &step.state {
            Some(state) => {
                let duration = std::time::Duration::try_from_secs_f64(state.duration_s);
                format!(
                    "{:<12} {:>8}  {}",
                    state.outcome.to_string(),
                    text::duration(duration.unwrap_or_default()),
                    state
                        .reason
                        .as_deref()
                        .or(step.run.as_deref())
                        .unwrap_or("")
                )
            }
            None => "-".to_owned(),
        };
        human.push_str(&format!("  {:<7} {line}\n", step.id.to_string()));
    }
    // Without a repository, or without git, the ledger's own list has to do.
    let parts = commits_of(&context.project, &row).unwrap_or_default();
    for commit in &summary.commits {
        let short = commit.commit.get(..8).unwrap_or(&commit.commit);
        let step = commit.step.map(|step| format!("{step} "));
        let (step, became) = (step.unwrap_or_default(), became(&commit.commit, &parts));
        human.push_str(&format!(
            "commit     {short} {step}{}{became}\n",
            commit.subject
        ));
    }
    for criterion in &summary.criteria {
        let word = match criterion.holds {
            Some(true) => "holds",
            Some(false) => "not met",
            None => "open",
        };
        human.push_str(&format!(
            "{word:<10} {}: {}\n",
            criterion.text, criterion.evidence
        ));
    }
    let logs = context.project.join(&context.config()?.project.logs);
    let folder = RunFolder::new(&logs, &summary.run);
    let pruned = if folder.path().exists() {
        ""
    } else {
        " (pruned)"
    };
    human.push_str(&format!(
        "logs       {}{pruned}\n",
        shown(folder.path(), &context.project)
    ));
    human.push_str(&summary::next_lines(&summary));
    let mut output = summary::shown_as(&summary, "overnight.run-summary/1", human)?;
    if let Some(document) = output.json.as_object_mut() {
        document.insert("step_commits".to_owned(), json!(parts));
        document.insert("pruned".to_owned(), json!(!folder.path().exists()));
    }
    Ok(output)
}

/// What became of a commit, when something did.
fn became(commit: &str, parts: &[NightCommit]) -> String {
    let found = parts.iter().find(|part| part.id == commit);
    match found.map(|part| part.whereabouts) {
        None | Some(Whereabouts::Waiting) => String::new(),
        Some(whereabouts) => format!(" ({})", whereabouts.name()),
    }
}
