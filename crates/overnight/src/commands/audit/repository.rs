//! What git knows about the project's files.

use std::ffi::OsString;
use std::time::Duration;

use jiff::Timestamp;
use overnight_run::{Captured, run_captured};

use crate::context::Context;

const TIME_LIMIT: Duration = Duration::from_secs(60);

/// Every file git knows or would add, relative to the project; `None` without git.
pub(super) fn listing(context: &Context) -> Option<Vec<String>> {
    let words = [
        "ls-files",
        "-z",
        "--cached",
        "--others",
        "--exclude-standard",
    ];
    let answer = git(context, &words)?;
    if answer.code != Some(0) {
        return None;
    }
    let mut files: Vec<String> = answer
        .stdout
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    Some(files)
}

/// When the first commit that holds the file, under this or an earlier name, was written.
/// A history with missing objects tells as far as it reaches.
pub(super) fn first_commit(context: &Context, path: &str) -> Option<Timestamp> {
    let answer = git(context, &["log", "--follow", "--format=%at", "--", path])?;
    let seconds = answer.stdout.lines().last()?.trim().parse().ok()?;
    Timestamp::from_second(seconds).ok()
}

/// Asks git without taking its locks, so that nothing in the checkout changes.
fn git(context: &Context, words: &[&str]) -> Option<Captured> {
    let mut argv = vec!["git".to_owned(), "--no-pager".to_owned()];
    argv.extend(words.iter().map(|word| (*word).to_owned()));
    let env: Vec<(String, OsString)> = [
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        ("GIT_LITERAL_PATHSPECS", "1"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.into()))
    .collect();
    run_captured(&argv, &context.project, &env, TIME_LIMIT, &context.stop).ok()
}
