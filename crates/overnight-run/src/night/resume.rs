//! Taking a run up again.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Instant;

use overnight_plan::{Binding, Step};
use overnight_record::{EventKind, FailureClass, RunId, StepId, StepOutcome, store};

use super::begin::{check_selection, make_folders, shared_entries, snapshot_config, times};
use super::disk::Reserve;
use super::flight::Attempt;
use super::outputs::make_outputs;
use super::progress::PlanTarget;
use super::sweep::wait_for_git;
use super::{Audience, Night, NightError, NightSpec};
use crate::ledger::{Disposition, Ledger, OpenAttempt, RunRow, Settled};
use crate::process::{ProcessIdentity, end_processes, with_environment};
use crate::shim::{Shim, end_orphans, is_of_another_boot};
use crate::state::RunState;
use crate::workspace::{AdoptedCommit, Place, Repository, Workspace, WorkspaceError, worktree_of};

pub(super) fn resume<'a, 'b>(
    spec: &'a NightSpec<'a>,
    audience: &'a mut Audience<'b>,
    run: &RunId,
) -> Result<Night<'a, 'b>, NightError> {
    check_selection(spec)?;
    let state_dir = spec.project.join(".overnight");
    let mut ledger = Ledger::open_existing(&state_dir)?;
    let mut row = ledger.run(run)?;
    if let Some(disposition) = row.disposition {
        return Err(NightError::Disposed {
            run: run.clone(),
            what: match disposition {
                Disposition::Accepted => "accepted",
                Disposition::Dropped => "dropped",
            },
        });
    }
    let repository = Repository::discover(spec.project)?;
    let process = ProcessIdentity::current().ok_or(NightError::NoIdentity)?;
    ledger.take_runner(run, &process, (spec.clock)())?;
    let opened = open(spec, &mut ledger, &repository, run, &row);
    let (workspace, state, attempts, adopted) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            ledger.release_runner(&process)?;
            return Err(error);
        }
    };
    let folder = make_folders(spec, run)?;
    snapshot_config(spec, &folder)?;
    // The export is made whole again before anything is made of it.
    if row.record.until != spec.until {
        row.record.until = spec.until;
        ledger.amend_run(&row.record)?;
        store::write_json(&folder.record(), &row.record)?;
    }
    ledger.reopen_run(run)?;
    let plan_file = PlanTarget::find(spec, &repository, &workspace)?;
    let mut night = Night {
        spec,
        audience,
        ledger,
        process,
        run: run.clone(),
        record: row.record,
        folder,
        repository,
        workspace,
        plan_file,
        state,
        times: times(spec),
        reserve: Reserve::take(&state_dir, spec.config.run.disk_reserve.0),
        paused: None,
        found: attempts.found,
        telling: None,
        checkout: None,
        notes: Vec::new(),
    };
    night.recover(&attempts.lost, &adopted)?;
    night.mark_checkout()?;
    if night.state.steps.is_empty() && night.state.commits.is_empty() && night.found.is_empty() {
        // The runner may have died before it came to that.
        night.carry_plan_over()?;
    }
    Ok(night)
}

/// An attempt that went on without the runner: its command runs, or left its record.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) step: StepId,
    number: u32,
    folder: String,
    shim: Shim,
}

impl Found {
    /// The attempt as the walk knows it.
    pub(super) fn into_attempt<'s>(
        self,
        step: &'s Step,
        binding: &'s Binding,
    ) -> (Attempt<'s>, Shim) {
        let attempt = Attempt {
            step,
            binding,
            number: self.number,
            folder: self.folder,
            since: Instant::now(),
        };
        (attempt, self.shim)
    }
}

/// The attempts the dead runner left open.
#[derive(Debug)]
struct Attempts {
    found: Vec<Found>,
    /// Those of which neither a process nor a record is left, and whether a restart of the
    /// machine was the reason.
    lost: Vec<(OpenAttempt, bool)>,
}

type Opened = (Workspace, RunState, Attempts, Vec<AdoptedCommit>);

/// Finds what still runs and ends what nobody watches, then opens the workspace where the
/// ledger left it.
fn open(
    spec: &NightSpec<'_>,
    ledger: &mut Ledger,
    repository: &Repository,
    run: &RunId,
    row: &RunRow,
) -> Result<Opened, NightError> {
    let attempts = sort_out(spec, run, ledger.open_attempts(run)?);
    let state_dir = spec.project.join(".overnight");
    wait_for_git(&[&repository.top, &worktree_of(&state_dir, run)]);
    let state = RunState::of(&ledger.events(run)?);
    let git = row.record.git.as_ref();
    let in_place = git.is_some_and(|git| git.night_branch.is_none());
    let base = git.map_or_else(|| repository.head.clone(), |git| git.commit.clone());
    let tip = state
        .commits
        .last()
        .map_or(base, |last| last.commit.clone());
    let place = Place {
        project: spec.project,
        state_dir: &state_dir,
        run,
        share: shared_entries(spec),
        in_place,
    };
    make_outputs(spec, repository)?;
    let mut workspace = Workspace::reopen(repository, &place, tip)?;
    let was_idle = attempts.lost.is_empty() && attempts.found.is_empty();
    if in_place && was_idle && !repository.uncommitted()?.is_empty() {
        return Err(WorkspaceError::Dirty {
            checkout: repository.top.clone(),
        }
        .into());
    }
    let adopted = workspace.adopt_commits(run)?;
    Ok((workspace, state, attempts, adopted))
}

