//! Key values such as the total of a receipt.

use overnight_record::result::{CompareResult, FieldScore, Side};

use super::grid::{Grid, number, words};
use super::names;
use super::section::Section;
use super::words::Name;
use crate::number::{dash, fixed, share64, whole};

/// The section; `None` when the dataset has no key values.
pub(super) fn section(compare: &CompareResult) -> Option<Section> {
    let sides = [&compare.baseline, &compare.candidate];
    let mut fields: Vec<&str> = Vec::new();
    for field in sides.iter().flat_map(|side| &side.fields) {
        if !fields.contains(&field.field.as_str()) {
            fields.push(&field.field);
        }
    }
    if fields.is_empty() {
        return None;
    }
    let (baseline, candidate) = names(compare);
    let mut section = Section::new("Key values", &["baseline.fields", "candidate.fields"]);
    let mut grid = Grid::new([
        words("Value"),
        number("Samples with it"),
        number(format!("In the text of {baseline}")),
        number(format!("In the text of {candidate}")),
        number(format!("Exact by {baseline}")),
        number(format!("Exact by {candidate}")),
        number(format!("1-NED of {baseline}")),
        number(format!("1-NED of {candidate}")),
    ]);
    for name in fields {
        let of = |side: &'_ Side| side.fields.iter().find(|it| it.field == name).cloned();
        let both = [of(&compare.baseline), of(&compare.candidate)];
        let cell =
            |i: usize, cell: fn(&FieldScore) -> String| both[i].as_ref().map_or_else(dash, cell);
        let n = both.iter().flatten().map(|it| it.n).max().unwrap_or(0);
        grid.row([
            format!("{}", Name(name)),
            whole(n),
            cell(0, in_text),
            cell(1, in_text),
            cell(0, exact),
            cell(1, exact),
            cell(0, one_minus_ned),
            cell(1, one_minus_ned),
        ]);
    }
    section.table(grid.without_empty_columns());
    section.note("Found in the text: as far as a step behind the reader could find it, over all samples with the value. Exact: over the answers that name key values themselves; a reader that gives plain text names none.");
    Some(section)
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
