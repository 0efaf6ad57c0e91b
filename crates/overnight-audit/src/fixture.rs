//! One small set of document rules that the tests of this crate share.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use overnight_record::Silent;

use crate::{DATE_FORMAT, DateFormat, DocType, DocsSpec, Document};

pub(crate) fn spec() -> DocsSpec<'static> {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    let kind = |name: &str, prefix: &str, directory: &str| DocType {
        name: name.to_owned(),
        prefix: prefix.to_owned(),
        directory: directory.to_owned(),
        checks_type: true,
        defaults: [].into(),
    };
    DocsSpec {
        root: "docs".to_owned(),
        required: words(&["title", "date", "type", "category", "status"]),
        defaults: [("status".to_owned(), "draft".to_owned())].into(),
        allowed: [
            (
                "status".to_owned(),
                words(&["active", "draft", "in-progress"]),
            ),
            (
                "type".to_owned(),
                words(&["audit", "assessment", "bug_report"]),
            ),
        ]
        .into(),
        types: vec![
            kind("audit", "audit-", "audits"),
            kind("assessment", "assessment-", "assessments"),
            kind("bug_report", "BUG_", "bug_reports"),
        ],
        stamp: true,
        words: false,
        pattern: None,
        dates: DateFormat::new(DATE_FORMAT, TimeZone::UTC).expect("invariant: a good pattern"),
        date_fields: words(&["date"]),
        schemas: [].into(),
        index: false,
        stale_after_days: None,
        now: Timestamp::UNIX_EPOCH,
        history: &|_| None,
        exists: &|_| false,
        changed: &|_| None,
    }
}

pub(crate) fn document(path: &str, text: &str) -> Document {
    Document::new(path.to_owned(), text.as_bytes().to_vec(), None)
}

pub(crate) static SILENT: Silent = Silent;
