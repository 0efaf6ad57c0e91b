//! A list item, with or without a checkbox.

use super::lines::Line;

/// The checkbox of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mark {
    /// Byte offset, in the document, of the sign between the brackets.
    pub(super) at: usize,
    /// Whether the sign is an `x`.
    pub(super) checked: bool,
}

/// A list item's first line.
#[derive(Debug, Clone, Copy)]
pub(super) struct Item<'a> {
    /// Column of its marker, from 0; a tab leads to the next multiple of 4.
    pub(super) indent: usize,
    /// Column of what follows the marker, checkbox included.
    pub(super) content: usize,
    /// Its checkbox.
    pub(super) mark: Option<Mark>,
    /// What follows, trimmed.
    pub(super) text: &'a str,
}

/// Width of the white space a line begins with, in columns.
pub(super) fn indent(text: &str) -> usize {
    width(&text[..text.len() - text.trim_start_matches([' ', '\t']).len()])
}

/// Width of the beginning of a line, in columns.
fn width(text: &str) -> usize {
    text.chars().fold(0, |column, c| match c {
        '\t' => column / 4 * 4 + 4,
        _ => column + 1,
    })
}

impl<'a> Item<'a> {
    /// Reads a line as a list item: `-`, `*`, `+`, `1.` or `1)`, a space, the rest.
    pub(super) fn read(line: &Line<'a>) -> Option<Self> {
        let body = line.text.trim_start_matches([' ', '\t']);
        let marker = marker_length(body)?;
        let content = &body[marker..];
        if !content.starts_with([' ', '\t']) {
            return None;
        }
        let content = content.trim_start_matches([' ', '\t']);
        let content_start = line.start + line.text.len() - content.len();
        let boxed = checkbox(content);
        Some(Self {
            indent: indent(line.text),
            content: width(&line.text[..line.text.len() - content.len()]),
            mark: boxed.map(|checked| Mark {
                at: content_start + 1,
                checked,
            }),
            text: if boxed.is_some() {
                &content[3..]
            } else {
                content
            }
            .trim(),
        })
    }
}

fn marker_length(body: &str) -> Option<usize> {
    if body.starts_with(['-', '*', '+']) {
        return Some(1);
    }
    let digits = body.bytes().take_while(u8::is_ascii_digit).count();
    let is_numbered = (1..=9).contains(&digits) && body[digits..].starts_with(['.', ')']);
    is_numbered.then_some(digits + 1)
}

/// Whether the box that `content` begins with is ticked.
fn checkbox(content: &str) -> Option<bool> {
    let bytes = content.as_bytes();
    let is_box = bytes.len() >= 3
        && bytes[0] == b'['
        && bytes[2] == b']'
        && bytes.get(3).is_none_or(u8::is_ascii_whitespace);
    match bytes.get(1) {
        Some(b' ') if is_box => Some(false),
        Some(b'x' | b'X') if is_box => Some(true),
        _ => None,
    }
}

/// Signs that people write as bullets and Markdown does not read as such.
const OTHER_BULLETS: [char; 12] = ['-', '*', '+', '•', '◦', '▪', '‣', '·', '–', '—', '○', '●'];

/// Whether a line that holds no checkbox was probably meant to hold one: `[]`, `[-]`, `[✓]`,
/// `[ ]` without a space behind it or without a bullet, `• [ ]`, `- - [ ]`.
pub(super) fn is_nearly_box(text: &str) -> bool {
    let text = text.trim_start_matches(|c: char| c.is_whitespace() || OTHER_BULLETS.contains(&c));
    let Some((sign, after)) = text
        .strip_prefix('[')
        .and_then(|inner| inner.split_once(']'))
    else {
        return false;
    };
    let is_sign = sign.chars().count() <= 2
        && sign
            .chars()
            .all(|c| !c.is_alphanumeric() || matches!(c, 'x' | 'X' | 'v' | 'V'));
    is_sign && !after.starts_with(['(', '[', ':'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<Item<'_>> {
        Item::read(&Line {
            number: 1,
            start: 100,
            text,
        })
    }

    #[test]
    fn items_are_told_from_text() {
        for text in [
            "",
            "a",
            "**b** c",
            "-a",
            "1.a",
            "1",
            "1234567890. a",
            "-",
            "# [ ] a",
        ] {
            assert!(read(text).is_none(), "{text:?} was read as an item");
        }
        for text in ["- a", "* a", "+ a", "1. a", "23) a", "\t- a", "-\ta"] {
            assert_eq!(read(text).map(|item| item.text), Some("a"), "{text:?}");
        }
    }

    #[test]
    fn boxes_are_told_from_links() {
        for text in [
            "- [a](b)",
            "- [x](b)",
            "- [] a",
            "- [ ]a",
            "- [xx] a",
            "- [가] a",
            "- [-] a",
        ] {
            assert_eq!(read(text).and_then(|item| item.mark), None, "{text:?}");
        }
        let item = read("\t 3.  [X] a ").unwrap();
        assert_eq!((item.indent, item.text), (5, "a"));
        assert_eq!(
            item.mark,
            Some(Mark {
                at: 107,
                checked: true
            })
        );
        assert_eq!(read("- [ ]").unwrap().text, "");
    }

    #[test]
    fn the_content_column_counts_tabs() {
        assert_eq!(read("- a").unwrap().content, 2);
        assert_eq!(read("  10. a").unwrap().content, 6);
        assert_eq!(read("\t-\ta").unwrap().content, 8);
    }

    #[test]
    fn what_was_meant_as_a_box_is_recognised() {
        for text in [
            "[] a",
            "[-] a",
            "[✓] a",
            "[ ]a",
            "• [ ] a",
            "- [ ] a",
            "[x]\u{a0}a",
            "[✅] a",
        ] {
            assert!(is_nearly_box(text), "{text}");
        }
        for text in [
            "[x](a)", "[1] a", "[가] a", "a [ ]", "[x]: url", "[a][b]", "[", "",
        ] {
            assert!(!is_nearly_box(text), "{text}");
        }
    }
}
