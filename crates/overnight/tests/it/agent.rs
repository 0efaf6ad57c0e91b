//! Steps given to a coding agent, with a script in its place.

use overnight_testkit::{Overnight, TestProject};

fn overnight(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project).args(args)
}

const PLAN: &str = "## Phase 1: Words\n- [ ] **Task 1.1: Documents**\n  \
                    - [ ] Mend `$(touch hacked)`; \"quotes\" and all\n  - [ ] Break it\n";

/// Writes its prompt down and does something; what it does comes first in the prompt's
/// instruction.
const AGENT: &str = "#!/bin/sh\n\
    [ $# -eq 2 ] || exit 9\n\
    case \"$2\" in\n\
    *'What to do: break'*) echo broken > good.txt;;\n\
    *) printf '%s' \"$2\" > prompt.txt;;\n\
    esac\n";

fn project(steps: &str) -> TestProject {
    let project = TestProject::new();
    let config = format!(
        "[workspace]\ngate = [[\"grep\", \"-q\", \"good\", \"good.txt\"]]\n[agent]\nenabled = true\n\
         command = [\"sh\", \"agent.sh\", \"-p\", \"{{prompt}}\"]\n{steps}"
    );
    project
        .file("PLAN.md", PLAN)
        .file("agent.sh", AGENT)
        .file("good.txt", "good\n")
        .file("overnight.toml", config)
        .commit_all();
    project
}

#[test]
fn an_agent_gets_one_prompt_and_only_what_passes_the_gate_is_kept() {
    let project = project(
        "[steps.\"1.1.1\"]\nagent = true\n[steps.\"1.1.2\"]\nagent = \"break the good file\"\n",
    );
    let json = overnight(&project, &["run", "PLAN.md", "--format", "json"])
        .run()
        .expect_code(1)
        .json();
    let outcome = |n: usize| json["steps"][n]["state"]["outcome"].as_str().unwrap();
    assert_eq!((outcome(0), outcome(1)), ("done", "rolled_back"));
    let branch = json["branch"].as_str().unwrap();
    let show = |file: &str| project.git(&["show", &format!("{branch}:{file}")]);
    let prompt = show("prompt.txt");
    assert!(prompt.contains("Task 1.1: Documents"), "{prompt}");
    assert!(prompt.contains("Step 1.1.1: Mend `$(touch hacked)`; \"quotes\" and all\n"));
    assert!(prompt.contains("Do not commit"), "{prompt}");
    assert_eq!(show("good.txt"), "good\n");
    let files = project.git(&["ls-tree", "-r", "--name-only", branch]);
    assert!(!files.contains("hacked"), "{files}");
}

#[test]
fn an_agent_that_is_off_binds_nothing() {
    let project = project("[steps.\"1.1.1\"]\nagent = true\n");
    let config = project.read("overnight.toml");
    for (old, new, message) in [
        (
            "enabled = true",
            "enabled = false",
            "the agent is not enabled",
        ),
        (
            "{prompt}",
            "prompt",
            "no argument behind the program holds `{prompt}`",
        ),
        (
            "gate = [[\"grep\", \"-q\", \"good\", \"good.txt\"]]",
            "gate = []",
            "behind a gate, and there is none",
        ),
        (
            "agent = true",
            "agent = true\nrun = \"true\"",
            "`agent` does not go together with `run`",
        ),
        (
            "agent = true",
            "agent = true\nparallel = true",
            "never runs beside others",
        ),
    ] {
        project.file("overnight.toml", config.replace(old, new));
        for verb in [&["plan", "check", "PLAN.md"][..], &["run", "PLAN.md"]] {
            let answer = overnight(&project, verb).run().expect_code(2);
            assert!(answer.stderr.contains(message), "{}", answer.stderr);
            assert!(answer.stderr.contains("line "), "{}", answer.stderr);
        }
    }
}
