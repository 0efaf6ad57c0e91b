//! Where a run stands, computed from its events.

use std::collections::BTreeMap;

use jiff::Timestamp;
use overnight_record::{Event, EventKind, FailureClass, RunOutcome, StepId, StepOutcome};
use serde::Serialize;

/// How a step stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepState {
    /// How it ended.
    pub outcome: StepOutcome,
    /// What kind of failure it was; `None` when it did not fail.
    pub class: Option<FailureClass>,
    /// The last try; 0 when no command was started.
    pub attempt: u32,
    /// Seconds of the last try.
    pub duration_s: f64,
    /// Why it is not done, or what remains.
    pub reason: Option<String>,
    /// The one command that goes on from here.
    pub next: Option<String>,
}

/// A step whose command was started and has not ended.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunningStep {
    /// The step.
    pub step: StepId,
    /// Which try.
    pub attempt: u32,
    /// The command line, for reading.
    pub command: String,
    /// Since when.
    pub since: Timestamp,
}

/// A criterion that was checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CriterionState {
    /// Its text in the plan.
    pub text: String,
    /// Whether it holds; `None` when nothing is bound to it.
    pub holds: Option<bool>,
    /// What the check saw.
    pub evidence: String,
}

/// A commit on the run's branch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CommitState {
    /// Full id.
    pub commit: String,
    /// First line of its message.
    pub subject: String,
    /// The step that made the change; `None` for the plan and the reports.
    pub step: Option<StepId>,
}

/// A gate's last accepted reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GateState {
    /// Exit code; `None` when it could not be run to its end.
    pub exit_code: Option<i32>,
    /// Diagnostics in its output.
    pub diagnostics: u64,
}

/// Where a run stands.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct RunState {
    /// Steps that ended, by address.
    pub steps: BTreeMap<StepId, StepState>,
    /// The steps that run, or ran when the runner died, in the order they began.
    pub running: Vec<RunningStep>,
    /// Commits, oldest first.
    pub commits: Vec<CommitState>,
    /// Changes that were undone.
    pub rolled_back: usize,
    /// Criteria in the order of the plan.
    pub criteria: Vec<CriterionState>,
    /// How it ended; `None` while it has not.
    pub outcome: Option<RunOutcome>,
    /// Gates by command: the reading of the base, or after the last change that was kept.
    #[serde(skip)]
    pub gates: BTreeMap<String, GateState>,
    #[serde(skip)]
    pending_gates: Vec<(StepId, String, GateState)>,
}

impl RunState {
    /// The state after `events`.
    pub fn of(events: &[Event]) -> Self {
        let mut state = Self::default();
        for event in events {
            state.fold(event);
        }
        state
    }

    /// Takes one more event in.
    pub fn fold(&mut self, event: &Event) {
        match &event.kind {
            EventKind::RunStarted => {}
            EventKind::RunResumed { .. } => self.outcome = None,
            EventKind::StepStarted {
                step,
                attempt,
                command,
            } => {
                self.running.push(RunningStep {
                    step: *step,
                    attempt: *attempt,
                    command: command.clone(),
                    since: event.at,
                });
            }
            EventKind::StepFinished { .. } => self.fold_finish(&event.kind),
            EventKind::GateChecked { .. } => self.fold_gate(&event.kind),
            EventKind::ChangeCommitted {
                step,
                commit,
                subject,
                ..
            } => {
                self.adopt_gates(*step);
                self.commits.push(CommitState {
                    commit: commit.clone(),
                    subject: subject.clone(),
                    step: *step,
                });
            }
            EventKind::ChangeRolledBack { step, .. } => {
                self.rolled_back += 1;
                self.pending_gates.retain(|(of, ..)| of != step);
            }
            EventKind::CriterionChecked {
                text,
                holds,
                evidence,
            } => self.fold_criterion(text, *holds, evidence),
            EventKind::TaskTicked { .. }
            | EventKind::ReportWritten { .. }
            | EventKind::RetryPlanned { .. }
            | EventKind::NightPaused { .. }
            | EventKind::NightContinued { .. }
            | EventKind::ClockJumped { .. }
            | EventKind::Noted { .. } => {}
            EventKind::RunFinished { outcome } => {
                self.outcome = Some(*outcome);
                self.running.clear();
            }
        }
    }

    fn fold_finish(&mut self, kind: &EventKind) {
        let EventKind::StepFinished {
            step,
            attempt,
            outcome,
            class,
            duration_s,
            reason,
            next,
            ..
        } = kind
        else {
            return;
        };
        self.running.retain(|running| running.step != *step);
        self.steps.insert(
            *step,
            StepState {
                outcome: *outcome,
                class: *class,
                attempt: *attempt,
                duration_s: *duration_s,
                reason: reason.clone(),
                next: next.clone(),
            },
        );
    }

