//! `stale-document`: a document that is still at work was not changed for long.

use overnight_record::Severity;

use crate::docs::Entry;
use crate::{DocsSpec, Violation};

pub(super) const ID: &str = "stale-document";

/// Statuses that a document may keep for ever.
const ENDED: [&str; 5] = [
    "completed",
    "archived",
    "deprecated",
    "rejected",
    "approved",
];

const SECONDS_A_DAY: i64 = 86_400;

/// Documents whose last commit is older than the project allows. A document that no commit
/// holds has no age.
pub(crate) fn stale_document(entries: &[Entry], spec: &DocsSpec<'_>) -> Vec<Violation> {
    let Some(limit) = spec.stale_after_days else {
        return Vec::new();
    };
    let judge = |entry: &Entry| {
        let status = entry.status.as_deref();
        if status.is_some_and(|status| ENDED.contains(&status)) {
            return None;
        }
        let changed = (spec.changed)(&entry.path)?;
        let days = (spec.now.as_second() - changed.as_second()) / SECONDS_A_DAY;
        if days <= i64::from(limit) {
            return None;
        }
        let shown = status.unwrap_or("no status");
        let message = format!("last changed {days} days ago, and still `{shown}`");
        Some(
            Violation::new(ID, Severity::Note, &entry.path, None, message).with_evidence(
                changed
                    .to_zoned(spec.dates.zone().clone())
                    .date()
                    .to_string(),
            ),
        )
    };
    entries.iter().filter_map(judge).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::fixture;

    #[test]
    fn age_is_counted_from_the_last_commit_and_only_at_work() {
        let day = |days: i64| Timestamp::from_second(days * SECONDS_A_DAY).unwrap();
        let changed = move |path: &str| (path != "docs/new.md").then(|| day(100));
        let entry = |path: &str, status: &str| {
            Entry::of(&fixture::document(
                path,
                &format!("---\nstatus: {status}\n---\n"),
            ))
        };
        let entries = [
            entry("docs/a.md", "active"),
            entry("docs/b.md", "completed"),
            entry("docs/new.md", "active"),
        ];
        let count = |limit, now| {
            let mut spec = fixture::spec();
            spec.stale_after_days = limit;
            spec.now = day(now);
            spec.changed = &changed;
            stale_document(&entries, &spec).len()
        };
        assert_eq!(count(Some(90), 191), 1);
        assert_eq!(count(Some(90), 190), 0);
        assert_eq!(count(None, 999), 0);
    }
}
