//! One step of the plan and what became of it.

use std::path::PathBuf;

use jiff::Timestamp;
use overnight_record::{FailureClass, StepId, StepOutcome, TaskId};

use super::Kind;

/// Where a step stands. Every step of the plan has exactly one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Its end was recorded, or the run never came to it.
    Ended(StepOutcome),
    /// Its start was recorded, its end was not.
    Running,
}

impl State {
    /// Whether the step did what the plan asks.
    pub fn is_success(self) -> bool {
        matches!(self, Self::Ended(outcome) if outcome.is_success())
    }

    /// The state in words, lower case.
    pub fn label(self) -> String {
        match self {
            Self::Ended(outcome) => outcome.to_string(),
            Self::Running => "running".to_owned(),
        }
    }

    /// One word for style sheets: `done`, `bad`, `warn`, `off`, `busy`.
    pub(crate) fn tone(self) -> &'static str {
        use StepOutcome::{
            Done, Failed, Interrupted, Lost, NotStarted, RolledBack, Skipped, TimedOut, Unbound,
        };
        match self {
            Self::Running => "busy",
            Self::Ended(Done) => "done",
            Self::Ended(Failed | TimedOut | Lost) => "bad",
            Self::Ended(RolledBack | Skipped | Interrupted) => "warn",
            Self::Ended(Unbound | NotStarted) => "off",
        }
    }

    /// A sign beside the colour, so that colour alone never tells.
    pub(crate) fn sign(self) -> &'static str {
        match self.tone() {
            "done" => "\u{2713}",
            "bad" => "\u{2715}",
            "warn" => "!",
            "busy" => "\u{2026}",
            _ => "\u{00b7}",
        }
    }

    /// What happened, as the rest of a sentence that begins with the step.
    pub(crate) fn phrase(self) -> &'static str {
        match self {
            Self::Running => "was started; its end is not recorded",
            Self::Ended(outcome) => match outcome {
                StepOutcome::Done => "left no readable result",
                StepOutcome::Failed => "failed",
                StepOutcome::TimedOut => "ran past its time limit",
                StepOutcome::RolledBack => "was rolled back",
                StepOutcome::Skipped => "was skipped",
                StepOutcome::Unbound => "has no command",
                StepOutcome::NotStarted => "was not started",
                StepOutcome::Interrupted => "was interrupted",
                StepOutcome::Lost => "was lost: the runner died while it ran",
            },
        }
    }
}

/// One try of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// From 1.
    pub number: u32,
    /// When it began.
    pub started: Timestamp,
    /// When and how it ended, when that was recorded.
    pub ended: Option<(Timestamp, StepOutcome)>,
    /// What kind of failure it was; `None` when it did not fail.
    pub class: Option<FailureClass>,
    /// That it is tried again, when that was planned.
    pub retry: Option<Retry>,
    /// Its files.
    pub links: Vec<Link>,
}

/// The plan to try a step again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    /// What kind of failure called for it.
    pub class: FailureClass,
    /// Seconds it was to wait.
    pub wait_s: f64,
}

/// A file worth a look, as a link from the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// `output`, `errors`, `result`.
    pub label: &'static str,
    /// Path relative to the report's folder.
    pub href: String,
}

/// A step of the plan with everything recorded about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its address.
    pub id: StepId,
    /// Its task.
    pub task: TaskId,
    /// Its text in the plan.
    pub text: String,
    /// The command it runs, for reading.
    pub command: Option<String>,
    /// The result that command makes, when it is one of ours.
    pub kind: Option<Kind>,
    /// Whether its box was ticked before the run.
    pub was_ticked: bool,
    /// Where it stands.
    pub state: State,
    /// What kind of failure it was; `None` when it did not fail.
    pub class: Option<FailureClass>,
    /// Why it is not done, or what it left, in one line.
    pub reason: Option<String>,
    /// What its command said to try, when it ended without doing its work.
    pub hint: Option<String>,
    /// The one command that goes on from here.
    pub next: Option<String>,
    /// Seconds its last attempt took; `None` when no command was started.
    pub duration_s: Option<f64>,
    /// Exit code of its last attempt.
    pub exit_code: Option<i32>,
    /// Its attempts in order.
    pub attempts: Vec<Attempt>,
    /// Folder of its last attempt; `None` when no command was started.
    pub dir: Option<PathBuf>,
    /// Files of its last attempt.
    pub links: Vec<Link>,
    /// The last lines of its error output, when it ended badly.
    pub log_tail: Option<String>,
}

impl Step {
    /// Whether the night leaves its box ticked: as the last attempt says when there was one
    /// that ended, else as it was.
    pub fn is_ticked(&self) -> bool {
        match self.state {
            State::Ended(_) if !self.attempts.is_empty() => self.state.is_success(),
            _ => self.was_ticked,
        }
    }

    /// The step as a sentence begins: `Step 2.1.1 (Run the benchmark)`.
    pub(crate) fn title(&self) -> String {
        let text = crate::text::clipped(&self.text, 80);
        format!("Step {} ({})", self.id, text.trim_end_matches('.'))
    }
}
