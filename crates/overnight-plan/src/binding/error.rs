//! Bindings that do not fit the plan.

use std::fmt;
use std::path::PathBuf;

use overnight_record::{Diagnose, ExitCode};

/// Everything about a configuration that does not fit a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindError {
    /// The configuration file, when it came from one.
    pub path: Option<PathBuf>,
    /// What does not fit, by line; at least one.
    pub problems: Vec<BindProblem>,
}

/// One binding, need or check that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindProblem {
    /// Line in the configuration, from 1, when it came from a file.
    pub line: Option<usize>,
    /// The key, such as `steps."1.2.1"`.
    pub key: String,
    /// What does not fit.
    pub message: String,
    /// What to try.
    pub hint: Option<String>,
}

impl fmt::Display for BindProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        write!(f, "{}: {}", self.key, self.message)
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed to bind the plan")?;
        if let Some(path) = &self.path {
            write!(f, " with {}", path.display())?;
        }
        for problem in &self.problems {
            write!(f, "\n  {problem}")?;
            if let Some(hint) = problem.hint.as_ref().filter(|_| self.problems.len() > 1) {
                write!(f, " ({hint})")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for BindError {}

impl Diagnose for BindError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        match self.problems.as_slice() {
            [problem] => problem.hint.clone(),
            _ => Some("`overnight plan explain PLAN` shows the steps of the plan".to_owned()),
        }
    }
}
