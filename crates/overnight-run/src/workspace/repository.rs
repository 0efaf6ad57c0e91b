//! The user's repository, which is only read here.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::git::{is_missing, refusal};
use super::{Git, WorkspaceError};

/// The repository a project lies in, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// Absolute path of the checkout's top folder.
    pub top: PathBuf,
    /// The project relative to it; empty when it is the top itself.
    pub prefix: PathBuf,
    /// Full id of the last commit.
    pub head: String,
    /// The branch that is checked out; `None` when detached.
    pub branch: Option<String>,
}

impl Repository {
    /// Finds the repository of a project.
    ///
    /// # Errors
    /// [`WorkspaceError::NoRepository`], [`WorkspaceError::NoCommits`], or git's own.
    pub fn discover(project: &Path) -> Result<Self, WorkspaceError> {
        let git = Git::new(project);
        let inside = git.call(&["rev-parse", "--is-inside-work-tree"])?;
        if inside.code != Some(0) && inside.stderr.contains("dubious ownership") {
            return Err(refusal("open the repository", &inside));
        }
        if inside.stdout.trim() != "true" {
            return Err(WorkspaceError::NoRepository {
                project: project.to_owned(),
            });
        }
        let place = |flag| git.text("find the repository", &["rev-parse", flag]);
        let top = PathBuf::from(place("--show-toplevel")?);
        let prefix = PathBuf::from(place("--show-prefix")?.trim_end_matches('/'));
        let head = git.call(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])?;
        if head.code != Some(0) {
            return Err(WorkspaceError::NoCommits { repository: top });
        }
        let branch = git.call(&["symbolic-ref", "--quiet", "--short", "HEAD"])?;
        Ok(Self {
            top,
            prefix,
            head: head.stdout.trim().to_owned(),
            branch: (branch.code == Some(0)).then(|| branch.stdout.trim().to_owned()),
        })
    }

    /// Whether a project is under git at all; also `false` without a `git` program.
    pub fn is_present(project: &Path) -> bool {
        match Self::discover(project) {
            Ok(_) | Err(WorkspaceError::NoCommits { .. }) => true,
            Err(error) => {
                !is_missing(&error) && !matches!(error, WorkspaceError::NoRepository { .. })
            }
        }
    }

    /// Git in the user's checkout.
    pub fn git(&self) -> Git {
        Git::new(&self.top)
    }

    /// Files of the checkout with uncommitted changes, and untracked files that git does
    /// not ignore, relative to the top.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn uncommitted(&self) -> Result<BTreeSet<String>, WorkspaceError> {
        let status = self.git().text(
            "look at the checkout",
            &[
                "status",
                "--porcelain",
                "-z",
                "--untracked-files=all",
                "--no-renames",
            ],
        )?;
        Ok(status
            .split('\0')
            .filter_map(|entry| entry.get(3..))
            .map(ToOwned::to_owned)
            .collect())
    }

    /// Whether git tracks a path or anything below it, relative to the top.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn tracks(&self, path: &Path) -> Result<bool, WorkspaceError> {
        let path = format!(":(top,literal){}", path.display());
        let listed = self
            .git()
            .text("look at what is tracked", &["ls-files", "--", &path])?;
        Ok(!listed.is_empty())
    }

    /// Whether the last commit has a file at `path`, relative to the top.
    ///
    /// # Errors
    /// [`WorkspaceError::Program`].
    pub fn has_committed(&self, path: &Path) -> Result<bool, WorkspaceError> {
        let object = format!("{}:{}", self.head, path.display());
        self.git().holds(&["cat-file", "-e", &object])
    }
}
