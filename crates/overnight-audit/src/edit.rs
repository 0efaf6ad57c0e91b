//! A fix as text: replace these bytes of that file.

use std::ops::Range;

/// One replacement in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The file, relative to the project root, with forward slashes.
    pub path: String,
    /// Bytes to replace; empty for an insertion.
    pub span: Range<usize>,
    /// What goes there.
    pub replacement: String,
}

impl Edit {
    /// Whether both edits claim the same byte, or one inserts inside what the other replaces.
    pub fn conflicts_with(&self, other: &Self) -> bool {
        self.path == other.path
            && self.span.start < other.span.end
            && other.span.start < self.span.end
    }
}

/// Edits that cannot be applied together.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Two edits claim the same bytes.
    #[error("two edits claim byte {at}")]
    Overlap {
        /// The first byte both claim.
        at: usize,
    },
    /// An edit reaches past the end.
    #[error("an edit ends at byte {end} of {len}")]
    OutOfRange {
        /// Where the edit ends.
        end: usize,
        /// Length of the text.
        len: usize,
    },
}

/// Applies edits of one file to its bytes. Insertions at one place keep their order; every
/// byte no edit names stays.
///
/// # Errors
/// [`EditError`]; nothing is applied then.
///
/// ```
/// use overnight_audit::{Edit, apply};
/// let insert = Edit { path: "a.md".into(), span: 3..3, replacement: " there".into() };
/// assert_eq!(apply(b"you.", &[insert]).unwrap(), b"you there.");
/// ```
pub fn apply(bytes: &[u8], edits: &[Edit]) -> Result<Vec<u8>, EditError> {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut result = Vec::with_capacity(bytes.len());
    let mut copied = 0;
    for edit in ordered {
        if edit.span.end > bytes.len() || edit.span.start > edit.span.end {
            return Err(EditError::OutOfRange {
                end: edit.span.end,
                len: bytes.len(),
            });
        }
        if edit.span.start < copied {
            return Err(EditError::Overlap {
                at: edit.span.start,
            });
        }
        result.extend_from_slice(&bytes[copied..edit.span.start]);
        result.extend_from_slice(edit.replacement.as_bytes());
        copied = edit.span.end;
    }
    result.extend_from_slice(&bytes[copied..]);
    Ok(result)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(span: Range<usize>, replacement: &str) -> Edit {
        Edit {
            path: "a".to_owned(),
            span,
            replacement: replacement.to_owned(),
        }
    }

    #[test]
    fn order_of_the_list_does_not_matter_but_for_insertions_at_one_place() {
        let edits = [
            edit(4..5, "E"),
            edit(2..2, "x"),
            edit(2..2, "y"),
            edit(0..1, ""),
        ];
        assert_eq!(apply(b"abcdef", &edits).unwrap(), b"bxycdEf");
    }

    #[test]
    fn overlaps_and_overruns_are_refused() {
        assert_eq!(
            apply(b"abc", &[edit(0..2, ""), edit(1..3, "")]),
            Err(EditError::Overlap { at: 1 })
        );
        assert_eq!(
            apply(b"abc", &[edit(2..4, "")]),
            Err(EditError::OutOfRange { end: 4, len: 3 })
        );
        assert!(edit(0..2, "").conflicts_with(&edit(1..3, "")));
        assert!(!edit(0..2, "").conflicts_with(&edit(2..2, "")));
    }
}
