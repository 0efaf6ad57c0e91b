//! `overnight score --pairs` against the values other tools gave, and against files that are
//! not what they should be.

use overnight_testkit::{Overnight, Shared, TestProject};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_overnight");

/// Profiles of ours and what the reference calls them; those in the configuration bear its name.
const PROFILES: [(&str, &str); 12] = [
    ("strict", "raw_cp"),
    ("default", "nfc_ws_cp"),
    ("compat:dinglehopper", "nfc_grapheme"),
    ("nfc_cp", "nfc_cp"),
    ("nfd_cp", "nfd_cp"),
    ("nfkc_cp", "nfkc_cp"),
    ("utf16_units", "utf16_units"),
    ("utf8_bytes", "utf8_bytes"),
    ("jamo", "jamo"),
    ("nfc_strip_cp", "nfc_strip_cp"),
    ("nfc_nows_cp", "nfc_nows_cp"),
    ("nfkc_casefold_ws_cp", "nfkc_casefold_ws_cp"),
];
const CONFIG: &str = r#"
[profiles.nfc_cp]
base = "strict"
form = "nfc"
[profiles.nfd_cp]
base = "strict"
form = "nfd"
[profiles.nfkc_cp]
base = "strict"
form = "nfkc"
[profiles.utf16_units]
base = "strict"
unit = "utf16"
[profiles.utf8_bytes]
base = "strict"
unit = "byte"
[profiles.jamo]
base = "strict"
form = "nfc"
unit = "jamo"
[profiles.nfc_strip_cp]
base = "compat:jiwer"
form = "nfc"
[profiles.nfc_nows_cp]
base = "default"
remove_whitespace = true
[profiles.nfkc_casefold_ws_cp]
base = "lenient"
equivalences = false
"#;

