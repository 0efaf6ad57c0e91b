//! Where something stands in a plan: a phase (`3`), a task (`3.1`) or a step (`3.1.2`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Diagnose, ExitCode};

/// A task of a plan, written `phase.task`, both counted from 1.
///
/// Ordering is numeric: `1.2` comes before `1.10`.
///
/// ```
/// use overnight_record::TaskId;
/// let task: TaskId = "1.10".parse().unwrap();
/// assert_eq!((task.phase, task.task), (1, 10));
/// assert!("1.2".parse::<TaskId>().unwrap() < task);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TaskId {
    /// Number of the phase, from 1.
    pub phase: u16,
    /// Number of the task within its phase, from 1.
    pub task: u16,
}

/// A step of a plan, written `phase.task.step`; the last number is its position in the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct StepId {
    /// The task the step belongs to.
    pub task: TaskId,
    /// Position of the step within its task, from 1.
    pub step: u16,
}

/// A phase, a task or a step, as a person names it in `--only` or `needs`.
///
/// ```
/// use overnight_record::PlanAddress;
/// let task: PlanAddress = "1.1".parse().unwrap();
/// assert!(task.covers("1.1.2".parse().unwrap()));
/// assert!(!task.covers("1.10.1".parse().unwrap()));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PlanAddress {
    /// Every step of one phase.
    Phase(u16),
    /// Every step of one task.
    Task(TaskId),
    /// One step.
    Step(StepId),
}

impl PlanAddress {
    /// Whether `step` lies at or below this address.
    pub fn covers(self, step: StepId) -> bool {
        match self {
            Self::Phase(phase) => step.task.phase == phase,
            Self::Task(task) => step.task == task,
            Self::Step(own) => step == own,
        }
    }
}

/// Text that names no place in a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct AddressError {
    text: String,
    expected: &'static str,
}

impl Diagnose for AddressError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        Some("write a phase as `1`, a task as `1.2`, a step as `1.2.1`".to_owned())
    }
}

fn numbers(text: &str) -> Option<Vec<u16>> {
    text.split('.')
        .map(|part| {
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
            plain
                .then(|| part.parse().ok())
                .flatten()
                .filter(|n| *n > 0)
        })
        .collect()
}

impl FromStr for TaskId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match numbers(text).as_deref() {
            Some(&[phase, task]) => Ok(Self { phase, task }),
            _ => Err(AddressError {
                text: text.to_owned(),
                expected: "a task number",
            }),
        }
    }
}

impl FromStr for StepId {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match numbers(text).as_deref() {
            Some(&[phase, task, step]) => Ok(Self {
                task: TaskId { phase, task },
                step,
            }),
            _ => Err(AddressError {
                text: text.to_owned(),
                expected: "a step number",
            }),
        }
    }
}

impl FromStr for PlanAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match numbers(text).as_deref() {
            Some(&[phase]) => Ok(Self::Phase(phase)),
            Some(&[phase, task]) => Ok(Self::Task(TaskId { phase, task })),
            Some(&[phase, task, step]) => Ok(Self::Step(StepId {
                task: TaskId { phase, task },
                step,
            })),
            _ => Err(AddressError {
                text: text.to_owned(),
                expected: "a place in a plan",
            }),
        }
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.phase, self.task)
    }
}

impl fmt::Display for StepId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.task, self.step)
    }
}

impl fmt::Display for PlanAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phase(phase) => write!(f, "{phase}"),
            Self::Task(task) => task.fmt(f),
            Self::Step(step) => step.fmt(f),
        }
    }
}

macro_rules! string_form {
    ($($name:ty),*) => {$(
        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }
        impl TryFrom<String> for $name {
            type Error = AddressError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )*};
}
string_form!(TaskId, StepId, PlanAddress);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_numbers_and_nothing_else() {
        for bad in [
            "", "1.", ".1", "1.0", "0.1", "+1.2", "1.2.3.4", "1. 2", "99999.1", "a.b",
        ] {
            assert!(bad.parse::<PlanAddress>().is_err(), "{bad:?} was accepted");
        }
        assert_eq!("2.11.3".parse::<StepId>().unwrap().to_string(), "2.11.3");
    }

    #[test]
    fn json_form_is_the_written_form() {
        let step: StepId = serde_json::from_str("\"1.2.3\"").unwrap();
        assert_eq!(serde_json::to_string(&step).unwrap(), "\"1.2.3\"");
        assert!(serde_json::from_str::<TaskId>("\"1.2.3\"").is_err());
    }
}
