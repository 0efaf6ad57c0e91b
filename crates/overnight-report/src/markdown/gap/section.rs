//! A section of a study as Markdown.

use crate::facts::{Night, StepResult};
use crate::gap::{Block, Grid, Section};
use crate::markdown::document::{Align, Document, Table, code, marked};
use crate::number::count;

/// Rows of a long table that are shown; all of them are in the files.
const MAX_ROWS: usize = 25;

pub(super) fn render(document: &mut Document, section: &Section) {
    document.heading(3, section.title);
    for block in &section.blocks {
        match block {
            Block::Heading(words) => document.heading(4, &marked(words)),
            Block::Text(words) | Block::Note(words) => document.paragraph(&marked(words)),
            Block::List(items) => {
                document.list(&items.iter().map(marked).collect::<Vec<_>>());
            }
            Block::Table(grid) => document.table(&table(grid, usize::MAX)),
            Block::Long(summary, grid) => {
                document.paragraph(&format!("{}:", marked(summary)));
                document.table(&table(grid, MAX_ROWS));
                if grid.rows.len() > MAX_ROWS {
                    document.paragraph(&format!(
                        "{} more rows are in the files named below.",
                        count(grid.rows.len() - MAX_ROWS)
                    ));
                }
            }
            // Markdown has no place for a drawing that follows the reader's theme; the same
            // numbers stand in tables.
            Block::Plot(_) => {}
        }
    }
    let fields: Vec<String> = section.fields.iter().map(|field| code(field)).collect();
    document.paragraph(&format!("Recorded as {}.", fields.join(", ")));
}

/// Where the numbers of a study are recorded.
pub(super) fn recorded<B>(night: &Night, result: &StepResult<B>) -> String {
    format!(
        "Every number below is recorded in {}; each part names its fields.",
        code(&night.shown(&result.dir.join("result.json")))
    )
}

fn table(grid: &Grid, max: usize) -> Table {
    let columns: Vec<(String, Align)> = grid
        .columns
        .iter()
        .map(|column| {
            let align = if column.is_number {
                Align::Right
            } else {
                Align::Left
            };
            (marked(&column.title), align)
        })
        .collect();
    let mut table = Table::with(columns);
    for row in grid.rows.iter().take(max) {
        table.cells(row.iter().map(marked).collect());
    }
    table
}
