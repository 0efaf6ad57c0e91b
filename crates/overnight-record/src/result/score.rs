//! Body of `overnight.score/1`, and the error rates other studies share.

use serde::{Deserialize, Serialize};

use super::{FieldScore, OrderFreeScore, RawScore, ResultBody};
use crate::{Interval, PredictionStatus};

/// Error rate of one sample, as integers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SampleScore {
    /// Sample id.
    pub id: String,
    /// Status of its prediction; only `ok` has the numbers below.
    pub status: PredictionStatus,
    /// Units of the normalised reference.
    pub n_ref: u64,
    /// Units of the normalised hypothesis; `None` unless scored.
    pub n_hyp: Option<u64>,
    /// Levenshtein distance in units; `None` unless scored.
    pub distance: Option<u64>,
    /// `distance / n_ref`; may exceed 1; `None` unless scored, or when `n_ref` is 0 and
    /// `distance` is not.
    pub cer: Option<f64>,
    /// Words of the normalised reference.
    pub word_n_ref: u64,
    /// Levenshtein distance in words; `None` unless scored.
    pub word_distance: Option<u64>,
}

/// An error rate over samples. All values are fractions (0.05 is 5 %).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Sum of distances / sum of reference lengths, over scored samples.
    pub micro: Option<f64>,
    /// Mean of per-sample rates.
    #[serde(rename = "macro")]
    pub macro_mean: Option<f64>,
    /// Mean of per-sample rates, each clipped to 1.
    pub macro_clipped: Option<f64>,
    /// Median of per-sample rates.
    pub median: Option<f64>,
    /// Interval of `micro`, from resampling images.
    pub interval: Option<Interval>,
    /// Sum of distances over scored samples.
    pub edits: u64,
    /// Sum of reference lengths over scored samples.
    pub reference_len: u64,
    /// `micro` with every failed sample counted as all wrong (distance = reference length).
    pub failures_as_one: Option<f64>,
}

/// What was read wrong. One least way from reference to hypothesis is counted for each sample:
/// the sum of the three kinds is the distance, their shares are one of several possible.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorCounts {
    /// Units taken for others.
    pub substitutions: u64,
    /// Units that were not read.
    pub deletions: u64,
    /// Units that were read and are not there.
    pub insertions: u64,
    /// By kind of character, those with references first by number.
    pub classes: Vec<ClassErrorCounts>,
    /// The most frequent single errors, at most 50.
    pub confusions: Vec<Confusion>,
}

/// Errors in characters of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassErrorCounts {
    /// The kind, such as `digit` or `hangul`.
    pub class: String,
    /// Characters of the kind in the references.
    pub n_ref: u64,
    /// Of these, taken for others.
    pub substituted: u64,
    /// Of these, not read.
    pub deleted: u64,
    /// Characters of the kind that were read and are not there.
    pub inserted: u64,
}

/// A single error and how often it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confusion {
    /// What the reference has; empty when nothing is there.
    pub reference: String,
    /// What was read; empty when nothing was.
    pub hypothesis: String,
    /// How often.
    pub n: u64,
}

/// Scores of one set of predictions under one profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProfileScore {
    /// Name of the scoring profile.
    pub profile: String,
    /// What the profile does to both texts, in words.
    pub definition: String,
    /// Unit of `n_ref`, `n_hyp` and `distance`, such as `code point`.
    pub unit: String,
    /// Samples with a reference.
    pub n: usize,
    /// Scored samples / `n`.
    pub coverage: f64,
    /// Character error rate.
    pub cer: Aggregate,
    /// Word error rate, words split at white space.
    pub wer: Aggregate,
    /// The same samples with the answers as they came, where any was cleaned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub raw: Option<RawScore>,
    /// What was read wrong, over the scored samples.
    #[serde(default)]
    pub errors: ErrorCounts,
    /// Scores that do not ask for the order of the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_free: Option<OrderFreeScore>,
    /// One row a sample, in dataset order.
    pub samples: Vec<SampleScore>,
}

/// What `score` found: the first profile at the top level, others beside it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreResult {
    /// The first profile asked for.
    #[serde(flatten)]
    pub first: ProfileScore,
    /// The others.
    pub further_profiles: Vec<ProfileScore>,
    /// Predictions that were scored.
    pub predictions: String,
    /// Where the references come from.
    pub dataset: Option<super::DatasetInfo>,
    /// Key values, where the dataset has them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldScore>,
}

impl ResultBody for ScoreResult {
    const SCHEMA: &'static str = "overnight.score/1";
}

/// A significance test.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestResult {
    /// Its full name, zero handling included.
    pub name: String,
    /// Its two-sided p value.
    pub p: f64,
}

/// Difference in an error rate between two arms on the same samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairedDifference {
    /// Samples scored in both arms.
    pub n: usize,
    /// Micro rate of the baseline on those samples.
    pub baseline_micro: f64,
    /// Micro rate of the candidate on those samples.
    pub candidate_micro: f64,
    /// `candidate_micro - baseline_micro`; negative is better.
    pub difference: f64,
    /// Interval of `difference`, from resampling images.
    pub interval: Option<Interval>,
    /// Samples on which the candidate has fewer edits.
    pub wins: usize,
    /// Samples with equal edits.
    pub ties: usize,
    /// Samples on which the candidate has more edits.
    pub losses: usize,
    /// Test of "no difference".
    pub test: Option<TestResult>,
    /// Whether the difference is too small to matter, when a margin was named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub equivalence: Option<PairedEquivalence>,
}

/// What a paired difference shows against a margin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EquivalenceVerdict {
    /// There is a difference, and it is not shown to lie within the margin.
    Different,
    /// The difference lies within the margin.
    Equivalent,
    /// Neither: too few samples, or too much spread, for the margin.
    Undecided,
}

/// Two one-sided tests of a paired difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairedEquivalence {
    /// Differences closer to zero than this do not matter.
    pub margin: f64,
    /// The interval that must lie inside the margin.
    pub interval: Interval,
    /// What it shows.
    pub verdict: EquivalenceVerdict,
    /// What was tested, in words.
    pub tested: String,
    /// The difference these samples would have shown four times out of five.
    pub detectable: Option<f64>,
    /// Samples that would be needed to see a difference as large as the margin.
    pub n_needed: Option<usize>,
}
