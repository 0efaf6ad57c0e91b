//! A Markdown document as GitHub shows it: text is escaped, tables are aligned in the source too.

use crate::gap::{Origin, Words};
use crate::text;

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Align {
    Left,
    Right,
}

/// Escapes text so that Markdown shows it as it is, on one line.
pub(crate) fn plain(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    for c in text::line(raw).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '$' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
    }
    out
}

/// Text as a code span, safe in a table too.
pub(crate) fn code(raw: &str) -> String {
    let raw = text::line(raw);
    if raw.is_empty() {
        return String::new();
    }
    let fence = "`".repeat(longest_backticks(&raw) + 1);
    let pad = if raw.starts_with('`') || raw.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{}{pad}{fence}", raw.replace('|', "\\|"))
}

/// Words of ours as they are, names as code, other text from outside escaped.
pub(crate) fn marked(words: &Words) -> String {
    words
        .runs()
        .into_iter()
        .map(|run| match run.origin {
            Origin::Ours => run.text.to_owned(),
            Origin::Name => code(run.text),
            Origin::Prose => plain(run.text),
        })
        .collect()
}

fn longest_backticks(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or_default()
}

/// A table; every cell is Markdown already.
#[derive(Debug)]
pub(crate) struct Table {
    header: Vec<(String, Align)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns.
    pub(crate) fn new(columns: &[(&str, Align)]) -> Self {
        let columns = columns
            .iter()
            .map(|(title, align)| ((*title).to_owned(), *align));
        Self::with(columns.collect())
    }

    /// A table with these columns, their titles Markdown already.
    pub(crate) fn with(header: Vec<(String, Align)>) -> Self {
        Self {
            header,
            rows: Vec::new(),
        }
    }

    /// Adds a row.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.cells(cells.into());
    }

    /// Adds a row of as many cells as there are columns.
    pub(crate) fn cells(&mut self, cells: Vec<String>) {
        let n = self.header.len();
        assert_eq!(cells.len(), n, "a row has a cell for every column");
        self.rows.push(cells);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    fn render(&self) -> String {
        let width = |column: usize, title: &str| {
            let cells = self.rows.iter().map(|row| row[column].chars().count());
            cells.chain([title.chars().count(), 3]).max().unwrap_or(3)
        };
        let widths: Vec<usize> = self
            .header
            .iter()
            .enumerate()
            .map(|(i, (title, _))| width(i, title))
            .collect();
        let aligns: Vec<Align> = self.header.iter().map(|(_, align)| *align).collect();
        let line = |cells: Vec<&str>| {
            let mut out = String::from("|");
            for ((cell, width), align) in cells.iter().zip(&widths).zip(&aligns) {
                let gap = " ".repeat(width - cell.chars().count());
                match align {
                    Align::Left => out.push_str(&format!(" {cell}{gap} |")),
                    Align::Right => out.push_str(&format!(" {gap}{cell} |")),
                }
            }
            out.push('\n');
            out
        };
        let mut out = line(
            self.header
                .iter()
                .map(|(title, _)| title.as_str())
                .collect(),
        );
        out.push('|');
        for (width, align) in widths.iter().zip(&aligns) {
            match align {
                Align::Left => out.push_str(&format!(" {} |", "-".repeat(*width))),
                Align::Right => out.push_str(&format!(" {}: |", "-".repeat(width - 1))),
            }
        }
        out.push('\n');
        for row in &self.rows {
            out.push_str(&line(row.iter().map(String::as_str).collect()));
        }
        out
    }
}

/// A document under construction; blocks are separated by one empty line.
#[derive(Debug, Default)]
pub(crate) struct Document(String);

impl Document {
    fn block(&mut self, text: &str) {
        if !self.0.is_empty() {
            self.0.push('\n');
        }
        self.0.push_str(text.trim_end());
        self.0.push('\n');
    }

    /// A heading of that level.
    pub(crate) fn heading(&mut self, level: usize, markdown: &str) {
        self.block(&format!("{} {markdown}", "#".repeat(level)));
    }

    /// A paragraph of Markdown.
    pub(crate) fn paragraph(&mut self, markdown: &str) {
        self.block(markdown);
    }

    /// A list of Markdown items.
    pub(crate) fn list<S: AsRef<str>>(&mut self, items: &[S]) {
        let lines: Vec<String> = items.iter().map(|i| format!("- {}", i.as_ref())).collect();
        if !lines.is_empty() {
            self.block(&lines.join("\n"));
        }
    }

    /// A command in a block of its own.
    pub(crate) fn command(&mut self, command: &str) {
        let command = text::line(command);
        let fence = "`".repeat(longest_backticks(&command).max(2) + 1);
        self.block(&format!("{fence}console\n{command}\n{fence}"));
    }

    /// A table, unless it has no rows.
    pub(crate) fn table(&mut self, table: &Table) {
        if !table.is_empty() {
            self.block(&table.render());
        }
    }

    /// The document.
    pub(crate) fn finish(self) -> String {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_outside_stays_text() {
        assert_eq!(
            plain("<script>a|b</script> *x* [y](z) `c` &lt;"),
            "&lt;script&gt;a\\|b&lt;/script&gt; \\*x\\* \\[y\\](z) \\`c\\` &amp;lt;"
        );
        assert_eq!(code("a `b` | c"), "``a `b` \\| c``");
        assert_eq!(code("`x`"), "`` `x` ``");
        assert_eq!(plain("two\nlines"), "two lines");
    }

    #[test]
    fn tables_are_aligned_in_the_source() {
        let mut table = Table::new(&[("Stage", Align::Left), ("ms", Align::Right)]);
        table.row(["detection".to_owned(), "7".to_owned()]);
        let mut document = Document::default();
        document.table(&table);
        insta::assert_snapshot!(document.finish(), @r"
        | Stage     |  ms |
        | --------- | --: |
        | detection |   7 |
        ");
    }
}
