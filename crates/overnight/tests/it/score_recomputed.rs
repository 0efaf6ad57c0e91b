//! What `overnight score` says beside error rates, computed anew in Python.

use std::fs;
use std::path::Path;
use std::process::Command;

use overnight_testkit::{Overnight, Shared, TestProject, has_program, skip};
use serde_json::{Map, Value, json};

use crate::score::{difficult_pairs, lines, prediction};

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");
const CONFIG: &str = "[profiles.own]\ncase_fold = true\nremove_whitespace = true\n";
const PROFILES: [&str; 3] = ["strict", "default", "own"];

/// Scores `p.jsonl` against a dataset under every profile.
fn score(project: &TestProject, dataset: &str, code: i32) -> Value {
    Overnight::new(BINARY, project)
        .args(["score", "--dataset", dataset, "--predictions", "p.jsonl"])
        .args(PROFILES.iter().flat_map(|name| ["--profile", name]))
        .args(["--format", "json"])
        .run()
        .expect_code(code)
        .json()
}

/// Python's answer to `few.jsonl` and `p.jsonl`.
fn recomputed(project: &TestProject, python: &Path) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/score/recompute_dataset.py");
    let output = Command::new(python)
        .arg(script)
        .arg(project.path().join("few.jsonl"))
        .arg(project.path().join("p.jsonl"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Asserts that all that Python says is said by the program, too; counts the numbers.
fn agree(ours: &Value, theirs: &Value, place: &str) -> usize {
    match theirs {
        Value::Object(theirs) => theirs
            .iter()
            .map(|(key, theirs)| agree(&ours[key], theirs, &format!("{place}.{key}")))
            .sum(),
        Value::Array(theirs) => {
            let ours = ours.as_array().map_or(&[][..], Vec::as_slice);
            assert_eq!(ours.len(), theirs.len(), "{place}");
            let pairs = ours.iter().zip(theirs).enumerate();
            pairs
                .map(|(at, (ours, theirs))| agree(ours, theirs, &format!("{place}[{at}]")))
                .sum()
        }
        Value::Number(number) if number.is_f64() => {
            let difference = ours.as_f64().unwrap_or(f64::NAN) - theirs.as_f64().unwrap();
            assert!(difference.abs() < 1e-9, "{place}: {ours} and {theirs}");
            1
        }
        _ => {
            assert_eq!(ours, theirs, "{place}");
            usize::from(theirs.is_number())
        }
    }
}

/// Compares a whole result with Python's; gives how many numbers were compared.
fn compare(ours: &Value, theirs: &Value) -> usize {
    let further = ours["further_profiles"].as_array().unwrap().iter();
    let mut n = 0;
    for (ours, name) in std::iter::once(ours).chain(further).zip(PROFILES) {
        assert_eq!(ours["profile"], name);
        n += agree(ours, &theirs["profiles"][name], name);
    }
    // What is empty is not written.
    let no_fields = json!([]);
    let fields = ours.get("fields").unwrap_or(&no_fields);
    n + agree(fields, &theirs["fields"], "fields")
}

#[test]
fn difficult_texts_in_any_order() {
    let test = "difficult_texts_in_any_order";
    let Some(python) = std::env::var_os("OVERNIGHT_TEST_PYTHON") else {
        skip(test, "a Python with rapidfuzz (OVERNIGHT_TEST_PYTHON)");
        return;
    };
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    let pairs = difficult_pairs();
    let samples = pairs.iter().map(|pair| {
        json!({"id": pair["id"], "image": "none.png", "text": pair["reference"],
               "fields": {"total": "12,000", "shop": "Straße  x", "none": null}})
    });
    project.file("few.jsonl", lines(samples));
    let predictions = pairs.iter().enumerate().map(|(number, pair)| {
        let text = pair["hypothesis"].as_str().unwrap();
        let status = if number % 7 == 3 { "timeout" } else { "ok" };
        let mut row = prediction(pair["id"].as_str().unwrap(), status, text);
        if number % 3 == 0 {
            row["raw"] = json!(format!("<think>\n합계</think>{text}"));
        }
        row["fields"] = match number % 4 {
            0 => json!({"total": "12,0OO", "shop": "STRASSE X", "more": "x"}),
            1 => json!({"shop": ""}),
            _ => json!({}),
        };
        row
    });
    project.file("p.jsonl", lines(predictions));
    let theirs = recomputed(&project, Path::new(&python));
    let ours = score(&project, "jsonl:few.jsonl", 1);
    assert_eq!(compare(&ours, &theirs), 3 * (1 + 6 + 6 + 5 + 7) + 2 * 6);
}

#[test]
fn real_receipts_in_any_order_raw_and_by_key_value() {
    let test = "real_receipts_in_any_order_raw_and_by_key_value";
    let Some(receipts) = Shared::path(test, "data/receipts") else {
        return;
    };
    let Some(python) = std::env::var_os("OVERNIGHT_TEST_PYTHON") else {
        skip(test, "a Python with rapidfuzz (OVERNIGHT_TEST_PYTHON)");
        return;
    };
    if !has_program(test, "tesseract") {
        return;
    }
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    let samples = six_receipts(&receipts, &project);
    // References in the order of the file, which is not that of reading.
    project.file("few.jsonl", lines(samples.iter().cloned()));
    for backend in ["tesseract", "ppocr"] {
        let answer = Overnight::new(BINARY, &project)
            .args([
                "infer",
                "--backend",
                backend,
                "--dataset",
                "jsonl:few.jsonl",
            ])
            .args(["--out", "p.jsonl"])
            .run();
        if answer.code == Some(3) && answer.stderr.contains("ppocrv6-small") {
            skip(test, "the weights of ppocrv6-small");
            continue;
        }
        answer.expect_code(0);
        let plain = score(&project, "jsonl:few.jsonl", 0);
        assert!(plain.get("raw").is_none() && plain["fields"][3]["n_extracted"] == 0);
        compare(&plain, &recomputed(&project, Path::new(&python)));
        // As a model would have answered that tells key values, not all of them right.
        let rows: Vec<Value> = project
            .read("p.jsonl")
            .lines()
            .map(|row| serde_json::from_str(row).unwrap())
            .collect();
        let told = rows.into_iter().enumerate().map(|(number, row)| {
            let sample = samples.iter().find(|sample| sample["id"] == row["id"]);
            told_apart(row, number, &sample.unwrap()["fields"])
        });
        project.file("p.jsonl", lines(told));
        let theirs = recomputed(&project, Path::new(&python));
        let ours = score(&project, "jsonl:few.jsonl", 1);
        let n = compare(&ours, &theirs);
        assert_eq!(n, 3 * (1 + 6 + 6 + 5 + 7) + 4 * 6, "{backend}");
        assert_eq!(ours["raw"]["n_cleaned"], 3);
        assert_eq!(ours["order_free"]["n"], 5);
        assert_eq!(ours["order_free"]["lines"]["n_left_out"], Value::Null);
        // Key values beside box files say the same.
        assert_eq!(score(&project, "sroie:few", 1)["fields"], ours["fields"]);
        let total = &ours["fields"][3];
        assert_eq!((&total["field"], &total["n"]), (&json!("total"), &json!(6)));
        assert_eq!(
            (&total["n_scored"], &total["n_extracted"]),
            (&json!(5), &json!(5))
        );
    }
}

/// Six small receipts as samples, and copied as dataset `few` in their own form.
fn six_receipts(receipts: &Path, project: &TestProject) -> Vec<Value> {
    let mut images: Vec<(u64, String)> = fs::read_dir(receipts.join("img"))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            (entry.metadata().unwrap().len(), name)
        })
        .collect();
    images.sort();
    let six = images.iter().take(6).map(|(_, name)| {
        let id = name.strip_suffix(".jpg").unwrap();
        for file in [
            format!("img/{name}"),
            format!("box/{id}.csv"),
            format!("key/{id}.json"),
        ] {
            project.copy(&receipts.join(&file), &format!("few/{file}"));
        }
        let boxes = fs::read_to_string(receipts.join(format!("box/{id}.csv"))).unwrap();
        let texts: Vec<&str> = boxes
            .lines()
            .filter_map(|line| line.splitn(9, ',').nth(8))
            .collect();
        let key = fs::read(receipts.join(format!("key/{id}.json"))).unwrap();
        let key: Map<String, Value> = serde_json::from_slice(&key).unwrap();
        json!({"id": id, "image": format!("few/img/{name}"), "text": texts.join("\n"),
               "fields": key})
    });
    six.collect()
}

/// A prediction with key values and an answer as it came: some right, some nearly, one
/// missing; the fifth image was not read.
fn told_apart(mut row: Value, number: usize, fields: &Value) -> Value {
    if number.is_multiple_of(2) {
        row["raw"] = json!(format!("```\n{}\n```", row["text"].as_str().unwrap()));
    }
    let mut told = fields.as_object().unwrap().clone();
    match number % 3 {
        0 => {
            let company = told["company"].as_str().unwrap().to_lowercase();
            told["company"] = json!(company.replace(' ', "  "));
        }
        1 => told["total"] = json!(format!("{}0", told["total"].as_str().unwrap())),
        _ => {
            told.remove("date");
        }
    }
    row["fields"] = Value::Object(told);
    if number == 5 {
        row["status"] = json!("timeout");
    }
    row
}
