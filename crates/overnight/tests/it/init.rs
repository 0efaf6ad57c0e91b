//! `overnight init`.

use overnight_testkit::{Answer, Overnight, Shared, TestProject};

fn overnight(project: &TestProject, args: &[&str]) -> Answer {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
        .args(args)
        .run()
}

const PLAN: &str = "\
# Plan
#### **Phase 1: One**
1. [ ] **Task 1.1: Quality**
   - [ ] Run `cd tools && make all`.
   - [ ] Run `scripts/clean.py --all` and `make check`.
   - [ ] Mend broken links.
   - [ ] Think about it.
## Success Criteria Validation
- [ ] `make quality-check` passes.
- [ ] A `REPORT.md` is generated.
- [ ] All is well.
";

#[test]
fn a_file_with_every_option_is_written_once() {
    let project = TestProject::new();
    let answer = overnight(&project, &["init"]).expect_code(0);
    assert!(
        answer.stdout.contains("plan explain PLAN"),
        "{}",
        answer.stdout
    );
    let written = project.read("overnight.toml");
    assert!(written.contains("commit_prefix = \"🤖 Overnight Ops:\""));
    project.file("overnight.toml", "# mine\n");
    let answer = overnight(&project, &["init"]).expect_code(2);
    assert!(answer.stderr.contains("--force"), "{}", answer.stderr);
    assert_eq!(project.read("overnight.toml"), "# mine\n");
    overnight(&project, &["init", "--force"]).expect_code(0);
    assert_eq!(project.read("overnight.toml"), written);
    assert_eq!(project.tree(&[]).len(), 1, "nothing else was written");
}

#[test]
fn bindings_are_proposed_for_a_plan() {
    let project = TestProject::new();
    project
        .file("PLAN.md", PLAN)
        .file("tools/Makefile", "all:\n")
        .file("Makefile", "check:\n")
        .file("scripts/clean.py", "");
    let answer = overnight(&project, &["init", "--plan", "PLAN.md"]).expect_code(0);
    assert!(
        answer
            .stdout
            .contains("commands for 3 of 4 steps and checks for 2 of 3 criteria"),
        "{}",
        answer.stdout
    );
    assert!(
        answer.stdout.contains(
            "steps that nothing is proposed for:\n  1.1.4   Think about it.\n          the step names \
             no command, and no verb of overnight does it\ncriteria that no check is proposed \
             for:\n  All is well.\n"
        ),
        "{}",
        answer.stdout
    );
    let text = project.read("overnight.toml");
    let start = text.find("# Bindings:").expect("bindings");
    insta::assert_snapshot!(&text[start..]);
    let answer = overnight(&project, &["plan", "explain", "PLAN.md"]).expect_code(0);
    assert!(
        answer.stdout.contains("4 steps (1 unbound)"),
        "{}",
        answer.stdout
    );
}

#[test]
fn a_plan_that_cannot_be_read_leaves_no_file() {
    let project = TestProject::new();
    project.file("prose.md", "nothing");
    for plan in ["absent.md", "prose.md"] {
        overnight(&project, &["init", "--plan", plan]).expect_code(2);
    }
    assert_eq!(project.tree(&[]).len(), 1);
}

#[test]
fn the_master_plan_gets_a_configuration_it_can_be_explained_with() {
    let test = "the_master_plan_gets_a_configuration_it_can_be_explained_with";
    let Some(path) = Shared::path(test, "plans/master-plan.md") else {
        return;
    };
    let project = TestProject::new();
    project.copy(&path, "plan.md");
    let json = overnight(&project, &["init", "--plan", "plan.md", "--format", "json"])
        .expect_code(0)
        .json();
    assert_eq!(json["proposals"]["steps"], 16);
    let unbound = json["proposals"]["unbound"].as_array().expect("a list");
    assert!(unbound.iter().all(|step| {
        ["step", "text", "reason"]
            .iter()
            .all(|key| step[key].as_str().is_some_and(|text| !text.is_empty()))
    }));
    let known = unbound.len() as u64 + json["proposals"]["bound"].as_u64().expect("a number");
    assert_eq!(known, 16);
    let bound = json["proposals"]["bound"].as_u64().expect("a number");
    assert!(bound >= 12, "{bound}");
    let json = overnight(
        &project,
        &["plan", "explain", "plan.md", "--format", "json"],
    )
    .expect_code(0)
    .json();
    assert_eq!(json["counts"]["unbound"], 16 - bound);
}

/// The proposed verbs, run for real in a project without data: each gets as far as missing
/// its dataset, its tool or nothing at all, and never stumbles over its own arguments.
#[test]
fn proposed_verbs_get_past_their_arguments() {
    let project = TestProject::new();
    project.file(
        "PLAN.md",
        "## Phase 1: a\n- [ ] Task 1.1: b\n  - [ ] Audit the documentation\n  - [ ] Broken links\n  \
         - [ ] Benchmark\n  - [ ] OOM up to 64\n  - [ ] VRAM\n  - [ ] Inference\n  - [ ] CER\n  \
         - [ ] Sepia\n  - [ ] WebP\n",
    );
    overnight(&project, &["init", "--plan", "PLAN.md"]).expect_code(0);
    let json = overnight(
        &project,
        &["plan", "explain", "PLAN.md", "--format", "json"],
    )
    .expect_code(0)
    .json();
    let steps = json["phases"][0]["tasks"][0]["steps"]
        .as_array()
        .expect("steps");
    assert_eq!(steps.len(), 9);
    for step in steps {
        let line = step["run"].as_str().expect("a proposal");
        let words: Vec<&str> = line.split(' ').skip(1).collect();
        let answer = overnight(&project, &words);
        let is_reached = match words[0] {
            "audit" => matches!(answer.code, Some(0 | 3)),
            _ => answer
                .stderr
                .contains("there is no dataset named `validation`"),
        };
        assert!(is_reached, "{line}: {:?} {}", answer.code, answer.stderr);
    }
}