fn near(ours: &Value, theirs: &Value) -> bool {
    match (ours.as_f64(), theirs.as_f64()) {
        (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-12,
        _ => ours == theirs,
    }
}

/// Scores these cases under all profiles that the reference has for them and compares every
/// pair; gives one score a profile.
fn scored(cases: &[&Value], texts: impl Fn(&Value, &str) -> String) -> Vec<Value> {
    let project = TestProject::new();
    project.file("overnight.toml", CONFIG);
    let pairs: Vec<String> = cases
        .iter()
        .map(|case| {
            let (reference, hypothesis) = (texts(case, "ref"), texts(case, "hyp"));
            let id = &case["id"];
            format!(
                "{}\n",
                json!({"id": id, "reference": reference, "hypothesis": hypothesis})
            )
        })
        .collect();
    project.file("pairs.jsonl", pairs.concat());
    let has = |theirs: &str| {
        cases
            .iter()
            .all(|case| case["profiles"][theirs].is_object())
    };
    let profiles: Vec<_> = PROFILES
        .into_iter()
        .filter(|(_, theirs)| has(theirs))
        .collect();
    let mut first = Overnight::new(BINARY, &project)
        .args(["score", "--pairs", "pairs.jsonl", "--format", "json"])
        .args(profiles.iter().flat_map(|(ours, _)| ["--profile", ours]))
        .run()
        .expect_code(0)
        .json();
    let Value::Array(further) = first["further_profiles"].take() else {
        panic!("no further profiles");
    };
    let scores: Vec<Value> = std::iter::once(first).chain(further).collect();
    assert_eq!(scores.len(), profiles.len());
    for (score, (ours, theirs)) in scores.iter().zip(profiles) {
        assert_eq!(score["profile"], ours);
        let samples = score["samples"].as_array().unwrap();
        assert_eq!(samples.len(), cases.len());
        for (sample, case) in samples.iter().zip(cases) {
            let (id, expected) = (&case["id"], &case["profiles"][theirs]);
            assert_eq!(&sample["id"], id);
            for key in ["n_ref", "n_hyp", "distance"] {
                assert_eq!(sample[key], expected[key], "{id} {ours} {key}");
            }
            // jiwer takes an empty reference for one of length 1.
            if ours != "nfc_strip_cp" || expected["n_ref"] != 0 {
                assert!(near(&sample["cer"], &expected["cer"]), "{id} {ours} cer");
            }
            let words = &case["tools"]["ws_split_wer"];
            if ours == "strict" && words["distance"].is_u64() {
                assert_eq!(sample["word_n_ref"], words["n_ref"], "{id}");
                assert_eq!(sample["word_distance"], words["distance"], "{id}");
            }
        }
    }
    scores
}

#[test]
fn every_pair_of_the_reference_under_every_profile() {
    let test = "every_pair_of_the_reference_under_every_profile";
    let Some(root) = Shared::path(test, "reference") else {
        return;
    };
    let text = std::fs::read(root.join("cer_reference.json")).unwrap();
    let reference: Value = serde_json::from_slice(&text).unwrap();
    let cases: Vec<&Value> = reference["cases"].as_array().unwrap().iter().collect();
    assert_eq!(cases.len(), 65);
    let of = |case: &Value, side: &str| match case[side].as_str() {
        Some(text) => text.to_owned(),
        None => {
            let file = case[format!("{side}_file")].as_str().unwrap();
            let name = std::path::Path::new(file).file_name().unwrap();
            std::fs::read_to_string(root.join("long").join(name)).unwrap()
        }
    };
    let (long, short): (Vec<_>, Vec<_>) = cases.into_iter().partition(|case| {
        let id = case["id"].as_str().unwrap();
        id.starts_with("long_")
    });
    assert_eq!(scored(&long, of).len(), 2);
    assert_eq!(scored(&short, of).len(), PROFILES.len());
    let has_words = |case: &&&Value| case["tools"]["ws_split_wer"]["distance"].is_u64();
    assert!(short.iter().filter(has_words).count() > 40);

    // The aggregates of the reference leave out loops, and references that a profile makes
    // empty: two under some, three under the others.
    let expected = &reference["aggregates_short_cases_without_loops"];
    let ids = expected["case_ids"].as_array().unwrap();
    let mut compared = 0;
    for (n, sample_of) in [(56, "raw_cp"), (55, "nfc_ws_cp")] {
        let kept = short
            .iter()
            .copied()
            .filter(|case| ids.contains(&case["id"]) && case["profiles"][sample_of]["n_ref"] != 0);
        let kept: Vec<&Value> = kept.collect();
        assert_eq!(kept.len(), n);
        for (score, (ours, theirs)) in scored(&kept, of).iter().zip(PROFILES) {
            let expected = &expected[theirs];
            if expected["cases_nonempty_ref"] != n {
                continue;
            }
            let cer = &score["cer"];
            for (ours, theirs) in [
                (&cer["edits"], "sum_distance"),
                (&cer["reference_len"], "sum_n_ref"),
                (&cer["micro"], "micro_cer"),
                (&cer["macro"], "macro_cer"),
                (&cer["macro_clipped"], "macro_cer_clipped"),
                (&cer["median"], "median_cer"),
            ] {
                assert!(near(ours, &expected[theirs]), "{theirs}: {ours}");
            }
            assert_eq!(score["profile"], ours);
            compared += 1;
        }
    }
    assert_eq!(compared, PROFILES.len());
}

/// What a file of pairs may hold, and what is said about it.
#[test]
fn broken_files_of_pairs_are_named_with_file_and_line() {
    let good = "{\"id\": \"1\", \"reference\": \"ab\", \"hypothesis\": \"ac\"}\n";
    let second = |rest: &str| format!("{good}{rest}\n").into_bytes();
    let mut not_utf8 = second("{\"id\": \"2\", \"reference\": \"");
    not_utf8.pop();
    not_utf8.extend(b"\xff\", \"hypothesis\": \"\"}\n");
    for (bytes, code, parts) in [
        (
            second("{\"id\": \"2\", \"reference\": \"ab\"}"),
            2,
            ["pairs.jsonl line 2", "missing field `hypothesis`"],
        ),
        (
            second("{\"id\": \"2\", \"reference\": null, \"hypothesis\": \"\"}"),
            2,
            [
                "pairs.jsonl line 2",
                "invalid type: null, expected a string",
            ],
        ),
        (
            second("{\"id\": 2, \"reference\": \"\", \"hypothesis\": \"\"}"),
            2,
            ["pairs.jsonl line 2", "invalid type: integer `2`"],
        ),
        (
            second("\n[\"2\"]"),
            2,
            ["pairs.jsonl line 3", "invalid length 1"],
        ),
        (
            second(good.trim()),
            2,
            [
                "pairs.jsonl line 2",
                "the id `1` was already used in line 1",
            ],
        ),
        (
            second("{\"id\": \"2\", \"ref"),
            2,
            ["pairs.jsonl line 2", "EOF"],
        ),
        (
            not_utf8,
            2,
            ["pairs.jsonl line 2", "byte 27 of the line is not UTF-8"],
        ),
        (Vec::new(), 3, ["pairs.jsonl", "there is no pair in it"]),
        (
            b"\n \r\n".to_vec(),
            3,
            ["pairs.jsonl", "there is no pair in it"],
        ),
    ] {
        let project = TestProject::new();
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        project.file("pairs.jsonl", bytes);
        let answer = Overnight::new(BINARY, &project)
            .args(["score", "--pairs", "pairs.jsonl"])
            .run()
            .expect_code(code);
        for part in parts {
            assert!(answer.stderr.contains(part), "{shown}: {}", answer.stderr);
        }
        assert!(!answer.stderr.contains("at line 1"), "{}", answer.stderr);
    }
}

#[test]
fn odd_files_of_pairs_are_read() {
    // A byte order mark, CR LF, blank lines, other names, no line end, and 10 MB in one line.
    let long = "TEA 5.00 ".repeat(600_000);
    let pairs = format!(
        "\u{feff}{{\"id\": \"1\", \"reference\": \"ab\", \"hypothesis\": \"ac\", \"more\": [1]}}\r\n\r\n\
         {{\"id\": \"2\", \"reference\": \"{long}\", \"hypothesis\": \"{long}x\"}}\r\n\
         {{\"id\": \"\u{ac00}\", \"reference\": \"\", \"hypothesis\": \"\"}}"
    );
    assert!(pairs.len() > 10_000_000);
    let project = TestProject::new();
    project.file("pairs.jsonl", pairs);
    let json = Overnight::new(BINARY, &project)
        .args(["score", "--pairs", "pairs.jsonl", "--format", "json"])
        .run()
        .expect_code(0)
        .json();
    let samples = json["samples"].as_array().unwrap();
    let distances: Vec<&Value> = samples.iter().map(|sample| &sample["distance"]).collect();
    assert_eq!(distances, [1, 1 + 1, 0]);
    assert_eq!(samples[2]["id"], "\u{ac00}");
}
