//! How sure a number is.

use serde::{Deserialize, Serialize};

/// A confidence interval with the method that made it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end, in the unit of the value it belongs to.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Confidence level in (0, 1), such as 0.95.
    pub level: f64,
    /// How it was computed, such as `bootstrap percentile, 2000 resamples of images, seed 42`.
    pub method: String,
}
