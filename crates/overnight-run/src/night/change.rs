//! What a step changed: kept behind the gates, or undone with its patch kept.

use overnight_record::{EventKind, StepOutcome};

use super::commit::Author;
use super::gates::GateVerdict;
use super::judge::Verdict;
use super::step::Attempt;
use super::{Night, NightError};
use crate::text::first_words;
use crate::workspace::{Change, Workspace, WorkspaceError};

impl Night<'_, '_> {
    /// Keeps or undoes what the step changed. A workspace the step broke is made again.
    pub(super) fn settle_change(
        &mut self,
        attempt: &Attempt<'_>,
        verdict: Verdict,
    ) -> Result<Verdict, NightError> {
        match self.judge_and_keep(attempt, verdict) {
            Err(NightError::Workspace(error)) => {
                self.repair_workspace(&error)?;
                let reason = format!("its changes could not be taken down: {error}");
                Ok(Verdict::new(StepOutcome::Failed, reason))
            }
            other => other,
        }
    }

    fn judge_and_keep(
        &mut self,
        attempt: &Attempt<'_>,
        verdict: Verdict,
    ) -> Result<Verdict, NightError> {
        let Some(change) = self.workspace.change()? else {
            return Ok(verdict);
        };
        if verdict.outcome != StepOutcome::Done {
            let reason = format!("the step ended {}", verdict.outcome);
            self.undo(attempt, &change, reason)?;
            return Ok(verdict);
        }
        match self.judge_change(attempt.step.id, &attempt.folder)? {
            GateVerdict::Keep => {
                self.keep(attempt, &change)?;
                Ok(verdict)
            }
            GateVerdict::Worse(why) => {
                self.undo(attempt, &change, why.clone())?;
                Ok(Verdict {
                    outcome: StepOutcome::RolledBack,
                    reason: Some(why),
                    ..verdict
                })
            }
            GateVerdict::Stopped => {
                let why = "the night was interrupted while its change was judged";
                self.undo(attempt, &change, why.to_owned())?;
                Ok(Verdict {
                    outcome: StepOutcome::Interrupted,
                    reason: Some(why.to_owned()),
                    ..verdict
                })
            }
        }
    }

    fn keep(&mut self, attempt: &Attempt<'_>, change: &Change) -> Result<(), NightError> {
        let what = first_words(&attempt.step.text, 60);
        self.commit(change, Author::Step(attempt.step.id, attempt.number), &what)
    }

    fn undo(
        &mut self,
        attempt: &Attempt<'_>,
        change: &Change,
        reason: String,
    ) -> Result<(), NightError> {
        let patch = format!("{}/change.patch", attempt.folder);
        self.workspace
            .roll_back(change, &self.folder.path().join(&patch))?;
        self.tell(EventKind::ChangeRolledBack {
            step: attempt.step.id,
            patch,
            reason,
        })
    }

    /// Makes the night's worktree usable again after a step broke it.
    fn repair_workspace(&mut self, error: &WorkspaceError) -> Result<(), NightError> {
        self.note(format!("the worktree was made again: {error}"));
        let state_dir = self.state_dir();
        let place = self.place(&state_dir);
        let tip = self.workspace.tip().to_owned();
        self.workspace = Workspace::reopen(&self.repository, &place, tip)?;
        Ok(self.workspace.discard()?)
    }
}
