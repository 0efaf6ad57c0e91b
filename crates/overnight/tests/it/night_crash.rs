//! Nights that are cut off: killed, interrupted, disturbed by a second runner.

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use overnight_testkit::TestProject;

use crate::night_project::{OWN, overnight, project, run_dir, run_id, wait_for};

/// Starts a night in the background.
pub(crate) fn start(project: &TestProject, args: &[&str]) -> Child {
    overnight(project)
        .args(args)
        .into_command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

pub(crate) fn signal(pid: &str, name: &str) {
    let status = std::process::Command::new("kill")
        .args([name, pid])
        .status()
        .unwrap();
    assert!(status.success());
}

pub(crate) fn is_running(pid: &str) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

/// A plan whose second step hangs the first time, having changed a tracked file.
fn hanging() -> TestProject {
    let project = project(
        &[
            "echo first >> count.txt",
            "test -e .overnight-go && exit 3; echo half >> a.txt; \
             test -e $OVERNIGHT_STATE_DIR/second && { echo whole >> a.txt; exit 0; }; \
             touch $OVERNIGHT_STATE_DIR/second; \
             setsid sleep 300 & echo $! > $OVERNIGHT_STATE_DIR/loose; echo $$ > $OVERNIGHT_STATE_DIR/pid; \
             touch $OVERNIGHT_STATE_DIR/hangs; sleep 300",
            "echo third >> count.txt",
        ],
        "",
    );
    project.file("untracked.txt", "mine\n");
    project
}

#[test]
fn a_step_whose_shim_was_killed_too_is_undone_and_tried_again() {
    let project = hanging();
    let before = project.tree(OWN);
    let mut runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/hangs");
    let step = project.read(".overnight/pid").trim().to_owned();
    runner.kill().unwrap();
    runner.wait().unwrap();
    assert!(is_running(&step), "a killed runner cannot end its step");
    signal(&shim_of(&project, "steps/1.1.2"), "-KILL");
    let status = overnight(&project).args(["status"]).run().expect_code(0);
    assert!(
        status.stdout.contains("died, 1 of 3 steps done"),
        "{}",
        status.stdout
    );

    let answer = overnight(&project).args(["run", "--resume", "last"]).run();
    let answer = answer.expect_code(0);
    assert!(!is_running(&step), "the survivor was ended");
    let loose = project.read(".overnight/loose").trim().to_owned();
    assert!(!is_running(&loose), "and so was what had left its group");
    assert!(
        answer.stdout.contains("complete, 3 of 3 steps done"),
        "{}",
        answer.stdout
    );
    assert!(
        !answer.stderr.contains("1.1.1   start"),
        "{}",
        answer.stderr
    );
    let branch = format!("overnight/{}", run_id(&project));
    let show = |file: &str| project.git(&["show", &format!("{branch}:{file}")]);
    assert_eq!(show("count.txt"), "first\nthird\n");
    assert_eq!(
        show("a.txt"),
        "one\nhalf\nwhole\n",
        "the half step was undone first"
    );
    let patch = run_dir(&project).join("steps/1.1.2/change.patch");
    assert!(fs::read_to_string(patch).unwrap().contains("+half"));
    assert!(
        run_dir(&project)
            .join("steps/1.1.2/attempt-2/stdout.log")
            .exists()
    );
    assert_eq!(project.tree(OWN), before);
    assert_whole_export(&project);
}

/// A plan whose second step waits for a file, writing a line before and after.
fn waiting() -> TestProject {
    project(
        &[
            "echo first >> count.txt",
            "echo half >> a.txt; touch $OVERNIGHT_STATE_DIR/waits; \
             while ! test -e $OVERNIGHT_STATE_DIR/go; do sleep 0.05; done; echo whole >> a.txt",
            "echo third >> count.txt",
        ],
        "",
    )
}

/// What `a.txt` and `count.txt` are after every step of [`waiting`] ran exactly once.
fn assert_each_ran_once(project: &TestProject) {
    let branch = format!("overnight/{}", run_id(project));
    let show = |file: &str| project.git(&["show", &format!("{branch}:{file}")]);
    assert_eq!(show("count.txt"), "first\nthird\n");
    assert_eq!(show("a.txt"), "one\nhalf\nwhole\n");
    assert!(!run_dir(project).join("steps/1.1.2/attempt-2").exists());
    assert_whole_export(project);
}

#[test]
fn a_step_that_outlived_its_runner_is_taken_up_where_it_is() {
    let project = waiting();
    let mut runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/waits");
    runner.kill().unwrap();
    runner.wait().unwrap();
    let mut second = start(&project, &["run", "--resume", "last"]);
    std::thread::sleep(Duration::from_millis(300));
    project.file(".overnight/go", "");
    assert_eq!(second.wait().unwrap().code(), Some(0));
    assert_each_ran_once(&project);
}

#[test]
fn a_step_that_ended_without_its_runner_is_not_run_again() {
    let project = waiting();
    let mut runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/waits");
    runner.kill().unwrap();
    runner.wait().unwrap();
    project.file(".overnight/go", "");
    let logs = "logs/overnight_runs";
    wait_for(
        &project,
        &format!("{logs}/{}/steps/1.1.2/exit.json", run_id(&project)),
    );
    let answer = overnight(&project).args(["run", "--resume", "last"]).run();
    let answer = answer.expect_code(0);
    assert!(
        answer.stderr.contains("1 step(s) had gone on meanwhile"),
        "{}",
        answer.stderr
    );
    assert_each_ran_once(&project);
}

/// Process id of the shim of an attempt.
fn shim_of(project: &TestProject, attempt: &str) -> String {
    let text = fs::read_to_string(run_dir(project).join(attempt).join("shim.json")).unwrap();
    let birth: serde_json::Value = serde_json::from_str(&text).unwrap();
    birth["shim"]["pid"].to_string()
}

/// The export has every event, numbered without gaps.
pub(crate) fn assert_whole_export(project: &TestProject) {
    let text = fs::read_to_string(run_dir(project).join("events.jsonl")).unwrap();
    let events = text
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let seqs: Vec<u64> = events.map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=seqs.len() as u64).collect::<Vec<_>>());
}

