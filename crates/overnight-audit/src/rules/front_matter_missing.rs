//! `front-matter-missing`: no block at all, where fields are required.

use overnight_record::Severity;

use crate::docs::known_value;
use crate::front_matter::{FrontMatter, Quote};
use crate::{DocRule, DocsSpec, Document, Edit, Violation, scalar};

pub(super) const ID: &str = "front-matter-missing";

pub(super) struct FrontMatterMissing;

impl DocRule for FrontMatterMissing {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        if document.front_matter != FrontMatter::Absent || spec.required.is_empty() {
            return Vec::new();
        }
        let violation = Violation::new(
            ID,
            Severity::Error,
            &document.path,
            Some(1),
            "document has no front matter".to_owned(),
        );
        let end = document.line_end();
        let known: Vec<(&String, String)> = spec
            .required
            .iter()
            .filter_map(|field| Some((field, known_value(field, document, spec)?)))
            .collect();
        if known.is_empty() {
            return vec![violation];
        }
        let lines: String = known
            .iter()
            .map(|(field, value)| {
                let (field, value) = (
                    scalar::write(field, Quote::Plain),
                    scalar::write(value, Quote::Plain),
                );
                format!("{field}: {value}{end}")
            })
            .collect();
        let names: Vec<String> = known
            .iter()
            .map(|(field, _)| format!("`{field}`"))
            .collect();
        let at = document.text_start();
        vec![violation.with_safe_fix(
            format!("add front matter with {}", names.join(", ")),
            vec![Edit {
                path: document.path.clone(),
                span: at..at,
                replacement: format!("---{end}{lines}---{end}"),
            }],
        )]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn a_block_is_made_of_what_is_known() {
        let document = fixture::document("docs/audits/notes.md", "# Notes\r\n");
        let found = FrontMatterMissing.check(&document, &fixture::spec());
        assert_eq!(
            found[0].edits[0].replacement,
            "---\r\ntitle: Notes\r\ntype: audit\r\nstatus: draft\r\n---\r\n"
        );
    }

    #[test]
    fn nothing_is_asked_for_where_nothing_is_required() {
        let document = fixture::document("docs/a.md", "text");
        let mut spec = fixture::spec();
        spec.required.clear();
        assert!(FrontMatterMissing.check(&document, &spec).is_empty());
    }
}
