//! The runner dies while a call of git it made goes on: the next one waits for it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Stdio};

use overnight_testkit::{Overnight, TestProject};

use super::{assert_no_survivors, outcomes};
use crate::night_crash::assert_whole_export;
use crate::night_project::{OWN, overnight, project, run_id, wait_for};

/// A folder with a `git` that says when it is first called for `what`, and waits then.
fn slow_git(what: &str, seconds: u32, said: &Path) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let git = dir.path().join("git");
    let script = format!(
        "#!/bin/sh\ncase \" $* \" in *' {what} '*)\n\
         if ! test -e {said}; then touch {said}; sleep {seconds}; fi;; esac\n\
         PATH=${{PATH#*:}}\nexec git \"$@\"\n",
        said = said.display()
    );
    fs::write(&git, script).unwrap();
    fs::set_permissions(&git, fs::Permissions::from_mode(0o755)).unwrap();
    dir
}

/// The program with such a git in front of the real one.
fn with_git(project: &TestProject, slow: &tempfile::TempDir, args: &[&str]) -> Overnight {
    let path = std::env::var("PATH").unwrap();
    overnight(project)
        .env("PATH", format!("{}:{path}", slow.path().display()))
        .args(args)
}

/// Starts a night that is killed as soon as it calls git for `what`.
fn killed_during(project: &TestProject, what: &str) {
    let said = project.path().join(".overnight/said");
    let slow = slow_git(what, 1, &said);
    let mut runner: Child = with_git(project, &slow, &["run", "PLAN.md"])
        .into_command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(project, ".overnight/said");
    runner.kill().unwrap();
    runner.wait().unwrap();
}

#[test]
fn a_commit_that_is_still_being_made_is_waited_for() {
    for what in ["update-ref", "write-tree"] {
        let project = project(&["echo two >> a.txt", "echo three >> a.txt"], "");
        let before = project.tree(OWN);
        killed_during(&project, what);
        // If the next one did not wait, the late call would end while it commits.
        let slow = slow_git("commit-tree", 2, &project.path().join(".overnight/again"));
        with_git(&project, &slow, &["run", "--resume", "last"])
            .run()
            .expect_code(0);
        assert_eq!(outcomes(&project), ["done", "done"], "{what}");
        let branch = format!("overnight/{}", run_id(&project));
        let text = project.git(&["show", &format!("{branch}:a.txt")]);
        assert_eq!(text, "one\ntwo\nthree\n", "{what}");
        let log = project.git(&["log", "--format=%s", &format!("main..{branch}")]);
        assert_eq!(log.matches("Step number 1").count(), 1, "{what}: {log}");
        assert_whole_export(&project);
        assert_no_survivors(&project);
        assert_eq!(project.tree(OWN), before);
        project.git(&["fsck", "--strict", "--no-progress"]);
    }
}

#[test]
fn a_night_that_died_before_its_first_fact_leaves_nothing() {
    let project = project(&["echo two >> a.txt"], "");
    project.git(&["branch", "overnight/mine"]);
    killed_during(&project, "worktree");
    overnight(&project).args(["status"]).run().expect_code(3);
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    let run = run_id(&project);
    let branches = project.git(&[
        "branch",
        "--list",
        "overnight/*",
        "--format=%(refname:short)",
    ]);
    let mut branches: Vec<&str> = branches.lines().collect();
    branches.sort_unstable();
    let ours = format!("overnight/{run}");
    assert_eq!(branches, [ours.as_str(), "overnight/mine"]);
    let worktrees = project.git(&["worktree", "list", "--porcelain"]);
    assert_eq!(worktrees.matches("worktree ").count(), 2, "{worktrees}");
}
