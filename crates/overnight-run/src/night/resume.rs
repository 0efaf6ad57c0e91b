//! Taking a run up again.

use std::ffi::OsStr;
use std::path::Path;

use overnight_record::{EventKind, RunId, StepOutcome};

use super::begin::{check_selection, make_folders, shared_entries, snapshot_config};
use super::progress::PlanTarget;
use super::{Audience, Night, NightError, NightSpec};
use crate::ledger::{Disposition, Ledger, OpenAttempt, RunRow, Settled};
use crate::process::{ProcessIdentity, end_group, groups_with_environment};
use crate::state::RunState;
use crate::workspace::{AdoptedCommit, Place, Repository, Workspace, WorkspaceError};

pub(super) fn resume<'a, 'b>(
    spec: &'a NightSpec<'a>,
    audience: &'a mut Audience<'b>,
    run: &RunId,
) -> Result<Night<'a, 'b>, NightError> {
    check_selection(spec)?;
    let state_dir = spec.project.join(".overnight");
    let mut ledger = Ledger::open_existing(&state_dir)?;
    let row = ledger.run(run)?;
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
    let (workspace, state, lost, adopted) = match opened {
        Ok(opened) => opened,
        Err(error) => {
            ledger.release_runner(&process)?;
            return Err(error);
        }
    };
    let folder = make_folders(spec, run)?;
    snapshot_config(spec, &folder)?;
    ledger.reopen_run(run)?;
    ledger.export_events(run, &folder.events())?;
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
        notes: Vec::new(),
    };
    night.recover(&lost, &adopted)?;
    Ok(night)
}

type Opened = (Workspace, RunState, Vec<OpenAttempt>, Vec<AdoptedCommit>);

/// Ends what still runs, then opens the workspace where the ledger left it.
fn open(
    spec: &NightSpec<'_>,
    ledger: &mut Ledger,
    repository: &Repository,
    run: &RunId,
    row: &RunRow,
) -> Result<Opened, NightError> {
    let lost = ledger.open_attempts(run)?;
    let state_dir = spec.project.join(".overnight");
    end_survivors(spec, run, &lost);
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
    let mut workspace = Workspace::reopen(repository, &place, tip)?;
    if in_place && lost.is_empty() && !repository.uncommitted()?.is_empty() {
        return Err(WorkspaceError::Dirty {
            checkout: repository.top.clone(),
        }
        .into());
    }
    let adopted = workspace.adopt_commits(run)?;
    Ok((workspace, state, lost, adopted))
}

/// Ends what the dead runner left running: the processes written down, and those started
/// with the environment of a lost attempt, or of a gate or check. The environment also
/// finds what was spawned a moment before the runner died and what left its group. What a
/// finished step deliberately left running, such as a server, stays.
fn end_survivors(spec: &NightSpec<'_>, run: &RunId, lost: &[OpenAttempt]) {
    let of_run = ("OVERNIGHT_RUN", OsStr::new(run.as_str()));
    let state_dir = spec.project.join(".overnight");
    let of_project = ("OVERNIGHT_STATE_DIR", state_dir.as_os_str());
    let mut groups = groups_with_environment(&[of_run, of_project], Some("OVERNIGHT_STEP_DIR"));
    let logs = spec.project.join(&spec.config.project.logs);
    for attempt in lost {
        let folder = logs.join(run.as_str()).join(&attempt.folder);
        let of_attempt = ("OVERNIGHT_STEP_DIR", folder.as_os_str());
        groups.extend(groups_with_environment(&[of_run, of_attempt], None));
        let written_down = attempt.process.as_ref();
        groups.extend(written_down.filter(|p| p.is_alive()).map(|p| p.pid));
    }
    for group in groups {
        end_group(group, spec.grace);
    }
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
        lost: &[OpenAttempt],
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
        self.undo_leftovers(lost)?;
        let mut lost_attempts = 0;
        for attempt in lost {
            let was_kept = adopted.iter().any(|c| c.step == Some(attempt.step));
            lost_attempts += u32::from(!was_kept);
            let (outcome, reason) = if was_kept {
                (
                    StepOutcome::Done,
                    "its change was committed; the runner died then",
                )
            } else {
                (StepOutcome::Lost, "the runner died while it ran")
            };
            let until_now = self.now().duration_since(attempt.started);
            self.settle(&Settled {
                step: attempt.step,
                attempt: attempt.attempt,
                outcome,
                class: None,
                exit_code: None,
                duration_s: if was_kept {
                    until_now.as_secs_f64()
                } else {
                    0.0
                },
                peak_rss_mib: None,
                reason: Some(reason.to_owned()),
                next: None,
            })?;
        }
        self.tell(EventKind::RunResumed {
            lost_attempts,
            adopted_attempts: 0,
        })
    }

    /// Keeps as a patch and undoes what a dead attempt left in the tree.
    fn undo_leftovers(&mut self, lost: &[OpenAttempt]) -> Result<(), NightError> {
        let Some(change) = self.workspace.change()? else {
            return Ok(());
        };
        let patch = match lost.last() {
            Some(attempt) => format!("{}/change.patch", attempt.folder),
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
            Some(attempt) => self.tell(EventKind::ChangeRolledBack {
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
