//! `overnight score`.

use std::path::Path;
use std::process::Command;

use overnight_testkit::{Overnight, TestProject, skip};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

const CONFIG: &str = "[profiles.own]\ncase_fold = true\nremove_whitespace = true\n\
                      [datasets.few]\nformat = \"jsonl\"\npath = \"few.jsonl\"\n";

fn score(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(BINARY, project).args(["score"]).args(args)
}

pub(crate) fn lines(values: impl IntoIterator<Item = Value>) -> String {
    values
        .into_iter()
        .map(|value| format!("{value}\n"))
        .collect()
}

fn pair(id: &str, reference: &str, hypothesis: &str) -> Value {
    json!({"id": id, "reference": reference, "hypothesis": hypothesis})
}

pub(crate) fn prediction(id: &str, status: &str, text: &str) -> Value {
    json!({
        "id": id, "image": format!("{id}.png"), "image_sha256": "", "backend": "b",
        "fingerprint": "f", "status": status, "text": text, "lines": [],
        "timings_ms": {"total": 1.0}, "attempts": 1,
    })
}

/// Equal but for the last place, which is lost in reading JSON.
fn near(value: &Value, expected: f64) -> bool {
    value
        .as_f64()
        .is_some_and(|value| (value - expected).abs() < 1e-12)
}

#[test]
fn the_document_has_the_promised_form() {
    let project = TestProject::new();
    let pairs = [
        pair("a", "TOTAL  12.00", "TOTAL 12.0O"),
        pair("b", "Thank you", "Thank you"),
    ];
    project.file("pairs.jsonl", lines(pairs));
    let json = score(&project, &["--pairs", "pairs.jsonl", "--format", "json"])
        .run()
        .expect_code(0)
        .json();
    assert_eq!(json["schema"], "overnight.score/1");
    assert_eq!(
        (&json["profile"], &json["unit"]),
        (&"default".into(), &"code point".into())
    );
    assert_eq!((&json["n"], &json["coverage"]), (&2.into(), &1.0.into()));
    assert!(near(&json["cer"]["micro"], 1.0 / 20.0));
    assert!(near(&json["cer"]["macro"], 1.0 / 22.0));
    assert!(near(&json["cer"]["macro_clipped"], 1.0 / 22.0));
    assert!(near(&json["cer"]["median"], 1.0 / 22.0));
    assert_eq!(
        (&json["cer"]["edits"], &json["cer"]["reference_len"]),
        (&1.into(), &20.into())
    );
    assert_eq!(json["cer"]["interval"]["level"], 0.95);
    assert_eq!(json["wer"]["micro"], 0.25);
    let mut first = json["samples"][0].clone();
    assert!(near(&first["cer"].take(), 1.0 / 11.0));
    assert_eq!(
        first,
        json!({"id": "a", "status": "ok", "n_ref": 11, "n_hyp": 11, "distance": 1,
               "cer": null, "word_n_ref": 2, "word_distance": 1})
    );
}

