//! HTML in Markdown: what is a tag, what it does to the text, and tables.

/// Elements of HTML that break the line before and behind them.
const BLOCKS: [&str; 44] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "body",
    "caption",
    "center",
    "colgroup",
    "dd",
    "details",
    "dialog",
    "dir",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "head",
    "header",
    "hr",
    "html",
    "legend",
    "li",
    "main",
    "menu",
    "nav",
    "ol",
    "p",
    "pre",
    "section",
    "summary",
    "table",
    "tr",
    "ul",
    "title",
];

/// Its other elements.
const INLINE: [&str; 60] = [
    "a", "abbr", "acronym", "area", "audio", "b", "base", "bdi", "bdo", "big", "br", "button",
    "canvas", "cite", "code", "col", "data", "datalist", "del", "dfn", "em", "embed", "font", "i",
    "iframe", "img", "input", "ins", "kbd", "label", "link", "map", "mark", "meta", "meter",
    "option", "output", "picture", "progress", "q", "rp", "rt", "ruby", "s", "samp", "select",
    "small", "source", "span", "strike", "strong", "sub", "sup", "svg", "tbody", "textarea",
    "tfoot", "thead", "time", "tt",
];

/// The rest, which other rules look for.
const FURTHER: [&str; 8] = ["td", "th", "u", "var", "video", "wbr", "script", "style"];

/// Attributes that may stand without a value.
const FLAGS: [&str; 9] = [
    "border", "checked", "controls", "disabled", "hidden", "nowrap", "open", "readonly", "selected",
];

/// What stands between angle brackets.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Tag {
    /// The element in lower case; empty for a comment or a declaration.
    pub(super) name: String,
    pub(super) is_end: bool,
    /// Length of its source in bytes.
    pub(super) length: usize,
}

impl Tag {
    /// Whether lines end before and behind the element.
    pub(super) fn is_block(&self) -> bool {
        BLOCKS.contains(&self.name.as_str())
    }

    /// Whether the element's content is for browsers, not for readers.
    fn is_hidden(&self) -> bool {
        !self.is_end && matches!(self.name.as_str(), "script" | "style")
    }
}

/// The tag at the beginning of `rest`; `None` when the bracket is one of the page's own, as in
/// `<5 years` or `<NAME>`. Names that HTML does not know are tags where `document` closes them.
pub(super) fn tag(rest: &str, document: &str) -> Option<Tag> {
    let inside = rest.strip_prefix('<')?;
    if let Some(comment) = inside.strip_prefix("!--") {
        return declaration(comment.find("-->")? + 7);
    }
    if inside.starts_with(['!', '?']) {
        let is_declaration = inside[1..].starts_with(|c: char| c.is_ascii_alphabetic());
        let end = inside.find('>').filter(|_| is_declaration)?;
        return declaration(end + 2);
    }
    let (is_end, inside) = match inside.strip_prefix('/') {
        Some(inside) => (true, inside),
        None => (false, inside),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let length = inside.find(|c: char| !is_name(c))?;
    let name = inside[..length].to_ascii_lowercase();
    let attributes = attributes(&inside[length..])?;
    let is_tag = name.starts_with(|c: char| c.is_ascii_lowercase())
        && (is_known(&name) || is_closed(&name, document));
    let tag = Tag {
        length: 1 + usize::from(is_end) + length + attributes,
        name,
        is_end,
    };
    is_tag.then(|| tag.with_hidden_content(rest))
}

impl Tag {
    /// The tag made as long as everything that is to vanish with it.
    fn with_hidden_content(mut self, rest: &str) -> Self {
        if self.is_hidden() {
            let lower = rest[self.length..].to_ascii_lowercase();
            if let Some(end) = lower.find(&format!("</{}", self.name)) {
                self.length += end;
            }
        }
        self
    }
}

fn declaration(length: usize) -> Option<Tag> {
    Some(Tag {
        name: String::new(),
        is_end: false,
        length,
    })
}

fn is_known(name: &str) -> bool {
    BLOCKS.contains(&name) || INLINE.contains(&name) || FURTHER.contains(&name)
}

fn is_closed(name: &str, document: &str) -> bool {
    let close = format!("</{name}");
    document.match_indices("</").any(|(at, _)| {
        document
            .get(at..at + close.len())
            .is_some_and(|found| found.eq_ignore_ascii_case(&close))
    })
}

/// Length of what stands between a name and its `>`, that one included; `None` when these are
/// no attributes.
fn attributes(text: &str) -> Option<usize> {
    if !text.starts_with(|c: char| c == '>' || c == '/' || c.is_ascii_whitespace()) {
        return None;
    }
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c == '/' || c.is_ascii_whitespace());
        if let Some(rest) = rest.strip_prefix('>') {
            return Some(text.len() - rest.len());
        }
        let is_name = |c: char| c.is_ascii_alphanumeric() || "-_:.@".contains(c);
        let length = rest.find(|c: char| !is_name(c)).filter(|n| *n > 0)?;
        let name = &rest[..length];
        rest = &rest[length..];
        match rest.trim_start().strip_prefix('=') {
            Some(value) => rest = behind_value(value.trim_start())?,
            None if FLAGS.contains(&name.to_ascii_lowercase().as_str()) => {}
            None => return None,
        }
    }
}

