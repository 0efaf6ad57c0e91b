//! `overnight score --boxes-gt --boxes-pred`.

use std::io::{Cursor, Write as _};

use overnight_testkit::{Answer, Overnight, TestProject};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

fn zip(files: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in files {
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(*name, options).unwrap();
        writer.write_all(text.as_bytes()).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Scores two archives with `options`.
fn score(gt: &[(&str, &str)], pred: &[(&str, &str)], options: &[&str]) -> Answer {
    let project = TestProject::new();
    project.file("gt.zip", zip(gt)).file("res.zip", zip(pred));
    Overnight::new(BINARY, &project)
        .args(["score", "--boxes-gt", "gt.zip", "--boxes-pred", "res.zip"])
        .args(options)
        .run()
}

/// A line split in two, two wrong characters and a third too many, a region that is not cared
/// for. Written as Windows programs do.
const GT: [(&str, &str); 2] = [
    (
        "gt_img_1.txt",
        "\u{feff}0,0,200,0,200,20,0,20,HELLOWORLD\r\n",
    ),
    (
        "gt_img_2.txt",
        "0,0,100,0,100,20,0,20,\"12,000원\"\r\n0,40,100,40,100,60,0,60,합계금액\r\n\
         0,80,100,80,100,100,0,100,###\r\n",
    ),
];
const PRED: [(&str, &str); 2] = [
    (
        "res_img_2.txt",
        "0,0,100,0,100,20,0,20,12,00O원\n0,40,100,40,100,60,0,60,합게금액x\n\
         0,80,100,80,100,100,0,100,noise\n",
    ),
    (
        "res_img_1.txt",
        "0,0,100,0,100,20,0,20,HELLO\n100,0,200,0,200,20,100,20,WORLD\n",
    ),
];

#[test]
fn cleval_counts_are_those_of_its_own_program() {
    let options = ["--metric", "cleval", "--format", "json"];
    let json = score(&GT, &PRED, &options).expect_code(0).json();
    assert_eq!(json["schema"], "overnight.score-boxes/1");
    assert_eq!(
        (&json["metric"], &json["unit"]),
        (&"cleval".into(), &"character".into())
    );
    assert_eq!((&json["n"], &json["n_unpredicted"]), (&2.into(), &0.into()));
    // As CLEval 0.1.1 says of these files.
    let counts = |score: &Value| {
        let keys = [
            "n_gt",
            "n_det",
            "tp",
            "fp",
            "granularity_recall",
            "granularity_precision",
        ];
        keys.map(|key| score[key].as_u64().unwrap())
    };
    assert_eq!(counts(&json["detection"]), [21, 21, 21, 0, 1, 0]);
    assert_eq!(counts(&json["end_to_end"]), [21, 22, 19, 3, 1, 0]);
    assert_eq!(json["detection"]["recall"], 20.0 / 21.0);
    assert_eq!(json["end_to_end"]["precision"], 19.0 / 22.0);
    assert_eq!(
        json["splits"],
        json!({"n_split": 1, "n_merged": 0, "n_char_overlapped": 0})
    );
    let ids: Vec<&Value> = json["pages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| &p["id"])
        .collect();
    assert_eq!(ids, ["img_1", "img_2"]);
    assert_eq!(
        counts(&json["pages"][1]["end_to_end"]),
        [11, 12, 9, 3, 0, 0]
    );
}

#[test]
fn people_see_the_definition_the_totals_and_the_worst_pages() {
    let answer = score(&GT, &PRED, &[]).expect_code(0);
    insta::assert_snapshot!(answer.stdout);
    let answer = score(&GT, &PRED, &["--metric", "hmean"]).expect_code(0);
    insta::assert_snapshot!(answer.stdout);
}

#[test]
fn a_page_without_predictions_is_scored_and_reported() {
    let gt = [
        ("1.txt", "0,0,10,10\n20,0,30,10,###\n"),
        ("2.txt", "0,0,10,10,a"),
    ];
    // Half as wide again as the region, and one mostly in the region that nobody asks for.
    let pred = [("1.txt", "0.9,0,0,15,10\n0.5,20,0,32,10\n")];
    let options = [
        "--metric",
        "hmean",
        "--box-type",
        "ltrb",
        "--format",
        "json",
    ];
    // The confidence comes after the box.
    let wrong = score(&gt, &pred, &[&options[..], &["--confidences"]].concat());
    assert!(
        wrong
            .expect_code(2)
            .stderr
            .contains("res.zip: 1.txt line 1: ")
    );
    let pred = [("1.txt", "0,0,15,10,0.9\n20,0,32,10,0.5\n")];
    let gt_without_mixture = [("1.txt", "0,0,10,10,a\n20,0,30,10,###\n"), gt[1]];
    let answer = score(
        &gt_without_mixture,
        &pred,
        &[&options[..], &["--confidences"]].concat(),
    );
    let json = answer.expect_code(1).json();
    assert_eq!((&json["n"], &json["n_unpredicted"]), (&2.into(), &1.into()));
    assert_eq!(json["status"], "findings");
    assert_eq!(
        json["message"],
        "1 of 2 pages without a prediction, counted as if nothing had been found"
    );
    let detection = &json["detection"];
    assert_eq!(
        (&detection["recall"], &detection["precision"]),
        (&0.5.into(), &1.0.into())
    );
    assert_eq!(json["end_to_end"], Value::Null);
    // A box with text beside one without is a mistake in the file.
    let mixed = score(&gt, &pred, &[&options[..], &["--confidences"]].concat());
    let answer = mixed.expect_code(2);
    assert!(
        answer
            .stderr
            .contains("gt.zip: 1.txt line 1: the box has no text, and others have"),
        "{}",
        answer.stderr
    );
}

#[test]
fn polygons_are_read_up_to_their_text() {
    // A curved line of two stretches: above from left to right, below back.
    let polygon = "0,10,50,0,100,10,100,30,50,20,0,30";
    let gt = format!("{polygon},CAFE, OPEN\n");
    let pred = format!("{polygon},CAFE, 0PEN\n");
    let options = ["--box-type", "poly", "--format", "json"];
    let json = score(&[("1.txt", &gt)], &[("1.txt", &pred)], &options)
        .expect_code(0)
        .json();
    assert_eq!(
        (&json["detection"]["hmean"], &json["detection"]["tp"]),
        (&1.0.into(), &10.into())
    );
    assert_eq!(
        (&json["end_to_end"]["tp"], &json["end_to_end"]["fp"]),
        (&9.into(), &1.into())
    );
}

#[test]
fn wrong_use_is_explained() {
    let explained = |gt: &[(&str, &str)], pred: &[(&str, &str)], options: &[&str]| {
        score(gt, pred, options).expect_code(2).stderr
    };
    let line = explained(&GT, &[("res_img_1.txt", "\n0,0,9,9,text")], &[]);
    insta::assert_snapshot!(line, @r#"
    error: res.zip: res_img_1.txt line 2: `text` is not a number of pixels
      hint: a line is x1,y1,x2,y2,x3,y3,x4,y4[,text], numbers in pixels (--box-type quad)
    "#);
    let unknown = explained(&GT, &[("res_img_7.txt", "")], &[]);
    insta::assert_snapshot!(unknown, @r#"
    error: failed to score res.zip: res_img_7.txt is the page `img_7`, which gt.zip does not have
      hint: the two files of a page have the same name but for gt_ and res_ before it
    "#);
    let without_text = explained(&[("1.txt", "0,0,9,9")], &[], &["--box-type", "ltrb"]);
    insta::assert_snapshot!(without_text, @r#"
    error: failed to score against gt.zip: its boxes have no text, whose characters cleval counts
      hint: use --metric hmean, which counts boxes
    "#);
    let both = explained(&GT, &PRED, &["--profile", "strict"]);
    insta::assert_snapshot!(both, @r#"
    error: --profile is about texts and cannot be used with --boxes-gt
      hint: score texts and boxes with a command each
    "#);

    let project = TestProject::new();
    let run = |args: &[&str]| {
        let command = Overnight::new(BINARY, &project).args(["score"]).args(args);
        command.run().expect_code(2).stderr
    };
    insta::assert_snapshot!(run(&["--boxes-gt", "gt.zip"]), @r#"
    error: --boxes-gt needs the boxes that were found
      hint: name their zip file with --boxes-pred
    "#);
    let misplaced = run(&["--metric", "hmean"]);
    assert!(misplaced.contains("none are given"), "{misplaced}");
    insta::assert_snapshot!(run(&["--pairs", "p.jsonl", "--metric", "hmean"]), @r#"
    error: --metric is about boxes, and none are given
      hint: name two zip files of boxes with --boxes-gt and --boxes-pred, or leave the option out
    "#);
    project.file("no.zip", "not an archive");
    let broken = run(&["--boxes-gt", "no.zip", "--boxes-pred", "no.zip"]);
    insta::assert_snapshot!(broken, @r#"
    error: failed to read no.zip as a zip file: invalid Zip archive: Could not find EOCD
      hint: an archive holds one text file a page, such as gt_img_1.txt or res_img_1.txt
    "#);
}
