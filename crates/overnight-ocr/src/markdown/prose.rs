//! Markdown without tables and fences as text.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

use super::html::folded;
use super::leftovers::without_pairs;
use super::prepare::prepare;

/// The text of paragraphs, headings and lists, one line each at least.
pub(super) fn text(source: &str) -> String {
    // How deep a list stands says nothing about its text, and a line that is set in by four
    // blanks is a line of the page, not code.
    let text = Walk::through(&flush(&prepare(&flush(source))));
    let lines: Vec<String> = text.lines().map(without_pairs).collect();
    lines.join("\n")
}

/// The source with every line beginning at the margin. A row of tildes is a line of the page,
/// not the beginning of code.
fn flush(source: &str) -> String {
    let lines = source.lines().map(str::trim_start).map(|line| {
        let guard = if line.starts_with("~~~") { "\\" } else { "" };
        format!("{guard}{line}")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The text of one line in which nothing but marks inside lines can be: a cell of a table.
pub(super) fn line(source: &str) -> String {
    // Behind a bracket nothing begins a list, a heading or a rule.
    let guarded = format!("({}", folded(&prepare(source)));
    let text = Walk::through(&guarded);
    folded(&without_pairs(text.strip_prefix('(').unwrap_or(&text)))
}

/// The text so far, and where in the document it stands.
struct Walk<'a> {
    source: &'a str,
    text: String,
    /// The mark of a list's item was just written.
    is_item_begun: bool,
    /// Depth of pictures, whose text describes and does not stand on the page.
    pictures: usize,
    /// For each open emphasis its mark, when that is a sign of the page; empty otherwise.
    kept: Vec<&'a str>,
}

impl<'a> Walk<'a> {
    fn through(source: &'a str) -> String {
        let mut walk = Self {
            source,
            text: String::with_capacity(source.len()),
            is_item_begun: false,
            pictures: 0,
            kept: Vec::new(),
        };
        for (event, range) in Parser::new_ext(source, Options::empty()).into_offset_iter() {
            walk.event(event, range);
        }
        walk.text
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Image { .. }) => self.pictures += 1,
            Event::End(TagEnd::Image) => self.pictures = self.pictures.saturating_sub(1),
            _ if self.pictures > 0 => {}
            Event::Start(Tag::Emphasis) => self.begin_emphasis(&range, 1),
            Event::Start(Tag::Strong) => self.begin_emphasis(&range, 2),
            Event::End(TagEnd::Emphasis | TagEnd::Strong) => {
                let mark = self.kept.pop().unwrap_or_default();
                self.push(mark);
            }
            Event::Start(Tag::Item) => self.item(range.start),
            // What follows an empty item is not its text.
            Event::End(TagEnd::Item) => self.is_item_begun = false,
            Event::Start(
                Tag::Paragraph
                | Tag::Heading { .. }
                | Tag::BlockQuote(_)
                | Tag::CodeBlock(_)
                | Tag::HtmlBlock
                | Tag::List(_),
            ) => self.begin_line(),
            Event::Text(text) | Event::Code(text) => self.push(&text),
            // Tags were taken out before; what is left in brackets is text.
            Event::Html(text) | Event::InlineHtml(text) => self.push(&text),
            Event::SoftBreak | Event::HardBreak => self.push("\n"),
            _ => {}
        }
    }

    fn push(&mut self, text: &str) {
        self.is_item_begun &= text.is_empty();
        self.text.push_str(text);
    }

    fn begin_line(&mut self) {
        if !self.text.is_empty() && !self.is_item_begun && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
    }

    /// A number is text of the page, as it is written. A dash is a mark, except before a number,
    /// where it may be a sign.
    fn item(&mut self, at: usize) {
        self.begin_line();
        let item = &self.source[at..];
        let digits = item.len() - item.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (mark, rest) = item.split_at((digits + 1).min(item.len()));
        let is_number = rest
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit() || matches!(c, '$' | '€' | '£' | '¥' | '₩'));
        if digits > 0 || (is_number && matches!(mark, "-" | "+")) {
            self.push(mark);
            self.push(" ");
        }
        self.is_item_begun = true;
    }

    /// `length` is that of the mark.
    fn begin_emphasis(&mut self, range: &Range<usize>, length: usize) {
        let mark = match self.hides_digits(range) {
            true => self.source.get(range.start..range.start + length),
            false => None,
        };
        let mark = mark.unwrap_or_default();
        self.kept.push(mark);
        self.push(mark);
    }

    /// Whether an emphasis has digits on both sides of a mark: `2*3*4` is a product, and
    /// `12**34**56` hides something.
    fn hides_digits(&self, range: &Range<usize>) -> bool {
        let is_mark = |c: &char| *c == '*' || *c == '_';
        let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
        let inside = &self.source[range.clone()];
        let before = self.source[..range.start]
            .chars()
            .rev()
            .find(|c| !is_mark(c));
        let behind = self.source[range.end..].chars().find(|c| !is_mark(c));
        let first = inside.chars().find(|c| !is_mark(c));
        let last = inside.chars().rev().find(|c| !is_mark(c));
        (is_digit(before) && is_digit(first)) || (is_digit(last) && is_digit(behind))
    }
}
