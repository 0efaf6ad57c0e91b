//! From the facts of a night to what people read: Markdown for the project's documents, one
//! self-contained HTML page, and JUnit XML for the servers that collect test results.
//!
//! Everything is computed from the files in one run folder, so rendering it again gives the
//! same bytes. No statistic is computed here and no OCR is linked: numbers are formatted,
//! sorted and counted, nothing else. See `docs/reports.md`.
//!
//! Apart from a night, [`overlay`] draws what a backend read in an image.

mod boxes;
mod clock;
mod decision;
mod diff;
pub mod facts;
mod gap;
mod junit;
mod markdown;
mod number;
pub mod overlay;
mod page;
mod plot;
mod render;
pub mod text;
mod verdict;

pub use junit::JUNIT_REPORT;
pub use markdown::NAMED_REPORTS;
pub use render::{
    Clear, HTML_REPORT, Rendered, ReportError, ReportFile, copy_named, render, write,
};
