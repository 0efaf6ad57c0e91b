//! `front-matter-invalid`: a block that cannot be read.

use overnight_record::Severity;

use crate::front_matter::FrontMatter;
use crate::{DocRule, DocsSpec, Document, Violation};

pub(super) const ID: &str = "front-matter-invalid";

pub(super) struct FrontMatterInvalid;

impl DocRule for FrontMatterInvalid {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, _spec: &DocsSpec<'_>) -> Vec<Violation> {
        let FrontMatter::Broken { line, problem, .. } = &document.front_matter else {
            return Vec::new();
        };
        let text = document.text();
        let shown = text.lines().nth(*line as usize - 1).unwrap_or_default();
        vec![
            Violation::new(
                ID,
                Severity::Error,
                &document.path,
                Some(*line),
                format!("front matter cannot be read: {problem}"),
            )
            .with_evidence(shown.trim_end().chars().take(120).collect::<String>()),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn the_line_is_shown() {
        let document = fixture::document("docs/a.md", "---\ntitle: x\nstatus: [a\n---\n");
        let found = FrontMatterInvalid.check(&document, &fixture::spec());
        assert_eq!(found.len(), 1);
        assert!(found[0].finding.line >= Some(3), "{found:?}");
        let fine = fixture::document("docs/a.md", "---\ntitle: x\n---\n");
        assert!(FrontMatterInvalid.check(&fine, &fixture::spec()).is_empty());
    }

    #[test]
    fn another_encoding_is_named() {
        let document = Document::new("docs/a.md".to_owned(), vec![0xff, 0xfe, b'a', 0], None);
        let found = FrontMatterInvalid.check(&document, &fixture::spec());
        assert!(found[0].finding.message.contains("not UTF-8"));
        assert!(found[0].edits.is_empty());
    }
}