#[test]
fn an_interrupted_night_says_so_and_goes_on() {
    let project = hanging();
    let mut runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/hangs");
    let step = project.read(".overnight/pid").trim().to_owned();
    let asked = Instant::now();
    signal(&runner.id().to_string(), "-INT");
    assert_eq!(runner.wait().unwrap().code(), Some(130));
    assert!(asked.elapsed() < Duration::from_secs(30));
    assert!(!is_running(&step));
    let loose = project.read(".overnight/loose").trim().to_owned();
    assert!(!is_running(&loose), "what had left its group is ended, too");
    let shown = overnight(&project)
        .args(["runs", "show", "last", "--format", "json"])
        .run();
    let json = shown.expect_code(0).json();
    let outcomes: Vec<&str> = json["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["state"]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["done", "interrupted", "not_started"]);
    assert_eq!(json["standing"], "interrupted");
    let run = run_id(&project);
    let answer = overnight(&project).args(["run", "--resume", &run]).run();
    assert!(answer.expect_code(0).stdout.contains("complete, 3 of 3"));
}

#[test]
fn one_runner_at_a_time() {
    let project = hanging();
    let mut runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/hangs");
    let second = overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(75);
    assert!(
        second.stderr.contains("another night is running"),
        "{}",
        second.stderr
    );
    let status = overnight(&project)
        .args(["status", "--format", "json"])
        .run();
    let json = status.expect_code(0).json();
    assert_eq!(json["standing"], "running");
    assert_eq!(json["running"][0]["step"], "1.1.2");
    let drop = overnight(&project)
        .args(["runs", "drop", "last", "--yes"])
        .run();
    drop.expect_code(75);
    signal(&runner.id().to_string(), "-TERM");
    assert_eq!(runner.wait().unwrap().code(), Some(130));
    let worktrees = fs::read_dir(project.path().join(".overnight/worktrees")).unwrap();
    let folders = worktrees
        .filter(|e| e.as_ref().unwrap().path().is_dir())
        .count();
    assert_eq!(folders, 1, "the refused night left nothing");
}

#[test]
fn what_failed_is_tried_again_only_when_asked() {
    let project = project(&["test -e $OVERNIGHT_STATE_DIR/fixed", "true"], "");
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    project.file(".overnight/fixed", "");
    overnight(&project)
        .args(["run", "--resume", "last"])
        .run()
        .expect_code(1);
    let run = run_id(&project);
    let answer = overnight(&project)
        .args([
            "run",
            "PLAN.md",
            "--resume",
            &run,
            "--only",
            "1.1.1",
            "--retry-failed",
        ])
        .run()
        .expect_code(0);
    assert!(
        answer.stdout.contains("complete, 2 of 2"),
        "{}",
        answer.stdout
    );
}
