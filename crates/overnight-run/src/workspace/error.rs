//! What can be wrong with a workspace.

use std::io;
use std::path::PathBuf;

use overnight_record::{Diagnose, ExitCode};

use crate::process::ProcessError;

/// The repository or the worktree cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// The `git` program could not be run.
    #[error("failed to run git")]
    Program {
        /// Why.
        source: ProcessError,
    },
    /// The project is not under git.
    #[error("{} is not in a git repository", project.display())]
    NoRepository {
        /// The project.
        project: PathBuf,
    },
    /// The repository has no commit to begin from.
    #[error("the repository {} has no commit yet", repository.display())]
    NoCommits {
        /// The repository.
        repository: PathBuf,
    },
    /// The last commit does not contain the project's folder.
    #[error("the folder {} is not part of the last commit", project.display())]
    NotCommitted {
        /// The project.
        project: PathBuf,
    },
    /// A night in place needs a clean checkout.
    #[error("{} has uncommitted changes", checkout.display())]
    Dirty {
        /// The checkout.
        checkout: PathBuf,
    },
    /// Git refused.
    #[error("failed to {what}: {message}")]
    Git {
        /// What was tried.
        what: String,
        /// What git said, its last lines.
        message: String,
    },
    /// A change that is to be undone could not be kept as a patch, so it was not undone.
    #[error("failed to keep a change as the patch {}: {message}", path.display())]
    Patch {
        /// The patch.
        path: PathBuf,
        /// What git said.
        message: String,
    },
    /// A file or folder could not be made, read or removed.
    #[error("failed to {what} {}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The night's branch is gone.
    #[error("the branch {branch} of this run no longer exists")]
    BranchGone {
        /// The branch.
        branch: String,
    },
    /// The user's uncommitted changes are in files the night changed too.
    #[error("uncommitted changes would be touched: {}", files.join(", "))]
    Overlap {
        /// Those files, the first few.
        files: Vec<String>,
    },
    /// The night's changes and the user's do not merge by themselves.
    #[error("the night's branch {branch} does not merge by itself: {}", files.join(", "))]
    Conflict {
        /// The branch.
        branch: String,
        /// The files in conflict.
        files: Vec<String>,
    },
    /// The checkout is not on a branch that could take the changes.
    #[error("the checkout is not on a branch")]
    Detached,
}

impl Diagnose for WorkspaceError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Program { source } => source.exit_code(),
            Self::Git { .. } | Self::Patch { .. } | Self::File { .. } => ExitCode::Temporary,
            _ => ExitCode::Precondition,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Program { source } => source.hint(),
            Self::NoRepository { .. } => Some(
                "a night works on a branch of its own: run `git init && git add -A && \
                 git commit -m start` in the project first"
                    .to_owned(),
            ),
            Self::NoCommits { .. } => {
                Some("run `git add -A && git commit -m start` first".to_owned())
            }
            Self::NotCommitted { .. } => {
                Some("commit the folder, or name the project with --project DIR".to_owned())
            }
            Self::Dirty { .. } => Some(
                "commit or stash them, or leave out --in-place: a worktree does not mind"
                    .to_owned(),
            ),
            Self::Git { .. } => None,
            Self::Patch { .. } | Self::File { .. } => {
                Some("check the folder's permissions and free space".to_owned())
            }
            Self::BranchGone { .. } => Some("begin a new run".to_owned()),
            Self::Overlap { .. } => {
                Some("commit or stash them, then run the same command again".to_owned())
            }
            Self::Conflict { branch, .. } => Some(format!(
                "nothing was changed; merge by hand: `git merge {branch}`"
            )),
            Self::Detached => Some("check a branch out first: `git switch BRANCH`".to_owned()),
        }
    }
}
