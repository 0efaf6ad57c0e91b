//! `overnight run`: outcomes, changes, the plan, and what is refused.

use std::fs;

use overnight_testkit::{Shared, TestProject};

use crate::night_project::{OWN, overnight, project, run_dir, run_id, write};

#[test]
fn every_step_ends_with_its_outcome_and_the_summary_says_so() {
    let project = project(
        &[
            "echo two >> a.txt",
            "echo partial > c.txt; echo the reason >&2; exit 7",
            "echo '{\"schema\": \"x/1\", \"status\": \"findings\", \"message\": \"2 left\"}' \
             > \"$OVERNIGHT_RESULT\"; exit 1",
            "echo '{\"status\": \"skipped\", \"message\": \"no model\", \"hint\": \"pull it\"}' \
             > \"$OVERNIGHT_RESULT\"; exit 3",
            "if read line; then exit 9; else echo closed > \"$OVERNIGHT_STEP_DIR/stdin\"; fi",
        ],
        "[steps.\"1.1.6\"]\nrun = 'sleep 60'\ntimeout = '1s'\n\
         [steps.\"1.1.7\"]\nrun = 'no-such-program-here'\n\
         [steps.\"1.1.8\"]\nrun = 'true'\nneeds = ['1.1.2']\n",
    );
    let plan = project.read("PLAN.md");
    let more = "   - [ ] Slow\n   - [ ] Missing\n   - [ ] In need\n   - [ ] Unbound\n";
    project.file("PLAN.md", plan + more).commit_all();
    let answer = overnight(&project)
        .args(["run", "PLAN.md", "--format", "json"])
        .run()
        .expect_code(1);
    let json = answer.json();
    let steps = json["steps"].as_array().unwrap();
    let outcomes: Vec<&str> = steps
        .iter()
        .map(|step| step["state"]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(
        outcomes,
        [
            "done",
            "failed",
            "done",
            "skipped",
            "done",
            "timed_out",
            "skipped",
            "skipped",
            "unbound"
        ]
    );
    let reason = |n: usize| steps[n]["state"]["reason"].as_str().unwrap().to_owned();
    assert_eq!(reason(1), "exit code 7: the reason");
    assert_eq!(reason(2), "2 left");
    assert_eq!(reason(3), "no model; pull it");
    assert!(reason(6).starts_with("program `no-such-program-here` was not found; install"));
    assert_eq!(reason(7), "it needs 1.1.2, which ended failed");
    assert_eq!((&json["done"], &json["total"]), (&3.into(), &9.into()));
    assert!(run_dir(&project).join("steps/1.1.5/stdin").exists());
    assert!(run_dir(&project).join("steps/1.1.2/change.patch").exists());
    let shown = overnight(&project).args(["status"]).run().expect_code(0);
    assert!(shown.stdout.lines().count() <= 25);
    assert!(
        shown.stdout.contains("incomplete, 3 of 9 steps done"),
        "{}",
        shown.stdout
    );
}

#[test]
fn a_change_is_committed_with_trailers_and_only_marks_and_values_change_in_the_plan() {
    let project = project(&["echo two >> a.txt; echo new > b.txt", "true"], "");
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    let branch = format!("overnight/{}", run_id(&project));
    let log = project.git(&[
        "log",
        "--reverse",
        "--format=%s",
        &format!("main..{branch}"),
    ]);
    let subjects: Vec<&str> = log.lines().collect();
    assert_eq!(subjects[0], "🤖 Overnight Ops: 1.1 - Step number 1");
    assert_eq!(subjects[1], "🤖 Overnight Ops: 1.1 - plan progress");
    let trailers = "--format=%(trailers)";
    let first = project.git(&["rev-list", "--reverse", &format!("main..{branch}")]);
    let first = first.lines().next().unwrap();
    assert_eq!(
        project.git(&["log", "-1", trailers, first]).trim(),
        format!(
            "Overnight-Run: {}\nOvernight-Task: 1.1\nOvernight-Step: 1.1.1\nOvernight-Attempt: 1",
            run_id(&project)
        )
    );
    assert_eq!(
        project.git(&["show", &format!("{branch}:a.txt")]),
        "one\ntwo\n"
    );
    let diff = project.git(&["diff", "-U0", "main", &branch, "--", "PLAN.md"]);
    let changed: Vec<&str> = diff
        .lines()
        .filter(|line| line.starts_with(['+', '-']) && !line.starts_with("---"))
        .filter(|line| !line.starts_with("+++"))
        .collect();
    insta::assert_snapshot!(changed.join("\n"), @r"
    -- **STATUS:** PLANNING
    -- **CURRENT STEP:** Phase 1
    -- **LAST COMPLETED TASK:** none yet
    -- **NEXT TASK:** everything
    +- **STATUS:** COMPLETED
    +- **CURRENT STEP:** none
    +- **LAST COMPLETED TASK:** Task 1.1 - Write
    +- **NEXT TASK:** none
    -1. [ ] **Task 1.1: Write**
    -   - [ ] Step number 1
    -   - [ ] Step number 2
    +1. [x] **Task 1.1: Write**
    +   - [x] Step number 1
    +   - [x] Step number 2
    ");
}

#[test]
fn a_change_that_makes_a_gate_worse_is_undone_and_kept_as_a_patch() {
    let gate = "[workspace]\ngate = [['sh', '-c', \
                'grep -n bad *.txt /dev/null; ! grep -q bad *.txt']]\n";
    let project = project(&["echo bad >> a.txt", "echo good >> a.txt"], gate);
    let answer = overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    assert!(
        answer.stdout.contains("1.1.1    rolled back: "),
        "{}",
        answer.stdout
    );
    let branch = format!("overnight/{}", run_id(&project));
    assert_eq!(
        project.git(&["show", &format!("{branch}:a.txt")]),
        "one\ngood\n"
    );
    let patch = run_dir(&project).join("steps/1.1.1/change.patch");
    assert!(fs::read_to_string(&patch).unwrap().contains("+bad"));
    project.git(&["apply", "--check", patch.to_str().unwrap()]);
}

#[test]
fn what_was_bad_before_may_stay_but_not_get_worse() {
    let gate = "[workspace]\ngate = [['sh', '-c', 'grep -Hn bad *.txt && exit 1; exit 0']]\n";
    let project = project(
        &[
            "echo fine >> a.txt",
            "echo bad >> a.txt",
            "sed -i /bad/d b.txt",
            "echo bad >> a.txt",
        ],
        gate,
    );
    project.file("b.txt", "bad\n").commit_all();
    let answer = overnight(&project)
        .args(["run", "PLAN.md", "--format", "json"])
        .run()
        .expect_code(1)
        .json();
    let outcomes: Vec<&str> = answer["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step["state"]["outcome"].as_str().unwrap())
        .collect();
    assert_eq!(outcomes, ["done", "rolled_back", "done", "rolled_back"]);
}

#[test]
fn a_dirty_checkout_stays_byte_identical() {
    let project = project(
        &[
            "ls data/images && echo two >> a.txt",
            "echo x > data/images/new.bin",
            "git add -A && git commit -qm 'by the step'; rm a.txt",
        ],
        "[workspace]\nshare = ['data']\n",
    );
    project.file(".gitignore", "data/\n").commit_all();
    project.file("data/images/1.bin", "image");
    project.file("a.txt", "edited by the user\n");
    project.file("staged.txt", "staged\n");
    project.git(&["add", "staged.txt"]);
    project.file("untracked.txt", "untracked\n");
    let status = project.git(&["status", "--porcelain=v2", "--branch"]);
    let index = fs::read(project.path().join(".git/index")).unwrap();
    let before = project.tree(OWN);
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    assert_eq!(index, fs::read(project.path().join(".git/index")).unwrap());
    assert_eq!(
        project.git(&["status", "--porcelain=v2", "--branch"]),
        status
    );
    let mut after = project.tree(OWN);
    let new = after.remove("data/images/new.bin");
    assert_eq!(
        new.as_deref(),
        Some(b"x\n".as_slice()),
        "shared folders are shared"
    );
    assert_eq!(after, before);
    let branch = format!("overnight/{}", run_id(&project));
    let names = project.git(&["ls-tree", "-r", "--name-only", &branch]);
    assert!(
        !names.contains("data") && !names.contains("staged"),
        "{names}"
    );
    assert!(!names.contains("a.txt"), "{names}");
}

#[test]
fn an_untracked_plan_is_ticked_where_it_lies() {
    let project = TestProject::new();
    project
        .file("a.txt", "one\n")
        .file(".gitignore", "PLAN.md\n");
    write(&project, &["true", "exit 1"], "");
    project.commit_all();
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    let plan = project.read("PLAN.md");
    assert!(
        plan.contains("- **STATUS:** INCOMPLETE (1 of 2 steps)\n"),
        "{plan}"
    );
    assert!(
        plan.contains("   - [x] Step number 1\n   - [ ] Step number 2\n"),
        "{plan}"
    );
}

#[test]
fn what_is_ticked_is_not_run_again_unless_named() {
    let project = project(&["touch ran-1", "touch ran-2"], "");
    let plan = project
        .read("PLAN.md")
        .replace("[ ] Step number 1", "[x] Step number 1");
    project.file("PLAN.md", plan).commit_all();
    let run = |args: &[&str]| {
        let answer = overnight(&project).args(args).run().expect_code(0);
        answer.stderr
    };
    assert!(!run(&["run", "PLAN.md"]).contains("1.1.1   start"));
    assert!(run(&["run", "PLAN.md", "--only", "1.1.1"]).contains("1.1.1   start"));
    let dry = overnight(&project)
        .args(["run", "PLAN.md", "--dry-run"])
        .run();
    insta::assert_snapshot!(dry.expect_code(0).stdout, @r"
    1.1.1    - (ticked already)
    1.1.2    touch ran-2
    1 of 2 steps would run
    ");
}

#[test]
fn criteria_are_checked_with_the_reports_in_place() {
    let project = project(&["true"], "");
    let plan = project.read("PLAN.md")
        + "\n## Success Criteria Validation\n- [ ] `BENCHMARK_REPORT.md` is there.\n\
           - [ ] Never true\n- [ ] Open\n";
    let config = project.read("overnight.toml")
        + "\n[criteria.\"BENCHMARK_REPORT.md is\"]\ncheck = 'test -s BENCHMARK_REPORT.md'\n\
           [criteria.\"Never\"]\ncheck = 'false'\n";
    project
        .file("PLAN.md", plan)
        .file("overnight.toml", config)
        .commit_all();
    let answer = overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
    assert!(
        answer.stdout.contains("1 of 2 checked hold, 1 not bound"),
        "{}",
        answer.stdout
    );
    let branch = format!("overnight/{}", run_id(&project));
    let plan = project.git(&["show", &format!("{branch}:PLAN.md")]);
    assert!(plan.contains("- [x] `BENCHMARK_REPORT.md`"), "{plan}");
    assert!(plan.contains("- [ ] Never true\n- [ ] Open\n"), "{plan}");
    assert!(
        plan.contains("INCOMPLETE (1 of 1 steps, 1 criteria not met)"),
        "{plan}"
    );
    assert!(run_dir(&project).join("report/index.html").exists());
    assert!(!project.path().join("BENCHMARK_REPORT.md").exists());
}

#[test]
fn a_night_without_git_is_refused_before_anything_is_written() {
    let project = TestProject::new();
    write(&project, &["true"], "");
    let before = project.tree(&[]);
    let answer = overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(3);
    assert!(answer.stderr.contains("git init"), "{}", answer.stderr);
    assert_eq!(project.tree(&[]), before);
    project.git(&["init", "-q"]);
    let answer = overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(3);
    assert!(answer.stderr.contains("no commit yet"), "{}", answer.stderr);
    assert_eq!(project.tree(&[".git"]), before);
}

#[test]
fn wrong_usage_has_one_clear_message() {
    let project = project(&["true"], "");
    let refused = |args: &[&str], says: &str| {
        let answer = overnight(&project).args(args).run().expect_code(2);
        assert!(answer.stderr.contains(says), "{args:?}: {}", answer.stderr);
    };
    refused(&["run", "NO.md"], "failed to read the plan NO.md");
    refused(&["run", "PLAN.md", "--only", "4"], "no step at 4");
    refused(&["run", "PLAN.md", "--until", "seven"], "--until 07:00");
    refused(&["run"], "PLAN");
    project.file("overnight.toml", "[steps.\"9.9.9\"]\nrun = 'true'\n");
    refused(&["run", "PLAN.md"], "9.9.9");
    let answer = overnight(&project).args(["run", "--resume", "last"]).run();
    assert_eq!(answer.code, Some(3), "{}", answer.stderr);
    let inside = overnight(&project)
        .env("OVERNIGHT_RUN", "x")
        .args(["run", "PLAN.md"]);
    assert!(
        inside
            .run()
            .expect_code(2)
            .stderr
            .contains("cannot start another night")
    );
}

#[test]
fn the_master_plan_runs_on_the_project_it_was_written_for() {
    let test = "the_master_plan_runs_on_the_project_it_was_written_for";
    let Some(bundle) = Shared::path(test, "fixtures/project-history.bundle") else {
        return;
    };
    let Some(plan) = Shared::path(test, "plans/master-plan.md") else {
        return;
    };
    let project = TestProject::new();
    let place = project.path().join("clone");
    project.git(&[
        "clone",
        "-q",
        bundle.to_str().unwrap(),
        place.to_str().unwrap(),
    ]);
    let text = fs::read_to_string(&plan).unwrap();
    fs::write(place.join("MASTER.md"), &text).unwrap();
    fs::write(
        place.join("overnight.toml"),
        "[project]\ntimezone = 'Asia/Seoul'\n\
         [steps.\"1.1.1\"]\nshell = true\nrun = 'echo done >> AUDIT_TRAIL.md'\n\
         [steps.\"1.1.2\"]\nrun = 'true'\n[steps.\"1.2.1\"]\nrun = 'false'\n\
         [steps.\"3.2.2\"]\nrun = 'true'\nneeds = ['1.1']\n\
         [criteria.\"All results must be logged\"]\ncheck = 'test -d logs/overnight_runs'\n",
    )
    .unwrap();
    let git = |args: &[&str]| {
        let mut full = vec!["-C", place.to_str().unwrap()];
        full.extend(args);
        project.git(&full)
    };
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "the plan"]);
    let answer = overnight(&project)
        .in_dir(&place)
        .args(["run", "MASTER.md", "--format", "json"])
        .run()
        .expect_code(1);
    let json = answer.json();
    assert_eq!((&json["done"], &json["total"]), (&3.into(), &16.into()));
    let branch = json["branch"].as_str().unwrap();
    let ticked = git(&["show", &format!("{branch}:MASTER.md")]);
    let changed: Vec<(&str, &str)> = text
        .split('\n')
        .zip(ticked.split('\n'))
        .filter(|(before, after)| before != after)
        .collect();
    assert_eq!(text.split('\n').count(), ticked.split('\n').count());
    let unmarked = |line: &str| line.replace("[x]", "[ ]");
    let (marks, values): (Vec<_>, Vec<_>) = changed
        .into_iter()
        .partition(|(before, after)| *before == unmarked(after));
    assert_eq!(
        marks.len(),
        3 + 1 + 1,
        "steps, their task, a criterion: {marks:?}"
    );
    assert!(
        values.iter().all(|(line, _)| line.starts_with("- **")),
        "{values:?}"
    );
    assert_eq!(git(&["status", "--porcelain"]), "");
}
