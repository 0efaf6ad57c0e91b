//! Distances and error rates against values other tools computed.

use overnight_metrics::{
    Bootstrap, Changes, Counted, Form, Profile, RateRule, Unit, WhiteSpace, aggregate, levenshtein,
    score_pair,
};
use overnight_testkit::Shared;
use serde_json::Value;

/// Our profiles and what the reference file calls them.
fn profiles() -> Vec<(Profile, &'static str)> {
    let built_in = |name| Profile::built_in(name).expect("a built-in profile");
    let own = |base, changes| Profile::derived("own", base, changes).expect("a derived profile");
    let none = Changes::default();
    let form = |form| Changes {
        form: Some(form),
        ..none
    };
    let unit = |unit| Changes {
        unit: Some(unit),
        ..none
    };
    vec![
        (built_in("strict"), "raw_cp"),
        (built_in("default"), "nfc_ws_cp"),
        (own("strict", form(Form::Nfc)), "nfc_cp"),
        (own("strict", form(Form::Nfd)), "nfd_cp"),
        (own("strict", form(Form::Nfkc)), "nfkc_cp"),
        (own("strict", unit(Unit::Utf16)), "utf16_units"),
        (own("strict", unit(Unit::Byte)), "utf8_bytes"),
        (
            own(
                "grapheme",
                Changes {
                    white_space: Some(WhiteSpace::Keep),
                    ..none
                },
            ),
            "nfc_grapheme",
        ),
        (
            own(
                "ko-jamo",
                Changes {
                    white_space: Some(WhiteSpace::Keep),
                    ..none
                },
            ),
            "jamo",
        ),
        (
            own(
                "default",
                Changes {
                    white_space: Some(WhiteSpace::Trim),
                    ..none
                },
            ),
            "nfc_strip_cp",
        ),
        (
            own(
                "default",
                Changes {
                    white_space: Some(WhiteSpace::Remove),
                    ..none
                },
            ),
            "nfc_nows_cp",
        ),
        (
            own(
                "lenient",
                Changes {
                    equivalences: Some(false),
                    ..none
                },
            ),
            "nfkc_casefold_ws_cp",
        ),
    ]
}

fn reference(test: &str) -> Option<Value> {
    let path = Shared::path(test, "reference/cer_reference.json")?;
    let bytes = std::fs::read(path).expect("a readable file");
    Some(serde_json::from_slice(&bytes).expect("valid JSON"))
}

#[test]
fn counts_agree_on_every_short_case() {
    let Some(reference) = reference("counts_agree_on_every_short_case") else {
        return;
    };
    let mut compared = 0;
    for case in reference["cases"].as_array().unwrap() {
        let (Some(text), Some(read)) = (case["ref"].as_str(), case["hyp"].as_str()) else {
            continue;
        };
        for (profile, name) in profiles() {
            let Some(expected) = case["profiles"].get(name) else {
                continue;
            };
            let score = score_pair(text, read, &profile);
            let got = (score.n_ref, score.n_hyp, score.distance);
            let number = |key: &str| expected[key].as_u64().unwrap();
            let counts = (number("n_ref"), number("n_hyp"), number("distance"));
            assert_eq!(got, counts, "{} under {name}", case["id"]);
            // The reference rates are rounded in the last place.
            let rates = (score.cer(&profile), expected["cer"].as_f64());
            let agree = match rates {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-12,
                (ours, theirs) => ours == theirs,
            };
            assert!(agree, "{} under {name}: {rates:?}", case["id"]);
            compared += 1;
        }
    }
    assert!(compared > 700, "only {compared} comparisons were made");
}

#[test]
fn words_agree_with_a_plain_split() {
    let Some(reference) = reference("words_agree_with_a_plain_split") else {
        return;
    };
    let strict = Profile::built_in("strict").unwrap();
    let mut compared = 0;
    for case in reference["cases"].as_array().unwrap() {
        let (Some(text), Some(read)) = (case["ref"].as_str(), case["hyp"].as_str()) else {
            continue;
        };
        let expected = &case["tools"]["ws_split_wer"];
        let Some(distance) = expected["distance"].as_u64() else {
            continue;
        };
        let score = score_pair(text, read, &strict);
        let n_ref = expected["n_ref"].as_u64().unwrap();
        assert_eq!(
            (score.word_n_ref, score.word_distance),
            (n_ref, distance),
            "{}",
            case["id"]
        );
        compared += 1;
    }
    assert!(compared > 40, "only {compared} comparisons were made");
}

