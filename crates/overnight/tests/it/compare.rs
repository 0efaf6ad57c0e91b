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
    let rows = fs::read_to_string(step.join("gap/old-vs-new-few/hard_samples.jsonl"));
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
fn without_references_what_is_read_differently_is_found() {
    let project = planted();
    let sample = |id: &str| json!({"id": id, "image": format!("img/{id}.jpg")});
    project.file("few.jsonl", lines(["1", "2", "3", "4"].map(sample)));
    let args = [
        "--baseline",
        "old.jsonl",
        "--candidate",
        "new.predictions.jsonl",
        "--format",
        "json",
    ];
    let json = compare(&project, &args).run().expect_code(1).json();
    assert_eq!(json["n_without_reference"], 4);
    assert_eq!(
        (&json["paired"], &json["routing"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(json["baseline"]["cer"]["micro"], Value::Null);
    // Both read 1 alike and 2 differently; only one side has a text for 3, none for 4.
    assert_eq!(json["hard_counts"], json!({"both": 1, "disagreement": 2}));
    let second = &json["hard_samples"][2];
    assert_eq!(
        (&second["id"], &second["class"]),
        (&"2".into(), &"disagreement".into())
    );
    assert!(near(&second["disagreement"], 3.0 / 13.0), "{second}");
    assert_eq!(second["reason"], "old and new are 23.1 % of the text apart");
    assert!(second["crop"].is_string(), "where they differ is shown");
    let dataset = fs::read_to_string(json["hard_dataset"].as_str().unwrap()).unwrap();
    let row: Value = serde_json::from_str(dataset.lines().nth(2).unwrap()).unwrap();
    assert_eq!(row["baseline_text"], "SHOP\nT0T4L I2");
    assert_eq!(row.get("text"), None, "there is no reference to learn from");
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
        .join(".overnight/out/compare/gap/old-vs-new-few/pictures");
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
    let no_margin = ["--baseline", good, "--candidate", good, "--margin", "0"];
    refuse(&no_margin, 2, "not a fraction above 0");
    project.file(
        "other.jsonl",
        lines([prediction("elsewhere", "ok", &["x"])]),
    );
    let others = ["--baseline", "other.jsonl", "--candidate", "other.jsonl"];
    refuse(&others, 3, "neither side has a prediction");
}

/// The smallest receipts are read soonest.
fn smallest_receipts(project: &TestProject, receipts: &Path, n: usize) {
    let mut images: Vec<(u64, String)> = fs::read_dir(receipts.join("img"))
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (entry.metadata().unwrap().len(), name)
        })
        .collect();
    images.sort();
    for (_, name) in images.iter().take(n) {
        project.copy(&receipts.join("img").join(name), &format!("few/img/{name}"));
        for (folder, extension) in [("box", "csv"), ("key", "json")] {
            let beside = format!("{folder}/{}", name.replace("jpg", extension));
            project.copy(&receipts.join(&beside), &format!("few/{beside}"));
        }
    }
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
    smallest_receipts(&project, &receipts, 12);
    let step = project.path().join("step");
    let answer = Overnight::new(BINARY, &project)
        .args(["compare", "--dataset", "sroie:few", "--format", "json"])
        .args(["--baseline", "tesseract", "--candidate", "ppocr"])
        .args(["--profile", "receipts", "--profile", "default"])
        .args(["--repeat", "2", "--hard-threshold", "0.1"])
        .env("OVERNIGHT_RESULT", step.join("result.json"))
        .env("OVERNIGHT_STEP_DIR", &step)
        .run();
    if answer.code == Some(3) && answer.stderr.contains("ppocrv6-small") {
        skip(test, "the weights of ppocrv6-small");
        return;
    }
    assert!(matches!(answer.code, Some(0 | 1)), "{}", answer.stderr);
    let json = answer.json();
    let cer = |side: &str| json[side]["cer"]["micro"].as_f64().unwrap();
    assert!(cer("candidate") < 0.1, "{}", cer("candidate"));
    assert!(cer("candidate") < cer("baseline"));
    assert!(
        json["paired"]["n"].as_u64() >= Some(10),
        "{}",
        json["paired"]
    );
    assert_eq!(json["paired"]["equivalence"]["verdict"], "different");
    assert_eq!(json["baseline"]["backend"]["kind"], "tesseract");
    assert_eq!(json["candidate"]["backend"]["kind"], "ppocr");
    assert_eq!(json["candidate"]["noise"]["n_identical"], 2);
    assert!(json["breakdowns"].as_array().unwrap().len() >= 4);
    assert!(json["routing"]["rule"].is_object(), "{}", json["routing"]);
    let total = json["candidate"]["fields"].as_array().unwrap().iter();
    let total = total.filter(|field| field["field"] == "total");
    assert!(total.map(|f| f["in_text"].as_u64().unwrap()).sum::<u64>() >= 8);
    recompute(test, &step);
    the_hard_ones_are_a_dataset(&project, &json, &step);
}

/// Has another program compute every number of a comparison from the files beside it.
pub(crate) fn recompute(test: &str, step: &Path) {
    let Some(python) = std::env::var_os("OVERNIGHT_TEST_PYTHON") else {
        skip(test, "a Python with rapidfuzz (OVERNIGHT_TEST_PYTHON)");
        return;
    };
    let output = std::process::Command::new(&python)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/compare/recompute.py"))
        .arg(step.join("result.json"))
        .output()
        .expect("Python runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let checked: Value = serde_json::from_slice(&output.stdout).expect("an answer as JSON");
    assert_eq!(checked["wrong"], json!([]));
    assert!(checked["n_checked"].as_u64() > Some(200), "{checked}");
}

/// What was exported can be read and compared again, with the same images and references.
fn the_hard_ones_are_a_dataset(project: &TestProject, json: &Value, step: &Path) {
    let n = json["hard_samples"].as_array().unwrap().len();
    assert!(n > 0, "the threshold is low");
    let dataset = step.join(json["hard_dataset"].as_str().unwrap());
    let again = Overnight::new(BINARY, project)
        .args(["compare", "--format", "json", "--profile", "receipts"])
        .args(["--dataset", &format!("jsonl:{}", dataset.display())])
        .args(["--baseline", "tesseract", "--candidate", "ppocr"])
        .run()
        .json();
    assert_eq!(again["samples"].as_array().unwrap().len(), n);
    for sample in again["samples"].as_array().unwrap() {
        let all = json["samples"].as_array().unwrap().iter();
        let before = all.clone().find(|s| s["id"] == sample["id"]).unwrap();
        assert_eq!(sample["candidate"], before["candidate"]);
        assert_eq!(sample["baseline"], before["baseline"]);
    }
}
