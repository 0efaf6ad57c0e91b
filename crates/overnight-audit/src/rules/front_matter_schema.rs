//! `front-matter-schema`: front matter does not satisfy the JSON Schema of its kind.

use overnight_record::Severity;

use crate::docs::ANY_KIND;
use crate::front_matter::{FrontMatter, Value};
use crate::{DocRule, DocsSpec, Document, Violation, yaml};

pub(super) const ID: &str = "front-matter-schema";

pub(super) struct FrontMatterSchema;

impl DocRule for FrontMatterSchema {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        let FrontMatter::Fields(block) = &document.front_matter else {
            return Vec::new();
        };
        if spec.schemas.is_empty() {
            return Vec::new();
        }
        let of_field = block.field("type").and_then(|field| match &field.value {
            Value::Scalar { text, .. } => Some(text.as_str()),
            _ => None,
        });
        let of_name = || {
            spec.type_of_name(document.name())
                .map(|kind| kind.name.as_str())
        };
        let kind = of_field.or_else(of_name);
        let schemas = [Some(ANY_KIND), kind];
        let schemas = schemas
            .into_iter()
            .flatten()
            .filter_map(|kind| spec.schemas.get(kind));
        let text = document.text();
        let read = yaml::read(&text[block.yaml.clone()]);
        let violation = |line: u32, message: String| {
            Violation::new(ID, Severity::Error, &document.path, Some(line), message)
        };
        let value = match read {
            // No fields at all are an empty table, not nothing.
            Ok(serde_json::Value::Null) => serde_json::Value::Object([].into_iter().collect()),
            Ok(value) => value,
            Err(error) => {
                return vec![violation(
                    1,
                    format!("front matter cannot be judged by its schema: {error}"),
                )];
            }
        };
        schemas
            .flat_map(|schema| schema.breaches(&value))
            .map(|breach| {
                let field = breach.trail.first().and_then(|key| block.field(key));
                let place = match breach.trail.is_empty() {
                    true => "front matter".to_owned(),
                    false => format!("`{}`", breach.trail.join(".")),
                };
                violation(
                    field.map_or(1, |field| field.line),
                    format!("{place} {}", breach.problem),
                )
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{Schema, fixture};

    #[test]
    fn the_schema_of_all_and_the_one_of_the_kind_are_both_asked() {
        let mut spec = fixture::spec();
        let schema = |value| Schema::read(&value).unwrap();
        spec.schemas = [
            (ANY_KIND.to_owned(), schema(json!({"required": ["owner"]}))),
            (
                "audit".to_owned(),
                schema(json!({"properties": {"tags": {"items": {"type": "string"}}}})),
            ),
        ]
        .into();
        let found = |text: &str| -> Vec<(Option<u32>, String)> {
            let document = fixture::document("docs/audits/2025-12-25_0410_audit-x.md", text);
            let found = FrontMatterSchema.check(&document, &spec).into_iter();
            found.map(|v| (v.finding.line, v.finding.message)).collect()
        };
        assert_eq!(
            found("---\ntitle: x\ntags:\n  - a\n  - 2\n---\n"),
            [
                (Some(1), "front matter must have `owner`".to_owned()),
                (Some(3), "`tags.2` must be of type string".to_owned()),
            ]
        );
        assert_eq!(found("---\n---\n").len(), 1);
        assert!(found("---\nowner: x\ntype: design\ntags: [1]\n---\n").is_empty());
        assert!(
            found("---\nowner: &a x\ntitle: *a\n---\n")[0]
                .1
                .contains("aliases")
        );
    }
}
