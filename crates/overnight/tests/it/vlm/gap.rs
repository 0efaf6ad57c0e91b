//! A served model in a comparison: what it costs, what cleaning did, and how far it differs from
//! itself.

use overnight_testkit::{LlamaServer, Overnight};
use serde_json::{Value, json};

use super::{BINARY, KEY, project};
use crate::compare::recompute;

/// The model answers with eight letters of its own choice inside a fence, so no two answers are
/// alike; the other side is right.
#[test]
fn a_model_is_compared_with_its_cost_and_with_itself() {
    let test = "a_model_is_compared_with_its_cost_and_with_itself";
    let Some(server) = LlamaServer::start(test) else {
        return;
    };
    let project = project(12, &server.base_url());
    let toml = project.read("overnight.toml").replace(
        "extra_body = { grammar = 'root ::= \"TEA 1.00\"' }",
        "temperature = 1.0\nextra_body = { grammar = 'root ::= \"```\\n\" [A-Z]{8} \"\\n```\"' }",
    );
    project.file("overnight.toml", toml);
    let right = |number: usize| {
        let text = if number == 3 { "TEA 1.0O" } else { "TEA 1.00" };
        json!({
            "id": format!("{number:03}"), "image": format!("{number:03}.png"), "image_sha256": "",
            "backend": "right", "fingerprint": "f", "status": "ok", "text": text,
            "lines": [{"polygon": [], "text": text, "confidence": 0.9}],
            "timings_ms": {"total": 2.0}, "attempts": 1,
        })
    };
    let lines = (0..12).map(|number| format!("{}\n", right(number)));
    project.file("right.jsonl", lines.collect::<String>());
    let step = project.path().join("step");
    let json = Overnight::new(BINARY, &project)
        .args(["compare", "--dataset", "few", "--format", "json"])
        .args(["--baseline", "right.jsonl", "--candidate", "qwen"])
        .args(["--repeat", "8"])
        .env("VLM_KEY", KEY)
        .env("OVERNIGHT_RESULT", step.join("result.json"))
        .env("OVERNIGHT_STEP_DIR", &step)
        .run()
        .expect_code(0)
        .json();
    let candidate = &json["candidate"];
    assert_eq!(candidate["first_statuses"], json!({"ok": 12}));
    assert_eq!(candidate["cost"]["n_with_tokens"], 12);
    assert_eq!(candidate["cost"]["attempts"], 12);
    for cost in [
        "prompt_tokens",
        "completion_tokens",
        "ms_p50",
        "first_token_ms_p50",
    ] {
        assert!(candidate["cost"][cost].as_f64() > Some(0.0), "{candidate}");
    }
    // The fence was taken off before the answers were scored; both rates are known.
    assert_eq!(candidate["raw"]["n_cleaned"], 12);
    let rate = |score: &Value| score["cer"]["micro"].as_f64().unwrap();
    assert!(rate(&candidate["raw"]) > rate(candidate), "{candidate}");
    let noise = &candidate["noise"];
    assert_eq!(noise["n"], 8);
    assert_eq!(noise["n_identical"], 0, "it was asked again: {noise}");
    assert!(noise["disagreement"]["micro"].as_f64() > Some(0.5));
    assert_eq!(
        json["baseline"].get("noise"),
        None,
        "a file cannot be asked again"
    );
    assert_eq!(json["paired"]["losses"], 12);
    assert_eq!(json["routing"]["oracle"]["n_sent"], 0);
    recompute(test, &step);
}
