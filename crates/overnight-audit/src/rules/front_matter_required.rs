//! `front-matter-required`: a required field is not there.

use overnight_record::Severity;

use crate::docs::known_value;
use crate::front_matter::{FieldBlock, FrontMatter, Quote};
use crate::{DocRule, DocsSpec, Document, Edit, Violation, scalar};

pub(super) const ID: &str = "front-matter-required";

pub(super) struct FrontMatterRequired;

impl DocRule for FrontMatterRequired {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        let FrontMatter::Fields(block) = &document.front_matter else {
            return Vec::new();
        };
        spec.required
            .iter()
            .filter(|field| block.field(field).is_none())
            .map(|field| missing(field, block, document, spec))
            .collect()
    }
}

fn missing(field: &str, block: &FieldBlock, document: &Document, spec: &DocsSpec<'_>) -> Violation {
    let violation = Violation::new(
        ID,
        Severity::Error,
        &document.path,
        Some(1),
        format!("required field `{field}` is missing"),
    );
    let Some(value) = known_value(field, document, spec) else {
        return violation;
    };
    if block.is_flow {
        return violation.with_suggestion(format!("add `{field}: {value}` inside the braces"));
    }
    let quote = if block.prefers_quotes() {
        Quote::Double
    } else {
        Quote::Plain
    };
    let line = format!(
        "{}: {}",
        scalar::write(field, Quote::Plain),
        scalar::write(&value, quote)
    );
    let at = block.yaml.end;
    let edit = Edit {
        path: document.path.clone(),
        span: at..at,
        replacement: format!("{}{line}{}", block.indent, document.line_end()),
    };
    violation.with_safe_fix(format!("add `{line}`"), vec![edit])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{apply, fixture};

    fn added(text: &str) -> String {
        let document = fixture::document("docs/audits/2025-12-25_0410_audit-x.md", text);
        let edits: Vec<Edit> = FrontMatterRequired
            .check(&document, &fixture::spec())
            .into_iter()
            .flat_map(|violation| violation.edits)
            .collect();
        String::from_utf8(apply(text.as_bytes(), &edits).unwrap()).unwrap()
    }

    #[test]
    fn lines_are_added_at_the_end_in_the_style_of_the_block() {
        insta::assert_snapshot!(added("---\ntitle: \"A\"\ntags: ['x']\nnote: \"b\"\n---\nbody\n"), @r#"
        ---
        title: "A"
        tags: ['x']
        note: "b"
        date: "2025-12-25 04:10 (UTC)"
        type: "audit"
        status: "draft"
        ---
        body
        "#);
        insta::assert_snapshot!(added("---\n  title: A\n  text: >\n    folded\n---\n"), @r"
        ---
          title: A
          text: >
            folded
          date: 2025-12-25 04:10 (UTC)
          type: audit
          status: draft
        ---
        ");
    }

    #[test]
    fn a_block_in_braces_is_left_to_a_person() {
        assert_eq!(added("---\n{title: A}\n---\n"), "---\n{title: A}\n---\n");
    }
}
