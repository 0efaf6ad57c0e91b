//! Applies fixes to one document until none is left, and never at the price of
//! anything else in it.

use std::ops::Range;

use overnight_record::Finding;

use super::{DocRule, DocsSpec};
use crate::front_matter::{FieldBlock, FrontMatter, Value};
use crate::{Document, Edit, FixLevel, Violation, apply};

/// A fix may uncover the next one (a new block, then its fields), but not without end.
const ROUNDS: usize = 4;

/// What became of one document.
#[derive(Debug)]
pub(super) struct Mended {
    /// Every finding; the mended ones are marked, the others describe the new text.
    pub(super) findings: Vec<Finding>,
    /// The new bytes, when any fix was made.
    pub(super) bytes: Option<Vec<u8>>,
}

/// Checks `document` with every rule.
pub(super) fn check(
    document: &Document,
    rules: &[Box<dyn DocRule>],
    spec: &DocsSpec<'_>,
) -> Vec<Violation> {
    if spec.is_exempt(document) {
        return Vec::new();
    }
    rules
        .iter()
        .flat_map(|rule| rule.check(document, spec))
        .collect()
}

/// Checks `document`, applies every fix up to `level` and checks again.
pub(super) fn mend(
    document: &Document,
    rules: &[Box<dyn DocRule>],
    spec: &DocsSpec<'_>,
    level: FixLevel,
) -> Mended {
    let mut current = document.clone();
    let mut open = check(&current, rules, spec);
    let mut fixed: Vec<Finding> = Vec::new();
    for _ in 0..ROUNDS {
        let (chosen, edits) = choose(&open, level);
        if edits.is_empty() {
            break;
        }
        let Some(next) = apply_guarded(&current, &edits) else {
            break;
        };
        let after = check(&next, rules, spec);
        for violation in chosen {
            let stands = after
                .iter()
                .any(|other| is_same(&other.finding, &violation.finding));
            if !stands {
                fixed.push(applied(&violation.finding));
            }
        }
        current = next;
        open = after;
    }
    let changed = current.bytes != document.bytes;
    let findings = fixed
        .into_iter()
        .chain(open.into_iter().map(|violation| violation.finding))
        .collect();
    Mended {
        findings,
        bytes: changed.then_some(current.bytes),
    }
}

/// The fixes that can be made together; the others wait for the next round.
fn choose(violations: &[Violation], level: FixLevel) -> (Vec<&Violation>, Vec<Edit>) {
    let mut chosen = Vec::new();
    let mut edits: Vec<Edit> = Vec::new();
    for violation in violations.iter().filter(|v| v.is_fixable(level)) {
        let conflict = violation
            .edits
            .iter()
            .any(|edit| edits.iter().any(|other| other.conflicts_with(edit)));
        if !conflict {
            edits.extend(violation.edits.iter().cloned());
            chosen.push(violation);
        }
    }
    (chosen, edits)
}

/// The document with the edits, or `None` if they would harm anything they do not name.
fn apply_guarded(document: &Document, edits: &[Edit]) -> Option<Document> {
    let bytes = apply(&document.bytes, edits).ok()?;
    let next = Document::new(document.path.clone(), bytes, document.modified);
    let FrontMatter::Fields(after) = &next.front_matter else {
        return None;
    };
    let body_kept = document.bytes[document.body_start()..] == next.bytes[after.body..];
    let fields_kept = match &document.front_matter {
        FrontMatter::Absent => true,
        FrontMatter::Broken { .. } => false,
        FrontMatter::Fields(before) => before.fields.iter().all(|field| {
            let touched = edits.iter().any(|edit| touches(edit, &field.value));
            after
                .field(&field.key)
                .is_some_and(|kept| touched || same_value(&field.value, &kept.value))
        }),
    };
    (body_kept && fields_kept && order_kept(document, after)).then_some(next)
}

fn touches(edit: &Edit, value: &Value) -> bool {
    let overlaps = |span: &Range<usize>| edit.span.start < span.end && span.start < edit.span.end;
    matches!(value, Value::Scalar { span, .. } if overlaps(span))
}

/// Equal but for the place in the file.
fn same_value(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (
            Value::Scalar { text, quote, .. },
            Value::Scalar {
                text: t, quote: q, ..
            },
        ) => text == t && quote == q,
        _ => a == b,
    }
}

fn order_kept(document: &Document, after: &FieldBlock) -> bool {
    let FrontMatter::Fields(before) = &document.front_matter else {
        return true;
    };
    let mut rest = after.fields.iter();
    before
        .fields
        .iter()
        .all(|field| rest.any(|kept| kept.key == field.key))
}

fn is_same(a: &Finding, b: &Finding) -> bool {
    a.rule == b.rule && a.message == b.message
}

