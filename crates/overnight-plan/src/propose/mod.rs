//! Proposals of bindings for a plan that has none, for a person to judge.
//!
//! A step that names a command is proposed that command. A step that describes a job this
//! program does is proposed the verb for it. Everything else stays unbound, with the reason.
//! Proposals are only ever written into a file; nothing runs them by itself.

mod command;
mod criterion;
mod native;
mod reading;
mod served;
mod write;

use overnight_record::StepId;

use crate::document::{Plan, Step, Task};
use reading::Readings;

pub use served::ServedModel;
pub use write::configuration;

/// What is proposed for one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposal {
    /// The step.
    pub step: StepId,
    /// What it should run; `None` when nothing could be proposed.
    pub run: Option<ProposedRun>,
    /// Why this, or why nothing, as a sentence without a full stop.
    pub reason: String,
}

/// A proposed command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProposedRun {
    /// The command line.
    pub line: String,
    /// Whether it needs a shell.
    pub shell: bool,
    /// Folder it runs in, relative to the project.
    pub directory: Option<String>,
    /// Steps that must have succeeded before.
    pub needs: Vec<StepId>,
}

/// What is proposed for one line of a checklist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CriterionProposal {
    /// Index in [`Plan::criteria`].
    pub index: usize,
    /// The check; `None` when nothing could be proposed.
    pub check: Option<Vec<String>>,
}

/// Everything that is proposed for a plan, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposals {
    /// One for each step.
    pub steps: Vec<Proposal>,
    /// One for each line of a checklist.
    pub criteria: Vec<CriterionProposal>,
    /// Folders the proposed commands save large files to because the plan says so.
    pub outputs: Vec<String>,
}

impl Proposals {
    /// How many steps have a command proposed.
    pub fn bound(&self) -> usize {
        self.steps.iter().filter(|step| step.run.is_some()).count()
    }
}

/// What is known about the place the commands would run in. Paths are relative to the project.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// Whether a file or folder is there.
    pub exists: &'a dyn Fn(&str) -> bool,
    /// The text of a file, if it is there and is text.
    pub read: &'a dyn Fn(&str) -> Option<String>,
    /// Whether a program is installed.
    pub has_program: &'a dyn Fn(&str) -> bool,
    /// Name of the backend that stands for a vision language model.
    pub vlm: &'a str,
}

impl Surroundings<'_> {
    /// A place where whatever is asked for is there.
    const EVERYTHING: Self = Self {
        exists: &|_| true,
        read: &|_| Some(".DEFAULT:".to_owned()),
        has_program: &|_| true,
        vlm: ServedModel::USUAL_NAME,
    };
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").finish_non_exhaustive()
    }
}

/// Proposes what the steps and criteria of a plan could run.
pub fn propose(plan: &Plan, around: &Surroundings<'_>) -> Proposals {
    let mut steps: Vec<Proposal> = Vec::new();
    let readings = Readings::of(plan, around);
    for task in plan.tasks() {
        for step in &task.steps {
            let mut proposal = for_step(task, step, around, &readings);
            let same = steps
                .iter()
                .find(|other| other.run.is_some() && other.run == proposal.run);
            if let Some(same) = same {
                proposal.reason = format!(
                    "{}; the same as step {}, which may be enough",
                    proposal.reason, same.step
                );
            }
            steps.push(proposal);
        }
    }
    Proposals {
        steps,
        criteria: criterion::propose(plan),
        outputs: readings.folders(),
    }
}

fn for_step(
    task: &Task,
    step: &Step,
    around: &Surroundings<'_>,
    readings: &Readings<'_>,
) -> Proposal {
    let job = || native::for_job(task, step, readings);
    let (run, reason) = match command::from_text(&step.text, around) {
        command::Found::Command(run) => (Some(run), "the step names this command".to_owned()),
        command::Found::Missing(missing) => match job() {
            Some(native::Job::Verb(line, needs, reason)) => {
                (Some(verb(line, needs)), format!("{missing}; {reason}"))
            }
            _ => (None, missing),
        },
        command::Found::Nothing => match job() {
            Some(native::Job::Verb(line, needs, reason)) => (Some(verb(line, needs)), reason),
            Some(native::Job::Beyond(reason)) => (None, reason),
            None => (
                None,
                "the step names no command, and no verb of overnight does it".to_owned(),
            ),
        },
    };
    Proposal {
        step: step.id,
        run,
        reason,
    }
}

fn verb(line: String, needs: Vec<StepId>) -> ProposedRun {
    ProposedRun {
        line,
        shell: false,
        directory: None,
        needs,
    }
}

#[cfg(test)]
mod tests;
