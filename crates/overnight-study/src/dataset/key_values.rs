//! Reference values by name, such as the total of a receipt: a JSON object of texts.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::{DatasetError, text};

/// The values of an object. `null` is no reference; every name is kept.
///
/// # Errors
/// Which value is no text.
pub(super) fn of(object: Map<String, Value>) -> Result<BTreeMap<String, String>, String> {
    let values = object.into_iter().filter(|(_, value)| !value.is_null());
    let texts = values.map(|(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        // `20.00` as a number would have lost what is compared.
        _ => Err(format!("the key value `{name}` is no text in quotes")),
    });
    texts.collect()
}

/// The values in a file; none when there is no file.
///
/// # Errors
/// [`DatasetError`], naming the file, and the line where JSON breaks off.
pub(super) fn in_file(path: &Path) -> Result<BTreeMap<String, String>, DatasetError> {
    if !path.exists() {
        return Ok(BTreeMap::new());
    }
    let malformed = |line, reason| DatasetError::Malformed {
        path: path.to_owned(),
        line,
        reason,
    };
    let object = serde_json::from_str(&text::read(path)?).map_err(|error| {
        let line = Some(error.line()).filter(|line| *line > 0);
        let error = error.to_string();
        let reason = error.split(" at line ").next().unwrap_or(&error);
        malformed(
            line,
            format!("this is no JSON object of key values: {reason}"),
        )
    })?;
    of(object).map_err(|reason| malformed(None, reason))
}
