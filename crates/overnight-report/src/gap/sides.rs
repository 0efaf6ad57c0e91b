//! Each side for itself: how much it read, and how well.

use std::collections::BTreeMap;

use overnight_record::PredictionStatus;
use overnight_record::result::{Aggregate, CompareResult, SampleScore, Side};

use super::grid::words;
use super::section::Section;
use super::words::{Name, Prose};
use super::{both_sides, row};
use crate::number::{count, counted, dash, percent, percent_or_dash, whole};

pub(super) fn section(compare: &CompareResult) -> Section {
    let mut section = Section::new("Both sides", &["baseline", "candidate"]);
    let mut grid = both_sides(compare, words("Over its own readable samples"));
    for cells in [
        row(compare, "Kind of backend", kind),
        row(compare, "Coverage (readable / all)", |side| {
            percent(side.coverage)
        }),
        row(compare, "Failures", |side| failures(&side.statuses)),
        row(compare, "CER micro [interval]", |side| {
            with_interval(&side.cer)
        }),
        row(compare, "CER macro", |side| {
            percent_or_dash(side.cer.macro_mean, None)
        }),
        row(compare, "CER macro, clipped to 1", |side| {
            percent_or_dash(side.cer.macro_clipped, None)
        }),
        row(compare, "CER median", |side| {
            percent_or_dash(side.cer.median, None)
        }),
        row(compare, "CER with failures counted as all wrong", |side| {
            percent_or_dash(side.cer.failures_as_one, None)
        }),
        row(compare, "Edits / reference length", |side| edits(&side.cer)),
        row(compare, "WER micro [interval]", |side| {
            with_interval(&side.wer)
        }),
    ] {
        grid.row(cells);
    }
    let sides = [&compare.baseline, &compare.candidate];
    if sides.iter().any(|side| side.raw.is_some()) {
        let raw = |cell: &dyn Fn(&overnight_record::result::RawScore) -> String, side: &Side| {
            side.raw.as_ref().map_or_else(dash, cell)
        };
        grid.row(row(
            compare,
            "Answers changed before they were scored",
            |side| raw(&|it| count(it.n_cleaned), side),
        ));
        grid.row(row(
            compare,
            "CER micro of the answers as they came",
            |side| raw(&|it| with_interval(&it.cer), side),
        ));
        grid.row(row(
            compare,
            "WER micro of the answers as they came",
            |side| raw(&|it| with_interval(&it.wer), side),
        ));
    }
    section.table(grid);
    section.note("Each side is judged on the samples it read itself; only the paired difference is on the same samples.");
    for side in sides {
        if let Some(raw) = &side.raw {
            section.note(format!(
                "{} of {} were changed before they were scored, such as a code fence taken off; both are kept in its predictions.",
                counted(raw.n_cleaned, "answer"),
                Name(&side.name)
            ));
        }
    }
    section
}

fn kind(side: &Side) -> String {
    side.backend.as_ref().map_or_else(dash, |backend| {
        format!("{}, {}", Name(&backend.kind), Prose(&backend.runtime))
    })
}

pub(super) fn with_interval(rate: &Aggregate) -> String {
    percent_or_dash(rate.micro, rate.interval.as_ref())
}

/// Edits over reference length, so that the rate can be checked by hand.
fn edits(rate: &Aggregate) -> String {
    format!("{} / {}", whole(rate.edits), whole(rate.reference_len))
}

/// Predictions that are not `ok`, by status: `2 empty, 1 timeout`, or `none`.
pub(crate) fn failures(statuses: &BTreeMap<PredictionStatus, usize>) -> String {
    let failed: Vec<String> = statuses
        .iter()
        .filter(|(status, n)| !status.is_scored() && **n > 0)
        .map(|(status, n)| format!("{} {}", count(*n), status.name().replace('_', " ")))
        .collect();
    if failed.is_empty() {
        "none".to_owned()
    } else {
        failed.join(", ")
    }
}

/// A sample's rate, or why it has none.
pub(crate) fn rate_or_status(score: &SampleScore) -> String {
    match score.cer {
        Some(cer) => percent(cer),
        None if score.status.is_scored() => "no reference text".to_owned(),
        None => score.status.name().replace('_', " "),
    }
}
