//! The progress tracker: `- **STATUS:** PLANNING`.

use std::ops::Range;

use super::label::find_field;
use super::lines::Line;

/// The fields of the progress tracker, in the order of the document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tracker {
    /// Its fields.
    pub fields: Vec<TrackerField>,
}

/// One field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackerField {
    /// Its name in capitals, words parted by spaces: `CURRENT STEP`, also when the document
    /// has `CURRENT_STEP`.
    pub name: String,
    /// Its value as written, trimmed.
    pub value: String,
    /// Line from 1.
    pub line: usize,
    pub(super) span: Range<usize>,
}

impl TrackerField {
    /// Byte range of the value; empty when there is none.
    pub fn value_span(&self) -> Range<usize> {
        self.span.clone()
    }
}

impl Tracker {
    /// The first field of this name.
    pub fn field(&self, name: &str) -> Option<&TrackerField> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The value of the first field of this name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.field(name).map(|field| field.value.as_str())
    }
}

/// Reads a line of the tracker: a list item or a plain line, its name in bold or not.
pub(super) fn field(line: &Line<'_>, text: &str) -> Option<TrackerField> {
    let found = find_field(text)?;
    let name = found.name.replace('_', " ").to_uppercase();
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.is_empty() {
        return None;
    }
    let written = &text[found.after..found.end];
    let value = written.trim();
    // `text` is a part of the line that reaches to its last visible sign.
    let text_start = line.start + line.text.trim_end().len() - text.len();
    let start = text_start + found.after + written.len() - written.trim_start().len();
    Some(TrackerField {
        name,
        value: value.to_owned(),
        line: line.number,
        span: start..start + value.len(),
    })
}
