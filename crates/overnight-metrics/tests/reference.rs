//! Distances and error rates against values other tools computed.

use overnight_metrics::{
    Bootstrap, Counted, Normalisation, Profile, aggregate, levenshtein, score_pair,
};
use overnight_testkit::Shared;
use serde_json::Value;

/// Our profiles and what the reference file calls them.
fn profiles() -> Vec<(Profile, &'static str)> {
    let built_in = |name| Profile::built_in(name).expect("a built-in profile");
    let own = |normalisation| Profile {
        name: "own".to_owned(),
        normalisation,
    };
    vec![
        (built_in("strict"), "raw_cp"),
        (built_in("default"), "nfc_ws_cp"),
        (
            Profile::derived("own", "default", false, true).expect("a derived profile"),
            "nfc_nows_cp",
        ),
        (
            own(Normalisation {
                nfc: true,
                ..Normalisation::NONE
            }),
            "nfc_cp",
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
            let rates = (score.cer(), expected["cer"].as_f64());
            let agree = match rates {
                (Some(ours), Some(theirs)) => (ours - theirs).abs() < 1e-12,
                (ours, theirs) => ours == theirs,
            };
            assert!(agree, "{} under {name}: {rates:?}", case["id"]);
            compared += 1;
        }
    }
    assert!(compared > 200, "only {compared} comparisons were made");
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
