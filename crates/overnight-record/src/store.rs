//! Writing and reading records so that no file is ever half there.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{Diagnose, ExitCode};

/// A record that could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file could not be written.
    #[error("failed to write {path}")]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file could not be read.
    #[error("failed to read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is not a record of the expected form.
    #[error("{path}{} is not a valid record", line.map(|n| format!(" line {n}")).unwrap_or_default())]
    Form {
        /// The file.
        path: PathBuf,
        /// The line from 1, in files of one record a line.
        line: Option<usize>,
        /// Why.
        source: serde_json::Error,
    },
}

impl Diagnose for StoreError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Write { .. } => ExitCode::Temporary,
            Self::Read { .. } | Self::Form { .. } => ExitCode::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("free some disk space and run the same command again".to_owned())
            }
            Self::Write { .. } => Some("check the folder's permissions and free space".to_owned()),
            Self::Read { .. } | Self::Form { .. } => None,
        }
    }
}

/// Replaces `path` with `bytes`: a temporary file beside it, synced, renamed over it, and
/// the folder synced. Missing folders are made. A reader sees the old bytes or the new ones.
///
/// # Errors
/// [`StoreError::Write`]; the old file is then untouched.
pub fn write_atomically(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let wrap = |source| StoreError::Write {
        path: path.to_owned(),
        source,
    };
    fs::create_dir_all(folder_of(path)).map_err(wrap)?;
    write_via(folder_of(path), path, bytes).map_err(wrap)
}

/// As [`write_atomically`], with the temporary file in `workshop`, a folder of our own: what
/// a killed process leaves of it lies there, and not among a person's files. Where the two
/// are on different file systems it is beside the file all the same.
///
/// # Errors
/// [`StoreError::Write`]; the old file is then untouched.
pub fn write_atomically_from(workshop: &Path, path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    match write_via(workshop, path, bytes) {
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
            write_atomically(path, bytes)
        }
        result => result.map_err(|source| StoreError::Write {
            path: path.to_owned(),
            source,
        }),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn write_via(workshop: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = temporary_for(path, workshop)?;
    file.write_all(bytes)?;
    replace(path, file)
}

fn temporary_for(path: &Path, workshop: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".overnight-")
        .permissions(permissions_for(path))
        .tempfile_in(workshop)
}

fn replace(path: &Path, file: NamedTempFile) -> io::Result<()> {
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    File::open(folder_of(path))?.sync_all()
}

/// A file that is written piece by piece and takes its place only when it is whole: until
/// [`Self::commit`] a reader sees the old file or none, and dropping it leaves no trace.
#[derive(Debug)]
pub struct Replacement {
    file: NamedTempFile,
    path: PathBuf,
}

impl Replacement {
    /// Begins the new content of `path`; missing folders are made. Fails where `path` could
    /// not be written, so that beginning and dropping one is the question whether it can.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn begin(path: &Path) -> Result<Self, StoreError> {
        let folder = folder_of(path);
        let open = || {
            if path.is_dir() {
                return Err(io::ErrorKind::IsADirectory.into());
            }
            fs::create_dir_all(folder)?;
            temporary_for(path, folder)
        };
        match open() {
            Ok(file) => Ok(Self {
                file,
                path: path.to_owned(),
            }),
            Err(source) => Err(StoreError::Write {
                path: path.to_owned(),
                source,
            }),
        }
    }

    /// The path it will have.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Syncs what was written and puts it in place.
    ///
    /// # Errors
    /// [`StoreError::Write`]; the old file is then untouched.
    pub fn commit(self) -> Result<(), StoreError> {
        let Self { file, path } = self;
        replace(&path, file).map_err(|source| StoreError::Write { path, source })
    }

    /// Reads back what was written so far.
    ///
    /// # Errors
    /// When it cannot be opened again.
    pub fn written(&self) -> io::Result<File> {
        self.file.reopen()
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// An existing file keeps its permissions; a new one gets the usual ones.
fn permissions_for(path: &Path) -> fs::Permissions {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path)
        .map(|meta| meta.permissions())
        .unwrap_or_else(|_| fs::Permissions::from_mode(0o644))
}

/// Writes `value` as indented JSON with a final newline, atomically.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), StoreError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| StoreError::Write {
        path: path.to_owned(),
        source: source.into(),
    })?;
    bytes.push(b'\n');
    write_atomically(path, &bytes)
}

/// Writes one JSON value a line, atomically.
///
/// # Errors
/// [`StoreError::Write`].
pub fn write_json_lines<T: Serialize>(path: &Path, values: &[T]) -> Result<(), StoreError> {
    let mut bytes = Vec::new();
    for value in values {
        serde_json::to_writer(&mut bytes, value).map_err(|source| StoreError::Write {
            path: path.to_owned(),
            source: source.into(),
        })?;
        bytes.push(b'\n');
    }
    write_atomically(path, &bytes)
}

/// Reads one JSON value.
///
/// # Errors
/// [`StoreError::Read`] or [`StoreError::Form`].
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, StoreError> {
    let bytes = fs::read(path).map_err(|source| StoreError::Read {
        path: path.to_owned(),
        source,
    })?;
    serde_json::from_slice(&bytes).map_err(|source| StoreError::Form {
        path: path.to_owned(),
        line: None,
        source,
    })
}

