//! Cutting a document into what has rules of its own: fences, tables, formulas that stand
//! alone, and the prose between them.

use super::{html, latex, prose};

/// Deepest fences within fences that are followed.
const MOST_DEPTH: usize = 3;

/// What a fence may say about its content so that it is read as part of the document.
const DOCUMENTS: [&str; 6] = ["markdown", "md", "html", "htm", "latex", "tex"];

/// LaTeX environments that stand in a document without marks around them, and whether they
/// are formulas.
const ENVIRONMENTS: [(&str, bool); 14] = [
    ("tabular", false),
    ("table", false),
    ("longtable", false),
    ("tabularx", false),
    ("equation", true),
    ("align", true),
    ("aligned", true),
    ("gather", true),
    ("gathered", true),
    ("multline", true),
    ("eqnarray", true),
    ("array", true),
    ("cases", true),
    ("matrix", true),
];

/// The text of a document whose lines end in `\n`.
pub(super) fn text(source: &str, depth: usize) -> String {
    let mut texts: Vec<String> = Vec::new();
    let mut outside: Vec<&str> = Vec::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = Fence::opened_by(line) else {
            outside.push(line);
            continue;
        };
        texts.push(without_tables(&outside.join("\n")));
        outside.clear();
        let inside: Vec<&str> = lines
            .by_ref()
            .take_while(|line| !fence.is_closed_by(line))
            .collect();
        let inside = inside.join("\n");
        let is_document = depth < MOST_DEPTH && DOCUMENTS.contains(&fence.content.as_str());
        texts.push(match fence.content.as_str() {
            "math" => latex::formula(&inside),
            _ if is_document => text(&inside, depth + 1),
            _ => inside,
        });
    }
    texts.push(without_tables(&outside.join("\n")));
    joined(texts)
}

fn joined(mut texts: Vec<String>) -> String {
    texts.retain(|text| !text.trim().is_empty());
    texts.join("\n")
}

/// A line of at least three backticks. Tildes, which Markdown allows as well, are rather a line
/// that was printed.
struct Fence {
    length: usize,
    /// The first word behind it, in lower case.
    content: String,
}

impl Fence {
    fn opened_by(line: &str) -> Option<Self> {
        let line = line.trim();
        let info = line.trim_start_matches('`');
        let length = line.len() - info.len();
        let is_fence = length >= 3 && !info.contains('`');
        is_fence.then(|| Self {
            length,
            content: info
                .split_whitespace()
                .next()
                .unwrap_or_default()
                .to_ascii_lowercase(),
        })
    }

    fn is_closed_by(&self, line: &str) -> bool {
        let line = line.trim();
        line.len() >= self.length && line.chars().all(|c| c == '`')
    }
}

/// The text of a part without fences: tables in HTML and LaTeX taken out of it.
fn without_tables(source: &str) -> String {
    let lower = source.to_ascii_lowercase();
    let mut texts = Vec::new();
    let mut at = 0;
    while let Some((found, range)) = next(source, &lower, at) {
        texts.push(without_pipes(&source[at..range.start]));
        let inside = &source[range.clone()];
        texts.push(match found {
            Found::Table => html::table(inside, &prose::line),
            Found::Rows => latex::table(inside),
            Found::Formula => latex::formula(inside),
        });
        at = range.end;
    }
    texts.push(without_pipes(&source[at..]));
    joined(texts)
}

enum Found {
    Table,
    Rows,
    Formula,
}

/// The next HTML table or LaTeX environment at or behind `at`; `lower` is the source in lower
/// case.
fn next(source: &str, lower: &str, at: usize) -> Option<(Found, std::ops::Range<usize>)> {
    let mut tables = lower[at..].match_indices("<table").map(|(i, _)| at + i);
    let table = tables.find(|i| html::tag(&source[*i..], "").is_some());
    let environment = source[at..]
        .match_indices("\\begin{")
        .find_map(|(i, begin)| {
            let name = source[at + i + begin.len()..].split_once('}')?.0;
            let bare = name.trim_end_matches('*');
            let (_, is_formula) = ENVIRONMENTS.iter().find(|(known, _)| *known == bare)?;
            Some((at + i, name, *is_formula))
        });
    match (table, environment) {
        (Some(start), environment) if environment.is_none_or(|(i, ..)| start < i) => {
            Some((Found::Table, start..end_of_table(lower, start)))
        }
        (_, Some((start, name, is_formula))) => {
            let end = format!("\\end{{{name}}}");
            let end = source[start..]
                .find(&end)
                .map_or(source.len(), |i| start + i + end.len());
            let found = if is_formula {
                Found::Formula
            } else {
                Found::Rows
            };
            Some((found, start..end))
        }
        _ => None,
    }
}

/// Where the table that begins at `start` ends, tables in its cells included; the end of the
/// text when it is never closed.
fn end_of_table(lower: &str, start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while let Some(i) = lower[at..].find('<') {
        at += i + 1;
        if lower[at..].starts_with("table") {
            depth += 1;
        } else if lower[at..].starts_with("/table") {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return lower[at..].find('>').map_or(lower.len(), |i| at + i + 1);
            }
        }
    }
    lower.len()
}

/// The text of a part in which tables can only be drawn with pipes. Every cell stays, also those
/// beyond the columns of the head, which Markdown's own rules drop.
fn without_pipes(source: &str) -> String {
    let lines: Vec<&str> = source.lines().collect();
    let mut texts = Vec::new();
    let mut outside = 0;
    let mut at = 0;
    while at + 1 < lines.len() {
        if !lines[at].contains('|') || !is_ruler(lines[at + 1]) {
            at += 1;
            continue;
        }
        texts.push(prose::text(&lines[outside..at].join("\n")));
        texts.push(row(lines[at]));
        at += 2;
        while at < lines.len() && lines[at].contains('|') {
            texts.push(row(lines[at]));
            at += 1;
        }
        outside = at;
    }
    texts.push(prose::text(&lines[outside..].join("\n")));
    joined(texts)
}

/// Whether a line is the one below a table's head, such as `|:--|---|`.
fn is_ruler(line: &str) -> bool {
    let line = line.trim();
    let is_cell = |cell: &str| {
        let cell = cell.trim();
        let dashes = cell.strip_prefix(':').unwrap_or(cell);
        let dashes = dashes.strip_suffix(':').unwrap_or(dashes);
        !dashes.is_empty() && dashes.chars().all(|c| c == '-')
    };
    line.contains('|') && inner(line).split('|').all(is_cell)
}

fn inner(line: &str) -> &str {
    let line = line.strip_prefix('|').unwrap_or(line);
    line.strip_suffix('|').unwrap_or(line)
}

fn row(line: &str) -> String {
    let mut cells = vec![String::new()];
    let mut is_guarded = false;
    for c in line.trim().chars() {
        let is_end = c == '|' && !is_guarded;
        if c == '|' && is_guarded {
            // The backslash was for the table.
            if let Some(cell) = cells.last_mut() {
                cell.pop();
            }
        }
        is_guarded = c == '\\' && !is_guarded;
        if is_end {
            cells.push(String::new());
        } else if let Some(cell) = cells.last_mut() {
            cell.push(c);
        }
    }
    let cells: Vec<String> = cells.iter().map(|cell| prose::line(cell)).collect();
    html::folded(&cells.join(" "))
}
