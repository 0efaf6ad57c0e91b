//! `overnight compare`.

use std::fs;
use std::path::Path;

use overnight_testkit::{Overnight, Shared, TestProject, has_program, skip};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

fn compare(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(BINARY, project)
        .args(["compare", "--dataset", "few"])
        .args(args)
}

fn lines(values: impl IntoIterator<Item = Value>) -> String {
    values
        .into_iter()
        .map(|value| format!("{value}\n"))
        .collect()
}

/// A prediction with one line a text, 30 pixels apart.
fn prediction(id: &str, status: &str, texts: &[&str]) -> Value {
    let places = texts.iter().enumerate().map(|(row, text)| {
        let top = 20 + 30 * row;
        let polygon = [[20, top], [220, top], [220, top + 20], [20, top + 20]];
        json!({"polygon": polygon, "text": text, "confidence": 0.9})
    });
    json!({
        "id": id, "image": format!("img/{id}.jpg"), "image_sha256": "", "backend": "b",
        "fingerprint": "f", "status": status, "text": texts.join("\n"),
        "lines": places.collect::<Vec<_>>(), "timings_ms": {"total": 100.0}, "attempts": 1,
    })
}

/// Three receipt images with planted references, and an image that cannot be decoded.
fn planted() -> TestProject {
    let project = TestProject::new();
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/receipts/data/receipts/img");
    for number in 1..=3 {
        project.copy(
            &example.join(format!("en-0{number}.jpg")),
            &format!("img/{number}.jpg"),
        );
    }
    project.file("img/4.jpg", "not an image");
    let sample =
        |id: &str| json!({"id": id, "image": format!("img/{id}.jpg"), "text": "SHOP\nTOTAL 12"});
    project.file("few.jsonl", lines(["1", "2", "3", "4"].map(sample)));
    project.file(
        "overnight.toml",
        "[datasets.few]\nformat = \"jsonl\"\npath = \"few.jsonl\"\n",
    );
    let good = ["SHOP", "TOTAL 12"];
    project.file(
        "old.jsonl",
        lines([
            prediction("1", "ok", &good),
            prediction("2", "ok", &["SHOP", "T0T4L I2"]),
            prediction("3", "timeout", &[]),
            prediction("4", "undecodable", &[]),
        ]),
    );
    project.file(
        "new.predictions.jsonl",
        lines([
            prediction("1", "ok", &good),
            prediction("2", "ok", &good),
            prediction("3", "ok", &["SH0P", "TOTAL 12"]),
        ]),
    );
    project
}

/// Equal but for the last place, which is lost in reading JSON.
fn near(value: &Value, expected: f64) -> bool {
    value
        .as_f64()
        .is_some_and(|value| (value - expected).abs() < 1e-12)
}

#[test]
fn sides_are_paired_and_hard_samples_exported() {
    let project = planted();
    let step = project.path().join("logs/step");
    let args = [
        "--baseline",
        "old.jsonl",
        "--candidate",
        "new.predictions.jsonl",
    ];
    let json = compare(&project, &args)
        .args(["--format", "json"])
        .env("OVERNIGHT_RESULT", step.join("result.json"))
        .env("OVERNIGHT_STEP_DIR", &step)
        .run()
        .expect_code(1)
        .json();
    assert_eq!(json["schema"], "overnight.compare/1");
    assert_eq!(
        (&json["baseline"]["name"], &json["candidate"]["name"]),
        (&"old".into(), &"new".into())
    );
    assert_eq!(
        json["baseline"]["statuses"],
        json!({"ok": 2, "timeout": 1, "undecodable": 1})
    );
    assert_eq!(
        json["candidate"]["statuses"],
        json!({"ok": 3, "skipped": 1})
    );
    assert_eq!(json["candidate"]["coverage"], 0.75);
    // Both read 1 and 2: three edits against none, in 2 x 13 characters.
    let paired = &json["paired"];
    assert_eq!(
        (&paired["n"], &paired["wins"], &paired["ties"]),
        (&2.into(), &1.into(), &1.into())
    );
    assert!(near(&paired["difference"], -3.0 / 26.0));
    // The candidate's own rate is over the samples it read itself.
    assert!(near(&json["candidate"]["cer"]["micro"], 1.0 / 39.0));
    assert_eq!(json["candidate"]["cost"]["ms_p50"], 100.0);

    let hard = json["hard_samples"].as_array().unwrap();
    let found: Vec<_> = hard
        .iter()
        .map(|h| (h["id"].as_str().unwrap(), &h["class"]))
        .collect();
    let expected = [
        ("4", &json!("both")),
        ("3", &json!("baseline_only")),
        ("2", &json!("baseline_only")),
    ];
    assert_eq!(found, expected);
    assert_eq!(hard[1]["reason"], "old timeout, new CER 7.7 %");
    assert_eq!(
        hard[0]["thumbnail"],
        Value::Null,
        "an image that cannot be decoded"
    );
    assert_eq!(
        hard[1]["crop"],
        Value::Null,
        "the side to blame has no line"
    );
    for path in [
        &hard[1]["thumbnail"],
        &hard[2]["thumbnail"],
        &hard[2]["crop"],
    ] {
        let path = step.join(path.as_str().unwrap());
        let bytes = fs::read(&path).unwrap();
        assert!(
            bytes.starts_with(&[0xff, 0xd8]),
            "{} is no JPEG",
            path.display()
        );
    }
    let rows = fs::read_to_string(step.join("hard_samples/old-vs-new-few/hard_samples.jsonl"));
    assert_eq!(rows.unwrap().lines().count(), 3);
    let kinds = json["artifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["kind"].as_str().unwrap());
    assert_eq!(kinds.filter(|kind| *kind == "hard-sample image").count(), 3);
}

#[test]
fn people_read_the_answer_at_a_glance() {
    let project = planted();
    let args = [
        "--baseline",
        "old.jsonl",
        "--candidate",
        "new.predictions.jsonl",
    ];
    let answer = compare(&project, &args).run().expect_code(1);
    let text = answer
        .stdout
        .replace(&project.path().display().to_string(), "[project]");
    insta::assert_snapshot!(text);
}

#[test]
fn pictures_of_an_earlier_comparison_do_not_stay() {
    let project = planted();
    let args = [
        "--baseline",
        "old.jsonl",
        "--candidate",
        "new.predictions.jsonl",
    ];
    let folder = project
        .path()
        .join(".overnight/out/compare/hard_samples/old-vs-new-few");
    let pictures = |threshold: &str| -> Vec<String> {
        compare(&project, &args)
            .args(["--hard-threshold", threshold])
            .run()
            .expect_code(1);
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.ends_with(".jpg"))
            .collect();
        names.sort();
        names
    };
    assert_eq!(pictures("0.2"), ["02-3.jpg", "03-2-line.jpg", "03-2.jpg"]);
    assert_eq!(pictures("0.9"), ["02-3.jpg"]);
}

