//! How a step and a run ended.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a step ended. Only [`StepOutcome::Done`] ticks a box.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepOutcome {
    /// Exit code 0, and what it changed was kept or nothing was changed.
    Done,
    /// The command failed.
    Failed,
    /// The command ran past its time limit and was ended.
    TimedOut,
    /// The command succeeded, but its change made a gate worse and was undone.
    RolledBack,
    /// A precondition is missing (program, model, server, dataset), or a step it needs did
    /// not succeed.
    Skipped,
    /// No command is bound to the step.
    Unbound,
    /// The night ended (deadline or interruption) before the step began.
    NotStarted,
    /// The night was interrupted while the step ran.
    Interrupted,
    /// The runner died while the step ran and its end was not seen.
    Lost,
}

impl StepOutcome {
    /// Whether the step did what the plan asks.
    pub fn is_success(self) -> bool {
        self == Self::Done
    }

    /// Whether a resumed run tries the step again.
    pub fn is_open(self) -> bool {
        matches!(self, Self::NotStarted | Self::Interrupted | Self::Lost)
    }

    /// The stored name, as in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::TimedOut => "timed_out",
            Self::RolledBack => "rolled_back",
            Self::Skipped => "skipped",
            Self::Unbound => "unbound",
            Self::NotStarted => "not_started",
            Self::Interrupted => "interrupted",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for StepOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name().replace('_', " "))
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// Every step is done and every bound criterion holds.
    Complete,
    /// The plan was walked to its end, but steps or criteria are not met.
    Incomplete,
    /// The user or the deadline stopped it.
    Interrupted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_json_form() {
        use StepOutcome::*;
        for outcome in [
            Done,
            Failed,
            TimedOut,
            RolledBack,
            Skipped,
            Unbound,
            NotStarted,
            Interrupted,
            Lost,
        ] {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.name());
        }
    }
}
