//! What becomes of a step before its command would start.

use overnight_plan::config::OnFailure;
use overnight_plan::{Binding, Step};
use overnight_record::{PlanAddress, StepId, StepOutcome};

use super::Night;
use crate::ledger::Settled;

/// What becomes of a step before its command would start.
pub(super) enum Admission {
    /// It is settled by an earlier session of this run.
    Passed,
    /// It ends here, without a command.
    Settle(Settled),
    /// Its command is run.
    Run,
}

impl Night<'_, '_> {
    /// Whether `--only` leaves a step in.
    pub(super) fn is_selected(&self, step: StepId) -> bool {
        self.spec.only.is_empty() || self.spec.only.iter().any(|only| only.covers(step))
    }

    /// `strict` are the earlier steps whose failure bars others.
    pub(super) fn admit(&self, step: &Step, strict: impl Iterator<Item = StepId>) -> Admission {
        let id = step.id;
        let settle = |outcome, reason: &str, next| {
            Admission::Settle(without_command(id, outcome, reason, next))
        };
        let resume = || Some(format!("overnight run --resume {}", self.run));
        let binding = self.bound().binding(id);
        if !self.is_selected(id) {
            return match self.state.outcome_of(id) {
                Some(_) => Admission::Passed,
                None if step.checked => self.ticked_before(id),
                None => settle(StepOutcome::NotStarted, "not named by --only", resume()),
            };
        }
        if !self.is_wanted(step, binding) {
            return Admission::Passed;
        }
        let is_named = self.spec.only.contains(&PlanAddress::Step(id));
        if step.checked && !is_named && self.state.outcome_of(id).is_none() {
            return self.ticked_before(id);
        }
        let Some(binding) = binding else {
            let next = format!("overnight plan explain {}", self.record.plan);
            return settle(
                StepOutcome::Unbound,
                "no command is bound to it",
                Some(next),
            );
        };
        if let Some(why) = self.closing_time() {
            let reason = format!("{why} before it began");
            return settle(StepOutcome::NotStarted, &reason, resume());
        }
        if let Some((outcome, why)) = self.barred_by_a_failure(id, strict) {
            let next = match outcome {
                StepOutcome::NotStarted => resume(),
                _ => Some(self.retry_command(id)),
            };
            return settle(outcome, &why, next);
        }
        if let Some(why) = self.unmet_need(binding) {
            return settle(StepOutcome::Skipped, &why, Some(self.retry_command(id)));
        }
        match self.too_late_for(binding) {
            Some(why) => settle(StepOutcome::NotStarted, &why, resume()),
            None => Admission::Run,
        }
    }

    fn ticked_before(&self, step: StepId) -> Admission {
        let reason = "ticked before this run";
        Admission::Settle(without_command(step, StepOutcome::Done, reason, None))
    }

    /// Whether a step still has to be looked at in this session.
    fn is_wanted(&self, step: &Step, binding: Option<&Binding>) -> bool {
        let Some(state) = self.state.steps.get(&step.id) else {
            return true;
        };
        let waits_for_others = state.outcome == StepOutcome::Skipped && state.attempt == 0;
        let is_met = binding.is_some_and(|binding| self.unmet_need(binding).is_none());
        state.outcome.is_open()
            || (self.spec.retry_failed && !state.outcome.is_success())
            || (waits_for_others && is_met)
    }

    /// An earlier step that failed and, by its binding, takes this one with it.
    fn barred_by_a_failure(
        &self,
        id: StepId,
        mut strict: impl Iterator<Item = StepId>,
    ) -> Option<(StepOutcome, String)> {
        strict.find_map(|step| {
            let binding = self.bound().binding(step)?;
            let state = self.state.steps.get(&step)?;
            let has_failed = state.attempt > 0 && !state.outcome.is_success();
            match binding.on_failure {
                _ if !has_failed => None,
                OnFailure::Continue => None,
                OnFailure::SkipTask if step.task != id.task => None,
                OnFailure::SkipTask => Some((
                    StepOutcome::Skipped,
                    format!(
                        "step {} of its task ended {}, which skips the rest of the task",
                        step, state.outcome
                    ),
                )),
                OnFailure::StopNight => Some((
                    StepOutcome::NotStarted,
                    format!(
                        "step {} ended {}, which stops the night",
                        step, state.outcome
                    ),
                )),
            }
        })
    }

    /// The first need of a step that is not met, in words.
    fn unmet_need(&self, binding: &Binding) -> Option<String> {
        for need in &binding.needs {
            let steps = self.bound().plan.steps();
            let unmet = steps.filter(|step| need.covers(step.id) && !self.state.is_done(step.id));
            if let Some(step) = unmet.map(|step| step.id).next() {
                let how = match self.state.outcome_of(step) {
                    Some(outcome) => format!("ended {outcome}"),
                    None => "did not run".to_owned(),
                };
                return Some(if *need == PlanAddress::Step(step) {
                    format!("it needs {need}, which {how}")
                } else {
                    format!("it needs {need}, of which {step} {how}")
                });
            }
        }
        None
    }

    /// The command that tries a step again.
    pub(super) fn retry_command(&self, step: StepId) -> String {
        format!(
            "overnight run --resume {} --only {step} --retry-failed",
            self.run
        )
    }
}

/// The end of a step for which no command was started.
pub(super) fn without_command(
    step: StepId,
    outcome: StepOutcome,
    reason: &str,
    next: Option<String>,
) -> Settled {
    Settled {
        step,
        attempt: 0,
        outcome,
        class: None,
        exit_code: None,
        duration_s: 0.0,
        peak_rss_mib: None,
        reason: Some(reason.to_owned()),
        next,
    }
}
