//! Markdown with everything taken out that its own rules would lose or misread: formulas,
//! tags, definitions of links and footnotes.

use super::{formulas, html};

/// Longest code span that is looked for, in bytes.
const MOST_CODE: usize = 4000;

/// The source as it is handed to the parser. Formulas are their text, guarded against being
/// read as Markdown; a bracket that is no tag is guarded as well.
pub(super) fn prepare(source: &str) -> String {
    let mut prepared = String::with_capacity(source.len() + source.len() / 8);
    let mut rest = source;
    while let Some(at) = rest.find(['`', '\\', '$', '<', ']', '[']) {
        prepared.push_str(&rest[..at]);
        rest = &rest[at..];
        rest = match rest.as_bytes()[0] {
            b'`' => code(rest, &mut prepared),
            b'\\' | b'$' => formula(rest, &mut prepared),
            b'<' => bracket(rest, source, &mut prepared),
            b']' if rest.starts_with("]:") => {
                // `[1]: Smith` would define a link and vanish.
                prepared.push_str("]\\:");
                &rest[2..]
            }
            b'[' => footnote(rest, &mut prepared),
            _ => {
                prepared.push(']');
                &rest[1..]
            }
        };
    }
    prepared.push_str(rest);
    prepared
}

/// Text as it must be written to be read as it is.
fn guarded(text: &str) -> String {
    let mut guarded = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() {
            guarded.push('\\');
        }
        guarded.push(c);
    }
    guarded
}

/// Takes a code span over as it is, or the backticks that begin none.
fn code<'a>(rest: &'a str, prepared: &mut String) -> &'a str {
    let behind = rest.trim_start_matches('`');
    let n = rest.len() - behind.len();
    let end = closing(behind, n).map_or(n, |end| n + end);
    prepared.push_str(&rest[..end]);
    &rest[end..]
}

/// Where the first run of exactly `n` backticks ends.
fn closing(text: &str, n: usize) -> Option<usize> {
    let text = &text[..text.floor_char_boundary(MOST_CODE)];
    let mut at = 0;
    while let Some(start) = text[at..].find('`') {
        let run = &text[at + start..];
        let length = run.len() - run.trim_start_matches('`').len();
        at += start + length;
        if length == n {
            return Some(at);
        }
    }
    None
}

fn formula<'a>(rest: &'a str, prepared: &mut String) -> &'a str {
    if let Some((shown, length)) = formulas::at(rest, prepared.chars().next_back()) {
        prepared.push_str(&guarded(shown.trim()));
        return &rest[length..];
    }
    let n = if rest.starts_with('\\') { 2 } else { 1 };
    let length: usize = rest.chars().take(n).map(char::len_utf8).sum();
    prepared.push_str(&rest[..length]);
    &rest[length..]
}

fn bracket<'a>(rest: &'a str, document: &str, prepared: &mut String) -> &'a str {
    if let Some(tag) = html::tag(rest, document) {
        match tag.name.as_str() {
            "br" => prepared.push('\n'),
            "td" | "th" => prepared.push(' '),
            _ if tag.is_block() => prepared.push_str("\n\n"),
            _ => {}
        }
        return &rest[tag.length..];
    }
    // An address in brackets, which are marks then.
    if let Some((address, behind)) = rest[1..].split_once('>')
        && !address.contains(|c: char| c.is_whitespace() || c == '<')
        && (address.contains("://") || address.contains('@'))
    {
        prepared.push_str(&guarded(address));
        return behind;
    }
    prepared.push_str("\\<");
    &rest[1..]
}

/// `[^1]` is a raised 1; with a colon behind it, the one before the note itself.
fn footnote<'a>(rest: &'a str, prepared: &mut String) -> &'a str {
    let label = rest.strip_prefix("[^").and_then(|label| {
        let (label, behind) = label.split_once(']')?;
        let is_label = !label.is_empty() && label.len() <= 24;
        (is_label && label.chars().all(char::is_alphanumeric)).then_some((label, behind))
    });
    let Some((label, behind)) = label else {
        prepared.push('[');
        return &rest[1..];
    };
    prepared.push_str(label);
    match behind.strip_prefix(':') {
        Some(note) => {
            prepared.push(' ');
            note
        }
        None => behind,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_be_misread_changes() {
        for (source, prepared) in [
            ("plain *text* 1. | x", "plain *text* 1. | x"),
            ("`a $x$ <b>` <b>", "`a $x$ <b>` "),
            ("$0.5$", "0\\.5"),
            ("a<br>b<sup>2</sup>", "a\nb2"),
            ("p <5 years", "p \\<5 years"),
            ("[1]: Smith", "[1]\\: Smith"),
            ("x[^1]\n[^1]: note", "x1\n1  note"),
            ("<https://a.org>", "https\\:\\/\\/a\\.org"),
            ("\\$5 \\", "\\$5 \\"),
            ("``` never closed", "``` never closed"),
        ] {
            assert_eq!(prepare(source), prepared, "{source}");
        }
    }
}
