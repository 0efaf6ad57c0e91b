//! What git knows about the project's files.

use std::ffi::OsString;
use std::time::Duration;

use overnight_audit::links::{History, LOG_FORMAT};
use overnight_audit::{CommitDates, DATES_FORMAT};
use overnight_run::{Captured, run_captured};

use crate::context::Context;

const TIME_LIMIT: Duration = Duration::from_secs(60);

/// How many commits with missing objects are walked past.
const MISSING_OBJECTS: usize = 64;

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

/// Every file git tracks, relative to the project; none without git.
pub(super) fn tracked(context: &Context) -> Vec<String> {
    let answer = git(context, &["ls-files", "-z", "--cached"]);
    let answer = answer.filter(|answer| answer.code == Some(0));
    let names = answer.map(|answer| answer.stdout).unwrap_or_default();
    names.split_terminator('\0').map(str::to_owned).collect()
}

/// Moves a tracked file, in the tree and in the index.
pub(super) fn rename(context: &Context, from: &str, to: &str) -> Result<(), String> {
    match git(context, &["mv", "--", from, to]) {
        Some(answer) if answer.code == Some(0) => Ok(()),
        Some(answer) => Err(answer.stderr.trim().to_owned()),
        None => Err("git did not run".to_owned()),
    }
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

/// Renames and deletions of the whole history, as far as git can tell them.
///
/// Comparing contents needs objects that a partial clone may lack; git gives up at the first
/// one. The history is then read in pieces: a commit that stops git is asked again for
/// exact renames only, which need no contents, and the walk goes on behind it.
pub(super) fn history(context: &Context) -> History {
    let whole = log(context, &["-M", "--diff-filter=RD"]);
    if let Some(answer) = whole.as_ref().filter(|answer| answer.code == Some(0)) {
        return History::read(&answer.stdout);
    }
    let mut history = History::default();
    let mut seen = 0;
    for _ in 0..MISSING_OBJECTS {
        // Without a filter every commit is named, so that they can be counted.
        let Some(answer) = log(context, &["-M", &format!("--skip={seen}")]) else {
            break;
        };
        seen += history.append(&answer.stdout);
        if answer.code == Some(0) || context.stop.is_requested() {
            break;
        }
        let skip = format!("--skip={seen}");
        let Some(answer) = log(context, &["-M100%", "--max-count=1", &skip]) else {
            break;
        };
        history.append(&answer.stdout);
        seen += 1;
    }
    history
}

fn log(context: &Context, words: &[&str]) -> Option<Captured> {
    let format = format!("--format={LOG_FORMAT}");
    let fixed = ["log", "-z", "--raw", "--no-color", &format];
    git(context, &[&fixed, words].concat())
}

/// The names of the repositories git fetches from, which other checkouts are named after.
pub(super) fn names(context: &Context) -> Vec<String> {
    let answer = git(context, &["config", "--get-regexp", r"^remote\..*\.url$"]);
    let Some(answer) = answer else {
        return Vec::new();
    };
    answer
        .stdout
        .lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(_, url)| url.trim_end_matches('/').rsplit(['/', ':']).next())
        .map(|name| name.trim_end_matches(".git").to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// Asks git without taking its locks, so that nothing in the checkout changes.
fn git(context: &Context, words: &[&str]) -> Option<Captured> {
    let mut argv = vec!["git".to_owned(), "--no-pager".to_owned()];
    argv.extend(words.iter().map(|word| (*word).to_owned()));
    let env: Vec<(String, OsString)> = [
        ("GIT_OPTIONAL_LOCKS", "0"),
        ("GIT_TERMINAL_PROMPT", "0"),
        // A partial clone fetches nothing for an audit.
        ("GIT_NO_LAZY_FETCH", "1"),
        ("GIT_LITERAL_PATHSPECS", "1"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value.into()))
    .collect();
    run_captured(&argv, &context.project, &env, TIME_LIMIT, &context.stop).ok()
}
