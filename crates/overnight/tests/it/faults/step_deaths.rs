//! Steps, and the shims that watch them, are killed.

use std::fs;
use std::time::Duration;

use overnight_testkit::TestProject;

use super::{Dice, assert_no_survivors, events, is_long, outcomes, reason, wait_until};
use crate::night_crash::{is_running, signal, start};
use crate::night_project::{overnight, project, run_dir};

/// Process id of the shim that runs now.
fn living_shim(project: &TestProject) -> Option<String> {
    let folder = project.path().canonicalize().unwrap();
    let entries = fs::read_dir("/proc").unwrap().filter_map(Result::ok);
    let mut shims = entries.filter(|entry| {
        let command = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let command = String::from_utf8_lossy(&command);
        command.contains("__shim") && command.contains(&*folder.to_string_lossy())
    });
    let shim = shims.next()?;
    Some(shim.file_name().to_string_lossy().into_owned())
}

/// A step that starts daemons the first time and is done the second: one of them has left
/// its group and its session, another has cleared its environment, too.
const DAEMONS: &str = "test -e $OVERNIGHT_STATE_DIR/again && exit 0; \
    touch $OVERNIGHT_STATE_DIR/again; state=$OVERNIGHT_STATE_DIR; echo half >> a.txt; \
    (setsid sh -c 'echo $$ >> '$state'/pids; exec sleep 300' </dev/null >/dev/null 2>&1 &); \
    (setsid env -i PATH=\"$PATH\" sh -c 'echo $$ >> '$state'/pids; exec sleep 300' \
     </dev/null >/dev/null 2>&1 &); \
    echo $$ >> $state/pids; exec sleep 300";

fn started(project: &TestProject) -> Vec<String> {
    let pids = fs::read_to_string(project.path().join(".overnight/pids")).unwrap_or_default();
    pids.lines().map(ToOwned::to_owned).collect()
}

/// The step was lost, everything it had started is gone, and another try was made.
#[track_caller]
fn assert_lost_and_tried_again(project: &TestProject) {
    let events = events(&run_dir(project));
    let kind = |event: &serde_json::Value| event["event"].as_str().unwrap_or("").to_owned();
    let ends: Vec<String> = events
        .iter()
        .filter(|event| kind(event) == "step_finished" && event["step"] == "1.1.1")
        .map(|event| format!("{}/{}", event["outcome"], event["class"]).replace('"', ""))
        .collect();
    assert_eq!(ends, ["lost/killed", "done/null"]);
    assert!(events.iter().any(|event| kind(event) == "retry_planned"));
    assert_eq!(outcomes(project), ["done", "done"]);
    assert_no_survivors(project);
    let left: Vec<String> = started(project)
        .into_iter()
        .filter(|pid| is_running(pid))
        .collect();
    assert!(left.is_empty(), "still running: {left:?}");
}

#[test]
fn a_step_whose_shim_is_killed_is_ended_with_all_its_daemons_and_tried_again() {
    let project = project(
        &[DAEMONS, "true"],
        "[run]\nretry_pause = '10ms'\ngrace = '1s'\n",
    );
    let mut runner = start(&project, &["run", "PLAN.md"]);
    wait_until("the daemons run", || started(&project).len() == 3);
    // They are noticed within a moment.
    std::thread::sleep(Duration::from_millis(800));
    signal(&living_shim(&project).unwrap(), "-KILL");
    assert_eq!(runner.wait().unwrap().code(), Some(0));
    assert_lost_and_tried_again(&project);
    let patch = run_dir(&project).join("steps/1.1.1/change.patch");
    assert!(fs::read_to_string(patch).unwrap().contains("+half"));
}

#[test]
fn a_shim_and_its_runner_that_are_both_killed_leave_no_daemon() {
    let project = project(
        &[DAEMONS, "true"],
        "[run]\nretry_pause = '10ms'\ngrace = '1s'\n",
    );
    let mut runner = start(&project, &["run", "PLAN.md"]);
    wait_until("the daemons run", || started(&project).len() == 3);
    std::thread::sleep(Duration::from_millis(800));
    runner.kill().unwrap();
    runner.wait().unwrap();
    signal(&living_shim(&project).unwrap(), "-KILL");
    overnight(&project)
        .args(["run", "--resume", "last"])
        .run()
        .expect_code(0);
    assert_no_survivors(&project);
    let left: Vec<String> = started(&project)
        .into_iter()
        .filter(|pid| is_running(pid))
        .collect();
    assert!(left.is_empty(), "still running: {left:?}");
    assert_eq!(outcomes(&project), ["done", "done"]);
}

#[test]
fn a_shim_killed_at_any_moment_costs_one_try() {
    let mut dice = Dice::new(77);
    for _ in 0..if is_long() { 40 } else { 2 } {
        let project = project(
            &[
                "case $OVERNIGHT_STEP_DIR in */attempt-2) exit 0;; esac; \
                 while :; do sleep 0.01; done",
                "true",
            ],
            "[run]\nretry_pause = '10ms'\ngrace = '1s'\n",
        );
        let mut runner = start(&project, &["run", "PLAN.md"]);
        let mut shim = None;
        wait_until("a shim", || {
            shim = living_shim(&project);
            shim.is_some()
        });
        // As early as before it has said who it is.
        let most = if dice.below(2) == 0 { 20 } else { 500 };
        std::thread::sleep(dice.millis(most));
        signal(&shim.unwrap(), "-KILL");
        assert_eq!(runner.wait().unwrap().code(), Some(0));
        assert_lost_and_tried_again(&project);
    }
}

#[test]
fn signals_that_end_a_step_are_told_apart() {
    let project = project(
        &[
            "kill -KILL $$",
            "kill -SEGV $$",
            "kill -ABRT $$",
            "sh -c 'kill -SEGV $$'; exit $?",
            "exit 137",
            "exit 143",
            "kill -KILL 0",
            "kill -TERM $$",
        ],
        "[run]\nretries = { killed = 0, crash = 0 }\n",
    );
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    assert_eq!(
        outcomes(&project),
        [
            "failed/killed",
            "failed/crash",
            "failed/crash",
            "failed/crash",
            "failed/error",
            "failed/error",
            "failed/killed",
            "failed/killed",
        ]
    );
    assert_eq!(reason(&project, 0), "ended by signal 9");
    assert_eq!(reason(&project, 4), "exit code 137");
}

#[test]
fn a_killed_step_is_tried_once_more_and_its_change_undone_before() {
    let project = project(
        &[
            "echo try >> a.txt; test -e $OVERNIGHT_STATE_DIR/again && exit 0; \
           touch $OVERNIGHT_STATE_DIR/again; kill -KILL $$",
        ],
        "[run]\nretry_pause = '10ms'\n",
    );
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    let run = crate::night_project::run_id(&project);
    let text = project.git(&["show", &format!("overnight/{run}:a.txt")]);
    assert_eq!(text, "one\ntry\n");
}
