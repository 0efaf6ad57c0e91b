//! What a step did to the tree, and keeping or undoing it.

use std::fs;
use std::path::Path;

use overnight_record::{RunId, StepId, TaskId};

use super::git::PATCH_FORM;
use super::{Workspace, WorkspaceError};

/// The tree as a step left it, compared with the commit the night stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub(super) tree: String,
    /// How much changed.
    pub stat: DiffStat,
}

impl Change {
    /// Full id of the tree, for [`Workspace::change_from_tree`].
    pub fn tree(&self) -> &str {
        &self.tree
    }
}

/// How much a change changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DiffStat {
    /// Files added, changed or removed.
    pub files: u32,
    /// Lines added; binary files count none.
    pub insertions: u64,
    /// Lines removed; binary files count none.
    pub deletions: u64,
}

/// What a commit of the night says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message<'a> {
    /// First line.
    pub subject: String,
    /// The run.
    pub run: &'a RunId,
    /// The task it belongs to.
    pub task: Option<TaskId>,
    /// The step that made the change.
    pub step: Option<StepId>,
    /// Which try of the step, from 1.
    pub attempt: Option<u32>,
    /// How much of the step's change it is, in words; `None` for all of it.
    pub part: Option<&'a str>,
}

impl Message<'_> {
    fn trailers(&self) -> String {
        let mut lines = vec![format!("Overnight-Run: {}", self.run)];
        if let Some(task) = self.task {
            lines.push(format!("Overnight-Task: {task}"));
        }
        if let Some(step) = self.step {
            lines.push(format!("Overnight-Step: {step}"));
        }
        if let Some(attempt) = self.attempt {
            lines.push(format!("Overnight-Attempt: {attempt}"));
        }
        if let Some(part) = self.part {
            lines.push(format!("Overnight-Part: {part}"));
        }
        lines.join("\n")
    }
}

