//! Samples that are worth a person's look.

use serde::{Deserialize, Serialize};

use super::SampleScore;

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
    /// There is no reference, and the two differ by more than the threshold, or only one of
    /// them has a text.
    Disagreement,
}

impl HardClass {
    /// Every class.
    pub const ALL: [Self; 4] = [
        Self::Both,
        Self::BaselineOnly,
        Self::CandidateOnly,
        Self::Disagreement,
    ];
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
    /// Distance of the two texts / length of the baseline's; `None` unless both have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreement: Option<f64>,
    /// The reference as written; empty for a disagreement.
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

/// A sample whose reference may be wrong: both sides read the same, and something else.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LabelSuspect {
    /// Sample id.
    pub id: String,
    /// The image, as the dataset names it.
    pub image: String,
    /// Places where both agree against the reference, in its order.
    pub places: Vec<SuspectPlace>,
    /// Characters at these places that the reference would gain or lose.
    pub edits: u64,
    /// A reduced copy of the image, relative to the `result.json`.
    pub thumbnail: Option<String>,
    /// The part of the image around the first place, likewise.
    pub crop: Option<String>,
}

/// A place in a reference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuspectPlace {
    /// Words before it in the reference.
    pub word: usize,
    /// The words there; empty when both read words where the reference has none.
    pub reference: String,
    /// The words both read instead.
    pub both_read: String,
}
