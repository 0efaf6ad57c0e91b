//! Signals to the runner: what they ask for is what happens.

use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use overnight_testkit::TestProject;

use super::{assert_no_survivors, outcomes, wait_until};
use crate::night_crash::{is_running, signal, start};
use crate::night_project::{overnight, project, wait_for};

/// A plan whose first step ignores every polite request.
fn stubborn() -> TestProject {
    project(
        &[
            "trap '' TERM INT HUP; echo $$ > $OVERNIGHT_STATE_DIR/pid; \
             touch $OVERNIGHT_STATE_DIR/waits; n=0; \
             while test $n -lt 600; do sleep 0.1; n=$((n + 1)); done",
            "true",
        ],
        "",
    )
}

/// A plan whose first step waits for a file.
fn patient() -> TestProject {
    project(
        &[
            "touch $OVERNIGHT_STATE_DIR/waits; \
             while ! test -e $OVERNIGHT_STATE_DIR/go; do sleep 0.05; done",
            "true",
        ],
        "",
    )
}

/// A night started by another program, which becomes it.
fn started_by(starter: &[&str], project: &TestProject) -> Child {
    let program = overnight(project).args(["run", "PLAN.md"]).into_command();
    Command::new(starter[0])
        .args(&starter[1..])
        .arg(program.get_program())
        .args(program.get_args())
        .current_dir(project.path())
        .env_clear()
        .envs(
            program
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn ends_with(mut runner: Child) -> Option<i32> {
    let status = runner.wait().unwrap();
    assert_eq!(status.signal(), None, "it must end by itself");
    status.code()
}

#[test]
fn a_second_interrupt_ends_the_step_at_once() {
    let project = stubborn();
    let runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/waits");
    let step = project.read(".overnight/pid").trim().to_owned();
    let pid = runner.id().to_string();
    signal(&pid, "-INT");
    std::thread::sleep(Duration::from_millis(700));
    assert!(is_running(&step), "the first one leaves it its grace");
    let asked = Instant::now();
    signal(&pid, "-INT");
    wait_until("the step is gone", || !is_running(&step));
    let gone = asked.elapsed();
    assert_eq!(ends_with(runner), Some(130));
    assert!(gone < Duration::from_secs(3), "after {gone:?}");
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(outcomes(&project), ["interrupted/stopped", "not_started"]);
    assert_no_survivors(&project);
}

#[test]
fn a_second_interrupt_does_not_wait_for_a_gate() {
    let gate = "[workspace]\ngate = [['sh', '-c', '''trap \"\" TERM INT; \
                grep -q one a.txt && ! grep -q two a.txt && exit 0; touch $OVERNIGHT_STATE_DIR/waits; \
                n=0; while test $n -lt 600; do sleep 0.1; n=$((n + 1)); done''']]\n";
    let project = project(&["echo two >> a.txt", "true"], gate);
    let runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/waits");
    let pid = runner.id().to_string();
    signal(&pid, "-INT");
    std::thread::sleep(Duration::from_millis(300));
    let asked = Instant::now();
    signal(&pid, "-INT");
    assert_eq!(ends_with(runner), Some(130));
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );
    assert_no_survivors(&project);
}

#[test]
fn a_polite_end_lets_the_step_end_itself() {
    let project = project(
        &["trap 'touch $OVERNIGHT_STATE_DIR/tidied; exit 0' TERM; \
             touch $OVERNIGHT_STATE_DIR/waits; while :; do sleep 0.05; done"],
        "",
    );
    let runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/waits");
    signal(&runner.id().to_string(), "-TERM");
    assert_eq!(ends_with(runner), Some(130));
    assert!(project.path().join(".overnight/tidied").exists());
    assert_eq!(outcomes(&project), ["interrupted/stopped"]);
    assert_no_survivors(&project);
}

#[test]
fn a_closed_terminal_ends_a_night_unless_it_was_started_to_outlive_it() {
    let ended = patient();
    // Whatever the tests themselves were started with.
    let runner = started_by(&["env", "--default-signal=HUP"], &ended);
    wait_for(&ended, ".overnight/waits");
    signal(&runner.id().to_string(), "-HUP");
    assert_eq!(ends_with(runner), Some(130));
    assert_no_survivors(&ended);

    let outlives = patient();
    let runner = started_by(&["nohup"], &outlives);
    wait_for(&outlives, ".overnight/waits");
    signal(&runner.id().to_string(), "-HUP");
    std::thread::sleep(Duration::from_millis(300));
    outlives.file(".overnight/go", "");
    assert_eq!(ends_with(runner), Some(0));
    assert_eq!(outcomes(&outlives), ["done", "done"]);
}

#[test]
fn a_runner_that_was_stopped_goes_on_where_it_was() {
    let project = patient();
    let runner = start(&project, &["run", "PLAN.md"]);
    wait_for(&project, ".overnight/waits");
    let pid = runner.id().to_string();
    signal(&pid, "-STOP");
    // The step goes on, and ends, while nobody looks; the project is still taken.
    project.file(".overnight/go", "");
    let second = overnight(&project).args(["run", "--resume", "last"]).run();
    second.expect_code(75);
    let logs = project.path().join("logs/overnight_runs");
    wait_until("the step ended", || {
        let runs = fs::read_dir(&logs).unwrap().filter_map(Result::ok);
        runs.map(|run| run.path().join("steps/1.1.1/exit.json"))
            .any(|record| record.exists())
    });
    signal(&pid, "-CONT");
    assert_eq!(ends_with(runner), Some(0));
    assert_eq!(outcomes(&project), ["done", "done"]);
}
