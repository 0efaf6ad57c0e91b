//! `overnight plan check|explain`.

use overnight_testkit::{Answer, Overnight, Shared, TestProject};

const PLAN: &str = "\
# A small plan

## Progress Tracker
- **STATUS:** PLANNING
- **CURRENT_STEP:** none

#### **Phase 1: The Auditor**
1. [ ] **Task 1.1: Documents**
   - [ ] Mend the front matter.
   - [x] Mend the links.
2. [ ] **Task 1.2: Code**
   - [ ] Look at the code.

## 🎯 **Success Criteria Validation**
- [ ] `make quality-check` passes with zero errors.
- [ ] Everybody is content.
";

const CONFIG: &str = "\
[steps.\"1.1.1\"]
run = \"overnight audit docs --fix\"
timeout = \"10m\"
[steps.\"1.2.1\"]
run = \"sh -c 'exit 0'\"
directory = \"code\"
needs = [\"1.1\"]
[criteria.\"make quality-check passes\"]
check = [\"sh\", \"-c\", \"true\"]
";

fn overnight(project: &TestProject, args: &[&str]) -> Answer {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(args)
        .run()
}

fn small_project() -> TestProject {
    let project = TestProject::new();
    project
        .file("PLAN.md", PLAN)
        .file("overnight.toml", CONFIG)
        .file("code/a.py", "");
    project
}

/// The answer without the folder of the test.
fn shown(project: &TestProject, answer: &Answer) -> String {
    let folder = project.path().canonicalize().expect("a folder");
    let text = format!("{}{}", answer.stdout, answer.stderr);
    text.replace(&*folder.to_string_lossy(), "DIR")
        .replace(&*project.path().to_string_lossy(), "DIR")
}

#[test]
fn explain_shows_what_each_step_runs() {
    let project = small_project();
    let before = project.tree(&[]);
    let answer = overnight(&project, &["plan", "explain", "PLAN.md"]).expect_code(0);
    insta::assert_snapshot!(shown(&project, &answer));
    assert_eq!(project.tree(&[]), before, "explaining changes nothing");
}

#[test]
fn explain_as_json_keeps_its_contract() {
    let project = small_project();
    let answer = overnight(
        &project,
        &["plan", "explain", "PLAN.md", "--format", "json"],
    );
    let json = answer.expect_code(0).json();
    insta::assert_json_snapshot!(json);
}

#[test]
fn the_master_plan_is_explained() {
    let test = "the_master_plan_is_explained";
    let Some(path) = Shared::path(test, "plans/master-plan.md") else {
        return;
    };
    let project = TestProject::new();
    project.copy(&path, "plan.md");
    let answer = overnight(&project, &["plan", "explain", "plan.md"]).expect_code(0);
    assert!(
        answer
            .stdout
            .contains("4 phases, 8 tasks, 16 steps (16 unbound)"),
        "{}",
        answer.stdout
    );
    let answer = overnight(
        &project,
        &["plan", "explain", "plan.md", "--format", "json"],
    );
    let json = answer.expect_code(0).json();
    assert_eq!(json["counts"]["unbound"], 16);
    assert_eq!(json["phases"][3]["tasks"][1]["steps"][1]["id"], "4.2.2");
    assert_eq!(json["tracker"]["status"], "PLANNING");
    let answer = overnight(&project, &["plan", "check", "plan.md"]).expect_code(1);
    assert!(
        answer.stdout.ends_with("16 problems\n"),
        "{}",
        answer.stdout
    );
}

#[test]
fn check_names_what_keeps_the_plan_from_running() {
    let project = small_project();
    project.file(
        "overnight.toml",
        "[steps.\"1.1.1\"]\nrun = \"overnight infer --backend pocr --dataset receipts\"\n\
         [steps.\"1.1.2\"]\nrun = \"no-such-program-anywhere a\"\ndirectory = \"gone\"\n\
         [criteria.\"Everybody\"]\ncheck = \"./missing.sh\"\n",
    );
    let answer = overnight(&project, &["plan", "check", "PLAN.md"]).expect_code(1);
    insta::assert_snapshot!(shown(&project, &answer));
    let json = overnight(&project, &["plan", "check", "PLAN.md", "--format", "json"])
        .expect_code(1)
        .json();
    assert_eq!(json["ready"], false);
    let kinds: Vec<&str> = json["problems"]
        .as_array()
        .expect("problems")
        .iter()
        .filter_map(|problem| problem["kind"].as_str())
        .collect();
    assert_eq!(
        kinds,
        [
            "missing_program",
            "unknown_name",
            "unknown_name",
            "missing_folder",
            "missing_program",
            "unbound",
        ]
    );
}

#[test]
fn a_plan_that_can_run_is_clean() {
    let project = small_project();
    let more = format!("{CONFIG}[steps.\"1.1.2\"]\nrun = \"overnight audit links\"\n");
    project.file("overnight.toml", more);
    let answer = overnight(&project, &["plan", "check", "PLAN.md"]).expect_code(0);
    assert!(
        answer.stdout.ends_with("every step can run\n"),
        "{}",
        answer.stdout
    );
}

/// Runs `plan explain` on what cannot be used; stdout stays empty.
fn refused(project: &TestProject, plan: &str) -> String {
    let answer = overnight(project, &["plan", "explain", plan]).expect_code(2);
    assert_eq!(answer.stdout, "");
    shown(project, &answer)
}

#[test]
fn what_cannot_be_used_is_refused_with_one_message() {
    let project = small_project();
    project
        .file("bytes.md", b"# Plan\n\xff\xfe\n")
        .file("prose.md", "# Prose\n\nNothing to do.\n")
        .file("twice.md", PLAN.replace("Task 1.2", "Task 1.1"));
    let mut all = String::new();
    for plan in ["absent.md", "bytes.md", "prose.md", "twice.md", "code"] {
        all.push_str(&refused(&project, plan));
    }
    for config in [
        "[project\n",
        "[project]\ntimezon = \"UTC\"\n",
        "[steps.\"1.1.3\"]\nrun = \"a\"\n",
        "[project]\ntimezon = \"UTC\"\n[steps.\"1.1.1\"]\nrn = \"a\"\n",
    ] {
        project.file("overnight.toml", config);
        all.push_str(&refused(&project, "PLAN.md"));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn a_refusal_is_a_json_document_too() {
    let project = small_project();
    let answer = overnight(
        &project,
        &["plan", "check", "absent.md", "--format", "json"],
    );
    let json = answer.expect_code(2).json();
    assert_eq!(json["exit_code"], 2);
    assert!(
        json["message"]
            .as_str()
            .expect("text")
            .contains("absent.md")
    );
}

#[test]
fn a_plan_is_found_from_elsewhere_and_with_stdin_closed() {
    let project = small_project();
    let elsewhere = TestProject::new();
    let folder = project.path().to_string_lossy().into_owned();
    let mut command = Overnight::new(env!("CARGO_BIN_EXE_overnight"), &elsewhere)
        .args(["plan", "explain", "PLAN.md", "--project", &folder])
        .into_command();
    // A shell closes the descriptor itself, which is more than an empty input.
    let program = command.get_program().to_owned();
    let args: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "exec \"$@\" <&-", "sh"])
        .arg(program)
        .args(args)
        .current_dir(elsewhere.path());
    let closed = shell.output().expect("a shell");
    let empty = command.output().expect("the program");
    assert_eq!(closed.status.code(), Some(0));
    assert_eq!(closed.stdout, empty.stdout);
}
