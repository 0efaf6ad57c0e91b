//! The runner is killed while several steps run: each goes on, and none is run twice.

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use overnight_testkit::TestProject;

use super::{Dice, assert_no_survivors, is_long, outcomes};
use crate::night_crash::{assert_whole_export, start};
use crate::night_project::overnight;

const STEPS: usize = 16;

/// A plan of steps that run four at a time. Each writes its address to a file outside.
fn crowd(ran: &std::path::Path, dice: &mut Dice) -> TestProject {
    let project = TestProject::new();
    let mut plan = "# Crowd\n\n#### **Phase 1: All**\n1. [ ] **Task 1.1: All**\n".to_owned();
    let mut config = "[run]\njobs = 4\n".to_owned();
    for step in 1..=STEPS {
        let _ = writeln!(plan, "   - [ ] Step number {step}");
        let pause = dice.millis(400).as_secs_f64();
        let lock = if step % 4 == 0 {
            "lock = ['gpu']\n"
        } else {
            ""
        };
        let _ = writeln!(
            config,
            "[steps.\"1.1.{step}\"]\nparallel = true\n{lock}shell = true\n\
             run = '''echo {step} >> {}; sleep {pause}'''",
            ran.display()
        );
    }
    project
        .file("PLAN.md", plan)
        .file("overnight.toml", config)
        .commit_all();
    project
}

#[test]
fn steps_beside_each_other_outlive_their_runner() {
    let mut dice = Dice::new(4711);
    for _ in 0..if is_long() { 20 } else { 1 } {
        let outside = tempfile::tempdir().unwrap();
        let ran = outside.path().join("ran");
        let project = crowd(&ran, &mut dice);
        let mut args: &[&str] = &["run", "PLAN.md"];
        for _ in 0..3 {
            let mut runner = start(&project, args);
            let begun = Instant::now();
            let pause = dice.millis(900);
            while begun.elapsed() < pause || !ran.exists() {
                assert!(begun.elapsed().as_secs() < 60, "no step began");
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            runner.kill().unwrap();
            runner.wait().unwrap();
            args = &["run", "--resume", "last"];
        }
        overnight(&project).args(args).run().expect_code(0);
        assert_eq!(outcomes(&project), vec!["done"; STEPS]);
        let text = fs::read_to_string(&ran).unwrap();
        let mut numbers: Vec<usize> = text.lines().map(|line| line.parse().unwrap()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=STEPS).collect::<Vec<_>>(), "each ran once");
        assert_whole_export(&project);
        assert_no_survivors(&project);
    }
}
