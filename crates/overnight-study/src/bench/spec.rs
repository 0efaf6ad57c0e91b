//! What a benchmark is asked and what it answers.

use overnight_metrics::Profile;
use overnight_ocr::Backend;
use overnight_record::result::{BenchResult, BenchStage};
use overnight_record::{Diagnose, ExitCode, Prediction};
use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

/// One benchmark of one backend.
pub struct BenchSpec<'a> {
    /// The samples, already chosen.
    pub dataset: &'a Dataset,
    /// What is measured.
    pub backend: &'a dyn Backend,
    /// Seconds it took to load.
    pub load_s: f64,
    /// Stages to time, in the order they are reported.
    pub stages: Vec<BenchStage>,
    /// Items handed over at once, in the order they are reported; each at least 1.
    pub batch_sizes: Vec<usize>,
    /// Timed seconds per case after which no further batch begins.
    pub budget_s: f64,
    /// Passes over the items per case after which no further batch begins.
    pub passes: usize,
    /// Decides which crops are read and every resampling.
    pub seed: u64,
    /// How the timed predictions are scored.
    pub profile: Profile,
}

/// One timed batch, in the order of execution; one row of `batches.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TimedBatch {
    /// What was timed.
    pub stage: BenchStage,
    /// Batch size of its case.
    pub batch_size: usize,
    /// The round of interleaved cases it ran in, from 0.
    pub round: usize,
    /// Items handed over.
    pub items: usize,
    /// Wall-clock milliseconds.
    pub ms: f64,
    /// Seconds from the first timed batch of the benchmark to the beginning of this one.
    pub at_s: f64,
}

/// What a benchmark found.
#[derive(Debug, Clone)]
pub struct BenchOutcome {
    /// The typed result.
    pub result: BenchResult,
    /// Each sample's first timed prediction, in dataset order.
    pub predictions: Vec<Prediction>,
    /// Every timed batch in the order of execution.
    pub batches: Vec<TimedBatch>,
    /// Whether it was stopped before its end; what is there is true.
    pub is_partial: bool,
}

/// A benchmark that cannot begin.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum BenchError {
    /// No stage or no batch size was named.
    #[error("failed to begin the benchmark: no {0} is named")]
    NothingToTime(&'static str),
    /// A batch of nothing.
    #[error("failed to begin the benchmark: 0 is not a batch size")]
    ZeroBatch,
    /// A budget that is not a positive number of seconds.
    #[error("failed to begin the benchmark: {0} s is not a budget")]
    Budget(f64),
    /// Nothing to measure on.
    #[error("failed to begin the benchmark: no image of dataset `{dataset}` can be decoded{}", first.as_deref().map(|why| format!(" (first: {why})")).unwrap_or_default())]
    NoUsableImage {
        /// The dataset.
        dataset: String,
        /// The first sample's failure.
        first: Option<String>,
    },
}

impl Diagnose for BenchError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoUsableImage { .. } => ExitCode::Precondition,
            Self::NothingToTime(_) | Self::ZeroBatch | Self::Budget(_) => ExitCode::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        Some(
            match self {
                Self::NothingToTime("stage") => {
                    "name stages with --stage detection,recognition,pipeline"
                }
                Self::NothingToTime(_) | Self::ZeroBatch => {
                    "name batch sizes from 1, such as --batch-size 1,8"
                }
                Self::Budget(_) => "name the time for each case, such as --budget 20s",
                Self::NoUsableImage { .. } => {
                    "check the dataset's path and the images in it with an image viewer"
                }
            }
            .to_owned(),
        )
    }
}
