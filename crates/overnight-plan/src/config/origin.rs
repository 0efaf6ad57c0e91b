//! Where the values of a configuration were written.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// The file and the lines a configuration was read from; empty for one made in code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The file.
    pub path: Option<PathBuf>,
    lines: BTreeMap<Vec<String>, usize>,
}

impl Origin {
    /// An origin in a file, with nothing noted yet.
    pub(super) fn new(path: PathBuf) -> Self {
        Self {
            path: Some(path),
            lines: BTreeMap::new(),
        }
    }

    /// Notes the line, from 1, on which a table or value begins.
    pub(super) fn note(&mut self, key: Vec<String>, line: usize) {
        self.lines.insert(key, line);
    }

    /// The line, from 1, on which the table or value under this key begins.
    pub fn line(&self, key: &[&str]) -> Option<usize> {
        let key: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
        self.lines.get(&key).copied()
    }
}
