//! A plain scan of HTML inside Markdown: destinations, anchors and headings.

use std::ops::Range;

/// What a scan of HTML found, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HtmlItem {
    /// A `href` or `src` value: its bytes and its text.
    Destination(Range<usize>, String),
    /// An `id`, or the `name` of an `a`.
    Anchor(String),
    /// The text of an `h1` to `h6`.
    Heading(String),
}

/// Scans `html`, which begins at byte `base` of the file. Comments, scripts and styles are
/// passed over.
pub(super) fn scan(html: &str, base: usize) -> Vec<HtmlItem> {
    let mut items = Vec::new();
    let mut at = 0;
    let mut heading: Option<String> = None;
    while let Some(open) = html[at..].find('<').map(|offset| at + offset) {
        if let Some(text) = &mut heading {
            text.push_str(&html[at..open]);
        }
        let rest = &html[open..];
        if rest.starts_with("<!--") {
            at = rest.find("-->").map_or(html.len(), |end| open + end + 3);
            continue;
        }
        let closing = rest.starts_with("</");
        let name_start = open + 1 + usize::from(closing);
        let name_len = html[name_start..]
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '-')
            .unwrap_or(html.len() - name_start);
        let name = html[name_start..name_start + name_len].to_ascii_lowercase();
        if name.is_empty() {
            at = open + 1;
            continue;
        }
        let mut attributes = Attributes {
            html,
            at: name_start + name_len,
        };
        for (attribute, span) in attributes.by_ref() {
            let value = || unescape(&html[span.clone()]);
            let absolute = base + span.start..base + span.end;
            match attribute.as_str() {
                "href" | "src" => items.push(HtmlItem::Destination(absolute, value())),
                "id" => items.push(HtmlItem::Anchor(value())),
                "name" if name == "a" => items.push(HtmlItem::Anchor(value())),
                _ => {}
            }
        }
        at = attributes.at;
        let is_heading =
            name.len() == 2 && name.starts_with('h') && matches!(name.as_bytes()[1], b'1'..=b'6');
        if is_heading && closing {
            if let Some(text) = heading.take() {
                items.push(HtmlItem::Heading(unescape(text.trim())));
            }
        } else if is_heading {
            heading = Some(String::new());
        } else if !closing && matches!(name.as_str(), "script" | "style") {
            let end = format!("</{name}");
            at = html[at..]
                .to_ascii_lowercase()
                .find(&end)
                .map_or(html.len(), |offset| at + offset);
        }
    }
    items
}

/// The attributes of one tag: lower-case name and the bytes of the value.
struct Attributes<'a> {
    html: &'a str,
    at: usize,
}

impl Iterator for Attributes<'_> {
    type Item = (String, Range<usize>);

    fn next(&mut self) -> Option<Self::Item> {
        self.skip(|c| c.is_whitespace() || c == '/');
        let rest = &self.html[self.at..];
        if rest.is_empty() {
            return None;
        }
        if rest.starts_with('>') {
            self.at += 1;
            return None;
        }
        let start = self.at;
        self.skip(|c| !c.is_whitespace() && !matches!(c, '=' | '>' | '/'));
        if self.at == start {
            // A stray `=`.
            self.at += 1;
            return self.next();
        }
        let name = self.html[start..self.at].to_ascii_lowercase();
        self.skip(char::is_whitespace);
        if !self.html[self.at..].starts_with('=') {
            return Some((name, self.at..self.at));
        }
        self.at += 1;
        self.skip(char::is_whitespace);
        let quote = self.html[self.at..]
            .chars()
            .next()
            .filter(|c| matches!(c, '"' | '\''));
        let value = match quote {
            Some(quote) => {
                let start = self.at + 1;
                self.at = start;
                self.skip(|c| c != quote);
                let value = start..self.at;
                self.at = (self.at + 1).min(self.html.len());
                value
            }
            None => {
                let start = self.at;
                self.skip(|c| !c.is_whitespace() && c != '>');
                start..self.at
            }
        };
        Some((name, value))
    }
}

impl Attributes<'_> {
    fn skip(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = &self.html[self.at..];
        self.at += rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    }
}

/// The character references that occur in destinations.
pub(super) fn unescape(text: &str) -> String {
    let mut text = text.to_owned();
    for (escape, plain) in [
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&amp;", "&"),
    ] {
        if text.contains(escape) {
            text = text.replace(escape, plain);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn destinations_anchors_and_headings_are_found_and_comments_are_not() {
        let html = "<p>\n<!-- <a href='no'> --><A HREF = \"a.md?x&amp;y\" name=n>t</a><img alt=\"<b>\" src=b.png/>\n<h2 id='x'>Big <em>title</em></h2><script src=s.js>'<a href=no>'</script></p>";
        let items: Vec<String> = scan(html, 10)
            .into_iter()
            .map(|item| match item {
                HtmlItem::Destination(span, text) => {
                    format!("{}={text}", &html[span.start - 10..span.end - 10])
                }
                HtmlItem::Anchor(anchor) => format!("#{anchor}"),
                HtmlItem::Heading(text) => format!("h:{text}"),
            })
            .collect();
        assert_eq!(
            items,
            [
                "a.md?x&amp;y=a.md?x&y",
                "#n",
                "b.png/=b.png/",
                "#x",
                "h:Big title",
                "s.js=s.js"
            ]
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_scanned_without_a_panic(text in "[<>a-z=\"'/! \\-가\n]{0,40}") {
            let _ = scan(&text, 0);
        }
    }
}
