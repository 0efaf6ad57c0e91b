//! The body of a private key, followed from line to line.
//!
//! After a line with `-----BEGIN ... PRIVATE KEY-----`, runs of Base64 are secret until the
//! closing line, or until a line that is no part of a key: a log that merely names the
//! marker loses nothing after it.

use super::forms::is_line_end;
use super::scan::{KeyMarker, Span};

/// A line longer than this, in bytes, is no part of a key's body.
pub(super) const LONGEST_LINE: usize = 64 << 10;

/// Base64 at least so long is the body of a key, whatever stands beside it on the line.
const BODY: usize = 40;
/// So is the end of a body, shorter, if it looks like no word and no path.
const LAST_OF_BODY: usize = 16;

/// Whether the text is inside a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Key {
    /// It is not.
    #[default]
    Outside,
    /// This line opened one; its body begins on the next.
    Opened,
    /// This line may be a part of one.
    Inside,
}

impl Key {
    /// Walks the lines of `hay[start..]`, adds the bodies of keys to `spans`, and says how
    /// the text after it begins. `hay[start..]` begins within a line unless `self` is
    /// [`Key::Inside`].
    pub(super) fn walk(
        self,
        hay: &[u8],
        start: usize,
        markers: &[KeyMarker],
        spans: &mut Vec<Span>,
    ) -> Self {
        if self == Self::Outside && markers.is_empty() {
            return self;
        }
        let mut key = self;
        let mut at = start;
        let mut markers = markers.iter().peekable();
        while at < hay.len() {
            let rest = &hay[at..];
            let length = rest.iter().position(|b| is_line_end(*b));
            let line = at..at + length.unwrap_or(rest.len());
            if key == Self::Inside {
                key = body(hay, line.clone(), spans);
            }
            while let Some(marker) = markers.next_if(|marker| marker.from < line.end) {
                key = if marker.begins {
                    Self::Opened
                } else {
                    Self::Outside
                };
            }
            if length.is_some() && key == Self::Opened {
                key = Self::Inside;
            }
            at = line.end + 1;
            if key == Self::Outside {
                // Nothing happens before the next marker.
                match markers.peek() {
                    Some(marker) => at = at.max(marker.from),
                    None => break,
                }
            }
        }
        key
    }
}

/// Adds the parts of one line that are the body of a key; whether the key may go on.
fn body(hay: &[u8], line: std::ops::Range<usize>, spans: &mut Vec<Span>) -> Key {
    let text = &hay[line.clone()];
    if text.len() > LONGEST_LINE {
        return Key::Outside;
    }
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() || is_header(trimmed) {
        return Key::Inside;
    }
    let is_sole = trimmed.iter().all(|b| is_base64(*b));
    let before = spans.len();
    let mut at = 0;
    while at < text.len() {
        let length = text[at..].iter().take_while(|b| is_base64(**b)).count();
        if length > 0 && (is_sole || is_body(&text[at..at + length])) {
            spans.push(Span {
                from: line.start + at,
                to: line.start + at + length,
                anchor: line.start,
            });
        }
        at += length.max(1);
    }
    if spans.len() > before {
        Key::Inside
    } else {
        Key::Outside
    }
}

fn is_body(run: &[u8]) -> bool {
    let has = |set: fn(&u8) -> bool| run.iter().any(set);
    run.len() >= BODY
        || (run.len() >= LAST_OF_BODY
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_uppercase)
            && has(u8::is_ascii_lowercase))
}

/// `Proc-Type: 4,ENCRYPTED`, `Version: ...`.
fn is_header(line: &[u8]) -> bool {
    let name = line
        .iter()
        .take_while(|b| b.is_ascii_alphabetic() || **b == b'-')
        .count();
    name >= 4 && line[name..].starts_with(b": ")
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}
