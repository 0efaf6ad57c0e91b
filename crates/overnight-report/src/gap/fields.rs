//! Key values such as the total of a receipt.

use overnight_record::result::FieldScore;

use super::columns::{self, Told};
use super::grid::{Grid, number, words};
use super::section::Section;
use super::words::Name;
use crate::number::{dash, fixed, share64, whole};

/// The section; `None` when the dataset has no key values.
pub(super) fn section(columns: &[Told<'_, &[FieldScore]>]) -> Option<Section> {
    if columns.iter().all(|it| it.of.is_empty()) {
        return None;
    }
    let mut section = Section::new("Key values", columns::fields(columns, &["fields"]));
    for columns in columns::tables(columns) {
        section.table(table(columns));
    }
    section.note("Found in the text: as far as a step behind the reader could find it, over all samples with the value. Exact: over the answers that name key values themselves; a reader that gives plain text names none.");
    Some(section)
}

fn table(columns: &[Told<'_, &[FieldScore]>]) -> Grid {
    type Cell = fn(&FieldScore) -> String;
    let shown: [(&str, &str, Cell); 3] = [
        ("In the text", "of", in_text),
        ("Exact", "by", exact),
        ("1-NED", "of", one_minus_ned),
    ];
    let mut titles = vec![words("Value"), number("Samples with it")];
    for (what, joint, _) in shown {
        titles.extend(columns.iter().map(|it| number(it.label.whose(what, joint))));
    }
    let mut grid = Grid::new(titles);
    let mut names: Vec<&str> = Vec::new();
    for field in columns.iter().flat_map(|it| it.of) {
        if !names.contains(&field.field.as_str()) {
            names.push(&field.field);
        }
    }
    for name in names {
        let all: Vec<Option<&FieldScore>> = columns
            .iter()
            .map(|it| it.of.iter().find(|it| it.field == name))
            .collect();
        let n = all.iter().flatten().map(|it| it.n).max().unwrap_or(0);
        let mut cells = vec![format!("{}", Name(name)), whole(n)];
        for (_, _, cell) in shown {
            cells.extend(all.iter().map(|field| field.map_or_else(dash, cell)));
        }
        grid.row(cells);
    }
    grid.without_empty_columns()
}

fn in_text(score: &FieldScore) -> String {
    format!(
        "{} ({})",
        whole(score.in_text),
        share64(score.in_text, score.n)
    )
}

fn exact(score: &FieldScore) -> String {
    if score.n_extracted == 0 {
        return dash();
    }
    format!("{} / {}", whole(score.exact), whole(score.n_extracted))
}

fn one_minus_ned(score: &FieldScore) -> String {
    score
        .one_minus_ned
        .map_or_else(dash, |value| fixed(value, 3))
}
