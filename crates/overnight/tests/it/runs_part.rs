//! `overnight runs accept` and `drop` with addresses: parts of a night.

use overnight_testkit::{Answer, TestProject};

use crate::night_project::{OWN, overnight, project, run_dir, run_id};

/// A night of four steps: the third builds on the first, the second and fourth stand alone.
fn after_a_night() -> TestProject {
    let project = project(
        &[
            "echo two >> a.txt",
            "echo b > b.txt",
            "sed -i 's/two/TWO/' a.txt",
            "echo c > c.txt",
        ],
        "",
    );
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    project
}

fn runs(project: &TestProject, args: &[&str]) -> Answer {
    overnight(project).args(["runs"]).args(args).run()
}

/// A file on the night's branch.
fn on_branch(project: &TestProject, file: &str) -> String {
    let place = format!("overnight/{}:{file}", run_id(project));
    project.git(&["show", &place])
}

fn ticks(plan: &str) -> Vec<bool> {
    let steps = plan.lines().filter(|line| line.contains("Step number"));
    steps.map(|line| line.contains("[x]")).collect()
}

/// Everything a refusal must leave alone.
fn picture(project: &TestProject) -> (String, String, String, impl PartialEq + std::fmt::Debug) {
    (
        project.git(&["rev-parse", "HEAD"]),
        project.git(&["for-each-ref"]),
        project.git(&["status", "--porcelain"]),
        project.tree(OWN),
    )
}

#[test]
fn a_part_is_taken_and_the_rest_later() {
    let project = after_a_night();
    project.file("mine.txt", "untracked\n");
    let answer = runs(&project, &["accept", "last", "1.1.2"]).expect_code(0);
    assert!(
        answer.stdout.contains("main moved forward"),
        "{}",
        answer.stdout
    );
    assert!(
        answer.stdout.contains("ticked     1.1.2"),
        "{}",
        answer.stdout
    );
    assert!(
        answer.stdout.contains("3 commits of steps still wait"),
        "{}",
        answer.stdout
    );
    assert_eq!(project.read("b.txt"), "b\n");
    assert_eq!(project.read("a.txt"), "one\n");
    let plan = project.read("PLAN.md");
    assert_eq!(ticks(&plan), [false, true, false, false]);
    assert!(plan.contains("**STATUS:** PLANNING") && plan.contains("[ ] **Task 1.1"));
    assert_eq!(project.git(&["status", "--porcelain"]), "?? mine.txt\n");
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 2);

    let shown = runs(&project, &["show", "last"]).expect_code(0).stdout;
    assert!(
        shown
            .lines()
            .any(|l| l.contains("1.1.2") && l.ends_with("(accepted)")),
        "{shown}"
    );
    let again = runs(&project, &["accept", "last", "1.1.2"]).expect_code(2);
    assert!(again.stderr.contains("at 1.1.2 waits"), "{}", again.stderr);

    // A second part, of two steps that belong together.
    runs(&project, &["accept", "last", "1.1.1", "1.1.3"]).expect_code(0);
    assert_eq!(project.read("a.txt"), "one\nTWO\n");
    assert_eq!(ticks(&project.read("PLAN.md")), [true, true, true, false]);

    runs(&project, &["accept", "last"]).expect_code(0);
    assert_eq!(project.read("c.txt"), "c\n");
    let plan = project.read("PLAN.md");
    assert_eq!(ticks(&plan), [true; 4]);
    assert!(plan.contains("**STATUS:** COMPLETED") && plan.contains("[x] **Task 1.1"));
    assert_eq!(project.git(&["branch", "--list", "overnight/*"]), "");
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 1);
}

#[test]
fn a_first_change_may_be_taken_though_a_later_one_alters_the_same_line() {
    let project = after_a_night();
    runs(&project, &["accept", "last", "1.1.1"]).expect_code(0);
    assert_eq!(project.read("a.txt"), "one\ntwo\n");
    // Without the note on the night's branch both sides would have changed the line.
    let json = runs(&project, &["accept", "last", "--format", "json"])
        .expect_code(0)
        .json();
    assert_eq!(json["is_fast_forward"], true, "{json}");
    assert_eq!(project.read("a.txt"), "one\nTWO\n");
}

