//! Predictions that are already known, by image content and backend fingerprint.
//!
//! One file a fingerprint, `FOLDER/<fingerprint>.jsonl`, one prediction a line, only ever
//! appended to. A group of lines is handed to the system in a single write to a file opened
//! for appending, then synced: two processes may share the file, and a killed one leaves at
//! most one torn line, which readers pass over.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use overnight_record::store::sha256_hex;
use overnight_record::{Diagnose, ExitCode, Prediction, PredictionStatus};

/// A cache that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// It cannot be opened or read.
    #[error("failed to open the prediction cache {path}")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Nothing can be added to it.
    #[error("failed to add to the prediction cache {path}")]
    Append {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Diagnose for CacheError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Temporary
    }

    fn hint(&self) -> Option<String> {
        Some(
            "check the folder's permissions and free space; what is cached stays, so the same \
             command goes on from here"
                .to_owned(),
        )
    }
}

/// The known predictions of one backend.
#[derive(Debug)]
pub struct PredictionCache {
    path: PathBuf,
    file: File,
    known: HashMap<String, Prediction>,
    /// The file does not end with a line end: begin a new line before the next prediction.
    is_torn: bool,
}

impl PredictionCache {
    /// Opens the cache of a backend in `folder`, making both when they are new. Lines that
    /// cannot be read, or that belong to another fingerprint, are passed over.
    ///
    /// # Errors
    /// [`CacheError::Open`].
    pub fn open(folder: &Path, fingerprint: &str) -> Result<Self, CacheError> {
        let path = folder.join(format!("{}.jsonl", file_stem(fingerprint)));
        let wrap = |source| CacheError::Open {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(folder).map_err(wrap)?;
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(wrap)?;
        let bytes = fs::read(&path).map_err(wrap)?;
        let mut known = HashMap::new();
        let mut unreadable = 0;
        for line in bytes.split(|byte| *byte == b'\n') {
            if line.is_empty() {
                continue;
            }
            match serde_json::from_slice::<Prediction>(line) {
                Ok(prediction) if prediction.fingerprint == fingerprint => {
                    known
                        .entry(prediction.image_sha256.clone())
                        .or_insert(prediction);
                }
                _ => unreadable += 1,
            }
        }
        if unreadable > 0 {
            tracing::warn!(path = %path.display(), lines = unreadable, "passed over cache lines");
        }
        let is_torn = bytes.last().is_some_and(|byte| *byte != b'\n');
        Ok(Self {
            path,
            file,
            known,
            is_torn,
        })
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Number of images whose prediction is known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// The prediction for an image with this content, as it was stored: id, image and
    /// backend name are those of the sample it was first made for.
    pub fn get(&self, image_sha256: &str) -> Option<&Prediction> {
        self.known.get(image_sha256)
    }

    /// Adds the predictions that are worth keeping: those that another try would repeat.
    /// They are on disk when this returns.
    ///
    /// # Errors
    /// [`CacheError::Append`].
    pub fn put(&mut self, predictions: &[Prediction]) -> Result<(), CacheError> {
        let mut bytes = Vec::new();
        for prediction in predictions {
            let is_new = !self.known.contains_key(&prediction.image_sha256);
            if !is_new || prediction.image_sha256.is_empty() || !is_final(prediction.status) {
                continue;
            }
            serde_json::to_writer(&mut bytes, prediction)
                .map_err(|error| self.append_error(error.into()))?;
            bytes.push(b'\n');
            self.known
                .insert(prediction.image_sha256.clone(), prediction.clone());
        }
        if bytes.is_empty() {
            return Ok(());
        }
        if std::mem::take(&mut self.is_torn) {
            bytes.insert(0, b'\n');
        }
        let mut file = &self.file;
        file.write_all(&bytes)
            .and_then(|()| file.sync_data())
            .map_err(|source| self.append_error(source))
    }

    fn append_error(&self, source: io::Error) -> CacheError {
        CacheError::Append {
            path: self.path.clone(),
            source,
        }
    }
}

/// Whether the same image would end the same way again.
fn is_final(status: PredictionStatus) -> bool {
    matches!(
        status,
        PredictionStatus::Ok | PredictionStatus::Empty | PredictionStatus::Undecodable
    )
}

/// A fingerprint is a hash and its own file name; anything else is hashed first.
fn file_stem(fingerprint: &str) -> String {
    let is_plain = !fingerprint.is_empty()
        && fingerprint.len() <= 128
        && fingerprint
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_plain {
        fingerprint.to_owned()
    } else {
        sha256_hex(fingerprint.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use overnight_record::TimingsMs;

    use super::*;

    fn prediction(sha: &str, status: PredictionStatus) -> Prediction {
        Prediction {
            id: sha.to_owned(),
            image: format!("{sha}.png"),
            image_sha256: sha.to_owned(),
            backend: "b".to_owned(),
            fingerprint: "f1".to_owned(),
            status,
            text: "text".to_owned(),
            lines: Vec::new(),
            timings_ms: TimingsMs::default(),
            usage: None,
            attempts: 1,
            error: None,
            notes: Vec::new(),
        }
    }

    fn known(folder: &Path) -> Vec<String> {
        let cache = PredictionCache::open(folder, "f1").unwrap();
        let mut known: Vec<String> = cache.known.keys().cloned().collect();
        known.sort();
        known
    }

    #[test]
    fn only_lasting_answers_are_kept() {
        use PredictionStatus::*;
        let dir = tempfile::tempdir().unwrap();
        let mut cache = PredictionCache::open(dir.path(), "f1").unwrap();
        let all = [
            ("a", Ok),
            ("b", Empty),
            ("c", Undecodable),
            ("d", Timeout),
            ("e", Crashed),
            ("f", Oom),
        ]
        .map(|(sha, status)| prediction(sha, status));
        cache.put(&all).unwrap();
        cache.put(&all).unwrap();
        assert_eq!(known(dir.path()), ["a", "b", "c"]);
        let lines = fs::read_to_string(cache.path()).unwrap();
        assert_eq!(lines.lines().count(), 3, "nothing is written twice");
    }

    #[test]
    fn a_torn_line_is_passed_over_and_not_continued() {
        let dir = tempfile::tempdir().unwrap();
        let mut cache = PredictionCache::open(dir.path(), "f1").unwrap();
        cache.put(&[prediction("a", PredictionStatus::Ok)]).unwrap();
        cache.put(&[prediction("b", PredictionStatus::Ok)]).unwrap();
        let path = cache.path().to_owned();
        let bytes = fs::read(&path).unwrap();
        for cut in 0..bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            let mut cache = PredictionCache::open(dir.path(), "f1").unwrap();
            cache.put(&[prediction("c", PredictionStatus::Ok)]).unwrap();
            let after = known(dir.path());
            assert!(after.contains(&"c".to_owned()), "cut at {cut}: {after:?}");
            // The last line end may be missing: the line itself is whole.
            let whole = bytes[..cut].iter().filter(|b| **b == b'\n').count()
                + usize::from(bytes.get(cut) == Some(&b'\n'));
            assert_eq!(after.len(), whole + 1, "cut at {cut}: {after:?}");
        }
    }

    #[test]
    fn two_writers_share_one_file() {
        let dir = tempfile::tempdir().unwrap();
        std::thread::scope(|scope| {
            for writer in 0..2 {
                let folder = dir.path();
                scope.spawn(move || {
                    let mut cache = PredictionCache::open(folder, "f1").unwrap();
                    for n in 0..20 {
                        let mut prediction =
                            prediction(&format!("{writer}-{n}"), PredictionStatus::Ok);
                        prediction.text = "x".repeat(20_000);
                        cache.put(&[prediction]).unwrap();
                    }
                });
            }
        });
        assert_eq!(known(dir.path()).len(), 40);
    }

    #[test]
    fn another_fingerprint_knows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut cache = PredictionCache::open(dir.path(), "f1").unwrap();
        cache.put(&[prediction("a", PredictionStatus::Ok)]).unwrap();
        assert!(PredictionCache::open(dir.path(), "f2").unwrap().is_empty());
        let odd = PredictionCache::open(dir.path(), "../../etc/x").unwrap();
        assert_eq!(odd.path().parent(), Some(dir.path()));
    }
}
