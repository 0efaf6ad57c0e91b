//! The code audit's pure half: machine output of ruff and mypy into findings, and which
//! version of a tool the project pins. The binary runs the tools.

mod merge;
mod mypy;
mod pin;
mod ruff_check;
mod ruff_format;

pub use merge::before_and_after;
pub use mypy::parse_mypy;
pub use pin::{PIN_FILES, Pin, pinned_version};
pub use ruff_check::parse_ruff_check;
pub use ruff_format::{ARGUMENT as RUFF_FORMAT_JSON, parse_ruff_format};

use std::path::Path;

use overnight_record::{Diagnose, ExitCode};

/// Output of a tool that is not in its documented form.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not the JSON it should be.
    #[error("failed to read the JSON report of {tool}")]
    Json {
        /// The tool.
        tool: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// A line of no known form.
    #[error("failed to read the report of {tool}: line {line} is `{text}`")]
    Line {
        /// The tool.
        tool: &'static str,
        /// Line from 1.
        line: usize,
        /// Its beginning.
        text: String,
    },
}

impl Diagnose for ParseError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        Some("run the tool by hand; a newer version may print another form".to_owned())
    }
}

/// A path a tool printed, relative to the project where it lies inside.
fn project_path(project: &Path, printed: &str) -> String {
    let path = Path::new(printed);
    let relative = path.strip_prefix(project).unwrap_or(path);
    let text = relative.to_string_lossy().replace('\\', "/");
    text.strip_prefix("./").map_or(text.clone(), str::to_owned)
}
