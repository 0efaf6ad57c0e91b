//! What a step changed: kept behind the gates, or undone with its patch kept.

use overnight_record::{EventKind, StepOutcome, store};

use super::commit::Author;
use super::flight::Attempt;
use super::gates::GateVerdict;
use super::judge::Verdict;
use super::salvage::{Kept, Salvage};
use super::{Night, NightError};
use crate::text::first_words;
use crate::workspace::{Change, DiffStat, Workspace, WorkspaceError};

/// Where, in an attempt's folder, the id of the tree that is judged stands.
const TREE_FILE: &str = "change-tree";

/// The patch of an attempt's change, relative to the run's folder.
fn patch_of(attempt: &Attempt<'_>) -> String {
    format!("{}/change.patch", attempt.folder)
}

impl Night<'_, '_> {
    /// Keeps or undoes what the step changed. A workspace the step broke is made again.
    pub(super) fn settle_change(
        &mut self,
        attempt: &Attempt<'_>,
        verdict: &Verdict,
    ) -> Result<Verdict, NightError> {
        self.make_room();
        match self.patiently(|night| night.judge_and_keep(attempt, verdict.clone())) {
            // What cannot be kept is not thrown away: the night stops with it in place.
            Err(NightError::Workspace(error)) if !matches!(error, WorkspaceError::Patch { .. }) => {
                self.note(format!("the worktree was made again: {error}"));
                self.patiently(Self::repair_workspace)?;
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
        let Some(change) = self.change_of(attempt)? else {
            return Ok(verdict);
        };
        if verdict.outcome != StepOutcome::Done {
            let reason = format!("the step ended {}", verdict.outcome);
            self.undo(attempt, &change, reason)?;
            return Ok(verdict);
        }
        self.name_tree(attempt, &change)?;
        match self.judge_change(attempt.step.id, &attempt.folder)? {
            GateVerdict::Keep => {
                self.keep(attempt, &change)?;
                Ok(verdict)
            }
            GateVerdict::Worse { why, gates } => {
                self.keep_good_part(attempt, &change, verdict, why, &gates)
            }
            GateVerdict::Stopped => self.undo_stopped(attempt, &change, verdict),
        }
    }

    /// What the step changed. A runner that died while it judged left the id of the tree;
    /// the files may be those of any trial.
    fn change_of(&self, attempt: &Attempt<'_>) -> Result<Option<Change>, NightError> {
        let named = std::fs::read_to_string(self.folder_of(attempt).join(TREE_FILE));
        let Ok(tree) = named else {
            return Ok(self.workspace.change()?);
        };
        let change = self.workspace.change_from_tree(&tree)?;
        self.workspace.check_out(&change)?;
        Ok((change.stat != DiffStat::default()).then_some(change))
    }

    /// Writes down which tree is judged: while it is, the worktree may hold any part of it.
    fn name_tree(&self, attempt: &Attempt<'_>, change: &Change) -> Result<(), NightError> {
        let file = self.folder.path().join(&attempt.folder).join(TREE_FILE);
        let line = format!("{}\n", change.tree());
        Ok(store::write_atomically(&file, line.as_bytes())?)
    }

    fn keep(&mut self, attempt: &Attempt<'_>, change: &Change) -> Result<(), NightError> {
        let what = first_words(&attempt.step.text, 60);
        self.commit(change, Author::Step(attempt.step.id, attempt.number), &what)
    }

    /// Keeps the part of a bad change that is good by itself, if there is one.
    fn keep_good_part(
        &mut self,
        attempt: &Attempt<'_>,
        change: &Change,
        verdict: Verdict,
        why: String,
        gates: &[usize],
    ) -> Result<Verdict, NightError> {
        let salvage = match self.salvage(attempt, change, gates) {
            // The change itself was taken down, so at least its patch can be kept.
            Err(NightError::Workspace(error)) => {
                self.note(format!("no part of a change could be tried: {error}"));
                Salvage::Nothing
            }
            other => other?,
        };
        let reason = match salvage {
            Salvage::Nothing => {
                self.undo(attempt, change, why.clone())?;
                why
            }
            Salvage::Stopped => return self.undo_stopped(attempt, change, verdict),
            Salvage::Part(kept) => {
                let reason = format!("{why}; {}", kept.words);
                self.keep_part(attempt, change, kept, &reason)?;
                reason
            }
        };
        Ok(Verdict {
            outcome: StepOutcome::RolledBack,
            reason: Some(reason),
            ..verdict
        })
    }

    /// Commits a part. The patch of the rest is there before the commit is, so that a runner
    /// that dies in between loses nothing.
    fn keep_part(
        &mut self,
        attempt: &Attempt<'_>,
        whole: &Change,
        kept: Kept,
        reason: &str,
    ) -> Result<(), NightError> {
        let step = attempt.step.id;
        let patch = patch_of(attempt);
        let path = self.folder.path().join(&patch);
        self.workspace.keep_rest(&kept.change, whole, &path)?;
        self.tell_readings(step, kept.readings)?;
        let what = first_words(&attempt.step.text, 60);
        let author = Author::Step(step, attempt.number);
        self.commit_part(&kept.change, author, &what, Some(&kept.share))?;
        self.tell(EventKind::ChangeRolledBack {
            step,
            patch,
            reason: reason.to_owned(),
        })
    }

    fn undo_stopped(
        &mut self,
        attempt: &Attempt<'_>,
        change: &Change,
        mut verdict: Verdict,
    ) -> Result<Verdict, NightError> {
        let why = "the night was interrupted while its change was judged";
        self.undo(attempt, change, why.to_owned())?;
        verdict.outcome = StepOutcome::Interrupted;
        verdict.reason = Some(why.to_owned());
        Ok(verdict)
    }

    fn undo(
        &mut self,
        attempt: &Attempt<'_>,
        change: &Change,
        reason: String,
    ) -> Result<(), NightError> {
        let patch = patch_of(attempt);
        self.workspace
            .roll_back(change, &self.folder.path().join(&patch))?;
        self.tell(EventKind::ChangeRolledBack {
            step: attempt.step.id,
            patch,
            reason,
        })
    }

    /// Makes the night's worktree usable again after a step broke it.
    fn repair_workspace(&mut self) -> Result<(), NightError> {
        let state_dir = self.state_dir();
        let place = self.place(&state_dir);
        let tip = self.workspace.tip().to_owned();
        self.workspace = Workspace::reopen(&self.repository, &place, tip)?;
        Ok(self.workspace.discard()?)
    }
}
