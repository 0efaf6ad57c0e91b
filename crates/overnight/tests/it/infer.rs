//! `overnight infer`.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use overnight_testkit::{Overnight, TestProject, has_program, skip};
use serde_json::Value;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

/// A project whose dataset `few` holds the first receipts of the example.
fn project(n: usize) -> TestProject {
    let project = TestProject::new();
    let example =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/receipts/data/receipts");
    for number in 1..=n {
        for file in [
            format!("img/en-{number:02}.jpg"),
            format!("box/en-{number:02}.csv"),
        ] {
            project.copy(&example.join(&file), &format!("few/{file}"));
        }
    }
    project.file(
        "overnight.toml",
        "[datasets.few]\nformat = \"sroie\"\npath = \"few\"\n\
         [backends.tesseract]\nkind = \"tesseract\"\nlanguages = \"eng\"\npsm = 6\n",
    );
    project
}

fn infer(project: &TestProject, args: &[&str]) -> Overnight {
    Overnight::new(BINARY, project)
        .args(["infer", "--format", "json", "--backend", "tesseract"])
        .args(["--dataset", "few"])
        .args(args)
}

fn rows(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap_or_default();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

fn ids(rows: &[Value]) -> Vec<String> {
    rows.iter()
        .map(|row| row["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// The prediction caches of a project.
fn cache_files(project: &TestProject) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(project.path().join(".overnight/cache/predictions")) else {
        return Vec::new();
    };
    entries.flatten().map(|entry| entry.path()).collect()
}

/// Waits until the cache holds at least `n` predictions, and says how many there are.
fn wait_for_cached(project: &TestProject, child: &mut Child, n: usize) -> usize {
    let begin = Instant::now();
    loop {
        let cached: usize = cache_files(project)
            .iter()
            .map(|file| rows(file).len())
            .sum();
        if cached >= n {
            return cached;
        }
        let ended = child.try_wait().expect("a child");
        assert!(
            ended.is_none(),
            "the inference ended before it could be interrupted"
        );
        assert!(
            begin.elapsed() < Duration::from_secs(120),
            "no prediction within two minutes"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn predictions_are_written_in_order_and_never_paid_for_twice() {
    if !has_program(
        "predictions_are_written_in_order_and_never_paid_for_twice",
        "tesseract",
    ) {
        return;
    }
    let project = project(3);
    // The same bytes under another id are known once they were read.
    let twin = project.path().join("few/img/en-02.jpg");
    project.copy(&twin, "few/img/twin.jpg");
    let step = project.path().join("step");
    let first = infer(&project, &["--out", "out/p.jsonl"])
        .env("OVERNIGHT_RESULT", step.join("result.json"))
        .run()
        .expect_code(0);
    let json = first.json();
    assert_eq!(json["schema"], "overnight.infer/1");
    assert_eq!(
        (&json["n"], &json["n_inferred"], &json["n_cached"]),
        (&4.into(), &3.into(), &1.into())
    );
    assert_eq!(json["dataset"]["n_total"], 4);
    assert_eq!(json["statuses"]["ok"], 4);
    assert_eq!(json["provenance"]["command"][1], "infer");
    let stored: Value = serde_json::from_str(&project.read("step/result.json")).unwrap();
    assert_eq!(stored["statuses"], json["statuses"]);

    let written = rows(&project.path().join("out/p.jsonl"));
    assert_eq!(ids(&written), ["en-01", "en-02", "en-03", "twin"]);
    assert_eq!(written[3]["text"], written[1]["text"]);
    assert_eq!(written[3]["image"], "img/twin.jpg");
    assert!(!written[0]["lines"].as_array().unwrap().is_empty());
    for key in [
        "image_sha256",
        "backend",
        "fingerprint",
        "status",
        "timings_ms",
        "attempts",
    ] {
        assert!(!written[0][key].is_null(), "{key} is missing");
    }

    let again = infer(&project, &["--out", "out/p.jsonl"])
        .run()
        .expect_code(0)
        .json();
    assert_eq!(
        (&again["n_inferred"], &again["n_cached"]),
        (&0.into(), &4.into())
    );
    assert!(
        again["images_per_s"].is_null(),
        "nothing was read, so nothing was fast"
    );
    assert_eq!(rows(&project.path().join("out/p.jsonl")), written);
}

#[test]
fn broken_and_missing_images_are_outcomes() {
    if !has_program("broken_and_missing_images_are_outcomes", "tesseract") {
        return;
    }
    let project = project(1);
    project.file("few/img/zz.jpg", "not an image");
    project.file("few/box/gone.csv", "0,0,9,0,9,9,0,9,TEXT\n");
    let answer = infer(&project, &["--out", "p.jsonl"]).run().expect_code(1);
    let json = answer.json();
    assert_eq!(json["status"], "findings");
    assert_eq!(
        (&json["statuses"]["ok"], &json["statuses"]["undecodable"]),
        (&1.into(), &2.into())
    );
    let failed: Vec<&str> = json["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| failure["id"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["gone", "zz"]);
    let message = json["message"].as_str().unwrap();
    assert!(
        message.contains("2 without text (2 undecodable)"),
        "{message}"
    );
    assert_eq!(rows(&project.path().join("p.jsonl")).len(), 3);
}

#[test]
fn the_help_tells_how_a_runtime_is_chosen() {
    let project = TestProject::new();
    for verb in ["infer", "bench", "enhance"] {
        let help = Overnight::new(BINARY, &project)
            .args([verb, "--help"])
            .run()
            .expect_code(0)
            .stdout;
        assert!(help.contains("--backend <NAME[@RUNTIME]>"), "{help}");
        assert!(help.contains("`ppocr@rten`"), "{help}");
    }
}

#[test]
fn a_killed_inference_goes_on_where_it_was() {
    if !has_program("a_killed_inference_goes_on_where_it_was", "tesseract") {
        return;
    }
    let n = 12;
    let project = project(n);
    let mut command = infer(&project, &["--out", "p.jsonl"]).into_command();
    let mut child = command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_cached(&project, &mut child, 1);
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(
        !project.path().join("p.jsonl").exists(),
        "no half file of predictions"
    );
    // What a write cut short would leave.
    let cache = cache_files(&project).remove(0);
    let whole = fs::read(&cache).unwrap();
    let known = rows(&cache).len();
    assert!(known < n, "killed too late to show anything");
    fs::write(&cache, [&whole[..], b"{\"id\":\"en-"].concat()).unwrap();

    let json = infer(&project, &["--out", "p.jsonl"])
        .run()
        .expect_code(0)
        .json();
    assert_eq!(json["n_cached"], known);
    assert_eq!(json["n_inferred"], n - known);
    let cached = rows(&cache);
    let images: HashSet<&str> = cached
        .iter()
        .filter_map(|r| r["image_sha256"].as_str())
        .collect();
    assert_eq!(
        (cached.len(), images.len()),
        (n, n),
        "an image was read twice"
    );
    assert_eq!(rows(&project.path().join("p.jsonl")).len(), n);
}

#[test]
fn an_interrupted_inference_says_what_is_left() {
    if !has_program("an_interrupted_inference_says_what_is_left", "tesseract") {
        return;
    }
    let project = project(12);
    let mut command = infer(&project, &["--out", "p.jsonl"]).into_command();
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_cached(&project, &mut child, 1);
    let interrupt = std::process::Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["status"], "partial");
    let number = |key: &str| json[key].as_u64().unwrap();
    assert!(number("n_left") > 0);
    assert_eq!(
        number("n_inferred") + number("n_cached") + number("n_left"),
        number("n")
    );
    let written = rows(&project.path().join("p.jsonl")).len() as u64;
    assert_eq!(written, number("n_inferred"), "what was read is written");
}

#[test]
fn shards_are_a_partition_and_a_limit_is_seeded() {
    if !has_program("shards_are_a_partition_and_a_limit_is_seeded", "tesseract") {
        return;
    }
    let project = project(5);
    let mut all = Vec::new();
    for shard in ["1/2", "2/2"] {
        let json = infer(&project, &["--shard", shard])
            .run()
            .expect_code(0)
            .json();
        all.extend(ids(&rows(Path::new(json["predictions"].as_str().unwrap()))));
    }
    all.sort();
    assert_eq!(all, ["en-01", "en-02", "en-03", "en-04", "en-05"]);
    let limited = |seed| {
        let json = infer(&project, &["--limit", "2", "--seed", seed])
            .run()
            .expect_code(0)
            .json();
        assert_eq!(
            (&json["dataset"]["n"], &json["dataset"]["n_total"]),
            (&2.into(), &5.into())
        );
        assert_eq!(json["n_inferred"], 0, "the shards have read everything");
        json["dataset"]["content_sha256"].clone()
    };
    assert_eq!(limited("1"), limited("1"));
}

#[test]
fn ppocr_reads_a_receipt() {
    let project = project(1);
    let answer = Overnight::new(BINARY, &project)
        .args([
            "infer",
            "--format",
            "json",
            "--backend",
            "ppocr",
            "--dataset",
            "few",
        ])
        .run();
    if answer.code == Some(3) && answer.stderr.contains("ppocrv6-small") {
        skip("ppocr_reads_a_receipt", "the weights of ppocrv6-small");
        return;
    }
    let json = answer.expect_code(0).json();
    let written = rows(Path::new(json["predictions"].as_str().unwrap()));
    let text = written[0]["text"].as_str().unwrap().to_uppercase();
    assert!(text.contains("HARBOUR LANE MARKET"), "{text}");
    assert_eq!(
        written[0]["lines"][0]["polygon"].as_array().unwrap().len(),
        4
    );
}

#[test]
fn what_cannot_be_done_is_said_in_one_message() {
    let project = TestProject::new();
    project.file(
        "overnight.toml",
        "[datasets.receipts]\nformat = \"sroie\"\npath = \"gone\"\n\
         [datasets.nothing]\nformat = \"folder\"\npath = \"empty\"\n",
    );
    project.file("empty/readme.md", "no image here");
    project.file("bad/img/1.png", "");
    project.file("bad/box/1.csv", "1,2,3,4,5,6,7,8,fine\n1,2,three\n");
    project.file(
        "half.jsonl",
        "{\"id\": \"1\", \"image\": \"1.png\"}\n{\"id\": \"1\"\n",
    );
    let refuse = |dataset: &str, backend: &str, code: i32, parts: &[&str]| {
        let answer = Overnight::new(BINARY, &project)
            .args(["infer", "--dataset", dataset, "--backend", backend])
            .run()
            .expect_code(code);
        for part in parts {
            assert!(answer.stderr.contains(part), "{dataset}: {}", answer.stderr);
        }
    };
    refuse(
        "receipt",
        "ppocr",
        2,
        &["no dataset named `receipt`", "did you mean `receipts`?"],
    );
    refuse(
        "receipts",
        "ppocr",
        3,
        &["dataset `receipts`", "gone does not exist"],
    );
    refuse(
        "nothing",
        "ppocr",
        3,
        &["dataset `nothing`", "looked for images"],
    );
    refuse(
        "sroie:bad",
        "ppocr",
        2,
        &["bad/box/1.csv line 2: expected eight coordinates"],
    );
    refuse("jsonl:half.jsonl", "ppocr", 2, &["half.jsonl line 2"]);
    refuse(
        "csv:bad",
        "ppocr",
        2,
        &[
            "`csv` is not a dataset format",
            "sroie, jsonl, folder, omnidocbench",
        ],
    );
    refuse("sroie:bad/..", "ppocr", 3, &["looked for images in img/"]);
}
