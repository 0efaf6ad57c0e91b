//! The gap analysis of a night with everything in it, and what it says when it knows less.

use overnight_report::Rendered;
use serde_json::{Value, json};

use crate::{gap_night, run_folder::RunFolder};

fn file(rendered: &Rendered, name: &str) -> String {
    let file = rendered.files.iter().find(|f| f.name == name).unwrap();
    String::from_utf8(file.bytes.clone()).unwrap()
}

/// The report without its front matter.
pub(crate) fn markdown(night: &RunFolder) -> String {
    let rendered = overnight_report::render(&night.path).unwrap();
    assert_eq!(rendered.notes, Vec::<String>::new());
    file(&rendered, "VLM_GAP_ANALYSIS.md")
}

/// The page's section, pictures and drawings by their descriptions.
pub(crate) fn section(night: &RunFolder) -> String {
    let rendered = overnight_report::render(&night.path).unwrap();
    let page = file(&rendered, "index.html");
    let (_, section) = page.split_once("<section id=\"evaluator\"").unwrap();
    let (section, _) = section.split_once("<section id=\"preprocessor\"").unwrap();
    let mut out = String::new();
    let mut parts = section.split("<svg ");
    out.push_str(parts.next().unwrap());
    for part in parts {
        let (svg, rest) = part.split_once("</svg>").unwrap();
        let label = svg.split("aria-label=\"").nth(1).unwrap();
        out.push_str(&format!("[{}]", label.split('"').next().unwrap()));
        out.push_str(rest);
    }
    let mut parts = out.split("data:image/jpeg;base64,");
    let mut short = parts.next().unwrap().to_owned();
    for part in parts {
        short.push_str("...");
        short.push_str(&part[part.find('"').unwrap()..]);
    }
    let lines = short.lines().map(str::trim_end);
    lines.collect::<Vec<_>>().join("\n")
}

/// The answer above everything else.
fn answer(night: &RunFolder) -> String {
    let markdown = markdown(night);
    let (_, after) = markdown.split_once("# Gap analysis: receipts\n\n").unwrap();
    after.split('\n').next().unwrap().to_owned()
}

#[test]
fn everything_that_is_recorded_is_told() {
    let night = gap_night::build();
    insta::assert_snapshot!("gap_markdown", markdown(&night));
    insta::assert_snapshot!("gap_html", section(&night));
}

#[test]
fn nothing_from_outside_is_markup() {
    let section = section(&gap_night::build());
    for bad in [
        "<script",
        "<img src=x",
        "onerror=alert(1)>",
        "\u{1b}",
        "\u{202e}",
    ] {
        assert!(!section.contains(bad), "{bad:?} is in the page");
    }
    assert!(
        !section.contains(['\u{2}', '\u{3}', '\u{5}']),
        "marks of ours are left"
    );
    let markdown = markdown(&gap_night::build());
    for bad in [
        "<script", "<img", "\u{1b}", "\u{202e}", "\u{2}", "\u{3}", "\u{5}",
    ] {
        let outside_code: String = markdown.split('`').step_by(2).collect();
        assert!(!outside_code.contains(bad), "{bad:?} is in the text");
    }
}

/// Sets what is recorded of the paired difference.
fn paired(interval: [f64; 2], p: f64, verdict: Option<&str>) -> RunFolder {
    gap_night::with(|value| {
        let paired = &mut value["paired"];
        paired["difference"] = json!((interval[0] + interval[1]) / 2.0);
        paired["interval"]["low"] = json!(interval[0]);
        paired["interval"]["high"] = json!(interval[1]);
        paired["test"]["p"] = json!(p);
        match verdict {
            Some(verdict) => paired["equivalence"]["verdict"] = json!(verdict),
            None => paired["equivalence"] = Value::Null,
        }
    })
}

