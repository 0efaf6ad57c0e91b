//! Body of `overnight.infer/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BackendInfo, DatasetInfo, ResultBody};
use crate::PredictionStatus;

/// A sample without a usable prediction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleFailure {
    /// Sample id.
    pub id: String,
    /// How it ended.
    pub status: PredictionStatus,
    /// Why, in one line.
    pub error: Option<String>,
}

/// What an inference over a dataset did. The predictions are in a file of their own.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct InferResult {
    /// What was read.
    pub dataset: DatasetInfo,
    /// What read it.
    pub backend: BackendInfo,
    /// Samples that were to be read; equals `n_inferred + n_cached + n_left`.
    pub n: usize,
    /// Samples the backend was asked for now.
    pub n_inferred: usize,
    /// Samples whose prediction was already known.
    pub n_cached: usize,
    /// Samples left because the work was stopped.
    pub n_left: usize,
    /// Predictions by status; sums to `n_inferred + n_cached`.
    pub statuses: BTreeMap<PredictionStatus, usize>,
    /// Wall-clock seconds spent inferring, loading excluded.
    pub wall_s: f64,
    /// Wall-clock seconds spent loading the backend.
    pub load_s: f64,
    /// Samples inferred per second of `wall_s`; `None` when none was inferred.
    pub images_per_s: Option<f64>,
    /// Predictions file, one JSON line a sample, in dataset order.
    pub predictions: String,
    /// Samples without text.
    pub failures: Vec<SampleFailure>,
}

impl ResultBody for InferResult {
    const SCHEMA: &'static str = "overnight.infer/1";
}
