//! `overnight runs`: the nights of this project, and what becomes of them.

use overnight_record::ExitCode;
use overnight_run::disposal::{accept, drop_run};
use overnight_run::text;
use overnight_run::{Ledger, RunFolder, RunSummary};
use serde_json::json;

use super::run::find_run;
use super::run::summary::{self, shown};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight runs list
  overnight runs show last
  overnight runs accept last       merge the night's branch into yours
  overnight runs drop last --yes   remove its branch and worktree, keep its logs")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the runs, the latest first
    List,
    /// Show every step of a run
    Show(Which),
    /// Merge a run's branch into the current one and remove its worktree
    Accept(Which),
    /// Remove a run's branch and worktree; its logs stay
    Drop(Which),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The run's id, or `last`
    run: String,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let ledger = Ledger::open_existing(&context.state_dir())?;
    match &args.verb {
        Verb::List => list(&ledger),
        Verb::Show(which) => show(&ledger, &which.run, context),
        Verb::Accept(which) => take_over(ledger, &which.run, context),
        Verb::Drop(which) => remove(ledger, &which.run, context),
    }
}

fn list(ledger: &Ledger) -> Result<Output, Failure> {
    let mut summaries = Vec::new();
    for row in ledger.runs()?.iter().rev() {
        summaries.push(summary::load(ledger, row)?);
    }
    let human: String = summaries.iter().map(summary::one_line).collect();
    let runs: Vec<_> = summaries.iter().map(brief).collect();
    Output::new(
        ExitCode::Done,
        human,
        &json!({ "schema": "overnight.runs/1", "runs": runs }),
    )
}

/// A run without its steps.
fn brief(summary: &RunSummary) -> serde_json::Value {
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
    })
}

fn show(ledger: &Ledger, wanted: &str, context: &Context) -> Result<Output, Failure> {
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
    for commit in &summary.commits {
        let short = commit.commit.get(..8).unwrap_or(&commit.commit);
        human.push_str(&format!("commit     {short} {}\n", commit.subject));
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
    human.push_str(&format!(
        "logs       {}\n",
        shown(folder.path(), &context.project)
    ));
    human.push_str(&summary::next_lines(&summary));
    summary::shown_as(&summary, "overnight.run-summary/1", human)
}

fn take_over(mut ledger: Ledger, wanted: &str, context: &Context) -> Result<Output, Failure> {
    let run = find_run(&ledger, Some(wanted))?.record.run;
    let accepted = accept(&mut ledger, &context.project, &run, jiff::Timestamp::now())?;
    let how = if accepted.is_fast_forward {
        "moved forward to"
    } else {
        "merged the night as"
    };
    let human = format!(
        "{} {how} {}: {} files changed by {run}\n",
        accepted.branch,
        accepted.commit.get(..8).unwrap_or(&accepted.commit),
        accepted.files
    );
    Output::new(ExitCode::Done, human, &accepted)
}

fn remove(mut ledger: Ledger, wanted: &str, context: &Context) -> Result<Output, Failure> {
    let run = find_run(&ledger, Some(wanted))?.record.run;
    if !context.global.yes {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!("dropping {run} removes its branch with every commit on it"),
            format!("`overnight runs drop {run} --yes` does it"),
        ));
    }
    let dropped = drop_run(&mut ledger, &context.project, &run, jiff::Timestamp::now())?;
    let last = dropped.commit.as_deref().unwrap_or("none");
    let human = format!(
        "{run} is dropped; its logs stay\nIts last commit was {last}: `git branch NAME {last}` \
         brings it back while git still has it\n"
    );
    Output::new(ExitCode::Done, human, &dropped)
}
