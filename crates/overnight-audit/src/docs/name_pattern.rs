//! The pattern a project's file names match.

use regex_lite::Regex;

/// A regular expression for whole file names.
#[derive(Debug, Clone)]
pub struct NamePattern {
    text: String,
    regex: Regex,
}

/// A regular expression that cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
#[error("`{text}` is no regular expression")]
pub struct NamePatternError {
    /// The expression.
    pub text: String,
    /// Why not.
    pub source: regex_lite::Error,
}

impl NamePattern {
    /// A pattern that a whole file name, extension included, must match.
    ///
    /// # Errors
    /// [`NamePatternError`] when `text` is no regular expression of `regex-lite`.
    pub fn new(text: &str) -> Result<Self, NamePatternError> {
        match Regex::new(&format!("^(?:{text})$")) {
            Ok(regex) => Ok(Self {
                text: text.to_owned(),
                regex,
            }),
            Err(source) => Err(NamePatternError {
                text: text.to_owned(),
                source,
            }),
        }
    }

    /// Whether the whole of `name` matches.
    pub(crate) fn is_match(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }

    /// The expression as it was written.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }
}
