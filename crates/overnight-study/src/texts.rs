//! What was read, as a text file a sample, for people and for programs that read nothing else.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use overnight_record::store::{self, StoreError};
use overnight_record::{Diagnose, ExitCode, Prediction};

use crate::cache::CacheError;
use crate::sample_file::sample_file;

/// Texts that could not be written.
#[derive(Debug, thiserror::Error)]
pub enum TextsError {
    /// A prediction cannot be read back.
    #[error("failed to write the texts")]
    Cache(#[from] CacheError),
    /// A file cannot be written.
    #[error("failed to write the texts")]
    Store(#[from] StoreError),
    /// An old file cannot be removed.
    #[error("failed to remove {path}, the text of a sample that has none now")]
    Remove {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Diagnose for TextsError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Cache(source) => source.exit_code(),
            Self::Store(source) => source.exit_code(),
            Self::Remove { .. } => ExitCode::Temporary,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Cache(source) => source.hint(),
            Self::Store(source) => source.hint(),
            Self::Remove { .. } => None,
        }
    }
}

/// Writes `ID.txt` into `folder` for every prediction with text, and returns how many there
/// are. A sample without text has no file, and an old one of its is removed: an empty file
/// would say that the image is empty. Files of samples that are not among the predictions, such
/// as those of other shards, stay.
///
/// # Errors
/// [`TextsError`].
pub fn write_texts(
    folder: &Path,
    predictions: impl Iterator<Item = Result<Prediction, CacheError>>,
) -> Result<usize, TextsError> {
    let mut n = 0;
    for prediction in predictions {
        let prediction = prediction?;
        let path = folder.join(sample_file(&prediction.id, "txt"));
        if prediction.status.is_scored() {
            let text = format!("{}\n", prediction.text);
            // What stands there already need not be synced again.
            if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                store::write_atomically(&path, text.as_bytes())?;
            }
            n += 1;
            continue;
        }
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(TextsError::Remove { path, source });
            }
            _ => {}
        }
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    use overnight_record::PredictionStatus;
    use overnight_record::result::BackendInfo;

    use super::*;

    fn prediction(
        id: &str,
        status: PredictionStatus,
        text: &str,
    ) -> Result<Prediction, CacheError> {
        let info = BackendInfo {
            name: "b".to_owned(),
            kind: "openai".to_owned(),
            runtime: String::new(),
            device: String::new(),
            threads: 1,
            models: Vec::new(),
            fingerprint: "f".to_owned(),
        };
        let about = (id, "a.png", "00");
        let nothing = crate::infer::without_text(about, &info, status, "no".to_owned());
        Ok(Prediction {
            text: text.to_owned(),
            ..nothing
        })
    }

    #[test]
    fn who_has_no_text_has_no_file_even_an_old_one() {
        use PredictionStatus::{Empty, Ok as Read, Timeout};
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("deep/texts");
        let write = |all: Vec<_>| write_texts(&folder, all.into_iter()).unwrap();
        let first = vec![
            prediction("a", Read, "TEA\n1.00"),
            prediction("b", Read, "old"),
            prediction("x/y", Read, "odd"),
        ];
        assert_eq!(write(first), 3);
        let second = vec![
            prediction("a", Read, "TEA\n1.00"),
            prediction("b", Timeout, ""),
            prediction("c", Empty, ""),
        ];
        assert_eq!(write(second), 1);
        assert_eq!(
            fs::read_to_string(folder.join("a.txt")).unwrap(),
            "TEA\n1.00\n"
        );
        let mut names: Vec<String> = fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names[1].starts_with("x_y."), "{names:?}");
    }
}
