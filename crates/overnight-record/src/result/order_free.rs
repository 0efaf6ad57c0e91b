//! Scores that do not ask for the order of the text, and key values.

use serde::{Deserialize, Serialize};

/// Scores of scored samples, whatever order their text is in. Counts are summed over samples,
/// shares are made from the sums.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OrderFreeScore {
    /// Samples these rest on.
    pub n: usize,
    /// Characters as a bag, white space left out.
    pub characters: BagScore,
    /// Words as a bag.
    pub words: BagScore,
    /// Lines put beside each other by best assignment.
    pub lines: LineScore,
}

/// How much two bags have in common.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct BagScore {
    /// Members of both, each as often as in the poorer one.
    pub common: u64,
    /// Members of the reference.
    pub n_ref: u64,
    /// Members of the hypothesis.
    pub n_hyp: u64,
    /// `common / n_hyp`, in [0, 1].
    pub precision: Option<f64>,
    /// `common / n_ref`, in [0, 1].
    pub recall: Option<f64>,
    /// `2 common / (n_ref + n_hyp)`, in [0, 1].
    pub f1: Option<f64>,
}

/// Lines matched whatever their order.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LineScore {
    /// Samples that are in no number here: matching their lines would take too long.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub n_left_out: usize,
    /// Lines of the references.
    pub n_ref: u64,
    /// Lines of the hypotheses.
    pub n_hyp: u64,
    /// Pairs that are the same.
    pub exact: u64,
    /// Mean over reference lines of `1 - distance / longer length`, 0 for a line without a
    /// partner; in [0, 1].
    pub one_minus_ned: Option<f64>,
    /// Distances of the pairs, lines without a partner counted whole, / characters of the
    /// reference lines.
    pub cer: Option<f64>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}

/// One key value over all samples that have a reference for it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldScore {
    /// Its name, such as `total`.
    pub field: String,
    /// Samples with a reference for it.
    pub n: u64,
    /// Of these, with a prediction that was scored.
    pub n_scored: u64,
    /// Of these, whose text holds the value: as far as a step behind the OCR could find it.
    pub in_text: u64,
    /// Of the scored ones, with key values in the prediction.
    pub n_extracted: u64,
    /// Of these, with exactly this value.
    pub exact: u64,
    /// Mean of `1 - distance / longer length` over the extracted ones, in [0, 1].
    pub one_minus_ned: Option<f64>,
}

impl FieldScore {
    /// What is done to a value, to what was read for it, and to the text it is looked for in.
    pub const NORMALISATION: &'static str = "upper case, NFC, white space removed";
}
