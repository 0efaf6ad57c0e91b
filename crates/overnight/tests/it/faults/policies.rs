//! What becomes of a failure: tries, pauses, and the steps behind it.

use super::{events, outcomes, reason};
use crate::night_project::{overnight, project, run_dir};

/// A command that fails with `line` on stderr so many times, then succeeds.
fn failing(times: u32, line: &str) -> String {
    format!(
        "n=$(cat $OVERNIGHT_STATE_DIR/n-$OVERNIGHT_STEP 2>/dev/null || echo 0); \
         echo $((n + 1)) > $OVERNIGHT_STATE_DIR/n-$OVERNIGHT_STEP; \
         test $n -ge {times} && exit 0; echo \"{line}\" >&2; exit 1"
    )
}

#[test]
fn the_class_of_a_failure_decides_how_often_it_is_tried_again() {
    let project = project(
        &[
            &failing(2, "curl: (7) Failed to connect: Connection refused"),
            &failing(2, "HTTP 429 Too Many Requests"),
            &failing(1, "torch.OutOfMemoryError: CUDA out of memory."),
            &failing(1, "AssertionError"),
            &failing(1, "401 Unauthorized"),
            &failing(9, "Connection refused"),
        ],
        "[run]\nretry_pause = '20ms'\nretry_pause_max = '100ms'\nretries = { network = 2 }\n",
    );
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    assert_eq!(
        outcomes(&project),
        [
            "done",
            "done",
            "done",
            "failed/error",
            "failed/auth",
            "failed/network"
        ]
    );
    let events = events(&run_dir(&project));
    let tries = |step: &str| {
        let is_start =
            |event: &&serde_json::Value| event["event"] == "step_started" && event["step"] == step;
        events.iter().filter(is_start).count()
    };
    let steps = (1..=6).map(|n| tries(&format!("1.1.{n}")));
    assert_eq!(steps.collect::<Vec<_>>(), [3, 3, 2, 1, 1, 3]);
    assert!(reason(&project, 5).contains("Connection refused"));
}

#[test]
fn all_tries_together_have_a_limit_too() {
    let project = project(
        &["echo Connection refused; sleep 0.4; exit 1"],
        "[run]\nretry_pause = '100ms'\ntotal_timeout = '1200ms'\nretries = { network = 50 }\n",
    );
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    let events = events(&run_dir(&project));
    let tries = events
        .iter()
        .filter(|event| event["event"] == "step_started");
    let tries = tries.count();
    assert!((2..=3).contains(&tries), "{tries}");
}

#[test]
fn a_failure_can_take_its_task_or_the_night_with_it() {
    let plan = "# Plan\n\n#### **Phase 1: One**\n1. [ ] **Task 1.1: A**\n   - [ ] a\n   - [ ] b\n\
                2. [ ] **Task 1.2: B**\n   - [ ] c\n   - [ ] d\n   - [ ] e\n\
                3. [ ] **Task 1.3: C**\n   - [ ] f\n";
    let config = "[steps.\"1.1.1\"]\nrun = 'false'\non_failure = 'skip-task'\n\
                  [steps.\"1.1.2\"]\nrun = 'true'\n[steps.\"1.2.1\"]\nrun = 'true'\n\
                  [steps.\"1.2.2\"]\nrun = 'false'\non_failure = 'stop-night'\n\
                  [steps.\"1.2.3\"]\nrun = 'true'\n[steps.\"1.3.1\"]\nrun = 'true'\n";
    let project = project(&["true"], "");
    project
        .file("PLAN.md", plan)
        .file("overnight.toml", config)
        .commit_all();
    let answer = overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    assert_eq!(
        outcomes(&project),
        [
            "failed/error",
            "skipped",
            "done",
            "failed/error",
            "not_started",
            "not_started"
        ],
        "{}",
        answer.stderr
    );
    assert!(reason(&project, 1).contains("skips the rest of the task"));
    assert!(reason(&project, 5).contains("step 1.2.2 ended failed, which stops the night"));
    let config = config.replace("'false'", "'true'");
    project.file("overnight.toml", config);
    overnight(&project)
        .args(["run", "--resume", "last", "--retry-failed"])
        .run()
        .expect_code(0);
    assert_eq!(outcomes(&project), ["done"; 6]);
}
