//! One of two readers that are compared: what it read, how well, and at what cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Aggregate, BackendInfo, ErrorCounts, FieldScore, OrderFreeScore};
use crate::PredictionStatus;

/// One of the two sets of predictions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// Name for people: the backend, or the predictions file.
    pub name: String,
    /// The backend, when it was run or known here.
    pub backend: Option<BackendInfo>,
    /// The predictions file.
    pub predictions: String,
    /// Predictions by status; samples without a prediction count as `skipped`.
    pub statuses: BTreeMap<PredictionStatus, usize>,
    /// The same by how the first request for each ended, for served models: what retries
    /// gained is the difference. Empty for others.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub first_statuses: BTreeMap<PredictionStatus, usize>,
    /// Scored samples / samples.
    pub coverage: f64,
    /// Character error rate over the side's own scored samples.
    pub cer: Aggregate,
    /// Word error rate over the side's own scored samples.
    pub wer: Aggregate,
    /// The same samples with the answers as they came, where any was cleaned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawScore>,
    /// What was read wrong, over the side's own scored samples.
    #[serde(default)]
    pub errors: ErrorCounts,
    /// Scores that do not ask for the order of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_free: Option<OrderFreeScore>,
    /// Key values, where the dataset has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldScore>,
    /// What reading cost.
    #[serde(default)]
    pub cost: ReadingCost,
    /// How far two readings of the same image by the same reader lie apart, when it was asked
    /// for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub noise: Option<NoiseFloor>,
}

/// Error rates of answers before anything was taken off them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RawScore {
    /// Scored samples whose answer was changed before it was scored.
    pub n_cleaned: usize,
    /// Character error rate of the answers as they came, over the same samples.
    pub cer: Aggregate,
    /// Word error rate likewise.
    pub wer: Aggregate,
}

/// What a side's predictions say about time and tokens. Failed samples cost, too, and count.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ReadingCost {
    /// Predictions that carry a time.
    pub n_timed: usize,
    /// Mean milliseconds a sample, from its image file to its text. Samples read beside each
    /// other each take their own time.
    pub ms_mean: Option<f64>,
    /// Median of the same.
    pub ms_p50: Option<f64>,
    /// 90th percentile of the same, interpolated; `None` below 64 samples.
    pub ms_p90: Option<f64>,
    /// Median milliseconds until the first piece of a served model's answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_token_ms_p50: Option<f64>,
    /// Predictions that carry tokens.
    pub n_with_tokens: usize,
    /// Tokens in of these, retries included.
    pub prompt_tokens: u64,
    /// Tokens out of these, retries included.
    pub completion_tokens: u64,
    /// Requests or tries for all predictions.
    pub attempts: u64,
}

/// Two readings of the same images by the same reader: what is left of a difference when
/// nothing differs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NoiseFloor {
    /// Samples that were read again.
    pub n: usize,
    /// Of these, read as the same text both times, or failed alike.
    pub n_identical: usize,
    /// Of these, with another status the second time.
    pub n_status_changed: usize,
    /// Error rate of the second reading against the first, over samples read both times.
    pub disagreement: Aggregate,
    /// The second predictions.
    pub predictions: String,
}
