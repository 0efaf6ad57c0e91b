//! Reading the text files of a dataset.

use std::path::Path;

use super::DatasetError;

/// The text of a UTF-8 file: without a byte order mark, lines separated by `\n` alone.
///
/// # Errors
/// [`DatasetError::Read`], or [`DatasetError::Malformed`] naming the line that is not UTF-8.
pub(super) fn read(path: &Path) -> Result<String, DatasetError> {
    let bytes = std::fs::read(path).map_err(|source| DatasetError::Read {
        path: path.to_owned(),
        source,
    })?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        DatasetError::Malformed {
            path: path.to_owned(),
            line: Some(valid.iter().filter(|byte| **byte == b'\n').count() + 1),
            reason: "the text is not UTF-8".to_owned(),
        }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    Ok(text.replace("\r\n", "\n"))
}