#[test]
fn the_verdict_says_no_more_than_interval_test_and_margin() {
    let cases = [
        (
            [-0.03, -0.02],
            0.001,
            None,
            "`qwen` makes fewer errors than `ppocr`: CER",
        ),
        (
            [0.02, 0.03],
            0.001,
            None,
            "`qwen` makes more errors than `ppocr`: CER",
        ),
        (
            [-0.008, -0.002],
            0.001,
            Some("equivalent"),
            "fewer errors than `ppocr`, but the difference is too small to matter",
        ),
        (
            [-0.03, 0.01],
            0.4,
            Some("undecided"),
            "No difference between `qwen` and `ppocr` is shown",
        ),
        (
            [-0.004, 0.003],
            0.4,
            Some("equivalent"),
            "`qwen` and `ppocr` read equally well",
        ),
        ([-0.03, -0.02], 0.2, None, "that is not sure at n = 116"),
        (
            [-0.03, 0.01],
            0.01,
            None,
            "reads better is not sure at n = 116",
        ),
    ];
    for (interval, p, verdict, said) in cases {
        let answer = answer(&paired(interval, p, verdict));
        assert!(answer.contains(said), "{said:?} is not in {answer}");
    }
}

#[test]
fn an_open_question_names_what_would_answer_it() {
    let undecided = markdown(&paired([-0.03, 0.01], 0.4, Some("undecided")));
    assert!(undecided.contains("116 samples would have shown a difference of 1.53 points four times out of five. To see one of 1.00 points takes about 281 samples."));
    let decided = markdown(&paired([-0.004, 0.003], 0.4, Some("equivalent")));
    assert!(!decided.contains("281"));
}

/// Sets what the rule gains against the baseline and against the candidate.
fn routing(against_baseline: [f64; 2], against_candidate: [f64; 2]) -> RunFolder {
    gap_night::with(|value| {
        for (name, ends) in [
            ("against_baseline", against_baseline),
            ("against_candidate", against_candidate),
        ] {
            let gain = &mut value["routing"]["rule"][name];
            gain["difference"] = json!((ends[0] + ends[1]) / 2.0);
            gain["interval"]["low"] = json!(ends[0]);
            gain["interval"]["high"] = json!(ends[1]);
            let holds_zero = ends[0] <= 0.0 && ends[1] >= 0.0;
            gain["test"]["p"] = json!(if holds_zero { 0.4 } else { 0.001 });
        }
    })
}

#[test]
fn routing_is_recommended_only_where_it_is_shown_to_gain() {
    let cases = [
        (
            [-0.03, -0.01],
            [-0.02, -0.01],
            "fewer errors than either alone",
        ),
        (
            [-0.03, -0.01],
            [-0.01, 0.01],
            "a difference to sending everything is not",
        ),
        (
            [-0.03, -0.01],
            [0.01, 0.02],
            "for all samples if its cost allows",
        ),
        (
            [-0.02, 0.02],
            [0.01, 0.02],
            "is not shown to gain anything over `ppocr` alone",
        ),
    ];
    for (against_baseline, against_candidate, said) in cases {
        let answer = answer(&routing(against_baseline, against_candidate));
        assert!(answer.contains(said), "{said:?} is not in {answer}");
    }
    let nothing = markdown(&routing([-0.02, 0.02], [-0.01, 0.01]));
    assert!(nothing.contains("Routing is not shown to gain anything over `ppocr` alone."));
    assert!(nothing.contains("nothing: the interval holds zero"));
}

#[test]
fn a_gain_within_the_margin_is_no_reason_to_route() {
    let night = routing([-0.006, -0.001], [0.01, 0.02]);
    let better = answer(&night);
    let path = night.step_dir("1.1.2").join("result.json");
    let result = std::fs::read_to_string(&path).unwrap();
    let equivalent = result.replace("\"verdict\":\"different\"", "\"verdict\":\"equivalent\"");
    assert_ne!(equivalent, result);
    std::fs::write(&path, equivalent).unwrap();
    for (answer, said) in [
        (
            better,
            "Use `qwen` for all samples or for none: what sending the",
        ),
        (answer(&night), "Stay with `ppocr`: what sending the"),
    ] {
        assert!(answer.contains(said), "{said:?} is not in {answer}");
        assert!(answer.contains("lies within the margin of 1.00 points."));
    }
}

