//! The look before a night: `plan check`, and `run --strict`.

use std::os::unix::fs::symlink;

use overnight_testkit::{Answer, Overnight, TestProject};
use serde_json::Value;

fn overnight(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(env!("CARGO_BIN_EXE_overnight"), project).args(args)
}

/// A folder with only these programs, to be the PATH: a machine without a graphics processor.
fn few_programs(project: &TestProject) -> std::path::PathBuf {
    let folder = project.path().join(".git/few");
    std::fs::create_dir_all(&folder).unwrap();
    for name in ["git", "sh", "make", "python3"] {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|place| place.join(name))
            .find(|path| path.exists())
            .unwrap_or_else(|| "/bin/true".into());
        symlink(found, folder.join(name)).unwrap();
    }
    folder
}

fn checked(project: &TestProject) -> Answer {
    overnight(project, &["plan", "check", "PLAN.md"])
        .env("PATH", few_programs(project))
        .env("OVERNIGHT_MODELS", project.path().join("models"))
        .env("HOOK", "https://hooks.example.org/sesame")
        .run()
}

fn shown(project: &TestProject, answer: &Answer) -> String {
    let folder = project.path().canonicalize().unwrap();
    let text = format!("{}{}", answer.stdout, answer.stderr);
    text.replace(&*folder.to_string_lossy(), "DIR")
        .replace(&*project.path().to_string_lossy(), "DIR")
}

/// A plan with a step for each command.
fn plan(project: &TestProject, commands: &[&str], config: &str) {
    let mut plan = "# Plan\n\n## Phase 1: One\n- [ ] **Task 1.1: All**\n".to_owned();
    let mut toml = config.to_owned();
    for (index, command) in commands.iter().enumerate() {
        plan.push_str(&format!("  - [ ] Step {}\n", index + 1));
        toml.push_str(&format!("[steps.\"1.1.{}\"]\n{command}\n", index + 1));
    }
    project.file("PLAN.md", plan).file("overnight.toml", toml);
}

#[test]
fn everything_that_would_fail_at_night_is_named_in_the_evening() {
    let project = TestProject::new();
    plan(
        &project,
        &[
            "run = \"python3 tools/gone.py --fast\"",
            "run = \"python3 new.py\"",
            "run = \"make -C sub all check\"",
            "run = \"cd sub && make all && sh ../asks.sh\"\nshell = true",
            "run = \"apt-get install tesseract-ocr\"",
            "run = \"overnight infer --backend ppocr --dataset here\"\nlock = [\"gpu\"]",
            "run = \"overnight infer --backend tesseract --dataset gone\"",
            "run = \"overnight infer --backend own --dataset sroie:unshared\"",
            "run = \"python3 ok.py\"\nenv = { URL = \"http://127.0.0.1:1/v1\" }",
            "run = \"sh -c true\"\ndirectory = \"nowhere\"",
            "run = \"python3 tools/gone.py\"",
            "run = \"overnight storage --dataset folder:../\"",
        ],
        "[workspace]\nshare = [\"data\"]\ngate = [[\"make\", \"quality-check\"], [\"no-such-gate\"]]\n\
         [secrets]\nenv = [\"NOT_SET_ANYWHERE\", \"HOOK\"]\n\
         [notify.channels.team]\nkind = \"slack\"\nurl_env = \"HOOK\"\ntoken_env = \"NO_TOKEN\"\n\
         [datasets.here]\nformat = \"folder\"\npath = \"data/here\"\n\
         [datasets.gone]\nformat = \"folder\"\npath = \"data/gone\"\n\
         [backends.own]\nkind = \"ppocr\"\ndetection = \"d.onnx\"\nrecognition = \"r.onnx\"\n",
    );
    project
        .file("ok.py", "name = input('?')\n")
        .file("asks.sh", "#!/bin/sh\n\nread -p 'Go on?' answer\n")
        .file("sub/Makefile", "all:\n\techo check:\n")
        .file("Makefile", "lint:\n")
        .commit_all();
    let more = project.read("overnight.toml") + "\n";
    project.file("overnight.toml", more);
    project
        .file("new.py", "")
        .file("data/here/a.txt", "")
        .file("unshared/a.txt", "")
        .file("sub/Makefile", "all:\n\techo\n");
    let before = project.tree(&[".git"]);
    let answer = checked(&project).expect_code(1);
    assert_eq!(project.tree(&[".git"]), before, "checking changes nothing");
    let text = shown(&project, &answer);
    assert!(
        !text.contains("sesame"),
        "values of variables are never shown"
    );
    insta::assert_snapshot!(text);
}

