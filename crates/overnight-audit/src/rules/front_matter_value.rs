//! `front-matter-value`: a field has a value the project does not know.

use overnight_record::Severity;

use crate::front_matter::{Field, FrontMatter, Value};
use crate::{DocRule, DocsSpec, Document, Edit, Violation, scalar};

pub(super) const ID: &str = "front-matter-value";

/// Jaro-Winkler similarity from which a value is offered as the one that was meant.
const LIKELY: f64 = 0.8;

pub(super) struct FrontMatterValue;

impl DocRule for FrontMatterValue {
    fn id(&self) -> &'static str {
        ID
    }

    fn check(&self, document: &Document, spec: &DocsSpec<'_>) -> Vec<Violation> {
        let FrontMatter::Fields(block) = &document.front_matter else {
            return Vec::new();
        };
        block
            .fields
            .iter()
            .filter_map(|field| judge(field, spec.allowed.get(&field.key)?, document))
            .collect()
    }
}

fn judge(field: &Field, allowed: &[String], document: &Document) -> Option<Violation> {
    let key = &field.key;
    let (shown, fix) = match &field.value {
        Value::Scalar { text, .. } if allowed.contains(text) => return None,
        Value::Scalar { text, span, quote } => {
            let meant = spelled_differently(text, allowed);
            let fix = meant.map(|value| {
                let edit = Edit {
                    path: document.path.clone(),
                    span: span.clone(),
                    replacement: scalar::write(value, *quote),
                };
                (format!("write `{key}: {value}`"), edit)
            });
            (format!("`{text}`"), fix)
        }
        Value::Empty => ("nothing".to_owned(), None),
        Value::Other => ("a list or a table".to_owned(), None),
    };
    let violation = Violation::new(
        ID,
        Severity::Error,
        &document.path,
        Some(field.line),
        format!("field `{key}` has {shown}; allowed: {}", allowed.join(", ")),
    )
    .at_column(field.column);
    Some(match (fix, &field.value) {
        (Some((description, edit)), _) => violation.with_safe_fix(description, vec![edit]),
        (None, Value::Scalar { text, span, quote }) => match nearest(text, allowed) {
            Some(value) => {
                let edit = Edit {
                    path: document.path.clone(),
                    span: span.clone(),
                    replacement: scalar::write(value, *quote),
                };
                violation.with_suggested_fix(format!("perhaps `{value}`"), vec![edit])
            }
            None => violation,
        },
        (None, _) => violation,
    })
}

/// The one allowed value that differs only in case, spaces, hyphens and underscores.
fn spelled_differently<'a>(text: &str, allowed: &'a [String]) -> Option<&'a String> {
    let letters = |value: &str| -> String {
        value
            .chars()
            .filter(|c| !matches!(c, '-' | '_' | ' '))
            .flat_map(char::to_lowercase)
            .collect()
    };
    let wanted = letters(text);
    let mut same = allowed.iter().filter(|value| letters(value) == wanted);
    let first = same.next()?;
    same.next().is_none().then_some(first)
}

fn nearest<'a>(text: &str, allowed: &'a [String]) -> Option<&'a String> {
    allowed
        .iter()
        .map(|value| (strsim::jaro_winkler(&text.to_lowercase(), value), value))
        .filter(|(likeness, _)| *likeness >= LIKELY)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{apply, fixture};

    fn found(value: &str) -> (Vec<Violation>, String) {
        let text = format!("---\nstatus: {value} # why\n---\n");
        let document = fixture::document("docs/a.md", &text);
        let found = FrontMatterValue.check(&document, &fixture::spec());
        let safe = found.iter().filter(|v| v.is_safely_fixable());
        let edits: Vec<Edit> = safe.flat_map(|v| v.edits.clone()).collect();
        let after = String::from_utf8(apply(text.as_bytes(), &edits).unwrap()).unwrap();
        (found, after.lines().nth(1).unwrap().to_owned())
    }

    #[test]
    fn a_comment_after_the_value_is_no_part_of_it() {
        assert!(found("active").0.is_empty());
        assert!(found("\"active\"").0.is_empty());
    }

    #[test]
    fn another_spelling_is_mended_and_another_word_is_not() {
        assert_eq!(found("Active").1, "status: active # why");
        assert_eq!(found("'In Progress'").1, "status: 'in-progress' # why");
        assert_eq!(found("\"IN_PROGRESS\"").1, "status: \"in-progress\" # why");
        let (violations, line) = found("actve");
        assert_eq!(line, "status: actve # why");
        let fix = violations[0].finding.fix.as_ref().unwrap();
        assert_eq!(fix.description, "perhaps `active`");
        assert_eq!(violations[0].edits[0].replacement, "active");
        assert!(found("done").0[0].finding.fix.is_none());
    }

    #[test]
    fn nothing_and_a_list_are_no_allowed_values() {
        for (value, shown) in [("", "has nothing"), ("[active]", "has a list")] {
            let message = &found(value).0[0].finding.message;
            assert!(message.contains(shown), "{message}");
        }
    }
}
