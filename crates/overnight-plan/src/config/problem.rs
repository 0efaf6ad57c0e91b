//! What is wrong with a configuration.

use std::fmt;
use std::path::PathBuf;

use overnight_record::{Diagnose, ExitCode};

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("failed to read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not UTF-8 text.
    #[error("failed to read {path}: line {line} is not UTF-8 text")]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line that is not, from 1.
        line: usize,
    },
    /// The text is not a valid configuration.
    #[error("failed to read {}{}", path.display(), Problems(problems))]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Everything that is wrong, by place; at least one.
        problems: Vec<ConfigProblem>,
    },
}

/// One thing that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigProblem {
    /// Line from 1.
    pub line: usize,
    /// Column in characters from 1.
    pub column: usize,
    /// The key, such as `project.timezone`; empty for broken TOML.
    pub key: String,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub hint: Option<String>,
}

impl fmt::Display for ConfigProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: ", self.line, self.column)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)
    }
}

/// One problem on the line itself, several below it with their hints.
struct Problems<'a>(&'a [ConfigProblem]);

impl fmt::Display for Problems<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let [problem] = self.0 {
            return write!(f, ": {problem}");
        }
        for problem in self.0 {
            write!(f, "\n  {problem}")?;
            if let Some(hint) = &problem.hint {
                write!(f, "; {hint}")?;
            }
        }
        Ok(())
    }
}

impl Diagnose for ConfigError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { .. } => None,
            Self::NotUtf8 { .. } => Some("save the file as UTF-8".to_owned()),
            Self::Invalid { problems, .. } => match problems.as_slice() {
                [problem] => problem.hint.clone(),
                several => Some(format!("mend the {} places above", several.len())),
            },
        }
    }
}
