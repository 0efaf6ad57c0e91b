//! Text with `code` in it, as plans and hints have it.

use crate::text;

/// A run of plain text or of code.
pub(super) struct Span {
    pub(super) is_code: bool,
    pub(super) text: String,
}

/// Splits text at its pairs of backticks; a single one stays what it is.
pub(super) fn spans(raw: &str) -> Vec<Span> {
    let clean = text::line(raw);
    let parts: Vec<&str> = clean.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return vec![Span {
            is_code: false,
            text: clean,
        }];
    }
    let spans = parts.iter().enumerate().map(|(i, part)| Span {
        is_code: i % 2 == 1,
        text: (*part).to_owned(),
    });
    spans.filter(|span| !span.text.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_backticks_are_code() {
        let shown: Vec<_> = spans("Run `make x` now")
            .into_iter()
            .map(|s| (s.is_code, s.text))
            .collect();
        assert_eq!(
            shown,
            [
                (false, "Run ".to_owned()),
                (true, "make x".to_owned()),
                (false, " now".to_owned())
            ]
        );
        assert_eq!(spans("5` long").len(), 1);
    }
}
