//! The page that lists every sample of an overlay.

use askama::Template;
use overnight_record::PredictionStatus;

use super::band;
use crate::number::{count, counted, dash, milliseconds};
use crate::text;

/// Characters of a text or reason in the list.
const MOST_TEXT: usize = 160;
/// Nothing is loaded but what the page links to, and nothing is run.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// What the page is about.
#[derive(Debug, Clone, Copy)]
pub struct Heading<'a> {
    /// The dataset's name.
    pub dataset: &'a str,
    /// The backend's name.
    pub backend: &'a str,
    /// What executes it.
    pub runtime: &'a str,
    /// Samples that are not in the list because the work was stopped.
    pub n_left: usize,
}

/// A sample in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Its id.
    pub id: String,
    /// File name of its sheet beside the page; `None` when there was nothing to draw.
    pub file: Option<String>,
    /// How reading it ended.
    pub status: PredictionStatus,
    /// Number of lines read.
    pub n_lines: usize,
    /// Mean confidence of its lines.
    pub confidence: Option<f32>,
    /// The line with the least confidence, and its text.
    pub weakest: Option<(f32, String)>,
    /// Milliseconds it took when it was read.
    pub ms: f64,
    /// The beginning of its text, or why it has none.
    pub says: String,
}

#[derive(Template)]
#[template(path = "overlay.html")]
struct Page<'a> {
    policy: &'static str,
    title: String,
    heading: &'a Heading<'a>,
    about: String,
    rows: Vec<RowView>,
}

struct RowView {
    id: String,
    file: Option<String>,
    status: &'static str,
    tone: &'static str,
    n_lines: String,
    confidence: String,
    band: &'static str,
    weakest: String,
    weakest_text: String,
    ms: String,
    says: String,
}

/// The list as an HTML page, in the order of `entries`.
///
/// # Errors
/// When the page cannot be put together.
pub fn index(heading: &Heading<'_>, entries: &[Entry]) -> Result<String, askama::Error> {
    let failed = entries.iter().filter(|e| !e.status.is_scored()).count();
    let mut about = format!(
        "{}, {} without text",
        counted(entries.len(), "sample"),
        count(failed)
    );
    if heading.n_left > 0 {
        about.push_str(&format!(", {} not drawn yet", count(heading.n_left)));
    }
    Page {
        policy: POLICY,
        title: text::line(&format!("{} read by {}", heading.dataset, heading.backend)),
        heading,
        about,
        rows: entries.iter().map(row).collect(),
    }
    .render()
}

fn row(entry: &Entry) -> RowView {
    let two = |confidence: f32| format!("{confidence:.2}");
    RowView {
        id: text::clipped(&entry.id, MOST_TEXT),
        file: entry.file.clone(),
        status: entry.status.name(),
        tone: if entry.status.is_scored() {
            "ok"
        } else {
            "bad"
        },
        n_lines: count(entry.n_lines),
        confidence: entry.confidence.map_or_else(dash, two),
        band: band(entry.confidence),
        weakest: entry.weakest.as_ref().map_or_else(dash, |(c, _)| two(*c)),
        weakest_text: entry
            .weakest
            .as_ref()
            .map(|(_, line)| text::clipped(line, MOST_TEXT / 4))
            .unwrap_or_default(),
        ms: if entry.ms > 0.0 {
            milliseconds(entry.ms)
        } else {
            dash()
        },
        says: text::clipped(&entry.says, MOST_TEXT),
    }
}
