//! What becomes of answers.

use std::sync::Arc;

use overnight_ocr::openai::{AnswerForm, Prompt};
use overnight_ocr::{Backend as _, ImageInput, ImageSource};
use overnight_record::PredictionStatus::{Empty, Loop, Ok, ParseError, Truncated, Undecodable};
use overnight_testkit::{Fault, FaultProxy};
use serde_json::json;

use super::{answering, grammar, inputs, load, one, server, spec};

#[test]
fn a_text_comes_back_with_its_costs() {
    let Some(server) = server("a_text_comes_back_with_its_costs") else {
        return;
    };
    let text = "SHOP\nTEA 1.00\nTOTAL 1.00";
    let prediction = one(&answering(spec(&server.base_url()), text));
    assert_eq!((prediction.status, prediction.text.as_str()), (Ok, text));
    assert_eq!(prediction.lines.len(), 3);
    assert_eq!(prediction.finish_reason.as_deref(), Some("stop"));
    let usage = prediction.usage.unwrap();
    // 112x56 pixels are eight tokens.
    assert!(
        usage.prompt_tokens > 8 && usage.completion_tokens > 5,
        "{usage:?}"
    );
    let timings = prediction.timings_ms;
    let (first, request) = (timings.first_token.unwrap(), timings.request.unwrap());
    assert!(0.0 < first && first <= request && request <= timings.total);
    assert_eq!((prediction.attempts, prediction.raw), (1, None));
    let attempt = &prediction.attempt_log[0];
    assert_eq!(
        (attempt.raw.as_str(), attempt.http_status),
        (text, Some(200))
    );
    assert_eq!(attempt.image_size, [112, 56]);
    assert!(prediction.notes.is_empty(), "{:?}", prediction.notes);
}

#[test]
fn without_streaming_it_is_the_same() {
    let Some(server) = server("without_streaming_it_is_the_same") else {
        return;
    };
    let mut spec = answering(spec(&server.base_url()), "TEA");
    spec.stream = false;
    let prediction = one(&spec);
    assert_eq!((prediction.status, prediction.text.as_str()), (Ok, "TEA"));
    assert!(prediction.usage.is_some());
    assert_eq!(prediction.finish_reason.as_deref(), Some("stop"));
}

#[test]
fn answers_that_are_no_text_have_their_status() {
    let Some(server) = server("answers_that_are_no_text_have_their_status") else {
        return;
    };
    let base = spec(&server.base_url());
    let fenced = one(&answering(base.clone(), "```\nTEA\n```"));
    assert_eq!((fenced.status, fenced.text.as_str()), (Ok, "TEA"));
    assert_eq!(fenced.raw.as_deref(), Some("```\nTEA\n```"));
    assert_eq!(fenced.notes, ["a markdown fence was taken off the answer"]);

    assert_eq!(one(&answering(base.clone(), "```\n```")).status, Empty);

    let mut cut = answering(base.clone(), "SHOP TEA 1.00 TOTAL 1.00");
    cut.sampling.max_tokens = 5;
    let cut = one(&cut);
    assert_eq!(
        (cut.status, cut.finish_reason.as_deref()),
        (Truncated, Some("length"))
    );
    assert!(cut.text.is_empty() && cut.raw.unwrap().starts_with("SHOP"));

    let mut receipt = base.clone();
    receipt.prompt = Prompt::named("receipt-json").unwrap();
    let good = one(&answering(
        receipt.clone(),
        "{\"lines\": [\"TEA\", \"1.00\"]}",
    ));
    assert_eq!((good.status, good.text.as_str()), (Ok, "TEA\n1.00"));
    let bad = one(&answering(receipt, "TEA"));
    assert_eq!((bad.status, bad.raw.as_deref()), (ParseError, Some("TEA")));
    assert_eq!(bad.attempts, 1);

    let mut own = base;
    own.prompt = Prompt::own("Read this.", AnswerForm::Text);
    let prediction = load(&answering(own, "x")).recognize(&[ImageInput {
        source: ImageSource::Encoded(Arc::from(&b"no image"[..])),
        ..inputs(1).remove(0)
    }]);
    assert_eq!(
        (prediction[0].status, prediction[0].attempt_log.len()),
        (Undecodable, 0)
    );
}

/// Marks are taken off where Markdown was asked for, and nowhere else.
#[test]
fn markdown_is_taken_off_where_it_was_asked_for() {
    let Some(server) = server("markdown_is_taken_off_where_it_was_asked_for") else {
        return;
    };
    let written = "# SHOP\n<table><tr><td>TEA</td><td>**1.00**</td></tr></table>";
    let plain = one(&answering(spec(&server.base_url()), written));
    assert_eq!((plain.status, plain.text.as_str()), (Ok, written));
    let mut asked = spec(&server.base_url());
    asked.prompt = Prompt::named("markdown").unwrap();
    let read = one(&answering(asked, written));
    assert_eq!((read.status, read.text.as_str()), (Ok, "SHOP\nTEA 1.00"));
    assert_eq!(read.raw.as_deref(), Some(written));
    assert_ne!(read.fingerprint, plain.fingerprint);
}

#[test]
fn a_loop_climbs_the_ladder_and_stays_one() {
    let Some(server) = server("a_loop_climbs_the_ladder_and_stays_one") else {
        return;
    };
    let mut spec = spec(&server.base_url());
    grammar(&mut spec, "root ::= \"TEA 1.00 \" root");
    let prediction = one(&spec);
    assert_eq!(prediction.status, Loop, "{:?}", prediction.error);
    let temperatures: Vec<f64> = prediction
        .attempt_log
        .iter()
        .map(|a| a.temperature)
        .collect();
    assert_eq!(temperatures, [0.0, 0.3, 0.7]);
    assert!(prediction.text.is_empty() && prediction.raw.unwrap().contains("TEA 1.00 TEA"));
    assert_eq!(prediction.notes.len(), 1);
}

/// The first request loops, as its grammar says; a proxy gives the second another one.
#[test]
fn a_loop_that_ends_by_a_higher_temperature_is_read() {
    let Some(server) = server("a_loop_that_ends_by_a_higher_temperature_is_read") else {
        return;
    };
    let proxy = FaultProxy::start(server.port(), |asked| match asked.number {
        0 => Fault::Answer {
            status: 200,
            headers: vec!["Content-Type: text/event-stream".to_owned()],
            body: format!(
                "data: {}\n\n",
                json!({"choices": [{"delta": {"content": "TEA ".repeat(200)},
                    "finish_reason": "length"}]})
            ),
        },
        _ => Fault::None,
    });
    let prediction = one(&answering(spec(&proxy.base_url()), "TEA 1.00"));
    assert_eq!(
        (prediction.status, prediction.text.as_str()),
        (Ok, "TEA 1.00")
    );
    assert_eq!(prediction.first_status(), Loop);
    assert_eq!(
        prediction.notes,
        ["asked again at temperature 0.3, because the answer before repeated itself"]
    );
}
