//! The good part of a change that made a gate worse.
//!
//! The change is cut into the parts its step wrote down, and a bad part into files; without
//! parts, into files. The [`search`] finds out which of them the gates let pass together. See
//! `docs/changes.md`.

mod search;
mod selection;
mod trials;

use std::time::{Duration, Instant};

use overnight_record::EventKind;

use super::flight::Attempt;
use super::gates::Reading;
use super::{Night, NightError};
use crate::workspace::{Change, Part, Parts};

use search::{Answer, search};
use selection::Selection;
use trials::{Limits, Trials};

/// How often the gates are run to find the good part of one change.
const MOST_TRIALS: u32 = 16;
/// How long that may take, in time limits of a gate.
const GATE_TIMEOUTS: u32 = 4;

/// What became of the search for a good part.
pub(super) enum Salvage {
    /// No part of it is good, or it is one whole.
    Nothing,
    /// The night was asked to stop meanwhile.
    Stopped,
    /// This part is.
    Part(Kept),
}

/// The part of a change that is kept.
pub(super) struct Kept {
    pub(super) change: Change,
    /// What the gates said about it.
    pub(super) readings: Vec<Reading>,
    /// How much of the change it is: `3 of 5 files`.
    pub(super) share: String,
    /// What was kept and what was undone, in one line.
    pub(super) words: String,
}

impl Night<'_, '_> {
    /// Looks for a good part of `whole`, which the gates refused. `suspects` are the gates that
    /// did. Afterwards the workspace holds whatever was tried last.
    pub(super) fn salvage(
        &mut self,
        attempt: &Attempt<'_>,
        whole: &Change,
        suspects: &[usize],
    ) -> Result<Salvage, NightError> {
        let Some(parts) = self.parts_of(attempt, whole)? else {
            return Ok(Salvage::Nothing);
        };
        let what = match &parts[..] {
            [only] => format!("{} files", only.units.len()),
            parts => format!("{} parts", parts.len()),
        };
        self.tell(EventKind::Noted {
            text: format!("{}: looking for the good ones of {what}", attempt.step.id),
        })?;
        let limits = Limits {
            trials: MOST_TRIALS,
            until: Instant::now() + self.salvage_time(),
        };
        let mut selection = Selection::nothing(&parts);
        let units = parts.iter().flat_map(|part| &part.units);
        let mut trials = Trials::new(self, &attempt.folder, whole, units, suspects, limits);
        let is_complete = try_parts(&parts, &mut selection, &mut trials)?;
        if trials.was_stopped {
            return Ok(Salvage::Stopped);
        }
        let Some((tree, readings)) = trials.into_kept() else {
            return Ok(Salvage::Nothing);
        };
        let mut words = selection.words();
        if !is_complete {
            words.push_str("; not everything was tried");
        }
        Ok(Salvage::Part(Kept {
            change: self.workspace.change_from_tree(&tree)?,
            readings,
            share: selection.share(),
            words,
        }))
    }

    /// The parts of a change, or its files as one part without a label; `None` when there is
    /// nothing to choose from.
    fn parts_of(
        &mut self,
        attempt: &Attempt<'_>,
        whole: &Change,
    ) -> Result<Option<Vec<Part>>, NightError> {
        let folder = self.folder.path().join(&attempt.folder).join("parts");
        let parts = match self.workspace.parts(&folder, whole)? {
            Parts::Whole(parts) => parts,
            Parts::None => Vec::new(),
            Parts::Unusable(why) => {
                let step = attempt.step.id;
                self.note(format!(
                    "the change of step {step} was judged by files: {why}"
                ));
                Vec::new()
            }
        };
        let parts = if parts.is_empty() {
            vec![Part {
                label: String::new(),
                units: self.workspace.units(whole)?,
            }]
        } else {
            parts
        };
        let units: usize = parts.iter().map(|part| part.units.len()).sum();
        Ok((units > 1).then_some(parts))
    }

    fn salvage_time(&self) -> Duration {
        self.gate_timeout().saturating_mul(GATE_TIMEOUTS)
    }
}

/// Tries the parts, then each bad part by its files; whether nothing was left untried.
fn try_parts(
    parts: &[Part],
    selection: &mut Selection<'_>,
    trials: &mut Trials<'_, '_, '_>,
) -> Result<bool, NightError> {
    let found = search(parts.len(), &mut |chosen| {
        trials.ask(&selection.with_parts(chosen))
    })?;
    selection.take_parts(&found.kept);
    let mut is_complete = found.is_complete;
    let mut has_grown = false;
    for (index, part) in parts.iter().enumerate() {
        if selection.has_all_of(index) {
            continue;
        }
        // On top of files of an earlier part, this one may be good as it is.
        if has_grown {
            match trials.ask(&selection.with_parts(&[index]))? {
                Answer::Good => {
                    selection.take_parts(&[index]);
                    continue;
                }
                Answer::Bad => {}
                Answer::Silence => is_complete = false,
            }
        }
        let found = search(part.units.len(), &mut |chosen| {
            trials.ask(&selection.with_units(index, chosen))
        })?;
        selection.take_units(index, &found.kept);
        has_grown |= !found.kept.is_empty();
        is_complete &= found.is_complete;
    }
    Ok(is_complete)
}
