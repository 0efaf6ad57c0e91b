//! Answers as models give them.

use overnight_record::PredictionStatus::{Empty, Loop, Ok, ParseError, Refusal, Truncated};
use overnight_testkit::Shared;

use super::*;

const TEXT: Rules<'static> = Rules {
    form: AnswerForm::Text,
    scripts: &[],
};
const JSON: Rules<'static> = Rules {
    form: AnswerForm::ReceiptJson,
    scripts: &[],
};

#[test]
fn every_end_has_its_status() {
    let long = "TEA 1.00 ".repeat(40);
    for (raw, finish, status) in [
        ("TEA 1.00", Some("stop"), Ok),
        ("TEA 1.00", None, Ok),
        ("  \n", Some("stop"), Empty),
        ("```\n```", Some("stop"), Empty),
        ("TEA 1.", Some("length"), Truncated),
        ("", Some("length"), Truncated),
        (&long, Some("length"), Loop),
        ("TEA", Some("content_filter"), Refusal),
        (
            "I'm sorry, but I can't help with that.",
            Some("stop"),
            Refusal,
        ),
    ] {
        let judged = judge(raw, finish, TEXT);
        assert_eq!(judged.status, status, "{raw} {finish:?}");
        assert_eq!(judged.text.is_empty(), status != Ok, "{raw}");
        let has_reason = judged.error.is_some();
        assert_eq!(has_reason, !matches!(status, Ok | Empty), "{raw}");
    }
}

#[test]
fn markdown_is_read_where_it_was_asked_for() {
    let rules = Rules {
        form: AnswerForm::Markdown,
        scripts: &[],
    };
    let raw = "```markdown\n# SHOP\n\n| TEA | **5.00** |\n|--|--|\n```";
    let judged = judge(raw, Some("stop"), rules);
    assert_eq!(
        (judged.status, judged.text.as_str()),
        (Ok, "SHOP\nTEA 5.00")
    );
    assert_eq!(judge("<table></table>", Some("stop"), rules).status, Empty);
    let refusal = "I'm sorry, but I can't help with that.";
    assert_eq!(judge(refusal, Some("stop"), rules).status, Refusal);
    let plain = judge("# SHOP\n*5.00*", Some("stop"), TEXT);
    assert_eq!(plain.text, "# SHOP\n*5.00*");
}

#[test]
fn json_is_read_and_what_is_none_is_said() {
    let judged = judge(
        "```json\n{\"lines\": [\"TEA\", \"5.00\"]}\n```",
        Some("stop"),
        JSON,
    );
    assert_eq!((judged.status, judged.text.as_str()), (Ok, "TEA\n5.00"));
    assert_eq!((judged.notes.len(), judged.fields.len()), (1, 0));
    let whole = "{\"lines\": [\"TEA\", \"5.00\"], \"total\": \"5.00\", \"date\": {}}";
    let judged = judge(whole, Some("stop"), JSON);
    assert_eq!(
        (judged.status, judged.fields["total"].as_str()),
        (Ok, "5.00")
    );
    assert_eq!(judged.notes.len(), 1, "{:?}", judged.notes);
    assert_eq!(judge("TEA", Some("stop"), JSON).status, ParseError);
    assert_eq!(judge("{\"lines\": []}", Some("stop"), JSON).status, Empty);
}

/// The cases of the reference that are about answers.
#[test]
fn the_cases_of_the_reference_are_told_apart() {
    let Some(path) = Shared::path("answers", "reference/cer_reference.json") else {
        return;
    };
    let text = std::fs::read_to_string(path).unwrap();
    let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = reference["cases"].as_array().unwrap();
    let mut seen = 0;
    for case in cases {
        let field = |name: &str| case[name].as_str().unwrap_or_default();
        let (status, is_reference) = match field("id") {
            "loop_phrase" | "loop_char" => (Loop, false),
            "loop_legit" | "vlm_fence" | "vlm_preamble" => (Ok, true),
            "vlm_refusal" => (Refusal, false),
            "vlm_translate" => (Ok, false),
            _ => continue,
        };
        seen += 1;
        // A server that says nothing about the end, and one that does.
        for finish in [None, Some("stop")] {
            let judged = judge(field("hyp"), finish, TEXT);
            assert_eq!(judged.status, status, "{}", field("id"));
            if is_reference {
                assert_eq!(judged.text, field("ref").trim(), "{}", field("id"));
            }
        }
    }
    assert_eq!(seen, 7);
}
