//! `overnight runs accept` and `drop`: the night as a whole, or parts of it.

use overnight_record::{ExitCode, PlanAddress, RunId, StepId};
use overnight_run::disposal::{self, AcceptedPart, DroppedPart, Morning};
use overnight_run::{Ledger, RunFolder};

use crate::commands::report;
use crate::commands::run::find_run;
use crate::commands::run::summary::shown;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// Merges a night, or the parts at `addresses`, into the current branch.
pub(super) fn accept(
    mut ledger: Ledger,
    wanted: &str,
    addresses: &[PlanAddress],
    context: &Context,
) -> Result<Output, Failure> {
    let run = find_run(&ledger, Some(wanted))?.record.run;
    if !addresses.is_empty() {
        let part = in_the_morning(&run, context, |morning| {
            Ok(disposal::accept_part(&mut ledger, morning, addresses)?)
        })?;
        return Output::new(ExitCode::Done, accepted_part(&part), &part);
    }
    let now = jiff::Timestamp::now();
    let accepted = disposal::accept(&mut ledger, &context.project, &run, now)?;
    let human = format!(
        "{} {} {}: {} changed by {run}\n",
        accepted.branch,
        how(accepted.is_fast_forward),
        short(&accepted.commit),
        files(accepted.files)
    );
    Output::new(ExitCode::Done, human, &accepted)
}

/// Removes a night, or takes the changes at `addresses` back.
pub(super) fn drop(
    mut ledger: Ledger,
    wanted: &str,
    addresses: &[PlanAddress],
    context: &Context,
) -> Result<Output, Failure> {
    let run = find_run(&ledger, Some(wanted))?.record.run;
    if !context.global.yes {
        return Err(unconfirmed(&run, addresses));
    }
    if !addresses.is_empty() {
        let part = in_the_morning(&run, context, |morning| {
            Ok(disposal::drop_part(&mut ledger, morning, addresses)?)
        })?;
        let mut human = dropped_part(&part);
        let logs = context.project.join(&context.config()?.project.logs);
        let folder = RunFolder::new(&logs, &run);
        for patch in &part.patches {
            let path = folder.path().join(patch);
            human.push_str(&format!("kept       {}\n", shown(&path, &context.project)));
        }
        // The report told of a night that had this change; it is a view of the ledger.
        if folder.record().exists()
            && let Err(failure) = report::render_run(folder.path(), &context.redactor()?)
        {
            human.push_str(&format!(
                "note       the report is as it was: {}\n",
                failure.chain().join(": ")
            ));
        }
        return Output::new(ExitCode::Done, human, &part);
    }
    let now = jiff::Timestamp::now();
    let dropped = disposal::drop_run(&mut ledger, &context.project, &run, now)?;
    let last = dropped.commit.as_deref().unwrap_or("none");
    let human = format!(
        "{run} is dropped; its logs stay\nIts last commit was {last}: `git branch NAME {last}` \
         brings it back while git still has it\n"
    );
    Output::new(ExitCode::Done, human, &dropped)
}

fn in_the_morning<T>(
    run: &RunId,
    context: &Context,
    decide: impl FnOnce(&Morning<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let project = &context.config()?.project;
    let folder = RunFolder::new(&context.project.join(&project.logs), run);
    decide(&Morning {
        project: &context.project,
        run,
        folder: &folder,
        prefix: project.commit_prefix.trim(),
        at: jiff::Timestamp::now(),
    })
}

fn unconfirmed(run: &RunId, addresses: &[PlanAddress]) -> Failure {
    if addresses.is_empty() {
        return Failure::with_hint(
            ExitCode::Usage,
            format!("dropping {run} removes its branch with every commit on it"),
            format!("`overnight runs drop {run} --yes` does it"),
        );
    }
    let named: Vec<String> = addresses.iter().map(ToString::to_string).collect();
    let named = named.join(" ");
    Failure::with_hint(
        ExitCode::Usage,
        format!("dropping {named} of {run} takes its changes back on the night's branch"),
        format!("`overnight runs drop {run} {named} --yes` does it"),
    )
}

fn accepted_part(part: &AcceptedPart) -> String {
    let mut text = format!(
        "{} {} {}: {} changed by {} of {}\n",
        part.branch,
        how(part.is_fast_forward),
        short(&part.commit),
        files(part.files),
        list(&part.steps),
        part.run
    );
    if !part.ticked.is_empty() {
        text.push_str(&format!("ticked     {}\n", list(&part.ticked)));
    }
    if part.was_gated {
        text.push_str("note       the night's gates judged the whole, not this part of it\n");
    }
    text.push_str(&left(part.left, &part.run));
    text
}

fn dropped_part(part: &DroppedPart) -> String {
    let mut text = format!(
        "{} went on to {}: the change of {} is taken back\n",
        part.branch,
        short(&part.commit),
        list(&part.steps),
    );
    if !part.unticked.is_empty() {
        text.push_str(&format!("unticked   {}\n", list(&part.unticked)));
    }
    text.push_str(&left(part.left, &part.run));
    text
}

/// What still waits, and the command for it.
fn left(left: usize, run: &RunId) -> String {
    let noun = if left == 1 { "commit" } else { "commits" };
    let what = match left {
        0 => "no commit of a step waits any more".to_owned(),
        n => format!("{n} {noun} of steps still wait"),
    };
    format!("left       {what}\nnext       overnight runs accept {run}\n")
}

fn how(is_fast_forward: bool) -> &'static str {
    if is_fast_forward {
        "moved forward to"
    } else {
        "merged the night as"
    }
}

fn short(commit: &str) -> &str {
    commit.get(..8).unwrap_or(commit)
}

fn files(n: usize) -> String {
    format!("{n} {}", if n == 1 { "file" } else { "files" })
}

fn list(steps: &[StepId]) -> String {
    let steps: Vec<String> = steps.iter().map(ToString::to_string).collect();
    steps.join(" ")
}
