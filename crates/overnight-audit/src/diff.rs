//! A change of one file as a unified diff.

use std::ops::Range;

use similar::{ChangeTag, TextDiff};

/// Lines shown around a change.
const CONTEXT: usize = 3;

/// The change from `before` to `after` of the file `path`, as `git apply` and `patch` read it.
/// Bytes that are no UTF-8 are shown as replacement characters. The empty text when nothing
/// differs; `before` may be `None` for a file that is new.
pub fn unified(path: &str, before: Option<&[u8]>, after: &[u8]) -> String {
    let old = String::from_utf8_lossy(before.unwrap_or_default());
    let new = String::from_utf8_lossy(after);
    if before.is_some() && old == new {
        return String::new();
    }
    // Only `\n` ends a line here: a lone `\r` is a character like others, as it is to git.
    let lines =
        |text: &str| -> Vec<String> { text.split_inclusive('\n').map(str::to_owned).collect() };
    let (old, new) = (lines(&old), lines(&new));
    let old: Vec<&str> = old.iter().map(String::as_str).collect();
    let new: Vec<&str> = new.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&old, &new);
    let lines: Vec<Line<'_>> = diff
        .iter_all_changes()
        .map(|change| Line {
            tag: change.tag(),
            text: change.value(),
        })
        .collect();
    let mut text = match before {
        Some(_) => format!("--- a/{path}\n+++ b/{path}\n"),
        None => format!("--- /dev/null\n+++ b/{path}\n"),
    };
    for hunk in hunks(&lines) {
        show(&lines, hunk, &mut text);
    }
    text
}

/// A line of either text, or of both.
struct Line<'t> {
    tag: ChangeTag,
    text: &'t str,
}

/// The stretches to be shown: what differs, with its surroundings; those that meet are one.
fn hunks(lines: &[Line<'_>]) -> Vec<Range<usize>> {
    let mut hunks: Vec<Range<usize>> = Vec::new();
    let differing = (0..lines.len()).filter(|&place| lines[place].tag != ChangeTag::Equal);
    for place in differing {
        let around = place.saturating_sub(CONTEXT)..(place + 1 + CONTEXT).min(lines.len());
        match hunks.last_mut() {
            Some(last) if around.start <= last.end => last.end = around.end,
            _ => hunks.push(around),
        }
    }
    hunks
}

/// One stretch under its header. The numbers are counted here, line by line: those of the
/// library do not always fit the lines it gives, and `git apply` then refuses the whole.
fn show(lines: &[Line<'_>], hunk: Range<usize>, text: &mut String) {
    let count = |stretch: &[Line<'_>], other: ChangeTag| {
        stretch.iter().filter(|line| line.tag != other).count()
    };
    let range = |other: ChangeTag| {
        let before = count(&lines[..hunk.start], other);
        match count(&lines[hunk.clone()], other) {
            0 => format!("{before},0"),
            1 => format!("{}", before + 1),
            n => format!("{},{n}", before + 1),
        }
    };
    let (old, new) = (range(ChangeTag::Insert), range(ChangeTag::Delete));
    text.push_str(&format!("@@ -{old} +{new} @@\n"));
    for line in &lines[hunk] {
        text.push(match line.tag {
            ChangeTag::Equal => ' ',
            ChangeTag::Delete => '-',
            ChangeTag::Insert => '+',
        });
        text.push_str(line.text);
        if !line.text.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

#[cfg(test)]
mod tests {
    use overnight_testkit::TestProject;

    use super::*;
    use crate::{Edit, apply};

    #[test]
    fn line_ends_are_kept_and_a_missing_one_is_said() {
        assert_eq!(unified("a.md", Some(b"x\n"), b"x\n"), "");
        assert_eq!(
            unified("docs/a b.md", Some(b"1\r\n2"), b"1\r\n3"),
            "--- a/docs/a b.md\n+++ b/docs/a b.md\n@@ -1,2 +1,2 @@\n 1\r\n-2\n\\ No newline at end of file\n+3\n\\ No newline at end of file\n"
        );
        let repeated = unified("r.md", Some(b"b\nb\na\n\na\n\n"), b"b\nb\na\n\n\nxa\n\n");
        assert!(repeated.contains("\n@@ -2,5 +2,6 @@\n"), "{repeated}");
        assert_eq!(
            unified("n.md", None, b"1\n"),
            "--- /dev/null\n+++ b/n.md\n@@ -0,0 +1 @@\n+1\n"
        );
    }

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
        let after = apply(before.as_bytes(), &edits).unwrap();
        insta::assert_snapshot!(unified("a.md", Some(before.as_bytes()), &after));
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
                let diff = unified("a.md", Some(before.as_bytes()), &after);
                project.file("change.diff", &diff);
                project.git(&["apply", "--unidiff-zero", "--allow-empty", "change.diff"]);
                let found = std::fs::read(project.path().join("a.md")).unwrap_or_default();
                proptest::prop_assert_eq!(found, after);
            }
        }
    }
}
