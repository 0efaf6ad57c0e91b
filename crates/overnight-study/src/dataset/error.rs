//! What can be wrong with a dataset.

use std::io;
use std::path::PathBuf;

use overnight_record::{Diagnose, ExitCode};

/// A dataset that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    /// There is nothing at its path.
    #[error("failed to find dataset `{name}`: {path} does not exist")]
    Missing {
        /// Its name.
        name: String,
        /// Where it should be.
        path: PathBuf,
    },
    /// There is no sample in it.
    #[error("failed to find a sample of dataset `{name}` in {path}; looked for {looked_for}")]
    Empty {
        /// Its name.
        name: String,
        /// Where it was looked for.
        path: PathBuf,
        /// What a sample would have been.
        looked_for: &'static str,
    },
    /// A file or folder of it cannot be read.
    #[error("failed to read {path}")]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of it is not in the form it should be.
    #[error("{path}{}: {reason}", line.map(|n| format!(" line {n}")).unwrap_or_default())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line from 1, when it is one line.
        line: Option<usize>,
        /// What is wrong with it.
        reason: String,
    },
}

impl Diagnose for DatasetError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Missing { .. } | Self::Empty { .. } => ExitCode::Precondition,
            Self::Read { .. } | Self::Malformed { .. } => ExitCode::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Missing { name, .. } => Some(format!(
                "put the data there, or correct `path` of [datasets.{name}] in overnight.toml"
            )),
            Self::Empty { name, .. } => Some(format!(
                "check `path` and `format` of [datasets.{name}] in overnight.toml"
            )),
            Self::Read { .. } | Self::Malformed { .. } => None,
        }
    }
}
