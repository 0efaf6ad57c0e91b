//! What a backend read, drawn for people: one SVG a sample with boxes and text beside the
//! image, and a page that lists all samples. Both are whole in themselves and run no script.
//!
//! Images are handed in encoded and reduced; nothing is decoded or computed here.

mod index;
mod place;
mod sheet;

pub use index::{Entry, Heading, index};
pub use sheet::{Picture, sheet};

use crate::text;

/// From this confidence on a line counts as sure.
const SURE: f32 = 0.9;
/// Below this confidence a line counts as doubtful.
const DOUBTFUL: f32 = 0.75;

/// How sure a backend is of a line: the class that colours it.
fn band(confidence: Option<f32>) -> &'static str {
    match confidence {
        None => "none",
        Some(value) if value >= SURE => "sure",
        Some(value) if value >= DOUBTFUL => "fair",
        Some(_) => "weak",
    }
}

/// Text from an image as part of XML or HTML: on one line, what would be invisible or reorder
/// it marked, and no character that is not allowed there.
fn escaped(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text::clipped(text, limit).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
