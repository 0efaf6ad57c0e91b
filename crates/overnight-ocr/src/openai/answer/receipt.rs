//! The answer to `receipt-json`: its text and its key values.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::key_values::{self, MOST_VALUES};

/// Key values in the order in which they stand for a receipt without lines.
const FIELDS: [&str; 4] = ["company", "date", "address", "total"];

/// A receipt as a model answered it.
#[derive(Debug)]
pub(super) struct Receipt {
    /// The lines, or the key values when there are none, one a line.
    pub(super) text: String,
    /// The key values, others than those that were asked for included. One that the model
    /// looked for in vain is empty.
    pub(super) fields: BTreeMap<String, String>,
    /// Keys whose value is no text, or too long.
    n_left_out: usize,
}

impl Receipt {
    /// What a reader should know about the key values.
    pub(super) fn remark(&self) -> Option<String> {
        match self.n_left_out {
            0 => None,
            1 => Some("1 key value of the answer is no text and was left out".to_owned()),
            n => Some(format!(
                "{n} key values of the answer are no text and were left out"
            )),
        }
    }
}

/// Takes an answer apart.
///
/// # Errors
/// Why it is not what was asked for.
pub(super) fn read(answer: &str) -> Result<Receipt, String> {
    let value: Value = serde_json::from_str(answer)
        .map_err(|error| format!("the answer is not valid JSON: {error}"))?;
    let Value::Object(fields) = value else {
        return Err("the answer is JSON, but no object".to_owned());
    };
    let text = text(&fields)?;
    let mut kept = BTreeMap::new();
    let mut n_left_out = 0;
    for (name, value) in fields.iter().filter(|(name, _)| *name != "lines") {
        let value = match value {
            Value::Null => Some(String::new()),
            value => plain(value),
        };
        match value.and_then(|value| key_values::checked(name, value).ok()) {
            Some((name, value)) if kept.len() < MOST_VALUES => {
                kept.insert(name, value);
            }
            _ => n_left_out += 1,
        }
    }
    Ok(Receipt {
        text,
        fields: kept,
        n_left_out,
    })
}

fn text(fields: &Map<String, Value>) -> Result<String, String> {
    let lines: Vec<String> = match fields.get("lines") {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(lines)) => lines
            .iter()
            .map(|line| plain(line).ok_or("a line of the answer is no text"))
            .collect::<Result<_, _>>()?,
        Some(Value::String(lines)) => vec![lines.clone()],
        Some(_) => return Err("`lines` of the answer is no list of texts".to_owned()),
    };
    if !lines.is_empty() {
        return Ok(lines.join("\n").trim().to_owned());
    }
    if FIELDS.iter().all(|field| !fields.contains_key(*field)) && !fields.contains_key("lines") {
        return Err("the answer has neither lines nor key values".to_owned());
    }
    let mut values = Vec::new();
    for field in FIELDS {
        match fields.get(field) {
            None | Some(Value::Null) => {}
            Some(value) => {
                values.push(plain(value).ok_or_else(|| format!("`{field}` is no text"))?);
            }
        }
    }
    Ok(values.join("\n").trim().to_owned())
}

/// Texts and numbers as they are.
fn plain(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_go_before_key_values() {
        let full = r#"{"lines": ["TEA", "TOTAL 5.00"], "company": "X", "total": "5.00"}"#;
        let text = |answer: &str| read(answer).unwrap().text;
        assert_eq!(text(full), "TEA\nTOTAL 5.00");
        let short = r#"{"lines": [], "company": "X", "date": null, "total": 5.5}"#;
        assert_eq!(text(short), "X\n5.5");
        assert_eq!(text(r#"{"lines": null}"#), "");
    }

    #[test]
    fn key_values_are_kept_beside_the_lines() {
        let full = r#"{"lines": ["TEA"], "company": "X", "date": null, "total": 5.5, "tax": "0",
                       "items": ["TEA"]}"#;
        let receipt = read(full).unwrap();
        let fields: Vec<(&str, &str)> = receipt
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            fields,
            [
                ("company", "X"),
                ("date", ""),
                ("tax", "0"),
                ("total", "5.5")
            ]
        );
        assert!(receipt.remark().unwrap().starts_with("1 key value "));
        let long = format!(r#"{{"lines": ["TEA"], "total": "{}"}}"#, "9".repeat(10_001));
        assert_eq!(read(&long).unwrap().fields.len(), 0);
        let plain = read(r#"{"lines": ["TEA"]}"#).unwrap();
        assert_eq!((plain.fields.len(), plain.remark()), (0, None));
    }

    #[test]
    fn what_was_not_asked_for_is_refused() {
        for (bad, why) in [
            ("TEA", "not valid JSON"),
            ("[1]", "no object"),
            (r#"{"lines": {"a": 1}}"#, "no list of texts"),
            (r#"{"lines": [["x"]]}"#, "a line of the answer is no text"),
            (r#"{"total": {}}"#, "`total` is no text"),
            (r#"{"shop": "X"}"#, "neither lines nor key values"),
            (r#"{"lines": ["TEA"#, "not valid JSON"),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }
}
