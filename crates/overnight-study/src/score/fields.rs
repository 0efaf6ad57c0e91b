//! Key values: found in the text, or told apart by the reader.

use std::collections::BTreeSet;

use overnight_metrics::unordered::{FieldCounts, RECEIPT_FIELDS, score_field};
use overnight_metrics::{Case, Form, Normalisation, WhiteSpace};
use overnight_record::Prediction;
use overnight_record::result::FieldScore;

use crate::dataset::Dataset;
use crate::predictions::Matched;

/// NFC, white space removed: what [`FieldScore::NORMALISATION`] says beside upper case.
const FORM: Normalisation = Normalisation {
    form: Form::Nfc,
    case: Case::Keep,
    equivalences: false,
    white_space: WhiteSpace::Remove,
};

/// The score of every key value of the dataset: those of receipts first, then by name. Empty
/// when the dataset has none. A value that is empty, or white space alone, is no reference.
pub(crate) fn field_scores(dataset: &Dataset, matched: &Matched<'_>) -> Vec<FieldScore> {
    let names: BTreeSet<&str> = dataset
        .samples()
        .iter()
        .flat_map(|sample| sample.fields.keys().map(String::as_str))
        .collect();
    let place = |name: &str| RECEIPT_FIELDS.iter().position(|field| *field == name);
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_by_key(|name| place(name).unwrap_or(RECEIPT_FIELDS.len()));
    let pages: Vec<Option<Page<'_>>> = matched
        .by_sample
        .iter()
        .zip(dataset.samples())
        .map(|(prediction, sample)| {
            let scored = prediction.filter(|prediction| prediction.status.is_scored());
            scored.filter(|_| !sample.fields.is_empty()).map(Page::new)
        })
        .collect();
    let scores = names.into_iter().map(|name| {
        let samples = dataset.samples().iter().zip(&pages);
        let referenced = samples.filter_map(|(sample, page)| {
            let value = normalised(sample.fields.get(name)?);
            (!value.is_empty()).then_some((value, page.as_ref()))
        });
        of_field(name, referenced)
    });
    scores.filter(|score| score.n > 0).collect()
}

/// The score of one key value; `values` are its references, normalised, and what was read.
fn of_field<'a>(
    name: &str,
    values: impl Iterator<Item = (String, Option<&'a Page<'a>>)>,
) -> FieldScore {
    let (mut n, mut n_scored, mut in_text) = (0, 0, 0);
    let mut extracted = FieldCounts::default();
    for (value, page) in values {
        n += 1;
        let Some(page) = page else {
            continue;
        };
        n_scored += 1;
        in_text += u64::from(page.holds(&value));
        let fields = &page.prediction.fields;
        if !fields.is_empty() {
            // A reader that tells key values and not this one has not found it.
            let read = fields.get(name).map_or("", String::as_str);
            extracted += score_field(&value, read, normalised);
        }
    }
    FieldScore {
        field: name.to_owned(),
        n,
        n_scored,
        in_text,
        n_extracted: extracted.n,
        exact: extracted.exact,
        one_minus_ned: extracted.one_minus_ned(),
    }
}

fn normalised(value: &str) -> String {
    FORM.apply(&value.to_uppercase())
}

/// What was read of one sample, ready to be searched.
struct Page<'a> {
    prediction: &'a Prediction,
    /// The text, normalised.
    dense: String,
    /// Bytes of `dense` before which white space stood, ascending.
    gaps: Vec<usize>,
}

impl<'a> Page<'a> {
    fn new(prediction: &'a Prediction) -> Self {
        let text = prediction.text.to_uppercase();
        let mut dense = String::with_capacity(text.len());
        let mut gaps = Vec::new();
        for word in FORM.letters(&text).split_whitespace() {
            gaps.push(dense.len());
            dense.push_str(word);
        }
        Self {
            prediction,
            dense,
            gaps,
        }
    }

    /// Whether the text holds a value, and not merely as a part of a longer number: `5.00` is
    /// in `RM5.00` and not in `15.00`.
    fn holds(&self, value: &str) -> bool {
        let mut from = 0;
        while let Some(place) = self.dense[from..].find(value) {
            let start = from + place;
            let end = start + value.len();
            if !self.is_cut_before(start, value) && !self.is_cut_after(end, value) {
                return true;
            }
            let first = self.dense[start..].chars().next();
            from = start + first.map_or(1, char::len_utf8);
        }
        false
    }

    fn is_gap(&self, at: usize) -> bool {
        self.gaps.binary_search(&at).is_ok()
    }

