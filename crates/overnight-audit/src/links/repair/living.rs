//! The files a link can lead to.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::links::history::base_name;
use crate::place;

/// Names that exist in many folders, so that finding one proves nothing.
const GENERIC: [&str; 16] = [
    "__init__.py",
    "__main__.py",
    "base.py",
    "changelog.md",
    "config.yaml",
    "conftest.py",
    "contributing.md",
    "default.yaml",
    "index.html",
    "index.md",
    "index.ts",
    "license",
    "main.py",
    "makefile",
    "package.json",
    "readme.md",
];

/// Whether a file of this name proves nothing by its name alone.
pub(super) fn is_generic(name: &str) -> bool {
    GENERIC.contains(&name.to_lowercase().as_str())
}

/// The project's files by name.
#[derive(Debug)]
pub(super) struct Living<'a> {
    project: &'a Path,
    files: BTreeSet<String>,
    by_name: HashMap<String, Vec<String>>,
}

impl<'a> Living<'a> {
    pub(super) fn new(project: &'a Path, files: Vec<String>) -> Self {
        let mut by_name: HashMap<String, Vec<String>> = HashMap::new();
        for file in &files {
            by_name
                .entry(base_name(file).to_owned())
                .or_default()
                .push(file.clone());
        }
        Self {
            project,
            files: files.into_iter().collect(),
            by_name,
        }
    }

    /// Whether there is a file, known to git or not.
    pub(super) fn has_file(&self, path: &str) -> bool {
        !path.is_empty() && self.project.join(path).is_file()
    }

    /// Whether there is a file or folder.
    pub(super) fn has(&self, path: &str) -> bool {
        self.project.join(path).exists()
    }

    /// Whether any file lies below the folder.
    pub(super) fn has_below(&self, folder: &str) -> bool {
        let below = format!("{folder}/");
        self.files
            .range(below.clone()..)
            .next()
            .is_some_and(|file| place::is_within(file, folder) && file.starts_with(&below))
    }

    /// The files of exactly this name.
    pub(super) fn named(&self, name: &str) -> &[String] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The only file whose path is `tail` or ends in `/` and `tail`.
    pub(super) fn only_with_suffix(&self, tail: &str) -> Option<&str> {
        let mut fitting = self.named(base_name(tail)).iter().filter(|file| {
            file.strip_suffix(tail)
                .is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
        });
        let only = fitting.next()?;
        (fitting.next().is_none() && self.has_file(only)).then_some(only)
    }

    /// Every file.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str)
    }
}
