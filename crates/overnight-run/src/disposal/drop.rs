//! Dropping a night's changes.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use overnight_record::{EventKind, PlanAddress, RunId, RunOutcome, StepId, StepOutcome};
use serde::Serialize;

use super::accept::{base_of, entangled};
use super::boxes::{Boxes, plan_at, plan_path};
use super::part::{NightCommit, TAKEN_BACK, Whereabouts, list, select, steps_of, touching, typed};
use super::scratch::Scratch;
use super::{DisposalError, Morning, advance, disposable, remove, tip_of};
use crate::folder::RunFolder;
use crate::ledger::{Disposition, Ledger, RunRow};
use crate::state::RunState;
use crate::workspace::{PATCH_FORM, Repository, WorkspaceError};

/// Why a step whose change was dropped is not done.
const REASON: &str = "its change was dropped in the morning";

/// What dropping a night did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Dropped {
    /// The run.
    pub run: RunId,
    /// The branch that was removed.
    pub branch: String,
    /// Its last commit, which git keeps for a while; `None` when the branch was gone.
    pub commit: Option<String>,
}

/// What dropping a part of a night did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DroppedPart {
    /// The run.
    pub run: RunId,
    /// The night's branch, which the changes are gone from.
    pub branch: String,
    /// Its last commit, which takes them back.
    pub commit: String,
    /// The steps whose changes were dropped.
    pub steps: Vec<StepId>,
    /// The steps whose box was unticked in the plan on the branch.
    pub unticked: Vec<StepId>,
    /// The changes as patches, relative to the run's folder.
    pub patches: Vec<String>,
    /// Commits of steps that still wait on the night's branch.
    pub left: usize,
}

/// Removes a night's worktree and branch; its logs stay.
///
/// # Errors
/// [`DisposalError`], also when the run is still being executed.
pub fn drop_run(
    ledger: &mut Ledger,
    project: &Path,
    run: &RunId,
    at: Timestamp,
) -> Result<Dropped, DisposalError> {
    let (_, branch) = disposable(ledger, run)?;
    let repository = Repository::discover(project)?;
    let commit = tip_of(&repository, &branch)?;
    remove(&repository, project, run, &branch)?;
    ledger.dispose_run(run, Disposition::Dropped, at)?;
    Ok(Dropped {
        run: run.clone(),
        branch,
        commit,
    })
}

/// Takes the changes of certain steps back on the night's branch, in one commit that also
/// unticks their boxes. The ledger then knows the steps as rolled back, and each change is
/// kept as a patch. The user's checkout is not touched.
///
/// # Errors
/// [`DisposalError::NothingWaits`], or [`DisposalError::Entangled`] when a change that stays
/// builds on one that was named. In each case nothing was changed.
pub fn drop_part(
    ledger: &mut Ledger,
    morning: &Morning<'_>,
    addresses: &[PlanAddress],
) -> Result<DroppedPart, DisposalError> {
    let (row, branch) = disposable(ledger, morning.run)?;
    let repository = Repository::discover(morning.project)?;
    let tip = tip_of(&repository, &branch)?.ok_or(WorkspaceError::BranchGone {
        branch: branch.clone(),
    })?;
    let commits = list(&repository, morning.run, base_of(&row), &tip)?;
    let chosen = select(morning.run, &commits, addresses)?;
    let steps = steps_of(&chosen);
    let state = RunState::of(&ledger.events(morning.run)?);
    let scratch = Scratch::at(&repository, morning.project, &tip)?;
    take_back(&repository, morning, &scratch, (&commits, &chosen))?;
    let unticked = untick(&repository, &scratch, &row, &state, (&tip, &steps))?;
    let (commit, subject) = commit_taken_back(morning, &scratch, &chosen, &steps)?;
    let stat = stat(&scratch, &tip, &commit)?;
    let patches = keep_patches(&repository, morning, &state, &chosen)?;
    advance(&repository, morning, &tip, &commit)?;
    let kind = EventKind::ChangeCommitted {
        step: None,
        commit: commit.clone(),
        subject,
        files: stat.0,
        insertions: stat.1,
        deletions: stat.2,
    };
    ledger.record_commit(morning.run, morning.at, kind)?;
    settle(ledger, morning, &row, &state, (&steps, &patches))?;
    let waits = |commit: &&NightCommit| commit.whereabouts == Whereabouts::Waiting;
    let left = commits.iter().filter(waits).count() - chosen.len();
    Ok(DroppedPart {
        run: morning.run.clone(),
        branch,
        commit,
        steps,
        unticked,
        patches,
        left,
    })
}

/// Reverts the chosen commits in a temporary worktree, the latest first.
fn take_back(
    repository: &Repository,
    morning: &Morning<'_>,
    scratch: &Scratch,
    (commits, chosen): (&[NightCommit], &[&NightCommit]),
) -> Result<(), DisposalError> {
    for commit in chosen.iter().rev() {
        let revert = ["revert", "--no-commit", &commit.id];
        let Some(files) = scratch.attempt("take a commit back", &revert)? else {
            continue;
        };
        let later: Vec<&NightCommit> = commits
            .iter()
            .skip_while(|other| other.id != commit.id)
            .skip(1)
            .filter(|other| other.whereabouts == Whereabouts::Waiting)
            .collect();
        let mut together: BTreeSet<StepId> = touching(repository, &later, &files)?;
        let is_new = together.iter().any(|s| chosen.iter().all(|c| c.step != *s));
        together.extend(chosen.iter().map(|commit| commit.step));
        let next = || {
            format!(
                "overnight runs drop {} {} --yes",
                morning.run,
                typed(together)
            )
        };
        return Err(entangled(commit.step, files, is_new.then(next)));
    }
    Ok(())
}

