//! What a runner left behind that died between two facts.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use overnight_record::RunId;

use super::NightSpec;
use crate::folder::RunFolder;
use crate::ledger::{Ledger, LedgerError};
use crate::process::{end_processes, with_environment};
use crate::workspace::{GIT_MARK, Repository, branch_of, worktree_of};

/// Where the branches of runs are.
const BRANCHES: &str = "overnight";
/// What the names of files begin with that are being written.
const HALF: &str = ".overnight-";
/// How long a call of git that a dead runner made may go on.
const GIT_LIMIT: Duration = Duration::from_secs(10 * 60);

/// Waits for the calls of git a dead runner made in one of `folders`: they still write, and
/// what they write must be seen. One that never ends is ended.
pub(super) fn wait_for_git(folders: &[&Path]) {
    let calls = || -> BTreeSet<u32> {
        let in_folder = |folder: &&Path| with_environment(&[(GIT_MARK, folder.as_os_str())], None);
        let calls = folders.iter().flat_map(in_folder);
        calls.filter(|pid| !is_service(*pid)).collect()
    };
    let begun = Instant::now();
    loop {
        let present = calls();
        if present.is_empty() {
            return;
        }
        if begun.elapsed() > GIT_LIMIT {
            end_processes(&present, Duration::from_secs(1));
            return;
        }
        thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process is one that git starts once and leaves running.
fn is_service(pid: u32) -> bool {
    let command = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    String::from_utf8_lossy(&command).contains("--daemon")
}

/// Removes worktree, branch and folder of runs that died before the ledger knew them.
/// Nothing was executed in them; whatever looks otherwise is left alone.
pub(super) fn remove_unborn(spec: &NightSpec<'_>, ledger: &Ledger, repository: &Repository) {
    let state_dir = spec.project.join(".overnight");
    let logs = spec.project.join(&spec.config.project.logs);
    remove_half_files(&state_dir);
    let mut names = BTreeSet::new();
    for folder in [&state_dir.join("worktrees"), &logs] {
        let entries = fs::read_dir(folder).into_iter().flatten();
        names.extend(entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok()));
    }
    let pattern = format!("refs/heads/{BRANCHES}");
    let branches = ["for-each-ref", "--format=%(refname:lstrip=3)", &pattern];
    if let Ok(answer) = repository.git().call(&branches) {
        names.extend(answer.stdout.lines().map(ToOwned::to_owned));
    }
    let runs = names.iter().filter(|name| is_ours(name));
    for run in runs.filter_map(|name| name.parse::<RunId>().ok()) {
        let folder = RunFolder::new(&logs, &run);
        let is_unborn = matches!(ledger.run(&run), Err(LedgerError::NoRun { .. }));
        if is_unborn && has_no_results(&folder) && has_no_commits(&run, repository) {
            tracing::warn!("{run} was never begun; what there is of it is removed");
            remove(&run, &state_dir, &folder, repository);
        }
    }
}

/// Removes files in our own folder that a killed runner was still writing.
fn remove_half_files(state_dir: &Path) {
    for entry in fs::read_dir(state_dir).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(HALF) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether a name begins with day and time, as those of runs do.
fn is_ours(name: &str) -> bool {
    let form = "dddd-dd-dd_dddd_";
    let fits = |(wanted, byte): (u8, u8)| match wanted {
        b'd' => byte.is_ascii_digit(),
        other => byte == other,
    };
    name.len() > form.len() && form.bytes().zip(name.bytes()).all(fits)
}

/// Whether a run's folder holds only what is written before its first event.
fn has_no_results(folder: &RunFolder) -> bool {
    let known = [folder.record(), folder.plan(), folder.config()];
    let mut entries = fs::read_dir(folder.path()).into_iter().flatten();
    entries.all(|entry| {
        entry.is_ok_and(|entry| {
            let is_half = entry.file_name().to_string_lossy().starts_with(HALF);
            is_half || known.contains(&entry.path())
        })
    })
}

/// Whether a run's branch, if there is one, has nothing the checkout's has not.
fn has_no_commits(run: &RunId, repository: &Repository) -> bool {
    let git = repository.git();
    let reference = format!("refs/heads/{}", branch_of(run));
    let is_there = git.holds(&["show-ref", "--verify", "--quiet", &reference]);
    let is_in_head = || git.holds(&["merge-base", "--is-ancestor", &reference, "HEAD"]);
    match is_there {
        Ok(true) => is_in_head().unwrap_or(false),
        Ok(false) => true,
        Err(_) => false,
    }
}

fn remove(run: &RunId, state_dir: &Path, folder: &RunFolder, repository: &Repository) {
    let git = repository.git();
    let branch = branch_of(run);
    let worktree = worktree_of(state_dir, run);
    let path = worktree.to_string_lossy();
    for arguments in [
        // Twice: git locks a worktree while it makes it.
        vec!["worktree", "remove", "--force", "--force", &path],
        vec!["worktree", "prune"],
        vec!["branch", "--quiet", "-D", &branch],
    ] {
        // What is not there any more need not be removed.
        let _ = git.call(&arguments);
    }
    let _ = fs::remove_file(worktree.with_extension("ignore"));
    let _ = fs::remove_dir_all(&worktree);
    let _ = fs::remove_dir_all(folder.path());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_runs_are_ours() {
        assert!(is_ours("2026-11-23_2200_receipts"));
        for other in [
            "app",
            "2026-11-23",
            "2026-11-23_2200_",
            "2026-11-2x_2200_receipts",
        ] {
            assert!(!is_ours(other), "{other}");
        }
    }
}
