//! `duplicate-document`: two documents say the same, or call themselves the same.

use std::collections::HashMap;
use std::hash::Hash;

use overnight_record::Severity;

use crate::Violation;
use crate::docs::Entry;

pub(super) const ID: &str = "duplicate-document";

/// One finding for each document that repeats an earlier one (in the order of paths): the
/// same text below the front matter, or else the same title and type.
pub(crate) fn duplicate_document(entries: &[Entry]) -> Vec<Violation> {
    let mut ordered: Vec<&Entry> = entries.iter().collect();
    ordered.sort_by(|a, b| a.path.cmp(&b.path));
    let mut bodies = HashMap::new();
    let mut titles = HashMap::new();
    let mut found = Vec::new();
    for entry in ordered {
        let text = entry
            .body
            .and_then(|body| earlier(&mut bodies, body, entry));
        let key = entry.title.as_ref().zip(entry.kind.as_ref());
        let title = key.and_then(|key| earlier(&mut titles, key, entry));
        let message = match (text, title) {
            (Some(first), _) => format!("same text as {}", first.path),
            (None, Some(first)) => format!("same title and type as {}", first.path),
            (None, None) => continue,
        };
        found.push(Violation::new(
            ID,
            Severity::Warning,
            &entry.path,
            None,
            message,
        ));
    }
    found
}

/// The first entry with this key, when it is another one.
fn earlier<'a, K: Eq + Hash>(
    seen: &mut HashMap<K, &'a Entry>,
    key: K,
    entry: &'a Entry,
) -> Option<&'a Entry> {
    match seen.get(&key) {
        Some(first) => Some(first),
        None => {
            seen.insert(key, entry);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn text_goes_before_title_and_nothing_is_no_text() {
        let entry = |path: &str, text: &str| Entry::of(&fixture::document(path, text));
        let entries = [
            entry("docs/b.md", "---\ntitle: T\ntype: audit\n---\none\n"),
            entry("docs/a.md", "---\ntitle: T\ntype: audit\n---\ntwo\n"),
            entry("docs/c.md", "---\ntitle: T\ntype: design\n---\r\ntwo\r\n"),
            entry("docs/d.md", "\ntwo\n"),
            entry("docs/e.md", "---\ntitle: E\n---\n"),
            entry("docs/f.md", "---\ntitle: E\n---\n\n"),
        ];
        let said: Vec<String> = duplicate_document(&entries)
            .into_iter()
            .map(|v| format!("{} {}", v.finding.path, v.finding.message))
            .collect();
        assert_eq!(
            said,
            [
                "docs/b.md same title and type as docs/a.md",
                "docs/c.md same text as docs/a.md",
                "docs/d.md same text as docs/a.md",
            ]
        );
    }
}
