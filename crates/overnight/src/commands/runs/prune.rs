//! `overnight runs prune`: room on the disk, for runs whose logs nobody reads any more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use overnight_record::{ExitCode, RunId, RunRecord};
use overnight_run::disposal::{Whereabouts, commits_of};
use overnight_run::ledger::RunRow;
use overnight_run::{Ledger, RunFolder, RunState};
use serde::Serialize;

use crate::commands::run::summary::shown;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Keep the logs of this many runs, the latest [the very last is always kept]
    #[arg(long, value_name = "N")]
    keep: Option<usize>,
    /// Only runs that ended longer ago than this, such as 30d or 12h
    #[arg(long, value_name = "AGE", value_parser = age)]
    older_than: Option<std::time::Duration>,
    /// Say what would be removed and remove nothing
    #[arg(long)]
    dry_run: bool,
    /// Also runs whose branch has commits that nobody has accepted or dropped
    #[arg(long)]
    force: bool,
}

fn age(text: &str) -> Result<std::time::Duration, String> {
    overnight_plan::parse_duration(text).map_err(|error| error.to_string())
}

/// What is removed of a run, or why it is kept.
#[derive(Debug, Serialize)]
struct Item {
    run: RunId,
    folders: Vec<PathBuf>,
    bytes: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

#[derive(Debug, Serialize)]
struct Document<'a> {
    schema: &'static str,
    dry_run: bool,
    bytes: u64,
    pruned: &'a [Item],
    kept: &'a [Item],
}

pub(super) fn prune(ledger: &Ledger, args: &Args, context: &Context) -> Result<Output, Failure> {
    if args.keep.is_none() && args.older_than.is_none() {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            "nothing says which runs may go",
            "`overnight runs prune --keep 10 --dry-run` or `--older-than 30d --dry-run`",
        ));
    }
    let (mut pruned, kept) = choose(ledger, args, context)?;
    if !args.dry_run && !pruned.is_empty() && !context.global.yes {
        let bytes: u64 = pruned.iter().map(|item| item.bytes).sum();
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!(
                "pruning removes logs and artifacts of {} runs, {} in all",
                pruned.len(),
                size(bytes)
            ),
            "`--dry-run` names them; `--yes` does it",
        ));
    }
    if !args.dry_run {
        pruned.iter_mut().for_each(remove);
    }
    let failed = pruned.iter().any(|item| item.error.is_some());
    let human = human(&pruned, &kept, args.dry_run, context);
    let document = Document {
        schema: "overnight.runs-prune/1",
        dry_run: args.dry_run,
        bytes: pruned
            .iter()
            .filter(|item| item.error.is_none())
            .map(|item| item.bytes)
            .sum(),
        pruned: &pruned,
        kept: &kept,
    };
    let exit = if failed {
        ExitCode::Findings
    } else {
        ExitCode::Done
    };
    Output::new(exit, human, &document)
}

/// The runs that may go, and those that would but are kept for a reason.
fn choose(
    ledger: &Ledger,
    args: &Args,
    context: &Context,
) -> Result<(Vec<Item>, Vec<Item>), Failure> {
    let now = Timestamp::now();
    let runner = ledger.living_runner()?.map(|runner| runner.run);
    let (mut pruned, mut kept) = (Vec::new(), Vec::new());
    for (index, row) in ledger.runs()?.iter().rev().enumerate() {
        let run = &row.record.run;
        let folders = folders(&row.record, context)?;
        if folders.is_empty() || index < args.keep.unwrap_or(0) || !is_old(row, args, now) {
            continue;
        }
        let reason = if index == 0 {
            Some("it is the last run")
        } else if runner.as_deref() == Some(run.as_str()) {
            Some("it is running")
        } else if row.ended.is_none() && row.disposition.is_none() {
            Some("it has not ended: resume it, or drop it")
        } else if !args.force && waits(ledger, row, context)? {
            Some("its branch has commits nobody decided about (--force)")
        } else {
            None
        };
        let item = Item {
            run: run.clone(),
            bytes: folders.iter().map(|folder| bytes_below(folder)).sum(),
            folders,
            kept: reason,
            error: None,
        };
        if reason.is_some() {
            kept.push(item);
        } else {
            pruned.push(item);
        }
    }
    Ok((pruned, kept))
}

