//! The plan document: what it says, and where each mark and value stands in its bytes.
//!
//! The reader is a line scanner, not a Markdown tree: the few forms a plan is made of are
//! recognised wherever they stand, everything else is left alone, and every mark keeps its
//! byte offset so that ticking it touches one byte. Code blocks, HTML comments and the
//! front matter are not read.

mod block;
mod error;
mod file;
mod item;
mod label;
mod lines;
mod parse;
mod section;
mod tracker;

use std::ops::Range;

use overnight_record::{StepId, TaskId};

pub use error::PlanError;
pub use file::{PlanFile, PlanFileError};
pub use tracker::{Tracker, TrackerField};

/// A plan as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// `title` of the front matter, or the first heading; empty when there is neither.
    pub title: String,
    /// Its phases in the order of the document.
    pub phases: Vec<Phase>,
    /// Its progress tracker; without fields when the document has none.
    pub tracker: Tracker,
    /// The lines of its checklists, in the order of the document.
    pub criteria: Vec<Criterion>,
    /// Places that look like a part of the plan and were not read.
    pub warnings: Vec<PlanWarning>,
}

/// A phase: `#### **Phase 1: The Auditor**`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    /// Its number, from 1.
    pub number: u16,
    /// Its title without the number and emphasis.
    pub title: String,
    /// Its tasks in order.
    pub tasks: Vec<Task>,
    /// Line of its heading, from 1.
    pub line: usize,
}

/// A task: `1. [ ] **Task 1.1: Audit**`, or the same without a box, or as a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Task {
    /// Its address.
    pub id: TaskId,
    /// Its title without the number and emphasis.
    pub title: String,
    /// Whether its own box is ticked; whether all its steps are, when it has no box.
    pub checked: bool,
    /// Every checkbox below it, in order, however deep.
    pub steps: Vec<Step>,
    /// Line from 1.
    pub line: usize,
    mark: Option<usize>,
}

/// A step: a checkbox below a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its address; the last number is its position below the task.
    pub id: StepId,
    /// Its text as written, without the checkbox; continued lines are joined with a space.
    pub text: String,
    /// Whether its box is ticked.
    pub checked: bool,
    /// Line from 1.
    pub line: usize,
    mark: usize,
}

/// A line of a checklist: a requirement or a success criterion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Its text as written, without the checkbox.
    pub text: String,
    /// Whether its box is ticked.
    pub checked: bool,
    /// Heading of the checklist, without emphasis and signs in front.
    pub section: String,
    /// Line from 1.
    pub line: usize,
    mark: usize,
}

/// Something that looks like a part of the plan and was not read as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanWarning {
    /// Line from 1.
    pub line: usize,
    /// What is odd about it, as a sentence fragment.
    pub message: String,
}

impl Plan {
    /// Reads a plan.
    ///
    /// # Errors
    /// [`PlanError`] with the line: no phase at all, a task outside a phase or under the
    /// wrong one, a number given twice or out of range. What looks like a part of the plan
    /// and could not be read is never an error but a warning.
    pub fn parse(text: &str) -> Result<Self, PlanError> {
        parse::parse(text)
    }

    /// Every task, in the order of the document.
    pub fn tasks(&self) -> impl Iterator<Item = &Task> {
        self.phases.iter().flat_map(|phase| &phase.tasks)
    }

    /// Every step, in the order of the document.
    pub fn steps(&self) -> impl Iterator<Item = &Step> {
        self.tasks().flat_map(|task| &task.steps)
    }

    /// The step with this address.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        // Task by task: plans have up to a hundred thousand steps.
        let mut tasks = self.tasks().filter(|task| task.id == id.task);
        tasks.find_map(|task| task.steps.iter().find(|step| step.id == id))
    }

    /// The task with this address.
    pub fn task(&self, id: TaskId) -> Option<&Task> {
        self.tasks().find(|task| task.id == id)
    }
}

impl Task {
    /// Byte offset of the sign between the brackets of its checkbox, if it has one.
    pub(crate) fn mark(&self) -> Option<usize> {
        self.mark
    }
}

impl Step {
    /// Byte range of the one sign between the brackets of its checkbox.
    pub fn mark_span(&self) -> Range<usize> {
        self.mark..self.mark + 1
    }
}

impl Criterion {
    /// Byte range of the one sign between the brackets of its checkbox.
    pub fn mark_span(&self) -> Range<usize> {
        self.mark..self.mark + 1
    }
}

#[cfg(test)]
pub(crate) mod random;
#[cfg(test)]
mod tests;
