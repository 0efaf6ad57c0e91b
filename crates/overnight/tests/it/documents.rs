//! Pages in OmniDocBench form, and the published answers of a model beside them.

use std::fs;

use overnight_testkit::{Answer, Overnight, Shared, TestProject, skip};
use serde_json::{Value, json};

use crate::compare;

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

/// A white PNG of one pixel.
const PNG: &[u8] = &[
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44, 0x52,
    0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a, 0x7e, 0x9b,
    0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0x0f, 0x00, 0x01,
    0x01, 0x01, 0x00, 0xb1, 0x38, 0xf6, 0x14, 0x00, 0x00, 0x00, 0x00, 0x49, 0x45, 0x4e, 0x44, 0xae,
    0x42, 0x60, 0x82,
];

fn run(project: &TestProject, args: &[&str]) -> Answer {
    Overnight::new(BINARY, project).args(args).run()
}

fn prediction(id: &str, text: &str) -> String {
    let prediction = json!({
        "id": id, "image": "", "image_sha256": "", "backend": "b", "fingerprint": "f",
        "status": "ok", "text": text, "lines": [], "timings_ms": {"total": 1.0}, "attempts": 1,
    });
    format!("{prediction}\n")
}

/// Two pages; what a model wrote of them, once as Markdown, once not at all; and a plain reading
/// with one error on the first.
fn pages() -> TestProject {
    let project = TestProject::new();
    let pages = json!([
        {
            "layout_dets": [
                {"category_type": "header", "order": null, "anno_id": 0, "text": "PAGE 1"},
                {"category_type": "table", "order": 1, "anno_id": 2,
                 "html": "<table><tr><th>용지</th><th>길이</th></tr><tr><td>A4</td><td>297</td></tr></table>"},
                {"category_type": "title", "order": 0, "anno_id": 1, "text": "실생활"},
                {"category_type": "text_block", "order": 2, "anno_id": 3,
                 "text": "비는 $\\sqrt{2}$이다."}
            ],
            "page_info": {"image_path": "a.png", "page_attribute": {"language": "Korean"}},
            "extra": {"relation": []}
        },
        {
            "layout_dets": [{"category_type": "title", "order": 0, "anno_id": 0, "text": "Two"}],
            "page_info": {"image_path": "b.png", "page_attribute": {"language": "english"}}
        }
    ]);
    project.file("pages/gt.json", pages.to_string());
    project.file("pages/images/a.png", PNG);
    project.file("pages/images/b.png", PNG);
    project.file(
        "vlm/a.md",
        "# 실생활\n\n| 용지 | **길이** |\n|--|--|\n| A4 | $297$ |\n\n비는 $\\sqrt 2$이다.",
    );
    project.file("vlm/b.md", "I'm sorry, but I can't read this image.");
    let plain = "실생활\n용지 길이\nA4 29T\n비는 √2이다.";
    project.file(
        "old.jsonl",
        prediction("a", plain) + &prediction("b", "Two"),
    );
    project.file(
        "overnight.toml",
        "[datasets.pages]\nformat = \"omnidocbench\"\npath = \"pages\"\n",
    );
    project
}

#[test]
fn a_folder_of_markdown_is_a_side_of_a_comparison() {
    let project = pages();
    let json = run(
        &project,
        &[
            "compare",
            "--dataset",
            "pages",
            "--baseline",
            "old.jsonl",
            "--candidate",
            "vlm",
            "--format",
            "json",
        ],
    )
    .expect_code(1)
    .json();
    assert_eq!(json["candidate"]["name"], "vlm");
    assert_eq!(
        json["candidate"]["statuses"],
        json!({"ok": 1, "refusal": 1})
    );
    assert_eq!(json["candidate"]["cer"]["micro"], 0.0);
    // One of 25 characters of the first page, blanks between cells and lines included, and three
    // of the second.
    assert_eq!(json["baseline"]["cer"]["micro"], 1.0 / 28.0);
    assert_eq!(
        (&json["paired"]["n"], &json["paired"]["wins"]),
        (&1.into(), &1.into())
    );
}

#[test]
fn a_folder_is_scored_and_the_format_needs_no_configuration() {
    let project = pages();
    let args = [
        "score",
        "--dataset",
        "omnidocbench:pages/gt.json",
        "--predictions",
        "vlm/",
        "--profile",
        "strict",
        "--format",
        "json",
    ];
    let json = run(&project, &args).expect_code(1).json();
    assert_eq!(json["cer"]["micro"], 0.0);
    assert_eq!(json["coverage"], 0.5);
    assert_eq!(json["samples"][1]["status"], "refusal");
}

#[test]
fn folders_that_cannot_be_used_say_why() {
    let project = pages();
    project.file("two/a.md", "x").file("two/a.txt", "x");
    project.file("none/a.json", "{}");
    project.file("bytes/a.md", b"\xff");
    project.file("bad/gt.json", "[\n{\"layout_dets\": 1}]");
    let score = |dataset: &str, folder: &str, code: i32, expected: &str| {
        let args = ["score", "--dataset", dataset, "--predictions", folder];
        let answer = run(&project, &args).expect_code(code);
        assert!(answer.stderr.contains(expected), "{}", answer.stderr);
    };
    score(
        "pages",
        "two",
        2,
        "two/a.md and two/a.txt are of one sample",
    );
    score("pages", "none", 3, "there is no ID.md and no ID.txt");
    score("pages", "bytes", 2, "bytes/a.md line 1 is not UTF-8");
    score("pages", "nowhere", 2, "there is no backend named `nowhere`");
    score(
        "omnidocbench:bad",
        "vlm",
        2,
        "gt.json line 2: the pages are not as OmniDocBench",
    );
    // A backend's name stays that of the backend.
    project.file("tesseract/a.md", "x");
    score("pages", "./tesseract", 1, "");
}