fn applied(finding: &Finding) -> Finding {
    let mut finding = finding.clone();
    if let Some(fix) = &mut finding.fix {
        fix.applied = true;
    }
    finding
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture;
    use crate::rules::doc_rules;

    fn mended(path: &str, text: &str) -> (Vec<Finding>, String) {
        let document = fixture::document(path, text);
        let mended = mend(&document, &doc_rules(), &fixture::spec(), FixLevel::Safe);
        let bytes = mended.bytes.unwrap_or(document.bytes);
        (mended.findings, String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn only_the_missing_lines_are_added() {
        let path = "docs/audits/2025-12-25_0410_audit-x.md";
        let (findings, text) = mended(
            path,
            "\u{feff}---\r\n# who\r\nauthor: 김   # kept\r\nstatus: Active  # note\r\ntags:\r\n  - b\r\n---\r\n\r\n# T: \"x\"\r\n",
        );
        assert_eq!(
            text,
            "\u{feff}---\r\n# who\r\nauthor: 김   # kept\r\nstatus: active  # note\r\ntags:\r\n  - b\r\ntitle: \"T: \\\"x\\\"\"\r\ndate: 2025-12-25 04:10 (UTC)\r\ntype: audit\r\n---\r\n\r\n# T: \"x\"\r\n"
        );
        let open: Vec<_> = findings
            .iter()
            .filter(|f| f.is_open())
            .map(|f| &f.message)
            .collect();
        assert_eq!(open, ["required field `category` is missing"]);
        assert_eq!(findings.len(), 5);
    }

    #[test]
    fn a_new_block_leaves_the_body_as_it_is() {
        let body = "# Title\n\n---\n\nnot: front matter\n";
        let (findings, text) = mended("docs/audits/2025-12-25_0410_audit-x.md", body);
        assert!(text.ends_with(&format!("---\n{body}")), "{text}");
        assert!(
            text.starts_with(
                "---\ntitle: Title\ndate: 2025-12-25 04:10 (UTC)\ntype: audit\nstatus: draft\n---\n"
            ),
            "{text}"
        );
        let rules: Vec<_> = findings
            .iter()
            .map(|f| (f.rule.as_str(), f.is_open()))
            .collect();
        assert_eq!(
            rules,
            [
                ("front-matter-missing", false),
                ("front-matter-required", true)
            ]
        );
    }

    #[test]
    fn what_cannot_be_read_is_not_touched() {
        for text in [
            "---\ntitle: x\n",
            "---\ntitle: [x\n---\n",
            "---\na: 1\na: 2\n---\n",
            "---\n- x\n---\n",
            "\n---\ntitle: x\n---\n",
            "---\n{title: x}\n---\n",
        ] {
            let (findings, after) = mended("docs/audits/2025-12-25_0410_audit-x.md", text);
            assert_eq!(after, text);
            assert!(
                !findings.is_empty() && findings.iter().all(Finding::is_open),
                "{text}"
            );
        }
    }

    #[test]
    fn an_index_is_exempt() {
        assert_eq!(
            mended("docs/audits/INDEX.md", "x"),
            (Vec::new(), "x".to_owned())
        );
    }

    fn front_matter() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            "(title|status|type|date|author|note|version|\"q\"): [-a-zA-Z0-9 :#'\"가-힣]{0,12}",
            "date: ['\"]?2025-1[0-9]-[0-3][0-9]([ T][0-2][0-9]:00(:00)?( \\((KST|UTC|PST)\\)|Z)?)?['\"]?( # c)?",
            Just("tags: ['a', \"b\"]".to_owned()),
            Just("list:\n  - a\n  - b # c".to_owned()),
            Just("text: |\n  ---\n  x".to_owned()),
            Just("# a comment".to_owned()),
            Just(String::new()),
        ];
        proptest::collection::vec(line, 0..7).prop_map(|lines| format!("{}\n", lines.join("\n")))
    }

    /// The document without the values that fixes may write, cut where lines may be added.
    fn pieces(document: &Document) -> Vec<&[u8]> {
        let FrontMatter::Fields(block) = &document.front_matter else {
            let (mark, text) = document.bytes.split_at(document.text_start());
            return vec![mark, text];
        };
        let added = block.yaml.end..block.yaml.end;
        let mut cuts = Vec::from([added]);
        for field in &block.fields {
            if let Value::Scalar { span, .. } = &field.value
                && ["status", "type", "date"].contains(&field.key.as_str())
            {
                cuts.push(span.clone());
            }
        }
        cuts.sort_by_key(|cut| cut.start);
        let mut pieces = Vec::new();
        let mut at = 0;
        for cut in cuts {
            pieces.push(&document.bytes[at..cut.start.max(at)]);
            at = cut.end.max(at);
        }
        pieces.push(&document.bytes[at..]);
        pieces
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn fixing_keeps_the_rest_and_a_second_time_changes_nothing(
            yaml in front_matter(),
            body in "(# [a-z가-힣:' ]{0,10}\n)?[-a-z\n# `]{0,30}",
            name in prop_oneof![Just("2025-12-25_0410_audit-x.md"), Just("assessment-y.md"), Just("메모.md")],
            fenced in any::<bool>(),
            crlf in any::<bool>(),
            bom in any::<bool>(),
            level in prop_oneof![Just(FixLevel::Safe), Just(FixLevel::All)],
        ) {
            let mut text = if fenced { format!("---\n{yaml}---\n{body}") } else { body };
            if crlf {
                text = text.replace('\n', "\r\n");
            }
            if bom {
                text.insert(0, '\u{feff}');
            }
            let before = fixture::document(&format!("docs/audits/{name}"), &text);
            let rules = doc_rules();
            let spec = fixture::spec();
            let first = mend(&before, &rules, &spec, level);
            let after = Document::new(before.path.clone(), first.bytes.clone().unwrap_or_else(|| before.bytes.clone()), None);
            // No finding that was marked as mended is left, and nothing more can be mended.
            let left = check(&after, &rules, &spec);
            prop_assert_eq!(left.len(), first.findings.iter().filter(|f| f.is_open()).count());
            let second = mend(&after, &rules, &spec, level);
            prop_assert!(second.bytes.is_none());
            if first.bytes.is_some() {
                prop_assert_eq!(&before.bytes[before.body_start()..], &after.bytes[after.body_start()..]);
                // Every byte but those of mended values is still there, in order.
                let mut rest = &after.bytes[..];
                for piece in pieces(&before) {
                    let found = rest.windows(piece.len().max(1)).position(|seen| seen == piece);
                    prop_assert!(piece.is_empty() || found.is_some(), "lost {:?}", String::from_utf8_lossy(piece));
                    rest = &rest[found.map_or(0, |at| at + piece.len())..];
                }
            }
        }
    }
}