fn is_old(row: &RunRow, args: &Args, now: Timestamp) -> bool {
    let Some(age) = args.older_than else {
        return true;
    };
    let age = SignedDuration::try_from(age).unwrap_or(SignedDuration::MAX);
    let ended = row.ended.unwrap_or(row.record.started);
    now.duration_since(ended) >= age
}

/// Whether the run's branch holds changes of steps that nobody decided about.
fn waits(ledger: &Ledger, row: &RunRow, context: &Context) -> Result<bool, Failure> {
    let git = row.record.git.as_ref();
    if row.disposition.is_some() || git.is_none_or(|git| git.night_branch.is_none()) {
        return Ok(false);
    }
    Ok(match commits_of(&context.project, row) {
        Ok(commits) => commits
            .iter()
            .any(|commit| commit.whereabouts == Whereabouts::Waiting),
        // Git cannot be asked: what the ledger knows of commits decides.
        Err(_) => !RunState::of(&ledger.events(&row.record.run)?)
            .commits
            .is_empty(),
    })
}

/// The run's folders that exist: logs, and large artifacts unless another place was named.
fn folders(record: &RunRecord, context: &Context) -> Result<Vec<PathBuf>, Failure> {
    let logs = context.project.join(&context.config()?.project.logs);
    let mut folders = vec![RunFolder::new(&logs, &record.run).path().to_owned()];
    let artifacts = context.project.join(&record.large_artifacts);
    // Only a folder that bears the run's name is the run's alone.
    if artifacts
        .file_name()
        .is_some_and(|name| name == record.run.as_str())
    {
        folders.push(artifacts);
    }
    folders.retain(|folder| folder.is_dir() && !folder.is_symlink());
    Ok(folders)
}

/// Bytes of the files below a folder; links are not followed, what cannot be read counts none.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else {
        return 0;
    };
    entries
        .filter_map(Result::ok)
        .map(|entry| match entry.file_type() {
            Ok(kind) if kind.is_dir() => bytes_below(&entry.path()),
            Ok(kind) if kind.is_file() => entry.metadata().map_or(0, |meta| meta.len()),
            _ => 0,
        })
        .sum()
}

fn remove(item: &mut Item) {
    for folder in &item.folders {
        match fs::remove_dir_all(folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                item.error = Some(format!("failed to remove {}: {error}", folder.display()));
            }
            _ => {}
        }
    }
}

fn human(pruned: &[Item], kept: &[Item], dry_run: bool, context: &Context) -> String {
    let mut human = String::new();
    let verb = if dry_run { "would remove" } else { "removed" };
    for item in pruned {
        for folder in &item.folders {
            let place = shown(folder, &context.project);
            human.push_str(&format!("{verb:<12} {place}\n"));
        }
        if let Some(error) = &item.error {
            human.push_str(&format!("{:<12} {error}\n", "error"));
        }
    }
    for item in kept {
        let why = item.kept.unwrap_or_default();
        human.push_str(&format!("{:<12} {}: {why}\n", "kept", item.run));
    }
    let whole = pruned.iter().filter(|item| item.error.is_none());
    let (n, bytes) = whole.fold((0, 0), |(n, bytes), item| (n + 1, bytes + item.bytes));
    let noun = if n == 1 { "run" } else { "runs" };
    human.push_str(&format!("{n} {noun}, {}\n", size(bytes)));
    human
}

/// Bytes in decimal units.
fn size(bytes: u64) -> String {
    let value = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.1} kB", value / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", value / 1e6),
        _ => format!("{:.1} GB", value / 1e9),
    }
}
