//! `overnight runs diff` and `prune`: several nights of one project.

use overnight_testkit::{Answer, TestProject};
use serde_json::Value;

use crate::night_project::{overnight, project};

fn runs(project: &TestProject, args: &[&str]) -> Answer {
    overnight(project).args(["runs"]).args(args).run()
}

/// The ids of all runs, the earliest first.
fn ids(project: &TestProject) -> Vec<String> {
    let json = runs(project, &["list", "--format", "json"])
        .expect_code(0)
        .json();
    let runs = json["runs"].as_array().unwrap().iter().rev();
    runs.map(|run| run["run"].as_str().unwrap().to_owned())
        .collect()
}

/// A project whose steps fare otherwise once `.overnight/second` is there.
fn two_nights() -> TestProject {
    let result = |n: u32| {
        format!(
            r#"echo "{{\"schema\": \"words/1\", \"status\": \"ok\", \"summary\": {{\"findings\": {n}, \"same\": 1}}}}" > $OVERNIGHT_RESULT"#
        )
    };
    let count = format!(
        "if test -e $OVERNIGHT_STATE_DIR/second; then {}; sleep 1.2; else {}; fi",
        result(3),
        result(8)
    );
    let project = project(
        &[
            "test ! -e $OVERNIGHT_STATE_DIR/second || { echo gone wrong; exit 4; }",
            "test -e $OVERNIGHT_STATE_DIR/second",
            &count,
            "echo x > x.txt",
        ],
        "",
    );
    night(&project);
    project.file(".overnight/second", "");
    night(&project);
    project
}

fn night(project: &TestProject) {
    overnight(project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(1);
}

#[test]
fn two_nights_are_compared() {
    let project = two_nights();
    let ids = ids(&project);
    let answer = runs(&project, &["diff", &ids[0]]).expect_code(0);
    let human = answer.stdout;
    for said in [
        "1.1.1  newly failing  done -> failed",
        "1.1.2  fixed          failed -> done",
        "1.1.3  slower         done",
        "gone wrong",
        "1 step ended alike",
        "figure     1.1.3 findings: 8 -> 3",
    ] {
        assert!(human.contains(said), "no {said:?} in {human}");
    }
    assert!(!human.contains("same: "), "{human}");
    let json = runs(&project, &["diff", &ids[1], &ids[0], "--format", "json"])
        .expect_code(0)
        .json();
    assert_eq!(json["schema"], "overnight.runs-diff/1");
    assert_eq!(json["steps"][0]["change"], "fixed");
    assert_eq!(json["steps"][3]["change"], "same");
    assert!(json["steps"][2]["ratio"].as_f64().unwrap() < 0.9, "{json}");
    assert_eq!(json["figures"][0]["after"], Value::from(8));
    runs(&project, &["diff", "2000-01-01_0000_none"]).expect_code(2);
}

#[test]
fn pruning_keeps_what_may_still_be_wanted() {
    let project = two_nights();
    night(&project);
    let ids = ids(&project);
    let folder = |id: &String| project.path().join(format!("logs/overnight_runs/{id}"));
    let artifacts = format!("data/vlm_reports/{}", ids[1]);
    project.file(&format!("{artifacts}/raw.jsonl"), [b'x'; 5000]);
    runs(&project, &["drop", &ids[1], "--yes"]).expect_code(0);

    runs(&project, &["prune", "--yes"]).expect_code(2);
    runs(&project, &["prune", "--older-than", "soon", "--yes"]).expect_code(2);
    let none = runs(&project, &["prune", "--older-than", "30d", "--yes"]).expect_code(0);
    assert!(none.stdout.contains("0 runs, 0 B"), "{}", none.stdout);

    let before = project.tree(&[".git"]);
    let dry = runs(&project, &["prune", "--keep", "0", "--dry-run"]).expect_code(0);
    assert!(
        dry.stdout.contains(&format!("would remove {artifacts}")),
        "{}",
        dry.stdout
    );
    runs(&project, &["prune", "--keep", "0"]).expect_code(2);
    assert!(project.tree(&[".git"]) == before, "nothing was removed yet");

    let json = runs(
        &project,
        &["prune", "--keep", "0", "--yes", "--format", "json"],
    )
    .expect_code(0)
    .json();
    assert_eq!(json["pruned"][0]["run"], ids[1].as_str());
    assert!(json["bytes"].as_u64().unwrap() > 5000, "{json}");
    let kept: Vec<&str> = json["kept"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["kept"].as_str().unwrap())
        .collect();
    assert_eq!(kept[0], "it is the last run");
    assert!(kept[1].contains("nobody decided"), "{kept:?}");
    assert!(folder(&ids[0]).exists() && folder(&ids[2]).exists());
    assert!(!folder(&ids[1]).exists() && !project.path().join(&artifacts).exists());
    let list = runs(&project, &["list"]).expect_code(0).stdout;
    assert_eq!(list.matches("(pruned)").count(), 1, "{list}");
    let shown = runs(&project, &["show", &ids[1]]).expect_code(0).stdout;
    assert!(
        shown.contains("1.1.1   failed") && shown.contains("(pruned)"),
        "{shown}"
    );

    runs(&project, &["prune", "--keep", "1", "--force", "--yes"]).expect_code(0);
    assert!(!folder(&ids[0]).exists() && folder(&ids[2]).exists());
    // The branch is not part of the logs: it can still be accepted.
    runs(&project, &["accept", &ids[0]]).expect_code(0);
    assert_eq!(project.read("x.txt"), "x\n");
}
