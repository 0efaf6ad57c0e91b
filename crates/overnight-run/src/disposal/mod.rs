//! The morning: taking a night's changes over, or dropping them, as a whole or in part.
//!
//! The user's checkout and branch are moved by an accept only, and only after everything
//! that could refuse it was tried elsewhere. See `docs/morning.md`.

mod accept;
mod boxes;
mod drop;
mod error;
mod part;
mod scratch;

use std::path::Path;

use jiff::Timestamp;
use overnight_record::RunId;

use crate::folder::RunFolder;
use crate::ledger::{Disposition, Ledger, LedgerError, RunRow};
use crate::night::NightError;
use crate::workspace::{Git, Repository, WorkspaceError, branch_of, worktree_of};

pub use accept::{Accepted, AcceptedPart, accept, accept_part};
pub use drop::{Dropped, DroppedPart, drop_part, drop_run};
pub use error::DisposalError;
pub use part::{NightCommit, Whereabouts, commits_of};

/// A decision about a part of a night.
#[derive(Debug, Clone, Copy)]
pub struct Morning<'a> {
    /// Absolute path of the project in the user's checkout.
    pub project: &'a Path,
    /// The run.
    pub run: &'a RunId,
    /// The run's folder of logs.
    pub folder: &'a RunFolder,
    /// What commits of nights begin with.
    pub prefix: &'a str,
    /// Now.
    pub at: Timestamp,
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

/// The last commit of a branch; `None` when there is no such branch.
fn tip_of(repository: &Repository, branch: &str) -> Result<Option<String>, NightError> {
    let reference = format!("refs/heads/{branch}");
    let answer = repository
        .git()
        .call(&["rev-parse", "--verify", "--quiet", &reference])?;
    Ok((answer.code == Some(0)).then(|| answer.stdout.trim().to_owned()))
}

/// Git in the night's worktree: no hooks, shared links stay unseen, and a worktree that
/// lost its `.git` is not taken for the checkout around it.
fn git_in_worktree(worktree: &Path) -> Git {
    let above = worktree.parent().unwrap_or(worktree);
    let rules = worktree.with_extension("ignore");
    Git::new(worktree)
        .below(above)
        .with("core.hooksPath=/dev/null")
        .with(format!("core.excludesFile={}", rules.display()))
}

/// Edits somebody made in the worktree after the night are kept beside it as a patch.
fn keep_leftovers(worktree: &Path) -> Result<(), NightError> {
    let git = git_in_worktree(worktree);
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

/// Removes worktree, branch and ignore file of a run.
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

/// Moves the night's branch from `from` to its descendant `to`, and its worktree with it.
/// Edits made in the worktree stay; git refuses when they are in files that would change.
fn advance(
    repository: &Repository,
    morning: &Morning<'_>,
    from: &str,
    to: &str,
) -> Result<(), NightError> {
    let reference = format!("refs/heads/{}", branch_of(morning.run));
    let worktree = worktree_of(&morning.project.join(".overnight"), morning.run);
    let git = git_in_worktree(&worktree);
    let is_on_branch = worktree.join(".git").exists()
        && git
            .call(&["symbolic-ref", "--quiet", "HEAD"])?
            .stdout
            .trim()
            == reference;
    if is_on_branch {
        git.text(
            "move the night's worktree",
            &["merge", "--quiet", "--ff-only", to],
        )?;
    } else {
        repository.git().text(
            "move the night's branch",
            &["update-ref", "-m", "overnight", &reference, to, from],
        )?;
    }
    Ok(())
}
