//! What CLEval counts.

use std::ops::AddAssign;

use super::super::BoxRates;
use super::Match;

/// Characters, counted; sums over pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClevalCounts {
    /// Characters of the ground truth that are to be found.
    pub n_gt: u64,
    /// Characters of the found boxes. For detection: the centres they hold, and for a box
    /// that matches nothing as many characters as its shape suggests, at most 10.
    pub n_det: u64,
    /// Characters that were found (read, for end-to-end).
    pub tp: u64,
    /// Characters of found boxes that match nothing; for end-to-end all that are wrong.
    pub fp: u64,
    /// Found boxes beyond the first of each region: what is taken off `tp` for recall.
    pub granularity_recall: u64,
    /// Regions beyond the first of each found box: what is taken off `tp` for precision.
    pub granularity_precision: u64,
}

impl ClevalCounts {
    /// The rates of these counts. They are not rates of pages averaged: sum the counts first.
    pub fn rates(&self) -> BoxRates {
        BoxRates::of(
            BoxRates::share(self.tp.saturating_sub(self.granularity_recall), self.n_gt),
            BoxRates::share(
                self.tp.saturating_sub(self.granularity_precision),
                self.n_det,
            ),
        )
    }
}

impl AddAssign for ClevalCounts {
    fn add_assign(&mut self, other: Self) {
        self.n_gt += other.n_gt;
        self.n_det += other.n_det;
        self.tp += other.tp;
        self.fp += other.fp;
        self.granularity_recall += other.granularity_recall;
        self.granularity_precision += other.granularity_precision;
    }
}

/// How often boxes and regions do not correspond one to one; sums over pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Splits {
    /// Regions matched by several found boxes.
    pub n_split: u64,
    /// Found boxes that match several regions.
    pub n_merged: u64,
    /// Characters held by a found box after another had them.
    pub n_char_overlapped: u64,
}

impl AddAssign for Splits {
    fn add_assign(&mut self, other: Self) {
        self.n_split += other.n_split;
        self.n_merged += other.n_merged;
        self.n_char_overlapped += other.n_char_overlapped;
    }
}

/// What CLEval finds on one page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClevalPage {
    /// Characters found.
    pub detection: ClevalCounts,
    /// Characters read; `None` unless asked for.
    pub end_to_end: Option<ClevalCounts>,
    /// Splits and merges.
    pub splits: Splits,
    /// What matches what.
    pub matches: Vec<Match>,
}
