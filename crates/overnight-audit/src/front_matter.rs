//! The YAML block at the top of a document, read with the byte span of every field.
//!
//! Only the top level is looked at, through the parser's events: they show duplicate keys
//! and exact places, which a tree of values does not.

use std::ops::Range;

use saphyr_parser::{Event, Parser, ScalarStyle};

/// What stands at the top of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FrontMatter {
    /// No front matter.
    Absent,
    /// Front matter that cannot be used.
    Broken {
        /// Line from 1.
        line: u32,
        /// What is wrong, as a sentence fragment.
        problem: String,
        /// Where the text after the block begins, when the block has an end.
        body: Option<usize>,
    },
    /// A block of fields.
    Fields(FieldBlock),
}

/// A block of `field: value` lines between two `---` lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldBlock {
    /// Bytes between the fences.
    pub yaml: Range<usize>,
    /// Where the text after the closing fence begins.
    pub body: usize,
    /// The fields in their order.
    pub fields: Vec<Field>,
    /// White space before each field name.
    pub indent: String,
    /// Whether the fields are written in braces, on which no line can be added.
    pub is_flow: bool,
}

/// One top-level field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub key: String,
    /// Line from 1 in the file.
    pub line: u32,
    /// Column in characters from 1.
    pub column: u32,
    /// Its value.
    pub value: Value,
}

/// The value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing, `~` or `null`.
    Empty,
    /// One piece of text.
    Scalar {
        /// The text, unquoted.
        text: String,
        /// Its bytes in the file, quotes included.
        span: Range<usize>,
        /// How it is quoted.
        quote: Quote,
    },
    /// A list, a nested table or an alias.
    Other,
}

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quote {
    /// As it is.
    Plain,
    /// In single quotes.
    Single,
    /// In double quotes.
    Double,
    /// As an indented block.
    Block,
}

impl FieldBlock {
    /// The field called `key`.
    pub fn field(&self, key: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    /// Whether every one-line text value is in double quotes, so that a new one should be too.
    pub fn prefers_quotes(&self) -> bool {
        let mut quotes = self.fields.iter().filter_map(|field| match field.value {
            Value::Scalar { quote, .. } if quote != Quote::Block => Some(quote),
            _ => None,
        });
        quotes.next() == Some(Quote::Double) && quotes.all(|quote| quote == Quote::Double)
    }
}

/// Reads the front matter of `text`, which has no byte order mark before offset `start`.
pub(crate) fn read(text: &str, start: usize) -> FrontMatter {
    let rest = &text[start..];
    let lead = rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    let mut lines = Lines::new(text, start + lead);
    if !lines.next().is_some_and(|line| is_fence(&text[line])) {
        return FrontMatter::Absent;
    }
    let opening_end = lines.at;
    let Some(closing) = lines.find(|line| is_fence(&text[line.clone()])) else {
        return if lead == 0 {
            FrontMatter::Broken {
                line: 1,
                problem: "the opening `---` has no closing `---`".to_owned(),
                body: None,
            }
        } else {
            // A thematic break in a document without front matter.
            FrontMatter::Absent
        };
    };
    let yaml = opening_end..closing.start;
    let parsed = fields(text, yaml.clone(), closing.end);
    match parsed {
        _ if lead == 0 => parsed,
        FrontMatter::Fields(block) if !block.fields.is_empty() => FrontMatter::Broken {
            line: line_at(text, start + lead),
            problem: "front matter stands below an empty line; it must begin the file".to_owned(),
            body: Some(closing.end),
        },
        _ => FrontMatter::Absent,
    }
}

/// Byte ranges of lines, their ends included.
struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str, at: usize) -> Self {
        Self { text, at }
    }
}

impl Iterator for Lines<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let rest = &self.text[self.at..];
        if rest.is_empty() {
            return None;
        }
        let start = self.at;
        self.at += rest.find('\n').map_or(rest.len(), |end| end + 1);
        Some(start..self.at)
    }
}

fn is_fence(line: &str) -> bool {
    line.trim_end() == "---"
}

/// Line from 1 of byte `at`.
pub(crate) fn line_at(text: &str, at: usize) -> u32 {
    let breaks = text.as_bytes()[..at]
        .iter()
        .filter(|b| **b == b'\n')
        .count();
    u32::try_from(breaks).map_or(u32::MAX, |n| n.saturating_add(1))
}

/// The event walk over the top level of the block.
struct Walk<'a> {
    yaml: &'a str,
    offset: usize,
    first_line: u32,
    /// Byte offset of each character, and of the end.
    bytes: Vec<usize>,
    depth: usize,
    pending: Option<(String, u32, u32)>,
    block: FieldBlock,
    problem: Option<(u32, String)>,
}

