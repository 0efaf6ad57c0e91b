//! What a written path may have meant.

use crate::place;

/// A path without `./` and `../` at its beginning.
pub(super) fn without_steps(mut path: &str) -> &str {
    while let Some(rest) = path.strip_prefix("./").or_else(|| path.strip_prefix("../")) {
        path = rest.trim_start_matches('/');
    }
    path
}

/// Takes `:12`, `:12-34` or `:12:5` off the end; the second part is the line anchor.
pub(super) fn split_lines(path: &str) -> (&str, Option<String>) {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let Some((before, last)) = path.rsplit_once(':') else {
        return (path, None);
    };
    if let Some((first, second)) = last.split_once('-') {
        return if is_number(first) && is_number(second) && !before.is_empty() {
            (before, Some(format!("L{first}-L{second}")))
        } else {
            (path, None)
        };
    }
    if !is_number(last) || before.is_empty() {
        return (path, None);
    }
    match before.rsplit_once(':') {
        Some((path, line)) if is_number(line) && !path.is_empty() => {
            (path, Some(format!("L{line}")))
        }
        _ => (before, Some(format!("L{last}"))),
    }
}

/// The path below each folder from the document's up to the project root: how many folders
/// up, and the path.
pub(super) fn at_each_depth(folder: &str, path: &str) -> Vec<(usize, String)> {
    let tail = without_steps(path);
    if path.starts_with('/') || tail.is_empty() || tail.split('/').any(|part| part == "..") {
        return Vec::new();
    }
    let depth = folder.split('/').filter(|part| !part.is_empty()).count();
    (0..=depth)
        .filter_map(|up| {
            let path = place::join(folder, &format!("{}{tail}", "../".repeat(up)))?;
            Some((up, path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_numbers_are_told_from_names() {
        let lines = |path| {
            let (path, lines) = split_lines(path);
            format!("{path} {}", lines.unwrap_or_default())
        };
        assert_eq!(lines("a.py:12"), "a.py L12");
        assert_eq!(lines("a.py:12-34"), "a.py L12-L34");
        assert_eq!(lines("a.py:12:5"), "a.py L12");
        for whole in ["a.py", "a:b", ":12", "a:1-b", "a:"] {
            assert_eq!(lines(whole), format!("{whole} "));
        }
    }

    #[test]
    fn every_folder_up_to_the_root_is_tried() {
        let paths: Vec<String> = at_each_depth("docs/a", "../../x/./y.md")
            .into_iter()
            .map(|(up, path)| format!("{up} {path}"))
            .collect();
        assert_eq!(paths, ["0 docs/a/x/y.md", "1 docs/x/y.md", "2 x/y.md"]);
        assert!(at_each_depth("docs", "/x").is_empty());
        assert!(at_each_depth("docs", "a/../../x").is_empty());
    }
}
