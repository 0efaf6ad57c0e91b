//! Predictions that are already known, by image content and backend fingerprint.
//!
//! One file a fingerprint, `FOLDER/<fingerprint>.jsonl`, one prediction a line, only ever
//! appended to. A line is handed to the system in a single write to a file opened for
//! appending: two processes may share the file, and a killed one leaves at most one torn
//! line, which readers pass over. In memory there is only where each prediction lies.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufRead, BufReader, Seek, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use overnight_record::store::sha256_hex;
use overnight_record::{Diagnose, ExitCode, Prediction, PredictionStatus};
use serde::Deserialize;

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
    /// A prediction that lay in it does no more.
    #[error("failed to read a prediction back from the cache {path}: it was changed from outside")]
    Changed {
        /// The file.
        path: PathBuf,
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
    /// Where the prediction for an image lies, by the image's SHA-256.
    known: HashMap<String, Place>,
    /// The file does not end with a line end: begin a new line before the next prediction.
    is_torn: bool,
}

/// A line of the file, its line end excluded.
#[derive(Debug, Clone, Copy)]
struct Place {
    offset: u64,
    bytes: usize,
}

/// What decides whether a line is of use; the rest is read when it is asked for.
#[derive(Deserialize)]
struct Key {
    image_sha256: String,
    fingerprint: String,
}

impl PredictionCache {
    /// Opens the cache of a backend in `folder`, making both when they are new. Lines that
    /// cannot be read, or that belong to another fingerprint, are passed over.
    ///
    /// # Errors
    /// [`CacheError::Open`].
    pub fn open(folder: &Path, fingerprint: &str) -> Result<Self, CacheError> {
        let path = folder.join(format!("{}.jsonl", file_stem(fingerprint)));
        let open = || {
            fs::create_dir_all(folder)?;
            let file = OpenOptions::new()
                .create(true)
                .read(true)
                .append(true)
                .open(&path)?;
            let (known, is_torn) = index(&file, &path, fingerprint)?;
            Ok((file, known, is_torn))
        };
        match open() {
            Ok((file, known, is_torn)) => Ok(Self {
                path,
                file,
                known,
                is_torn,
            }),
            Err(source) => Err(CacheError::Open { path, source }),
        }
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
    /// backend name are those of the sample it was first made for. `None` also when the
    /// line is no prediction of the present form.
    pub fn get(&self, image_sha256: &str) -> Option<Prediction> {
        let place = self.known.get(image_sha256)?;
        let mut bytes = vec![0; place.bytes];
        self.file.read_exact_at(&mut bytes, place.offset).ok()?;
        let prediction: Prediction = serde_json::from_slice(&bytes).ok()?;
        (prediction.image_sha256 == image_sha256).then_some(prediction)
    }

    /// As [`Self::get`], for a prediction that was there before.
    ///
    /// # Errors
    /// [`CacheError::Changed`].
    pub fn get_again(&self, image_sha256: &str) -> Result<Prediction, CacheError> {
        self.get(image_sha256).ok_or_else(|| CacheError::Changed {
            path: self.path.clone(),
        })
    }

    /// Adds a prediction that is worth keeping, one that another try would repeat, and says
    /// whether it is in the cache now. It survives the end of this process when this
    /// returns, and that of the machine after [`Self::sync`].
    ///
    /// # Errors
    /// [`CacheError::Append`].
    pub fn put(&mut self, prediction: &Prediction) -> Result<bool, CacheError> {
        let image = &prediction.image_sha256;
        if image.is_empty() || !is_final(prediction) {
            return Ok(false);
        }
        if self.get(image).is_some() {
            return Ok(true);
        }
        let place = self
            .append(prediction)
            .map_err(|source| self.append_error(source))?;
        self.known.insert(image.clone(), place);
        Ok(true)
    }

    /// Waits until everything that was added is on disk.
    ///
    /// # Errors
    /// [`CacheError::Append`].
    pub fn sync(&self) -> Result<(), CacheError> {
        self.file
            .sync_data()
            .map_err(|source| self.append_error(source))
    }

    fn append(&mut self, prediction: &Prediction) -> io::Result<Place> {
        let mut line = Vec::new();
        if self.is_torn {
            line.push(b'\n');
        }
        let begin = line.len();
        serde_json::to_writer(&mut line, prediction)?;
        let bytes = line.len() - begin;
        line.push(b'\n');
        // Until the write is through, what it leaves may be torn.
        self.is_torn = true;
        let mut file = &self.file;
        file.write_all(&line)?;
        self.is_torn = false;
        // Of a file opened for appending, the position is behind what was just written,
        // whoever else appends to it.
        let end = file.stream_position()?;
        Ok(Place {
            offset: end.saturating_sub(bytes as u64 + 1),
            bytes,
        })
    }

    fn append_error(&self, source: io::Error) -> CacheError {
        CacheError::Append {
            path: self.path.clone(),
            source,
        }
    }
}

/// Where the predictions with this fingerprint lie, and whether the last line has no end.
/// Of several for one image the last counts: it was added because the others were of no use.
fn index(
    file: &File,
    path: &Path,
    fingerprint: &str,
) -> io::Result<(HashMap<String, Place>, bool)> {
    let mut known = HashMap::new();
    let (mut offset, mut unreadable, mut is_torn) = (0_u64, 0_usize, false);
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        if length == 0 {
            break;
        }
        let begin = offset;
        offset += length as u64;
        is_torn = line.last() != Some(&b'\n');
        let text = line.strip_suffix(b"\n").unwrap_or(&line);
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Key>(text) {
            Ok(key) if key.fingerprint == fingerprint => {
                let place = Place {
                    offset: begin,
                    bytes: text.len(),
                };
                known.insert(key.image_sha256, place);
            }
            _ => unreadable += 1,
        }
    }
    if unreadable > 0 {
        tracing::warn!(path = %path.display(), lines = unreadable, "passed over cache lines");
    }
    Ok((known, is_torn))
}

