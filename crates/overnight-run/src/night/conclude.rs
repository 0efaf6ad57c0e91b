//! From the end of a command to the outcome of its step.

use overnight_record::{EventKind, StepOutcome};

use super::flight::Attempt;
use super::judge::{Traces, Verdict, judge, unwatched};
use super::retry::pause_before_next;
use super::walk::Walk;
use super::{Night, NightError};
use crate::ledger::Settled;
use crate::shim::{ExitRecord, end_orphans};

impl<'a> Night<'a, '_> {
    /// Takes in every flight that has ended.
    pub(super) fn land(&mut self, walk: &mut Walk<'a>) -> Result<(), NightError> {
        let mut index = 0;
        while index < walk.flights.len() {
            if !walk.flights[index].shim.has_ended() {
                index += 1;
                continue;
            }
            let mut flight = walk.flights.remove(index);
            let folder = self.folder_of(&flight.attempt);
            let record = flight.shim.record();
            if record.is_none() {
                end_orphans(&folder, self.spec.config.run.grace.0);
            }
            let stopped_by = self
                .closing_time()
                .unwrap_or_else(|| "the night's deadline came".to_owned());
            let traces = Traces::read(&folder, self.redactor());
            let policy = &flight.attempt.binding.policy;
            let verdict = if record.is_none() && flight.shim.has_failed() {
                unwatched(&folder)
            } else {
                judge(record.as_ref(), &traces, policy, &stopped_by)
            };
            self.conclude(
                walk,
                flight.place,
                &flight.attempt,
                record.as_ref(),
                verdict,
            )?;
        }
        self.undo_what_parallel_steps_changed(walk)
    }

    /// Keeps or undoes the change, settles the attempt, and plans another try if one may
    /// help.
    pub(super) fn conclude(
        &mut self,
        walk: &mut Walk<'a>,
        place: usize,
        attempt: &Attempt<'a>,
        record: Option<&ExitRecord>,
        verdict: Verdict,
    ) -> Result<(), NightError> {
        let verdict = if attempt.binding.is_parallel {
            self.look_for_forbidden_changes(walk, attempt, verdict)?
        } else {
            self.settle_change(attempt, &verdict)?
        };
        let next = self.next_after(attempt, &verdict);
        // Without a record the runner knows best how long it was.
        let seen = || attempt.since.elapsed().as_secs_f64();
        let duration_s = record.map_or_else(seen, |record| record.duration_s);
        self.settle(&Settled {
            step: attempt.step.id,
            attempt: attempt.number,
            outcome: verdict.outcome,
            class: verdict.class,
            exit_code: verdict.exit_code,
            duration_s,
            peak_rss_mib: record.and_then(|record| record.peak_rss_mib),
            reason: verdict.reason.clone(),
            next,
        })?;
        let again = self.plan_retry(walk, place, attempt, &verdict)?;
        self.after_try(walk, place, again)
    }

    fn plan_retry(
        &mut self,
        walk: &Walk<'a>,
        place: usize,
        attempt: &Attempt<'a>,
        verdict: &Verdict,
    ) -> Result<Option<std::time::Duration>, NightError> {
        let Some(class) = verdict.class.filter(|_| self.closing_time().is_none()) else {
            return Ok(None);
        };
        let (tried, spent) = Self::tries(walk, place);
        let step = attempt.step.id;
        let policy = &attempt.binding.policy;
        let pause = pause_before_next(&self.spec.config.run, policy, class, step, tried, spent);
        if let Some(pause) = pause {
            self.tell(EventKind::RetryPlanned {
                step,
                attempt: attempt.number,
                class,
                wait_s: pause.as_secs_f64(),
            })?;
        }
        Ok(pause)
    }

    /// A step that says it changes no tracked file must not: whose change it is cannot be
    /// told once several run. Every such step that ends while the tree is changed is to
    /// blame.
    fn look_for_forbidden_changes(
        &mut self,
        walk: &mut Walk<'a>,
        attempt: &Attempt<'a>,
        verdict: Verdict,
    ) -> Result<Verdict, NightError> {
        if self.workspace.change()?.is_none() {
            return Ok(verdict);
        }
        walk.offenders
            .push((attempt.step.id, attempt.folder.clone()));
        let reason = "tracked files changed although it says `parallel = true`; run it alone";
        Ok(match verdict.outcome {
            StepOutcome::Done => Verdict {
                outcome: StepOutcome::RolledBack,
                reason: Some(reason.to_owned()),
                ..verdict
            },
            _ => verdict,
        })
    }

    /// Undoes such a change once nothing runs in the tree any more.
    fn undo_what_parallel_steps_changed(&mut self, walk: &mut Walk<'a>) -> Result<(), NightError> {
        if walk.is_in_the_air() || walk.offenders.is_empty() {
            return Ok(());
        }
        let offenders = std::mem::take(&mut walk.offenders);
        let Some(change) = self.workspace.change()? else {
            return Ok(());
        };
        let patches: Vec<String> = offenders
            .iter()
            .map(|(_, folder)| format!("{folder}/change.patch"))
            .collect();
        let path = |patch: &String| self.folder.path().join(patch);
        if let Some(first) = patches.first() {
            self.workspace.roll_back(&change, &path(first))?;
            for other in &patches[1..] {
                std::fs::copy(path(first), path(other)).map_err(|source| NightError::Folder {
                    path: path(other),
                    source,
                })?;
            }
        }
        for ((step, _), patch) in offenders.iter().zip(patches) {
            self.tell(EventKind::ChangeRolledBack {
                step: *step,
                patch,
                reason: "steps that run beside others must not change tracked files".to_owned(),
            })?;
        }
        Ok(())
    }

    /// The one command that goes on after a step.
    fn next_after(&self, attempt: &Attempt<'_>, verdict: &Verdict) -> Option<String> {
        let id = attempt.step.id;
        match verdict.outcome {
            StepOutcome::Done => None,
            StepOutcome::RolledBack => {
                let patch = self.folder_of(attempt).join("change.patch");
                Some(format!(
                    "less {}",
                    super::begin::relative(&patch, self.spec.project)
                ))
            }
            outcome if outcome.is_open() => Some(format!("overnight run --resume {}", self.run)),
            _ => Some(self.retry_command(id)),
        }
    }
}
