//! What counts as an answer.

use proptest::prelude::*;

use super::*;
use crate::worker::fuzzing::{check, worker};

fn refusal(line: &str) -> String {
    match parse(line.as_bytes()) {
        Saying::About(id, Err(reason)) => {
            assert_eq!(id, "7");
            reason
        }
        other => panic!("{line} gave {other:?}"),
    }
}

#[test]
fn a_whole_answer_is_read() {
    let line = r#"{"id": "7", "lines": [
        {"polygon": [[0, 1.5], [9, 1], [9, 4], [0, 4]], "text": "가 1", "confidence": 1.0000002},
        {"text": "  "}, {"text": "b", "confidence": null, "polygon": []}],
        "timings_ms": {"detect": 3, "recognise": 4.5, "other": "x"},
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
        "fields": {"total": "1", "date": null}, "more": 1}"#
        .replace('\n', " ");
    let Saying::About(_, Ok(Answer::Read(reading))) = parse(line.as_bytes()) else {
        panic!("not read");
    };
    assert_eq!(reading.lines.len(), 2, "a line of blanks is no line");
    assert_eq!(reading.lines[0].confidence, Some(1.0));
    assert_eq!(reading.lines[0].polygon[0], [0.0, 1.5]);
    assert_eq!(reading.stages.sum(), 7.5);
    assert_eq!(reading.usage.map(|u| u.completion_tokens), Some(4));
    let fields = reading.fields.iter().map(|(k, v)| format!("{k}={v}"));
    assert_eq!(fields.collect::<Vec<_>>(), ["date=", "total=1"]);
}

#[test]
fn what_is_wrong_is_named() {
    for (rest, reason) in [
        ("", "`lines` is missing"),
        (r#", "lines": {}"#, "`lines` is not a list"),
        (r#", "lines": [1]"#, "lines[0]: it is no object"),
        (r#", "lines": [{"text": 3}]"#, "lines[0]: `text` is missing"),
        (
            r#", "lines": [{"text": "a", "confidence": 97.5}]"#,
            "lines[0]: `confidence` 97.5 is not between 0 and 1",
        ),
        (
            r#", "lines": [{"text": "a", "polygon": [[1, 2], [3, 4]]}]"#,
            "lines[0]: `polygon` has 2 corners",
        ),
        (
            r#", "lines": [{"text": "a", "polygon": [[1, 2], [3, 4], [5, 1e300]]}]"#,
            "lines[0]: a corner is no [x, y]",
        ),
        (
            r#", "lines": [], "timings_ms": {"detect": -1}"#,
            "`timings_ms.detect`",
        ),
        (r#", "lines": [], "usage": 3"#, "`usage.prompt_tokens`"),
        (r#", "lines": [], "fields": ["a"]"#, "`fields` is no object"),
        (
            r#", "lines": [], "fields": {"total": 5}"#,
            "`fields`: `total` is not text",
        ),
        (
            r#", "status": "fine", "lines": []"#,
            "`fine` is not a status",
        ),
        (
            r#", "status": "skipped", "lines": []"#,
            "`skipped` is not a status",
        ),
        (
            r#", "status": "ok", "error": "x", "lines": []"#,
            "it has an `error`",
        ),
        (
            r#", "lines": [{"text": "a", "confidence": NaN}]"#,
            "it is not JSON",
        ),
    ] {
        let found = refusal(&format!(r#"{{"id": "7"{rest}}}"#));
        assert!(found.starts_with(reason), "{found}");
    }
    // Cut off in the middle, and with bytes that are no UTF-8.
    assert!(refusal(r#"{"id" : "7", "lines": [{"te"#).starts_with("it is not JSON"));
    let mut bytes = br#"{"id": "7", "lines": [{"text": ""#.to_vec();
    bytes.extend(b"\xff\"}]}");
    assert!(matches!(parse(&bytes), Saying::About(id, Err(_)) if id == "7"));
}

#[test]
fn a_failure_has_a_status_and_never_text() {
    let line = r#"{"id": "7", "error": "bad\nimage", "lines": [{"text": "x"}]}"#;
    assert_eq!(
        parse(line.as_bytes()),
        Saying::About(
            "7".to_owned(),
            Ok(Answer::Failed {
                status: PredictionStatus::Crashed,
                reason: "bad image".to_owned()
            })
        )
    );
    let line = r#"{"id": "7", "status": "oom"}"#;
    assert!(matches!(
        parse(line.as_bytes()),
        Saying::About(
            _,
            Ok(Answer::Failed {
                status: PredictionStatus::Oom,
                ..
            })
        )
    ));
}

#[test]
fn the_rest_is_noise() {
    for line in [
        "",
        "hello",
        "[1]",
        "{}",
        r#"{"id": 7}"#,
        r#"{"id": "7"#,
        "{\"id\": NaN}",
    ] {
        assert_eq!(parse(line.as_bytes()), Saying::Noise, "{line}");
    }
    assert_eq!(parse(br#"{"done": 3}"#), Saying::Done(3));
    let deep = "[".repeat(100_000);
    assert_eq!(parse(deep.as_bytes()), Saying::Noise);
}

/// JSON values of every kind, with the keys of the protocol more often than others.
fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
        Just(Value::from("ok")),
    ];
    leaf.prop_recursive(4, 64, 8, |inner| {
        let key = prop_oneof![
            "id|lines|polygon|text|confidence|timings_ms|detect|status|error|usage|fields|done|name",
            "\\PC{0,5}",
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..8)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn no_object_panics(value in json(), lines in json()) {
        check(value.to_string().as_bytes());
        let mut answer = Map::new();
        answer.insert("id".to_owned(), "7".into());
        answer.insert("lines".to_owned(), lines);
        check(Value::Object(answer).to_string().as_bytes());
    }

    #[test]
    fn no_cut_or_changed_answer_panics(at in 0usize..200, byte in any::<u8>(), cut in any::<bool>()) {
        let mut line = br#"{"id": "7", "lines": [{"polygon": [[0, 1], [9, 1], [9, 4]], "text": "ab", "confidence": 0.5}], "timings_ms": {"detect": 3}}"#.to_vec();
        let at = at % line.len();
        if cut {
            line.truncate(at);
        } else {
            line[at] = byte;
        }
        check(&line);
    }

    #[test]
    fn every_image_of_a_request_ends_once(
        said in prop::collection::vec((0_u8..9, 0_u8..4), 0..12),
        cut in prop::option::of(0_usize..80),
    ) {
        let lines = said.into_iter().map(|(id, what)| match what {
            0 => "{\"done\": 0}".to_owned(),
            1 => format!("{{\"id\": \"{id}\", \"status\": \"oom\"}}"),
            2 => format!("{{\"id\": \"{id}\", \"lines\": NaN}}"),
            _ => format!("{{\"id\": \"{id}\", \"lines\": [{{\"text\": \"a\"}}]}}"),
        });
        let lines: Vec<String> = lines.collect();
        let mut bytes = format!("\u{3}{}", lines.join("\n")).into_bytes();
        bytes.truncate(cut.unwrap_or(usize::MAX));
        worker(&bytes);
    }
}