#[test]
fn aggregates_agree() {
    let Some(reference) = reference("aggregates_agree") else {
        return;
    };
    let table = &reference["aggregates_short_cases_without_loops"];
    for (profile, name) in profiles() {
        let ids = table["case_ids"].as_array().unwrap();
        let cases = reference["cases"].as_array().unwrap();
        let samples: Vec<Counted> = cases
            .iter()
            .filter(|case| ids.contains(&case["id"]))
            .map(|case| {
                let text = |key: &str| case[key].as_str().unwrap();
                score_pair(text("ref"), text("hyp"), &profile)
            })
            // The reference values leave cases with an empty reference out.
            .filter(|score| score.n_ref > 0)
            .map(|score| Counted {
                n_ref: score.n_ref,
                distance: Some(score.distance),
            })
            .collect();
        let ours = aggregate(&samples, &Bootstrap::new(42));
        let expected = &table[name];
        assert_eq!(
            samples.len() as u64,
            expected["cases_nonempty_ref"],
            "{name}"
        );
        assert_eq!(ours.edits, expected["sum_distance"], "{name}");
        assert_eq!(ours.reference_len, expected["sum_n_ref"], "{name}");
        for (value, key) in [
            (ours.micro, "micro_cer"),
            (ours.macro_mean, "macro_cer"),
            (ours.macro_clipped, "macro_cer_clipped"),
            (ours.median, "median_cer"),
        ] {
            let difference = value.unwrap() - expected[key].as_f64().unwrap();
            assert!(
                difference.abs() < 1e-12,
                "{name} {key}: off by {difference}"
            );
        }
    }
}

#[test]
fn long_texts_agree() {
    let Some(reference) = reference("long_texts_agree") else {
        return;
    };
    let mut compared = 0;
    for case in reference["cases"].as_array().unwrap() {
        let (Some(text), Some(read)) = (case["ref_file"].as_str(), case["hyp_file"].as_str())
        else {
            continue;
        };
        let read_file = |name: &str| -> Vec<char> {
            let path = Shared::path("long_texts_agree", &format!("reference/{name}")).unwrap();
            std::fs::read_to_string(path).unwrap().chars().collect()
        };
        let expected = &case["profiles"]["raw_cp"];
        assert_eq!(
            levenshtein(&read_file(text), &read_file(read)),
            expected["distance"].as_u64().unwrap(),
            "{}",
            case["id"]
        );
        compared += 1;
    }
    assert_eq!(compared, 4);
}

/// What a tool says of a case, as a number; `None` for its infinities and refusals.
fn says(case: &Value, tool: &str, key: &str) -> Option<f64> {
    case["tools"][tool][key].as_f64()
}

#[test]
fn the_compat_profiles_say_what_their_tools_say() {
    let Some(reference) = reference("the_compat_profiles_say_what_their_tools_say") else {
        return;
    };
    let mut differ = Vec::new();
    let mut compared = 0;
    for case in reference["cases"].as_array().unwrap() {
        let (Some(text), Some(read)) = (case["ref"].as_str(), case["hyp"].as_str()) else {
            continue;
        };
        for (name, tool) in [
            ("compat:jiwer", "jiwer"),
            ("compat:dinglehopper", "dinglehopper"),
        ] {
            let profile = Profile::built_in(name).unwrap();
            let score = score_pair(text, read, &profile);
            let wer = RateRule::rate(
                profile.rule,
                score.word_distance,
                score.word_n_ref,
                score.word_n_ref,
            );
            for (ours, key) in [(score.cer(&profile), "cer"), (wer, "wer")] {
                let tool = format!("{tool}_{key}");
                if case["tools"][&tool].get("skipped").is_some() {
                    continue;
                }
                let theirs = says(case, &tool, key);
                compared += 1;
                let agree = match (ours, theirs) {
                    (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-12,
                    (ours, theirs) => ours.is_none() && theirs.is_none(),
                };
                if !agree {
                    differ.push(format!("{} {tool}: {ours:?}, not {theirs:?}", case["id"]));
                }
            }
        }
    }
    assert!(differ.is_empty(), "{}", differ.join("\n"));
    assert!(compared > 200, "only {compared} comparisons were made");
}

#[test]
fn the_normalised_distances_agree() {
    let Some(reference) = reference("the_normalised_distances_agree") else {
        return;
    };
    let table = &reference["aggregates_short_cases_without_loops"];
    let ids = table["case_ids"].as_array().unwrap();
    let cases = reference["cases"].as_array().unwrap();
    let profile = Profile::built_in("compat:omnidocbench").unwrap();
    let samples: Vec<(Counted, f64)> = cases
        .iter()
        .filter(|case| ids.contains(&case["id"]))
        .map(|case| {
            let text = |key: &str| case[key].as_str().unwrap();
            let score = score_pair(text("ref"), text("hyp"), &profile);
            let counted = Counted {
                n_ref: profile.rule.length(score.n_ref, Some(score.n_hyp)),
                distance: Some(score.distance),
            };
            (counted, score.cer(&profile).unwrap())
        })
        .collect();
    let expected = |key: &str| table["raw_cp"][key].as_f64().unwrap();
    let counted: Vec<Counted> = samples.iter().map(|(counted, _)| *counted).collect();
    let pooled = aggregate(&counted, &Bootstrap::new(1)).micro.unwrap();
    let whole = expected("omnidocbench_edit_whole(sum d/sum max len)");
    assert!((pooled - whole).abs() < 1e-12);
    // PaddleOCR's own figure, with the small number it adds to the count.
    let sum: f64 = samples.iter().map(|(_, rate)| rate).sum();
    let norm_edit_dis = 1.0 - sum / (samples.len() as f64 + 1e-5);
    let theirs = expected("paddleocr_norm_edit_dis(1-sum ned/(n+1e-5))");
    assert!((norm_edit_dis - theirs).abs() < 1e-12);
}
