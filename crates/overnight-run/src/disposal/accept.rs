//! Taking a night's changes over.

use std::collections::BTreeSet;
use std::path::Path;

use jiff::Timestamp;
use overnight_record::{EventKind, PlanAddress, RunId, StepId};
use serde::Serialize;

use super::boxes::{Boxes, plan_at, plan_path};
use super::part::{NightCommit, Whereabouts, list, select, steps_of, touching, typed};
use super::scratch::Scratch;
use super::{DisposalError, Morning, advance, disposable, remove, tip_of};
use crate::ledger::{Disposition, Ledger, RunRow};
use crate::night::NightError;
use crate::workspace::{Repository, WorkspaceError};

/// Files named in a message.
pub(super) const NAMED_FILES: usize = 5;

/// What taking a night over did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// The run.
    pub run: RunId,
    /// The user's branch, which has the night's commits now.
    pub branch: String,
    /// Its last commit.
    pub commit: String,
    /// Whether the branch could simply move forward; otherwise a merge commit was made.
    pub is_fast_forward: bool,
    /// Files the night changed.
    pub files: usize,
}

/// What taking a part of a night over did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AcceptedPart {
    /// The run.
    pub run: RunId,
    /// The user's branch, which has the part now.
    pub branch: String,
    /// Its last commit.
    pub commit: String,
    /// Whether the branch could simply move forward; otherwise a merge commit was made.
    pub is_fast_forward: bool,
    /// Files the part changed.
    pub files: usize,
    /// The steps whose changes were taken.
    pub steps: Vec<StepId>,
    /// The steps that were ticked in the plan with them.
    pub ticked: Vec<StepId>,
    /// Commits of steps that still wait on the night's branch.
    pub left: usize,
    /// Whether a gate was measured during the night; it judged the whole, not this part.
    pub was_gated: bool,
}

/// Merges a night's branch into the user's current branch and removes worktree and branch.
///
/// # Errors
/// [`WorkspaceError::Overlap`] when uncommitted changes are in files the night touched,
/// [`WorkspaceError::Conflict`] when git cannot merge (nothing is changed then), or others.
pub fn accept(
    ledger: &mut Ledger,
    project: &Path,
    run: &RunId,
    at: Timestamp,
) -> Result<Accepted, DisposalError> {
    let (_, branch) = disposable(ledger, run)?;
    let repository = Repository::discover(project)?;
    let tip = tip_of(&repository, &branch)?.ok_or(WorkspaceError::BranchGone {
        branch: branch.clone(),
    })?;
    let merge = Merge::prepare(&repository, &tip)?;
    let commit = merge.carry_out(&repository, &branch, &format!("Merge the night {run}"))?;
    remove(&repository, project, run, &branch)?;
    ledger.dispose_run(run, Disposition::Accepted, at)?;
    Ok(Accepted {
        run: run.clone(),
        branch: merge.into,
        commit,
        is_fast_forward: merge.is_fast_forward,
        files: merge.files,
    })
}

/// Takes over the changes of certain steps only; the night's branch keeps the rest and can
/// be accepted later, as a whole or in further parts.
///
/// The commits are copied, in their order, onto the last commit the user's branch and the
/// night's have in common, and that chain is merged. The night's branch then gets a merge
/// commit that changes no file and names the chain as taken in, so that a later accept
/// compares with it rather than with the base.
///
/// # Errors
/// [`DisposalError::NothingWaits`], [`DisposalError::Entangled`] when a change builds on
/// one that was not named, [`DisposalError::Conflict`],
/// [`WorkspaceError::Overlap`]. In each case nothing was changed.
pub fn accept_part(
    ledger: &mut Ledger,
    morning: &Morning<'_>,
    addresses: &[PlanAddress],
) -> Result<AcceptedPart, DisposalError> {
    let (row, branch) = disposable(ledger, morning.run)?;
    let repository = Repository::discover(morning.project)?;
    let tip = tip_of(&repository, &branch)?.ok_or(WorkspaceError::BranchGone {
        branch: branch.clone(),
    })?;
    let base = base_of(&row);
    let commits = list(&repository, morning.run, base, &tip)?;
    let chosen = select(morning.run, &commits, addresses)?;
    let steps = steps_of(&chosen);
    let part = copy(&repository, morning, &row, &tip, (&commits, &chosen))?;
    let merge = Merge::prepare(&repository, &part.tip)?;
    if !merge.is_fast_forward {
        merge.rehearse(&repository, morning.project, &part.tip)?;
    }
    let what = typed(steps.iter().copied());
    let message = format!("Merge {what} of the night {}", morning.run);
    let commit = merge.carry_out(&repository, &part.tip, &message)?;
    note_taken(ledger, &repository, morning, &tip, &part.tip, &what)?;
    let waits = |commit: &&NightCommit| commit.whereabouts == Whereabouts::Waiting;
    let left = commits.iter().filter(waits).count() - chosen.len();
    let events = ledger.events(morning.run)?;
    let is_gate =
        |event: &overnight_record::Event| matches!(event.kind, EventKind::GateChecked { .. });
    Ok(AcceptedPart {
        run: morning.run.clone(),
        branch: merge.into,
        commit,
        is_fast_forward: merge.is_fast_forward,
        files: merge.files,
        steps,
        ticked: part.ticked,
        left,
        was_gated: events.iter().any(is_gate),
    })
}

