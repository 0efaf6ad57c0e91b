//! The morning: taking a night's changes over, or dropping them.

use std::path::Path;

use jiff::Timestamp;
use overnight_record::RunId;
use serde::Serialize;

use crate::ledger::{Disposition, Ledger, LedgerError, RunRow};
use crate::night::NightError;
use crate::workspace::{Git, Repository, WorkspaceError, branch_of, worktree_of};

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
) -> Result<Accepted, NightError> {
    let (_, branch) = disposable(ledger, run)?;
    let repository = Repository::discover(project)?;
    let user_branch = repository.branch.clone().ok_or(WorkspaceError::Detached)?;
    let Some(tip) = tip_of(&repository, &branch)? else {
        return Err(WorkspaceError::BranchGone { branch }.into());
    };
    let range = format!("HEAD...{tip}");
    let listing = repository.git().text(
        "list the night's changes",
        &["diff", "--name-only", "--no-renames", "-z", &range],
    )?;
    let touched: Vec<&str> = listing.split('\0').filter(|f| !f.is_empty()).collect();
    let uncommitted = repository.uncommitted()?;
    let overlap: Vec<String> = touched
        .iter()
        .filter(|file| uncommitted.contains(**file))
        .take(5)
        .map(|file| (*file).to_owned())
        .collect();
    if !overlap.is_empty() {
        return Err(WorkspaceError::Overlap { files: overlap }.into());
    }
    let is_fast_forward = repository
        .git()
        .holds(&["merge-base", "--is-ancestor", "HEAD", &tip])?;
    merge(&repository, &branch, run)?;
    let commit = repository
        .git()
        .text("read the last commit", &["rev-parse", "HEAD"])?;
    remove(&repository, project, run, &branch)?;
    ledger.dispose_run(run, Disposition::Accepted, at)?;
    Ok(Accepted {
        run: run.clone(),
        branch: user_branch,
        commit,
        is_fast_forward,
        files: touched.len(),
    })
}

/// Removes a night's worktree and branch; its logs stay.
///
/// # Errors
/// [`NightError`], also when the run is still being executed.
pub fn drop_run(
    ledger: &mut Ledger,
    project: &Path,
    run: &RunId,
    at: Timestamp,
) -> Result<Dropped, NightError> {
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

/// A run nobody executes and nobody decided about, with its branch.
fn disposable(ledger: &Ledger, run: &RunId) -> Result<(RunRow, String), NightError> {
    let row = ledger.run(run)?;
    if let Some(disposition) = row.disposition {
        return Err(NightError::Disposed {
            run: run.clone(),
            what: match disposition {
                Disposition::Accepted => "accepted",
                Disposition::Dropped => "dropped",
            },
        });
    }
    if let Some(runner) = ledger.living_runner()?.filter(|r| r.run == run.as_str()) {
        return Err(LedgerError::Busy {
            run: runner.run,
            pid: runner.process.pid,
        }
        .into());
    }
    let git = row.record.git.as_ref();
    if git.is_none_or(|git| git.night_branch.is_none()) {
        return Err(NightError::InPlace { run: run.clone() });
    }
    Ok((row, branch_of(run)))
}

fn tip_of(repository: &Repository, branch: &str) -> Result<Option<String>, NightError> {
    let reference = format!("refs/heads/{branch}");
    let answer = repository
        .git()
        .call(&["rev-parse", "--verify", "--quiet", &reference])?;
    Ok((answer.code == Some(0)).then(|| answer.stdout.trim().to_owned()))
}

fn merge(repository: &Repository, branch: &str, run: &RunId) -> Result<(), NightError> {
    let mut git = repository.git();
    if !git.has_identity()? {
        git = git
            .with("user.name=overnight")
            .with("user.email=overnight@localhost");
    }
    let message = format!("Merge the night {run}");
    let answer = git.call(&["merge", "--quiet", "--no-edit", "-m", &message, branch])?;
    if answer.code == Some(0) {
        return Ok(());
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
        branch: branch.to_owned(),
        files: files.take(5).map(ToOwned::to_owned).collect(),
    }
    .into())
}

/// Edits somebody made in the worktree after the night are kept beside it as a patch.
fn keep_leftovers(worktree: &Path) -> Result<(), NightError> {
    let above = worktree.parent().unwrap_or(worktree);
    let rules = worktree.with_extension("ignore");
    let git = Git::new(worktree)
        .below(above)
        .with(format!("core.excludesFile={}", rules.display()));
    if !git.holds(&["add", "--all", "--", ":(top)"])? {
        // It is no worktree any more; removing it is left to git, which then refuses.
        return Ok(());
    }
    if git.holds(&["diff", "--cached", "--quiet", "HEAD"])? {
        return Ok(());
    }
    let output = format!("--output={}", worktree.with_extension("patch").display());
    let arguments = [
        "diff",
        "--cached",
        "--binary",
        "--full-index",
        &output,
        "HEAD",
    ];
    git.text("keep edits in the worktree as a patch", &arguments)?;
    Ok(())
}

fn remove(
    repository: &Repository,
    project: &Path,
    run: &RunId,
    branch: &str,
) -> Result<(), NightError> {
    let git = repository.git();
    let worktree = worktree_of(&project.join(".overnight"), run);
    if worktree.exists() {
        keep_leftovers(&worktree)?;
        let path = worktree.to_string_lossy();
        git.text(
            "remove the night's worktree",
            &["worktree", "remove", "--force", &path],
        )?;
    }
    git.text("forget lost worktrees", &["worktree", "prune"])?;
    if tip_of(repository, branch)?.is_some() {
        git.text(
            "remove the night's branch",
            &["branch", "--quiet", "-D", branch],
        )?;
    }
    let ignore_file = worktree.with_extension("ignore");
    if ignore_file.exists() {
        std::fs::remove_file(&ignore_file).map_err(|source| WorkspaceError::File {
            what: "remove",
            path: ignore_file,
            source,
        })?;
    }
    Ok(())
}
