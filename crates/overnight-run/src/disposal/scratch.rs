//! A temporary worktree in which commits are tried out, so that a conflict touches nobody.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::workspace::{Git, Repository, WorkspaceError};

/// A detached worktree beside those of the nights; removed when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    users: Git,
    git: Git,
    top: PathBuf,
    // Dropped last: holds the folder of the worktree.
    _folder: TempDir,
}

impl Scratch {
    /// Checks `commit` out in a new worktree below `.overnight` of `project`.
    pub(super) fn at(
        repository: &Repository,
        project: &Path,
        commit: &str,
    ) -> Result<Self, WorkspaceError> {
        let above = project.join(".overnight/worktrees");
        let file = |source| WorkspaceError::File {
            what: "make a folder in",
            path: above.clone(),
            source,
        };
        std::fs::create_dir_all(&above).map_err(file)?;
        let folder = tempfile::Builder::new()
            .prefix("part-")
            .tempdir_in(&above)
            .map_err(file)?;
        let top = folder.path().join("tree");
        let users = repository.git().with("core.hooksPath=/dev/null");
        let path = top.to_string_lossy().into_owned();
        users.text(
            "make a temporary worktree",
            &["worktree", "add", "--quiet", "--detach", &path, commit],
        )?;
        // Nobody is there to type a passphrase, and these commits are the night's.
        let mut git = Git::new(&top)
            .below(folder.path())
            .with("core.hooksPath=/dev/null")
            .with("commit.gpgSign=false")
            .with("core.quotePath=false")
            .with("color.ui=false");
        if !git.has_identity()? {
            git = git
                .with("user.name=overnight")
                .with("user.email=overnight@localhost");
        }
        Ok(Self {
            users,
            git,
            top,
            _folder: folder,
        })
    }

    /// Git in it.
    pub(super) fn git(&self) -> &Git {
        &self.git
    }

    /// Its top folder.
    pub(super) fn top(&self) -> &Path {
        &self.top
    }

    /// The commit it stands on.
    pub(super) fn head(&self) -> Result<String, WorkspaceError> {
        self.git
            .text("read the last commit", &["rev-parse", "HEAD"])
    }

    /// Runs a merge-like command: `None` when it went through, the files in conflict when
    /// it did not.
    pub(super) fn attempt(
        &self,
        what: &str,
        arguments: &[&str],
    ) -> Result<Option<Vec<String>>, WorkspaceError> {
        let answer = self.git.call(arguments)?;
        if answer.code == Some(0) {
            return Ok(None);
        }
        let unmerged = self.git.text(
            "list the conflicts",
            &["diff", "--name-only", "--diff-filter=U", "-z"],
        )?;
        let files: Vec<String> = unmerged
            .split('\0')
            .filter(|file| !file.is_empty())
            .map(ToOwned::to_owned)
            .collect();
        if files.is_empty() {
            return Err(crate::workspace::refusal(what, &answer));
        }
        Ok(Some(files))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let path = self.top.to_string_lossy().into_owned();
        let removed = self.users.text(
            "remove a worktree",
            &["worktree", "remove", "--force", &path],
        );
        if let Err(error) = removed {
            // A worktree that is left over is listed by git and harms nobody.
            tracing::warn!("{error}");
        }
    }
}
