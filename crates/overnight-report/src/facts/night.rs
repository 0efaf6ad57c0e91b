//! A night: everything a run folder says, in typed form.

use std::path::PathBuf;

use jiff::Timestamp;
use overnight_record::{Event, RunOutcome, RunRecord, StepId, StepOutcome};

use super::{Kind, Results, State, Step};
use crate::clock::LocalClock;

/// A change that was committed on the run's branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The step that made it; `None` for the reports and the plan.
    pub step: Option<StepId>,
    /// Full commit id.
    pub id: String,
    /// First line of its message.
    pub subject: String,
    /// Files changed.
    pub files: u32,
    /// Lines added.
    pub insertions: u64,
    /// Lines removed.
    pub deletions: u64,
    /// When.
    pub at: Timestamp,
}

/// A change that was undone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rollback {
    /// The step that made it.
    pub step: StepId,
    /// The patch, relative to the run's folder.
    pub patch: String,
    /// Why it was not kept.
    pub reason: String,
}

/// One measurement of a gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gate {
    /// After which step; `None` for the base.
    pub step: Option<StepId>,
    /// Its command.
    pub gate: String,
    /// Its exit code; `None` when it could not be run.
    pub exit_code: Option<i32>,
    /// Diagnostics counted in its output.
    pub diagnostics: u64,
    /// Whether it is no worse than before the change.
    pub no_worse: bool,
}

/// A success criterion and what its check saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Criterion {
    /// Its text in the plan.
    pub text: String,
    /// The check bound to it.
    pub check: Option<String>,
    /// Whether it holds; `None` when it was not checked.
    pub holds: Option<bool>,
    /// What the check saw.
    pub evidence: Option<String>,
}

/// Something that happened to the night as a whole: a pause, a resumption, a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What, as a sentence.
    pub what: String,
}

/// A run as its folder records it.
#[derive(Debug, Clone)]
pub struct Night {
    /// The run's folder.
    pub dir: PathBuf,
    /// Who ran what, where.
    pub record: RunRecord,
    /// Every recorded fact in order.
    pub events: Vec<Event>,
    /// Every step of the plan, in its order.
    pub steps: Vec<Step>,
    /// Commits in order.
    pub commits: Vec<Commit>,
    /// Changes that were undone.
    pub rollbacks: Vec<Rollback>,
    /// Gate measurements in order.
    pub gates: Vec<Gate>,
    /// The plan's criteria in its order.
    pub criteria: Vec<Criterion>,
    /// Results of the steps that are done.
    pub results: Results,
    /// What happened beside the steps, in order.
    pub happenings: Vec<Happening>,
    /// When and how the run ended, when that was recorded.
    pub ended: Option<(Timestamp, RunOutcome)>,
    /// What is wrong with the record itself.
    pub notes: Vec<String>,
    pub(crate) clock: LocalClock,
}

/// Something a report should hold and does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Missing {
    /// What and why, as a sentence.
    pub(crate) sentence: String,
    /// The one command to go on.
    pub(crate) next: String,
}

impl Night {
    /// When the last fact was recorded; the start when there is none.
    pub fn last_seen(&self) -> Timestamp {
        self.events
            .last()
            .map_or(self.record.started, |event| event.at)
    }

    /// When the run ended, or the last fact was recorded. What is decided in the morning
    /// comes after the end and does not make the night longer.
    pub fn end(&self) -> Timestamp {
        self.ended.map_or_else(|| self.last_seen(), |(at, _)| at)
    }

    /// Seconds from the start to [`Self::end`].
    pub fn duration_s(&self) -> f64 {
        self.end()
            .duration_since(self.record.started)
            .as_secs_f64()
            .max(0.0)
    }

    /// The step of that address.
    pub fn step(&self, id: StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// How many steps are in that state.
    pub fn count(&self, state: State) -> usize {
        self.steps.iter().filter(|step| step.state == state).count()
    }

    /// Steps that are done.
    pub fn n_done(&self) -> usize {
        self.count(State::Ended(StepOutcome::Done))
    }

    /// Whether steps may still be to come: no end is recorded and not every step has one.
    pub fn is_open(&self) -> bool {
        self.ended.is_none()
            && self.steps.iter().any(|step| {
                matches!(
                    step.state,
                    State::Running | State::Ended(StepOutcome::NotStarted)
                )
            })
    }

    /// The one command that goes on from `step`.
    pub(crate) fn next_for(&self, step: &Step) -> String {
        if let Some(next) = &step.next {
            return crate::text::line(next);
        }
        let run = &self.record.run;
        // A run does not repeat what is done; its command can be run by hand.
        if let (true, Some(command)) = (step.state.is_success(), &step.command) {
            return crate::text::line(command);
        }
        match step.state {
            State::Ended(StepOutcome::Unbound) => {
                format!("overnight plan explain {}", quoted(&self.record.plan))
            }
            State::Running => format!("overnight run --resume {run}"),
            State::Ended(outcome) if outcome.is_open() => format!("overnight run --resume {run}"),
            State::Ended(_) => format!(
                "overnight run --resume {run} --only {} --retry-failed",
                step.id
            ),
        }
    }

    /// Steps that should have left a result of `kind` and did not.
    pub(crate) fn missing(&self, kind: Kind) -> Vec<Missing> {
        let planned = self.steps.iter().filter(|step| step.kind == Some(kind));
        planned
            .filter(|step| !self.results.has(kind, step.id))
            .map(|step| {
                let reason = step.reason.as_deref().map_or_else(String::new, |reason| {
                    format!(": {}", crate::text::clipped(reason, 300))
                });
                Missing {
                    sentence: end_sentence(format!(
                        "{} {}{reason}",
                        step.title(),
                        step.state.phrase()
                    )),
                    next: self.next_for(step),
                }
            })
            .collect()
    }

    /// Like [`Self::missing`], and a reason too when no step of the plan makes such a result.
    pub(crate) fn missing_or_unplanned(&self, kind: Kind) -> Vec<Missing> {
        let is_planned = self.steps.iter().any(|step| step.kind == Some(kind));
        if is_planned || !self.results.steps(kind).is_empty() {
            return self.missing(kind);
        }
        vec![Missing {
            sentence: format!("No step of this plan runs `overnight {}`.", kind.verb()),
            next: format!("overnight plan explain {}", quoted(&self.record.plan)),
        }]
    }
}

/// Ends a sentence with one full stop, whatever the reason in it ends with.
pub(crate) fn end_sentence(mut sentence: String) -> String {
    sentence.truncate(sentence.trim_end_matches(['.', ' ']).len());
    sentence.push('.');
    sentence
}

/// A word as a POSIX shell reads it back.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty()
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || "-_./:=@%+,".contains(c));
    if is_plain {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// A command line as one types it.
pub(crate) fn command_line(words: &[String]) -> String {
    let words: Vec<String> = words
        .iter()
        .enumerate()
        .map(|(i, word)| {
            // The program's own path says nothing to the reader.
            let name = word.rsplit('/').next().unwrap_or(word);
            quoted(if i == 0 && name == "overnight" {
                name
            } else {
                word
            })
        })
        .collect();
    words.join(" ")
}
