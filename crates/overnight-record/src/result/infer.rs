//! Body of `overnight.infer/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{BackendInfo, DatasetInfo, ResultBody};
use crate::{PredictionStatus, Usage};

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

/// Wall-clock time of one stage, over the samples that were read now and ran it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageSummary {
    /// `decode`, `detect`, `crop`, `recognise`, `post`, `first token`, `request`, or `total` for all of it.
    pub stage: String,
    /// Samples that ran it, failed ones included.
    pub n: usize,
    /// Mean milliseconds a sample.
    pub ms_mean: f64,
    /// Median milliseconds a sample.
    pub ms_p50: f64,
    /// 90th percentile of milliseconds a sample, interpolated.
    pub ms_p90: f64,
    /// All its milliseconds. Samples are read beside each other, so these may exceed the
    /// wall-clock time of the inference.
    pub ms_sum: f64,
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
    /// The same predictions by how their first request ended, for served models: what retries
    /// gained is the difference. Empty for other backends.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub first_statuses: BTreeMap<PredictionStatus, usize>,
    /// Tokens of all requests for these predictions, retries included, as far as the server
    /// told them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// Wall-clock seconds spent inferring, loading excluded.
    pub wall_s: f64,
    /// Wall-clock seconds spent loading the backend.
    pub load_s: f64,
    /// Samples inferred per second of `wall_s`; `None` when none was inferred.
    pub images_per_s: Option<f64>,
    /// Predictions file, one JSON line or one Parquet row a sample, in dataset order.
    pub predictions: String,
    /// Further files with the same predictions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub further_predictions: Vec<String>,
    /// The index page of the overlays, when they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overlay: Option<String>,
    /// Time per stage of the samples read now, in the order of the work, `total` last; empty
    /// when none was read. Known predictions do not count.
    #[serde(default)]
    pub stages: Vec<StageSummary>,
    /// Samples without text.
    pub failures: Vec<SampleFailure>,
}

impl ResultBody for InferResult {
    const SCHEMA: &'static str = "overnight.infer/1";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::result::ResultFile;

    /// A result as version 0.1.0 wrote it before stages and further files were in it.
    const FIRST_FORM: &str = r#"{
        "schema": "overnight.infer/1", "status": "findings", "message": null,
        "summary": {"samples": 3}, "artifacts": [], "provenance": null,
        "dataset": {"name": "few", "path": "few", "format": "sroie", "n_total": 3, "n": 3,
            "content_sha256": "00"},
        "backend": {"name": "tesseract", "kind": "tesseract", "fingerprint": "f",
            "runtime": "tesseract 5.3.0", "device": "cpu", "threads": 2, "models": []},
        "n": 3, "n_inferred": 2, "n_cached": 1, "n_left": 0,
        "statuses": {"ok": 2, "timeout": 1},
        "wall_s": 1.5, "load_s": 0.1, "images_per_s": 1.33,
        "predictions": "p.jsonl",
        "failures": [{"id": "a", "status": "timeout", "error": "no answer within 120 s"}]
    }"#;

    #[test]
    fn the_first_form_is_still_read() {
        let file: ResultFile<InferResult> = serde_json::from_str(FIRST_FORM).unwrap();
        assert_eq!(file.schema, InferResult::SCHEMA);
        assert_eq!(file.body.n_inferred, 2);
        assert_eq!(file.body.failures[0].status, PredictionStatus::Timeout);
        assert!(file.body.stages.is_empty() && file.body.further_predictions.is_empty());
        assert_eq!(file.body.overlay, None);
    }
}
