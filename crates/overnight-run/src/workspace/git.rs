//! The `git` program, run so that it can neither ask nor touch what it need not.

use std::ffi::OsString;
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use overnight_record::StopFlag;

use super::WorkspaceError;
use crate::process::{Captured, Ended, ProcessError, capture_bytes, run_captured};

/// Longest time one call of git may take; a checkout of a large project is the slowest.
const TIMEOUT: Duration = Duration::from_secs(30 * 60);

/// The variable that keeps git from looking further up.
pub(super) const CEILING: &str = "GIT_CEILING_DIRECTORIES";

/// The variable that tells whose call of git it is: the folder it was made in. A call
/// outlives a runner that is killed.
pub(crate) const GIT_MARK: &str = "OVERNIGHT_GIT_IN";

/// The words that make a patch of two trees which holds everything: binary files and modes,
/// whatever the user's settings say.
pub const PATCH_FORM: [&str; 7] = [
    "diff-tree",
    "-p",
    "--binary",
    "--full-index",
    "--no-ext-diff",
    "--no-textconv",
    "--no-renames",
];

/// The words that ask for commit, branch and everything that differs, in one answer.
pub(super) const STATUS_FORM: [&str; 7] = [
    "status",
    "--porcelain=v2",
    "--branch",
    "-z",
    "--no-ahead-behind",
    "--no-renames",
    "--untracked-files=normal",
];

/// Git in one folder.
#[derive(Debug, Clone)]
pub struct Git {
    dir: PathBuf,
    settings: Vec<String>,
    env: Vec<(String, OsString)>,
}

impl Git {
    /// Git in `dir`.
    pub fn new(dir: &Path) -> Self {
        Self {
            dir: dir.to_owned(),
            settings: Vec::new(),
            // Do not write the index of a checkout just to remember what was looked at.
            env: [
                ("GIT_OPTIONAL_LOCKS", "0"),
                ("GIT_TERMINAL_PROMPT", "0"),
                ("GIT_EDITOR", "true"),
                ("GIT_PAGER", "cat"),
                ("LC_ALL", "C"),
            ]
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .chain([(GIT_MARK.to_owned(), dir.into())])
            .collect(),
        }
    }

    /// The same that never looks for a repository in `folder` or above it. A worktree that
    /// lost its `.git` lies in the user's checkout, which git would then work on.
    #[must_use]
    pub fn below(self, folder: &Path) -> Self {
        self.with_env(CEILING, folder)
    }

    /// The same with an environment variable for every call; the last value counts.
    #[must_use]
    pub fn with_env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.env.push((name.to_owned(), value.into()));
        self
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The same with a setting such as `core.hooksPath=/dev/null` for every call.
    #[must_use]
    pub fn with(mut self, setting: impl Into<String>) -> Self {
        self.settings.push("-c".to_owned());
        self.settings.push(setting.into());
        self
    }

    /// Runs git and returns whatever came of it.
    ///
    /// # Errors
    /// [`WorkspaceError::Program`] when git could not be run.
    pub fn call(&self, args: &[&str]) -> Result<Captured, WorkspaceError> {
        // A call is short and must not be left half done, so a stop waits for its end.
        run_captured(
            &self.argv(args),
            Path::new("/"),
            &self.env,
            TIMEOUT,
            &StopFlag::default(),
        )
        .map_err(|source| WorkspaceError::Program { source })
    }

    fn argv(&self, args: &[&str]) -> Vec<String> {
        let mut argv = vec!["git".to_owned(), "-C".to_owned()];
        argv.push(self.dir.to_string_lossy().into_owned());
        argv.extend(self.settings.iter().cloned());
        argv.extend(args.iter().map(|arg| (*arg).to_owned()));
        argv
    }

    /// Runs git with `stdin` to read, and returns its exit code, `None` when it did not
    /// exit by itself, and its stdout byte for byte: file names need not be text.
    ///
    /// # Errors
    /// [`WorkspaceError::Program`] when git could not be run.
    pub(crate) fn bytes(
        &self,
        args: &[&str],
        stdin: &[u8],
    ) -> Result<(Option<i32>, Vec<u8>), WorkspaceError> {
        let input = || {
            let mut file = tempfile::tempfile()?;
            file.write_all(stdin)?;
            file.rewind()?;
            Ok(file)
        };
        let input = input().map_err(|source| WorkspaceError::File {
            what: "write",
            path: "a temporary file".into(),
            source,
        })?;
        let seen = capture_bytes(
            &self.argv(args),
            Path::new("/"),
            &self.env,
            Some(input),
            TIMEOUT,
            &StopFlag::default(),
        )
        .map_err(|source| WorkspaceError::Program { source })?;
        let code = match seen.exit.ended {
            Ended::Exited(code) => Some(code),
            _ => None,
        };
        if code != Some(0) {
            tracing::debug!("git {args:?}: {}", String::from_utf8_lossy(&seen.stderr));
        }
        Ok((code, seen.stdout))
    }

    /// Runs git and returns its stdout without the final newline.
    ///
    /// # Errors
    /// [`WorkspaceError::Git`] saying what git said, when it did not exit with 0.
    pub fn text(&self, what: &str, args: &[&str]) -> Result<String, WorkspaceError> {
        let answer = self.call(args)?;
        if answer.code == Some(0) {
            let mut text = answer.stdout;
            text.truncate(text.trim_end_matches('\n').len());
            Ok(text)
        } else {
            Err(refusal(what, &answer))
        }
    }

    /// Runs git for its exit code: whether it was 0.
    ///
    /// # Errors
    /// [`WorkspaceError::Program`].
    pub fn holds(&self, args: &[&str]) -> Result<bool, WorkspaceError> {
        Ok(self.call(args)?.code == Some(0))
    }

    /// Whether git knows who commits; otherwise commits need an identity of our own.
    pub(crate) fn has_identity(&self) -> Result<bool, WorkspaceError> {
        let strict = self.clone().with("user.useConfigOnly=true");
        Ok(strict.holds(&["var", "GIT_AUTHOR_IDENT"])?
            && strict.holds(&["var", "GIT_COMMITTER_IDENT"])?)
    }
}

/// The error for an answer of git that was not expected.
pub(crate) fn refusal(what: &str, answer: &Captured) -> WorkspaceError {
    let message = if answer.timed_out {
        "git did not end in time".to_owned()
    } else {
        let lines: Vec<&str> = answer
            .stderr
            .lines()
            .filter(|line| !line.trim().is_empty() && !line.starts_with("hint:"))
            .collect();
        lines[lines.len().saturating_sub(3)..].join("; ")
    };
    WorkspaceError::Git {
        what: what.to_owned(),
        message,
    }
}

/// Whether git itself is missing.
pub(super) fn is_missing(error: &WorkspaceError) -> bool {
    matches!(
        error,
        WorkspaceError::Program {
            source: ProcessError::Missing { .. }
        }
    )
}
