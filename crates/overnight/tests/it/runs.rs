//! `overnight runs`: the morning after.

use overnight_testkit::TestProject;

use crate::night_project::{overnight, project, run_id};

fn after_a_night() -> TestProject {
    let project = project(&["echo two >> a.txt"], "");
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    project
}

fn runs(project: &TestProject, args: &[&str]) -> overnight_testkit::Answer {
    overnight(project).args(["runs"]).args(args).run()
}

#[test]
fn a_night_is_listed_and_shown() {
    let project = after_a_night();
    let run = run_id(&project);
    let list = runs(&project, &["list"]).expect_code(0).stdout;
    assert!(list.contains(&run) && list.contains("complete"), "{list}");
    let json = runs(&project, &["list", "--format", "json"])
        .expect_code(0)
        .json();
    assert_eq!(json["runs"][0]["run"], run.as_str());
    let shown = runs(&project, &["show", "last"]).expect_code(0).stdout;
    assert!(shown.contains("1.1.1   done"), "{shown}");
    assert!(
        shown.contains(&format!("overnight runs accept {run}")),
        "{shown}"
    );
    runs(&project, &["show", "2000-01-01_0000_none"]).expect_code(2);
    runs(&project, &["show", "../etc"]).expect_code(2);
    let empty = TestProject::new();
    empty.file("x", "").commit_all();
    runs(&empty, &["list"]).expect_code(3);
    assert!(!empty.path().join(".overnight").exists());
}

#[test]
fn accepting_moves_the_branch_forward_and_keeps_unrelated_edits() {
    let project = after_a_night();
    project.file("mine.txt", "untracked\n");
    let run = run_id(&project);
    project.file(&format!(".overnight/worktrees/{run}/late.txt"), "late\n");
    let answer = runs(&project, &["accept", "last"]).expect_code(0);
    assert!(
        answer.stdout.contains("main moved forward"),
        "{}",
        answer.stdout
    );
    assert_eq!(project.read("a.txt"), "one\ntwo\n");
    assert_eq!(project.read("mine.txt"), "untracked\n");
    assert!(project.read("PLAN.md").contains("[x] Step number 1"));
    assert_eq!(project.git(&["branch", "--list", "overnight/*"]), "");
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
    let late = project.read(&format!(".overnight/worktrees/{run}.patch"));
    assert!(late.contains("+late") && !project.path().join("late.txt").exists());
    runs(&project, &["accept", "last"]).expect_code(2);
    overnight(&project)
        .args(["run", "--resume", "last"])
        .run()
        .expect_code(2);
}

#[test]
fn accepting_merges_when_the_branch_went_on() {
    let project = after_a_night();
    project.file("other.txt", "work\n").commit_all();
    let json = runs(&project, &["accept", "last", "--format", "json"])
        .expect_code(0)
        .json();
    assert_eq!(json["is_fast_forward"], false);
    assert_eq!(project.read("a.txt"), "one\ntwo\n");
    assert_eq!(
        project
            .git(&["log", "--merges", "--format=%s"])
            .lines()
            .count(),
        1
    );
}

#[test]
fn accepting_refuses_what_would_touch_the_users_work() {
    let project = after_a_night();
    project.file("a.txt", "mine\n");
    let head = project.git(&["rev-parse", "HEAD"]);
    let answer = runs(&project, &["accept", "last"]).expect_code(3);
    assert!(answer.stderr.contains("a.txt"), "{}", answer.stderr);
    assert_eq!(project.read("a.txt"), "mine\n");
    project.commit_all();
    let answer = runs(&project, &["accept", "last"]).expect_code(3);
    assert!(
        answer.stderr.contains("does not merge by itself: a.txt"),
        "{}",
        answer.stderr
    );
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    assert_eq!(project.read("a.txt"), "mine\n");
    assert_ne!(project.git(&["rev-parse", "HEAD"]), head);
    assert!(
        project
            .git(&["branch", "--list", "overnight/*"])
            .contains("overnight/")
    );
}

#[test]
fn dropping_asks_first_and_keeps_the_logs() {
    let project = after_a_night();
    let run = run_id(&project);
    let answer = runs(&project, &["drop", "last"]).expect_code(2);
    assert!(answer.stderr.contains("--yes"), "{}", answer.stderr);
    runs(&project, &["drop", &run, "--yes"]).expect_code(0);
    assert_eq!(project.git(&["branch", "--list", "overnight/*"]), "");
    assert_eq!(project.read("a.txt"), "one\n");
    assert!(
        project
            .path()
            .join(format!("logs/overnight_runs/{run}/run.json"))
            .exists()
    );
    let list = runs(&project, &["list"]).expect_code(0).stdout;
    assert!(list.contains("dropped"), "{list}");
}