/// Reads one JSON value a line; empty lines and a byte order mark are passed over.
///
/// # Errors
/// [`StoreError::Read`], or [`StoreError::Form`] naming the line.
pub fn read_json_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, StoreError> {
    let values = read_numbered_json_lines(path)?;
    Ok(values.into_iter().map(|(_, value)| value).collect())
}

/// As [`read_json_lines`], each value with the number of its line, from 1.
///
/// # Errors
/// As [`read_json_lines`].
pub fn read_numbered_json_lines<T: DeserializeOwned>(
    path: &Path,
) -> Result<Vec<(usize, T)>, StoreError> {
    let read = |source| StoreError::Read {
        path: path.to_owned(),
        source,
    };
    let mut values = Vec::new();
    let mut reader = BufReader::new(File::open(path).map_err(read)?);
    let mut bytes = Vec::new();
    for number in 1.. {
        bytes.clear();
        if reader.read_until(b'\n', &mut bytes).map_err(read)? == 0 {
            break;
        }
        let line = match number {
            1 => bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes),
            _ => &bytes,
        };
        // Without its end, so that a line that breaks off is said to do so.
        let line = line.trim_ascii_end();
        if line.is_empty() {
            continue;
        }
        let value = of_line(line).map_err(|source| StoreError::Form {
            path: path.to_owned(),
            line: Some(number),
            source,
        })?;
        values.push((number, value));
    }
    Ok(values)
}

/// One line's value. An error tells the column alone: which line it is, only the file knows.
fn of_line<T: DeserializeOwned>(line: &[u8]) -> Result<T, serde_json::Error> {
    use serde::de::Error as _;
    let text = std::str::from_utf8(line).map_err(|error| {
        let column = error.valid_up_to() + 1;
        serde_json::Error::custom(format!("byte {column} of the line is not UTF-8"))
    })?;
    serde_json::from_str(text).map_err(|error| {
        let (column, message) = (error.column(), error.to_string());
        match message.rsplit_once(" at line ") {
            Some((reason, _)) => serde_json::Error::custom(format!("{reason} at column {column}")),
            None => error,
        }
    })
}

/// SHA-256 of `bytes` in lower-case hex.
///
/// ```
/// assert!(overnight_record::store::sha256_hex(b"").starts_with("e3b0c442"));
/// ```
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// SHA-256 of everything `reader` gives, in lower-case hex.
///
/// # Errors
/// When it cannot be read to its end.
pub fn sha256_hex_of(mut reader: impl Read) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok(hex(&hasher.finalize())),
            Ok(n) => hasher.update(&buffer[..n]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

fn hex(digest: &[u8]) -> String {
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_keeps_its_permissions() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/er/record.json");
        write_json(&path, &[1, 2]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        write_json(&path, &[3]).unwrap();
        assert_eq!(read_json::<Vec<u32>>(&path).unwrap(), [3]);
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
        assert_eq!(
            fs::read_dir(path.parent().unwrap()).unwrap().count(),
            1,
            "temporary file left"
        );
    }

    #[test]
    fn a_replacement_is_seen_when_it_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/rows");
        let mut given_up = Replacement::begin(&path).unwrap();
        given_up.write_all(b"half").unwrap();
        drop(given_up);
        assert_eq!(fs::read_dir(dir.path().join("new")).unwrap().count(), 0);
        let mut new = Replacement::begin(&path).unwrap();
        new.write_all(b"one\n").unwrap();
        assert!(!path.exists());
        new.write_all(b"two\n").unwrap();
        let hash = sha256_hex_of(new.written().unwrap()).unwrap();
        assert_eq!(hash, sha256_hex(b"one\ntwo\n"));
        new.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"one\ntwo\n");
        assert_eq!(fs::read_dir(dir.path().join("new")).unwrap().count(), 1);
        // A file stands where a folder would have to.
        let error = Replacement::begin(&path.join("below")).unwrap_err();
        assert_eq!(error.exit_code(), ExitCode::Temporary);
        assert!(Replacement::begin(dir.path()).is_err(), "a folder");
    }

    #[test]
    fn a_bad_line_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lines.jsonl");
        fs::write(&path, "1\n\n2\nx\n").unwrap();
        let error = read_json_lines::<u32>(&path).unwrap_err();
        assert!(error.to_string().contains("line 4"), "{error}");
        let cause = |error: &StoreError| std::error::Error::source(error).unwrap().to_string();
        assert_eq!(cause(&error), "expected value at column 1");
        fs::write(&path, b"1\n\"\xff\"\n").unwrap();
        let error = read_json_lines::<u32>(&path).unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
        assert_eq!(cause(&error), "byte 2 of the line is not UTF-8");
        fs::write(&path, "\u{feff}1\r\n \r\n2").unwrap();
        assert_eq!(
            read_numbered_json_lines::<u32>(&path).unwrap(),
            [(1, 1), (3, 2)]
        );
    }

    #[test]
    fn a_workshop_takes_the_temporary_file() {
        let dir = tempfile::tempdir().unwrap();
        let (workshop, path) = (dir.path().join("own"), dir.path().join("plan.md"));
        fs::create_dir(&workshop).unwrap();
        fs::write(&path, "old").unwrap();
        write_atomically_from(&workshop, &path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(&workshop).unwrap().count(), 0);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2);
        // Another file system, as a rule.
        let shared_memory = Path::new("/dev/shm");
        if shared_memory.is_dir() {
            write_atomically_from(shared_memory, &path, b"newer").unwrap();
            assert_eq!(fs::read(&path).unwrap(), b"newer");
        }
    }
}