/// Unticks the boxes of the steps, and of every criterion that was proven with their changes
/// in place.
fn untick(
    repository: &Repository,
    scratch: &Scratch,
    row: &RunRow,
    state: &RunState,
    (tip, steps): (&str, &[StepId]),
) -> Result<Vec<StepId>, DisposalError> {
    let path = plan_path(repository, &row.record);
    let Some(nights) = plan_at(repository, tip, &path)? else {
        return Ok(Vec::new());
    };
    let n_steps = nights.steps().count();
    let is_done = |step: &&overnight_plan::Step| step.checked && !steps.contains(&step.id);
    let n_done = nights.steps().filter(is_done).count();
    let proven = state.criteria.iter().filter(|c| c.holds == Some(true));
    let boxes = Boxes {
        steps: steps.iter().map(|id| (*id, false)).collect(),
        unproven: proven.map(|criterion| criterion.text.clone()).collect(),
        status: Some(format!("INCOMPLETE ({n_done} of {n_steps} steps)")),
    };
    boxes.set(scratch, &path, &nights)
}

fn commit_taken_back(
    morning: &Morning<'_>,
    scratch: &Scratch,
    chosen: &[&NightCommit],
    steps: &[StepId],
) -> Result<(String, String), WorkspaceError> {
    let subject = format!(
        "{} {} - dropped",
        morning.prefix,
        typed(steps.iter().copied())
    );
    let mut names: Vec<String> = chosen
        .iter()
        .map(|commit| format!("{TAKEN_BACK}{}.", commit.id))
        .collect();
    names.reverse();
    let mut trailers = vec![format!("Overnight-Run: {}", morning.run)];
    trailers.extend(
        steps
            .iter()
            .map(|step| format!("Overnight-Dropped: {step}")),
    );
    let (names, trailers) = (names.join("\n"), trailers.join("\n"));
    let git = scratch.git();
    // The revert's own state would make `git commit` ask for its message.
    let tree = git.text("write what is left", &["write-tree"])?;
    let parent = scratch.head()?;
    let arguments = [
        "commit-tree",
        &tree,
        "-p",
        &parent,
        "-m",
        &subject,
        "-m",
        &names,
        "-m",
        &trailers,
    ];
    let commit = git.text("commit what was taken back", &arguments)?;
    Ok((commit, subject))
}

fn stat(scratch: &Scratch, from: &str, to: &str) -> Result<(u32, u64, u64), WorkspaceError> {
    let listing = scratch.git().text(
        "count the changes",
        &["diff-tree", "-r", "--numstat", "--no-renames", from, to],
    )?;
    let mut stat = (0, 0, 0);
    for line in listing.lines() {
        let mut numbers = line.split('\t').map(|n| n.parse::<u64>().unwrap_or(0));
        stat.0 += 1;
        stat.1 += numbers.next().unwrap_or(0);
        stat.2 += numbers.next().unwrap_or(0);
    }
    Ok(stat)
}

/// Keeps each dropped change beside the logs of its step.
fn keep_patches(
    repository: &Repository,
    morning: &Morning<'_>,
    state: &RunState,
    chosen: &[&NightCommit],
) -> Result<Vec<String>, DisposalError> {
    let mut patches = Vec::new();
    for commit in chosen {
        let attempt = state.steps.get(&commit.step).map_or(1, |s| s.attempt);
        let folder = RunFolder::attempt(commit.step, attempt);
        let short = commit.id.get(..8).unwrap_or(&commit.id);
        let patch = format!("{folder}/dropped-{short}.patch");
        let path = morning.folder.path().join(&patch);
        let above = path.parent().unwrap_or(&path);
        std::fs::create_dir_all(above).map_err(|source| WorkspaceError::File {
            what: "make the folder",
            path: above.to_owned(),
            source,
        })?;
        let output = format!("--output={}", path.display());
        let mut arguments = PATCH_FORM.to_vec();
        arguments.extend(["--no-commit-id", &output, &commit.id]);
        repository
            .git()
            .text("keep the change as a patch", &arguments)?;
        patches.push(patch);
    }
    Ok(patches)
}

/// Writes down that the steps are not done any more, and why.
fn settle(
    ledger: &mut Ledger,
    morning: &Morning<'_>,
    row: &RunRow,
    state: &RunState,
    (steps, patches): (&[StepId], &[String]),
) -> Result<(), DisposalError> {
    for step in steps {
        let before = state.steps.get(step);
        let patch = patches
            .iter()
            .find(|patch| patch.starts_with(&format!("steps/{step}/")));
        if let Some(patch) = patch {
            let kind = EventKind::ChangeRolledBack {
                step: *step,
                patch: patch.clone(),
                reason: REASON.to_owned(),
            };
            ledger.record(morning.run, morning.at, kind)?;
        }
        // An event only: the attempt's own row keeps how its command ended.
        let finished = EventKind::StepFinished {
            step: *step,
            attempt: before.map_or(0, |state| state.attempt),
            outcome: StepOutcome::RolledBack,
            class: None,
            exit_code: None,
            duration_s: before.map_or(0.0, |state| state.duration_s),
            peak_rss_mib: None,
            reason: Some(REASON.to_owned()),
            next: Some(format!(
                "overnight run --resume {} --only {step} --retry-failed",
                morning.run
            )),
        };
        ledger.record(morning.run, morning.at, finished)?;
    }
    if row.outcome == Some(RunOutcome::Complete) {
        ledger.amend_outcome(morning.run, RunOutcome::Incomplete)?;
    }
    morning.export(ledger)
}
