//! Scores that do not ask for the order of the text.

use overnight_record::result::{Aggregate, BagScore, OrderFreeScore};

use super::columns::{self, Told};
use super::grid::{Grid, words};
use super::section::Section;
use crate::number::{count, dash, fixed, percent_or_dash, whole};

/// Scores without order, and the rate in order.
pub(super) type OrderFree<'a> = (Option<&'a OrderFreeScore>, &'a Aggregate);

/// The section; `None` when there are no such scores.
pub(super) fn section(columns: &[Told<'_, OrderFree<'_>>]) -> Option<Section> {
    if columns.iter().all(|it| it.of.0.is_none()) {
        return None;
    }
    let mut section = Section::new(
        "Text without its order",
        columns::fields(columns, &["order_free"]),
    );
    for columns in columns::tables(columns) {
        section.table(table(columns));
    }
    section.note("A high CER beside a high F1 of characters is a matter of reading order (columns, tables): the text was read and stands in another place. When both are bad, it was read wrong.");
    Some(section)
}

fn table(columns: &[Told<'_, OrderFree<'_>>]) -> Grid {
    type Cell = fn(&OrderFreeScore) -> String;
    let mut grid = columns::grid(columns, words("Whatever order the text is in"), "Score");
    grid.row(columns::row(
        columns,
        "CER micro, in order, for comparison",
        |(_, cer)| percent_or_dash(cer.micro, None),
    ));
    let rows: [(&str, Cell); 6] = [
        ("Characters, F1 (precision, recall)", |it| {
            bag(&it.characters)
        }),
        ("Words, F1 (precision, recall)", |it| bag(&it.words)),
        ("Lines read exactly / lines of the references", |it| {
            format!("{} / {}", whole(it.lines.exact), whole(it.lines.n_ref))
        }),
        ("CER with each line at its best place", |it| {
            percent_or_dash(it.lines.cer, None)
        }),
        ("1-NED of matched lines", |it| {
            it.lines
                .one_minus_ned
                .map_or_else(dash, |value| fixed(value, 3))
        }),
        ("Samples", |it| count(it.n)),
    ];
    for (title, of) in rows {
        grid.row(columns::row(columns, title, |(score, _)| {
            score.map_or_else(dash, of)
        }));
    }
    let left_out = columns::row(
        columns,
        "Samples whose lines were not matched",
        |it| match it.0.map_or(0, |score| score.lines.n_left_out) {
            0 => dash(),
            n => count(n),
        },
    );
    grid.row_unless_empty(left_out);
    grid
}

fn bag(score: &BagScore) -> String {
    format!(
        "{} ({}, {})",
        percent_or_dash(score.f1, None),
        percent_or_dash(score.precision, None),
        percent_or_dash(score.recall, None)
    )
}
