//! What `overnight infer` leaves: files of predictions, times, pictures.

use std::fs;
use std::path::Path;
use std::process::Command;

use overnight_testkit::{Answer, Overnight, TestProject, skip};
use serde_json::Value;

use crate::few;
use crate::small_disk::SmallDisk;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

/// Reads the dataset `few` with ppocr; `None` without its weights.
fn infer(test: &str, project: &TestProject, args: &[&str]) -> Option<Answer> {
    let answer = Overnight::new(BINARY, project)
        .args(["infer", "--backend", "ppocr", "--dataset", "few"])
        .args(args)
        .run();
    if answer.code == Some(3) && answer.stderr.contains("ppocrv6-small") {
        skip(test, "the weights of ppocrv6-small");
        return None;
    }
    Some(answer)
}

fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Numbers as they were measured, whatever their width where they are stored: rounded to what
/// a 32-bit number holds.
fn rounded(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64().unwrap() as f32),
        Value::Array(items) => items.iter().map(rounded).collect(),
        Value::Object(fields) => {
            let fields = fields
                .iter()
                .map(|(name, value)| (name.clone(), rounded(value)));
            // Sorted: the order of fields is the writer's affair.
            let sorted: std::collections::BTreeMap<String, Value> = fields.collect();
            Value::Object(sorted.into_iter().collect())
        }
        other => other.clone(),
    }
}

