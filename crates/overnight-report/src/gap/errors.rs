//! What is read wrong: kinds of errors, kinds of characters, and what is taken for what.

use overnight_record::result::{Aggregate, ClassErrorCounts, Confusion, ErrorCounts};

use super::columns::{self, Told};
use super::grid::{Grid, number, words};
use super::section::Section;
use super::words::{Name, Prose};
use crate::number::{dash, share64, whole};
use crate::text;
use crate::text::capitalised;

/// Confusions shown of each column.
const MAX_CONFUSIONS: usize = 12;

/// Errors, and the rate whose distances they make up.
pub(super) type Errors<'a> = (&'a ErrorCounts, &'a Aggregate);

/// The section; `None` when no errors were counted. `whose` says whose references are meant.
pub(super) fn section(columns: &[Told<'_, Errors<'_>>], whose: &str) -> Option<Section> {
    let mut counts = columns.iter().map(|it| it.of.0);
    if counts.all(|errors| *errors == ErrorCounts::default()) {
        return None;
    }
    let mut section = Section::new("What is read wrong", columns::fields(columns, &["errors"]));
    for columns in columns::tables(columns) {
        section.table(kinds(columns));
    }
    section.note(format!("Of 100 characters of the references of {whose}. Texts have several least ways into each other; one of them is counted, so the sum is the distance and its parts are one of several possible."));
    if columns.iter().any(|it| !it.of.0.classes.is_empty()) {
        section.heading("By kind of character");
        for columns in columns::tables(columns) {
            section.table(classes(columns));
        }
        section.note("Misread: taken for another character or not read, of those in the references. Too much: read where nothing of the kind is.");
    }
    if columns.iter().any(|it| !it.of.0.confusions.is_empty()) {
        section.heading("Most frequent errors");
        for columns in columns::tables(columns) {
            section.table(confusions(columns));
        }
    }
    Some(section)
}

fn kinds(columns: &[Told<'_, Errors<'_>>]) -> Grid {
    type Kind = fn(&ErrorCounts) -> u64;
    let mut grid = columns::grid(columns, words("Kind of error"), "Characters");
    let kinds: [(&str, Kind); 4] = [
        ("Taken for another (substitution)", |it| it.substitutions),
        ("Not read (deletion)", |it| it.deletions),
        ("Read and not there (insertion)", |it| it.insertions),
        ("Together", |it| {
            it.substitutions + it.deletions + it.insertions
        }),
    ];
    for (title, of) in kinds {
        grid.row(columns::row(columns, title, |(errors, cer)| {
            let n = of(errors);
            format!("{} ({})", whole(n), share64(n, cer.reference_len))
        }));
    }
    grid
}

fn classes(columns: &[Told<'_, Errors<'_>>]) -> Grid {
    let mut titles = vec![words("Kind of character"), number("In the references")];
    for what in ["Misread", "Too much"] {
        titles.extend(columns.iter().map(|it| number(it.label.whose(what, "by"))));
    }
    let mut grid = Grid::new(titles);
    let mut found: Vec<&str> = Vec::new();
    for class in columns.iter().flat_map(|it| &it.of.0.classes) {
        if !found.contains(&class.class.as_str()) {
            found.push(&class.class);
        }
    }
    for class in found {
        let all: Vec<Option<&ClassErrorCounts>> = columns
            .iter()
            .map(|it| it.of.0.classes.iter().find(|it| it.class == class))
            .collect();
        let misread = all.iter().map(|counts| {
            counts.map_or_else(dash, |it| {
                let wrong = it.substituted + it.deleted;
                format!("{} ({})", whole(wrong), share64(wrong, it.n_ref))
            })
        });
        let inserted = all
            .iter()
            .map(|counts| counts.map_or_else(dash, |it| whole(it.inserted)));
        let mut cells = vec![
            format!("{}", Prose(&capitalised(class))),
            in_references(&all),
        ];
        cells.extend(misread);
        cells.extend(inserted);
        grid.row(cells);
    }
    grid
}

/// Characters of a kind: one number, or all where they differ, as when the sides read
/// different samples.
fn in_references(all: &[Option<&ClassErrorCounts>]) -> String {
    let mut numbers: Vec<u64> = all.iter().flatten().map(|it| it.n_ref).collect();
    numbers.dedup();
    let shown: Vec<String> = numbers.into_iter().map(whole).collect();
    shown.join(", ")
}

fn confusions(columns: &[Told<'_, Errors<'_>>]) -> Grid {
    let mut titles = vec![words("Rank")];
    for column in columns {
        titles.extend([words(column.label.read()), number("Times")]);
    }
    let mut grid = Grid::new(titles);
    let lengths = columns.iter().map(|it| it.of.0.confusions.len());
    let n = lengths.max().unwrap_or(0);
    for rank in 0..n.min(MAX_CONFUSIONS) {
        let mut cells = vec![(rank + 1).to_string()];
        for column in columns {
            let of = column.of.0.confusions.get(rank);
            cells.push(of.map_or_else(dash, taken));
            cells.push(of.map_or_else(dash, |it| whole(it.n)));
        }
        grid.row(cells);
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
