//! Text from outside (images, models, logs, file names) made fit to be shown: terminal
//! codes are removed, and what would be invisible or would reorder the line is marked.
//!
//! Escaping for HTML or Markdown is not done here.

use std::iter::Peekable;
use std::str::Chars;

/// Text over several lines.
pub fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\u{1b}' => skip_escape(&mut chars),
            '\u{9b}' => skip_control_sequence(&mut chars),
            '\n' | '\t' => out.push(c),
            '\r' => {
                if chars.peek() != Some(&'\n') {
                    out.push('\n');
                }
            }
            _ => push_visible(&mut out, c),
        }
    }
    out
}

/// Text on one line: line ends and tabs become spaces, runs of them one.
pub fn line(text: &str) -> String {
    plain(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One line of at most `limit` characters, an ellipsis included.
pub fn clipped(text: &str, limit: usize) -> String {
    let text = line(text);
    if text.chars().count() <= limit {
        return text;
    }
    let mut short: String = text.chars().take(limit.saturating_sub(1)).collect();
    short.truncate(short.trim_end().len());
    short.push('\u{2026}');
    short
}

/// A few characters shown one by one, white space and marks that stand alone made visible:
/// `\u{2423}` for a space, `\u{27e8}U+00A0\u{27e9}` for one that does not break. A single
/// character that may look like another one has its number beside it.
pub fn glyphs(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match u32::from(c) {
            0x20 => out.push('\u{2423}'),
            0x09 => out.push('\u{21e5}'),
            0x0a => out.push('\u{21b5}'),
            0xad
            | 0x034f
            | 0x115f
            | 0x1160
            | 0x17b4
            | 0x17b5
            | 0x180b..=0x180e
            | 0x200c
            | 0x200d
            | 0x2800
            | 0x3164
            | 0xfe00..=0xfe0f
            | 0xffa0
            | 0xe0100..=0xe01ef => {
                push_code(&mut out, c);
            }
            code if c.is_whitespace() && code > 0x20 => push_code(&mut out, c),
            // Combining marks need something to stand on.
            0x0300..=0x036f
            | 0x1ab0..=0x1aff
            | 0x1dc0..=0x1dff
            | 0x20d0..=0x20ff
            | 0xfe20..=0xfe2f
                if out.is_empty() =>
            {
                out.push('\u{25cc}');
                out.push(c);
            }
            _ => push_visible(&mut out, c),
        }
    }
    let mut all = text.chars();
    if let (Some(c), None) = (all.next(), all.next())
        && has_look_alikes(c)
        && !out.contains("U+")
    {
        out.push_str(&format!(" U+{:04X}", u32::from(c)));
    }
    out
}

/// Characters beyond ASCII, but for the scripts of East Asia.
fn has_look_alikes(c: char) -> bool {
    !matches!(u32::from(c),
        0..=0x7f | 0x1100..=0x11ff | 0x3041..=0x30ff | 0x3131..=0x318e | 0x3400..=0x9fff
        | 0xac00..=0xd7ff | 0xf900..=0xfaff)
}

fn push_code(out: &mut String, c: char) {
    out.push_str(&format!("\u{27e8}U+{:04X}\u{27e9}", u32::from(c)));
}

fn push_visible(out: &mut String, c: char) {
    let code = u32::from(c);
    let hidden = matches!(code,
        0x80..=0x9f          // C1 controls
        | 0x061c | 0x200b | 0x200e | 0x200f | 0x202a..=0x202e | 0x2060..=0x2069 | 0xfeff
        | 0xe0000..=0xe007f  // tag characters
    );
    if code < 0x20 {
        // U+2400 and on are the pictures of these characters.
        out.push(char::from_u32(0x2400 + code).unwrap_or('\u{fffd}'));
    } else if code == 0x7f {
        out.push('\u{2421}');
    } else if hidden {
        push_code(out, c);
    } else {
        out.push(c);
    }
}

fn skip_escape(chars: &mut Peekable<Chars<'_>>) {
    match chars.peek() {
        Some('[') => {
            chars.next();
            skip_control_sequence(chars);
        }
        // Titles and links end at a bell or at ESC \; a line end bounds what a missing end can hide.
        Some(']' | 'P' | '^' | '_' | 'X') => {
            while let Some(&c) = chars.peek() {
                if c == '\n' {
                    break;
                }
                chars.next();
                if c == '\u{7}' {
                    break;
                }
                if c == '\u{1b}' {
                    if chars.peek() == Some(&'\\') {
                        chars.next();
                    }
                    break;
                }
            }
        }
        Some(c) if !c.is_control() => {
            chars.next();
        }
        _ => {}
    }
}

fn skip_control_sequence(chars: &mut Peekable<Chars<'_>>) {
    while let Some(&c) = chars.peek() {
        if !matches!(c, '\u{20}'..='\u{7e}') {
            return;
        }
        chars.next();
        if matches!(c, '\u{40}'..='\u{7e}') {
            return;
        }
    }
}

pub(crate) fn capitalised(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(chars).collect()
    })
}

/// The first characters of a hash, enough to tell two apart.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn terminal_codes_go_and_hidden_characters_show() {
        assert_eq!(plain("\u{1b}[1;31mred\u{1b}[0m"), "red");
        assert_eq!(
            plain("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{1b}\\!"),
            "link!"
        );
        assert_eq!(plain("10 %\r20 %\r\nend"), "10 %\n20 %\nend");
        assert_eq!(
            plain("a\u{0}b\u{202e}c"),
            "a\u{2400}b\u{27e8}U+202E\u{27e9}c"
        );
        assert_eq!(plain("\u{1b}]0;never ended\nnext"), "\nnext");
        assert_eq!(clipped("one two\nthree four", 9), "one two\u{2026}");
    }

    #[test]
    fn single_characters_can_be_told_apart() {
        assert_eq!(glyphs(" "), "\u{2423}");
        assert_eq!(glyphs("a b\n"), "a\u{2423}b\u{21b5}");
        assert_eq!(glyphs("\u{a0}"), "\u{27e8}U+00A0\u{27e9}");
        assert_eq!(glyphs("\u{200d}"), "\u{27e8}U+200D\u{27e9}");
        assert_eq!(glyphs("\u{202e}"), "\u{27e8}U+202E\u{27e9}");
        assert_eq!(glyphs("\u{1b}"), "\u{241b}");
        assert_eq!(glyphs("\u{301}"), "\u{25cc}\u{301} U+0301");
        assert_eq!(glyphs("\u{2013}"), "\u{2013} U+2013");
        assert_eq!(glyphs("영"), "영");
        assert_eq!(glyphs("5"), "5");
        assert_eq!(glyphs(""), "");
    }

    proptest! {
        #[test]
        fn nothing_invisible_is_left(text in "\\PC*|(.|[\\x00-\\x1f\\x7f-\\x9f\u{202a}-\u{202e}])*") {
            for c in plain(&text).chars() {
                prop_assert!(!c.is_control() || c == '\n' || c == '\t', "{:?}", c);
                let reorders = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}');
                prop_assert!(!reorders, "{:?}", c);
            }
        }
    }
}
