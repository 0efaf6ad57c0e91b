//! `external-link`: another site does not have the page, or does not answer.

use overnight_record::Severity;

use super::broken_link::place;
use crate::links::{Link, PageStatus};
use crate::{Document, Violation};

pub(super) const ID: &str = "external-link";

/// The finding for a link whose page was asked for, when there is something to say.
pub(crate) fn external_link(
    document: &Document,
    text: &str,
    link: &Link,
    status: &PageStatus,
) -> Option<Violation> {
    let (severity, what) = match status.answer {
        Some(200..=399) => return None,
        Some(code @ (404 | 410)) => (Severity::Error, format!("is gone: HTTP {code}")),
        Some(code) => (Severity::Note, format!("cannot be judged: HTTP {code}")),
        None => (Severity::Warning, "did not answer".to_owned()),
    };
    let message = format!("`{}` {what} (asked {})", link.destination, status.asked);
    let violation = place(ID, severity, document, text, link, message);
    Some(match &status.problem {
        Some(problem) => violation.with_evidence(problem),
        None => violation,
    })
}
