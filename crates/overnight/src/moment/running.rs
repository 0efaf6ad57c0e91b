//! A step that runs: how far it is, what it holds.

use std::path::Path;

use jiff::Timestamp;
use overnight_record::{STEP_PROGRESS_FILE, StepProgress, store};
use overnight_run::RunFolder;
use overnight_run::shim::{Glance, TreeMemory};
use overnight_run::state::RunningStep;
use serde::Serialize;

/// A step whose command was started and has not ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct RunningNow {
    /// The step as the ledger has it.
    #[serde(flatten)]
    pub(crate) step: RunningStep,
    /// Seconds since it was started.
    pub(crate) elapsed_s: f64,
    /// The process that watches it; `None` until that has said who it is.
    pub(crate) pid: Option<u32>,
    /// Whether that process lives; `None` when it is not known.
    pub(crate) is_alive: Option<bool>,
    /// How far it is, when it tells.
    pub(crate) progress: Option<StepProgress>,
    /// Items a second.
    pub(crate) rate_per_s: Option<f64>,
    /// Seconds until its end: by its progress, or else by how long its command took before.
    pub(crate) left_s: Option<f64>,
    /// What its processes hold.
    pub(crate) memory: Option<TreeMemory>,
}

impl RunningNow {
    /// Looks at a running step. `usual_s` is how long its command took before.
    pub(crate) fn look(
        step: &RunningStep,
        run_folder: &Path,
        usual_s: Option<f64>,
        now: Timestamp,
    ) -> Self {
        let folder = run_folder.join(RunFolder::attempt(step.step, step.attempt));
        let glance = Glance::at(&folder);
        let elapsed_s = seconds(step.since, now);
        // What another attempt left in the folder would be older than this one.
        let progress = store::read_json::<StepProgress>(&folder.join(STEP_PROGRESS_FILE))
            .ok()
            .filter(|progress| progress.at >= step.since);
        Self {
            elapsed_s,
            pid: glance.map(|glance| glance.pid),
            is_alive: glance.map(|glance| glance.is_alive),
            rate_per_s: progress.as_ref().and_then(StepProgress::rate),
            left_s: left_s(progress.as_ref(), usual_s, elapsed_s, now),
            memory: glance.and_then(|glance| glance.memory),
            progress,
            step: step.clone(),
        }
    }
}

/// Seconds to the end: by the loop that runs, unless the command usually takes longer than
/// that loop, of which it may have several.
fn left_s(
    progress: Option<&StepProgress>,
    usual_s: Option<f64>,
    elapsed_s: f64,
    now: Timestamp,
) -> Option<f64> {
    let by_loop = progress
        .and_then(|progress| Some(progress.left_s()? - seconds(progress.at, now)))
        .map(|left| left.max(0.0));
    let by_custom = usual_s
        .map(|usual| usual - elapsed_s)
        .filter(|left| *left > 0.0);
    match (by_loop, by_custom) {
        (Some(a), Some(b)) => Some(a.max(b)),
        (a, b) => a.or(b),
    }
}

/// Seconds from one moment to a later one; 0 when the clock was set back in between.
pub(super) fn seconds(from: Timestamp, to: Timestamp) -> f64 {
    to.duration_since(from).as_secs_f64().max(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_766_700_000 + second).unwrap()
    }

    #[test]
    fn what_is_left_follows_the_loop_and_the_custom_of_the_command() {
        let progress = StepProgress {
            what: "reading".to_owned(),
            done: 40,
            total: 100,
            began: at(0),
            at: at(20),
        };
        let left = |progress, usual| left_s(progress, usual, 25.0, at(25));
        assert_eq!(left(Some(&progress), None), Some(25.0));
        assert_eq!(left(Some(&progress), Some(90.0)), Some(65.0));
        assert_eq!(left(None, Some(90.0)), Some(65.0));
        assert_eq!(left(None, Some(10.0)), None, "it takes longer than ever");
        assert_eq!(left(None, None), None);
    }
}
