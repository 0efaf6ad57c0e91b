//! The named reports: plain Markdown with GitHub tables, for the project's own documents.

mod benchmark;
mod boxes;
mod document;
mod front_matter;
mod gap;
mod optimization;
mod provenance;
mod quality;

pub(crate) use provenance::command_of;
pub(crate) use quality::{open_sorted, place, severity_name, why_left};

use crate::facts::{Missing, Night};
use document::{Document, code, plain};

/// File names of the named reports, in the order of the plan's phases.
pub const NAMED_REPORTS: [&str; 4] = [
    "QUALITY_REPORT.md",
    "BENCHMARK_REPORT.md",
    "VLM_GAP_ANALYSIS.md",
    "DATASET_OPTIMIZATION_REPORT.md",
];

/// The named reports with their text.
pub(crate) fn render(night: &Night) -> [(&'static str, String); 4] {
    [
        (NAMED_REPORTS[0], quality::render(night)),
        (NAMED_REPORTS[1], benchmark::render(night)),
        (NAMED_REPORTS[2], gap::render(night)),
        (NAMED_REPORTS[3], optimization::render(night)),
    ]
}

/// Says first what is not in a report, why, and the one command to go on.
fn explain_missing(document: &mut Document, lead: &str, missing: &[Missing]) {
    for (index, item) in missing.iter().enumerate() {
        let lead = if index == 0 {
            format!("**{lead}** ")
        } else {
            String::new()
        };
        document.paragraph(&format!("{lead}{} Go on with:", plain(&item.sentence)));
        document.command(&item.next);
    }
}

/// The line under the title: which run, when, of which plan.
fn run_line(document: &mut Document, night: &Night) {
    let record = &night.record;
    document.paragraph(&format!(
        "Run {} of the plan {}, begun {}, overnight {}.",
        code(record.run.as_str()),
        code(&record.plan),
        plain(&night.clock.stamp(record.started)),
        plain(&record.overnight_version),
    ));
}

/// Notes on the record itself, when there are any.
fn record_notes(document: &mut Document, night: &Night) {
    if !night.notes.is_empty() {
        document.heading(2, "Notes on the record");
        let notes: Vec<String> = night.notes.iter().map(|note| plain(note)).collect();
        document.list(&notes);
    }
}
