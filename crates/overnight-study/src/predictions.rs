//! Predictions on disk: a file with one JSON line or one Parquet row a sample, or a folder with
//! one text a sample.

mod columns;
mod folder;
mod rows;
mod writer;

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use overnight_record::store::{self, StoreError};
use overnight_record::{Diagnose, ExitCode, Prediction, PredictionStatus};

pub use folder::name as folder_name;
pub(crate) use writer::PredictionsWriter;

use crate::dataset::Dataset;

/// Predictions that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum PredictionsError {
    /// It cannot be read, or a line of it is no prediction.
    #[error("failed to load the predictions")]
    Store(#[source] StoreError),
    /// It is no Parquet file, or a broken one.
    #[error("failed to load the predictions: {path} is not a readable Parquet file")]
    Parquet {
        /// The file.
        path: PathBuf,
        /// Why.
        source: parquet::errors::ParquetError,
    },
    /// It is in a form this version does not know.
    #[error(
        "failed to load the predictions: {path} is in the form `{form}`, which is not known here"
    )]
    Form {
        /// The file.
        path: PathBuf,
        /// The form it names.
        form: String,
    },
    /// A row of it is no prediction.
    #[error("failed to load the predictions: {path} row {row} is not a valid record")]
    Row {
        /// The file.
        path: PathBuf,
        /// The row from 1.
        row: usize,
        /// Why.
        source: serde_json::Error,
    },
    /// Two lines speak of one sample.
    #[error("failed to use the predictions in {path}: the sample `{id}` occurs twice")]
    Repeated {
        /// The file.
        path: PathBuf,
        /// The sample.
        id: String,
    },
    /// A folder or a file in it cannot be read.
    #[error("failed to load the predictions: {path} cannot be read")]
    Read {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A text, or its name, is not UTF-8.
    #[error(
        "failed to load the predictions: {path}{} is not UTF-8",
        line.map_or_else(|| ", by its name,".to_owned(), |n| format!(" line {n}"))
    )]
    NotUtf8 {
        /// The file.
        path: PathBuf,
        /// The line from 1; `None` when it is the name.
        line: Option<usize>,
    },
    /// Two files are the text of one sample.
    #[error("failed to use the predictions: {first} and {second} are of one sample")]
    TwoTexts {
        /// The file whose name comes first.
        first: PathBuf,
        /// The other one.
        second: PathBuf,
    },
    /// A folder has no texts.
    #[error("failed to find predictions in {path}: there is no ID.md and no ID.txt in it")]
    NoTexts {
        /// The folder.
        path: PathBuf,
    },
}

impl Diagnose for PredictionsError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Store(StoreError::Read { source, .. })
                if source.kind() == std::io::ErrorKind::NotFound =>
            {
                ExitCode::Precondition
            }
            Self::Store(source) => source.exit_code(),
            Self::NoTexts { .. } => ExitCode::Precondition,
            Self::Parquet { .. }
            | Self::Form { .. }
            | Self::Row { .. }
            | Self::Repeated { .. }
            | Self::Read { .. }
            | Self::NotUtf8 { .. }
            | Self::TwoTexts { .. } => ExitCode::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Parquet { .. } => {
                "files that are not compressed, or with Snappy, are read; other compressions are not"
            }
            Self::Form { .. } => "use the version of overnight that wrote it, or a newer one",
            Self::NoTexts { .. } => {
                "name a text as its image, with .md (Markdown) or .txt in place of the extension"
            }
            Self::TwoTexts { .. } => "leave the one that is meant",
            _ if self.exit_code() == ExitCode::Precondition => {
                "`overnight infer --backend B --dataset D --out F` writes one"
            }
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

/// Whether a predictions file of this name is a Parquet file; all others hold JSON lines.
pub fn is_parquet(path: &Path) -> bool {
    path.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("parquet"))
}

/// Reads a predictions file in the form its name says, or a folder of texts (`ID.md` in Markdown,
/// whose marks are taken off, or `ID.txt` as it is); no sample occurs twice in what it returns.
///
/// # Errors
/// [`PredictionsError`], naming the file and the line or sample.
pub fn read(path: &Path) -> Result<Vec<Prediction>, PredictionsError> {
    if path.is_dir() {
        return folder::read(path);
    }
    let predictions: Vec<Prediction> = if is_parquet(path) {
        rows::read(path)?
    } else {
        store::read_json_lines(path).map_err(PredictionsError::Store)?
    };
    let mut seen = std::collections::HashSet::new();
    for prediction in &predictions {
        if !seen.insert(prediction.id.as_str()) {
            return Err(PredictionsError::Repeated {
                path: path.to_owned(),
                id: prediction.id.clone(),
            });
        }
    }
    Ok(predictions)
}

/// Predictions put beside the samples of a dataset.
#[derive(Debug)]
pub struct Matched<'a> {
    /// One entry a sample, in dataset order; `None` without a usable prediction.
    pub by_sample: Vec<Option<&'a Prediction>>,
    /// Samples whose prediction was made from another image than the dataset holds now;
    /// those predictions are not used.
    pub other_image: usize,
    /// Predictions for samples that are not in use.
    pub unused: usize,
}

impl<'a> Matched<'a> {
    /// Matches by id. `image_hashes` are those of the dataset's images
    /// ([`Dataset::image_hashes`]); where either hash is unknown the id decides alone.
    pub fn new(dataset: &Dataset, image_hashes: &[String], predictions: &'a [Prediction]) -> Self {
        let by_id: HashMap<&str, &Prediction> =
            predictions.iter().map(|p| (p.id.as_str(), p)).collect();
        let mut other_image = 0;
        let mut found = 0;
        let by_sample = dataset
            .samples()
            .iter()
            .zip(image_hashes)
            .map(|(sample, hash)| {
                let prediction = *by_id.get(sample.id.as_str())?;
                found += 1;
                let known = !hash.is_empty() && !prediction.image_sha256.is_empty();
                if known && *hash != prediction.image_sha256 {
                    other_image += 1;
                    return None;
                }
                Some(prediction)
            })
            .collect();
        Self {
            by_sample,
            other_image,
            unused: predictions.len() - found,
        }
    }

    /// What a reader must know about predictions that were not used, in one line.
    pub fn remark(&self) -> Option<String> {
        (self.other_image > 0).then(|| {
            format!(
                "{} made from other images than the dataset holds now; not used",
                counted(self.other_image, "prediction was", "predictions were")
            )
        })
    }
}

/// `1 sample`, `3 samples`.
pub(crate) fn counted(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// How many predictions ended how; those missing count as skipped.
pub fn count_statuses<'a>(
    predictions: impl IntoIterator<Item = Option<&'a Prediction>>,
) -> BTreeMap<PredictionStatus, usize> {
    let mut counts = BTreeMap::new();
    for prediction in predictions {
        let status = prediction.map_or(PredictionStatus::Skipped, |p| p.status);
        *counts.entry(status).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests;
