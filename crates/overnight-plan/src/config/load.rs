//! From the text of `overnight.toml` to typed values, or to everything that is wrong with it.

use std::path::Path;

use serde::Deserialize as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::check::{Checker, place};
use super::options::OPTIONS;
use super::problem::{ConfigError, ConfigProblem};
use super::{Config, Origin, validate};

impl Config {
    /// Reads and validates a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`], naming file, line and key.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = std::fs::read(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            ConfigError::NotUtf8 {
                path: path.to_owned(),
                line: good.iter().filter(|byte| **byte == b'\n').count() + 1,
            }
        })?;
        Self::parse(&text, path)
    }

    /// Reads and validates a configuration; `path` only names it.
    ///
    /// # Errors
    /// [`ConfigError::Invalid`] with every problem found: broken TOML alone; else unknown
    /// keys, missing keys and wrong values together; else values that contradict each other.
    pub fn parse(text: &str, path: &Path) -> Result<Self, ConfigError> {
        let invalid = |mut problems: Vec<ConfigProblem>| {
            problems.sort_by_key(|problem| (problem.line, problem.column));
            ConfigError::Invalid {
                path: path.to_owned(),
                problems,
            }
        };
        let broken = |error: &toml::de::Error| {
            let (line, column) = place(text, error.span().map_or(0, |span| span.start));
            ConfigProblem {
                line,
                column,
                key: String::new(),
                message: error.message().trim().replace('\n', ", "),
                hint: None,
            }
        };
        let (tree, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            return Err(invalid(errors.iter().map(broken).collect()));
        }
        let mut checker = Checker::new(text, Origin::new(path.to_owned(), text));
        checker.document(tree.get_ref(), OPTIONS);
        if !checker.problems.is_empty() {
            return Err(invalid(checker.problems));
        }
        let span = tree.span();
        let tree = Spanned::new(span, DeValue::Table(tree.into_inner()));
        let mut config = Self::deserialize(ValueDeserializer::from(tree))
            .map_err(|error| invalid(vec![broken(&error)]))?;
        let origin = std::mem::take(&mut checker.origin);
        validate::validate(&config, origin.places(), &mut checker);
        if !checker.problems.is_empty() {
            return Err(invalid(checker.problems));
        }
        config.origin = origin;
        Ok(config)
    }
}
