//! Body of `overnight.compare/1`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Aggregate, Breakdown, DatasetInfo, HardClass, HardSample, ImageProperties, LabelSuspect,
    PairedDifference, ResultBody, Routing, SampleScore, Side,
};

/// Both scores of one sample, and what it is like.
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
    /// Mean confidence of the baseline's characters in [0, 1]; `None` without one.
    #[serde(default)]
    pub baseline_confidence: Option<f64>,
    /// Confidence of the baseline's least sure line, likewise.
    #[serde(default)]
    pub baseline_least_confidence: Option<f64>,
    /// What the image is like; `None` when it cannot be decoded or nobody looked.
    #[serde(default)]
    pub properties: Option<ImageProperties>,
    /// Lines of the reference.
    #[serde(default)]
    pub n_lines: usize,
    /// The script most letters of the reference are in, such as `hangul`.
    #[serde(default)]
    pub script: Option<String>,
    /// The language, where the dataset tells it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
}

/// Both sides under a further scoring profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileComparison {
    /// The profile.
    pub profile: String,
    /// What it does, in words.
    pub definition: String,
    /// Its unit.
    pub unit: String,
    /// Character error rate of the baseline over its own scored samples.
    pub baseline: Aggregate,
    /// Character error rate of the candidate over its own scored samples.
    pub candidate: Aggregate,
    /// Both on the samples both scored.
    pub paired: Option<PairedDifference>,
}

/// Two sets of predictions over the same samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CompareResult {
    /// The samples.
    pub dataset: DatasetInfo,
    /// Scoring profile of every number here, unless another is named.
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
    /// The same under other profiles.
    #[serde(default)]
    pub further_profiles: Vec<ProfileComparison>,
    /// The same by properties of the samples.
    #[serde(default)]
    pub breakdowns: Vec<Breakdown>,
    /// Using both.
    #[serde(default)]
    pub routing: Option<Routing>,
    /// CER above which a sample counts as hard.
    pub hard_threshold: f64,
    /// One row a sample with a reference, in dataset order.
    pub samples: Vec<PairedSample>,
    /// Samples without a reference: only how far the two texts lie apart is known of them.
    #[serde(default)]
    pub n_without_reference: usize,
    /// All hard samples by class, those that were not exported included.
    #[serde(default)]
    pub hard_counts: BTreeMap<HardClass, usize>,
    /// The worst hard samples, worst first.
    pub hard_samples: Vec<HardSample>,
    /// The same as a dataset of the format `jsonl`; `None` without hard samples.
    #[serde(default)]
    pub hard_dataset: Option<String>,
    /// Samples whose reference may be wrong, in all.
    #[serde(default)]
    pub n_label_suspects: usize,
    /// The most suspect of them, those with the most such places first.
    #[serde(default)]
    pub label_suspects: Vec<LabelSuspect>,
}

impl ResultBody for CompareResult {
    const SCHEMA: &'static str = "overnight.compare/1";
}