#[test]
fn a_strict_night_does_not_begin_with_problems() {
    let project = TestProject::new();
    plan(&project, &["run = \"true\"", "run = \"sh gone.sh\""], "");
    project.commit_all();
    let before = project.tree(&[".git"]);
    let answer = overnight(&project, &["run", "PLAN.md", "--strict"])
        .run()
        .expect_code(3);
    assert_eq!(project.tree(&[".git"]), before, "no night has begun");
    assert!(
        answer
            .stderr
            .contains("problem: 1.1.2: the script gone.sh is not there")
    );
    assert!(answer.stderr.contains("--strict"), "{}", answer.stderr);
    // A night of other steps has no problem.
    let args = ["run", "PLAN.md", "--strict", "--only", "1.1.1", "--dry-run"];
    overnight(&project, &args).run().expect_code(2);
    let answer = overnight(&project, &args[..5]).run();
    assert!(!answer.stderr.contains("problem"), "{}", answer.stderr);
    overnight(&project, &["runs", "drop", "last", "--yes"]).run();
    // Without it the night begins, and says the same.
    let answer = overnight(&project, &["run", "PLAN.md"])
        .run()
        .expect_code(1);
    assert!(
        answer
            .stderr
            .contains("problem: 1.1.2: the script gone.sh is not there")
    );
    let clean = TestProject::new();
    plan(&clean, &["run = \"true\""], "");
    clean.commit_all();
    let answer = overnight(&clean, &["run", "PLAN.md", "--strict"])
        .run()
        .expect_code(0);
    assert!(!answer.stderr.contains("problem"), "{}", answer.stderr);
}

#[test]
fn a_night_is_forecast_from_the_nights_before() {
    let project = TestProject::new();
    plan(
        &project,
        &["run = \"sleep 0.2\"", "run = \"sh -c 'exit 4'\""],
        "",
    );
    project.commit_all();
    let json = |args: &[&str]| -> Value { overnight(&project, args).run().json() };
    let check = ["plan", "check", "PLAN.md", "--format", "json"];
    assert_eq!(json(&check)["forecast"], Value::Array(Vec::new()));
    overnight(&project, &["run", "PLAN.md"])
        .run()
        .expect_code(1);
    let forecast = &json(&check)["forecast"][0];
    assert_eq!(forecast["task"], "1.1");
    assert_eq!(
        (&forecast["steps_known"], &forecast["steps"]),
        (&1.into(), &2.into())
    );
    let expected = forecast["expected_s"].as_f64().unwrap();
    assert!((0.2..30.0).contains(&expected), "{expected}");
    assert!(forecast["finish"].is_null(), "a step never succeeded");
    // What was done is known to the end.
    plan(&project, &["run = \"sleep 0.2\""], "");
    let answer = overnight(&project, &["plan", "check", "PLAN.md"])
        .run()
        .expect_code(0);
    assert!(
        answer
            .stdout
            .contains("expected, from earlier nights:\n  1.1"),
        "{}",
        answer.stdout
    );
    assert!(
        answer.stdout.contains("if it begins now"),
        "{}",
        answer.stdout
    );
}

#[test]
fn a_verb_that_would_not_be_understood_is_named_in_the_evening() {
    let project = TestProject::new();
    plan(
        &project,
        &[
            "run = \"overnight storage --dataset x --backends y\"",
            "run = \"overnight audit links\"",
            "run = \"overnight no-such-verb\"",
        ],
        "[datasets.x]\nformat = \"folder\"\npath = \"docs\"\n",
    );
    project.file("docs/a.txt", "a").commit_all();
    let json = overnight(&project, &["plan", "check", "PLAN.md", "--format", "json"])
        .run()
        .expect_code(1)
        .json();
    let problems = json["problems"].as_array().unwrap();
    let usage: Vec<(&str, &str)> = problems
        .iter()
        .filter(|problem| problem["kind"] == "usage")
        .map(|p| (p["step"].as_str().unwrap(), p["message"].as_str().unwrap()))
        .collect();
    assert_eq!(usage.len(), 2, "{json:#}");
    assert_eq!((usage[0].0, usage[1].0), ("1.1.1", "1.1.3"));
    assert!(usage[0].1.contains("unexpected argument '--backends'"));
    assert!(usage[1].1.contains("unrecognized subcommand"));
}