/// The commit a night began from.
pub(super) fn base_of(row: &RunRow) -> &str {
    row.record
        .git
        .as_ref()
        .map_or("", |git| git.commit.as_str())
}

/// Copies of the chosen commits.
struct Part {
    tip: String,
    ticked: Vec<StepId>,
}

/// Copies commits onto what both branches have in common, with the boxes they tick.
fn copy(
    repository: &Repository,
    morning: &Morning<'_>,
    row: &RunRow,
    tip: &str,
    (commits, chosen): (&[NightCommit], &[&NightCommit]),
) -> Result<Part, DisposalError> {
    let common = repository.git().text(
        "find what the night's branch and yours have in common",
        &["merge-base", "HEAD", tip],
    )?;
    let scratch = Scratch::at(repository, morning.project, &common)?;
    for commit in chosen {
        let pick = ["cherry-pick", "-x", "--keep-redundant-commits", &commit.id];
        if let Some(files) = scratch.attempt("copy a commit of the night", &pick)? {
            let earlier: Vec<&NightCommit> = commits
                .iter()
                .take_while(|other| other.id != commit.id)
                .filter(|other| other.whereabouts == Whereabouts::Waiting)
                .collect();
            let mut together = touching(repository, &earlier, &files)?;
            let is_new = together.iter().any(|s| chosen.iter().all(|c| c.step != *s));
            together.extend(chosen.iter().map(|commit| commit.step));
            return Err(entangled(
                commit.step,
                files,
                is_new
                    .then(|| format!("overnight runs accept {} {}", morning.run, typed(together))),
            ));
        }
    }
    let path = plan_path(repository, &row.record);
    let ticked = match plan_at(repository, tip, &path)? {
        Some(nights) => {
            let boxes = Boxes::ticked(&steps_of(chosen), &nights);
            boxes.set(&scratch, &path, &nights)?
        }
        None => Vec::new(),
    };
    if !scratch.git().holds(&["diff", "--cached", "--quiet"])? {
        let subject = format!(
            "{} {} - plan progress",
            morning.prefix,
            addresses_of(chosen)
        );
        let trailer = format!("Overnight-Run: {}", morning.run);
        scratch.git().text(
            "commit the plan",
            &["commit", "--quiet", "-m", &subject, "-m", &trailer],
        )?;
    }
    Ok(Part {
        tip: scratch.head()?,
        ticked,
    })
}

fn addresses_of(chosen: &[&NightCommit]) -> String {
    typed(steps_of(chosen))
}

/// The refusal of a change that needs others.
pub(super) fn entangled(step: StepId, files: Vec<String>, next: Option<String>) -> DisposalError {
    DisposalError::Entangled {
        step,
        files: files.into_iter().take(NAMED_FILES).collect(),
        next,
    }
}