#[test]
fn a_candidate_that_is_better_and_faster_reads_everything() {
    let night = gap_night::with(|value| {
        value["candidate"]["cost"]["ms_mean"] = json!(100.0);
    });
    let answer = answer(&night);
    assert!(
        answer.contains("Use `qwen` for all samples: it is the faster one, too"),
        "{answer}"
    );
}

#[test]
fn reading_everything_twice_is_not_advised() {
    let night = gap_night::with(|value| {
        let alone = value["candidate"]["cost"]["ms_mean"].as_f64().unwrap();
        let rule = &mut value["routing"]["rule"];
        rule["ms_mean"] = json!(alone + 1.0);
        rule["against_candidate"]["interval"] = json!({
            "low": -0.01, "high": 0.01, "level": 0.95, "method": "bootstrap"
        });
        rule["against_candidate"]["test"]["p"] = json!(0.4);
    });
    let answer = answer(&night);
    assert!(
        answer.contains("Use `qwen` for all samples: sending"),
        "{answer}"
    );
    assert!(answer.contains("saves no time"), "{answer}");
}

#[test]
fn a_rule_that_sends_everything_is_no_rule() {
    let night = gap_night::with(|value| {
        let n = value["routing"]["n"].clone();
        let rule = &mut value["routing"]["rule"];
        rule["fitted"]["n_sent"] = n;
        rule["against_candidate"]["interval"]["low"] = json!(-0.01);
        rule["against_candidate"]["interval"]["high"] = json!(0.01);
        rule["against_candidate"]["test"]["p"] = json!(0.4);
    });
    let answer = answer(&night);
    assert!(
        answer.contains("Use `qwen` for all samples: of all thresholds"),
        "{answer}"
    );
}

#[test]
fn a_rule_that_sends_nothing_is_no_rule() {
    let night = gap_night::with(|value| {
        value["routing"]["rule"]["fitted"]["n_sent"] = json!(0);
        value["paired"]["difference"] = json!(0.02);
        value["paired"]["interval"]["low"] = json!(0.01);
        value["paired"]["interval"]["high"] = json!(0.03);
    });
    let answer = answer(&night);
    assert!(answer.contains("sends nothing to `qwen`"), "{answer}");
}

#[test]
fn a_comparison_without_a_signal_has_no_rule() {
    let night = gap_night::with(|value| {
        value["routing"]["rule"] = Value::Null;
        value["routing"]["signal"] = Value::Null;
        value["routing"]["curve"] = json!([]);
    });
    let markdown = markdown(&night);
    assert!(markdown.contains("There is nothing to route by"));
    assert!(answer(&night).contains("there is no rule to send only some"));
    let section = section(&night);
    assert!(section.contains("[Error rate by the share of samples sent"));
}

#[test]
fn what_is_not_recorded_has_no_section() {
    let everything = [
        "Profiles",
        "Text without its order",
        "Key values",
        "What is read wrong",
        "Where they differ",
        "Cost",
        "Using both",
        "Noise floor",
        "References that may be wrong",
    ];
    let with = section(&gap_night::build());
    let without = section(&gap_night::with(|value| {
        let result = value.as_object_mut().unwrap();
        for field in [
            "further_profiles",
            "breakdowns",
            "routing",
            "n_without_reference",
            "hard_counts",
            "n_label_suspects",
            "label_suspects",
        ] {
            result.remove(field).unwrap();
        }
        for side in ["baseline", "candidate"] {
            let side = result[side].as_object_mut().unwrap();
            for field in [
                "first_statuses",
                "raw",
                "errors",
                "order_free",
                "fields",
                "cost",
                "noise",
            ] {
                side.remove(field);
            }
        }
    }));
    for title in everything {
        let heading = format!("<h3>{title}</h3>");
        assert!(with.contains(&heading), "{title} is not in the whole");
        assert!(!without.contains(&heading), "{title} is in what is left");
    }
    assert!(without.contains("<h3>Verdict</h3>"));
}
