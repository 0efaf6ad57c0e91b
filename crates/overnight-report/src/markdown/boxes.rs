//! The plan's boxes with their evidence, as a section of a report.

use super::document::{Align, Document, Table, code, plain};
use crate::boxes::{Evidence, ending, retry};
use crate::facts::{Night, Step};
use crate::number::dash;
use crate::text;

/// Says of every box why it says what it says.
///
/// Files are named from the project's folder, not linked: a copy of the report is committed
/// to the project, where a link into the ignored logs would be broken for everybody else.
pub(super) fn section(document: &mut Document, night: &Night) {
    if night.steps.is_empty() {
        return;
    }
    document.heading(2, "The plan's boxes");
    document.paragraph(
        "A box is ticked only by an attempt that ended well. Logs are named from the project's \
         folder.",
    );
    let mut table = Table::new(&[
        ("Step", Align::Left),
        ("Box", Align::Left),
        ("Attempts", Align::Left),
        ("Reason", Align::Left),
        ("Log", Align::Left),
        ("Go on with", Align::Left),
    ]);
    let folder = night.dir_shown();
    for step in &night.steps {
        let evidence = Evidence::of(night, step);
        let log = evidence.log.map(|log| code(&format!("{folder}/{log}")));
        table.row([
            step.id.to_string(),
            format!(
                "{} \u{2192} {}",
                mark(evidence.before),
                mark(evidence.after)
            ),
            attempts(step),
            plain(&evidence.reason),
            log.unwrap_or_else(dash),
            evidence.next.as_deref().map_or_else(dash, code),
        ]);
    }
    document.table(&table);
    criteria(document, night);
    happenings(document, night);
}

fn mark(is_ticked: bool) -> &'static str {
    if is_ticked { "`[x]`" } else { "`[ ]`" }
}

/// `1`, or each with its end when there was more than one.
fn attempts(step: &Step) -> String {
    let last = step.attempts.len().saturating_sub(1);
    match &step.attempts[..] {
        [] => dash(),
        [only] => only.number.to_string(),
        several => several
            .iter()
            .enumerate()
            .map(|(index, attempt)| {
                let mut words = attempt.number.to_string();
                // How the last one ended is the reason.
                if index < last {
                    words.push_str(&format!(" {}", ending(attempt)));
                }
                if let Some(retry) = retry(attempt) {
                    words.push_str(&format!(", {retry}"));
                }
                words
            })
            .collect::<Vec<_>>()
            .join("; "),
    }
}

fn criteria(document: &mut Document, night: &Night) {
    let mut table = Table::new(&[
        ("Criterion", Align::Left),
        ("Box", Align::Left),
        ("Check", Align::Left),
        ("Evidence", Align::Left),
    ]);
    for criterion in &night.criteria {
        let check = criterion.check.as_deref();
        table.row([
            plain(&text::clipped(&criterion.text, 160)),
            match criterion.holds {
                Some(holds) => mark(holds).to_owned(),
                None => "as it was".to_owned(),
            },
            check.map_or_else(dash, code),
            plain(&match (&criterion.evidence, criterion.holds, check) {
                (Some(evidence), ..) => text::clipped(evidence, 300),
                (None, None, None) => "no command is bound to it".to_owned(),
                (None, None, Some(_)) => "its check has not run".to_owned(),
                (None, Some(_), _) => String::new(),
            }),
        ]);
    }
    document.table(&table);
}

fn happenings(document: &mut Document, night: &Night) {
    if night.happenings.is_empty() {
        return;
    }
    document.heading(2, "What happened beside the steps");
    let lines: Vec<String> = night
        .happenings
        .iter()
        .map(|it| format!("{} {}", night.clock.second(it.at), plain(&it.what)))
        .collect();
    document.list(&lines);
}