#[test]
fn a_wrong_side_is_explained() {
    let project = planted();
    let refuse = |args: &[&str], code: i32, part: &str| {
        let answer = compare(&project, args).run().expect_code(code);
        assert!(answer.stderr.contains(part), "{args:?}: {}", answer.stderr);
    };
    let good = "old.jsonl";
    refuse(
        &["--baseline", good, "--candidate", "gone.jsonl"],
        3,
        "gone.jsonl",
    );
    refuse(
        &["--baseline", good, "--candidate", "tesseracd"],
        2,
        "did you mean `tesseract`?",
    );
    let negative = [
        "--baseline",
        good,
        "--candidate",
        good,
        "--hard-threshold=-1",
    ];
    refuse(&negative, 2, "not a fraction");
}

#[test]
fn two_backends_on_real_receipts() {
    let test = "two_backends_on_real_receipts";
    let Some(receipts) = Shared::path(test, "data/receipts") else {
        return;
    };
    if !has_program(test, "tesseract") {
        return;
    }
    let project = TestProject::new();
    let config = "[profiles.receipts]\ncase_fold = true\nremove_whitespace = true\n";
    project.file("overnight.toml", config);
    // The smallest ones are read soonest.
    let mut images: Vec<(u64, String)> = fs::read_dir(receipts.join("img"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (entry.metadata().unwrap().len(), name)
        })
        .collect();
    images.sort();
    for (_, name) in images.iter().take(2) {
        project.copy(&receipts.join("img").join(name), &format!("few/img/{name}"));
        let boxes = name.replace(".jpg", ".csv");
        project.copy(
            &receipts.join("box").join(&boxes),
            &format!("few/box/{boxes}"),
        );
    }
    // Above 0 every sample with an error is exported with its texts.
    let answer = Overnight::new(BINARY, &project)
        .args(["compare", "--dataset", "sroie:few", "--format", "json"])
        .args(["--baseline", "tesseract", "--candidate", "ppocr"])
        .args(["--profile", "receipts", "--hard-threshold", "0"])
        .run();
    if answer.code == Some(3) && answer.stderr.contains("ppocrv6-small") {
        skip(test, "the weights of ppocrv6-small");
        return;
    }
    let json = answer.expect_code(0).json();
    let cer = |side: &str| json[side]["cer"]["micro"].as_f64().unwrap();
    assert!(cer("candidate") < 0.15, "{}", cer("candidate"));
    assert!(cer("candidate") < cer("baseline"));
    assert_eq!(json["paired"]["n"], 2);
    assert_eq!(json["baseline"]["backend"]["kind"], "tesseract");
    assert_eq!(json["candidate"]["backend"]["kind"], "ppocr");
    recompute(test, &project, &json);
}

/// Has other tools compute the rates of both sides from the texts of the hard samples.
fn recompute(test: &str, project: &TestProject, json: &Value) {
    let Some(python) = std::env::var_os("OVERNIGHT_TEST_PYTHON") else {
        skip(test, "a Python with jiwer (OVERNIGHT_TEST_PYTHON)");
        return;
    };
    let hard = json["hard_samples"].as_array().expect("a list");
    assert_eq!(hard.len(), 2, "both samples have an error on some side");
    for side in ["baseline", "candidate"] {
        let pairs = hard.iter().map(|sample| {
            let text = &sample[format!("{side}_text")];
            json!({"id": sample["id"], "reference": sample["reference"], "hypothesis": text})
        });
        project.file("pairs.jsonl", lines(pairs));
        let output = std::process::Command::new(&python)
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/score/recompute.py"))
            .arg(project.path().join("pairs.jsonl"))
            .output()
            .expect("Python runs");
        let theirs: Value = serde_json::from_slice(&output.stdout).expect("rates as JSON");
        for (ours, theirs) in [
            (&json[side]["cer"]["micro"], &theirs["own"]["micro"]),
            (&json[side]["cer"]["macro"], &theirs["own"]["macro"]),
        ] {
            let difference = ours.as_f64().expect("a rate") - theirs.as_f64().expect("a rate");
            assert!(difference.abs() < 1e-9, "{side}: off by {difference}");
        }
    }
}
