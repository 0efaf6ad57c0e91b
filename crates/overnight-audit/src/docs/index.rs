//! The index of one folder of documents: what it lists, and how it is written.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::entry::Entry;

/// The name of an index.
pub(crate) const INDEX: &str = "INDEX.md";

/// Stands at the end of an index of ours.
const MARKER: &str = "<!-- overnight: index -->";

/// What AgentQMS writes at the end of its own.
const FOREIGN_MARKER: &str = "This index is automatically generated";

const COMPLETED: [&str; 2] = ["completed", "archived"];
const ACTIVE: [&str; 2] = ["active", "draft"];

/// The index of `folder`, of documents in the order of their paths. It holds no time of its
/// own making: the same documents give the same bytes.
pub(crate) fn render(folder: &str, entries: &[&Entry]) -> String {
    let is_among = |entry: &Entry, words: &[&str]| {
        entry
            .status
            .as_deref()
            .is_some_and(|status| words.contains(&status))
    };
    let groups = [
        (
            "Active",
            entries
                .iter()
                .filter(|e| is_among(e, &ACTIVE))
                .collect::<Vec<_>>(),
        ),
        (
            "Completed",
            entries.iter().filter(|e| is_among(e, &COMPLETED)).collect(),
        ),
        (
            "Other",
            entries
                .iter()
                .filter(|e| !is_among(e, &ACTIVE) && !is_among(e, &COMPLETED))
                .collect(),
        ),
    ];
    let mut text = format!("# {}\n\n", heading(folder));
    if let Some(latest) = entries.iter().filter_map(|entry| entry.date.as_ref()).max() {
        let _ = writeln!(text, "**Latest document**: {latest}  ");
    }
    let _ = writeln!(text, "**Total documents**: {}", entries.len());
    for (name, members) in groups.iter().filter(|(_, members)| !members.is_empty()) {
        let _ = writeln!(text, "\n## {name} ({})\n", members.len());
        for entry in members {
            let _ = writeln!(text, "{}", line(entry));
        }
    }
    text.push_str("\n## Summary\n\n| Status | Count |\n|--------|-------|\n");
    for (name, members) in &groups {
        let _ = writeln!(text, "| {name} | {} |", members.len());
    }
    let _ = write!(
        text,
        "\n---\n\n*{FOREIGN_MARKER}. Do not edit manually.*\n\n{MARKER}\n"
    );
    text
}

/// Whether an index lists these documents. One of ours must be exactly what would be written;
/// one of another hand must link to every document of its folder and to no other there.
pub(crate) fn is_current(text: &str, folder: &str, entries: &[&Entry]) -> bool {
    if text.trim_end().ends_with(MARKER) {
        return text == render(folder, entries);
    }
    let wanted: BTreeSet<String> = entries.iter().map(|e| e.name().to_owned()).collect();
    listed(text) == wanted
}

/// Whether an index may be written anew: it is a program's.
pub(crate) fn is_generated(text: &str) -> bool {
    text.contains(MARKER) || text.contains(FOREIGN_MARKER)
}

/// The documents of its own folder that an index links to.
fn listed(text: &str) -> BTreeSet<String> {
    Parser::new_ext(text, Options::ENABLE_TABLES)
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url),
            _ => None,
        })
        .map(|target| {
            let target = target.split(['#', '?']).next().unwrap_or_default();
            decode(target.strip_prefix("./").unwrap_or(target))
        })
        .filter(|name| crate::is_markdown(name) && !name.contains('/') && name != INDEX)
        .collect()
}

/// Percent escapes resolved; a broken one stays.
fn decode(target: &str) -> String {
    let bytes = target.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let code = target
            .get(at + 1..at + 3)
            .filter(|_| bytes[at] == b'%')
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        decoded.push(code.unwrap_or(bytes[at]));
        at += if code.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn line(entry: &Entry) -> String {
    let title = entry.title.as_deref().unwrap_or(entry.name());
    let facts: Vec<&str> = [&entry.date, &entry.kind, &entry.status]
        .into_iter()
        .filter_map(|fact| fact.as_deref())
        .collect();
    let mut line = format!(
        "- [{}](<{}>)",
        escape(title),
        entry.name().replace('%', "%25")
    );
    if !facts.is_empty() {
        let _ = write!(line, " ({})", escape(&facts.join(", ")));
    }
    line
}

/// Text that Markdown shows as it is, on one line.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
    {
        if matches!(
            c,
            '\\' | '[' | ']' | '*' | '_' | '`' | '<' | '>' | '&' | '!' | '~' | '|'
        ) {
            escaped.push('\\');
        }
        escaped.push(c);
    }
    escaped
}

/// `docs/bug_reports` -> `Bug reports`.
fn heading(folder: &str) -> String {
    let name = folder.rsplit('/').next().unwrap_or(folder);
    let words = name.replace(['_', '-'], " ");
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_uppercase().chain(letters).collect(),
        None => "Documents".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(name: &str, title: &str, status: &str) -> Entry {
        Entry {
            path: format!("docs/bug_reports/{name}"),
            title: Some(title.to_owned()),
            kind: Some("bug_report".to_owned()),
            status: Some(status.to_owned()),
            date: Some("2025-12-25 04:10 (KST)".to_owned()),
            body: None,
        }
    }

    #[test]
    fn the_same_documents_give_the_same_bytes() {
        let all = [
            entry("2025-12-25_0410_BUG_001_x.md", "A [b] *c*", "active"),
            entry("한글 이름.md", "제목", "rejected"),
        ];
        let entries: Vec<&Entry> = all.iter().collect();
        let text = render("docs/bug_reports", &entries);
        insta::assert_snapshot!(text, @r"
        # Bug reports

        **Latest document**: 2025-12-25 04:10 (KST)  
        **Total documents**: 2

        ## Active (1)

        - [A \[b\] \*c\*](<2025-12-25_0410_BUG_001_x.md>) (2025-12-25 04:10 (KST), bug\_report, active)

        ## Other (1)

        - [제목](<한글 이름.md>) (2025-12-25 04:10 (KST), bug\_report, rejected)

        ## Summary

        | Status | Count |
        |--------|-------|
        | Active | 1 |
        | Completed | 0 |
        | Other | 1 |

        ---

        *This index is automatically generated. Do not edit manually.*

        <!-- overnight: index -->
        ");
        assert!(is_current(&text, "docs/bug_reports", &entries));
        assert!(!is_current(&text, "docs/bug_reports", &entries[..1]));
        assert_eq!(listed(&text).len(), 2);
    }

    #[test]
    fn an_index_of_another_hand_must_list_the_documents() {
        let all = [
            entry("a.md", "A", "active"),
            entry("한 글.md", "B", "active"),
        ];
        let entries: Vec<&Entry> = all.iter().collect();
        let current = |text: &str| is_current(text, "docs/bug_reports", &entries);
        assert!(current(
            "[x](a.md) and [y](./%ED%95%9C%20%EA%B8%80.md#z), [up](../c.md)"
        ));
        assert!(!current("[x](a.md)"));
        assert!(!current("[x](a.md) [y](<한 글.md>) [gone](b.md)"));
        assert!(!current("`[x](a.md) [y](<한 글.md>)`"));
        assert!(!is_generated("by hand"));
    }
}
