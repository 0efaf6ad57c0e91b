//! Recall, precision and their harmonic mean.

use std::ops::AddAssign;

/// How much was found, how much of what was found is right, and both in one number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoxRates {
    /// Share of the ground truth that was found, in [0, 1]; 0 without ground truth.
    pub recall: f64,
    /// Share of what was found that is right, in [0, 1]; 0 when nothing was found.
    pub precision: f64,
    /// Harmonic mean of the two; 0 when both are.
    pub hmean: f64,
}

impl BoxRates {
    /// From the two shares.
    pub(super) fn of(recall: f64, precision: f64) -> Self {
        let sum = recall + precision;
        Self {
            recall,
            precision,
            hmean: if sum == 0.0 {
                0.0
            } else {
                2.0 * recall * precision / sum
            },
        }
    }

    /// `part / whole`, 0 when `whole` is.
    pub(super) fn share(part: u64, whole: u64) -> f64 {
        if whole == 0 {
            0.0
        } else {
            part as f64 / whole as f64
        }
    }
}

/// Whole boxes, counted; sums over pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BoxCounts {
    /// Ground-truth boxes that are to be found.
    pub n_gt: u64,
    /// Found boxes, without those left out in don't-care regions.
    pub n_det: u64,
    /// Found boxes that are right; each ground-truth box is found by at most one.
    pub tp: u64,
}

impl BoxCounts {
    /// The rates of these counts.
    pub fn rates(&self) -> BoxRates {
        BoxRates::of(
            BoxRates::share(self.tp, self.n_gt),
            BoxRates::share(self.tp, self.n_det),
        )
    }
}

impl AddAssign for BoxCounts {
    fn add_assign(&mut self, other: Self) {
        self.n_gt += other.n_gt;
        self.n_det += other.n_det;
        self.tp += other.tp;
    }
}
