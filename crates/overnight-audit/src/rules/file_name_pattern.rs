//! `file-name-pattern`: a file name does not match the project's own pattern.

use overnight_record::Severity;

use crate::{DocRule, DocsSpec, Document, Violation};

pub(super) const ID: &str = "file-name-pattern";

pub(super) struct FileNamePattern;

impl DocRule for FileNamePattern {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        let Some(pattern) = &spec.pattern else {
            return Vec::new();
        };
        if pattern.is_match(document.name()) {
            return Vec::new();
        }
        let message = format!("file name does not match `{}`", pattern.as_str());
        vec![
            Violation::new(ID, Severity::Error, &document.path, None, message)
                .with_evidence(document.name().to_owned()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NamePattern, fixture};

    #[test]
    fn the_whole_name_must_match() {
        let mut spec = fixture::spec();
        spec.pattern = Some(NamePattern::new("[a-z가-힣]+\\.md|README\\.md").unwrap());
        let count = |path: &str| {
            let document = fixture::document(path, "");
            FileNamePattern.check(&document, &spec).len()
        };
        assert_eq!(count("docs/점검.md"), 0);
        assert_eq!(count("docs/README.md"), 0);
        assert_eq!(count("docs/a b.md"), 1);
        assert_eq!(count("docs/a.md.md"), 1);
        assert!(NamePattern::new("(").is_err());
    }
}
