//! `overnight demo`: the newcomer's first command, with real programs throughout.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

use overnight_testkit::{Answer, Overnight, TestProject, skip};
use serde_json::Value;

fn demo(place: &TestProject) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), place).args(["demo"])
}

/// What git prints in the demo's project.
fn git(place: &TestProject, args: &[&str]) -> String {
    let answer = Command::new("git")
        .args(args)
        .current_dir(place.path().join("overnight-demo"))
        .output()
        .expect("git runs");
    assert!(answer.status.success(), "git {args:?}");
    String::from_utf8(answer.stdout).expect("UTF-8 from git")
}

/// A PATH that begins with the tools `./test` installed, when it did.
fn path_with_tools() -> std::ffi::OsString {
    let own = std::env::var_os("OVERNIGHT_TEST_VENV").map(|venv| PathBuf::from(venv).join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(own.into_iter().chain(std::env::split_paths(&path)))
        .expect("folders without colons")
}

/// The outcome of each step, by the step's address.
fn outcomes(night: &Value) -> BTreeMap<String, String> {
    let steps = night["steps"].as_array().expect("steps");
    let outcome = |step: &Value| {
        let id = step["id"].as_str()?.to_owned();
        Some((id, step["state"]["outcome"].as_str()?.to_owned()))
    };
    steps.iter().filter_map(outcome).collect()
}

/// The boxes of the plan's steps in document order, as written.
fn ticks(plan: &str) -> Vec<bool> {
    plan.lines()
        .filter_map(|line| line.strip_prefix("   - ["))
        .map(|rest| rest.starts_with('x'))
        .collect()
}

#[test]
fn the_night_of_the_example_leaves_reports_and_ticks_what_succeeded() {
    let place = TestProject::new();
    let answer: Answer = demo(&place)
        .args(["--only", "1,4.2", "--format", "json"])
        .env("PATH", path_with_tools())
        .run();
    let document = answer.json();
    assert_eq!(document["schema"], "overnight.demo/1");
    let night = &document["night"];
    let outcomes = outcomes(night);
    for step in ["1.1.1", "1.1.2", "4.2.1", "4.2.2"] {
        assert_eq!(
            outcomes.get(step).map(String::as_str),
            Some("done"),
            "{step}"
        );
    }
    // Steps whose tools are not on this machine are skipped, and the exit code says so.
    let is_skipped = ["1.2.1", "1.2.2"].map(|step| outcomes[step] == "skipped");
    answer.expect_code(i32::from(is_skipped.contains(&true)));
    let branch = night["branch"].as_str().unwrap();
    let plan = git(&place, &["show", &format!("{branch}:PLAN.md")]);
    let ticks = ticks(&plan);
    assert_eq!(ticks.len(), 16);
    let addresses = (1..=4)
        .flat_map(|phase| (1..=2).map(move |task| (phase, task)))
        .flat_map(|(phase, task)| (1..=2).map(move |step| format!("{phase}.{task}.{step}")));
    for (address, ticked) in addresses.zip(ticks) {
        let is_done = outcomes
            .get(&address)
            .is_some_and(|outcome| outcome == "done");
        assert_eq!(ticked, is_done, "{address}");
    }
    // The checkout itself is as it was written.
    assert_eq!(git(&place, &["status", "--porcelain"]), "");
    assert_eq!(
        git(&place, &["rev-parse", "--abbrev-ref", "HEAD"]).trim(),
        "main"
    );
    let report = PathBuf::from(night["folder"].as_str().unwrap()).join("report");
    for name in [
        "index.html",
        "QUALITY_REPORT.md",
        "BENCHMARK_REPORT.md",
        "VLM_GAP_ANALYSIS.md",
        "DATASET_OPTIMIZATION_REPORT.md",
    ] {
        let size = report.join(name).metadata().map_or(0, |meta| meta.len());
        assert!(size > 0, "{name} was not written to {}", report.display());
    }
}

#[test]
fn what_is_missing_is_skipped_and_says_how_to_get_it() {
    let place = TestProject::new();
    let bin = place.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let path = std::env::var_os("PATH").unwrap_or_default();
    for name in ["git", "sh", "make", "test", "grep"] {
        let found = std::env::split_paths(&path)
            .map(|folder| folder.join(name))
            .find(|program| program.exists());
        let Some(program) = found else {
            return skip("what_is_missing_is_skipped_and_says_how_to_get_it", name);
        };
        std::os::unix::fs::symlink(program, bin.join(name)).unwrap();
    }
    let answer = demo(&place)
        .args(["--only", "1.2,3.1.1", "--format", "json"])
        .env("PATH", &bin)
        .run()
        .expect_code(1);
    let document = answer.json();
    let outcomes = outcomes(&document["night"]);
    for step in ["1.2.1", "1.2.2", "3.1.1"] {
        assert_eq!(
            outcomes.get(step).map(String::as_str),
            Some("skipped"),
            "{step}"
        );
    }
    assert!(answer.stderr.contains("install"), "{}", answer.stderr);
}

#[test]
fn a_folder_in_use_is_left_alone() {
    let place = TestProject::new();
    place.file("overnight-demo/mine.txt", "mine");
    let before = place.tree(&[]);
    let answer = demo(&place).run().expect_code(2);
    assert!(answer.stderr.contains("is not empty"), "{}", answer.stderr);
    assert!(answer.stderr.contains("hint"), "{}", answer.stderr);
    assert_eq!(place.tree(&[]), before);
}
