//! The commits of a night: made on its branch, then told as facts.

use overnight_record::{EventKind, StepId, TaskId};

use super::{Night, NightError};
use crate::workspace::{Change, Message};

/// Whose change it is, for the subject and the trailers.
#[derive(Debug, Clone, Copy)]
pub(super) enum Author {
    /// The night itself, for the plan and the reports; about one task or about none.
    Night(Option<TaskId>),
    /// A try of a step.
    Step(StepId, u32),
}

impl Author {
    fn step(self) -> Option<StepId> {
        match self {
            Self::Night(_) => None,
            Self::Step(step, _) => Some(step),
        }
    }

    fn task(self) -> Option<TaskId> {
        match self {
            Self::Night(task) => task,
            Self::Step(step, _) => Some(step.task),
        }
    }

    fn attempt(self) -> Option<u32> {
        match self {
            Self::Night(_) => None,
            Self::Step(_, attempt) => Some(attempt),
        }
    }
}

impl Night<'_, '_> {
    /// Commits a change as `<prefix> <task> - <what>` and tells everybody.
    pub(super) fn commit(
        &mut self,
        change: &Change,
        author: Author,
        what: &str,
    ) -> Result<(), NightError> {
        self.commit_part(change, author, what, None)
    }

    /// The same for a part of a change, such as `3 of 5 files`.
    pub(super) fn commit_part(
        &mut self,
        change: &Change,
        author: Author,
        what: &str,
        part: Option<&str>,
    ) -> Result<(), NightError> {
        let prefix = self.prefix();
        let mut subject = match author.task() {
            Some(task) => format!("{prefix} {task} - {what}"),
            None => format!("{prefix} {what}"),
        };
        if let Some(part) = part {
            subject.push_str(&format!(" ({part})"));
        }
        let run = self.run.clone();
        let message = Message {
            subject: subject.clone(),
            run: &run,
            task: author.task(),
            step: author.step(),
            attempt: author.attempt(),
            part,
        };
        let commit = self.workspace.commit(change, &message)?;
        self.tell(EventKind::ChangeCommitted {
            step: author.step(),
            commit,
            subject,
            files: change.stat.files,
            insertions: change.stat.insertions,
            deletions: change.stat.deletions,
        })?;
        // Only now: a commit that was made must be written down, whatever fails after it.
        Ok(self.workspace.discard()?)
    }
}
