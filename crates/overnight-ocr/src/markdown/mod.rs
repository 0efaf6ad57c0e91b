//! The plain text of a page that a model wrote down as Markdown.
//!
//! References are plain text; a heading's `#` or a cell's `<td>` scored against them measures
//! the form of an answer and not what was read. What stays are the characters a reader of the
//! page sees, in the order in which they are written: marks, tags, links' addresses and
//! pictures go, a table becomes one line a row with its cells separated by a space, a formula
//! the signs it shows (docs/vlm.md says what becomes of what). No model's answer makes this
//! fail: what is not understood stays as it is.

mod blocks;
mod formulas;
mod html;
mod latex;
mod leftovers;
mod prepare;
mod prose;

use pulldown_cmark::{Event, Parser};

/// Version of this module: raised when code changes what text it makes.
pub const VERSION: u32 = 1;

/// The text of a Markdown document, without empty lines and without white space at the ends of
/// lines.
pub fn plain_text(source: &str) -> String {
    let source = source.strip_prefix('\u{feff}').unwrap_or(source);
    tidy(&blocks::text(&source.replace("\r\n", "\n"), 0))
}

/// A plain text whose formulas (`$...$`, `$$...$$`, `\(...\)`, `\[...\]`) are replaced by the
/// signs they show, as [`plain_text`] does; the rest stays as it is.
pub fn formulas_as_text(text: &str) -> String {
    formulas::replace(text)
}

/// The signs a formula shows; `latex` with or without the marks around it.
pub fn formula_text(latex: &str) -> String {
    tidy(&latex::formula(latex))
}

/// The text of an HTML table as [`plain_text`] writes it: one line a row, cells separated by a
/// space, empty cells left out. Formulas in cells are shown, character references resolved.
pub fn html_table_text(html: &str) -> String {
    html::table(html, &|cell| formulas::replace(&without_references(cell)))
}

/// The text of a LaTeX table, as [`html_table_text`].
pub fn latex_table_text(latex: &str) -> String {
    tidy(&latex::table(latex))
}

/// White space at the ends of lines and empty lines left out.
fn tidy(text: &str) -> String {
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Longest name or number of a character reference, in bytes.
const MOST_REFERENCE: usize = 32;

/// A text with its character references (`&amp;`, `&#8364;`) resolved.
fn without_references(text: &str) -> String {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        resolved.push_str(&rest[..start]);
        rest = &rest[start..];
        let name = rest[1..].find(|c: char| !c.is_ascii_alphanumeric() && c != '#');
        let end = name.map(|length| length + 1);
        let end = end.filter(|end| rest[*end..].starts_with(';') && *end < MOST_REFERENCE);
        let Some(end) = end else {
            resolved.push('&');
            rest = &rest[1..];
            continue;
        };
        // The names are in the parser's own table.
        for event in Parser::new(&rest[..=end]) {
            if let Event::Text(text) = event {
                resolved.push_str(&text);
            }
        }
        rest = &rest[end + 1..];
    }
    resolved.push_str(rest);
    resolved
}

#[cfg(test)]
mod tests;
