//! `broken-anchor`: the page exists, the heading does not.

use overnight_record::{Applicability, Severity};

use super::broken_link::place;
use crate::links::{Link, Page};
use crate::{Document, Edit, Violation};

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
        Some((_, anchor)) => {
            let description = format!("perhaps `#{anchor}`");
            let edits = edit(document, text, link, anchor).into_iter().collect();
            violation.with_fix(Applicability::Suggested, description, edits, None)
        }
        None => violation,
    }
}

/// Another fragment in the place of the written one, where it can stand there as it is.
fn edit(document: &Document, text: &str, link: &Link, anchor: &str) -> Option<Edit> {
    let span = link
        .destination_span
        .clone()
        .filter(|_| document.is_text())?;
    let written = &text[span.clone()];
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    let at = written
        .find('#')
        .filter(|_| !written.contains(['\\', '&']))?;
    anchor.chars().all(is_plain).then(|| Edit {
        path: document.path.clone(),
        span: span.start + at + 1..span.end,
        replacement: anchor.to_owned(),
    })
}
