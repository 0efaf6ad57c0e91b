//! `overnight report`.

use overnight_testkit::{Overnight, TestProject};

fn overnight(project: &TestProject) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
}

const PLAN: &str = "# A small plan

#### **Phase 1: The Auditor**
1. [ ] **Task 1.1: Look**
   - [ ] Write a line.
   - [ ] Fail.
";

const CONFIG: &str = r#"
[steps."1.1.1"]
run = "sh -c 'echo hello'"
[steps."1.1.2"]
run = ["sh", "-c", "echo '<script>alert(1)</script>' >&2; exit 9"]
"#;

/// A project whose one night is over: one step done, one failed.
fn after_a_night() -> TestProject {
    let project = TestProject::new();
    project.file("PLAN.md", PLAN).file("overnight.toml", CONFIG);
    project.commit_all();
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    project
}

#[test]
fn the_last_run_is_rendered_again() {
    let project = after_a_night();
    let answer = overnight(&project)
        .args(["report", "--format", "json"])
        .run()
        .expect_code(0);
    let json = answer.json();
    assert_eq!(json["schema"], "overnight.report/1");
    let files = json["files"].as_array().unwrap();
    assert_eq!(files.len(), 6, "{json}");
    let page = std::fs::read_to_string(files[0].as_str().unwrap()).unwrap();
    assert_eq!(json["message"], "1 of 2 steps is done; 1 failed.");
    // The page keeps numbers and their words together with no-break spaces.
    let spaced = page.replace('\u{a0}', " ");
    assert!(spaced.contains("1 of 2 steps is done; 1 failed."));
    assert!(!page.contains("<script"));
    let human = overnight(&project)
        .args(["report", "last"])
        .run()
        .expect_code(0);
    assert!(
        human.stdout.contains("report/index.html"),
        "{}",
        human.stdout
    );
    let id = json["run"].as_str().unwrap();
    overnight(&project)
        .args(["report", id])
        .run()
        .expect_code(0);
}

#[test]
fn only_the_report_folder_changes() {
    let project = after_a_night();
    overnight(&project).args(["report"]).run().expect_code(0);
    let before = project.tree(&[]);
    overnight(&project).args(["report"]).run().expect_code(0);
    assert_eq!(project.tree(&[]), before);
}

#[test]
fn no_run_is_a_missing_precondition() {
    let project = TestProject::new();
    let answer = overnight(&project).args(["report"]).run().expect_code(3);
    assert!(
        answer.stderr.contains("failed to find a run in"),
        "{}",
        answer.stderr
    );
    assert!(
        answer.stderr.contains("overnight run PLAN.md"),
        "{}",
        answer.stderr
    );
}

#[test]
fn an_unknown_run_and_a_bad_id_are_usage_errors() {
    let project = after_a_night();
    let answer = overnight(&project)
        .args(["report", "2020-01-01_0000_x"])
        .run()
        .expect_code(2);
    assert!(
        answer.stderr.contains("overnight runs list"),
        "{}",
        answer.stderr
    );
    overnight(&project)
        .args(["report", "../../etc"])
        .run()
        .expect_code(2);
}
