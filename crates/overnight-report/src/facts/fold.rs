//! Folding the events of a run, in order, into what is known of the night.

use overnight_record::{Event, EventKind};

use super::{Attempt, Commit, Gate, Happening, Kind, Night, Retry, Rollback, State, end_sentence};
use crate::{number, text};

impl Night {
    /// Takes one more event in.
    pub(super) fn fold(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted
            | EventKind::TaskTicked { .. }
            | EventKind::ReportWritten { .. } => {}
            EventKind::NightPaused { .. }
            | EventKind::NightContinued { .. }
            | EventKind::ClockJumped { .. }
            | EventKind::Noted { .. } => self.fold_happening(event),
            EventKind::RunResumed { .. } => {
                self.ended = None;
                self.fold_happening(event);
            }
            EventKind::RetryPlanned {
                step,
                attempt,
                class,
                wait_s,
            } => {
                let steps = &mut self.steps;
                let own = steps.iter_mut().find(|known| known.id == *step);
                let tries = own.into_iter().flat_map(|step| &mut step.attempts);
                for tried in tries.filter(|tried| tried.number == *attempt) {
                    tried.retry = Some(Retry {
                        class: *class,
                        wait_s: *wait_s,
                    });
                }
            }
            EventKind::StepStarted { .. } | EventKind::StepFinished { .. } => self.fold_step(event),
            EventKind::GateChecked {
                step,
                gate,
                exit_code,
                diagnostics,
                no_worse,
            } => self.gates.push(Gate {
                step: *step,
                gate: gate.clone(),
                exit_code: *exit_code,
                diagnostics: *diagnostics,
                no_worse: *no_worse,
            }),
            EventKind::ChangeCommitted {
                step,
                commit,
                subject,
                files,
                insertions,
                deletions,
            } => self.commits.push(Commit {
                step: *step,
                id: commit.clone(),
                subject: subject.clone(),
                files: *files,
                insertions: *insertions,
                deletions: *deletions,
                at: event.at,
            }),
            EventKind::ChangeRolledBack {
                step,
                patch,
                reason,
            } => self.rollbacks.push(Rollback {
                step: *step,
                patch: patch.clone(),
                reason: reason.clone(),
            }),
            EventKind::CriterionChecked {
                text,
                holds,
                evidence,
            } => self.fold_criterion(text, *holds, evidence),
            EventKind::RunFinished { outcome } => self.ended = Some((event.at, *outcome)),
        }
    }

    /// What happened to the night as a whole, in words.
    fn fold_happening(&mut self, event: &Event) {
        let words = match &event.kind {
            EventKind::NightPaused { reason } => {
                format!("The night paused: {}", text::clipped(reason, 200))
            }
            EventKind::NightContinued { paused_s } => format!(
                "The night went on after a pause of {}",
                number::duration(*paused_s)
            ),
            EventKind::ClockJumped { by_s } => format!(
                "The wall clock was set {} {}",
                number::duration(by_s.abs()),
                if *by_s < 0.0 { "back" } else { "forward" }
            ),
            EventKind::RunResumed {
                lost_attempts,
                adopted_attempts,
            } => resumed(*lost_attempts, *adopted_attempts),
            EventKind::Noted { text: noted } => text::clipped(noted, 400),
            _ => return,
        };
        self.happenings.push(Happening {
            at: event.at,
            what: end_sentence(words),
        });
    }

    fn fold_criterion(&mut self, text: &str, holds: Option<bool>, evidence: &str) {
        let Some(criterion) = self.criteria.iter_mut().find(|c| c.text == text) else {
            self.notes.push(format!(
                "A criterion was checked that the plan does not have: {}.",
                text::clipped(text, 120)
            ));
            return;
        };
        criterion.holds = holds;
        criterion.evidence = Some(evidence.to_owned()).filter(|text| !text.trim().is_empty());
    }

    fn fold_step(&mut self, event: &Event) {
        let id = match &event.kind {
            EventKind::StepStarted { step, .. } | EventKind::StepFinished { step, .. } => *step,
            _ => return,
        };
        let Some(step) = self.steps.iter_mut().find(|step| step.id == id) else {
            self.notes.push(format!(
                "Event {} is about step {id}, which the plan does not have.",
                event.seq
            ));
            return;
        };
        match &event.kind {
            EventKind::StepStarted {
                attempt, command, ..
            } => {
                step.state = State::Running;
                step.class = None;
                step.reason = None;
                step.next = None;
                step.duration_s = None;
                step.exit_code = None;
                step.kind = step.kind.or_else(|| Kind::of_command(command));
                // A resumed night may run another command than the one it began with.
                step.command = Some(command.clone());
                step.attempts.push(Attempt {
                    number: *attempt,
                    started: event.at,
                    ended: None,
                    class: None,
                    retry: None,
                    links: Vec::new(),
                });
            }
            EventKind::StepFinished {
                attempt,
                outcome,
                class,
                exit_code,
                duration_s,
                reason,
                next,
                ..
            } => {
                step.state = State::Ended(*outcome);
                step.class = *class;
                step.reason.clone_from(reason);
                step.next.clone_from(next);
                step.exit_code = *exit_code;
                step.duration_s = (*attempt > 0).then_some(*duration_s);
                let ended = Some((event.at, *outcome));
                if let Some(own) = step.attempts.iter_mut().find(|a| a.number == *attempt) {
                    // A command ends once; a later word on it is about its change.
                    if own.ended.is_none() {
                        own.ended = ended;
                        own.class = *class;
                    }
                } else if *attempt > 0 {
                    // Its start is not recorded; the duration still tells it.
                    let length = jiff::SignedDuration::from_secs_f64(duration_s.max(0.0));
                    step.attempts.push(Attempt {
                        number: *attempt,
                        started: event.at.checked_sub(length).unwrap_or(event.at),
                        ended,
                        class: *class,
                        retry: None,
                        links: Vec::new(),
                    });
                }
            }
            _ => {}
        }
    }
}

fn resumed(lost: u32, adopted: u32) -> String {
    let mut words = "The run was taken up again".to_owned();
    let attempts = |n: u32| number::counted(n as usize, "attempt");
    if adopted > 0 {
        words.push_str(&format!("; {} had gone on meanwhile", attempts(adopted)));
    }
    if lost > 0 {
        words.push_str(&format!("; {} had been cut off", attempts(lost)));
    }
    words
}
