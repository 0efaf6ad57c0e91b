//! Replaces secrets in whole texts.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::forms::{forms, is_line_end};
use super::pem::Key;
use super::scan::{Scanner, Span};
use super::{MARK, SHORTEST};

/// A value that must never be written down, under the name people know it by.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// Where it comes from: a variable, a file.
    pub name: String,
    /// The value itself.
    pub value: String,
}

/// The value is never shown, not even by `{:?}`.
impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secret")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

/// A value that is not replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// Its name.
    pub name: String,
    /// Why.
    pub why: Refusal,
}

/// Why a value is not replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It, or each of its lines, has fewer than [`SHORTEST`] bytes: it would be found in
    /// ordinary text.
    TooShort,
    /// It is a part of [`MARK`].
    Mark,
    /// There are more values than can be looked for.
    TooMany,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = &self.name;
        match self.why {
            Refusal::TooShort => write!(
                f,
                "the secret {name} is not replaced: with fewer than {SHORTEST} characters it \
                 cannot be told from ordinary text"
            ),
            Refusal::Mark => write!(
                f,
                "the secret {name} is not replaced: it is a part of `{MARK}`"
            ),
            Refusal::TooMany => write!(
                f,
                "the secret {name} is not replaced: there are too many secrets"
            ),
        }
    }
}

/// Knows what is secret. Cloning it is cheap.
#[derive(Debug, Clone)]
pub struct Redactor {
    scanner: Arc<Scanner>,
}

impl Default for Redactor {
    /// One that knows the shapes of tokens and no value.
    fn default() -> Self {
        Self::new([]).0
    }
}

impl Redactor {
    /// One that knows these values, their other forms, and the shapes of tokens, together
    /// with the values it cannot replace.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> (Self, Vec<Refused>) {
        let mut literals = BTreeSet::new();
        let mut refused = Vec::new();
        let mut names = Vec::new();
        for Secret { name, value } in secrets {
            match usable(&value) {
                Ok(parts) => literals.extend(parts.into_iter().flat_map(forms)),
                Err(why) => refused.push(Refused {
                    name: name.clone(),
                    why,
                }),
            }
            names.push(name);
        }
        let scanner = Scanner::new(literals.into_iter().collect()).or_else(|_| {
            refused = names
                .into_iter()
                .map(|name| Refused {
                    name,
                    why: Refusal::TooMany,
                })
                .collect();
            Scanner::new(Vec::new())
        });
        let scanner = Arc::new(scanner.expect("invariant: the built-in anchors fit an automaton"));
        (Self { scanner }, refused)
    }

    /// The text with every secret replaced; borrowed when there is none.
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match self.redact_bytes(text.as_bytes()) {
            Cow::Borrowed(_) => Cow::Borrowed(text),
            Cow::Owned(bytes) => Cow::Owned(
                String::from_utf8(bytes).expect("invariant: what is replaced is whole characters"),
            ),
        }
    }

    /// The bytes with every secret replaced; all others, valid UTF-8 or not, are as they were.
    pub fn redact_bytes<'t>(&self, bytes: &'t [u8]) -> Cow<'t, [u8]> {
        let mut found = self.scanner.scan(bytes, 0, false);
        Key::default().walk(bytes, 0, &found.markers, &mut found.spans);
        if found.spans.is_empty() {
            return Cow::Borrowed(bytes);
        }
        let mut out = Vec::with_capacity(bytes.len());
        replace(bytes, 0..bytes.len(), &mut found.spans, false, &mut out);
        Cow::Owned(out)
    }

    pub(super) fn scanner(&self) -> &Scanner {
        &self.scanner
    }
}

/// Copies `range` of `hay` to `out` with its spans replaced; those that touch become one
/// mark, also with the one that `out` ends with if `ends_marked`. Whether `out` ends with
/// a mark afterwards.
pub(super) fn replace(
    hay: &[u8],
    range: std::ops::Range<usize>,
    spans: &mut [Span],
    ends_marked: bool,
    out: &mut Vec<u8>,
) -> bool {
    if range.is_empty() {
        return ends_marked;
    }
    spans.sort_unstable();
    let mut at = range.start;
    let mut is_marked = ends_marked;
    for span in spans {
        if span.from > at {
            out.extend_from_slice(&hay[at..span.from]);
            is_marked = false;
        }
        if !is_marked && span.to > at {
            out.extend_from_slice(MARK.as_bytes());
            is_marked = true;
        }
        at = at.max(span.to);
    }
    if at < range.end {
        out.extend_from_slice(&hay[at..range.end]);
        is_marked = false;
    }
    is_marked
}

/// The parts of a value to look for: the whole and, of several lines, each.
fn usable(value: &str) -> Result<Vec<&str>, Refusal> {
    let whole = value.trim();
    let lines = whole.split(|c: char| u8::try_from(c).is_ok_and(is_line_end));
    let lines: Vec<&str> = lines
        .map(str::trim)
        .filter(|line| line.len() >= SHORTEST)
        .collect();
    if lines.is_empty() {
        return Err(Refusal::TooShort);
    }
    if lines.iter().any(|line| MARK.contains(line)) {
        return Err(Refusal::Mark);
    }
    let mut parts = lines;
    parts.push(whole);
    Ok(parts)
}
