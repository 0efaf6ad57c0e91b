//! `overnight doctor`.

use overnight_testkit::{Overnight, TestProject};
use serde_json::Value;

fn doctor(project: &TestProject) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project).args(["doctor"])
}

fn state<'a>(report: &'a Value, name: &str) -> &'a str {
    let checks = report["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["name"] == name);
    check.expect("the check")["state"]
        .as_str()
        .expect("a state")
}

#[test]
fn every_missing_thing_comes_with_a_way_to_get_it() {
    let project = TestProject::new();
    let before = project.tree(&[]);
    let answer = doctor(&project).args(["--format", "json"]).run();
    let report = answer.json();
    let checks = report["checks"].as_array().unwrap();
    let missing: Vec<_> = checks.iter().filter(|c| c["state"] == "missing").collect();
    assert!(missing.iter().all(|check| check["remedy"].is_string()));
    assert_eq!(state(&report, "git"), "ok");
    let expected = i32::from(!missing.is_empty());
    assert_eq!(answer.code, Some(expected), "{}", answer.stdout);
    assert_eq!(project.tree(&[]), before, "the doctor only looks");
}

#[test]
fn without_git_no_night_can_run() {
    let project = TestProject::new();
    let empty = project.path().join("bin");
    std::fs::create_dir(&empty).unwrap();
    let answer = doctor(&project).env("PATH", &empty).run().expect_code(3);
    assert!(answer.stdout.contains("missing  git"), "{}", answer.stdout);
    assert!(answer.stdout.contains("essential missing"));
}

#[test]
fn a_broken_configuration_is_named() {
    let project = TestProject::new();
    project.file("overnight.toml", "[project]\ntimezon = \"UTC\"\n");
    let answer = doctor(&project).run().expect_code(1);
    assert!(answer.stdout.contains("timezon"), "{}", answer.stdout);
}

#[test]
fn the_models_a_project_uses_are_looked_at_one_by_one() {
    let project = TestProject::new();
    project.file(
        "overnight.toml",
        "[backends.fast]\nkind = \"ppocr\"\nmodel = \"ppocrv6-tiny\"\n",
    );
    let report = doctor(&project)
        .env("OVERNIGHT_MODELS", project.path().join("models"))
        .args(["--format", "json"])
        .run()
        .json();
    let check = |name: &str| {
        let checks = report["checks"].as_array().expect("checks");
        let found = checks.iter().find(|check| check["name"] == name).cloned();
        found.unwrap_or_else(|| panic!("no check {name} in {report:#}"))
    };
    assert_eq!(
        check("ppocrv6-tiny")["remedy"],
        "overnight models pull ppocrv6-tiny"
    );
    let others = check("other models");
    assert_eq!(
        others["found"],
        "ppocrv6-small, ppocrv5-mobile, ppocrv4-mobile not here"
    );
    let runtime = check("onnxruntime");
    assert_eq!(runtime["state"], "note", "{runtime}");
    assert!(
        runtime["remedy"].is_null()
            || runtime["remedy"] == "overnight models pull --runtime onnxruntime",
        "{runtime}"
    );
}