#[test]
fn work_of_ones_own_is_merged_with() {
    let project = after_a_night();
    project.file("other.txt", "work\n").commit_all();
    let json = runs(&project, &["accept", "last", "1.1.2", "--format", "json"])
        .expect_code(0)
        .json();
    assert_eq!(json["is_fast_forward"], false, "{json}");
    assert_eq!(json["steps"], serde_json::json!(["1.1.2"]));
    assert_eq!(json["left"], 3);
    assert_eq!(project.read("b.txt"), "b\n");
    project.file("more.txt", "work\n").commit_all();
    runs(&project, &["accept", "last"]).expect_code(0);
    for (file, text) in [
        ("a.txt", "one\nTWO\n"),
        ("b.txt", "b\n"),
        ("c.txt", "c\n"),
        ("other.txt", "work\n"),
        ("more.txt", "work\n"),
    ] {
        assert_eq!(project.read(file), text, "{file}");
    }
}

#[test]
fn a_change_that_builds_on_another_does_not_come_alone() {
    let project = after_a_night();
    let before = picture(&project);
    let answer = runs(&project, &["accept", "last", "1.1.3"]).expect_code(3);
    assert!(answer.stderr.contains("a.txt"), "{}", answer.stderr);
    let together = format!("overnight runs accept {} 1.1.1 1.1.3", run_id(&project));
    assert!(answer.stderr.contains(&together), "{}", answer.stderr);
    let answer = runs(&project, &["drop", "last", "1.1.1", "--yes"]).expect_code(3);
    let together = format!("overnight runs drop {} 1.1.1 1.1.3 --yes", run_id(&project));
    assert!(answer.stderr.contains(&together), "{}", answer.stderr);
    assert!(picture(&project) == before);
    assert_eq!(project.git(&["worktree", "list"]).lines().count(), 2);
}

#[test]
fn a_part_is_refused_where_the_users_work_is() {
    let project = after_a_night();
    project.file("b.txt", "mine\n");
    let before = picture(&project);
    let answer = runs(&project, &["accept", "last", "1.1.2"]).expect_code(3);
    assert!(
        answer.stderr.contains("would be touched: b.txt"),
        "{}",
        answer.stderr
    );
    assert!(picture(&project) == before);
    project.commit_all();
    let before = picture(&project);
    let answer = runs(&project, &["accept", "last", "1.1.2"]).expect_code(3);
    assert!(
        answer
            .stderr
            .contains("does not merge by itself with main: b.txt"),
        "{}",
        answer.stderr
    );
    assert!(picture(&project) == before);
    // What does not meet the user's work can still be had.
    runs(&project, &["accept", "last", "1.1.4"]).expect_code(0);
    assert_eq!(project.read("b.txt"), "mine\n");
}

#[test]
fn a_dropped_change_is_gone_from_the_branch_and_kept_as_a_patch() {
    let project = after_a_night();
    let before = (project.git(&["rev-parse", "HEAD"]), project.tree(OWN));
    let answer = runs(&project, &["drop", "last", "1.1.2"]).expect_code(2);
    assert!(answer.stderr.contains("--yes"), "{}", answer.stderr);
    let answer = runs(&project, &["drop", "last", "1.1.2", "--yes"]).expect_code(0);
    assert!(
        answer.stdout.contains("unticked   1.1.2"),
        "{}",
        answer.stdout
    );
    assert!(before == (project.git(&["rev-parse", "HEAD"]), project.tree(OWN)));

    let plan = on_branch(&project, "PLAN.md");
    assert_eq!(ticks(&plan), [true, false, true, true]);
    assert!(
        plan.contains("**STATUS:** INCOMPLETE (3 of 4 steps)"),
        "{plan}"
    );
    let worktree = format!(".overnight/worktrees/{}", run_id(&project));
    assert!(!project.path().join(&worktree).join("b.txt").exists());
    assert_eq!(
        project.git(&["-C", &worktree, "diff", "HEAD", "--stat"]),
        ""
    );
    let folder = run_dir(&project).join("steps/1.1.2");
    let patch = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|e| e == "patch"))
        .expect("a patch");
    assert!(std::fs::read_to_string(patch).unwrap().contains("+b"));

    let status = overnight(&project).args(["status"]).run().expect_code(0);
    assert!(
        status.stdout.contains("incomplete, 3 of 4 steps done")
            && status.stdout.contains("dropped in the morning"),
        "{}",
        status.stdout
    );
    let page = std::fs::read_to_string(run_dir(&project).join("report/index.html")).unwrap();
    assert!(page.contains("dropped in the morning"));

    runs(&project, &["accept", "last"]).expect_code(0);
    assert!(!project.path().join("b.txt").exists());
    assert_eq!(project.read("c.txt"), "c\n");
    assert_eq!(ticks(&project.read("PLAN.md")), [true, false, true, true]);
}

