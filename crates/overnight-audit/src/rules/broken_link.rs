//! `broken-link`: nothing is where the link leads.

use overnight_record::Severity;

use crate::front_matter::line_at;
use crate::links::Link;
use crate::{Document, Violation};

pub(super) const ID: &str = "broken-link";

/// The path inside the project does not exist.
pub(crate) fn missing(document: &Document, text: &str, link: &Link, resolved: &str) -> Violation {
    let message = format!("link target `{}` does not exist", link.destination);
    at(document, text, link, message).with_evidence(resolved)
}

/// The path leads out of the project, to nothing on this machine.
pub(crate) fn outside(document: &Document, text: &str, link: &Link) -> Violation {
    let message = format!(
        "link target `{}` lies outside the project",
        link.destination
    );
    at(document, text, link, message)
}

/// The destination is a `file:` URL.
pub(crate) fn machine(document: &Document, text: &str, link: &Link) -> Violation {
    let message = format!(
        "link target `{}` is good on one machine only",
        link.destination
    );
    at(document, text, link, message)
}

/// Says what became of the target.
pub(crate) fn explained(mut violation: Violation, loss: &str) -> Violation {
    violation.finding.message = format!("{}: {loss}", violation.finding.message);
    violation
}

fn at(document: &Document, text: &str, link: &Link, message: String) -> Violation {
    place(ID, Severity::Error, document, text, link, message)
}

/// A violation at the place of a link.
pub(super) fn place(
    rule: &str,
    severity: Severity,
    document: &Document,
    text: &str,
    link: &Link,
    message: String,
) -> Violation {
    let start = link.span.start;
    let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
    let column = text[line_start..start].chars().count();
    Violation::new(
        rule,
        severity,
        &document.path,
        Some(line_at(text, start)),
        message,
    )
    .at_column(u32::try_from(column).map_or(u32::MAX, |n| n.saturating_add(1)))
}