fn behind_value(text: &str) -> Option<&str> {
    for quote in ['"', '\''] {
        if let Some(inside) = text.strip_prefix(quote) {
            return inside.split_once(quote).map(|(_, rest)| rest);
        }
    }
    let end = text.find(|c: char| c == '>' || c.is_ascii_whitespace())?;
    Some(&text[end..])
}

/// The text of a table: one line a row, cells separated by a space, empty cells left out. `cell`
/// makes the text of a cell from its source without tags.
pub(super) fn table(source: &str, cell: &dyn Fn(&str) -> String) -> String {
    let mut rows = Rows {
        cell,
        source: String::new(),
        cells: Vec::new(),
        lines: Vec::new(),
    };
    let mut rest = source;
    while let Some(start) = rest.find('<') {
        rows.source.push_str(&rest[..start]);
        rest = &rest[start..];
        let Some(tag) = tag(rest, source) else {
            rows.source.push('<');
            rest = &rest[1..];
            continue;
        };
        match tag.name.as_str() {
            "table" | "caption" | "thead" | "tbody" | "tfoot" | "colgroup" | "tr" => rows.end_row(),
            "td" | "th" => rows.end_cell(),
            "br" => rows.source.push(' '),
            _ if tag.is_block() => rows.source.push(' '),
            _ => {}
        }
        rest = &rest[tag.length..];
    }
    rows.source.push_str(rest);
    rows.end_row();
    rows.lines.join("\n")
}

struct Rows<'a> {
    cell: &'a dyn Fn(&str) -> String,
    source: String,
    cells: Vec<String>,
    lines: Vec<String>,
}

impl Rows<'_> {
    fn end_cell(&mut self) {
        let text = (self.cell)(&folded(&self.source));
        self.source.clear();
        let text = folded(&text);
        if !text.is_empty() {
            self.cells.push(text);
        }
    }

    fn end_row(&mut self) {
        self.end_cell();
        if !self.cells.is_empty() {
            self.lines.push(self.cells.join(" "));
            self.cells.clear();
        }
    }
}

/// Runs of white space as one blank, none at the ends.
pub(super) fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_told_from_brackets_of_the_page() {
        let is_tag = |text: &str| tag(text, text).map(|tag| tag.length);
        for whole in [
            "<b>",
            "</td>",
            "<BR/>",
            "<br />",
            "<table border>",
            "<td style=\"a > b\" colspan=3>",
            "<!-- a <b> -->",
            "<!DOCTYPE html>",
        ] {
            assert_eq!(is_tag(whole), Some(whole.len()), "{whole}");
        }
        for text in [
            "<5 years",
            "< b >",
            "<NAME>",
            "<김철수>",
            "<a small dog>",
            "<b",
            "<",
            "<!-- never closed",
            "<b=",
            "<https://example.org>",
        ] {
            assert_eq!(is_tag(text), None, "{text}");
        }
        assert_eq!(is_tag("<page_number>7</page_number>"), Some(13));
        let style = "<style>td { color: red }</style>x";
        assert_eq!(is_tag(style), Some(style.len() - "</style>x".len()));
    }

    #[test]
    fn a_table_is_its_rows() {
        let html = "<table border=\"1\"><caption>T</caption>\n<thead><tr><th>a</th>\
                    <th>b<br>c</th></tr></thead><tr><td></td><td> d \n e</td><td><sup>2</sup>f</td>\
                    <tr><td></td></tr><tr><td>p < 0.05</td></table>";
        assert_eq!(table(html, &str::to_owned), "T\na b c\nd e 2f\np < 0.05");
    }
}
