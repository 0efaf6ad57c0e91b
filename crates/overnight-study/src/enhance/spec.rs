//! What an enhancement study is asked and what it answers.

use overnight_image::{Filter, ParseFilterError};
use overnight_metrics::Profile;
use overnight_ocr::Backend;
use overnight_record::result::{EnhanceResult, SampleFailure};
use overnight_record::{Diagnose, ExitCode, Prediction};

use crate::dataset::Dataset;

/// One enhancement study.
pub struct EnhanceSpec<'a> {
    /// The samples, already chosen.
    pub dataset: &'a Dataset,
    /// What reads them.
    pub backend: &'a dyn Backend,
    /// The arms; `none` is put first by itself.
    pub arms: Vec<Filter>,
    /// How predictions are scored.
    pub profile: Profile,
    /// Seed of every resampling.
    pub seed: u64,
}

/// What an arm's reads gave, in dataset order.
#[derive(Debug, Clone)]
pub struct ArmPredictions {
    /// The arm.
    pub arm: Filter,
    /// One prediction a sample. The fingerprint names the filter, so that nobody takes them
    /// for the backend's reading of the unchanged file.
    pub predictions: Vec<Prediction>,
}

/// What an enhancement study found.
#[derive(Debug, Clone)]
pub struct EnhanceOutcome {
    /// The typed result.
    pub result: EnhanceResult,
    /// The predictions behind it, in the order of the arms.
    pub predictions: Vec<ArmPredictions>,
    /// Samples without text in some arm; `error` names the arm.
    pub failures: Vec<SampleFailure>,
    /// Whether it was stopped before its end; what is there is true.
    pub is_partial: bool,
}

/// An enhancement study that cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum EnhanceError {
    /// Only `none`, or nothing, was named.
    #[error("failed to begin the enhancement study: no arm but `none` is named")]
    NoArm,
    /// Text that names no filter.
    #[error("failed to read the arms of the enhancement study")]
    Arm(#[from] ParseFilterError),
    /// No sample has a reference.
    #[error(
        "failed to begin the enhancement study: no sample of dataset `{dataset}` has a reference"
    )]
    NoReference {
        /// The dataset.
        dataset: String,
    },
}

impl Diagnose for EnhanceError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoArm | Self::Arm(_) => ExitCode::Usage,
            Self::NoReference { .. } => ExitCode::Precondition,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoArm | Self::Arm(_) => {
                let names: Vec<&str> = Filter::ALL.iter().map(|filter| filter.name()).collect();
                format!("name arms with --arms {}", names.join(","))
            }
            Self::NoReference { .. } => {
                "give the samples ground truth, or use `overnight bench` for speed alone".to_owned()
            }
        })
    }
}

/// Reads the names of arms, `none` always first; an arm named twice counts once.
///
/// # Errors
/// [`EnhanceError::Arm`].
///
/// ```
/// use overnight_study::enhance::parse_arms;
/// let arms = parse_arms(&["sepia", "none"]).unwrap();
/// assert_eq!(arms[0].name(), "none");
/// assert!(parse_arms(&["sepai"]).is_err());
/// ```
pub fn parse_arms(names: &[impl AsRef<str>]) -> Result<Vec<Filter>, EnhanceError> {
    let mut arms = vec![Filter::None];
    for name in names {
        let arm: Filter = name.as_ref().trim().parse()?;
        if !arms.contains(&arm) {
            arms.push(arm);
        }
    }
    Ok(arms)
}
