//! `overnight bench`.

use overnight_testkit::{Overnight, Shared, TestProject, has_program};
use serde_json::Value;

use crate::few::project;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

fn bench(project: &TestProject, args: &str) -> Overnight {
    Overnight::new(BINARY, project)
        .args("bench --format json --dataset few".split(' '))
        .args(args.split_whitespace())
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(|v| v.as_f64().expect("a number")).collect()
}

#[test]
fn ppocr_is_timed_by_stage_and_batch_size_and_every_figure_can_be_recomputed() {
    let project = project(&["en-01", "en-02", "en-03"]);
    let args = "--backend ppocr --batch-size 1,2 --budget 60s --passes 1";
    let json = bench(&project, args).run().expect_code(0).json();
    assert_eq!(json["schema"], "overnight.bench/1");
    assert_eq!(json["sample_ids"].as_array().unwrap().len(), 3);
    let cases = json["cases"].as_array().unwrap();
    let names: Vec<String> = cases
        .iter()
        .map(|case| format!("{}/{}", case["stage"].as_str().unwrap(), case["batch_size"]))
        .collect();
    assert_eq!(
        names,
        [
            "detection/1",
            "detection/2",
            "recognition/1",
            "recognition/2",
            "pipeline/1",
            "pipeline/2"
        ]
    );
    let mut n_batches = 0;
    for case in cases {
        assert_eq!(case["status"], "ok", "{case}");
        let (items, ms) = (numbers(&case["batch_items"]), numbers(&case["batch_ms"]));
        assert!(!ms.is_empty() && items.len() == ms.len());
        n_batches += ms.len();
        let expected = items.iter().sum::<f64>() / (ms.iter().sum::<f64>() / 1_000.0);
        assert!((case["items_per_s"].as_f64().unwrap() / expected - 1.0).abs() < 1e-9);
        assert!(case["n_warmup"].as_u64().unwrap() >= 2);
        assert!(case["batch_ms_p90"].is_null() || ms.len() >= 64);
        if let (Some(before), Some(peak)) = (
            case["rss_mib_before"].as_f64(),
            case["rss_mib_peak"].as_f64(),
        ) {
            assert!(peak > 20.0 && before > 20.0, "{case}");
        }
    }
    let shares: f64 = json["stages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| s["share"].as_f64().unwrap())
        .sum();
    assert!((shares - 1.0).abs() < 1e-9);
    assert_eq!(json["accuracy"]["profile"], "default");
    assert!(
        json["accuracy"]["cer"]["micro"].as_f64().unwrap() < 0.6,
        "{}",
        json["accuracy"]["cer"]
    );
    let rows = project.read(".overnight/out/bench/bench-ppocr-few.batches.jsonl");
    assert_eq!(rows.lines().count(), n_batches);
    let predictions = project.read(".overnight/out/bench/bench-ppocr-few.predictions.jsonl");
    assert_eq!(
        predictions.lines().count(),
        3,
        "one a sample: its first timed reading"
    );
}

#[test]
fn a_backend_without_stages_says_so_and_a_broken_image_is_left_out() {
    if !has_program(
        "a_backend_without_stages_says_so_and_a_broken_image_is_left_out",
        "tesseract",
    ) {
        return;
    }
    let project = project(&["en-01", "en-02"]);
    project.file("few/img/zz.jpg", "not an image");
    project.file("few/box/zz.csv", "0,0,9,0,9,9,0,9,TEXT\n");
    let args = "--backend tesseract --stage detection,pipeline --batch-size 4 --budget 1s";
    let json = bench(&project, args).run().expect_code(0).json();
    assert_eq!(json["cases"][0]["status"], "unsupported");
    assert_eq!(json["cases"][1]["status"], "ok");
    assert_eq!(
        json["cases"][1]["batch_items"][0], 4,
        "items repeat to fill the batch"
    );
    let notes = json["notes"].to_string();
    assert!(
        notes.contains("1 of 3 samples are left out") && notes.contains("zz"),
        "{notes}"
    );
    assert!(notes.contains("repeat items"), "{notes}");
    let nothing = "--backend tesseract --stage recognition --budget 1s";
    let json = bench(&project, nothing).run().expect_code(3).json();
    assert_eq!(json["status"], "skipped");
}

#[test]
fn wrong_arguments_are_one_clear_message() {
    let project = project(&["en-01"]);
    for (args, hint) in [
        ("--backend ppocr --batch-size 0", "--batch-size"),
        ("--backend ppocr --budget fast", "15m"),
        ("--backend ppocr --limit 0", "--limit"),
        ("--backend pocr --limit 1", "ppocr"),
        ("--backend ppocr --profile lax", "default"),
    ] {
        let answer = bench(&project, args).run().expect_code(2);
        assert!(answer.stderr.contains(hint), "{args:?}: {}", answer.stderr);
    }
    project.file("few/img/en-01.jpg", "broken");
    let args = "--backend ppocr --stage pipeline";
    let answer = bench(&project, args).run().expect_code(3);
    assert!(
        answer
            .stderr
            .contains("no image of dataset `few` can be decoded"),
        "{}",
        answer.stderr
    );
}

#[test]
fn real_receipts_are_read_while_they_are_timed() {
    let test = "real_receipts_are_read_while_they_are_timed";
    let Some(receipts) = Shared::path(test, "data/receipts") else {
        return;
    };
    let project = TestProject::new();
    let dataset = format!("sroie:{}", receipts.display());
    let answer = Overnight::new(BINARY, &project)
        .args(["bench", "--backend", "ppocr", "--dataset", &dataset])
        .args("--limit 1 --stage pipeline --batch-size 1 --budget 1s --passes 1".split(' '))
        .run()
        .expect_code(0);
    for expected in [
        "pipeline (images)",
        "CER of the timed predictions",
        "n = 1",
        "recognise",
    ] {
        assert!(
            answer.stdout.contains(expected),
            "{expected}: {}",
            answer.stdout
        );
    }
}
