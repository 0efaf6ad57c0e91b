//! Headings, and the labels `Phase 1: ...` and `Task 1.2: ...`.

use super::lines::Line;

/// A heading: its level from 1 to 6 and its text.
pub(super) fn heading<'a>(line: &Line<'a>) -> Option<(usize, &'a str)> {
    let text = line.text.trim_start_matches(' ');
    let level = text.bytes().take_while(|byte| *byte == b'#').count();
    let rest = &text[level..];
    let is_heading = line.text.len() - text.len() <= 3
        && (1..=6).contains(&level)
        && (rest.is_empty() || rest.starts_with([' ', '\t']));
    if !is_heading {
        return None;
    }
    let title = rest.trim();
    let without_closing = title.trim_end_matches('#');
    let closed = without_closing.is_empty() || without_closing.ends_with([' ', '\t']);
    Some((
        level,
        if closed {
            without_closing.trim()
        } else {
            title
        },
    ))
}

/// The text without the words in front that hold no ASCII letter or digit (emoji, also
/// mis-decoded ones) and without the emphasis it then begins with.
pub(super) fn plain(text: &str) -> String {
    let mut rest = text.trim();
    while let Some((first, others)) = rest.split_once(char::is_whitespace)
        && is_ornament(first)
        && !others.trim().is_empty()
    {
        rest = others.trim_start();
    }
    strip_emphasis(rest)
}

fn is_ornament(word: &str) -> bool {
    // `**` and the like belong to the text that follows.
    !word.is_ascii() && !word.chars().any(|c| c.is_ascii_alphanumeric()) && !is_script(word)
}

/// Whether the word is one of a script a person reads, rather than a sign. Mis-decoded
/// emoji are made of Latin-1 letters, which only ever stand among Latin words.
fn is_script(word: &str) -> bool {
    word.chars()
        .any(|c| c.is_alphabetic() && u32::from(c) > 0x2ff)
}

/// Takes away the emphasis the text begins with, and where that ends.
fn strip_emphasis(text: &str) -> String {
    for mark in ["**", "__", "*", "_"] {
        if let Some(inner) = text.strip_prefix(mark) {
            return match find_outside_code(inner, mark) {
                Some(end) if end > 0 => format!("{}{}", &inner[..end], &inner[end + mark.len()..]),
                _ => text.to_owned(),
            };
        }
    }
    text.to_owned()
}

fn find_outside_code(text: &str, mark: &str) -> Option<usize> {
    let mut in_code = false;
    text.char_indices().find_map(|(at, c)| {
        in_code ^= c == '`';
        (!in_code && text[at..].starts_with(mark)).then_some(at)
    })
}

/// Reads `WORD NUMBER: title` and gives the number as written and the title.
///
/// The number is digits and dots. A sign must stand between it and a title, so that
/// "phase 2 development" is text.
pub(super) fn numbered(text: &str, word: &str) -> Option<(String, String)> {
    let text = plain(text);
    let (head, rest) = text.split_at_checked(word.len())?;
    if !head.eq_ignore_ascii_case(word) || !rest.starts_with([' ', '\t', '\u{a0}']) {
        return None;
    }
    let rest = rest.trim_start();
    let length = rest
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .count();
    let number = rest[..length].trim_end_matches('.');
    let after = &rest[number.len()..];
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let title = if after.trim().is_empty() {
        ""
    } else {
        let signs = [':', '.', ')', '-', '–', '—', '：', '|'];
        after.trim_start().strip_prefix(signs)?
    };
    Some((number.to_owned(), title.trim().to_owned()))
}

/// Reads `**NAME:** ...`, `**NAME**: ...` or `NAME: ...` and gives the name and the byte
/// offset behind it. A name is at most 40 bytes long, so that a sentence with a colon is none.
pub(super) fn find_field(text: &str) -> Option<(&str, usize)> {
    let (name, after) = match text.strip_prefix("**") {
        Some(inner) => {
            let end = inner.find("**")?;
            let name = &inner[..end];
            let after = end + 4;
            match name.trim_end().strip_suffix(':') {
                Some(name) => (name, after),
                None => (name, after + text[after..].strip_prefix(':').map(|_| 1)?),
            }
        }
        None => (text.split_once(':')?.0, text.find(':')? + 1),
    };
    let is_name = name.len() <= 40
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || " _-/".contains(c));
    is_name.then_some((name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, word: &str) -> Option<(String, String)> {
        numbered(text, word)
    }

    #[test]
    fn labels_are_read_with_any_ornament() {
        for text in [
            "**Phase 1: The Auditor**",
            "Phase 1 - The Auditor",
            "ðŸ“‹ **Phase 1: The Auditor**",
            "📋 🎯 Phase 1: The Auditor",
            "**Phase 1**: The Auditor",
            "__PHASE 1. The Auditor__",
        ] {
            let found = read(text, "phase");
            assert_eq!(
                found,
                Some(("1".to_owned(), "The Auditor".to_owned())),
                "{text}"
            );
        }
        assert_eq!(
            read("**Task 1.10: `a**b` 감사**", "task"),
            Some(("1.10".to_owned(), "`a**b` 감사".to_owned())),
        );
    }

    #[test]
    fn text_about_phases_is_no_label() {
        for text in [
            "Phase 2 development",
            "Phases 1: x",
            "Phase: x",
            "Phase one: x",
            "Phase",
            "P",
        ] {
            assert_eq!(read(text, "phase"), None, "{text}");
        }
    }

    #[test]
    fn korean_words_are_no_ornament() {
        assert_eq!(plain("성공 기준 A"), "성공 기준 A");
        assert_eq!(plain("ðŸŽ¯ **Success Criteria**"), "Success Criteria");
        assert_eq!(plain("🎯"), "🎯");
    }
}
