//! `broken-anchor`: the page exists, the heading does not.

use overnight_record::Severity;

use super::broken_link::place;
use crate::links::{Link, Page};
use crate::{Document, Violation};

pub(super) const ID: &str = "broken-anchor";

/// Jaro-Winkler similarity from which an anchor is offered as the one that was meant.
const LIKELY: f64 = 0.85;

/// The finding for a link to `#fragment` of the page at `resolved`.
pub(crate) fn broken_anchor(
    document: &Document,
    text: &str,
    link: &Link,
    resolved: &str,
    fragment: &str,
    page: &Page,
) -> Violation {
    let message = format!("`{resolved}` has no heading or element `#{fragment}`");
    let violation = place(ID, Severity::Warning, document, text, link, message)
        .with_evidence(format!("{resolved}#{fragment}"));
    let nearest = page
        .anchors
        .iter()
        .map(|anchor| {
            (
                strsim::jaro_winkler(&fragment.to_lowercase(), anchor),
                anchor,
            )
        })
        .filter(|(likeness, _)| *likeness >= LIKELY)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, anchor)) => violation.with_suggestion(format!("perhaps `#{anchor}`")),
        None => violation,
    }
}
