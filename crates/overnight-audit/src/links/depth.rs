//! The safe repair of a path with a wrong number of `../`.

use std::path::Path;

use crate::place;

/// Names that exist in many folders, so that finding one proves nothing.
const GENERIC: [&str; 7] = [
    "readme.md",
    "index.md",
    "__init__.py",
    "changelog.md",
    "contributing.md",
    "license",
    "makefile",
];

/// The destination with the right number of `../`, when exactly one folder between the
/// document's and the project root makes it a file.
///
/// `written` is the destination as it stands in the text, `path` its decoded path; only
/// the steps at its beginning are changed.
pub(super) fn right_depth(
    project: &Path,
    folder: &str,
    written: &str,
    path: &str,
) -> Option<String> {
    if path.starts_with('/') {
        return None;
    }
    let tail = without_steps(path);
    let is_generic = !tail.contains('/') && GENERIC.contains(&tail.to_lowercase().as_str());
    if tail.is_empty() || is_generic || tail.split('/').any(|part| part == "..") {
        return None;
    }
    let depth = folder.split('/').filter(|part| !part.is_empty()).count();
    let mut fitting = (0..=depth).filter(|up| {
        place::join(folder, &format!("{}{tail}", "../".repeat(*up)))
            .is_some_and(|candidate| project.join(candidate).is_file())
    });
    let up = fitting.next()?;
    if fitting.next().is_some() {
        return None;
    }
    Some(format!("{}{}", "../".repeat(up), without_steps(written)))
}

/// The path without `./` and `../` at its beginning.
fn without_steps(mut path: &str) -> &str {
    while let Some(rest) = path.strip_prefix("./").or_else(|| path.strip_prefix("../")) {
        path = rest.trim_start_matches('/');
    }
    path
}

#[cfg(test)]
mod tests {
    use overnight_testkit::TestProject;

    use super::*;

    #[test]
    fn one_fitting_folder_is_proof_and_two_are_not() {
        let project = TestProject::new();
        project
            .file("src/a b.py", "")
            .file("docs/guide.md", "")
            .file("docs/x/guide.md", "")
            .file("README.md", "");
        let right =
            |written: &str, path: &str| right_depth(project.path(), "docs/x/y", written, path);
        assert_eq!(
            right("../src/a%20b.py#L3", "../src/a b.py").as_deref(),
            Some("../../../src/a%20b.py#L3")
        );
        assert_eq!(
            right("src/a b.py", "src/a b.py").as_deref(),
            Some("../../../src/a b.py")
        );
        assert_eq!(right("guide.md", "guide.md"), None, "two folders fit");
        assert_eq!(right("README.md", "README.md"), None, "a generic name");
        assert_eq!(right("/src/a b.py", "/src/a b.py"), None, "from the root");
        assert_eq!(right("../gone.md", "../gone.md"), None);
    }
}
