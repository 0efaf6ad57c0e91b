//! Trials: part of a change laid out in the worktree and put to the gates.

use std::collections::HashMap;
use std::time::Instant;

use super::super::gates::{GateVerdict, Occasion, Reading};
use super::super::{Night, NightError};
use super::search::Answer;
use crate::workspace::{Change, Composer, Unit};

/// How much may be spent on one change.
pub(super) struct Limits {
    /// Runs of the gates.
    pub(super) trials: u32,
    /// No trial begins after it.
    pub(super) until: Instant,
}

/// The trials of one change.
pub(super) struct Trials<'n, 'a, 'b> {
    night: &'n Night<'a, 'b>,
    attempt_folder: &'n str,
    suspects: &'n [usize],
    composer: Composer<'n>,
    limits: Limits,
    made: u32,
    /// What is known of a tree: the readings of a good one.
    known: HashMap<String, Option<Vec<Reading>>>,
    /// The tree last called good.
    kept: Option<String>,
    /// Whether the night was asked to stop during a trial.
    pub(super) was_stopped: bool,
}

impl<'n, 'a, 'b> Trials<'n, 'a, 'b> {
    pub(super) fn new<'u>(
        night: &'n Night<'a, 'b>,
        attempt_folder: &'n str,
        whole: &Change,
        units: impl IntoIterator<Item = &'u Unit>,
        suspects: &'n [usize],
        limits: Limits,
    ) -> Self {
        Self {
            night,
            attempt_folder,
            suspects,
            composer: Composer::new(&night.workspace, units),
            limits,
            made: 0,
            known: HashMap::from([(whole.tree().to_owned(), None)]),
            kept: None,
            was_stopped: false,
        }
    }

    /// Whether these units together are no worse than the base.
    pub(super) fn ask(&mut self, units: &[&Unit]) -> Result<Answer, NightError> {
        let Some(tree) = self.composer.compose(units)? else {
            return Ok(Answer::Bad);
        };
        if let Some(known) = self.known.get(&tree) {
            return Ok(self.answer(known.is_some(), tree));
        }
        if self.night.spec.stop.is_requested() {
            self.was_stopped = true;
        }
        let is_over = self.made >= self.limits.trials
            || Instant::now() >= self.limits.until
            || self.night.closing_time().is_some();
        if is_over {
            return Ok(Answer::Silence);
        }
        let change = self.night.workspace.change_from_tree(&tree)?;
        if change.stat.files == 0 {
            // Parts that take back one another: nothing to keep.
            return Ok(Answer::Bad);
        }
        self.made += 1;
        self.night.workspace.check_out(&change)?;
        let trial = Occasion::Trial(self.made);
        let (verdict, readings) =
            self.night
                .measure_gates(self.attempt_folder, trial, self.suspects)?;
        match verdict {
            GateVerdict::Keep => {
                self.known.insert(tree.clone(), Some(readings));
                Ok(self.answer(true, tree))
            }
            GateVerdict::Worse { .. } => {
                self.known.insert(tree, None);
                Ok(Answer::Bad)
            }
            GateVerdict::Stopped => {
                self.was_stopped = true;
                Ok(Answer::Silence)
            }
        }
    }

    fn answer(&mut self, is_good: bool, tree: String) -> Answer {
        if is_good {
            self.kept = Some(tree);
            Answer::Good
        } else {
            Answer::Bad
        }
    }

    /// The tree last called good and what the gates said about it.
    pub(super) fn into_kept(mut self) -> Option<(String, Vec<Reading>)> {
        let tree = self.kept?;
        let readings = self.known.remove(&tree).flatten()?;
        Some((tree, readings))
    }
}
