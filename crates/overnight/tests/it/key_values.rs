//! Key values on their way: from a worker or a served model into predictions, and into scores.

use overnight_testkit::{LlamaServer, Overnight, TestProject};
use serde_json::{Value, json};

use crate::score::lines;
use crate::{vlm, worker};

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

fn run(project: &TestProject, args: &[&str]) -> overnight_testkit::Answer {
    Overnight::new(BINARY, project)
        .args(args)
        .env("VLM_KEY", "sk-none")
        .run()
}

#[test]
fn a_worker_tells_them_and_people_see_how_many_are_right() {
    let project = worker::project_with(
        &worker::raw(
            r#"
def answer(image):
    say({"id": image["id"], "lines": [{"text": "Tea Shop"}, {"text": "TOTAL RM5.00"}],
         "fields": {"company": "TEA  SHOP", "date": None,
                    "total": "5.0" if is_second(image) else "5.00"}})
"#,
        ),
        "",
    );
    let key = json!({"company": "Tea Shop", "date": "01/02/2018", "total": "5.00", "till": "3"});
    for number in 1..=2 {
        project.file(&format!("few/key/en-{number:02}.json"), key.to_string());
    }
    let infer = ["infer", "--backend", "mine", "--dataset", "few"];
    let out = ["--out", "p.jsonl", "--out", "p.parquet"];
    run(&project, &[&infer[..], &out[..]].concat()).expect_code(0);
    let score = |file: &str, more: &[&str]| {
        let args = ["score", "--dataset", "few", "--predictions", file];
        run(&project, &[&args[..], more].concat()).expect_code(0)
    };
    let human = score("p.jsonl", &[]).stdout;
    let (_, table) = human.split_once("key value").unwrap();
    insta::assert_snapshot!(format!("key value{table}"));
    let json = score("p.jsonl", &["--format", "json"]).json();
    let total = &json["fields"][2];
    assert_eq!(
        (&total["field"], &total["exact"]),
        (&json!("total"), &json!(1))
    );
    let normalisation = "upper case, NFC, white space removed";
    assert_eq!(json["summary"]["field_normalisation"], normalisation);
    let parquet = score("p.parquet", &["--format", "json"]).json();
    assert_eq!(parquet["fields"], json["fields"]);
}

#[test]
fn a_worker_that_tells_something_else_has_a_parse_error() {
    let project = worker::project_with(
        &worker::raw(
            r#"
def answer(image):
    total = 5.0 if is_second(image) else "5.00"
    say({"id": image["id"], "lines": [{"text": image["name"]}], "fields": {"total": total}})
"#,
        ),
        "",
    );
    let rows = worker::predictions(&project, 1);
    worker::only_second_failed(&rows, "parse_error", "`fields`: `total` is not text");
    assert_eq!(rows[0]["fields"], json!({"total": "5.00"}));
    assert_eq!(rows[1].get("fields"), None);
}

#[test]
fn a_served_model_tells_them_beside_the_lines() {
    let test = "a_served_model_tells_them_beside_the_lines";
    let Some(server) = LlamaServer::start(test) else {
        return;
    };
    let project = vlm::project(2, &server.base_url());
    let answer = r#"```json\n{\"lines\": [\"TEA 1.00\"], \"company\": \"Tea\", \"date\": null, \"total\": \"1.00\"}\n```"#;
    let config = project.read("overnight.toml");
    let config = config.replace("TEA 1.00", answer).replace(
        "max_tokens = 100",
        "max_tokens = 400\nprompt = \"receipt-json\"",
    );
    project.file("overnight.toml", config);
    let key = json!({"company": "TEA", "date": "1/1", "total": "1.0"});
    let samples = ["000", "001"].map(
        |id| json!({"id": id, "image": format!("few/{id}.png"), "text": "TEA 1.00", "fields": key}),
    );
    project.file("few.jsonl", lines(samples));
    let infer = ["infer", "--backend", "qwen", "--dataset", "jsonl:few.jsonl"];
    run(&project, &[&infer[..], &["--out", "p.jsonl"]].concat()).expect_code(0);
    let rows = project.read("p.jsonl");
    let row: Value = serde_json::from_str(rows.lines().next().unwrap()).unwrap();
    assert_eq!(row["text"], "TEA 1.00");
    assert_eq!(
        row["fields"],
        json!({"company": "Tea", "date": "", "total": "1.00"})
    );
    let args = [
        "score",
        "--dataset",
        "jsonl:few.jsonl",
        "--predictions",
        "p.jsonl",
    ];
    let json = run(&project, &[&args[..], &["--format", "json"]].concat())
        .expect_code(0)
        .json();
    assert_eq!(
        (&json["cer"]["edits"], &json["raw"]["n_cleaned"]),
        (&json!(0), &json!(2))
    );
    assert!(json["raw"]["cer"]["edits"].as_u64() > Some(100));
    let of = |index: usize, key: &str| json["fields"][index][key].as_u64().unwrap();
    assert_eq!(
        (of(0, "exact"), of(0, "n_extracted"), of(0, "in_text")),
        (2, 2, 2)
    );
    assert_eq!(
        (of(1, "exact"), of(1, "n_extracted"), of(1, "in_text")),
        (0, 2, 0)
    );
    // `1.0` goes on in `1.00`.
    assert_eq!(
        (of(2, "exact"), of(2, "n_extracted"), of(2, "in_text")),
        (0, 2, 0)
    );
    assert_eq!(json["fields"][2]["one_minus_ned"], 0.75);
}
