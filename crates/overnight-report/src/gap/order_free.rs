//! Scores that do not ask for the order of the text.

use overnight_record::result::{BagScore, CompareResult, OrderFreeScore, Side};

use super::grid::words;
use super::section::Section;
use super::{both_sides, row};
use crate::number::{count, dash, fixed, percent_or_dash, whole};

/// The section; `None` when neither side has such scores.
pub(super) fn section(compare: &CompareResult) -> Option<Section> {
    let sides = [&compare.baseline, &compare.candidate];
    if sides.iter().all(|side| side.order_free.is_none()) {
        return None;
    }
    let mut section = Section::new(
        "Text without its order",
        &["baseline.order_free", "candidate.order_free"],
    );
    let mut grid = both_sides(compare, words("Whatever order the text is in"));
    let cell = |side: &Side, of: &dyn Fn(&OrderFreeScore) -> String| {
        side.order_free.as_ref().map_or_else(dash, of)
    };
    for cells in [
        row(compare, "CER micro, in order, for comparison", |side| {
            percent_or_dash(side.cer.micro, None)
        }),
        row(compare, "Characters, F1 (precision, recall)", |side| {
            cell(side, &|it| bag(&it.characters))
        }),
        row(compare, "Words, F1 (precision, recall)", |side| {
            cell(side, &|it| bag(&it.words))
        }),
        row(
            compare,
            "Lines read exactly / lines of the references",
            |side| {
                cell(side, &|it| {
                    format!("{} / {}", whole(it.lines.exact), whole(it.lines.n_ref))
                })
            },
        ),
        row(compare, "CER with each line at its best place", |side| {
            cell(side, &|it| percent_or_dash(it.lines.cer, None))
        }),
        row(compare, "1-NED of matched lines", |side| {
            cell(side, &|it| {
                it.lines
                    .one_minus_ned
                    .map_or_else(dash, |value| fixed(value, 3))
            })
        }),
        row(compare, "Samples", |side| cell(side, &|it| count(it.n))),
    ] {
        grid.row(cells);
    }
    section.table(grid);
    section.note("A high CER beside a high F1 of characters is a matter of reading order (columns, tables): the text was read and stands in another place. When both are bad, it was read wrong.");
    Some(section)
}

fn bag(score: &BagScore) -> String {
    format!(
        "{} ({}, {})",
        percent_or_dash(score.f1, None),
        percent_or_dash(score.precision, None),
        percent_or_dash(score.recall, None)
    )
}
