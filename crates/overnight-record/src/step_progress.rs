//! `progress.json`: how far a running step has come, for those who watch.

use serde::{Deserialize, Serialize};

/// Name of the file in a step's folder. Any program may write it, atomically.
pub const STEP_PROGRESS_FILE: &str = "progress.json";

/// How far a loop over samples has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepProgress {
    /// What is looped over, such as `recognising receipts`.
    pub what: String,
    /// Items finished, whatever their outcome.
    pub done: u64,
    /// Items in all.
    pub total: u64,
    /// When the loop began.
    pub began: jiff::Timestamp,
    /// When this was written.
    pub at: jiff::Timestamp,
}

impl StepProgress {
    /// Items a second since the loop began; `None` before the first one.
    pub fn rate(&self) -> Option<f64> {
        let seconds = self.at.duration_since(self.began).as_secs_f64();
        (self.done > 0 && seconds > 0.0).then(|| self.done as f64 / seconds)
    }

    /// Seconds to the end at that rate.
    pub fn left_s(&self) -> Option<f64> {
        Some(self.total.saturating_sub(self.done) as f64 / self.rate()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_items_over_seconds() {
        let began = jiff::Timestamp::from_second(1_000).unwrap();
        let at = jiff::Timestamp::from_second(1_020).unwrap();
        let progress = |done| StepProgress {
            what: "reading".to_owned(),
            done,
            total: 100,
            began,
            at,
        };
        assert_eq!(progress(40).rate(), Some(2.0));
        assert_eq!(progress(40).left_s(), Some(30.0));
        assert_eq!(progress(0).left_s(), None);
    }
}