#[test]
fn people_see_the_definition_beside_the_numbers() {
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    let pairs = [
        pair("a", "Straße  12", "STRASSE 12"),
        pair("b", "Thank you", "Thank u"),
    ];
    project.file("pairs.jsonl", lines(pairs));
    let args = [
        "--pairs",
        "pairs.jsonl",
        "--profile",
        "strict",
        "--profile",
        "own",
    ];
    let answer = score(&project, &args).run().expect_code(0);
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn failed_and_missing_predictions_lower_the_coverage_alone() {
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    let sample =
        |id: &str, text: Value| json!({"id": id, "image": format!("{id}.png"), "text": text});
    let samples = [
        sample("1", json!("abcd")),
        sample("2", json!("abcd")),
        sample("3", json!("abcd")),
        sample("4", Value::Null),
    ];
    project.file("few.jsonl", lines(samples));
    let predictions = [
        prediction("1", "ok", "abxd"),
        prediction("2", "timeout", "abcd"),
        prediction("4", "ok", "no reference"),
        prediction("9", "ok", "not in the dataset"),
    ];
    project.file("p.jsonl", lines(predictions));
    let args = [
        "--dataset",
        "few",
        "--predictions",
        "p.jsonl",
        "--format",
        "json",
    ];
    let json = score(&project, &args).run().expect_code(1).json();
    assert_eq!(json["n"], 3);
    assert!(near(&json["coverage"], 1.0 / 3.0));
    assert_eq!(json["cer"]["micro"], 0.25);
    assert_eq!(json["cer"]["failures_as_one"], 9.0 / 12.0);
    assert_eq!(json["status"], "findings");
    assert_eq!(
        json["message"],
        "2 of 3 samples not scored: 1 timeout, 1 skipped"
    );
    assert_eq!(json["samples"][1]["distance"], Value::Null);
    assert_eq!(json["samples"][2]["status"], "skipped");
}

#[test]
fn a_prediction_of_another_image_is_not_used() {
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    project.file(
        "few.jsonl",
        lines([json!({"id": "1", "image": "1.png", "text": "abcd"})]),
    );
    project.file("1.png", "these bytes");
    let mut stale = prediction("1", "ok", "abcd");
    stale["image_sha256"] = json!("0".repeat(64));
    project.file("p.jsonl", lines([stale]));
    let args = [
        "--dataset",
        "few",
        "--predictions",
        "p.jsonl",
        "--format",
        "json",
    ];
    let json = score(&project, &args).run().expect_code(1).json();
    assert_eq!(json["coverage"], 0.0);
    let message = json["message"].as_str().unwrap();
    assert!(
        message.contains("1 prediction was made from other images"),
        "{message}"
    );
}

#[test]
fn misuse_is_explained() {
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    project.file("few.jsonl", lines([json!({"id": "1", "image": "1.png"})]));
    project.file(
        "p.jsonl",
        lines([prediction("1", "ok", "x"), prediction("1", "ok", "y")]),
    );
    project.file("one.jsonl", lines([prediction("1", "ok", "x")]));
    project.file("torn.jsonl", "{\"id\": \"1\", \"refer");
    let refuse = |args: &[&str], code: i32, part: &str| {
        let answer = score(&project, args).run().expect_code(code);
        assert!(answer.stderr.contains(part), "{args:?}: {}", answer.stderr);
    };
    refuse(&[], 2, "--dataset");
    refuse(&["--dataset", "few"], 2, "--predictions");
    refuse(
        &["--dataset", "few", "--predictions", "gone.jsonl"],
        3,
        "overnight infer",
    );
    refuse(
        &["--dataset", "few", "--predictions", "p.jsonl"],
        2,
        "`1` occurs twice",
    );
    refuse(
        &["--dataset", "few", "--predictions", "one.jsonl"],
        3,
        "no sample has a reference",
    );
    refuse(&["--pairs", "torn.jsonl"], 2, "torn.jsonl line 1");
    refuse(
        &["--pairs", "torn.jsonl", "--profile", "onw"],
        2,
        "did you mean `own`?",
    );
}

/// Texts with everything that makes normalisation hard, errors at every rate.
pub(crate) fn difficult_pairs() -> Vec<Value> {
    let words = [
        "TOTAL",
        "12,000",
        "영수증",
        "영수증",
        "Straße",
        "İstanbul",
        "ﬁn",
        "e\u{301}té",
        "合計",
        "RM",
        "½",
        "👩‍👩‍👧",
        "ΣΊΣΥΦΟΣ",
        "x",
        "§",
    ];
    let spaces = [" ", "\n", "  ", "\t", "\u{a0}", "\u{3000}", "\r\n"];
    let mut state = 7_u64;
    let mut draw = move |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize % n
    };
    let mut pairs = vec![
        pair("empty-both", "", ""),
        pair("empty-reference", "", "something"),
        pair("empty-hypothesis", "something", ""),
        pair("only-space", " \n", " "),
    ];
    for number in 0..120 {
        let mut reference = String::new();
        let mut hypothesis = String::new();
        for _ in 0..1 + draw(60) {
            let (word, space) = (words[draw(words.len())], spaces[draw(spaces.len())]);
            reference.extend([word, space]);
            match draw(8) {
                0 => hypothesis.push_str(space),
                1 => hypothesis.extend([words[draw(words.len())], " "]),
                2 => hypothesis.extend([&word.to_lowercase(), space]),
                3 => hypothesis.extend([word, space, space, word]),
                _ => hypothesis.extend([word, space]),
            }
        }
        pairs.push(pair(&number.to_string(), &reference, &hypothesis));
    }
    pairs
}

#[test]
fn other_tools_find_the_same_rates() {
    let Some(python) = std::env::var_os("OVERNIGHT_TEST_PYTHON") else {
        skip(
            "other_tools_find_the_same_rates",
            "a Python with jiwer (OVERNIGHT_TEST_PYTHON)",
        );
        return;
    };
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    project.file("pairs.jsonl", lines(difficult_pairs()));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/score/recompute.py");
    let output = Command::new(python)
        .arg(script)
        .arg(project.path().join("pairs.jsonl"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let theirs: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut args = vec!["--pairs", "pairs.jsonl", "--format", "json"];
    args.extend(
        ["strict", "default", "own"]
            .iter()
            .flat_map(|name| ["--profile", name]),
    );
    let ours = score(&project, &args).run().expect_code(0).json();
    let further = ours["further_profiles"].as_array().unwrap().iter();
    let mut profiles = 0;
    for ours in std::iter::once(&ours).chain(further) {
        let theirs = &theirs[ours["profile"].as_str().unwrap()];
        let name = &ours["profile"];
        for sample in ours["samples"].as_array().unwrap() {
            let other = &theirs["samples"][sample["id"].as_str().unwrap()];
            for key in ["distance", "n_ref"] {
                assert_eq!(sample[key], other[key], "{name} {} {key}", sample["id"]);
            }
        }
        for key in ["micro", "macro", "macro_clipped", "median"] {
            let difference = ours["cer"][key].as_f64().unwrap() - theirs[key].as_f64().unwrap();
            assert!(difference.abs() < 1e-9, "{name} {key}: off by {difference}");
        }
        // jiwer refuses empty references, so the comparison with it is made without them.
        let with_reference = |key: &str| -> u64 {
            let samples = ours["samples"].as_array().unwrap().iter();
            let kept = samples.filter(|sample| sample["n_ref"] != 0);
            kept.map(|sample| sample[key].as_u64().unwrap()).sum()
        };
        let pooled = with_reference("distance") as f64 / with_reference("n_ref") as f64;
        let jiwer = theirs["micro_without_empty_references"].as_f64().unwrap();
        assert!(
            (pooled - jiwer).abs() < 1e-9,
            "{name}: {pooled} and {jiwer}"
        );
        profiles += 1;
    }
    assert_eq!(profiles, 3);
}
