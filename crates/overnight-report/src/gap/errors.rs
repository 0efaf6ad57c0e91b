//! What is read wrong: kinds of errors, kinds of characters, and what is taken for what.

use overnight_record::result::{ClassErrorCounts, CompareResult, Confusion, ErrorCounts, Side};

use super::grid::{Grid, number, words};
use super::section::Section;
use super::words::{Name, Prose};
use super::{both_sides, names, row};
use crate::number::{dash, share64, whole};
use crate::text;
use crate::verdict::capitalised;

/// Confusions shown of each side.
const MAX_CONFUSIONS: usize = 12;

/// The section; `None` when no errors were counted.
pub(super) fn section(compare: &CompareResult) -> Option<Section> {
    let sides = [&compare.baseline.errors, &compare.candidate.errors];
    if sides
        .iter()
        .all(|errors| **errors == ErrorCounts::default())
    {
        return None;
    }
    let mut section = Section::new(
        "What is read wrong",
        &["baseline.errors", "candidate.errors"],
    );
    section.table(kinds(compare));
    section.note("Of 100 characters of the references of a side's own readable samples. Texts have several least ways into each other; one of them is counted, so the sum is the distance and its parts are one of several possible.");
    if sides.iter().any(|errors| !errors.classes.is_empty()) {
        section.heading("By kind of character");
        section.table(classes(compare));
        section.note("Misread: taken for another character or not read, of those in the references. Too much: read where nothing of the kind is.");
    }
    if sides.iter().any(|errors| !errors.confusions.is_empty()) {
        section.heading("Most frequent errors");
        section.table(confusions(compare));
    }
    Some(section)
}

fn kinds(compare: &CompareResult) -> Grid {
    let mut grid = both_sides(compare, words("Kind of error"));
    let cell =
        |n: u64, side: &Side| format!("{} ({})", whole(n), share64(n, side.cer.reference_len));
    let total = |errors: &ErrorCounts| errors.substitutions + errors.deletions + errors.insertions;
    for cells in [
        row(compare, "Taken for another (substitution)", |side| {
            cell(side.errors.substitutions, side)
        }),
        row(compare, "Not read (deletion)", |side| {
            cell(side.errors.deletions, side)
        }),
        row(compare, "Read and not there (insertion)", |side| {
            cell(side.errors.insertions, side)
        }),
        row(compare, "Together", |side| cell(total(&side.errors), side)),
    ] {
        grid.row(cells);
    }
    grid
}

fn classes(compare: &CompareResult) -> Grid {
    let (baseline, candidate) = names(compare);
    let mut grid = Grid::new([
        words("Kind of character"),
        number("In the references"),
        number(format!("Misread by {baseline}")),
        number(format!("Misread by {candidate}")),
        number(format!("Too much by {baseline}")),
        number(format!("Too much by {candidate}")),
    ]);
    let sides = [&compare.baseline.errors, &compare.candidate.errors];
    let mut found: Vec<&str> = Vec::new();
    for class in sides.iter().flat_map(|errors| &errors.classes) {
        if !found.contains(&class.class.as_str()) {
            found.push(&class.class);
        }
    }
    for class in found {
        let both = sides.map(|errors| errors.classes.iter().find(|it| it.class == class));
        let misread = |side: Option<&ClassErrorCounts>| {
            side.map_or_else(dash, |it| {
                let wrong = it.substituted + it.deleted;
                format!("{} ({})", whole(wrong), share64(wrong, it.n_ref))
            })
        };
        let inserted =
            |side: Option<&ClassErrorCounts>| side.map_or_else(dash, |it| whole(it.inserted));
        grid.row([
            format!("{}", Prose(&capitalised(class))),
            in_references(both),
            misread(both[0]),
            misread(both[1]),
            inserted(both[0]),
            inserted(both[1]),
        ]);
    }
    grid
}

/// Characters of a kind: one number, or both where the sides read different samples.
fn in_references(both: [Option<&ClassErrorCounts>; 2]) -> String {
    match both {
        [Some(a), Some(b)] if a.n_ref != b.n_ref => {
            format!("{}, {}", whole(a.n_ref), whole(b.n_ref))
        }
        [Some(it), _] | [None, Some(it)] => whole(it.n_ref),
        [None, None] => dash(),
    }
}

fn confusions(compare: &CompareResult) -> Grid {
    let (baseline, candidate) = names(compare);
    let mut grid = Grid::new([
        words("Rank"),
        words(format!("{baseline} read")),
        number("Times"),
        words(format!("{candidate} read")),
        number("Times"),
    ]);
    let sides = [
        &compare.baseline.errors.confusions,
        &compare.candidate.errors.confusions,
    ];
    let n = sides.iter().map(|it| it.len()).max().unwrap_or(0);
    for rank in 0..n.min(MAX_CONFUSIONS) {
        let of = |side: usize| sides[side].get(rank);
        let times = |side: usize| of(side).map_or_else(dash, |it| whole(it.n));
        grid.row([
            (rank + 1).to_string(),
            of(0).map_or_else(dash, taken),
            times(0),
            of(1).map_or_else(dash, taken),
            times(1),
        ]);
    }
    grid
}

/// What was taken for what: `5 as S`, `␣ not at all`, `. where nothing is`.
fn taken(confusion: &Confusion) -> String {
    let shown = |unit: &str| text::clipped(&text::glyphs(unit), 24);
    let reference = shown(&confusion.reference);
    let hypothesis = shown(&confusion.hypothesis);
    match (reference.is_empty(), hypothesis.is_empty()) {
        (false, false) => format!("{} as {}", Name(&reference), Name(&hypothesis)),
        (false, true) => format!("{} not at all", Name(&reference)),
        (true, _) => format!("{} where nothing is", Name(&hypothesis)),
    }
}
