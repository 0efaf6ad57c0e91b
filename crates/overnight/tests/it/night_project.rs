//! A small project with a plan of shell commands, for the tests of nights.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use overnight_testkit::{Overnight, TestProject};

const PLAN_HEAD: &str = "# Little plan

## Progress Tracker
- **STATUS:** PLANNING
- **CURRENT STEP:** Phase 1
- **LAST COMPLETED TASK:** none yet
- **NEXT TASK:** everything

";

/// A project whose plan has one task `1.1` with a step for each command, already committed.
pub(crate) fn project(commands: &[&str], more_config: &str) -> TestProject {
    let project = TestProject::new();
    write(&project, commands, more_config);
    project.file("a.txt", "one\n").commit_all();
    project
}

/// Writes plan and configuration.
pub(crate) fn write(project: &TestProject, commands: &[&str], more_config: &str) {
    let mut plan = PLAN_HEAD.to_owned();
    plan.push_str("#### **Phase 1: First**\n1. [ ] **Task 1.1: Write**\n");
    let mut config = more_config.to_owned();
    for (index, command) in commands.iter().enumerate() {
        let n = index + 1;
        let _ = writeln!(plan, "   - [ ] Step number {n}");
        let _ = writeln!(config, "\n[steps.\"1.1.{n}\"]");
        let _ = writeln!(config, "shell = true\nrun = '''{command}'''");
    }
    project.file("PLAN.md", plan).file("overnight.toml", config);
}

/// The program in a project.
pub(crate) fn overnight(project: &TestProject) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
}

/// The folder of the only run.
pub(crate) fn run_dir(project: &TestProject) -> PathBuf {
    let logs = project.path().join("logs/overnight_runs");
    let entries = std::fs::read_dir(logs).unwrap();
    let mut folders = entries.map(|e| e.unwrap().path()).filter(|p| p.is_dir());
    let first = folders.next().expect("a run");
    assert!(folders.next().is_none(), "one run only");
    first
}

/// The id of the only run.
pub(crate) fn run_id(project: &TestProject) -> String {
    let name = run_dir(project).file_name().unwrap().to_owned();
    name.to_string_lossy().into_owned()
}

/// Waits until a file exists.
pub(crate) fn wait_for(project: &TestProject, relative: &str) {
    let begun = Instant::now();
    let path = project.path().join(relative);
    while !path.exists() {
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{relative} never came"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What `overnight run` may leave in a checkout, for [`TestProject::tree`].
pub(crate) const OWN: &[&str] = &[".git", ".overnight", "logs", "data/vlm_reports"];