#[test]
fn json_lines_and_parquet_hold_the_same() {
    let test = "json_lines_and_parquet_hold_the_same";
    let project = few::project(&["en-01", "en-02"]);
    project.file("few/img/zz.jpg", "not an image");
    project.file("few/box/zz.csv", "0,0,9,0,9,9,0,9,TEXT\n");
    let args = [
        "--out",
        "p.jsonl",
        "--out",
        "deep/er/p.parquet",
        "--format",
        "json",
    ];
    let Some(answer) = infer(test, &project, &args) else {
        return;
    };
    let json = answer.expect_code(1).json();
    let path = |name: &str| project.path().join(name);
    let lines = rows(&path("p.jsonl"));
    assert_eq!(lines.len(), 3);
    let shown = |name: &str| Value::from(path(name).canonicalize().unwrap().to_str().unwrap());
    assert_eq!(json["predictions"], shown("p.jsonl"));
    assert_eq!(json["further_predictions"][0], shown("deep/er/p.parquet"));
    let kinds: Vec<&Value> = json["artifacts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| &a["kind"])
        .collect();
    assert_eq!(kinds, ["predictions", "predictions"]);

    // Both are scored alike.
    let scored = |file: &str| {
        let answer = Overnight::new(BINARY, &project)
            .args([
                "score",
                "--format",
                "json",
                "--dataset",
                "few",
                "--predictions",
                file,
            ])
            .run()
            .expect_code(1);
        let json = answer.json();
        assert_eq!(json["coverage"].as_f64().map(|c| c > 0.5), Some(true));
        (json["cer"].clone(), json["samples"].clone())
    };
    assert_eq!(scored("p.jsonl"), scored("deep/er/p.parquet"));
    let compared = Overnight::new(BINARY, &project)
        .args(["compare", "--format", "json", "--dataset", "few"])
        .args(["--baseline", "p.jsonl", "--candidate", "deep/er/p.parquet"])
        .run();
    assert_eq!(compared.json()["paired"]["difference"], 0.0);

    let Some(theirs) = read_by_duckdb(test, &path("deep/er/p.parquet")) else {
        return;
    };
    assert_eq!(
        theirs["metadata"]["overnight.format"],
        "overnight.predictions/1"
    );
    assert_eq!(
        theirs["metadata"]["overnight.fingerprint"],
        lines[0]["fingerprint"]
    );
    let theirs: Vec<Value> = theirs["predictions"]
        .as_array()
        .unwrap()
        .iter()
        .map(rounded)
        .collect();
    let ours: Vec<Value> = lines.iter().map(rounded).collect();
    assert_eq!(theirs, ours);
}

fn read_by_duckdb(test: &str, path: &Path) -> Option<Value> {
    let python = std::env::var_os("OVERNIGHT_TEST_PYTHON").filter(|python| {
        let output = Command::new(python).args(["-c", "import duckdb"]).output();
        output.is_ok_and(|output| output.status.success())
    });
    let Some(python) = python else {
        skip(test, "a Python with duckdb (OVERNIGHT_TEST_PYTHON)");
        return None;
    };
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/infer_outputs/read_parquet.py");
    let output = Command::new(python).arg(script).arg(path).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn the_time_of_each_stage_is_told() {
    let test = "the_time_of_each_stage_is_told";
    let project = few::project(&["en-01", "en-02"]);
    let Some(answer) = infer(test, &project, &["--out", "p.jsonl"]) else {
        return;
    };
    let people = answer.expect_code(0).stdout;
    let header = people
        .lines()
        .position(|line| line.starts_with("stage "))
        .unwrap();
    let names: Vec<&str> = people
        .lines()
        .skip(header + 1)
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert_eq!(
        names,
        ["decode", "detect", "crop", "recognise", "post", "total"],
        "{people}"
    );
    // What is known already took no time now.
    let json = infer(test, &project, &["--format", "json"])
        .unwrap()
        .expect_code(0)
        .json();
    assert_eq!(
        (&json["n_cached"], &json["stages"]),
        (&2.into(), &Value::Array(Vec::new()))
    );
    fs::remove_dir_all(project.path().join(".overnight/cache")).unwrap();
    let json = infer(test, &project, &["--format", "json"])
        .unwrap()
        .expect_code(0)
        .json();
    let stages = json["stages"].as_array().unwrap();
    let total = stages
        .iter()
        .find(|stage| stage["stage"] == "total")
        .unwrap();
    assert_eq!(total["n"], 2);
    let written = rows(Path::new(json["predictions"].as_str().unwrap()));
    let sum: f64 = written
        .iter()
        .map(|p| p["timings_ms"]["total"].as_f64().unwrap())
        .sum();
    assert!((total["ms_sum"].as_f64().unwrap() - sum).abs() < 1e-6);
    let between = |key: &str| total[key].as_f64().unwrap();
    assert!(between("ms_p50") <= between("ms_p90") && between("ms_mean") * 2.0 - sum < 1e-6);
}

#[test]
fn every_sample_is_drawn_and_listed() {
    let test = "every_sample_is_drawn_and_listed";
    let project = few::project(&["en-01", "en-02"]);
    project.file("few/img/a <b>.jpg", "not an image");
    let args = ["--overlay", "look", "--format", "json"];
    let Some(answer) = infer(test, &project, &args) else {
        return;
    };
    let json = answer.expect_code(1).json();
    let index = project
        .path()
        .canonicalize()
        .unwrap()
        .join("look/index.html");
    assert_eq!(json["overlay"], index.to_str().unwrap());
    let artifacts = json["artifacts"].as_array().unwrap();
    assert!(
        artifacts
            .iter()
            .any(|a| a["kind"] == "overlay" && a["path"] == json["overlay"])
    );
    let page = fs::read_to_string(&index).unwrap();
    let place = |text: &str| {
        page.find(text)
            .unwrap_or_else(|| panic!("no {text} in {page}"))
    };
    assert!(
        place("a &#60;b&#62;") < place("href=\"en-01.svg\""),
        "failures come first"
    );
    assert!(page.contains("undecodable") && page.contains("href=\"en-02.svg\""));
    let names: Vec<String> = project.tree(&["few", ".overnight"]).into_keys().collect();
    assert_eq!(
        names,
        [
            "look/en-01.svg",
            "look/en-02.svg",
            "look/index.html",
            "overnight.toml"
        ]
    );
    let drawing = project.read("look/en-01.svg");
    let written = rows(Path::new(json["predictions"].as_str().unwrap()));
    let n_lines = written
        .iter()
        .find(|row| row["id"] == "en-01")
        .map(|row| row["lines"].as_array().unwrap().len())
        .unwrap();
    assert!(n_lines > 0);
    assert_eq!(drawing.matches("<g class=\"l ").count(), n_lines);
    assert!(drawing.contains("href=\"data:image/jpeg;base64,/9j/"));
    assert!(drawing.contains("HARBOUR LANE MARKET"));

    // What is known is drawn as well, over what was there.
    fs::write(project.path().join("look/en-01.svg"), "old").unwrap();
    let again = infer(test, &project, &args).unwrap().expect_code(1).json();
    assert_eq!(again["n_cached"], 3);
    assert_eq!(project.read("look/en-01.svg"), drawing);
}

#[test]
fn a_place_in_the_way_is_named_before_anything_is_read() {
    let test = "a_place_in_the_way_is_named_before_anything_is_read";
    let project = few::project(&["en-01"]);
    project.file("taken", "a file");
    for args in [
        ["--out", "taken/p.parquet"],
        ["--out", "taken/"],
        ["--overlay", "taken"],
        ["--overlay", "taken/look"],
    ] {
        let Some(answer) = infer(test, &project, &args) else {
            return;
        };
        let answer = answer.expect_code(75);
        assert!(
            answer.stderr.contains("failed to write"),
            "{args:?}: {}",
            answer.stderr
        );
        assert!(
            answer.stderr.contains("hint"),
            "{args:?}: {}",
            answer.stderr
        );
        let cache = project.path().join(".overnight/cache/predictions");
        let entries = fs::read_dir(cache).map_or(0, Iterator::count);
        assert_eq!(entries, 0, "{args:?}: something was read before");
    }
    assert_eq!(project.read("taken"), "a file");
}

#[test]
fn a_full_disk_costs_the_file_and_not_the_predictions() {
    let test = "a_full_disk_costs_the_file_and_not_the_predictions";
    let Some(disk) = SmallDisk::mount(test, 1) else {
        return;
    };
    let project = few::project(&["en-01", "en-02"]);
    // Room for the question whether there is room, and for nothing else.
    let ballast = disk.place().join("ballast");
    let written = fs::write(&ballast, vec![0; 2 << 20]);
    assert!(written.is_err(), "the disk is small");
    let out = disk.place().join("p.parquet");
    let Some(answer) = infer(test, &project, &["--out", out.to_str().unwrap()]) else {
        return;
    };
    let answer = answer.expect_code(75);
    assert!(
        answer.stderr.contains("stay in the cache"),
        "{}",
        answer.stderr
    );
    assert!(
        answer.stderr.contains("free some disk space"),
        "{}",
        answer.stderr
    );
    assert!(!out.exists());
    fs::remove_file(&ballast).unwrap();
    let again = infer(
        test,
        &project,
        &["--format", "json", "--out", out.to_str().unwrap()],
    );
    let json = again.unwrap().expect_code(0).json();
    assert_eq!(
        (&json["n_inferred"], &json["n_cached"]),
        (&0.into(), &2.into())
    );
    assert!(out.exists());
}
