//! Where the values of a configuration were written.

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Byte offsets of keys, by the keys that lead to them from the root.
pub(super) type Places = BTreeMap<Vec<String>, usize>;

/// The file and the places a configuration was read from; empty for one made in code.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The file.
    pub path: Option<PathBuf>,
    places: Places,
    /// Byte offsets of the ends of lines. Lines are looked up, not counted: counting them for
    /// every key would take minutes for a configuration of a hundred thousand steps.
    newlines: Vec<usize>,
}

impl Origin {
    /// An origin in a file with this text, with nothing noted yet.
    pub(super) fn new(path: PathBuf, text: &str) -> Self {
        Self {
            path: Some(path),
            places: Places::new(),
            newlines: text.match_indices('\n').map(|(at, _)| at).collect(),
        }
    }

    /// Notes the byte offset at which a table or value begins.
    pub(super) fn note(&mut self, key: Vec<String>, at: usize) {
        self.places.insert(key, at);
    }

    /// Where everything begins.
    pub(super) fn places(&self) -> &Places {
        &self.places
    }

    /// The line, from 1, on which the table or value under this key begins.
    pub fn line(&self, key: &[&str]) -> Option<usize> {
        let key: Vec<String> = key.iter().map(|part| (*part).to_owned()).collect();
        let at = self.places.get(&key)?;
        Some(self.newlines.partition_point(|end| end < at) + 1)
    }
}
