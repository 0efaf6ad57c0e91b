//! Paths inside the project as text: relative to its root, with forward slashes.

/// `target` seen from `folder`, with `.` and `..` resolved as text; `None` above the root.
///
/// ```
/// use overnight_audit::place::join;
/// assert_eq!(join("docs/a", "../b/./c.md").as_deref(), Some("docs/b/c.md"));
/// assert_eq!(join("docs", "../.."), None);
/// ```
pub fn join(folder: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(target.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// Whether `path` is `folder` or lies below it; the empty folder holds everything.
pub fn is_within(path: &str, folder: &str) -> bool {
    folder.is_empty()
        || path
            .strip_prefix(folder)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_whole_names() {
        assert!(is_within("docs/a.md", "docs"));
        assert!(is_within("docs", "docs"));
        assert!(is_within("a", ""));
        assert!(!is_within("docs2/a.md", "docs"));
        assert_eq!(join("", "./a//b/").as_deref(), Some("a/b"));
        assert_eq!(join("a", "..").as_deref(), Some(""));
    }
}