/// What a real model published, on the pages it was published for: read as Markdown it is
/// nearer to every reference than taken as plain text, and marks are no part of it.
#[test]
fn a_real_models_pages_are_read_as_what_they_show() {
    let test = "a_real_models_pages_are_read_as_what_they_show";
    let Some(documents) = Shared::path(test, "data/documents") else {
        return;
    };
    let project = TestProject::new();
    let folder = documents.join("vlm_gemini3_md");
    let mut as_they_are: Vec<(String, String)> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let id = path.file_stem().unwrap().to_string_lossy().into_owned();
            (id, fs::read_to_string(&path).unwrap())
        })
        .collect();
    as_they_are.sort();
    let lines = as_they_are.iter().map(|(id, text)| prediction(id, text));
    project.file("raw.jsonl", lines.collect::<String>());
    let dataset = format!("omnidocbench:{}", documents.display());
    let json = run(
        &project,
        &[
            "compare",
            "--dataset",
            &dataset,
            "--baseline",
            "raw.jsonl",
            "--candidate",
            &folder.to_string_lossy(),
            "--format",
            "json",
        ],
    )
    .expect_code(0)
    .json();
    assert_eq!(json["candidate"]["name"], "vlm_gemini3_md");
    assert_eq!(json["candidate"]["statuses"], json!({"ok": 12}));
    assert_eq!(json["paired"]["n"], 12);
    assert_eq!(json["paired"]["wins"], 12, "{}", json["paired"]);
    let rate = |side: &str| json[side]["cer"]["micro"].as_f64().unwrap();
    assert!(rate("candidate") < 0.2, "{}", rate("candidate"));
    assert!(
        rate("baseline") > 2.0 * rate("candidate"),
        "{}",
        rate("baseline")
    );
    // The texts of those that are hard for a side, as a person is shown them.
    let hard = ".overnight/out/compare/gap/raw-vs-vlm_gemini3_md-documents";
    let hard = project.read(&format!("{hard}/hard_samples.jsonl"));
    assert!(hard.lines().count() > 1, "{hard}");
    for line in hard.lines() {
        let sample: Value = serde_json::from_str(line).unwrap();
        let text = sample["candidate_text"].as_str().unwrap();
        let left = ["<td", "**", "\\text", "# ", "$"]
            .into_iter()
            .find(|mark| text.contains(mark));
        assert_eq!(left, None, "{text}");
    }
}

/// The readers the program is for, on pages of three languages: another program finds the same
/// numbers in the files beside the result.
#[test]
fn an_ocr_engine_beside_a_real_model_is_computed_again() {
    let test = "an_ocr_engine_beside_a_real_model_is_computed_again";
    let Some(documents) = Shared::path(test, "data/documents") else {
        return;
    };
    let project = TestProject::new();
    let step = project.path().join("step");
    let answer = Overnight::new(BINARY, &project)
        .args(["compare", "--format", "json", "--baseline", "ppocr"])
        .args([
            "--dataset",
            &format!("omnidocbench:{}", documents.display()),
        ])
        .args([
            "--candidate",
            &documents.join("vlm_gemini3_md").to_string_lossy(),
        ])
        .env("OVERNIGHT_RESULT", step.join("result.json"))
        .env("OVERNIGHT_STEP_DIR", &step)
        .run();
    if answer.code == Some(3) && answer.stderr.contains("ppocrv6-small") {
        skip(test, "the weights of ppocrv6-small");
        return;
    }
    let json = answer.expect_code(0).json();
    assert_eq!(json["paired"]["wins"], 12, "{}", json["paired"]);
    assert_eq!(json["paired"]["equivalence"]["verdict"], "different");
    let raw = json["candidate"]["raw"]["cer"]["micro"].as_f64().unwrap();
    assert!(raw > json["candidate"]["cer"]["micro"].as_f64().unwrap());
    let languages = json["breakdowns"].as_array().unwrap().iter();
    let languages = languages.clone().find(|b| b["property"] == "language");
    let groups = languages.unwrap()["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3, "{groups:?}");
    assert!(groups.iter().all(|group| group["n"] == 4), "{groups:?}");
    // The page header stands on the paper, both read it, and no reference has it.
    let suspects = json["label_suspects"].to_string();
    assert!(suspects.contains("EXPOSURE TO MEAT"), "{suspects}");
    compare::recompute(test, &step);
}

#[test]
fn help_names_the_folder() {
    let project = TestProject::new();
    for verb in ["score", "compare"] {
        let help = run(&project, &[verb, "--help"]).expect_code(0).stdout;
        assert!(
            help.contains("FILE|FOLDER|BACKEND") && help.contains("ID.md"),
            "{help}"
        );
    }
}
