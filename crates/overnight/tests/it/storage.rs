//! `overnight storage`.

use overnight_testkit::{Overnight, Shared, TestProject};
use serde_json::Value;

use crate::few::project;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

fn storage(project: &TestProject, args: &str) -> Overnight {
    Overnight::new(BINARY, project)
        .args("storage --format json --dataset few".split(' '))
        .args(args.split_whitespace())
}

fn sum(json: &Value, arm: &str, field: &str) -> f64 {
    let rows = json["files"].as_array().expect("rows");
    rows.iter()
        .filter(|row| row["arm"] == arm)
        .map(|row| row[field].as_f64().expect("a number"))
        .sum()
}

#[test]
fn ratios_can_be_recomputed_and_the_dataset_stays_as_it_is() {
    let project = project(&["en-01", "en-02", "en-03"]);
    let before = project.tree(&[".overnight", "copies"]);
    let args = "--keep copies";
    let json = storage(&project, args).run().expect_code(0).json();
    assert_eq!(json["schema"], "overnight.storage/1");
    let arms = json["arms"].as_array().unwrap();
    let names: Vec<&str> = arms
        .iter()
        .map(|arm| arm["name"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        ["source", "webp:q80", "webp:lossless", "jpeg:q90", "png"]
    );
    for arm in arms {
        let name = arm["name"].as_str().unwrap();
        assert_eq!((&arm["n"], &arm["n_failed"]), (&3.into(), &0.into()));
        for (ratio, field) in [("bytes_ratio", "bytes"), ("decode_ratio", "decode_ms")] {
            let expected = sum(&json, name, field) / sum(&json, "source", field);
            assert!(
                (arm[ratio].as_f64().unwrap() / expected - 1.0).abs() < 1e-9,
                "{arm}"
            );
        }
        let is_equal = ["source", "webp:lossless", "png"].contains(&name);
        assert_eq!(arm["psnr_db_mean"].is_null(), is_equal, "{arm}");
    }
    assert!(
        json["verdict"].as_str().unwrap().contains("webp:q80 needs"),
        "{}",
        json["verdict"]
    );
    let copy = std::fs::metadata(project.path().join("copies/webp-q80/en-02.webp")).unwrap();
    let row = json["files"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["arm"] == "webp:q80" && r["id"] == "en-02");
    assert_eq!(row.unwrap()["bytes"], copy.len());
    assert_eq!(before, project.tree(&[".overnight", "copies"]));
    let rows = project.read(".overnight/out/storage/storage-few.files.jsonl");
    assert_eq!(rows.lines().count(), 15);
}

#[test]
fn without_keep_no_copy_is_written_and_a_broken_image_is_listed() {
    let project = project(&["en-01"]);
    project.file("few/img/zz.jpg", "broken");
    project.file("few/box/zz.csv", "0,0,9,0,9,9,0,9,TEXT\n");
    let before = project.tree(&[".overnight"]);
    let json = storage(&project, "--arms webp:q80")
        .run()
        .expect_code(1)
        .json();
    assert_eq!(json["status"], "findings");
    assert_eq!(json["failures"][0]["id"], "zz");
    for arm in json["arms"].as_array().unwrap() {
        assert_eq!((&arm["n"], &arm["n_failed"]), (&1.into(), &1.into()));
    }
    assert_eq!(before, project.tree(&[".overnight"]));
}

#[test]
fn wrong_arguments_are_one_clear_message() {
    let project = project(&["en-01"]);
    for arms in ["webp:80", "tiff", "jpeg:q0"] {
        let answer = storage(&project, &format!("--arms {arms}"))
            .run()
            .expect_code(2);
        assert!(
            answer.stderr.contains(arms) && answer.stderr.contains("webp:lossless"),
            "{}",
            answer.stderr
        );
    }
    let none = storage(&project, "--arms source").run().expect_code(2);
    assert!(none.stderr.contains("no arm is named"), "{}", none.stderr);
    project.file("few/img/en-01.jpg", "broken");
    let broken = storage(&project, "").run().expect_code(3);
    assert!(
        broken.stderr.contains("none of its images can be decoded"),
        "{}",
        broken.stderr
    );
}

#[test]
fn webp_saves_bytes_of_real_receipts() {
    let Some(receipts) = Shared::path("webp_saves_bytes_of_real_receipts", "data/receipts") else {
        return;
    };
    let project = TestProject::new();
    let json = Overnight::new(BINARY, &project)
        .args("storage --format json --limit 3 --arms webp:q80 --dataset".split(' '))
        .args([format!("sroie:{}", receipts.display())])
        .run()
        .expect_code(0)
        .json();
    let ratio = json["arms"][1]["bytes_ratio"].as_f64().unwrap();
    assert!((0.05..0.6).contains(&ratio), "{ratio}");
    assert!(json["arms"][1]["psnr_db_mean"].as_f64().unwrap() > 25.0);
}
