//! Body of `overnight.enhance/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Aggregate, BackendInfo, DatasetInfo, PairedDifference, ResultBody, SampleScore};
use crate::PredictionStatus;

/// One arm of the enhancement study.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnhanceArm {
    /// Its name: `none`, `sepia`.
    pub name: String,
    /// What it computes, in words and numbers, with its source.
    pub definition: String,
    /// Predictions by status.
    pub statuses: BTreeMap<PredictionStatus, usize>,
    /// Scored samples / samples.
    pub coverage: f64,
    /// Character error rate over the arm's own scored samples.
    pub cer: Aggregate,
    /// Against the arm `none` on samples both scored; `None` for `none` itself.
    pub against_none: Option<PairedDifference>,
    /// Median milliseconds of the enhancement alone, per image.
    pub filter_ms_p50: f64,
    /// Milliseconds of the enhancement per megapixel, over all images.
    pub filter_ms_per_mp: f64,
    /// Median milliseconds from decoded image to text, enhancement included.
    pub total_ms_p50: Option<f64>,
}

/// Score of one sample in one arm.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ArmScore {
    /// The arm.
    pub arm: String,
    /// The image, as the dataset names it.
    pub image: String,
    /// Its score.
    pub score: SampleScore,
    /// Milliseconds of the enhancement.
    pub filter_ms: f64,
    /// Milliseconds from decoded image to text, enhancement included.
    pub total_ms: Option<f64>,
}

/// Does enhancement help?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EnhanceResult {
    /// The samples.
    pub dataset: DatasetInfo,
    /// The backend.
    pub backend: BackendInfo,
    /// Scoring profile.
    pub profile: String,
    /// What the profile does, in words.
    pub definition: String,
    /// Its unit.
    pub unit: String,
    /// Seed of the choice of samples and of the intervals.
    pub seed: u64,
    /// The arms, `none` first.
    pub arms: Vec<EnhanceArm>,
    /// One row a sample and arm.
    pub samples: Vec<ArmScore>,
    /// The answer in one sentence, with its evidence.
    pub verdict: String,
}

impl ResultBody for EnhanceResult {
    const SCHEMA: &'static str = "overnight.enhance/1";
}
