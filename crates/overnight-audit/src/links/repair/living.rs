//! The files a link can lead to.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use crate::links::history::base_name;
use crate::place;

/// Names without extension that exist in many folders, so that finding one proves nothing.
const GENERIC: [&str; 20] = [
    "__init__",
    "__main__",
    "base",
    "build",
    "changelog",
    "config",
    "conftest",
    "contributing",
    "default",
    "dockerfile",
    "index",
    "license",
    "main",
    "makefile",
    "package",
    "pyproject",
    "readme",
    "settings",
    "setup",
    "utils",
];

/// Whether a file of this name proves nothing by its name alone.
pub(super) fn is_generic(name: &str) -> bool {
    let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
    GENERIC.contains(&stem.to_lowercase().as_str())
}

/// The project's files by name.
#[derive(Debug)]
pub(super) struct Living<'a> {
    project: &'a Path,
    files: BTreeSet<String>,
    /// By base name in lower case.
    by_name: HashMap<String, Vec<String>>,
}

impl<'a> Living<'a> {
    pub(super) fn new(project: &'a Path, files: Vec<String>) -> Self {
        let mut by_name: HashMap<String, Vec<String>> = HashMap::new();
        for file in &files {
            by_name
                .entry(base_name(file).to_lowercase())
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
    pub(super) fn named<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> {
        self.named_alike(name)
            .filter(move |file| base_name(file) == name)
    }

    fn named_alike<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s str> + use<'s> {
        let files = self.by_name.get(&name.to_lowercase());
        files.into_iter().flatten().map(String::as_str)
    }

    /// The only file whose path is this but for upper and lower case.
    pub(super) fn in_other_case(&self, path: &str) -> Option<&str> {
        let lower = path.to_lowercase();
        let mut fitting = self
            .named_alike(base_name(path))
            .filter(|file| file.to_lowercase() == lower);
        let only = fitting.next()?;
        (fitting.next().is_none() && self.has_file(only)).then_some(only)
    }

    /// The only file whose path is `tail` or ends in `/` and `tail`.
    pub(super) fn only_with_suffix(&self, tail: &str) -> Option<&str> {
        let mut fitting = self.named(base_name(tail)).filter(|file| {
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
