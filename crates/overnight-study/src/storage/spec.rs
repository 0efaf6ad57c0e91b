//! What a storage study is asked and what it answers.

use std::path::PathBuf;

use overnight_image::{Encoding, ParseEncodingError};
use overnight_record::result::StorageResult;
use overnight_record::store::StoreError;
use overnight_record::{Diagnose, ExitCode};

use crate::dataset::Dataset;

/// One storage study.
#[derive(Debug)]
pub struct StorageSpec<'a> {
    /// The samples, already chosen.
    pub dataset: &'a Dataset,
    /// The encodings; the arm `source` comes before them by itself.
    pub arms: Vec<Encoding>,
    /// Decodes per image and arm at least, of which the median counts; small images are decoded
    /// more often. 0 counts as 1.
    pub repeats: usize,
    /// Folder for the encoded copies, one folder an arm below it; `None` keeps none.
    pub keep: Option<PathBuf>,
    /// Seed of every resampling.
    pub seed: u64,
}

/// What a storage study found.
#[derive(Debug, Clone)]
pub struct StorageOutcome {
    /// The typed result.
    pub result: StorageResult,
    /// Files written because of `keep`.
    pub kept: Vec<PathBuf>,
    /// Whether it was stopped before its end; what is there is true.
    pub is_partial: bool,
}

/// A storage study that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum StorageError {
    /// No encoding was named.
    #[error("failed to begin the storage study: no arm is named")]
    NoArm,
    /// Text that names no encoding.
    #[error("failed to read the arms of the storage study")]
    Arm(#[from] ParseEncodingError),
    /// No image could be measured.
    #[error("failed to measure dataset `{dataset}`: none of its images can be decoded{}", first.as_deref().map(|why| format!(" (first: {why})")).unwrap_or_default())]
    NothingMeasured {
        /// The dataset.
        dataset: String,
        /// The first sample's failure.
        first: Option<String>,
    },
    /// A copy could not be written.
    #[error("failed to keep the encoded copy of {id}")]
    Keep {
        /// The sample.
        id: String,
        /// Why.
        source: StoreError,
    },
}

impl Diagnose for StorageError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoArm | Self::Arm(_) => ExitCode::Usage,
            Self::NothingMeasured { .. } => ExitCode::Precondition,
            Self::Keep { source, .. } => source.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoArm | Self::Arm(_) => {
                Some("name arms such as --arms webp:q80,webp:lossless,jpeg:q90,png".to_owned())
            }
            Self::NothingMeasured { .. } => Some(
                "check the dataset's path and the images in it with an image viewer".to_owned(),
            ),
            Self::Keep { source, .. } => source.hint(),
        }
    }
}

/// Reads the names of arms. `source` is always measured and may be named; an arm named
/// twice counts once.
///
/// # Errors
/// [`StorageError::Arm`].
///
/// ```
/// use overnight_study::storage::parse_arms;
/// assert_eq!(parse_arms(&["source", "png", "webp:q80", "png"]).unwrap().len(), 2);
/// assert!(parse_arms(&["webp:80"]).is_err());
/// ```
pub fn parse_arms(names: &[impl AsRef<str>]) -> Result<Vec<Encoding>, StorageError> {
    let mut arms = Vec::new();
    for name in names {
        let name = name.as_ref().trim();
        if name == super::run::SOURCE {
            continue;
        }
        let arm: Encoding = name.parse()?;
        if !arms.contains(&arm) {
            arms.push(arm);
        }
    }
    Ok(arms)
}
