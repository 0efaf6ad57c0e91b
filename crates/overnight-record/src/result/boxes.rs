//! Body of `overnight.score-boxes/1`: where text was found, against where it is.

use serde::{Deserialize, Serialize};

use super::ResultBody;

/// Counts over pages and the rates made from their sums, in units of the result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoxScore {
    /// `(tp - granularity_recall) / n_gt`, in [0, 1]; 0 when `n_gt` is.
    pub recall: f64,
    /// `(tp - granularity_precision) / n_det`, in [0, 1]; 0 when `n_det` is.
    pub precision: f64,
    /// Harmonic mean of the two; 0 when both are.
    pub hmean: f64,
    /// Units of the ground truth that are to be found.
    pub n_gt: u64,
    /// Units that were found, right or wrong.
    pub n_det: u64,
    /// Units that were found and are right.
    pub tp: u64,
    /// Units that were found and are wrong.
    pub fp: u64,
    /// Characters taken off for regions found in pieces; 0 unless the metric is `cleval`.
    pub granularity_recall: u64,
    /// Characters taken off for regions found as one; 0 unless the metric is `cleval`.
    pub granularity_precision: u64,
}

/// How often found boxes and regions do not correspond one to one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoxSplits {
    /// Regions matched by several found boxes.
    pub n_split: u64,
    /// Found boxes that match several regions.
    pub n_merged: u64,
    /// Characters held by a found box after another had them.
    pub n_char_overlapped: u64,
}

/// Scores of one page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoxPage {
    /// Its id: the name of its file without `gt_`, `res_` and `.txt`.
    pub id: String,
    /// Whether the predictions have a file for it. If not, nothing was found.
    pub is_predicted: bool,
    /// Finding text.
    pub detection: BoxScore,
    /// Finding and reading it; `None` unless both sides carry text.
    pub end_to_end: Option<BoxScore>,
    /// Splits and merges; `None` unless the metric is `cleval`.
    pub splits: Option<BoxSplits>,
}

/// What `score --boxes-gt` found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BoxScoreResult {
    /// `cleval` or `hmean`.
    pub metric: String,
    /// What the metric does, in words.
    pub definition: String,
    /// Unit of all counts: `character` or `box`.
    pub unit: String,
    /// How a line gives its box: `ltrb`, `quad` or `poly`.
    pub box_type: String,
    /// The archive of the ground truth.
    pub ground_truth: String,
    /// The archive of the predictions.
    pub predictions: String,
    /// Pages of the ground truth.
    pub n: usize,
    /// Pages of the ground truth for which the predictions have no file.
    pub n_unpredicted: usize,
    /// Finding text, over all pages.
    pub detection: BoxScore,
    /// Finding and reading it, over all pages; `None` unless both sides carry text.
    pub end_to_end: Option<BoxScore>,
    /// Splits and merges over all pages; `None` unless the metric is `cleval`.
    pub splits: Option<BoxSplits>,
    /// One row a page, in the natural order of their ids.
    pub pages: Vec<BoxPage>,
}

impl ResultBody for BoxScoreResult {
    const SCHEMA: &'static str = "overnight.score-boxes/1";
}
