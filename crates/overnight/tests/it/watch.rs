//! `overnight watch` and `overnight status` while a night runs, and after.

use std::process::{Child, Stdio};

use overnight_testkit::TestProject;

use crate::night_project::{overnight, project, run_id, wait_for};

/// A night whose second step tells how far it is and waits for `.overnight/go`.
fn under_way() -> (TestProject, Child) {
    let project = project(
        &[
            "echo two >> a.txt",
            r#"now=$(date -u +%Y-%m-%dT%H:%M:%S.%NZ)
            echo "{\"what\": \"reading\", \"done\": 40, \"total\": 100, \"began\": \"$now\", \"at\": \"$now\"}" \
                > $OVERNIGHT_STEP_DIR/progress.json
            printf 'a \033[31mred\033[0m line\n'; touch $OVERNIGHT_STATE_DIR/there
            while ! test -e $OVERNIGHT_STATE_DIR/go; do sleep 0.05; done"#,
            "true",
        ],
        "",
    );
    let night = overnight(&project)
        .args(["run", "PLAN.md", "--until", "23:59"])
        .into_command()
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for(&project, ".overnight/there");
    (project, night)
}

#[test]
fn a_night_under_way_tells_how_far_it_is() {
    let (project, mut night) = under_way();
    let json = overnight(&project)
        .args(["status", "--format", "json"])
        .run()
        .expect_code(0)
        .json();
    assert_eq!(json["schema"], "overnight.status/1");
    assert_eq!(json["standing"], "running");
    assert_eq!(json["runner"]["pid"], night.id());
    let running = &json["running"][0];
    assert_eq!(running["step"], "1.1.2");
    assert_eq!(running["progress"]["done"], 40);
    assert_eq!(running["is_alive"], true);
    assert!(
        running["memory"]["rss_mib"].as_f64().unwrap() > 0.0,
        "{json}"
    );
    assert!(json["until"].is_string());
    let status = overnight(&project).args(["status"]).run().expect_code(0);
    assert!(
        status.stdout.contains("40 of 100 reading"),
        "{}",
        status.stdout
    );

    // Neither stdin nor stdout is a terminal here: one picture, then the end.
    let watch = overnight(&project).args(["watch"]).run().expect_code(0);
    for said in [
        "\u{25b6} 1.1.2 Step number 2",
        "40 %",
        "40 of 100 reading",
        "a red line",
    ] {
        assert!(
            watch.stdout.contains(said),
            "no {said:?} in {}",
            watch.stdout
        );
    }
    assert!(!watch.stdout.contains('\u{1b}'), "{}", watch.stdout);

    project.file(".overnight/go", "");
    assert!(night.wait().unwrap().success());
    let after = overnight(&project)
        .args(["watch", "--once"])
        .run()
        .expect_code(0);
    assert!(
        after.stdout.contains("complete") && after.stdout.contains("3 done"),
        "{}",
        after.stdout
    );
    overnight(&project)
        .args(["watch", "2000-01-01_0000_none"])
        .run()
        .expect_code(2);
}

#[test]
fn a_step_that_outlives_its_runner_is_told_of() {
    let (project, mut night) = under_way();
    night.kill().unwrap();
    night.wait().unwrap();
    let json = overnight(&project)
        .args(["status", "--format", "json"])
        .run()
        .expect_code(0)
        .json();
    assert_eq!(json["standing"], "died");
    assert_eq!(json["running"], serde_json::json!([]));
    assert_eq!(json["survivors"][0]["step"], "1.1.2");
    let status = overnight(&project).args(["status"]).run().expect_code(0);
    let go_on = "died; without it there go on: 1.1.2 (process ";
    assert!(status.stdout.contains(go_on), "{}", status.stdout);
    let watch = overnight(&project)
        .args(["watch", "--once"])
        .run()
        .expect_code(0);
    let resume = format!(
        "1.1.2 goes on without it: overnight run --resume {}",
        run_id(&project)
    );
    assert!(watch.stdout.contains(&resume), "{}", watch.stdout);
    // The step is not left to run on in a project that is gone.
    project.file(".overnight/go", "");
    let record = format!(
        "logs/overnight_runs/{}/steps/1.1.2/exit.json",
        run_id(&project)
    );
    wait_for(&project, &record);
}

#[test]
fn a_verb_leaves_its_progress_in_the_folder_of_its_attempt() {
    let project = TestProject::new();
    project
        .file(
            "PLAN.md",
            "# P\n\n#### **Phase 1: One**\n1. [ ] **Task 1.1: Look**\n   - [ ] Look\n",
        )
        .file(
            "overnight.toml",
            "[steps.\"1.1.1\"]\nrun = \"overnight audit links\"\n",
        )
        .file("docs/a.md", "# A\n\n[b](b.md)\n")
        .file("docs/b.md", "# B\n")
        .commit_all();
    overnight(&project)
        .args(["run", "PLAN.md"])
        .run()
        .expect_code(0);
    let folder = format!("logs/overnight_runs/{}/steps/1.1.1", run_id(&project));
    let text = project.read(&format!("{folder}/progress.json"));
    let progress: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(progress["total"].as_u64().unwrap() > 0, "{progress}");
    assert_eq!(progress["done"], progress["total"]);
    assert!(progress["at"].as_str() >= progress["began"].as_str());
    let left = std::fs::read_dir(project.path().join(folder)).unwrap();
    let drafts = left.filter(|entry| {
        let name = entry.as_ref().unwrap().file_name();
        name.to_string_lossy().starts_with(".progress")
    });
    assert_eq!(drafts.count(), 0);
}
