//! The lines of a document that are read: not front matter, code blocks or comments.

use super::PlanWarning;
use super::block::{self, Lists};

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
    /// Blocks that nothing closes.
    pub(super) warnings: Vec<PlanWarning>,
}

/// Takes a document apart.
pub(super) fn read(text: &str) -> Lines<'_> {
    let all = split(text);
    let (title, front) = front_matter(&all);
    let rest = &all[front..];
    let fences = block::longest_fences(rest);
    let mut body = Vec::new();
    let mut warnings = Vec::new();
    let mut lists = Lists::default();
    let mut index = 0;
    while let Some(line) = rest.get(index) {
        lists.enter(line);
        let Some(found) = block::beginning_at(line) else {
            body.push(*line);
            index += 1;
            continue;
        };
        let end = found.end(&rest[index..], &fences[index..], &lists);
        if !end.is_closed {
            warnings.push(PlanWarning {
                line: line.number,
                message: format!(
                    "the {} that begins here is not closed; nothing up to line {} is read",
                    found.noun(),
                    rest[index + end.lines - 1].number
                ),
            });
        }
        index += end.lines;
    }
    Lines {
        title,
        body,
        warnings,
    }
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

    #[test]
    fn a_fence_closes_where_markdown_closes_it() {
        // A deeper fence is content, a shorter one too, one of the other sign as well.
        assert_eq!(body("````md\n      ````\n```\n~~~~\n````\na\n"), ["a"]);
        assert_eq!(
            body("1. a\n   - b\n\n     ~~~sh\n     - [ ] x\n     ~~~~\n   - c\n"),
            ["1. a", "   - b", "", "   - c"]
        );
        // Code that is not indented as its fence is, as people write it.
        assert_eq!(body("- a\n  ```sh\n- [ ] x\n  ```\n- b\n"), ["- a", "- b"]);
    }

    #[test]
    fn what_nothing_closes_is_said() {
        let lines = read("- a\n  ```sh\n  x\n- b\n");
        assert_eq!(lines.body.len(), 2, "the list item ends its code");
        assert_eq!(
            lines.warnings[0].message,
            "the code block that begins here is not closed; nothing up to line 3 is read"
        );
        let lines = read("a\n```\nb\n");
        assert_eq!((lines.body.len(), lines.warnings[0].line), (1, 2));
        let lines = read("a\n<!--\nb\n");
        assert_eq!((lines.body.len(), lines.warnings[0].line), (1, 2));
        assert_eq!(read("<!-->\na\n<!-- b -->\nc").warnings, []);
    }

    #[test]
    fn preformatted_html_is_not_read() {
        let text = "<pre>\n- [ ] x\n</PRE>\na\n<details>\nb\n</details>\n<prefix>\n";
        assert_eq!(
            body(text),
            ["a", "<details>", "b", "</details>", "<prefix>"]
        );
    }
}
