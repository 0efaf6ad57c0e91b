//! How much was read, and how well.

use std::borrow::Cow;
use std::collections::BTreeMap;

use overnight_record::PredictionStatus;
use overnight_record::result::{
    Aggregate, BackendInfo, CompareResult, RawScore, SampleScore, Side,
};

use super::columns::{self, Told};
use super::grid::{Grid, words};
use super::section::Section;
use super::words::{Name, Prose};
use crate::number::{count, counted, dash, percent, percent_or_dash, whole};

/// Rates over the samples that one reader read itself.
#[derive(Debug)]
pub(super) struct Rated<'a> {
    pub(super) backend: Option<&'a BackendInfo>,
    pub(super) coverage: f64,
    /// Predictions by status; empty when that is not recorded.
    pub(super) statuses: Cow<'a, BTreeMap<PredictionStatus, usize>>,
    pub(super) cer: &'a Aggregate,
    pub(super) wer: &'a Aggregate,
    pub(super) raw: Option<&'a RawScore>,
}

impl<'a> From<&'a Side> for Rated<'a> {
    fn from(side: &'a Side) -> Self {
        Self {
            backend: side.backend.as_ref(),
            coverage: side.coverage,
            statuses: Cow::Borrowed(&side.statuses),
            cer: &side.cer,
            wer: &side.wer,
            raw: side.raw.as_ref(),
        }
    }
}

pub(super) fn section(compare: &CompareResult) -> Section {
    let sides = columns::sides(compare, Rated::from);
    let mut section = Section::new("Both sides", ["baseline", "candidate"]);
    section.table(rates(&sides, "Over its own readable samples", ""));
    section.note("Each side is judged on the samples it read itself; only the paired difference is on the same samples.");
    for side in [&compare.baseline, &compare.candidate] {
        if let Some(raw) = &side.raw {
            section.note(cleaned(raw, &format!(" of {}", Name(&side.name))));
        }
    }
    section
}

/// All rates of every column; one without others is called `alone`.
pub(super) fn rates(columns: &[Told<'_, Rated<'_>>], title: &str, alone: &str) -> Grid {
    type Cell = fn(&Rated<'_>) -> String;
    let mut grid = columns::grid(columns, words(title), alone);
    let rows: [(&str, Cell); 13] = [
        ("Kind of backend", |it| it.backend.map_or_else(dash, kind)),
        ("Coverage (readable / all)", |it| percent(it.coverage)),
        ("Failures", |it| match it.statuses.is_empty() {
            true => dash(),
            false => failures(&it.statuses),
        }),
        ("CER micro [interval]", |it| with_interval(it.cer)),
        ("CER macro", |it| percent_or_dash(it.cer.macro_mean, None)),
        ("CER macro, clipped to 1", |it| {
            percent_or_dash(it.cer.macro_clipped, None)
        }),
        ("CER median", |it| percent_or_dash(it.cer.median, None)),
        ("CER with failures counted as all wrong", |it| {
            percent_or_dash(it.cer.failures_as_one, None)
        }),
        ("Edits / reference length", |it| edits(it.cer)),
        ("WER micro [interval]", |it| with_interval(it.wer)),
        ("Answers changed before they were scored", |it| {
            it.raw.map_or_else(dash, |raw| count(raw.n_cleaned))
        }),
        ("CER micro of the answers as they came", |it| {
            it.raw.map_or_else(dash, |raw| with_interval(&raw.cer))
        }),
        ("WER micro of the answers as they came", |it| {
            it.raw.map_or_else(dash, |raw| with_interval(&raw.wer))
        }),
    ];
    for (title, cell) in rows {
        grid.row_unless_empty(columns::row(columns, title, cell));
    }
    grid
}

/// That answers were changed before they were scored; `whose` says whose.
pub(super) fn cleaned(raw: &RawScore, whose: &str) -> String {
    let were = if raw.n_cleaned == 1 { "was" } else { "were" };
    format!(
        "{}{whose} {were} changed before they were scored, such as a code fence taken off; both are kept in {} predictions.",
        counted(raw.n_cleaned, "answer"),
        if whose.is_empty() { "the" } else { "its" },
    )
}

fn kind(backend: &BackendInfo) -> String {
    format!("{}, {}", Name(&backend.kind), Prose(&backend.runtime))
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
