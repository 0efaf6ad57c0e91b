//! Makes the example a git repository, as a night needs one.

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use overnight_record::{ExitCode, StopFlag};
use overnight_run::run_captured;

use crate::failure::Failure;

const TIME_LIMIT: Duration = Duration::from_secs(60);

/// `git init` with everything committed on `main`.
pub(super) fn create(dir: &Path, stop: &StopFlag) -> Result<(), Failure> {
    git(dir, stop, &["init", "-q"], &[])?;
    // Not `init -b`: git before 2.28 does not know it.
    git(dir, stop, &["symbolic-ref", "HEAD", "refs/heads/main"], &[])?;
    git(dir, stop, &["add", "-A"], &[])?;
    let commit = ["commit", "-q", "-m", "The receipts project"];
    git(dir, stop, &commit, &identity(dir, stop))
}

/// The user's own identity, or a stand-in where none is configured.
fn identity(dir: &Path, stop: &StopFlag) -> Vec<(String, OsString)> {
    if git(dir, stop, &["var", "GIT_COMMITTER_IDENT"], &[]).is_ok()
        && git(dir, stop, &["var", "GIT_AUTHOR_IDENT"], &[]).is_ok()
    {
        return Vec::new();
    }
    [
        ("GIT_AUTHOR_NAME", "overnight"),
        ("GIT_AUTHOR_EMAIL", "overnight@localhost"),
        ("GIT_COMMITTER_NAME", "overnight"),
        ("GIT_COMMITTER_EMAIL", "overnight@localhost"),
    ]
    .map(|(name, value)| (name.to_owned(), value.into()))
    .to_vec()
}

fn git(
    dir: &Path,
    stop: &StopFlag,
    words: &[&str],
    env: &[(String, OsString)],
) -> Result<(), Failure> {
    // The user's hooks and signing are about the user's commits.
    let quiet = [
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "commit.gpgSign=false",
    ];
    let argv: Vec<String> = std::iter::once("git")
        .chain(quiet)
        .chain(words.iter().copied())
        .map(str::to_owned)
        .collect();
    let answer = run_captured(&argv, dir, env, TIME_LIMIT, stop)?;
    if answer.stopped {
        return Err(Failure::new(ExitCode::Interrupted, "interrupted"));
    }
    if answer.code == Some(0) {
        return Ok(());
    }
    Err(Failure::new(
        ExitCode::Precondition,
        format!(
            "failed to make {} a git repository: git {} said: {}",
            dir.display(),
            words.join(" "),
            answer.stderr.trim()
        ),
    ))
}
