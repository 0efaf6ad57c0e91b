//! Finds programs and asks them who they are.

use std::path::{Path, PathBuf};
use std::time::Duration;

use overnight_record::StopFlag;
use overnight_run::run_captured;

const TIME_LIMIT: Duration = Duration::from_secs(20);

/// Asks programs in one project's folder.
pub(super) struct Programs<'a> {
    pub(super) project: &'a Path,
    pub(super) stop: &'a StopFlag,
}

impl Programs<'_> {
    /// The first line a command prints; `None` when it is not there or fails.
    pub(super) fn first_line(&self, words: &[&str]) -> Option<String> {
        self.lines(words)?.into_iter().next()
    }

    /// What a command prints on stdout, or on stderr when stdout stays empty.
    pub(super) fn lines(&self, words: &[&str]) -> Option<Vec<String>> {
        let argv: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let answer = run_captured(&argv, self.project, &[], TIME_LIMIT, self.stop).ok()?;
        if answer.code != Some(0) {
            return None;
        }
        let text = if answer.stdout.trim().is_empty() {
            answer.stderr
        } else {
            answer.stdout
        };
        Some(text.lines().map(|line| line.trim().to_owned()).collect())
    }

    /// A tool of the project's virtual environment, or of the PATH, with its version.
    pub(super) fn python_tool(&self, name: &str) -> Option<String> {
        let own: PathBuf = self.project.join(".venv/bin").join(name);
        if own.exists()
            && let Some(version) = self.first_line(&[&own.to_string_lossy(), "--version"])
        {
            return Some(format!("{version} (.venv)"));
        }
        self.first_line(&[name, "--version"]).or_else(|| {
            let version = self.first_line(&["python3", "-m", name, "--version"])?;
            Some(format!("{version} (python3 -m {name})"))
        })
    }
}
