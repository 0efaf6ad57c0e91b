//! The answer to `receipt-json` as text.

use serde_json::Value;

/// Key values in the order in which they stand for a receipt without lines.
const FIELDS: [&str; 4] = ["company", "date", "address", "total"];

/// The lines of a receipt, or its key values when it has none, one a line.
///
/// # Errors
/// Why it is not what was asked for.
pub(super) fn text(answer: &str) -> Result<String, String> {
    let value: Value = serde_json::from_str(answer)
        .map_err(|error| format!("the answer is not valid JSON: {error}"))?;
    let Value::Object(fields) = value else {
        return Err("the answer is JSON, but no object".to_owned());
    };
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
        assert_eq!(text(full).unwrap(), "TEA\nTOTAL 5.00");
        let short = r#"{"lines": [], "company": "X", "date": null, "total": 5.5}"#;
        assert_eq!(text(short).unwrap(), "X\n5.5");
        assert_eq!(text(r#"{"lines": null}"#).unwrap(), "");
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
            let error = text(bad).unwrap_err();
            assert!(error.contains(why), "{bad}: {error}");
        }
    }
}
