//! When the night will have come to its end, by how long the same commands took before.

use jiff::{SignedDuration, Timestamp};
use overnight_record::StepId;
use overnight_run::RunSummary;
use serde::Serialize;

use super::RunningNow;

/// An estimate of the end of a night: steps after each other, none of them failing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Forecast {
    /// When the last step will have ended, as far as its parts are known.
    pub(crate) end: Timestamp,
    /// Steps ahead whose command never ran to its end before: they come on top.
    pub(crate) n_unknown: usize,
}

impl Forecast {
    /// Adds up what is left. `usual_s` says how long the command of a step took before.
    pub(crate) fn of(
        summary: &RunSummary,
        running: &[RunningNow],
        now: Timestamp,
        usual_s: impl Fn(StepId) -> Option<f64>,
    ) -> Self {
        let mut n_unknown = 0;
        // Steps that run beside each other end beside each other.
        let mut left_s = 0.0_f64;
        for running in running {
            match running.left_s {
                Some(left) => left_s = left_s.max(left),
                None => n_unknown += 1,
            }
        }
        let is_ahead = |id: StepId| running.iter().all(|running| running.step.step != id);
        let ahead = summary.steps.iter().filter(|step| step.state.is_none());
        for step in ahead.filter(|step| step.run.is_some() && is_ahead(step.id)) {
            match usual_s(step.id) {
                Some(usual) => left_s += usual,
                None => n_unknown += 1,
            }
        }
        let span = SignedDuration::from_secs_f64(left_s.clamp(0.0, 1e9));
        Self {
            end: now.checked_add(span).unwrap_or(now),
            n_unknown,
        }
    }
}
