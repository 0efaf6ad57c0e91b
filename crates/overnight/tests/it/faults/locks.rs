//! Steps beside each other: only those that may, and never two that hold the same lock.

use std::collections::BTreeMap;
use std::fs;

use overnight_testkit::TestProject;

use super::{assert_no_survivors, outcomes, reason};
use crate::night_project::{overnight, project, run_dir};

/// When a step ran, in nanoseconds of the wall clock.
type Spans = BTreeMap<String, (u128, u128)>;

/// A command that notes when it began and ended.
const WORK: &str = "date +%s%N > $OVERNIGHT_STEP_DIR/begun; sleep 0.7; \
                    date +%s%N > $OVERNIGHT_STEP_DIR/ended";

/// A project whose steps are [`WORK`], with what the binding of each says beyond it.
fn busy(bindings: &[&str], jobs: usize) -> TestProject {
    let commands = vec![WORK; bindings.len()];
    let project = project(&commands, &format!("[run]\njobs = {jobs}\n"));
    let mut config = project.read("overnight.toml");
    for (index, more) in bindings.iter().enumerate() {
        let head = format!("[steps.\"1.1.{}\"]\n", index + 1);
        config = config.replace(&head, &format!("{head}{more}\n"));
    }
    project.file("overnight.toml", config).commit_all();
    project
}

fn spans(project: &TestProject) -> Spans {
    let folder = run_dir(project).join("steps");
    let mut spans = Spans::new();
    for entry in fs::read_dir(folder).unwrap().filter_map(Result::ok) {
        let read = |name: &str| -> u128 {
            let text = fs::read_to_string(entry.path().join(name)).unwrap();
            text.trim().parse().unwrap()
        };
        let name = entry.file_name().to_string_lossy().into_owned();
        spans.insert(name, (read("begun"), read("ended")));
    }
    spans
}

fn overlap(spans: &Spans, one: &str, other: &str) -> bool {
    let (a, b) = (spans[one], spans[other]);
    a.0 < b.1 && b.0 < a.1
}

#[test]
fn steps_share_the_night_only_where_they_may() {
    let project = busy(
        &[
            "parallel = true\nlock = ['gpu']",
            "parallel = true\nlock = ['gpu', 'net']",
            "parallel = true\nlock = ['net']",
            "parallel = true",
            "",
            "parallel = true",
            "parallel = true",
        ],
        4,
    );
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    let spans = spans(&project);
    let overlap = |a: u32, b: u32| overlap(&spans, &format!("1.1.{a}"), &format!("1.1.{b}"));
    assert!(
        !overlap(1, 2) && !overlap(2, 3),
        "a lock is held by one: {spans:?}"
    );
    assert!(
        overlap(1, 3) && overlap(1, 4),
        "others run beside: {spans:?}"
    );
    assert!(overlap(6, 7), "{spans:?}");
    for other in [1, 2, 3, 4, 6, 7] {
        assert!(
            !overlap(5, other),
            "one that may not has the night to itself"
        );
    }
    assert_no_survivors(&project);
}

#[test]
fn no_more_steps_run_at_once_than_there_are_jobs() {
    let project = busy(&["parallel = true"; 5], 2);
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    let spans = spans(&project);
    for (begun, _) in spans.values() {
        let at_once = spans
            .values()
            .filter(|(from, to)| from <= begun && begun < to);
        assert!(at_once.count() <= 2, "{spans:?}");
    }
    let one_by_one = busy(&["parallel = true"; 2], 2);
    overnight(&one_by_one)
        .args(["run", "PLAN.md", "--jobs", "1"])
        .run()
        .expect_code(0);
    assert!(!overlap(&self::spans(&one_by_one), "1.1.1", "1.1.2"));
}

#[test]
fn a_step_beside_others_that_changes_a_tracked_file_is_undone() {
    let project = project(
        &[
            "sleep 0.6; echo two >> a.txt; echo new > b.txt",
            "sleep 1",
            "cat a.txt; echo three >> a.txt",
        ],
        "[run]\njobs = 2\n",
    );
    let mut config = project.read("overnight.toml");
    for step in ["1.1.1", "1.1.2"] {
        let head = format!("[steps.\"{step}\"]\n");
        config = config.replace(&head, &format!("{head}parallel = true\n"));
    }
    project.file("overnight.toml", config).commit_all();
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    let outcomes = outcomes(&project);
    assert_eq!(outcomes[0], "rolled_back");
    assert!(reason(&project, 0).contains("run it alone"));
    assert_eq!(outcomes[2], "done");
    let patch = fs::read_to_string(run_dir(&project).join("steps/1.1.1/change.patch")).unwrap();
    assert!(patch.contains("+two") && patch.contains("b.txt"), "{patch}");
    let run = crate::night_project::run_id(&project);
    let show = |file: &str| project.git(&["show", &format!("overnight/{run}:{file}")]);
    assert_eq!(show("a.txt"), "one\nthree\n");
    let seen = fs::read_to_string(run_dir(&project).join("steps/1.1.3/stdout.log")).unwrap();
    assert_eq!(seen, "one\n", "it was undone before the next one began");
}