    fn fold_gate(&mut self, kind: &EventKind) {
        let EventKind::GateChecked {
            step,
            gate,
            exit_code,
            diagnostics,
            no_worse,
        } = kind
        else {
            return;
        };
        let reading = GateState {
            exit_code: *exit_code,
            diagnostics: *diagnostics,
        };
        match step {
            None => {
                self.gates.insert(gate.clone(), reading);
            }
            // A reading of what was refused is never the one to compare with.
            Some(_) if !no_worse => {}
            Some(step) => self.pending_gates.push((*step, gate.clone(), reading)),
        }
    }

    /// A change that was kept makes its gate readings the ones to compare with.
    fn adopt_gates(&mut self, step: Option<StepId>) {
        let Some(step) = step else { return };
        for (of, gate, reading) in std::mem::take(&mut self.pending_gates) {
            if of == step {
                self.gates.insert(gate, reading);
            }
        }
    }

    fn fold_criterion(&mut self, text: &str, holds: Option<bool>, evidence: &str) {
        let state = CriterionState {
            text: text.to_owned(),
            holds,
            evidence: evidence.to_owned(),
        };
        match self.criteria.iter_mut().find(|c| c.text == text) {
            Some(present) => *present = state,
            None => self.criteria.push(state),
        }
    }

    /// How a step ended.
    pub fn outcome_of(&self, step: StepId) -> Option<StepOutcome> {
        self.steps.get(&step).map(|state| state.outcome)
    }

    /// Whether a step is done.
    pub fn is_done(&self, step: StepId) -> bool {
        self.outcome_of(step).is_some_and(StepOutcome::is_success)
    }

    /// Steps by outcome; the counts sum to the number of steps that ended.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let mut counts = BTreeMap::new();
        for state in self.steps.values() {
            *counts.entry(state.outcome.name()).or_default() += 1;
        }
        counts
    }

    /// Criteria that were checked and do not hold.
    pub fn unmet_criteria(&self) -> usize {
        self.criteria
            .iter()
            .filter(|criterion| criterion.holds == Some(false))
            .count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(kinds: Vec<EventKind>) -> Vec<Event> {
        let at = Timestamp::from_second(1_766_700_000).unwrap();
        (1..)
            .zip(kinds)
            .map(|(seq, kind)| Event { seq, at, kind })
            .collect()
    }

    fn gate(step: Option<&str>, diagnostics: u64) -> EventKind {
        EventKind::GateChecked {
            step: step.map(|s| s.parse().unwrap()),
            gate: "make check".to_owned(),
            exit_code: Some(1),
            diagnostics,
            no_worse: true,
        }
    }

    fn committed(step: Option<&str>) -> EventKind {
        EventKind::ChangeCommitted {
            step: step.map(|s| s.parse().unwrap()),
            commit: "c".to_owned(),
            subject: "s".to_owned(),
            files: 1,
            insertions: 1,
            deletions: 0,
        }
    }

    #[test]
    fn only_a_change_that_was_kept_moves_the_bar() {
        let bar = |kinds| RunState::of(&events(kinds)).gates["make check"].diagnostics;
        assert_eq!(bar(vec![gate(None, 9), gate(Some("1.1.1"), 4)]), 9);
        assert_eq!(
            bar(vec![
                gate(None, 9),
                gate(Some("1.1.1"), 2),
                gate(Some("1.1.2"), 4),
                committed(Some("1.1.2"))
            ]),
            4
        );
        assert_eq!(
            bar(vec![gate(None, 9), gate(Some("1.1.1"), 4), committed(None)]),
            9
        );
    }

    #[test]
    fn a_refused_reading_never_becomes_the_bar() {
        let bar = |kinds| RunState::of(&events(kinds)).gates["make check"].diagnostics;
        let worse = || {
            let mut worse = gate(Some("1.1.1"), 12);
            if let EventKind::GateChecked { no_worse, .. } = &mut worse {
                *no_worse = false;
            }
            worse
        };
        let undone = || EventKind::ChangeRolledBack {
            step: "1.1.1".parse().unwrap(),
            patch: "p".to_owned(),
            reason: "r".to_owned(),
        };
        assert_eq!(
            bar(vec![gate(None, 9), worse(), committed(Some("1.1.1"))]),
            9
        );
        let part = vec![gate(None, 9), worse(), gate(Some("1.1.1"), 8)];
        let part = [part, vec![committed(Some("1.1.1")), undone()]].concat();
        assert_eq!(bar(part), 8, "the part that was kept is what counts");
        let retried = vec![gate(None, 9), gate(Some("1.1.1"), 7), undone()];
        assert_eq!(bar([retried, vec![committed(Some("1.1.1"))]].concat()), 9);
    }

    #[test]
    fn the_last_try_of_a_step_counts() {
        let step: StepId = "1.1.1".parse().unwrap();
        let finished = |attempt, outcome| EventKind::StepFinished {
            step,
            attempt,
            outcome,
            class: None,
            exit_code: None,
            duration_s: 0.0,
            peak_rss_mib: None,
            reason: None,
            next: None,
        };
        let state = RunState::of(&events(vec![
            finished(1, StepOutcome::Failed),
            finished(2, StepOutcome::Done),
        ]));
        assert!(state.is_done(step));
        assert_eq!(state.counts(), BTreeMap::from([("done", 1)]));
    }
}
