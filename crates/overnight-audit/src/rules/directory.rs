//! `directory`: a document lies in the folder of its kind.

use overnight_record::Severity;

use crate::docs::place_of;
use crate::{DocRule, DocsSpec, Document, Violation};

pub(super) const ID: &str = "directory";

pub(super) struct Directory;

impl DocRule for Directory {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        let Some(kind) = spec.type_of_name(document.name()) else {
            return Vec::new();
        };
        let wanted = spec.folder_of(kind);
        if document.folder() == wanted {
            return Vec::new();
        }
        let message = format!("a document of type `{}` belongs in `{wanted}`", kind.name);
        let violation = Violation::new(ID, Severity::Error, &document.path, None, message)
            .with_evidence(document.folder());
        vec![match place_of(document, spec) {
            Some(there) => violation.with_suggestion(format!("move it to `{}`", there.to)),
            None => violation,
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_folder_is_exact() {
        let count = |path: &str| {
            Directory
                .check(&fixture::document(path, ""), &fixture::spec())
                .len()
        };
        assert_eq!(count("docs/audits/2025-12-25_0410_audit-x.md"), 0);
        assert_eq!(count("docs/audits/old/2025-12-25_0410_audit-x.md"), 1);
        assert_eq!(count("docs/assessments/2025-12-25_0410_audit-x.md"), 1);
        assert_eq!(count("docs/audits/unknown.md"), 0);
    }
}