/// Tells attempts that went on from those that are lost, and ends what a lost one left
/// running, as well as gates and checks, which are simply measured again.
fn sort_out(spec: &NightSpec<'_>, run: &RunId, open: Vec<OpenAttempt>) -> Attempts {
    let grace = spec.config.run.grace.0;
    let of_run = ("OVERNIGHT_RUN", OsStr::new(run.as_str()));
    let state_dir = spec.project.join(".overnight");
    let of_project = ("OVERNIGHT_STATE_DIR", state_dir.as_os_str());
    let stray = with_environment(&[of_run, of_project], Some("OVERNIGHT_STEP_DIR"));
    end_processes(&stray, grace);
    let logs = spec.project.join(&spec.config.project.logs);
    let mut attempts = Attempts {
        found: Vec::new(),
        lost: Vec::new(),
    };
    for attempt in open {
        let folder = logs.join(run.as_str()).join(&attempt.folder);
        if let Some(shim) = Shim::find(&folder) {
            attempts.found.push(Found {
                step: attempt.step,
                number: attempt.attempt,
                folder: attempt.folder,
                shim,
            });
            continue;
        }
        end_orphans(&folder, grace);
        let was_reboot = is_of_another_boot(&folder);
        attempts.lost.push((attempt, was_reboot));
    }
    attempts
}

impl<'a> Night<'a, '_> {
    /// The place of the run's workspace.
    pub(super) fn place<'p>(&'p self, state_dir: &'p Path) -> Place<'p> {
        Place {
            project: self.spec.project,
            state_dir,
            run: &self.run,
            share: shared_entries(self.spec),
            in_place: !self.workspace.is_worktree(),
        }
    }

    /// Writes down what the dead runner could not.
    fn recover(
        &mut self,
        lost: &[(OpenAttempt, bool)],
        adopted: &[AdoptedCommit],
    ) -> Result<(), NightError> {
        for commit in adopted {
            self.tell(EventKind::ChangeCommitted {
                step: commit.step,
                commit: commit.id.clone(),
                subject: commit.subject.clone(),
                files: commit.stat.files,
                insertions: commit.stat.insertions,
                deletions: commit.stat.deletions,
            })?;
        }
        if self.found.is_empty() {
            self.undo_leftovers(lost)?;
        }
        let mut lost_attempts = 0;
        for (attempt, was_reboot) in lost {
            let kept = adopted.iter().find(|commit| {
                let number = commit.attempt.unwrap_or(attempt.attempt);
                commit.step == Some(attempt.step) && number == attempt.attempt
            });
            lost_attempts += u32::from(kept.is_none());
            self.settle(&settled_lost(attempt, *was_reboot, kept))?;
        }
        self.tell(EventKind::RunResumed {
            lost_attempts,
            adopted_attempts: u32::try_from(self.found.len()).unwrap_or(u32::MAX),
        })
    }

    /// Keeps as a patch and undoes what a dead attempt left in the tree.
    fn undo_leftovers(&mut self, lost: &[(OpenAttempt, bool)]) -> Result<(), NightError> {
        let Some(change) = self.workspace.change()? else {
            return Ok(());
        };
        let patch = match lost.last() {
            Some((attempt, _)) => format!("{}/change.patch", attempt.folder),
            None => format!("left-{}.patch", self.now().as_second()),
        };
        let path = self.folder.path().join(&patch);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|source| NightError::Folder {
                path: parent.to_owned(),
                source,
            })?;
        }
        self.workspace.roll_back(&change, &path)?;
        match lost.last() {
            Some((attempt, _)) => self.tell(EventKind::ChangeRolledBack {
                step: attempt.step,
                patch,
                reason: "the runner died while the step ran".to_owned(),
            }),
            None => {
                self.note(format!(
                    "uncommitted changes in the worktree were kept as {}",
                    path.display()
                ));
                Ok(())
            }
        }
    }
}

/// How an attempt ended whose end nobody saw.
fn settled_lost(attempt: &OpenAttempt, was_reboot: bool, kept: Option<&AdoptedCommit>) -> Settled {
    let (outcome, class, reason) = match kept {
        Some(AdoptedCommit {
            part: Some(part), ..
        }) => {
            let reason = format!("{part} were kept; the runner died then");
            (StepOutcome::RolledBack, None, reason)
        }
        Some(_) => {
            let reason = "its change was committed; the runner died then".to_owned();
            (StepOutcome::Done, None, reason)
        }
        None if was_reboot => {
            let reason = "the machine was started anew while it ran".to_owned();
            (StepOutcome::Lost, Some(FailureClass::Reboot), reason)
        }
        None => {
            let reason = "it and the runner were ended from outside while it ran".to_owned();
            (StepOutcome::Lost, Some(FailureClass::Killed), reason)
        }
    };
    Settled {
        step: attempt.step,
        attempt: attempt.attempt,
        outcome,
        class,
        exit_code: None,
        duration_s: 0.0,
        peak_rss_mib: None,
        reason: Some(reason),
        next: None,
    }
}
