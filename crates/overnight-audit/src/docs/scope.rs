//! Which files below the root are documents.

use crate::place;

/// Which files are judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocsScope {
    /// Folder of the documents, relative to the project.
    pub root: String,
    /// Names of folders that are left out wherever they occur below the root, and only there:
    /// where the project itself lies does not matter.
    pub exclude: Vec<String>,
    /// Whether files directly in the root, and folders there that begin with `_`, are left out.
    pub only_folders: bool,
}

impl DocsScope {
    /// Whether the file at `path`, relative to the project, is judged.
    pub fn holds(&self, path: &str) -> bool {
        if !place::is_within(path, &self.root) {
            return false;
        }
        let below = path[self.root.len()..].trim_start_matches('/');
        let Some((folders, _)) = below.rsplit_once('/') else {
            return !self.only_folders;
        };
        let is_excluded = folders
            .split('/')
            .any(|folder| self.exclude.iter().any(|name| name == folder));
        let is_draft = self.only_folders && folders.starts_with('_');
        !is_excluded && !is_draft
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_below_the_root_count() {
        let mut scope = DocsScope {
            root: "archive/docs".to_owned(),
            exclude: vec!["archive".to_owned()],
            only_folders: false,
        };
        let holds = |scope: &DocsScope, path: &str| scope.holds(&format!("archive/docs/{path}"));
        assert!(holds(&scope, "a/b.md") && holds(&scope, "b.md") && holds(&scope, "archive.md"));
        assert!(!holds(&scope, "a/archive/b.md") && !scope.holds("archive/b.md"));
        assert!(holds(&scope, "_a/b.md"));
        scope.only_folders = true;
        assert!(!holds(&scope, "_a/b.md") && !holds(&scope, "b.md"));
        assert!(holds(&scope, "a/_b/c.md"));
    }
}