    /// Whether a number goes on to the left of a value that begins with a digit.
    fn is_cut_before(&self, start: usize, value: &str) -> bool {
        if !value.starts_with(is_digit) || self.is_gap(start) {
            return false;
        }
        let mut before = self.dense[..start].chars().rev();
        match before.next() {
            Some('.' | ',') => !self.is_gap(start - 1) && before.next().is_some_and(is_digit),
            other => other.is_some_and(is_digit),
        }
    }

    /// Whether a number goes on to the right of a value that ends with a digit.
    fn is_cut_after(&self, end: usize, value: &str) -> bool {
        if !value.ends_with(is_digit) || self.is_gap(end) {
            return false;
        }
        let mut after = self.dense[end..].chars();
        match after.next() {
            Some('.' | ',') => !self.is_gap(end + 1) && after.next().is_some_and(is_digit),
            other => other.is_some_and(is_digit),
        }
    }
}

fn is_digit(character: char) -> bool {
    character.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{DatasetFormat, DatasetSpec};

    fn prediction(id: &str, status: &str, text: &str, fields: &str) -> Prediction {
        let line = serde_json::json!({
            "id": id, "image": id, "image_sha256": "", "backend": "b", "fingerprint": "f",
            "status": status, "text": text, "lines": [], "timings_ms": {"total": 1.0},
            "attempts": 1, "fields": serde_json::from_str::<serde_json::Value>(fields).unwrap(),
        });
        serde_json::from_value(line).unwrap()
    }

    fn scores(samples: &str, predictions: &[Prediction]) -> Vec<FieldScore> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("samples.jsonl");
        std::fs::write(&path, samples).unwrap();
        let spec = DatasetSpec {
            name: "test".to_owned(),
            format: DatasetFormat::Jsonl,
            shown_path: String::new(),
            path,
        };
        let dataset = Dataset::load(&spec).unwrap();
        let hashes = dataset.image_hashes();
        field_scores(&dataset, &Matched::new(&dataset, &hashes, predictions))
    }

    #[test]
    fn a_value_is_in_the_text_told_apart_or_neither() {
        let samples = r#"{"id":"1","image":"1","fields":{"total":"5.00","company":"Tea  Shop","till":" "}}
            {"id":"2","image":"2","fields":{"total":"7.00"}}
            {"id":"3","image":"3","fields":{"total":"8.00","company":"X"}}
            {"id":"4","image":"4","fields":{"total":"9.00"}}
            {"id":"5","image":"5"}"#;
        let found = scores(
            samples,
            &[
                prediction("1", "ok", "TEA\nSHOP 15.00", r#"{"company":"tea shop"}"#),
                prediction(
                    "2",
                    "ok",
                    "Total: RM7.00",
                    r#"{"total":"7.01","company":""}"#,
                ),
                prediction("3", "timeout", "X 8.00", r#"{"total":"8.00"}"#),
                prediction("4", "ok", "9.00", "{}"),
            ],
        );
        let [company, total] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!(
            (company.field.as_str(), total.field.as_str()),
            ("company", "total")
        );
        assert_eq!((company.n, company.n_scored, company.in_text), (2, 1, 1));
        assert_eq!((company.n_extracted, company.exact), (1, 1));
        assert_eq!((total.n, total.n_scored, total.in_text), (4, 3, 2));
        assert_eq!((total.n_extracted, total.exact), (2, 0));
        assert_eq!(total.one_minus_ned, Some(0.75 / 2.0));
    }

    #[test]
    fn a_number_is_found_whole() {
        for (text, value, is_held) in [
            ("RM5.00", "5.00", true),
            ("15.00", "5.00", false),
            ("1,500.00", "500.00", false),
            ("1, 500.00", "500.00", true),
            ("1 500.00", "500.00", true),
            ("5.005", "5.00", false),
            ("5.00.", "5.00", true),
            ("5.00.1", "5.00", false),
            ("5.00 1", "5.00", true),
            ("15.00 5.00", "5.00", true),
            ("5. 00", "5.00", true),
            ("21.1.1", "1.1", false),
            ("2 1.1", "1.1", true),
            ("x11.1", "1.1", false),
            ("caf\u{e9} no 5", "CAFE\u{301}NO", true),
            ("", "5", false),
        ] {
            let page = prediction("1", "ok", text, "{}");
            assert_eq!(
                Page::new(&page).holds(&normalised(value)),
                is_held,
                "{text} {value}"
            );
        }
    }
}
