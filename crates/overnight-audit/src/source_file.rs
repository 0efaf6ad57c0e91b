//! Reading one file of the project.

use std::error::Error;
use std::fs;
use std::io;
use std::path::Path;

use jiff::Timestamp;

use crate::Document;

/// Reads a document with its time of change.
pub(crate) fn read(project: &Path, path: &str) -> io::Result<Document> {
    let full = project.join(path);
    let bytes = fs::read(&full)?;
    let modified = fs::metadata(&full)
        .and_then(|meta| meta.modified())
        .ok()
        .and_then(|time| Timestamp::try_from(time).ok());
    Ok(Document::new(path.to_owned(), bytes, modified))
}

/// An error and its causes on one line.
pub(crate) fn explain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
