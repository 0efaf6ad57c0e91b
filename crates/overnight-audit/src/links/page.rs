//! What one Markdown page links to, and what can be linked to in it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};

use super::destination::{self, Form};
use super::html::{self, HtmlItem};
use super::slug::{Slugs, comparable};

/// One link as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its destination, with Markdown's escapes resolved.
    pub destination: String,
    /// The bytes of the whole link, or of the reference definition.
    pub span: Range<usize>,
    /// The bytes of the destination alone, as it is written, without `<>` or quotes; `None`
    /// where they could not be told for certain.
    pub destination_span: Option<Range<usize>>,
    /// How it is written there.
    pub form: Form,
}

/// The links and anchors of a page.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// Links, images, used reference definitions and HTML destinations, in order.
    pub links: Vec<Link>,
    /// Anchors of headings and HTML elements.
    pub anchors: BTreeSet<String>,
}

impl Page {
    /// Whether `#fragment` leads somewhere in the page. The top of the page always exists,
    /// and so do line numbers (`L12`, `L12-L34`), which viewers of source make.
    pub fn has_anchor(&self, fragment: &str) -> bool {
        let fragment = comparable(fragment);
        fragment.is_empty()
            || fragment.eq_ignore_ascii_case("top")
            || is_line_number(&fragment)
            || self.anchors.contains(&fragment)
    }
}

/// Reads the page whose Markdown begins at byte `body` of `text`.
pub fn read_page(text: &str, body: usize) -> Page {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_GFM;
    let mut reader = Reader {
        text,
        body,
        page: Page::default(),
        slugs: Slugs::default(),
        heading: None,
        open: Vec::new(),
        images: 0,
        in_html: false,
        used_labels: Vec::new(),
    };
    let mut events = Parser::new_ext(&text[body..], options).into_offset_iter();
    for (event, range) in events.by_ref() {
        reader.event(event, body + range.start..body + range.end);
    }
    // A definition that nothing uses is often no definition at all: `[Name]: [description]`.
    let definitions = events.reference_definitions();
    let labels = std::mem::take(&mut reader.used_labels);
    let used: BTreeMap<usize, _> = labels
        .iter()
        .filter_map(|label| definitions.get(label))
        .map(|definition| (definition.span.start, definition))
        .collect();
    for definition in used.into_values() {
        reader.definition(&definition.dest, definition.span.clone());
    }
    let mut page = reader.page;
    page.links
        .sort_by_key(|link| (link.span.start, link.span.end));
    page
}

struct Reader<'a> {
    text: &'a str,
    body: usize,
    page: Page,
    slugs: Slugs,
    /// Text of the heading that is open.
    heading: Option<String>,
    /// Links and images that are open, outermost first, with where their text ends so far.
    open: Vec<OpenLink>,
    /// How many images are open: their text is no text of a heading.
    images: usize,
    in_html: bool,
    /// Labels of the reference links that were met.
    used_labels: Vec<String>,
}

struct OpenLink {
    link: Option<Link>,
    text_end: usize,
}

impl Reader<'_> {
    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        let is_link_end = matches!(event, Event::End(TagEnd::Link | TagEnd::Image));
        if let Some(open) = self.open.last_mut()
            && !is_link_end
        {
            open.text_end = open.text_end.max(range.end);
        }
        match event {
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                id,
                ..
            }) => {
                self.use_label(link_type, &id);
                self.open_link(link_type, &dest_url, range, 1);
            }
            Event::Start(Tag::Image {
                link_type,
                dest_url,
                id,
                ..
            }) => {
                self.images += 1;
                self.use_label(link_type, &id);
                self.open_link(link_type, &dest_url, range, 2);
            }
            Event::End(end @ (TagEnd::Link | TagEnd::Image)) => {
                self.images -= usize::from(end == TagEnd::Image);
                self.close_link(range.end);
            }
            Event::Start(Tag::Heading { .. }) => self.heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                if let Some(text) = self.heading.take() {
                    self.add_heading(&text);
                }
            }
            Event::Text(piece) | Event::Code(piece) => {
                if let Some(text) = &mut self.heading
                    && self.images == 0
                {
                    text.push_str(&piece);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(text) = &mut self.heading {
                    text.push(' ');
                }
            }
            Event::Start(Tag::HtmlBlock) => {
                self.in_html = true;
                self.html(range);
            }
            Event::End(TagEnd::HtmlBlock) => self.in_html = false,
            Event::InlineHtml(_) | Event::Html(_) if !self.in_html => self.html(range),
            _ => {}
        }
    }

    fn use_label(&mut self, kind: LinkType, label: &str) {
        if matches!(
            kind,
            LinkType::Reference | LinkType::Collapsed | LinkType::Shortcut
        ) {
            self.used_labels.push(label.to_owned());
        }
    }

    /// `lead` is the length of `[` or `![`.
    fn open_link(&mut self, kind: LinkType, destination: &str, range: Range<usize>, lead: usize) {
        // References are judged once, at their definition; mail addresses not at all.
        let link = matches!(kind, LinkType::Inline | LinkType::Autolink).then(|| Link {
            destination: destination.to_owned(),
            span: range.clone(),
            destination_span: None,
            form: Form::Bare,
        });
        self.open.push(OpenLink {
            link,
            text_end: range.start + lead,
        });
    }

    fn close_link(&mut self, end: usize) {
        let Some(open) = self.open.pop() else { return };
        if let Some(outer) = self.open.last_mut() {
            outer.text_end = outer.text_end.max(end);
        }
        if let Some(mut link) = open.link {
            let place = self
                .text
                .get(open.text_end..end)
                .and_then(|tail| tail.find("](").map(|at| open.text_end + at + 2))
                .and_then(|from| destination::find(self.text, from, &link.destination));
            if let Some((span, form)) = place {
                link.destination_span = Some(span);
                link.form = form;
            }
            self.page.links.push(link);
        }
    }

    fn definition(&mut self, destination: &str, range: Range<usize>) {
        let span = self.body + range.start..self.body + range.end;
        let place = self.text[span.clone()]
            .find("]:")
            .and_then(|at| destination::find(self.text, span.start + at + 2, destination));
        let (destination_span, form) =
            place.map_or((None, Form::Bare), |(span, form)| (Some(span), form));
        self.page.links.push(Link {
            destination: destination.to_owned(),
            span,
            destination_span,
            form,
        });
    }

    fn html(&mut self, range: Range<usize>) {
        for item in html::scan(&self.text[range.clone()], range.start) {
            match item {
                HtmlItem::Destination(span, destination) => {
                    self.page.links.push(Link {
                        destination,
                        span: span.clone(),
                        destination_span: Some(span),
                        form: Form::Html,
                    });
                }
                HtmlItem::Anchor(anchor) => self.add_anchor(&anchor),
                HtmlItem::Heading(text) => self.add_heading(&text),
            }
        }
    }

    fn add_anchor(&mut self, anchor: &str) {
        if !anchor.is_empty() {
            self.page.anchors.insert(comparable(anchor));
        }
    }

    /// A heading's own anchor, and the one written behind it in braces.
    fn add_heading(&mut self, text: &str) {
        if let Some((before, id)) = explicit_id(text.trim_end()) {
            let anchor = self.slugs.next(before);
            self.add_anchor(&anchor);
            self.add_anchor(id);
        } else {
            let anchor = self.slugs.next(text);
            self.add_anchor(&anchor);
        }
    }
}

