//! A change of one file as a unified diff.

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
    let mut text = match before {
        Some(_) => format!("--- a/{path}\n+++ b/{path}\n"),
        None => format!("--- /dev/null\n+++ b/{path}\n"),
    };
    for hunk in diff.unified_diff().context_radius(CONTEXT).iter_hunks() {
        text.push_str(&format!("{}\n", hunk.header()));
        for change in hunk.iter_changes() {
            text.push(match change.tag() {
                ChangeTag::Equal => ' ',
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
            });
            text.push_str(change.value());
            if !change.value().ends_with('\n') {
                text.push_str("\n\\ No newline at end of file\n");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_kept_and_a_missing_one_is_said() {
        assert_eq!(unified("a.md", Some(b"x\n"), b"x\n"), "");
        assert_eq!(
            unified("docs/a b.md", Some(b"1\r\n2"), b"1\r\n3"),
            "--- a/docs/a b.md\n+++ b/docs/a b.md\n@@ -1,2 +1,2 @@\n 1\r\n-2\n\\ No newline at end of file\n+3\n\\ No newline at end of file\n"
        );
        assert_eq!(
            unified("n.md", None, b"1\n"),
            "--- /dev/null\n+++ b/n.md\n@@ -0,0 +1 @@\n+1\n"
        );
    }
}