fn fields(text: &str, yaml: Range<usize>, body: usize) -> FrontMatter {
    let source = &text[yaml.clone()];
    let mut bytes: Vec<usize> = source.char_indices().map(|(at, _)| at).collect();
    bytes.push(source.len());
    let mut walk = Walk {
        yaml: source,
        offset: yaml.start,
        first_line: line_at(text, yaml.start),
        bytes,
        depth: 0,
        pending: None,
        block: FieldBlock {
            yaml,
            body,
            fields: Vec::new(),
            indent: String::new(),
            is_flow: false,
        },
        problem: None,
    };
    walk.run();
    match walk.problem {
        Some((line, problem)) => FrontMatter::Broken {
            line,
            problem,
            body: Some(body),
        },
        None => FrontMatter::Fields(walk.block),
    }
}

impl Walk<'_> {
    fn run(&mut self) {
        let mut parser = Parser::new_from_str(self.yaml);
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = match event {
                Ok(event) => event,
                Err(error) => {
                    let line = self.line(error.marker().line());
                    return self.fail(line, format!("not valid YAML: {}", error.info()));
                }
            };
            let range = self.byte(span.start.index())..self.byte(span.end.index());
            let (line, column) = (span.start.line(), span.start.col());
            match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        let line = self.line(line);
                        return self.fail(line, "more than one YAML document".to_owned());
                    }
                }
                Event::MappingStart(..) => {
                    if self.depth == 0 {
                        self.block.is_flow = self.yaml[range.start..].starts_with('{');
                    }
                    self.open();
                }
                Event::SequenceStart(..) if self.depth == 0 => return self.not_fields(line),
                Event::SequenceStart(..) => self.open(),
                Event::MappingEnd | Event::SequenceEnd => self.depth -= 1,
                Event::Alias(_) if self.depth == 1 => self.place_other(),
                Event::Scalar(text, style, _, _) => match self.depth {
                    0 if text.is_empty() && style == ScalarStyle::Plain => {}
                    0 => return self.not_fields(line),
                    1 => self.scalar(&text, style, range, line, column),
                    _ => {}
                },
                _ => {}
            }
            if self.problem.is_some() {
                return;
            }
        }
    }

    /// A collection begins: at the top level it is a field's value (or an odd key).
    fn open(&mut self) {
        if self.depth == 1 {
            self.place_other();
        }
        self.depth += 1;
    }

    fn place_other(&mut self) {
        match self.pending.take() {
            Some(key) => self.push(key, Value::Other),
            // A list, a table or an alias as a key: nothing any rule asks for.
            None => self.pending = Some(("?".to_owned(), 0, 0)),
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        range: Range<usize>,
        line: usize,
        column: usize,
    ) {
        let Some(key) = self.pending.take() else {
            if self.block.fields.is_empty() && !self.block.is_flow {
                let line_start = self.yaml[..range.start].rfind('\n').map_or(0, |at| at + 1);
                let before = &self.yaml[line_start..range.start];
                if before.trim().is_empty() {
                    before.clone_into(&mut self.block.indent);
                } else {
                    // A tag, an anchor or `? ` before the first key.
                    self.block.is_flow = true;
                }
            }
            let column = u32::try_from(column).map_or(u32::MAX, |n| n.saturating_add(1));
            self.pending = Some((text.to_owned(), self.line(line), column));
            return;
        };
        let quote = match style {
            ScalarStyle::Plain => Quote::Plain,
            ScalarStyle::SingleQuoted => Quote::Single,
            ScalarStyle::DoubleQuoted => Quote::Double,
            ScalarStyle::Literal | ScalarStyle::Folded => Quote::Block,
        };
        let value = if quote == Quote::Plain && is_null(text) {
            Value::Empty
        } else {
            // The parser's span of a quoted scalar takes in a comment behind it.
            let end = range.start + written_len(&self.yaml[range.clone()], quote);
            Value::Scalar {
                text: text.to_owned(),
                span: self.offset + range.start..self.offset + end,
                quote,
            }
        };
        self.push(key, value);
    }

    fn push(&mut self, (key, line, column): (String, u32, u32), value: Value) {
        if let Some(first) = self.block.field(&key)
            && line > 0
        {
            let problem = format!(
                "field `{key}` occurs twice (lines {} and {line})",
                first.line
            );
            return self.fail(line, problem);
        }
        self.block.fields.push(Field {
            key,
            line,
            column,
            value,
        });
    }

    fn not_fields(&mut self, line: usize) {
        let line = self.line(line);
        self.fail(line, "the block holds no `field: value` lines".to_owned());
    }

    fn fail(&mut self, line: u32, problem: String) {
        self.problem = Some((line, problem));
    }

    /// Line in the file of a parser line, which counts from 1 within the block.
    fn line(&self, in_block: usize) -> u32 {
        let below = u32::try_from(in_block.saturating_sub(1)).unwrap_or(u32::MAX);
        self.first_line.saturating_add(below)
    }

    fn byte(&self, character: usize) -> usize {
        self.bytes
            .get(character)
            .copied()
            .unwrap_or(self.yaml.len())
    }
}