/// `Title {#id}` or `Title {: #id}`, as several site generators read it.
fn explicit_id(text: &str) -> Option<(&str, &str)> {
    let (before, braces) = text.strip_suffix('}')?.rsplit_once('{')?;
    let id = braces.trim_start_matches(':').trim().strip_prefix('#')?;
    let is_one_word = !id.is_empty() && !id.contains(char::is_whitespace);
    is_one_word.then_some((before.trim_end(), id))
}

fn is_line_number(fragment: &str) -> bool {
    fragment.split('-').all(|part| {
        part.strip_prefix('L').is_some_and(|rest| {
            let (line, column) = rest.split_once('C').unwrap_or((rest, "0"));
            let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
            digits(line) && digits(column)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destinations(text: &str) -> Vec<String> {
        read_page(text, 0)
            .links
            .into_iter()
            .map(|link| {
                if let Some(span) = &link.destination_span {
                    let written = &text[span.clone()];
                    assert_eq!(link.form.unescape(written), link.destination);
                }
                let mark = if link.destination_span.is_some() {
                    ""
                } else {
                    "?"
                };
                format!("{}{mark}", link.destination)
            })
            .collect()
    }

    #[test]
    fn every_form_of_link_is_read() {
        let text = "\
[a](a.md \"title\") and ![](<b c.png>) and [![img](i.png)](big.md)
[p](paren_(x).md) [esc](a\\_b.md) [multi
line](m.md)
<https://x.org> [ref][r] [r] [undefined][nope] - [ ] [x]
<a href=\"h.md\">h</a> <img src='s.png'>

| t |
|---|
| [cell](cell.md) |

[r]: <r.md> 'Title'
[Unused]: [Description]
[^1]: [note](note.md)

Text[^1].

<div>
<a href=\"block.md\">x</a>
</div>
";
        assert_eq!(
            destinations(text),
            [
                "a.md",
                "b c.png",
                "big.md",
                "i.png",
                "paren_(x).md",
                "a_b.md",
                "m.md",
                "https://x.org?",
                "h.md",
                "s.png",
                "cell.md",
                "r.md",
                "note.md",
                "block.md",
            ]
        );
    }

    #[test]
    fn code_and_comments_hold_no_links() {
        let text = "`[a](a.md)`\n\n```\n[b](b.md)\n```\n\n    [c](c.md)\n\n<!-- [d](d.md) <a href=e.md> -->\n\n\\[f](f.md) arr[0](x)\n";
        assert_eq!(destinations(text), ["x"]);
    }

    #[test]
    fn anchors_are_those_of_headings_and_elements() {
        let text = "# One `two`\n\nSet\n===\n\n## One two\n\n> ### In *quote* ![alt](x.png)\n\n## Kept {#own-id}\n\n<a name=\"html\"></a>\n\n<h2>Raw</h2>\n\n```\n# no\n```\n";
        let page = read_page(text, 0);
        let anchors: Vec<&str> = page.anchors.iter().map(String::as_str).collect();
        assert_eq!(
            anchors,
            [
                "html",
                "in-quote-",
                "kept",
                "one-two",
                "one-two-1",
                "own-id",
                "raw",
                "set"
            ]
        );
        assert!(page.has_anchor("L12-L34") && page.has_anchor("top") && page.has_anchor(""));
        assert!(!page.has_anchor("Lx") && !page.has_anchor("no"));
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_and_spans_fit(text in "[\\[\\]()<>!a-c.#\"'`:^ \n가\\\\]{0,60}") {
            let _ = destinations(&text);
        }
    }
}
