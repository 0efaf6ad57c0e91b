//! `overnight schedule`.

use overnight_testkit::{Overnight, TestProject};

const PLAN: &str = "# Night\n\n## Phase 1: One\n\n### Task 1.1: First\n\n- [ ] **1.1.1** Do it.\n";

fn schedule(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(["schedule", "PLAN.md", "--at", "18:00"])
        .args(args)
}

fn project() -> TestProject {
    let project = TestProject::new();
    project
        .file("PLAN.md", PLAN)
        .file("overnight.toml", "[project]\ntimezone = \"Asia/Seoul\"\n");
    project
}

#[test]
fn units_are_printed_and_nothing_is_installed() {
    let project = project();
    let before = project.tree(&[]);
    let answer = schedule(&project, &["--kind", "systemd", "--days", "mon-fri"])
        .run()
        .expect_code(0);
    for part in [
        "OnCalendar=Mon..Fri *-*-* 18:00:00 Asia/Seoul",
        "Persistent=true",
        "loginctl enable-linger",
        "ExecStart=",
        " run PLAN.md\n",
    ] {
        assert!(answer.stdout.contains(part), "{part}: {}", answer.stdout);
    }
    assert_eq!(project.tree(&[]), before);
}

#[test]
fn units_are_written_where_they_are_wanted() {
    let project = project();
    let answer = schedule(&project, &["--until", "07:00", "--write", "units"])
        .args(["--format", "json"])
        .run()
        .expect_code(0);
    let json = answer.json();
    assert_eq!(json["kind"], "systemd");
    let files = json["files"].as_array().unwrap();
    assert_eq!(files.len(), 2);
    for file in files {
        let name = file["name"].as_str().unwrap();
        assert!(name.starts_with("overnight-") && name.contains("-plan."));
        assert_eq!(
            project.read(&format!("units/{name}")),
            file["text"].as_str().unwrap()
        );
    }
}

#[test]
fn cron_gets_a_line() {
    let project = project();
    let answer = schedule(&project, &["--kind", "cron", "--days", "sat,sun"])
        .run()
        .expect_code(0);
    assert!(answer.stdout.contains("CRON_TZ=Asia/Seoul\n"));
    assert!(
        answer.stdout.contains("\n0 18 * * 6,7 cd "),
        "{}",
        answer.stdout
    );
    schedule(&project, &["--kind", "cron", "--write", "units"])
        .run()
        .expect_code(2);
    assert!(!project.path().join("units").exists());
}

#[test]
fn what_cannot_be_scheduled_is_refused() {
    let project = project();
    schedule(&project, &["--days", "someday"])
        .run()
        .expect_code(2);
    schedule(&project, &["--until", "25:00"])
        .run()
        .expect_code(2);
    project.file("PLAN.md", "no plan");
    schedule(&project, &[]).run().expect_code(2);
}