impl Workspace {
    /// Takes down everything that differs from the commit the night stands on: tracked
    /// files, and new files that git does not ignore. `None` when nothing differs.
    ///
    /// Commits, branches and staging of the step's own count as its changes to the tree.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn change(&self) -> Result<Option<Change>, WorkspaceError> {
        if self.is_untouched()? {
            return Ok(None);
        }
        self.return_to_tip()?;
        self.git
            .text("take down the changes", &["add", "--all", "--", ":(top)"])?;
        let tree = self.git.text("take down the changes", &["write-tree"])?;
        let before = format!("{}^{{tree}}", self.tip);
        if tree == self.git.text("read the base", &["rev-parse", &before])? {
            return Ok(None);
        }
        let stat = self.stat(&self.tip, &tree)?;
        Ok(Some(Change { tree, stat }))
    }

    /// Commits a change and returns the commit's full id. The files stay as they are: the
    /// caller writes the commit down, then has [`Self::discard`] remove whatever was changed
    /// after the change was taken down.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`], also when the branch was moved by others meanwhile.
    pub fn commit(
        &mut self,
        change: &Change,
        message: &Message<'_>,
    ) -> Result<String, WorkspaceError> {
        let commit = self.git.text(
            "commit the change",
            &[
                "commit-tree",
                &change.tree,
                "-p",
                &self.tip,
                "-m",
                &message.subject,
                "-m",
                &message.trailers(),
            ],
        )?;
        self.git.text(
            "move the night's branch",
            &["update-ref", "-m", "overnight", "HEAD", &commit, &self.tip],
        )?;
        self.tip.clone_from(&commit);
        Ok(commit)
    }

    /// Keeps a change as a patch at `patch` (binary files and new files included) and
    /// undoes it.
    ///
    /// # Errors
    /// [`WorkspaceError`]; nothing is undone when the patch could not be written.
    pub fn roll_back(&self, change: &Change, patch: &Path) -> Result<(), WorkspaceError> {
        self.write_patch(&self.tip, &change.tree, patch)?;
        self.discard()
    }

    /// Keeps as a patch at `patch` what `whole` has beyond `kept`, a part of it.
    ///
    /// # Errors
    /// [`WorkspaceError`].
    pub fn keep_rest(
        &self,
        kept: &Change,
        whole: &Change,
        patch: &Path,
    ) -> Result<(), WorkspaceError> {
        self.write_patch(&kept.tree, &whole.tree, patch)
    }

    fn write_patch(&self, from: &str, to: &str, patch: &Path) -> Result<(), WorkspaceError> {
        let failed = |message: String| WorkspaceError::Patch {
            path: patch.to_owned(),
            message,
        };
        let output = format!("--output={}", patch.display());
        let mut arguments = PATCH_FORM.to_vec();
        arguments.extend([&output, from, to]);
        match self.git.text("write it", &arguments) {
            Err(WorkspaceError::Git { message, .. }) => return Err(failed(message)),
            other => other?,
        };
        let is_written = fs::metadata(patch).is_ok_and(|meta| meta.len() > 0);
        if is_written {
            Ok(())
        } else {
            Err(failed("it is empty".to_owned()))
        }
    }

    /// Puts every tracked file back to the commit the night stands on and removes new
    /// files that git does not ignore.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn discard(&self) -> Result<(), WorkspaceError> {
        self.return_to_tip()?;
        self.git
            .text("undo changes", &["reset", "--quiet", "--hard"])?;
        self.remove_new_files()
    }

    /// Removes files that are not in the index and that git does not ignore.
    pub(super) fn remove_new_files(&self) -> Result<(), WorkspaceError> {
        self.git
            .text(
                "remove new files",
                &["clean", "-ffd", "--quiet", "--", ":(top)"],
            )
            .map(drop)
    }

    /// Adds one file to a tree that is otherwise as committed, and returns the change.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`].
    pub fn change_of(&self, file: &Path) -> Result<Option<Change>, WorkspaceError> {
        // The file may be tracked although a rule ignores it.
        let path = format!(":(top,literal){}", file.display());
        self.git
            .text("take down the plan", &["add", "--force", "--", &path])?;
        self.change_staged()
    }

    fn change_staged(&self) -> Result<Option<Change>, WorkspaceError> {
        let tree = self.git.text("take down the changes", &["write-tree"])?;
        let stat = self.stat(&self.tip, &tree)?;
        Ok((stat != DiffStat::default()).then_some(Change { tree, stat }))
    }

    pub(super) fn stat(&self, from: &str, to: &str) -> Result<DiffStat, WorkspaceError> {
        let listing = self.git.text(
            "count the changes",
            &[
                "diff-tree",
                "-r",
                "-z",
                "--numstat",
                "--no-renames",
                from,
                to,
            ],
        )?;
        Ok(parse_numstat(&listing))
    }

    /// Brings branch and index, not the files, back to the commit the night stands on.
    pub(super) fn return_to_tip(&self) -> Result<(), WorkspaceError> {
        if self.is_worktree {
            self.remove_stale_lock()?;
            if let Some(branch) = &self.branch {
                let reference = format!("refs/heads/{branch}");
                let current = self.git.call(&["symbolic-ref", "--quiet", "HEAD"])?;
                if current.stdout.trim() != reference {
                    self.git.text(
                        "return to the night's branch",
                        &["symbolic-ref", "HEAD", &reference],
                    )?;
                }
            }
        }
        self.git
            .text(
                "return to the night's commit",
                &["reset", "--quiet", "--mixed", &self.tip],
            )
            .map(drop)
    }
}

/// Reads `git diff-tree --numstat -z`: `added TAB removed TAB path NUL`, `-` for binary.
fn parse_numstat(listing: &str) -> DiffStat {
    let mut stat = DiffStat::default();
    for entry in listing.split('\0').filter(|entry| !entry.is_empty()) {
        let mut fields = entry.trim_start_matches('\n').split('\t');
        let mut number = || {
            fields
                .next()
                .and_then(|n| n.parse::<u64>().ok())
                .unwrap_or(0)
        };
        stat.files += 1;
        stat.insertions += number();
        stat.deletions += number();
    }
    stat
}
