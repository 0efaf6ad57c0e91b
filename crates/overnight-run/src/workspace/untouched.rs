//! The cheap answer to the question whether a step changed anything.
//!
//! Most steps of a night change no tracked file. One git process says so; what it cannot
//! rule out is taken down in full.

use std::fs;

use super::git::STATUS_FORM;
use super::{Workspace, WorkspaceError};

impl Workspace {
    /// Whether branch, last commit, index and files are as the night left them. `false`
    /// also when that could not be found out.
    pub(super) fn is_untouched(&self) -> Result<bool, WorkspaceError> {
        let git = if self.is_worktree {
            self.remove_stale_lock()?;
            // Nobody else works here: what was looked at may be remembered in the index.
            self.git.clone().with_env("GIT_OPTIONAL_LOCKS", "1")
        } else {
            self.git.clone()
        };
        let mut words = STATUS_FORM.to_vec();
        // What lies in a submodule is not the night's; the commit it is at is.
        words.push("--ignore-submodules=dirty");
        let (code, status) = git.bytes(&words, &[])?;
        let expected_branch = self.branch.as_deref().unwrap_or("(detached)");
        Ok(code == Some(0) && is_as_expected(&status, &self.tip, expected_branch))
    }

    /// A git that was killed leaves its lock; nobody else works in the night's worktree.
    pub(super) fn remove_stale_lock(&self) -> Result<(), WorkspaceError> {
        let Some(lock) = &self.lock else {
            return Ok(());
        };
        match fs::remove_file(lock) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                Err(WorkspaceError::File {
                    what: "remove",
                    path: lock.clone(),
                    source,
                })
            }
            _ => Ok(()),
        }
    }
}

/// Reads `git status --porcelain=v2 --branch -z`: lines that begin with `# ` describe the
/// branch, every other one is something that differs.
fn is_as_expected(status: &[u8], tip: &str, branch: &str) -> bool {
    let (mut is_at_tip, mut is_on_branch) = (false, false);
    for line in status.split(|byte| *byte == 0).filter(|l| !l.is_empty()) {
        let Some(header) = line.strip_prefix(b"# ") else {
            return false;
        };
        is_at_tip |= header.strip_prefix(b"branch.oid ") == Some(tip.as_bytes());
        is_on_branch |= header.strip_prefix(b"branch.head ") == Some(branch.as_bytes());
    }
    is_at_tip && is_on_branch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anything_but_the_expected_branch_and_commit_is_a_touch() {
        let judge = |status: &str| is_as_expected(status.as_bytes(), "abc", "overnight/x");
        let clean = "# branch.oid abc\0# branch.head overnight/x\0";
        assert!(judge(clean));
        assert!(!judge("# branch.oid abd\0# branch.head overnight/x\0"));
        assert!(!judge("# branch.oid abc\0# branch.head (detached)\0"));
        assert!(!judge("# branch.oid abc\0"));
        assert!(!judge(""));
        for entry in [
            "? new\0",
            "1 .M N... 100644 100644 100644 a b a.txt\0",
            "! x\0",
        ] {
            assert!(!judge(&format!("{clean}{entry}")));
        }
    }
}
