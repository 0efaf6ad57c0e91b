//! Putting signs side by side, with gaps where they are seen.

use super::symbols;

/// The text so far, and what is due before the next sign.
#[derive(Debug, Default)]
pub(super) struct Writer {
    pub(super) text: String,
    pub(super) is_gap_due: bool,
    /// The sign written last, when the source has it as it is.
    pub(super) literal: Option<char>,
}

impl Writer {
    pub(super) fn sign(&mut self, sign: &str) {
        if self.is_gap_due && !self.text.is_empty() && !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
        self.is_gap_due = false;
        self.text.push_str(sign);
        self.literal = None;
    }

    pub(super) fn literal(&mut self, c: char) {
        self.sign(c.encode_utf8(&mut [0; 4]));
        self.literal = Some(c);
    }

    /// A sign with a gap on either side, when something stands on its left.
    pub(super) fn relation(&mut self, sign: &str) {
        let last = self.text.chars().next_back();
        let has_left = last.is_some_and(|c| !c.is_whitespace() && !"([{,".contains(c));
        let follows_relation = last.is_some_and(symbols::is_relation);
        self.is_gap_due = has_left && !follows_relation;
        self.sign(sign);
        self.is_gap_due = has_left;
    }

    pub(super) fn line_end(&mut self) {
        self.text.push('\n');
        self.is_gap_due = false;
        self.literal = None;
    }
}
