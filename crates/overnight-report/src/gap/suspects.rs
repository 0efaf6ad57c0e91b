//! Samples whose reference may be wrong.

use overnight_record::result::{CompareResult, LabelSuspect};

use super::grid::{Grid, number, words};
use super::names;
use super::section::{Section, Topic};
use super::words::Name;
use crate::number::{count, counted, whole};
use crate::text;

/// The section; `None` when there is no such sample.
pub(super) fn section(compare: &CompareResult) -> Option<Section> {
    if compare.label_suspects.is_empty() {
        return None;
    }
    let (baseline, candidate) = names(compare);
    let listed = &compare.label_suspects;
    let n = compare.n_label_suspects.max(listed.len());
    let n_places: usize = listed.iter().map(|suspect| suspect.places.len()).sum();
    let mut section = Section::new(
        "References that may be wrong",
        ["n_label_suspects", "label_suspects"],
    )
    .about(Topic::Suspects);
    section.text(format!(
        "In {} {baseline} and {candidate} read the same where the reference has something else; {} listed, with {}.",
        counted(n, "sample"),
        if n == listed.len() {
            "all are".to_owned()
        } else {
            format!("the {} with most such places are", count(listed.len()))
        },
        counted(n_places, "place"),
    ));
    section.note("That two readers agree is evidence only as far as they are independent: two that learned from the same data, or see the same blur, make the same mistake. A person looks at the image before a reference is changed.");
    section.long("Every place", table(listed));
    Some(section)
}

fn table(suspects: &[LabelSuspect]) -> Grid {
    let mut grid = Grid::new([
        words("Sample"),
        number("After word"),
        words("The reference has"),
        words("Both read"),
        number("Characters, whole sample"),
        words("Image"),
    ]);
    for suspect in suspects {
        for place in &suspect.places {
            grid.row([
                format!("{}", Name(&suspect.id)),
                count(place.word),
                words_or_nothing(&place.reference),
                words_or_nothing(&place.both_read),
                whole(suspect.edits),
                format!("{}", Name(&suspect.image)),
            ]);
        }
    }
    grid
}

/// The words of a place, or that there are none.
pub(crate) fn words_or_nothing(text: &str) -> String {
    if text.trim().is_empty() {
        "nothing".to_owned()
    } else {
        format!("{}", Name(&text::clipped(text, 80)))
    }
}
