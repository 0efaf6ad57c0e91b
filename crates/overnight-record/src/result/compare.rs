//! Body of `overnight.compare/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Aggregate, BackendInfo, DatasetInfo, PairedDifference, ResultBody, SampleScore};
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
    /// Scored samples / samples.
    pub coverage: f64,
    /// Character error rate over the side's own scored samples.
    pub cer: Aggregate,
    /// Word error rate over the side's own scored samples.
    pub wer: Aggregate,
    /// Median milliseconds per sample as recorded in the predictions.
    pub latency_ms_p50: Option<f64>,
}

/// Both scores of one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairedSample {
    /// Sample id.
    pub id: String,
    /// The image, as the dataset names it.
    pub image: String,
    /// Score of the baseline.
    pub baseline: SampleScore,
    /// Score of the candidate.
    pub candidate: SampleScore,
}

/// Why a sample is hard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HardClass {
    /// Both sides fail or lie above the threshold.
    Both,
    /// Only the baseline does: what the candidate could take over.
    BaselineOnly,
    /// Only the candidate does.
    CandidateOnly,
}

/// A sample worth a person's look.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HardSample {
    /// Sample id.
    pub id: String,
    /// The image, as the dataset names it.
    pub image: String,
    /// Which side finds it hard.
    pub class: HardClass,
    /// Why, in one line.
    pub reason: String,
    /// Score of the baseline.
    pub baseline: SampleScore,
    /// Score of the candidate.
    pub candidate: SampleScore,
    /// The reference as written.
    pub reference: String,
    /// The baseline's text; empty unless `ok`.
    pub baseline_text: String,
    /// The candidate's text; empty unless `ok`.
    pub candidate_text: String,
    /// A reduced copy of the image (JPEG), relative to the `result.json`; `None` when the
    /// image cannot be decoded.
    pub thumbnail: Option<String>,
    /// The part of the image around the first differing line (JPEG), likewise.
    pub crop: Option<String>,
}

/// Two sets of predictions over the same samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareResult {
    /// The samples.
    pub dataset: DatasetInfo,
    /// Scoring profile of every number here.
    pub profile: String,
    /// What the profile does, in words.
    pub definition: String,
    /// Its unit.
    pub unit: String,
    /// The side to beat.
    pub baseline: Side,
    /// The side under test.
    pub candidate: Side,
    /// Both on the samples both scored.
    pub paired: Option<PairedDifference>,
    /// CER above which a sample counts as hard.
    pub hard_threshold: f64,
    /// One row a sample, in dataset order.
    pub samples: Vec<PairedSample>,
    /// Hard samples, worst first.
    pub hard_samples: Vec<HardSample>,
}

impl ResultBody for CompareResult {
    const SCHEMA: &'static str = "overnight.compare/1";
}
