//! The labels `Phase 1: ...` and `Task 1.2: ...`, and the names of fields.

/// The text without the words in front that hold no ASCII letter or digit (emoji, also
/// mis-decoded ones) and without the emphasis it then begins with.
pub(super) fn plain(text: &str) -> String {
    let (plain, _) = without_emphasis(without_ornaments(text));
    without_ornaments(&plain).to_owned()
}

fn without_ornaments(text: &str) -> &str {
    let mut rest = text.trim();
    while let Some((first, others)) = rest.split_once(char::is_whitespace)
        && is_ornament(first)
        && !others.trim().is_empty()
    {
        rest = others.trim_start();
    }
    rest
}

fn is_ornament(word: &str) -> bool {
    // `**` and the like belong to the text that follows.
    !word.is_ascii()
        && !word.contains(['*', '_'])
        && !word.chars().any(|c| c.is_ascii_alphanumeric())
        && !is_script(word)
}

/// Whether the word is one of a script a person reads, rather than a sign. Mis-decoded
/// emoji are made of Latin-1 letters, which only ever stand among Latin words.
fn is_script(word: &str) -> bool {
    word.chars()
        .any(|c| c.is_alphabetic() && u32::from(c) > 0x2ff)
}

/// Takes away the emphasis the text begins with, and where that ends; gives what follows the
/// emphasised part, too.
fn without_emphasis(text: &str) -> (String, Option<&str>) {
    for mark in ["**", "__", "*", "_"] {
        if let Some(inner) = text.strip_prefix(mark) {
            return match find_outside_code(inner, mark) {
                Some(end) if end > 0 => {
                    let after = &inner[end + mark.len()..];
                    (format!("{}{after}", &inner[..end]), Some(after))
                }
                _ => (text.to_owned(), None),
            };
        }
    }
    (text.to_owned(), None)
}

fn find_outside_code(text: &str, mark: &str) -> Option<usize> {
    let mut in_code = false;
    text.char_indices().find_map(|(at, c)| {
        in_code ^= c == '`';
        (!in_code && text[at..].starts_with(mark)).then_some(at)
    })
}

/// `Phase 1: The Auditor`, `Task 1.2: Audit`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// The number as written: digits and dots.
    pub(super) number: String,
    /// What follows the sign behind it.
    pub(super) title: String,
    /// Whether a sign, or nothing at all, follows the number, or the emphasis ends with it.
    pub(super) is_marked: bool,
}

/// Reads a label: a word, a number, and then a sign and a title, or nothing.
///
/// A sign must stand between number and title, or the emphasis end with the number, so that
/// "phase 2 development" is text. With a number such as `1.2` white space will do.
pub(super) fn numbered(text: &str, word: &str) -> Option<Label> {
    let text = without_ornaments(text);
    let (plain, behind) = without_emphasis(text);
    // Emphasis that ends on a later line.
    let plain = match behind {
        Some(_) => plain.as_str(),
        None => text.trim_start_matches("**").trim_start_matches("__"),
    };
    let plain = without_ornaments(plain);
    let (head, rest) = plain.split_at_checked(word.len())?;
    if !head.eq_ignore_ascii_case(word) {
        return None;
    }
    let rest = rest.trim_start();
    let length = rest
        .bytes()
        .take_while(|byte| byte.is_ascii_digit() || *byte == b'.')
        .count();
    let number = rest[..length].trim_end_matches('.');
    if !number.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let after = &rest[number.len()..];
    let rest = after.trim_start();
    let title = rest.strip_prefix([':', '.', ')', '-', '–', '—', '：', '|']);
    let is_marked = rest.is_empty()
        || title.is_some()
        || rest.starts_with(['(', '['])
        || behind.is_some_and(|behind| behind.len() == after.len());
    let is_apart = after.starts_with(char::is_whitespace) && number.contains('.');
    (is_marked || is_apart).then(|| Label {
        number: number.to_owned(),
        title: title.unwrap_or(rest).trim().to_owned(),
        is_marked,
    })
}

/// A field: its name, and the byte range, from the name's line on, that its value lies in.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Field<'a> {
    pub(super) name: &'a str,
    /// Byte offset behind the sign that ends the name.
    pub(super) after: usize,
    /// Byte offset behind the value.
    pub(super) end: usize,
}

/// Reads `**NAME:** ...`, `**NAME**: ...`, `NAME: ...` or `**NAME: ...**`. A name is at most
/// 40 bytes long, so that a sentence with a colon is none; signs before it do not count.
pub(super) fn find_field(text: &str) -> Option<Field<'_>> {
    let colon = [':', '：'];
    for mark in ["**", "__", "*"] {
        let Some(inner) = text.strip_prefix(mark) else {
            continue;
        };
        let inside = inner.find(mark)?;
        let closed = mark.len() + inside + mark.len();
        let emphasised = &inner[..inside];
        let behind = text[closed..].trim_start();
        let Some(at) = emphasised.find(colon) else {
            let rest = behind.strip_prefix(colon)?;
            return field(emphasised, text.len() - rest.len(), text.len());
        };
        let (name, rest) = emphasised.split_at(at);
        let rest = rest.strip_prefix(colon)?;
        if rest.trim().is_empty() {
            return field(name, closed, text.len());
        }
        let end = mark.len() + inside;
        let is_whole = behind.is_empty();
        return is_whole
            .then(|| field(name, end - rest.len(), end))
            .flatten();
    }
    let at = text.find(colon)?;
    let rest = text[at..].strip_prefix(colon)?;
    field(&text[..at], text.len() - rest.len(), text.len())
}

fn field(name: &str, after: usize, end: usize) -> Option<Field<'_>> {
    let name = without_ornaments(name);
    let is_name = name.len() <= 40
        && name
            .chars()
            .all(|c| c.is_alphanumeric() || " _-/".contains(c));
    is_name.then_some(Field { name, after, end })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, word: &str) -> Option<(String, String)> {
        numbered(text, word).map(|label| (label.number, label.title))
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
            "**📋 Phase 1: The Auditor**",
            "**Phase 1** The Auditor",
            "Phase1: The Auditor",
            "**Phase 1: The Auditor",
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
    fn a_number_with_a_dot_needs_no_sign() {
        for (text, title, is_marked) in [
            ("**Task 2.1**", "", true),
            ("**Task 2.1** Stress", "Stress", true),
            (
                "**Task 2.1 (optional): Stress**",
                "(optional): Stress",
                true,
            ),
            ("**Task 2.1 Stress**", "Stress", false),
            ("Task 2.1 is over", "is over", false),
        ] {
            let label = numbered(text, "task").unwrap();
            assert_eq!((label.title.as_str(), label.is_marked), (title, is_marked));
        }
        assert_eq!(read("Task 2.1b: x", "task"), None);
    }

    #[test]
    fn fields_have_many_forms() {
        for text in [
            "**STATUS:** a: b",
            "**STATUS**: a: b",
            "**STATUS** : a: b",
            "__STATUS:__ a: b",
            "*STATUS:* a: b",
            "STATUS: a: b",
            "STATUS：a: b",
            "**STATUS: a: b**",
            "✅ STATUS: a: b",
            "**ðŸ“Š STATUS:** a: b",
        ] {
            let field = find_field(text).expect(text);
            assert_eq!(
                (field.name, text[field.after..field.end].trim()),
                ("STATUS", "a: b"),
                "{text}"
            );
        }
        for text in ["no colon", "**open: x", "a, b: c", "**a** b: c"] {
            assert_eq!(find_field(text), None, "{text}");
        }
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
