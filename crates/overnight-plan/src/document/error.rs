//! What makes a document no plan.

use overnight_record::{Diagnose, ExitCode, TaskId};

/// A document that cannot be read as a plan. Lines count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// No heading names a phase.
    #[error("the document has no phase")]
    NoPhases,
    /// A task stands outside every phase.
    #[error("line {line}: task {task} stands outside every phase")]
    TaskOutsidePhase {
        /// The line.
        line: usize,
        /// The task.
        task: TaskId,
    },
    /// A task stands under a phase of another number.
    #[error("line {line}: task {task} stands under phase {phase}")]
    TaskInOtherPhase {
        /// The line.
        line: usize,
        /// The task.
        task: TaskId,
        /// The phase it stands under.
        phase: u16,
    },
    /// Two tasks have one number.
    #[error("line {line}: task {task} occurs a second time, it is also on line {first}")]
    DuplicateTask {
        /// The line.
        line: usize,
        /// The task.
        task: TaskId,
        /// The line of the first.
        first: usize,
    },
    /// Two phases have one number and both have tasks.
    #[error("line {line}: phase {phase} occurs a second time, it is also on line {first}")]
    DuplicatePhase {
        /// The line.
        line: usize,
        /// The phase.
        phase: u16,
        /// The line of the first.
        first: usize,
    },
    /// A number is 0 or too large.
    #[error("line {line}: `{number}` is not a number a {what} may have")]
    Number {
        /// The line.
        line: usize,
        /// `phase` or `task`.
        what: &'static str,
        /// What is written.
        number: String,
    },
    /// A task has more steps than can be numbered.
    #[error("line {line}: task {task} has more than {} steps", u16::MAX)]
    TooManySteps {
        /// The line of the first step too many.
        line: usize,
        /// The task.
        task: TaskId,
    },
}

impl PlanError {
    /// The line the error is about, from 1.
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::NoPhases => None,
            Self::TaskOutsidePhase { line, .. }
            | Self::TaskInOtherPhase { line, .. }
            | Self::DuplicateTask { line, .. }
            | Self::DuplicatePhase { line, .. }
            | Self::Number { line, .. }
            | Self::TooManySteps { line, .. } => Some(*line),
        }
    }
}

impl Diagnose for PlanError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoPhases => {
                "a plan has headings such as `#### **Phase 1: Quality**` with tasks such as \
                 `1. [ ] **Task 1.1: Audit**` and their steps as nested checkboxes"
                    .to_owned()
            }
            Self::TaskOutsidePhase { task, .. } => format!(
                "put a heading `#### **Phase {}: title**` above it",
                task.phase
            ),
            Self::TaskInOtherPhase { phase, .. } => {
                format!("number it {phase}.N, or move it under the phase of its number")
            }
            Self::DuplicateTask { .. } => "give every task a number of its own".to_owned(),
            Self::DuplicatePhase { .. } => "give every phase a number of its own".to_owned(),
            Self::Number { what: "task", .. } => {
                "a task is numbered by its phase and its place in it, as in `Task 1.2`; numbers go \
                 from 1 to 65535"
                    .to_owned()
            }
            Self::Number { .. } => "numbers go from 1 to 65535".to_owned(),
            Self::TooManySteps { .. } => "split the task".to_owned(),
        })
    }
}
