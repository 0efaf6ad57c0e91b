//! `file-name`: a document's name begins with its time stamp and the prefix of its kind.

use overnight_record::Severity;

use crate::docs::spec::{name_parts, stamp_time};
use crate::docs::{place_of, spelled_otherwise};
use crate::{DocRule, DocsSpec, Document, Violation};

pub(super) const ID: &str = "file-name";

pub(super) struct FileName;

impl DocRule for FileName {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        if spec.types.is_empty() {
            return Vec::new();
        }
        let name = document.name();
        let parts = name_parts(name);
        let violation = |message: String| {
            Violation::new(ID, Severity::Error, &document.path, None, message)
                .with_evidence(name.to_owned())
        };
        let moved = |violation: Violation| match place_of(document, spec) {
            Some(there) => violation.with_suggestion(format!("move it to `{}`", there.to)),
            None => violation,
        };
        let mut found = Vec::new();
        match parts.stamp {
            _ if !spec.stamp => {}
            None => found.push(moved(violation(
                "file name does not begin with a time stamp `YYYY-MM-DD_HHMM_`".to_owned(),
            ))),
            Some(stamp) if stamp_time(stamp).is_none() => {
                let message = format!("time stamp `{stamp}` names no moment");
                found.push(moved(violation(message)));
            }
            Some(_) => {}
        }
        if spec.type_of_name(name).is_none() {
            let known: Vec<&str> = spec.types.iter().map(|kind| kind.prefix.as_str()).collect();
            let almost = spec
                .types
                .iter()
                .find(|kind| spelled_otherwise(parts.rest, &kind.prefix).is_some());
            let message = match almost {
                Some(kind) => format!(
                    "prefix `{}` is spelled otherwise in the file name",
                    kind.prefix
                ),
                None => format!("file name has none of the prefixes {}", known.join(", ")),
            };
            found.push(moved(violation(message)));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    fn messages(name: &str) -> Vec<String> {
        let document = fixture::document(&format!("docs/audits/{name}"), "");
        FileName
            .check(&document, &fixture::spec())
            .into_iter()
            .map(|violation| violation.finding.message)
            .collect()
    }

    #[test]
    fn stamp_and_prefix_are_judged_apart() {
        assert!(messages("2025-12-25_0410_audit-links.md").is_empty());
        assert!(messages("2025-12-25_0410_audit-링크-점검.md").is_empty());
        assert_eq!(messages("audit-links.md").len(), 1);
        assert_eq!(messages("notes.md").len(), 2);
        assert_eq!(
            messages("2025-13-45_9999_BUG_001_x.md"),
            ["time stamp `2025-13-45_9999` names no moment"]
        );
    }

    #[test]
    fn another_spelling_of_a_prefix_is_recognised() {
        let document = fixture::document("docs/x/2025-12-25_0410_bug-001.md", "");
        let found = FileName.check(&document, &fixture::spec());
        let fix = found[0].finding.fix.as_ref().unwrap();
        assert_eq!(
            fix.description,
            "move it to `docs/bug_reports/2025-12-25_0410_BUG_001.md`"
        );
    }

    #[test]
    fn a_project_without_kinds_has_no_rule_for_names() {
        let mut spec = fixture::spec();
        spec.types.clear();
        assert!(
            FileName
                .check(&fixture::document("docs/x.md", ""), &spec)
                .is_empty()
        );
    }
}
