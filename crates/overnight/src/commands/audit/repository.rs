//! What git knows about the project's files.

use std::ffi::OsString;
use std::time::Duration;

use overnight_audit::{CommitDates, DATES_FORMAT};
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

/// When each file entered the history and was last changed, in one pass over it. Renames are
/// followed where git has the contents to compare; a history with missing objects is read
/// again without.
pub(super) fn commit_dates(context: &Context) -> CommitDates {
    let format = format!("--format={DATES_FORMAT}");
    let log = |renames: &str| {
        let words = [
            "-z",
            "--name-status",
            "--reverse",
            "--relative",
            "--no-color",
        ];
        let words = [&["log", renames, &format], &words[..]].concat();
        git(context, &words)
    };
    let followed = log("-M").filter(|answer| answer.code == Some(0));
    let answer = followed.or_else(|| log("--no-renames"));
    CommitDates::read(&answer.map(|answer| answer.stdout).unwrap_or_default())
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
