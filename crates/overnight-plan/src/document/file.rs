//! A plan with the file it was read from.

use std::path::{Path, PathBuf};

use overnight_record::{Diagnose, ExitCode};

use super::{Plan, PlanError};

/// A plan, its text and where it lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFile {
    /// Where it lies, as given.
    pub path: PathBuf,
    /// Its text, byte for byte.
    pub text: String,
    /// What the text says.
    pub plan: Plan,
}

/// A plan file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PlanFileError {
    /// The file cannot be read.
    #[error("failed to read the plan {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file is not UTF-8 text.
    #[error("failed to read the plan {path}: line {line} is not UTF-8 text")]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The first line that is not, from 1.
        line: usize,
    },
    /// The document is no plan.
    #[error("failed to read {path} as a plan")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// Why.
        source: PlanError,
    },
}

impl Diagnose for PlanFileError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Read { source, .. } if source.kind() == std::io::ErrorKind::NotFound => {
                Some("name an existing Markdown file".to_owned())
            }
            Self::Read { .. } => None,
            Self::NotUtf8 { .. } => Some("save the document as UTF-8".to_owned()),
            Self::Invalid { source, .. } => source.hint(),
        }
    }
}

impl PlanFile {
    /// Reads a plan file.
    ///
    /// # Errors
    /// [`PlanFileError`], naming the file and where possible the line.
    pub fn load(path: &Path) -> Result<Self, PlanFileError> {
        let bytes = std::fs::read(path).map_err(|source| PlanFileError::Read {
            path: path.to_owned(),
            source,
        })?;
        Self::from_bytes(path, bytes)
    }

    /// Reads a plan from the bytes of a file; `path` only names it.
    ///
    /// # Errors
    /// [`PlanFileError`], but never [`PlanFileError::Read`].
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, PlanFileError> {
        let text = String::from_utf8(bytes).map_err(|error| {
            let good = &error.as_bytes()[..error.utf8_error().valid_up_to()];
            PlanFileError::NotUtf8 {
                path: path.to_owned(),
                line: good.iter().filter(|byte| **byte == b'\n').count() + 1,
            }
        })?;
        let plan = Plan::parse(&text).map_err(|source| PlanFileError::Invalid {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self {
            path: path.to_owned(),
            text,
            plan,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_that_is_not_utf8_is_named() {
        let error = PlanFile::from_bytes(Path::new("p.md"), b"# a\n\nb\xff\n".to_vec());
        let error = error.unwrap_err();
        assert_eq!(
            error.to_string(),
            "failed to read the plan p.md: line 3 is not UTF-8 text"
        );
    }

    #[test]
    fn the_hint_of_the_cause_is_shown() {
        let error = PlanFile::from_bytes(Path::new("p.md"), b"nothing".to_vec()).unwrap_err();
        assert_eq!(error.to_string(), "failed to read p.md as a plan");
        assert!(error.hint().unwrap().contains("Phase 1"));
    }
}
