//! Folders that cannot be written: one clear message, and nothing half done.

use std::path::PathBuf;
use std::process::Command;

use overnight_testkit::{Answer, TestProject, skip};

use crate::night_project::{overnight, project};

/// A folder that is mounted over itself, read-only; put back when dropped. Permissions do
/// not bind root, a mount does.
struct ReadOnly(PathBuf);

impl ReadOnly {
    fn make(test: &str, project: &TestProject, relative: &str) -> Option<Self> {
        let path = project.path().join(relative);
        std::fs::create_dir_all(&path).unwrap();
        let mount = |arguments: &[&str]| {
            let command = Command::new("mount").args(arguments).arg(&path).output();
            command.is_ok_and(|output| output.status.success())
        };
        let itself = path.to_string_lossy().into_owned();
        if !mount(&["--bind", &itself]) {
            skip(test, "the right to mount");
            return None;
        }
        let made = Self(path.clone());
        if !mount(&["-o", "remount,bind,ro"]) {
            skip(test, "the right to remount");
            return None;
        }
        Some(made)
    }
}

impl Drop for ReadOnly {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).status();
    }
}

#[track_caller]
fn assert_clear(answer: &Answer, code: i32) {
    assert_eq!(answer.code, Some(code), "{}", answer.stderr);
    assert!(answer.stderr.contains("error:"), "{}", answer.stderr);
    assert!(
        answer
            .stderr
            .contains("check the folder's permissions and free space"),
        "{}",
        answer.stderr
    );
    assert!(!answer.stderr.contains("panicked"), "{}", answer.stderr);
}

#[test]
fn a_state_folder_that_cannot_be_written_is_said_at_once() {
    let test = "a_state_folder_that_cannot_be_written_is_said_at_once";
    let project = project(&["touch $OVERNIGHT_STATE_DIR/../ran"], "");
    let before = project.tree(&[".overnight"]);
    let Some(lock) = ReadOnly::make(test, &project, ".overnight") else {
        return;
    };
    let answer = overnight(&project).args(["run", "PLAN.md"]).run();
    drop(lock);
    assert_clear(&answer, 75);
    assert_eq!(project.tree(&[".overnight"]), before, "nothing was begun");
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
}

#[test]
fn logs_that_cannot_be_written_are_said_at_once_and_the_project_stays_free() {
    let test = "logs_that_cannot_be_written_are_said_at_once_and_the_project_stays_free";
    let project = project(&["true"], "");
    let Some(lock) = ReadOnly::make(test, &project, "logs") else {
        return;
    };
    let answer = overnight(&project).args(["run", "PLAN.md"]).run();
    drop(lock);
    assert_clear(&answer, 75);
    let branches = project.git(&["branch", "--list", "overnight/*"]);
    assert_eq!(branches, "", "no branch is left of it");
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
}

#[test]
fn a_night_whose_logs_become_read_only_stops_and_can_be_taken_up() {
    let test = "a_night_whose_logs_become_read_only_stops_and_can_be_taken_up";
    let project = project(&["true"], "");
    let gate = "test -e $OVERNIGHT_STATE_DIR/go || touch $OVERNIGHT_STATE_DIR/waits; \
                while ! test -e $OVERNIGHT_STATE_DIR/go; do sleep 0.05; done; echo two >> a.txt; \
                test -e $OVERNIGHT_STATE_DIR/again";
    crate::night_project::write(&project, &[gate, "echo three >> a.txt"], "");
    project.commit_all();
    let runner = overnight(&project).args(["run", "PLAN.md"]).into_command();
    let mut runner = runner;
    let child = runner
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    crate::night_project::wait_for(&project, ".overnight/waits");
    let Some(lock) = ReadOnly::make(test, &project, "logs/overnight_runs") else {
        project.file(".overnight/go", "");
        child.wait_with_output().unwrap();
        return;
    };
    project.file(".overnight/go", "");
    let output = child.wait_with_output().unwrap();
    drop(lock);
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(output.status.code(), Some(75), "{stderr}");
    assert!(
        stderr.contains("check the folder's permissions and free space"),
        "{stderr}"
    );
    // The change could not be kept as a patch, so it is still there, and is kept now.
    project.file(".overnight/again", "");
    overnight(&project)
        .args(["run", "--resume", "last", "--retry-failed"])
        .run()
        .expect_code(0);
    let patch = crate::night_project::run_dir(&project).join("steps/1.1.1/change.patch");
    let patch = std::fs::read_to_string(patch).unwrap();
    assert!(patch.contains("+two"), "{patch}");
    let run = crate::night_project::run_id(&project);
    let text = project.git(&["show", &format!("overnight/{run}:a.txt")]);
    assert_eq!(text, "one\ntwo\nthree\n");
    super::assert_no_survivors(&project);
}