/// Length of the scalar that `raw` begins with, quotes included.
fn written_len(raw: &str, quote: Quote) -> usize {
    let mut characters = raw.char_indices().skip(1).peekable();
    while let Some((at, c)) = characters.next() {
        match (quote, c) {
            (Quote::Double, '\\') => {
                characters.next();
            }
            (Quote::Single, '\'') if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
            }
            (Quote::Double, '"') | (Quote::Single, '\'') => return at + 1,
            _ => {}
        }
    }
    raw.trim_end().len()
}

/// The plain forms of nothing in YAML's core schema.
fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(text: &str) -> FieldBlock {
        match read(text, 0) {
            FrontMatter::Fields(block) => block,
            other => panic!("{other:?}"),
        }
    }

    fn problem(text: &str) -> (u32, String) {
        match read(text, 0) {
            FrontMatter::Broken { line, problem, .. } => (line, problem),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn spans_are_bytes_of_the_file_whatever_the_script_and_line_end() {
        for eol in ["\n", "\r\n"] {
            let text = [
                "---",
                "제목: \"한국어 --- 제목\" # 주석",
                "status: active   # note",
                "tags:",
                "  - a",
                "notes: |",
                "  ---",
                "  more",
                "type: 'audit'",
                "empty:",
                "---",
                "본문",
            ]
            .join(eol);
            let block = block(&text);
            let seen: Vec<_> = block
                .fields
                .iter()
                .map(|field| match &field.value {
                    Value::Scalar {
                        text: t,
                        span,
                        quote,
                    } if *quote != Quote::Block => {
                        format!("{}={}={t}", field.key, &text[span.clone()])
                    }
                    Value::Scalar { .. } => format!("{}=block", field.key),
                    other => format!("{}={other:?}", field.key),
                })
                .collect();
            assert_eq!(
                seen,
                [
                    "제목=\"한국어 --- 제목\"=한국어 --- 제목",
                    "status=active=active",
                    "tags=Other",
                    "notes=block",
                    "type='audit'=audit",
                    "empty=Empty",
                ]
            );
            assert_eq!(block.field("type").unwrap().line, 9);
            assert_eq!(&text[block.body..], "본문");
        }
    }

    #[test]
    fn what_is_no_block_of_fields_is_said_with_its_line() {
        assert_eq!(read("# title\n", 0), FrontMatter::Absent);
        assert_eq!(read("", 0), FrontMatter::Absent);
        assert_eq!(read("text\n---\na: b\n---\n", 0), FrontMatter::Absent);
        assert_eq!(read("\n---\n\nsection\n\n---\n", 0), FrontMatter::Absent);
        assert!(problem("---\ntitle: x\n").1.contains("no closing"));
        assert!(
            problem("\n---\ntitle: x\n---\n")
                .1
                .contains("must begin the file")
        );
        assert!(problem("---\n- a\n---\n").1.contains("field: value"));
        assert_eq!(
            problem("---\na: 1\nb: 2\na: 3\n---\n"),
            (4, "field `a` occurs twice (lines 2 and 4)".to_owned())
        );
        let (line, text) = problem("---\ntitle: x\nb: [1, 2\n---\n");
        assert!(
            text.starts_with("not valid YAML") && line >= 3,
            "{line} {text}"
        );
        assert!(problem("---\na: 1\n...\nb: 2\n---\n").0 > 0);
    }

    #[test]
    fn indented_and_braced_blocks_are_known_as_such() {
        assert_eq!(block("---\n  a: 1\n  b: 2\n---\n").indent, "  ");
        assert!(block("---\n{a: 1, b: 2}\n---\n").is_flow);
        assert!(!block("---\n# only a comment\n---\n").is_flow);
        assert!(block("---\na: \"x\"\nb: \"y\"\nc: [1]\n---\n").prefers_quotes());
        assert!(!block("---\na: \"x\"\nb: y\n---\n").prefers_quotes());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "\\PC*", lines in proptest::collection::vec("[-a-c:#'\"\\[{|>& \t\r]{0,6}", 0..8)) {
            let _ = read(&text, 0);
            let _ = read(&format!("---\n{text}\n---\n"), 0);
            let _ = read(&format!("---\n{}\n---\nbody", lines.join("\n")), 0);
        }
    }
}
