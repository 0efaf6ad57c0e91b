//! Heading anchors as GitHub makes them.

use std::collections::BTreeMap;

/// Makes the anchors of one document's headings, numbering repeated ones.
///
/// The text is lower-cased, everything but letters, marks, digits, `_`, `-` and spaces is
/// dropped, and each space becomes a hyphen (the rule of GitHub's table-of-contents filter).
///
/// ```
/// use overnight_audit::links::Slugs;
/// let mut slugs = Slugs::default();
/// assert_eq!(slugs.next("What's new?"), "whats-new");
/// assert_eq!(slugs.next("What's new?"), "whats-new-1");
/// assert_eq!(slugs.next("설정 · 실행"), "설정--실행");
/// ```
#[derive(Debug, Default)]
pub struct Slugs {
    /// How often each anchor was asked for again.
    seen: BTreeMap<String, usize>,
}

impl Slugs {
    /// The anchor of the next heading, whose text is `heading`.
    pub fn next(&mut self, heading: &str) -> String {
        let base = slug(heading);
        let mut anchor = base.clone();
        while self.seen.contains_key(&anchor) {
            let count = self.seen.entry(base.clone()).or_default();
            *count += 1;
            anchor = format!("{base}-{count}");
        }
        self.seen.insert(anchor.clone(), 0);
        anchor
    }
}

fn slug(heading: &str) -> String {
    heading
        .chars()
        .flat_map(char::to_lowercase)
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if is_kept(c) => Some(c),
            _ => None,
        })
        .collect()
}

/// Letters, marks, decimal digits, connectors and the hyphen. The middle dots, which
/// identifiers may contain, are punctuation here.
fn is_kept(c: char) -> bool {
    let middle_dot = matches!(c, '\u{b7}' | '\u{387}' | '\u{30fb}' | '\u{ff65}');
    c == '-' || (unicode_ident::is_xid_continue(c) && !middle_dot)
}

/// An anchor without the invisible characters that emoji leave behind, which writers of
/// links rarely type.
pub(super) fn comparable(anchor: &str) -> String {
    anchor
        .chars()
        .filter(|c| !matches!(c, '\u{fe0f}' | '\u{200d}'))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn anchors_as_github_shows_them() {
        for (heading, anchor) in [
            ("Hello World", "hello-world"),
            ("C++ & Rust (2024)", "c--rust-2024"),
            ("snake_case `code`", "snake_case-code"),
            ("🚀 Go", "-go"),
            ("1.2. Next", "12-next"),
            ("한국어 제목!", "한국어-제목"),
            ("Ünïcode Ärger", "ünïcode-ärger"),
            ("a - b", "a---b"),
        ] {
            assert_eq!(slug(heading), anchor);
        }
    }

    #[test]
    fn a_numbered_anchor_never_collides_with_a_heading_of_that_name() {
        let mut slugs = Slugs::default();
        let anchors: Vec<String> = ["a", "a", "a-1", "a"]
            .iter()
            .map(|h| slugs.next(h))
            .collect();
        assert_eq!(anchors, ["a", "a-1", "a-1-1", "a-2"]);
    }
}
