//! The commits of a night, step by step, and what became of each.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use overnight_record::{PlanAddress, RunId, StepId};
use serde::Serialize;

use super::{DisposalError, tip_of};
use crate::ledger::RunRow;
use crate::workspace::{Repository, WorkspaceError, branch_of};

/// What became of a commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Whereabouts {
    /// On the night's branch only.
    Waiting,
    /// A copy is on the user's branch.
    Accepted,
    /// Taken back on the night's branch.
    Dropped,
}

impl Whereabouts {
    /// The stored name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Dropped => "dropped",
        }
    }
}

/// A commit a step of the night made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NightCommit {
    /// Full id.
    pub id: String,
    /// First line of its message.
    pub subject: String,
    /// The step that made the change.
    pub step: StepId,
    /// What became of it.
    pub whereabouts: Whereabouts,
}

/// The commits of the steps of a run, oldest first; none when its branch is gone.
///
/// Git alone says what became of them: a copy names the commit it was picked from, and so
/// does the commit that took one back. The run's own commits for plan and reports belong
/// to no step and are left out.
///
/// # Errors
/// [`DisposalError`] when git cannot be asked.
pub fn commits_of(project: &Path, row: &RunRow) -> Result<Vec<NightCommit>, DisposalError> {
    let repository = Repository::discover(project)?;
    let branch = branch_of(&row.record.run);
    let base = row.record.git.as_ref().map(|git| git.commit.as_str());
    match (tip_of(&repository, &branch)?, base) {
        (Some(tip), Some(base)) => Ok(list(&repository, &row.record.run, base, &tip)?),
        _ => Ok(Vec::new()),
    }
}

/// The same between `base` and `tip`.
pub(super) fn list(
    repository: &Repository,
    run: &RunId,
    base: &str,
    tip: &str,
) -> Result<Vec<NightCommit>, WorkspaceError> {
    let decided = decided(repository, base, tip)?;
    let format = "--format=%H%x1f%s%x1f%(trailers:key=Overnight-Run,valueonly,separator=)\
                  %x1f%(trailers:key=Overnight-Step,valueonly,separator=)";
    let range = format!("{base}..{tip}");
    let log = repository.git().text(
        "read the night's commits",
        &[
            "log",
            "--reverse",
            "--first-parent",
            "--no-merges",
            format,
            &range,
        ],
    )?;
    let commits = log.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split('\x1f').collect();
        let [id, subject, of_run, step] = fields[..] else {
            return None;
        };
        Some(NightCommit {
            id: id.to_owned(),
            subject: subject.to_owned(),
            step: step.parse().ok().filter(|_| of_run == run.as_str())?,
            whereabouts: decided.get(id).copied().unwrap_or(Whereabouts::Waiting),
        })
    });
    Ok(commits.collect())
}

/// Commits that the messages since `base` say were copied or taken back, on the night's
/// branch or on the one that is checked out.
fn decided(
    repository: &Repository,
    base: &str,
    tip: &str,
) -> Result<BTreeMap<String, Whereabouts>, WorkspaceError> {
    let messages = repository.git().text(
        "read what became of the night's commits",
        &["log", "--format=%B", tip, "HEAD", "--not", base],
    )?;
    let named = messages.lines().filter_map(|line| {
        let (rest, whereabouts) = match line.strip_prefix(PICKED) {
            Some(rest) => (rest, Whereabouts::Accepted),
            None => (line.strip_prefix(TAKEN_BACK)?, Whereabouts::Dropped),
        };
        let id = rest.trim_end_matches([')', '.']);
        Some((id.to_owned(), whereabouts))
    });
    Ok(named.collect())
}

/// What `git cherry-pick -x` ends a message with.
const PICKED: &str = "(cherry picked from commit ";
/// What `git revert` says.
pub(super) const TAKEN_BACK: &str = "This reverts commit ";

/// The commits at the addresses that wait for a decision, oldest first.
///
/// # Errors
/// [`DisposalError::NothingWaits`] when there is none at one of the addresses.
pub(super) fn select<'c>(
    run: &RunId,
    commits: &'c [NightCommit],
    addresses: &[PlanAddress],
) -> Result<Vec<&'c NightCommit>, DisposalError> {
    let waiting = || {
        let commits = commits.iter();
        commits.filter(|commit| commit.whereabouts == Whereabouts::Waiting)
    };
    let is_empty = |address: &&PlanAddress| !waiting().any(|c| address.covers(c.step));
    if let Some(address) = addresses.iter().find(is_empty) {
        return Err(DisposalError::NothingWaits {
            run: run.clone(),
            address: *address,
        });
    }
    let is_meant = |commit: &&NightCommit| addresses.iter().any(|a| a.covers(commit.step));
    Ok(waiting().filter(is_meant).collect())
}

/// The steps of commits, each once, in the order of the plan.
pub(super) fn steps_of(commits: &[&NightCommit]) -> Vec<StepId> {
    let steps: BTreeSet<StepId> = commits.iter().map(|commit| commit.step).collect();
    steps.into_iter().collect()
}

/// Steps as one types them: `1.1.1 1.2.1`.
pub(super) fn typed(steps: impl IntoIterator<Item = StepId>) -> String {
    let steps: Vec<String> = steps.into_iter().map(|step| step.to_string()).collect();
    steps.join(" ")
}

/// The steps of waiting commits that change one of `files`, beside those already chosen.
pub(super) fn touching(
    repository: &Repository,
    candidates: &[&NightCommit],
    files: &[String],
) -> Result<BTreeSet<StepId>, WorkspaceError> {
    let mut steps = BTreeSet::new();
    for commit in candidates {
        let listing = repository.git().text(
            "list the files of a commit",
            &[
                "diff-tree",
                "-r",
                "-z",
                "--no-commit-id",
                "--name-only",
                "--no-renames",
                &commit.id,
            ],
        )?;
        if listing
            .split('\0')
            .any(|file| files.iter().any(|f| f == file))
        {
            steps.insert(commit.step);
        }
    }
    Ok(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commit(step: &str, whereabouts: Whereabouts) -> NightCommit {
        NightCommit {
            id: step.to_owned(),
            subject: String::new(),
            step: step.parse().unwrap(),
            whereabouts,
        }
    }

    #[test]
    fn only_what_waits_can_be_chosen() {
        let run: RunId = "2026-11-23_2200_receipts".parse().unwrap();
        let commits = [
            commit("1.1.1", Whereabouts::Accepted),
            commit("1.1.2", Whereabouts::Waiting),
            commit("1.2.1", Whereabouts::Dropped),
            commit("2.1.1", Whereabouts::Waiting),
        ];
        let chosen = |addresses: &[&str]| {
            let addresses: Vec<PlanAddress> =
                addresses.iter().map(|a| a.parse().unwrap()).collect();
            select(&run, &commits, &addresses).map(|commits| typed(steps_of(&commits)))
        };
        assert_eq!(chosen(&["2", "1.1"]).unwrap(), "1.1.2 2.1.1");
        for decided in ["1.1.1", "1.2", "3"] {
            let error = chosen(&["2", decided]).unwrap_err();
            assert!(
                error.to_string().contains(&format!("at {decided} ")),
                "{error}"
            );
        }
    }
}
