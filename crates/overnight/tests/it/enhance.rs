//! `overnight enhance`.

use overnight_testkit::{Overnight, Shared, TestProject, has_program};
use serde_json::Value;

use crate::few::project;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

fn enhance(project: &TestProject, args: &str) -> Overnight {
    Overnight::new(BINARY, project)
        .args("enhance --format json --dataset few".split(' '))
        .args(args.split_whitespace())
}

/// Sum of distances and of reference lengths of one arm, from the rows.
fn sums(json: &Value, arm: &str) -> (u64, u64) {
    let rows = json["samples"].as_array().expect("rows");
    rows.iter()
        .filter(|row| row["arm"] == arm && row["score"]["status"] == "ok")
        .fold((0, 0), |(edits, length), row| {
            (
                edits + row["score"]["distance"].as_u64().expect("a count"),
                length + row["score"]["n_ref"].as_u64().expect("a count"),
            )
        })
}

fn rate(sums: (u64, u64)) -> f64 {
    sums.0 as f64 / sums.1 as f64
}

#[test]
fn every_arm_reads_every_image_and_is_compared_with_none() {
    let project = project(&["en-01", "en-02", "en-03"]);
    let args = "--backend ppocr --arms sepia,grayscale";
    let json = enhance(&project, args).run().expect_code(0).json();
    assert_eq!(json["schema"], "overnight.enhance/1");
    let arms = json["arms"].as_array().unwrap();
    let names: Vec<&str> = arms
        .iter()
        .map(|arm| arm["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["none", "sepia", "grayscale"]);
    assert!(arms[0]["against_none"].is_null());
    let none = sums(&json, "none");
    for arm in &arms[1..] {
        let paired = &arm["against_none"];
        assert_eq!(paired["n"], 3);
        let own = sums(&json, arm["name"].as_str().unwrap());
        let difference = rate(own) - rate(none);
        assert!((paired["difference"].as_f64().unwrap() - difference).abs() < 1e-12);
        assert!((arm["cer"]["micro"].as_f64().unwrap() - rate(own)).abs() < 1e-12);
        assert!(arm["filter_ms_p50"].as_f64().unwrap() > 0.0);
        assert!(arm["total_ms_p50"].as_f64() > arm["filter_ms_p50"].as_f64());
    }
    let verdict = json["verdict"].as_str().unwrap();
    assert!(
        verdict.contains("sepia") && verdict.contains("on 3 samples"),
        "{verdict}"
    );
    let out = ".overnight/out/enhance/enhance-ppocr-few";
    assert_eq!(
        project
            .read(&format!("{out}.samples.jsonl"))
            .lines()
            .count(),
        9
    );
    let sepia = project.read(&format!("{out}-sepia.predictions.jsonl"));
    assert_eq!(sepia.lines().count(), 3);
    assert!(sepia.contains("+filter:sepia"));
    assert!(
        !project
            .read(&format!("{out}-none.predictions.jsonl"))
            .contains("+filter")
    );
}

#[test]
fn a_broken_image_is_a_failure_of_every_arm_and_ends_nothing() {
    let test = "a_broken_image_is_a_failure_of_every_arm_and_ends_nothing";
    if !has_program(test, "tesseract") {
        return;
    }
    let project = project(&["en-01", "en-02"]);
    project.file("few/img/aa.jpg", "broken");
    project.file("few/box/aa.csv", "0,0,9,0,9,9,0,9,TEXT\n");
    let json = enhance(&project, "--backend tesseract")
        .run()
        .expect_code(1)
        .json();
    assert_eq!(json["status"], "findings");
    for arm in json["arms"].as_array().unwrap() {
        assert_eq!(arm["statuses"]["undecodable"], 1, "{arm}");
        assert_eq!(arm["statuses"]["ok"], 2, "{arm}");
        assert!((arm["coverage"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12);
    }
    assert_eq!(json["arms"][1]["against_none"]["n"], 2);
    assert!(
        json["message"].as_str().unwrap().contains("aa"),
        "{}",
        json["message"]
    );
}

#[test]
fn wrong_arguments_are_one_clear_message() {
    let project = project(&["en-01"]);
    let unknown = enhance(&project, "--backend ppocr --arms sepai")
        .run()
        .expect_code(2);
    assert!(
        unknown.stderr.contains("`sepai`") && unknown.stderr.contains("grayscale"),
        "{}",
        unknown.stderr
    );
    let alone = enhance(&project, "--backend ppocr --arms none")
        .run()
        .expect_code(2);
    assert!(
        alone.stderr.contains("no arm but `none`"),
        "{}",
        alone.stderr
    );
    project.file("empty/readme", "");
    let empty = Overnight::new(BINARY, &project)
        .args("enhance --backend ppocr --dataset folder:empty".split(' '))
        .run()
        .expect_code(3);
    assert!(empty.stderr.contains("empty"), "{}", empty.stderr);
}

#[test]
fn sepia_is_tried_on_real_receipts() {
    let Some(receipts) = Shared::path("sepia_is_tried_on_real_receipts", "data/receipts") else {
        return;
    };
    let project = TestProject::new();
    let answer = Overnight::new(BINARY, &project)
        .args("enhance --backend ppocr --limit 2 --dataset".split(' '))
        .args([format!("sroie:{}", receipts.display())])
        .run()
        .expect_code(0);
    for expected in ["sepia", "2/2", "profile default", "it adds"] {
        assert!(
            answer.stdout.contains(expected),
            "{expected}: {}",
            answer.stdout
        );
    }
}