#[test]
fn a_run_goes_on_after_parts_of_it_were_decided() {
    let project = project(
        &[
            "echo two >> a.txt",
            "echo b > b.txt",
            "test -e $OVERNIGHT_STATE_DIR/go && echo c > c.txt",
        ],
        "",
    );
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    runs(&project, &["accept", "last", "1.1.1"]).expect_code(0);
    runs(&project, &["drop", "last", "1.1.2", "--yes"]).expect_code(0);
    project.file(".overnight/go", "");
    let answer = overnight(&project)
        .args([
            "run",
            "--resume",
            "last",
            "--only",
            "1.1.3",
            "--retry-failed",
        ])
        .run()
        .expect_code(0);
    assert!(
        answer.stdout.contains("2 of 3 steps done"),
        "{}",
        answer.stdout
    );
    assert_eq!(ticks(&on_branch(&project, "PLAN.md")), [true, false, true]);
    runs(&project, &["accept", "last", "1.1.3"]).expect_code(0);
    assert_eq!(project.read("c.txt"), "c\n");
    assert_eq!(ticks(&project.read("PLAN.md")), [true, false, true]);
    runs(&project, &["accept", "last"]).expect_code(0);
    assert_eq!(project.read("a.txt"), "one\ntwo\n");
    assert!(!project.path().join("b.txt").exists());
}

#[test]
fn criteria_lose_their_tick_with_what_they_were_proven_on() {
    let project = project(&["echo two >> a.txt", "echo b > b.txt"], "");
    let mut plan = project.read("PLAN.md");
    plan.push_str("\n## Success Criteria Validation\n- [ ] b is there\n- [ ] by hand\n");
    let mut config = project.read("overnight.toml");
    config.push_str("\n[criteria.\"b is there\"]\ncheck = [\"test\", \"-s\", \"b.txt\"]\n");
    project.file("PLAN.md", plan).file("overnight.toml", config);
    project.commit_all();
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    assert!(on_branch(&project, "PLAN.md").contains("[x] b is there"));
    // A part has no evidence of its own.
    runs(&project, &["accept", "last", "1.1.1"]).expect_code(0);
    assert!(project.read("PLAN.md").contains("[ ] b is there"));
    runs(&project, &["drop", "last", "1.1.2", "--yes"]).expect_code(0);
    assert!(on_branch(&project, "PLAN.md").contains("[ ] b is there"));
}

#[test]
fn the_nights_worktree_may_have_been_edited_or_removed() {
    let project = after_a_night();
    let worktree = format!(".overnight/worktrees/{}", run_id(&project));
    project.file(&format!("{worktree}/late.txt"), "late\n");
    project.file(&format!("{worktree}/b.txt"), "edited\n");
    runs(&project, &["drop", "last", "1.1.4", "--yes"]).expect_code(0);
    assert_eq!(project.read(&format!("{worktree}/late.txt")), "late\n");
    assert_eq!(project.read(&format!("{worktree}/b.txt")), "edited\n");
    assert!(!project.path().join(format!("{worktree}/c.txt")).exists());
    // What would overwrite an edit is refused by git, and the branch stays.
    let branch = format!("overnight/{}", run_id(&project));
    let tip = project.git(&["rev-parse", &branch]);
    let answer = runs(&project, &["drop", "last", "1.1.2", "--yes"]).expect_code(75);
    assert!(answer.stderr.contains("b.txt"), "{}", answer.stderr);
    assert_eq!(project.git(&["rev-parse", &branch]), tip);

    std::fs::remove_dir_all(project.path().join(&worktree)).unwrap();
    runs(&project, &["accept", "last", "1.1.2"]).expect_code(0);
    runs(&project, &["drop", "last", "1.1.1", "1.1.3", "--yes"]).expect_code(0);
    let answer = runs(&project, &["accept", "last"]).expect_code(0);
    assert_eq!(project.read("a.txt"), "one\n", "{}", answer.stdout);
    assert_eq!(project.read("b.txt"), "b\n");
    assert_eq!(ticks(&project.read("PLAN.md")), [false, true, false, false]);
}
