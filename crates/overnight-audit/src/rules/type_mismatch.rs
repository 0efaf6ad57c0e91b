//! `type-mismatch`: the `type` field contradicts the file name.

use overnight_record::Severity;

use crate::front_matter::{FrontMatter, Value};
use crate::{DocRule, DocsSpec, Document, Edit, Violation, scalar};

pub(super) const ID: &str = "type-mismatch";

pub(super) struct TypeMismatch;

impl DocRule for TypeMismatch {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        let FrontMatter::Fields(block) = &document.front_matter else {
            return Vec::new();
        };
        let (Some(kind), Some(field)) = (spec.type_of_name(document.name()), block.field("type"))
        else {
            return Vec::new();
        };
        let Value::Scalar { text, span, quote } = &field.value else {
            return Vec::new();
        };
        if !kind.checks_type || *text == kind.name {
            return Vec::new();
        }
        let message = format!(
            "front matter says type `{text}`, the file name says `{}`",
            kind.name
        );
        let violation = Violation::new(
            ID,
            Severity::Error,
            &document.path,
            Some(field.line),
            message,
        )
        .at_column(field.column);
        let description = format!("write `type: {}`", kind.name);
        // Name and folder together outvote the field; the name alone does not.
        let edit = Edit {
            path: document.path.clone(),
            span: span.clone(),
            replacement: scalar::write(&kind.name, *quote),
        };
        vec![if spec.folder_of(kind) == document.folder() {
            violation.with_safe_fix(description, vec![edit])
        } else {
            violation.with_suggested_fix(description, vec![edit])
        }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn name_and_folder_outvote_the_field_and_the_name_alone_does_not() {
        let found = |folder: &str, kind: &str| {
            let path = format!("docs/{folder}/2025-12-25_0410_audit-x.md");
            let document = fixture::document(&path, &format!("---\ntype: \"{kind}\"\n---\n"));
            TypeMismatch.check(&document, &fixture::spec())
        };
        assert!(found("audits", "audit").is_empty());
        assert_eq!(
            found("audits", "assessment")[0].edits[0].replacement,
            "\"audit\""
        );
        assert!(!found("assessments", "assessment")[0].is_safely_fixable());
    }
}