/// Makes the night's branch a descendant of the part, without changing a file on it, and
/// writes that down: a run that is resumed goes on from the last commit of the ledger.
fn note_taken(
    ledger: &mut Ledger,
    repository: &Repository,
    morning: &Morning<'_>,
    tip: &str,
    part: &str,
    what: &str,
) -> Result<(), DisposalError> {
    let subject = format!("{} {what} - accepted", morning.prefix);
    let trailer = format!("Overnight-Run: {}", morning.run);
    let tree = format!("{tip}^{{tree}}");
    let scratch_git = identified(repository)?;
    let noted = scratch_git.text(
        "note what was accepted",
        &[
            "commit-tree",
            &tree,
            "-p",
            tip,
            "-p",
            part,
            "-m",
            &subject,
            "-m",
            &trailer,
        ],
    )?;
    advance(repository, morning, tip, &noted)?;
    let kind = EventKind::ChangeCommitted {
        step: None,
        commit: noted,
        subject,
        files: 0,
        insertions: 0,
        deletions: 0,
    };
    ledger.record_commit(morning.run, morning.at, kind)?;
    ledger.export_events(morning.run, &morning.folder.events())?;
    Ok(())
}

/// Git in the user's repository, with an identity of our own when the user has none.
pub(super) fn identified(repository: &Repository) -> Result<crate::workspace::Git, WorkspaceError> {
    let git = repository.git();
    Ok(if git.has_identity()? {
        git
    } else {
        git.with("user.name=overnight")
            .with("user.email=overnight@localhost")
    })
}

/// A merge into the branch that is checked out, after everything that can refuse it.
#[derive(Debug)]
struct Merge {
    into: String,
    is_fast_forward: bool,
    files: usize,
}

impl Merge {
    /// Looks whether `tip` may be merged.
    fn prepare(repository: &Repository, tip: &str) -> Result<Self, WorkspaceError> {
        let into = repository.branch.clone().ok_or(WorkspaceError::Detached)?;
        let range = format!("HEAD...{tip}");
        let listing = repository.git().text(
            "list the night's changes",
            &["diff", "--name-only", "--no-renames", "-z", &range],
        )?;
        let touched: BTreeSet<&str> = listing.split('\0').filter(|f| !f.is_empty()).collect();
        let uncommitted = repository.uncommitted()?;
        let overlap: Vec<String> = touched
            .iter()
            .filter(|file| uncommitted.contains(**file))
            .take(NAMED_FILES)
            .map(|file| (*file).to_owned())
            .collect();
        if !overlap.is_empty() {
            return Err(WorkspaceError::Overlap { files: overlap });
        }
        let is_fast_forward =
            repository
                .git()
                .holds(&["merge-base", "--is-ancestor", "HEAD", tip])?;
        Ok(Self {
            into,
            is_fast_forward,
            files: touched.len(),
        })
    }

    /// Tries the merge elsewhere.
    fn rehearse(
        &self,
        repository: &Repository,
        project: &Path,
        tip: &str,
    ) -> Result<(), DisposalError> {
        let scratch = Scratch::at(repository, project, &repository.head)?;
        let merge = ["merge", "--no-commit", "--no-ff", "--quiet", tip];
        match scratch.attempt("try the merge", &merge)? {
            None => Ok(()),
            Some(files) => Err(DisposalError::Conflict {
                branch: self.into.clone(),
                files: files.into_iter().take(NAMED_FILES).collect(),
            }),
        }
    }

    /// Merges and returns the branch's last commit; a merge that fails is taken back.
    fn carry_out(
        &self,
        repository: &Repository,
        what: &str,
        message: &str,
    ) -> Result<String, NightError> {
        let git = identified(repository)?;
        let answer = git.call(&["merge", "--quiet", "--no-edit", "-m", message, what])?;
        if answer.code == Some(0) {
            return Ok(git.text("read the last commit", &["rev-parse", "HEAD"])?);
        }
        let unmerged = git.text(
            "list the conflicts",
            &["diff", "--name-only", "--diff-filter=U", "-z"],
        )?;
        if unmerged.is_empty() {
            return Err(crate::workspace::refusal("merge the night's branch", &answer).into());
        }
        git.text("take the merge back", &["merge", "--abort"])?;
        let files = unmerged.split('\0').filter(|file| !file.is_empty());
        Err(WorkspaceError::Conflict {
            branch: what.to_owned(),
            files: files.take(NAMED_FILES).map(ToOwned::to_owned).collect(),
        }
        .into())
    }
}
