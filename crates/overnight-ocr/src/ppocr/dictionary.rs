//! The characters a recogniser can write.

use std::path::Path;

use crate::BackendError;

use super::network::Network;

/// Class number to text; class 0 is the blank of CTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dictionary {
    classes: Vec<String>,
}

impl Dictionary {
    /// The dictionary of a network with `n_classes` outputs: from `file` or the network's
    /// metadata key `character`, one character a line. PaddleOCR puts the blank before
    /// them and, for most networks, the space behind them.
    pub(super) fn load(
        network: &Network,
        file: Option<&Path>,
        n_classes: usize,
    ) -> Result<Self, BackendError> {
        let (text, place) = match file {
            Some(path) => {
                let text =
                    std::fs::read_to_string(path).map_err(|source| BackendError::ReadModel {
                        role: "dictionary of the recognition",
                        path: path.to_owned(),
                        source,
                    })?;
                (text, path.display().to_string())
            }
            None => {
                let text = network.metadata("character").ok_or_else(|| {
                    network.unusable(
                        "its metadata has no key `character` and no dictionary is named".to_owned(),
                    )
                })?;
                (text, "its metadata".to_owned())
            }
        };
        Self::of(&text, n_classes).ok_or_else(|| {
            network.unusable(format!(
                "it has {n_classes} classes, but {place} lists {} characters (expected {} or {})",
                lines(&text).len(),
                n_classes.saturating_sub(2),
                n_classes.saturating_sub(1),
            ))
        })
    }

    fn of(text: &str, n_classes: usize) -> Option<Self> {
        let mut classes = vec![String::new()];
        classes.extend(lines(text).into_iter().map(str::to_owned));
        if classes.len() + 1 == n_classes {
            classes.push(" ".to_owned());
        }
        (classes.len() == n_classes).then_some(Self { classes })
    }

    /// The text of a class; empty for the blank.
    pub(super) fn text(&self, class: usize) -> &str {
        self.classes.get(class).map_or("", String::as_str)
    }

    /// Number of classes, blank included.
    pub(super) fn len(&self) -> usize {
        self.classes.len()
    }

    /// A dictionary from text, for tests of its users.
    #[cfg(any(test, feature = "fuzzing"))]
    pub(super) fn for_test(text: &str, n_classes: usize) -> Self {
        Self::of(text, n_classes).expect("a fitting number of classes")
    }

    /// All characters as one text, for the fingerprint.
    pub(super) fn joined(&self) -> String {
        self.classes.join("\n")
    }
}

/// Lines end at a line feed only: some dictionaries list U+2028 and other characters that
/// more generous splitting would take for a line end.
fn lines(text: &str) -> Vec<&str> {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.split('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_space_is_added_when_there_is_room_for_it() {
        let with_space = Dictionary::of("a\nb\n", 4).unwrap();
        assert_eq!(
            (0..4).map(|c| with_space.text(c)).collect::<Vec<_>>(),
            ["", "a", "b", " "]
        );
        assert_eq!(Dictionary::of("a\r\nb", 3).unwrap().len(), 3);
        assert_eq!(Dictionary::of("a\nb", 5), None);
    }

    #[test]
    fn unusual_separators_are_characters() {
        assert_eq!(lines("a\n\u{2028}\n\u{85}\n").len(), 3);
    }
}
