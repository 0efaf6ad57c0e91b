//! The lines of a document that are read: not front matter, code blocks or comments.

use super::item::Item;

/// One line without its end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    /// From 1.
    pub(super) number: usize,
    /// Byte offset of its first byte in the document.
    pub(super) start: usize,
    /// Its text without `\n` or `\r\n`.
    pub(super) text: &'a str,
}

impl Line<'_> {
    pub(super) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }
}

/// What a document is made of for our reader.
#[derive(Debug)]
pub(super) struct Lines<'a> {
    /// `title` of the front matter.
    pub(super) title: Option<String>,
    /// Every line that is read.
    pub(super) body: Vec<Line<'a>>,
}

/// Takes a document apart.
pub(super) fn read(text: &str) -> Lines<'_> {
    let all = split(text);
    let (title, front) = front_matter(&all);
    let mut body = Vec::new();
    let mut skip: Option<Skip> = None;
    for line in &all[front..] {
        if let Some(open) = &skip {
            if open.ends_at(line.text) {
                skip = None;
            }
        } else {
            skip = Skip::beginning_at(line);
            if skip.is_none() && !line.text.trim_start().starts_with("<!--") {
                body.push(*line);
            }
        }
    }
    Lines { title, body }
}

fn split(text: &str) -> Vec<Line<'_>> {
    let mut start = if text.starts_with('\u{feff}') { 3 } else { 0 };
    text[start..]
        .split_inclusive('\n')
        .enumerate()
        .map(|(index, raw)| {
            let line = raw.strip_suffix('\n').unwrap_or(raw);
            let line = Line {
                number: index + 1,
                start,
                text: line.strip_suffix('\r').unwrap_or(line),
            };
            start += raw.len();
            line
        })
        .collect()
}

/// The front matter's title, and how many lines it takes: 0 when it is not closed.
fn front_matter(lines: &[Line<'_>]) -> (Option<String>, usize) {
    if lines
        .first()
        .is_none_or(|line| line.text.trim_end() != "---")
    {
        return (None, 0);
    }
    let is_end = |line: &Line<'_>| matches!(line.text.trim_end(), "---" | "...");
    let Some(end) = lines.iter().skip(1).position(is_end) else {
        return (None, 0);
    };
    let title = lines[1..=end]
        .iter()
        .find_map(|line| line.text.strip_prefix("title:"))
        .map(|value| unquote(value.trim()).trim().to_owned())
        .filter(|title| !title.is_empty());
    (title, end + 2)
}

fn unquote(value: &str) -> &str {
    for quote in ['"', '\''] {
        if let Some((inner, rest)) = value
            .strip_prefix(quote)
            .and_then(|inner| inner.rsplit_once(quote))
            && (rest.is_empty() || rest.trim_start().starts_with('#'))
        {
            return inner;
        }
    }
    value.split_once(" #").map_or(value, |(value, _)| value)
}

/// A block that is passed over to its end.
#[derive(Debug)]
enum Skip {
    /// A code block and the fence that closes it: its sign and least length.
    Fence(char, usize),
    Comment,
}

impl Skip {
    /// The block that begins on this line and does not end on it.
    fn beginning_at(line: &Line<'_>) -> Option<Self> {
        let text = line.text.trim_start();
        if let Some(comment) = text.strip_prefix("<!--") {
            return (!comment.contains("-->")).then_some(Self::Comment);
        }
        // A fence may be the first thing in a list item.
        let item = Item::read(line).filter(|item| item.mark.is_none());
        fence(text).or_else(|| fence(item?.text))
    }

    fn ends_at(&self, text: &str) -> bool {
        match *self {
            Self::Comment => text.contains("-->"),
            Self::Fence(sign, length) => {
                let text = text.trim();
                text.chars().count() >= length && text.chars().all(|c| c == sign)
            }
        }
    }
}

fn fence(text: &str) -> Option<Skip> {
    let sign = text.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let length = text.chars().take_while(|c| *c == sign).count();
    // A back-tick after the opening ones makes it inline code.
    let is_inline = sign == '`' && text[length..].contains('`');
    (length >= 3 && !is_inline).then_some(Skip::Fence(sign, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(text: &str) -> Vec<&str> {
        read(text).body.iter().map(|line| line.text).collect()
    }

    #[test]
    fn code_comments_and_front_matter_are_not_read() {
        let text = "---\ntitle: 'A: b' # c\n---\na\n```sh\n- [ ] x\n``\n```\nb\n~~~~\n~~~\n~~~~\n\
                    <!-- c -->\n<!--\nd\n-->\ne\n- ```\n  f\n  ```\ng ```h```\n```h```\n";
        assert_eq!(body(text), ["a", "b", "e", "g ```h```", "```h```"]);
        assert_eq!(read(text).title.as_deref(), Some("A: b"));
        let plain = read("---\ntitle: a#b # c\n---\n");
        assert_eq!(plain.title.as_deref(), Some("a#b"));
    }

    #[test]
    fn front_matter_that_is_not_closed_is_text() {
        assert_eq!(body("---\na\n"), ["---", "a"]);
        assert_eq!(body(""), [""; 0]);
        assert_eq!(body("---"), ["---"]);
        assert_eq!(body("---\n---"), [""; 0]);
    }

    #[test]
    fn offsets_survive_bom_and_crlf() {
        let text = "\u{feff}a\r\n가\r\nc";
        let lines = read(text).body;
        assert_eq!(lines.len(), 3);
        for line in lines {
            assert_eq!(&text[line.start..line.start + line.text.len()], line.text);
        }
    }
}
