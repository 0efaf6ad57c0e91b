//! A night over a plan that says where the outputs of a model belong.

use overnight_testkit::{LlamaServer, Overnight, TestProject};
use serde_json::Value;

use super::{BINARY, images, rows};
use crate::night_project::run_id;

const PLAN: &str = "# Plan

#### **Phase 3: The Evaluator**
5. [ ] **Task 3.1: Large-Scale Validation Inference**
   - [ ] Run Qwen2.5-VL inference on the full competition validation set.
   - [ ] Save results to `datasets/validation/vlm_outputs/`.
";

fn overnight(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(BINARY, project).args(args)
}

/// What `init` proposes for the plan is run as it is. The outputs are in the run's folder and
/// where the plan says, git sees none of them, and they outlive the night's worktree.
#[test]
fn outputs_lie_where_the_plan_says_and_not_in_git() {
    let Some(server) = LlamaServer::start("outputs_lie_where_the_plan_says_and_not_in_git") else {
        return;
    };
    let project = TestProject::new();
    images(&project, "pictures", 12);
    project
        .file("pictures/broken.png", "no image")
        .file("PLAN.md", PLAN);
    overnight(
        &project,
        &["init", "--plan", "PLAN.md", "--server", &server.base_url()],
    )
    .run()
    .expect_code(0);
    let proposed = project.read("overnight.toml");
    assert!(proposed.contains("\noutputs = [\"datasets/validation/vlm_outputs\"]\n"));
    // The proposed backend stands last; what a person adds goes on from there.
    project.file(
        "overnight.toml",
        format!(
            "{proposed}max_tokens = 100\nextra_body = {{ grammar = 'root ::= \"TEA 1.00\"' }}\n\
             [datasets.validation]\nformat = \"folder\"\npath = \"pictures\"\n"
        ),
    );
    project.commit_all();
    let checked = overnight(&project, &["plan", "check", "PLAN.md", "--format", "json"]).run();
    let json = checked.expect_code(0).json();
    assert_eq!(json["problems"], Value::Array(Vec::new()));

    let answer = overnight(&project, &["run", "PLAN.md"])
        .run()
        .expect_code(0);
    assert!(answer.stdout.contains("2 of 2 steps"), "{}", answer.stdout);
    let run = run_id(&project);
    let own = format!("data/vlm_reports/{run}/qwen-validation.predictions.jsonl");
    let place = "datasets/validation/vlm_outputs";
    let look = || {
        let kept = project.read(&own);
        assert_eq!(project.read(&format!("{place}/predictions.jsonl")), kept);
        assert_eq!(
            project.read(&format!("{place}/texts/011.txt")),
            "TEA 1.00\n"
        );
        let texts = std::fs::read_dir(project.path().join(place).join("texts")).unwrap();
        assert_eq!(texts.count(), 12, "what cannot be read has no text");
    };
    look();
    let predictions = rows(&project, &own);
    assert_eq!(predictions.len(), 13);
    for prediction in &predictions {
        match prediction["id"] == "broken" {
            true => assert_eq!(prediction["status"], "undecodable"),
            // The answer as it came is kept with every request.
            false => assert_eq!(prediction["attempt_log"][0]["raw"], "TEA 1.00"),
        }
    }
    // Neither the checkout nor the night's branch knows of them.
    assert_eq!(project.git(&["status", "--porcelain"]), "");
    let branch = format!("overnight/{run}");
    let changed = project.git(&["diff", "--name-only", "main", &branch]);
    assert!(changed.lines().any(|file| file == "PLAN.md"), "{changed}");
    assert!(
        !changed.contains("datasets/") && !changed.contains("data/"),
        "{changed}"
    );

    overnight(&project, &["runs", "accept", &run])
        .run()
        .expect_code(0);
    let plan = project.read("PLAN.md");
    assert_eq!(plan.matches("[x]").count(), 3, "{plan}");
    look();
    assert_eq!(project.git(&["status", "--porcelain"]), "");
}

/// Where outputs would be committed, or be lost with the worktree, is said in the evening.
#[test]
fn outputs_that_git_would_take_are_named_in_the_evening() {
    let project = TestProject::new();
    images(&project, "pictures", 1);
    project
        .file("kept/.gitkeep", "")
        .file("PLAN.md", PLAN)
        .file(
            "overnight.toml",
            "[workspace]\noutputs = ['kept', 'free']\n\
             [datasets.d]\nformat = 'folder'\npath = 'pictures'\n\
             [steps.\"3.1.1\"]\nrun = 'overnight infer --backend tesseract --dataset d \
             --out free/a/ --out loose/p.jsonl'\n[steps.\"3.1.2\"]\nrun = 'true'\n",
        )
        .commit_all();
    let checked = overnight(&project, &["plan", "check", "PLAN.md", "--format", "json"]).run();
    let json = checked.json();
    let named = |list: &str, kind: &str| -> Vec<String> {
        let all = json[list].as_array().unwrap().iter();
        all.filter(|one| one["kind"] == kind)
            .map(|one| format!("{} | {}", one["message"], one["hint"]))
            .collect()
    };
    let problems = named("problems", "tracked_output");
    assert_eq!(problems.len(), 1, "{json:#}");
    assert!(problems[0].contains("git tracks kept/.gitkeep"));
    let notes = named("notes", "output_in_worktree");
    assert_eq!(notes.len(), 1, "{json:#}");
    assert!(notes[0].contains("loose/p.jsonl") && notes[0].contains("outputs = [\\\"loose\\\"]"));
}
