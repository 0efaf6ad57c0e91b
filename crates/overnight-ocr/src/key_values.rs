//! Key values as a program or a model claims to have read them: texts by name, within bounds.
//! A value that was looked for and is not there (`null`) is the empty text.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

/// Most values one document may have.
pub(crate) const MOST_VALUES: usize = 100;
/// Longest name, in bytes.
pub(crate) const MOST_NAME: usize = 100;
/// Longest value, in bytes.
pub(crate) const MOST_TEXT: usize = 10_000;

/// All values of `object`.
///
/// # Errors
/// What is wrong with the first one that is none.
pub(crate) fn all_of(object: &Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    if object.len() > MOST_VALUES {
        return Err(format!("there are more than {MOST_VALUES}"));
    }
    let values = object.iter().map(|(name, value)| {
        let text = match value {
            Value::Null => String::new(),
            Value::String(text) => text.clone(),
            _ => return Err(format!("`{}` is not text", beginning(name))),
        };
        checked(name, text)
    });
    values.collect()
}

/// A value with its name, if both are within bounds.
///
/// # Errors
/// Which bound it exceeds.
pub(crate) fn checked(name: &str, text: String) -> Result<(String, String), String> {
    if name.is_empty() || name.len() > MOST_NAME {
        return Err(format!("a name does not have 1 to {MOST_NAME} bytes"));
    }
    if text.len() > MOST_TEXT {
        let name = beginning(name);
        return Err(format!("`{name}` has more than {MOST_TEXT} bytes"));
    }
    Ok((name.to_owned(), text))
}

/// A name as far as a message has room for it.
fn beginning(name: &str) -> String {
    let plain = name.chars().filter(|c| !c.is_control());
    plain.take(MOST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<BTreeMap<String, String>, String> {
        all_of(value.as_object().unwrap())
    }

    #[test]
    fn texts_are_values_and_nothing_is_the_empty_one() {
        let values = read(&json!({"total": "5.00", "date": null})).unwrap();
        assert_eq!((&values["total"][..], &values["date"][..]), ("5.00", ""));
        assert!(read(&json!({})).unwrap().is_empty());
    }

    #[test]
    fn every_bound_has_its_word() {
        let many: Map<String, Value> = (0..101).map(|n| (n.to_string(), "x".into())).collect();
        for (value, part) in [
            (json!({"total": 5}), "`total` is not text"),
            (json!({"to\u{7}tal": {}}), "`total` is not text"),
            (json!({"": "x"}), "a name does not have"),
            (json!({"n".repeat(101): "x"}), "a name does not have"),
            (
                json!({"total": "x".repeat(10_001)}),
                "`total` has more than",
            ),
            (Value::Object(many), "more than 100"),
        ] {
            let reason = read(&value).unwrap_err();
            assert!(reason.contains(part), "{reason}");
        }
    }
}
