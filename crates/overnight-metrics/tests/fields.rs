//! Fields and lines of real receipts.

use overnight_metrics::Normalisation;
use overnight_metrics::unordered::{FieldCounts, RECEIPT_FIELDS, match_lines, score_field};
use overnight_testkit::Shared;
use serde_json::Value;

/// Texts of a receipt's boxes, in the order of its file.
fn lines(text: &str) -> Vec<String> {
    let texts = text.lines().filter_map(|line| line.splitn(9, ',').nth(8));
    texts
        .map(|text| Normalisation::DEFAULT.apply(text))
        .collect()
}

#[test]
fn values_are_exact_where_a_line_of_the_receipt_is_the_same() {
    let test = "values_are_exact_where_a_line_of_the_receipt_is_the_same";
    let Some(root) = Shared::path(test, "data/receipts") else {
        return;
    };
    let normalise = |value: &str| Normalisation::DEFAULT.apply(value);
    let mut counts = [FieldCounts::default(); 4];
    let mut found = [0; 4];
    for entry in std::fs::read_dir(root.join("key")).expect("a folder") {
        let path = entry.expect("an entry").path();
        let key: Value =
            serde_json::from_slice(&std::fs::read(&path).expect("a file")).expect("JSON");
        let id = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let csv = root.join("box").join(format!("{id}.csv"));
        let lines = lines(&std::fs::read_to_string(csv).expect("UTF-8"));
        for (index, field) in RECEIPT_FIELDS.iter().enumerate() {
            let value = key[*field].as_str().expect("a value");
            let scores = lines.iter().map(|line| score_field(value, line, normalise));
            let best = scores
                .max_by(|a, b| a.similarity().total_cmp(&b.similarity()))
                .expect("a line");
            counts[index] += best;
            found[index] += u64::from(lines.contains(&normalise(value)));
        }
        // Read backwards, every line is still right, and no edit is needed.
        let forwards: Vec<&str> = lines.iter().map(String::as_str).collect();
        let backwards: Vec<&str> = forwards.iter().rev().copied().collect();
        let matched = match_lines(&forwards, &backwards).counts;
        assert_eq!(
            (matched.edits, matched.exact),
            (0, lines.len() as u64),
            "{id}"
        );
    }
    assert_eq!(counts.map(|counts| counts.n), [40; 4]);
    assert_eq!(counts.map(|counts| counts.exact), found);
    // A total stands by itself on most receipts, an address is broken into lines.
    let accuracy = counts.map(|counts| counts.accuracy().expect("values"));
    assert!(accuracy[3] > 0.5 && accuracy[2] < 0.5, "{accuracy:?}");
    for counts in counts {
        assert!(counts.one_minus_ned() >= counts.accuracy());
    }
}