/// Whether the same image would end the same way again.
fn is_final(prediction: &Prediction) -> bool {
    match prediction.status {
        PredictionStatus::Ok | PredictionStatus::Empty | PredictionStatus::Undecodable => true,
        // A model's own doing, after the further tries its backend thought worth making.
        PredictionStatus::Truncated
        | PredictionStatus::Loop
        | PredictionStatus::Refusal
        | PredictionStatus::ParseError => !prediction.attempt_log.is_empty(),
        PredictionStatus::HttpError
        | PredictionStatus::Timeout
        | PredictionStatus::Oom
        | PredictionStatus::Crashed
        | PredictionStatus::Skipped => false,
    }
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
            finish_reason: None,
            raw: None,
            fields: Default::default(),
            attempt_log: Vec::new(),
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
        for _ in 0..2 {
            let kept = all.each_ref().map(|one| cache.put(one).unwrap());
            assert_eq!(kept, [true, true, true, false, false, false]);
        }
        assert_eq!(known(dir.path()), ["a", "b", "c"]);
        let lines = fs::read_to_string(cache.path()).unwrap();
        assert_eq!(lines.lines().count(), 3, "nothing is written twice");
    }

    #[test]
    fn a_torn_line_is_passed_over_and_not_continued() {
        let dir = tempfile::tempdir().unwrap();
        let mut cache = PredictionCache::open(dir.path(), "f1").unwrap();
        cache.put(&prediction("a", PredictionStatus::Ok)).unwrap();
        cache.put(&prediction("b", PredictionStatus::Ok)).unwrap();
        let path = cache.path().to_owned();
        let bytes = fs::read(&path).unwrap();
        for cut in 0..bytes.len() {
            fs::write(&path, &bytes[..cut]).unwrap();
            let mut cache = PredictionCache::open(dir.path(), "f1").unwrap();
            cache.put(&prediction("c", PredictionStatus::Ok)).unwrap();
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
                        assert!(cache.put(&prediction).unwrap());
                        assert_eq!(cache.get(&prediction.image_sha256), Some(prediction));
                    }
                });
            }
        });
        assert_eq!(known(dir.path()).len(), 40);
    }

    #[test]
    fn a_line_of_another_form_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let mut cache = PredictionCache::open(dir.path(), "f1").unwrap();
        let old = "{\"image_sha256\": \"a\", \"fingerprint\": \"f1\"}\n";
        fs::write(cache.path(), old).unwrap();
        cache = PredictionCache::open(dir.path(), "f1").unwrap();
        assert_eq!((cache.len(), cache.get("a")), (1, None));
        let new = prediction("a", PredictionStatus::Ok);
        assert!(cache.put(&new).unwrap());
        assert_eq!(cache.get("a"), Some(new.clone()));
        cache.sync().unwrap();
        let again = PredictionCache::open(dir.path(), "f1").unwrap();
        assert_eq!(again.get("a"), Some(new));
        // Emptied by somebody else.
        File::create(again.path()).unwrap();
        assert_eq!(again.get("a"), None);
        assert!(matches!(
            again.get_again("a"),
            Err(CacheError::Changed { .. })
        ));
    }

    #[test]
    fn another_fingerprint_knows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let mut cache = PredictionCache::open(dir.path(), "f1").unwrap();
        cache.put(&prediction("a", PredictionStatus::Ok)).unwrap();
        assert!(PredictionCache::open(dir.path(), "f2").unwrap().is_empty());
        let odd = PredictionCache::open(dir.path(), "../../etc/x").unwrap();
        assert_eq!(odd.path().parent(), Some(dir.path()));
    }
}
