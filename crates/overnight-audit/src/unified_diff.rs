//! Edits shown as a unified diff.

use std::fmt::Write as _;
use std::ops::Range;

use crate::{Edit, EditError, apply};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The unified diff of one file that `edits` would make, in the form `git apply` reads;
/// empty without edits. Bytes that are not UTF-8 are shown as replacement characters.
///
/// # Errors
/// [`EditError`], as from [`apply`].
///
/// ```
/// use overnight_audit::{Edit, unified_diff};
/// let edit = Edit { path: "a.md".into(), span: 2..3, replacement: "x".into() };
/// let diff = unified_diff("a.md", b"a\nb\n", &[edit]).unwrap();
/// assert_eq!(diff, "--- a/a.md\n+++ b/a.md\n@@ -1,2 +1,2 @@\n a\n-b\n+x\n");
/// ```
pub fn unified_diff(path: &str, before: &[u8], edits: &[Edit]) -> Result<String, EditError> {
    apply(before, edits)?;
    let lines = line_spans(before);
    let changes = changes(before, &lines, edits)?;
    if changes.is_empty() {
        return Ok(String::new());
    }
    let mut text = format!("--- a/{path}\n+++ b/{path}\n");
    // Lines added so far, less lines removed.
    let mut shift = 0isize;
    for hunk in changes.chunk_by(|a, b| a.lines.end + 2 * CONTEXT >= b.lines.start) {
        let first = hunk[0].lines.start.saturating_sub(CONTEXT);
        let last = (hunk[hunk.len() - 1].lines.end + CONTEXT).min(lines.len());
        let mut body = String::new();
        let (mut old, mut new) = (0usize, 0usize);
        let mut at = first;
        let mut show = |mark: char, bytes: &[u8]| {
            let line = String::from_utf8_lossy(bytes);
            let _ = write!(body, "{mark}{line}");
            if !line.ends_with('\n') {
                body.push_str("\n\\ No newline at end of file\n");
            }
        };
        for change in hunk {
            for line in &lines[at..change.lines.start] {
                show(' ', &before[line.clone()]);
            }
            old += change.lines.start - at;
            new += change.lines.start - at;
            for line in &lines[change.lines.clone()] {
                show('-', &before[line.clone()]);
            }
            let after = line_spans(&change.after);
            for line in &after {
                show('+', &change.after[line.clone()]);
            }
            old += change.lines.len();
            new += after.len();
            at = change.lines.end;
        }
        for line in &lines[at..last] {
            show(' ', &before[line.clone()]);
        }
        old += last - at;
        new += last - at;
        let start = |count: usize, line: usize| if count == 0 { line } else { line + 1 };
        let _ = writeln!(
            text,
            "@@ -{},{old} +{},{new} @@",
            start(old, first),
            start(new, first.saturating_add_signed(shift))
        );
        text.push_str(&body);
        shift += isize::try_from(new).unwrap_or(0) - isize::try_from(old).unwrap_or(0);
    }
    Ok(text)
}

/// Some lines and what becomes of them.
struct Change {
    lines: Range<usize>,
    after: Vec<u8>,
}

fn changes(
    before: &[u8],
    lines: &[Range<usize>],
    edits: &[Edit],
) -> Result<Vec<Change>, EditError> {
    let mut ordered: Vec<&Edit> = edits.iter().collect();
    ordered.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut groups: Vec<(Range<usize>, Vec<Edit>)> = Vec::new();
    for edit in ordered {
        let touched = touched(lines, &edit.span);
        match groups.last_mut() {
            Some((span, group)) if touched.start < span.end => {
                span.end = span.end.max(touched.end);
                group.push(edit.clone());
            }
            _ => groups.push((touched, vec![edit.clone()])),
        }
    }
    groups
        .into_iter()
        .map(|(span, mut group)| {
            let from = lines
                .get(span.start)
                .map_or(before.len(), |line| line.start);
            let to = span
                .end
                .checked_sub(1)
                .and_then(|last| lines.get(last))
                .map_or(from, |line| line.end.max(from));
            for edit in &mut group {
                edit.span = edit.span.start - from..edit.span.end - from;
            }
            Ok(Change {
                after: apply(&before[from..to], &group)?,
                lines: span,
            })
        })
        .collect()
}

/// The lines that hold a span; an insertion touches the line it stands in. What removes a
/// line's end touches the next line too, for both become one.
fn touched(lines: &[Range<usize>], span: &Range<usize>) -> Range<usize> {
    let first = lines
        .partition_point(|line| line.end <= span.start)
        .min(lines.len().saturating_sub(1));
    let last = lines.partition_point(|line| line.start <= span.end);
    first..last.max(first + 1).min(lines.len())
}

/// The lines of a text, each with its end.
fn line_spans(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    bytes
        .split_inclusive(|byte| *byte == b'\n')
        .map(|line| {
            let span = start..start + line.len();
            start = span.end;
            span
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use overnight_testkit::TestProject;

    use super::*;

    fn edit(span: Range<usize>, replacement: &str) -> Edit {
        Edit {
            path: "a.md".to_owned(),
            span,
            replacement: replacement.to_owned(),
        }
    }

    #[test]
    fn far_changes_are_hunks_of_their_own() {
        let before: String = (1..=20).map(|n| format!("line {n}\n")).collect();
        let edits = [edit(5..6, "one"), edit(before.len() - 1..before.len(), "")];
        insta::assert_snapshot!(unified_diff("a.md", before.as_bytes(), &edits).unwrap());
        assert_eq!(unified_diff("a.md", b"x", &[]).unwrap(), "");
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config::with_cases(24))]

        #[test]
        fn git_applies_what_is_shown(
            before in "([a-c]{0,2}\n){1,12}[ab]{0,1}",
            places in proptest::collection::vec((0usize..40, 0usize..4, "[x\n]{0,3}"), 1..4),
        ) {
            let mut edits = Vec::new();
            let mut free = 0;
            let mut places = places;
            places.sort();
            for (start, len, text) in places {
                let start = start.max(free);
                let end = start + len;
                if end > before.len() {
                    break;
                }
                edits.push(edit(start..end, &text));
                free = end + 1;
            }
            let after = apply(before.as_bytes(), &edits).unwrap();
            if after != before.as_bytes() {
                let project = TestProject::new();
                project.file("a.md", &before);
                project.commit_all();
                let diff = unified_diff("a.md", before.as_bytes(), &edits).unwrap();
                project.file("change.diff", &diff);
                project.git(&["apply", "--unidiff-zero", "--allow-empty", "change.diff"]);
                let found = std::fs::read(project.path().join("a.md")).unwrap_or_default();
                proptest::prop_assert_eq!(found, after);
            }
        }
    }
}
