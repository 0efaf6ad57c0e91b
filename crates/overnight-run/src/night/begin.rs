//! The beginning of a new run.

use std::fs;
use std::path::{Path, PathBuf};

use overnight_plan::config::WorkspaceMode;
use overnight_record::{EventKind, GitBase, RUN_RECORD_FORMAT, RunId, RunRecord, store};

use super::disk::Reserve;
use super::outputs::make_outputs;
use super::progress::PlanTarget;
use super::sweep::{remove_unborn, wait_for_git};
use super::times::Times;
use super::{Audience, Night, NightError, NightSpec, outline};
use crate::folder::RunFolder;
use crate::ledger::{Ledger, LedgerError};
use crate::process::ProcessIdentity;
use crate::state::RunState;
use crate::workspace::{Place, Repository, Workspace, branch_of, ensure_own_folder};

pub(super) fn begin<'a, 'b>(
    spec: &'a NightSpec<'a>,
    audience: &'a mut Audience<'b>,
) -> Result<Night<'a, 'b>, NightError> {
    check_selection(spec)?;
    // Everything that can refuse the night comes before the first write.
    let repository = Repository::discover(spec.project)?;
    let was_dirty = !repository.uncommitted()?.is_empty();
    let state_dir = spec.project.join(".overnight");
    ensure_own_folder(&state_dir)?;
    let mut ledger = Ledger::open(&state_dir)?;
    let run = choose_id(spec, &ledger, &repository)?;
    let process = ProcessIdentity::current().ok_or(NightError::NoIdentity)?;
    ledger.take_runner(&run, &process, (spec.clock)())?;
    wait_for_git(&[&repository.top]);
    remove_unborn(spec, &ledger, &repository);
    let made = make(spec, &repository, &run, was_dirty);
    let (record, folder, workspace, plan_file) = match made {
        Ok(made) => made,
        Err(error) => {
            ledger.release_runner(&process)?;
            return Err(error);
        }
    };
    ledger.begin_run(&record)?;
    let mut night = Night {
        spec,
        audience,
        ledger,
        process,
        run,
        record,
        folder,
        repository,
        workspace,
        plan_file,
        state: RunState::default(),
        times: times(spec),
        reserve: Reserve::take(&state_dir, spec.config.run.disk_reserve.0),
        paused: None,
        found: Vec::new(),
        telling: None,
        checkout: None,
        notes: Vec::new(),
    };
    night.tell(EventKind::RunStarted)?;
    night.mark_checkout()?;
    night.carry_plan_over()?;
    Ok(night)
}

/// The night's clocks as it begins or goes on.
pub(super) fn times(spec: &NightSpec<'_>) -> Times {
    let report_time = spec.config.run.report_time.0;
    Times::new(
        spec.until,
        report_time,
        (spec.clock)(),
        (spec.steady_clock)(),
    )
}

/// Makes the folders, the workspace and the files of a new run.
fn make(
    spec: &NightSpec<'_>,
    repository: &Repository,
    run: &RunId,
    was_dirty: bool,
) -> Result<(RunRecord, RunFolder, Workspace, PlanTarget), NightError> {
    let in_place = spec.in_place || spec.config.workspace.mode == WorkspaceMode::InPlace;
    let folder = make_folders(spec, run)?;
    make_outputs(spec, repository)?;
    let state_dir = spec.project.join(".overnight");
    let place = Place {
        project: spec.project,
        state_dir: &state_dir,
        run,
        share: shared_entries(spec),
        in_place,
    };
    let workspace = Workspace::create(repository, &place)?;
    let plan_file = PlanTarget::find(spec, repository, &workspace)?;
    store::write_atomically(&folder.plan(), spec.plan_text.as_bytes())?;
    snapshot_config(spec, &folder)?;
    let record = RunRecord {
        format_version: RUN_RECORD_FORMAT,
        run: run.clone(),
        started: (spec.clock)(),
        until: spec.until,
        timezone: spec.config.project.timezone.clone(),
        project: project_name(spec),
        project_dir: spec.project.to_string_lossy().into_owned(),
        plan: relative(spec.plan_path, spec.project),
        plan_sha256: store::sha256_hex(spec.plan_text.as_bytes()),
        plan_title: spec.bound.plan.title.clone(),
        overnight_version: spec.version.to_owned(),
        command: spec
            .command
            .iter()
            .map(|word| spec.redactor.redact(word).into_owned())
            .collect(),
        host: spec.host.clone(),
        git: Some(GitBase {
            commit: repository.head.clone(),
            branch: repository.branch.clone(),
            night_branch: (!in_place).then(|| branch_of(run)),
            worktree: workspace.project().to_string_lossy().into_owned(),
            was_dirty,
        }),
        phases: outline::phases(spec.bound, &spec.redactor),
        criteria: outline::criteria(spec.bound, &spec.redactor),
        large_artifacts: large_artifacts(spec, run).to_string_lossy().into_owned(),
    };
    store::write_json(&folder.record(), &record)?;
    Ok((record, folder, workspace, plan_file))
}

/// Refuses an `--only` that names nothing.
pub(super) fn check_selection(spec: &NightSpec<'_>) -> Result<(), NightError> {
    let covers_some = |address: &&overnight_record::PlanAddress| {
        spec.bound.plan.steps().any(|step| address.covers(step.id))
    };
    match spec.only.iter().find(|address| !covers_some(address)) {
        Some(address) => Err(NightError::NothingSelected { address: *address }),
        None => Ok(()),
    }
}

/// Makes the run's own folders in the user's checkout, all of them ignored by git.
pub(super) fn make_folders(spec: &NightSpec<'_>, run: &RunId) -> Result<RunFolder, NightError> {
    let logs = spec.project.join(&spec.config.project.logs);
    ensure_own_folder(&logs)?;
    ensure_own_folder(&spec.project.join(&spec.config.project.large_artifacts))?;
    let folder = RunFolder::new(&logs, run);
    let artifacts = spec.project.join(large_artifacts(spec, run));
    for path in [folder.path(), &artifacts] {
        fs::create_dir_all(path).map_err(|source| NightError::Folder {
            path: path.to_owned(),
            source,
        })?;
    }
    Ok(folder)
}

/// Keeps the configuration the run's commands use.
pub(super) fn snapshot_config(spec: &NightSpec<'_>, folder: &RunFolder) -> Result<(), NightError> {
    let Some(file) = spec.config_file else {
        return Ok(());
    };
    let bytes = fs::read(file).map_err(|source| store::StoreError::Read {
        path: file.to_owned(),
        source,
    })?;
    Ok(store::write_atomically(&folder.config(), &bytes)?)
}

/// What the worktree sees by link: what the configuration names, and the run's own folders,
/// where plans expect them.
pub(super) fn shared_entries(spec: &NightSpec<'_>) -> Vec<PathBuf> {
    let mut share = spec.config.workspace.share.clone();
    share.extend(spec.config.workspace.outputs.iter().cloned());
    share.push(spec.config.project.logs.clone());
    share.push(spec.config.project.large_artifacts.clone());
    share
}

fn large_artifacts(spec: &NightSpec<'_>, run: &RunId) -> PathBuf {
    spec.config.project.large_artifacts.join(run.as_str())
}

fn project_name(spec: &NightSpec<'_>) -> String {
    let folder = || {
        let name = spec.project.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    spec.config.project.name.clone().unwrap_or_else(folder)
}

pub(super) fn relative(path: &Path, folder: &Path) -> String {
    let shown = path.strip_prefix(folder).unwrap_or(path);
    shown.to_string_lossy().into_owned()
}

/// A run id that neither the ledger, nor a folder, nor a branch has.
fn choose_id(
    spec: &NightSpec<'_>,
    ledger: &Ledger,
    repository: &Repository,
) -> Result<RunId, NightError> {
    let zone =
        jiff::tz::TimeZone::get(&spec.config.project.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
    let stamp = (spec.clock)()
        .to_zoned(zone)
        .strftime("%Y-%m-%d_%H%M")
        .to_string();
    let first = RunId::new(&stamp, &spec.bound.plan.title);
    let logs = spec.project.join(&spec.config.project.logs);
    for n in 1_u32.. {
        let id = if n == 1 {
            first.clone()
        } else {
            first.numbered(n)
        };
        let reference = format!("refs/heads/{}", branch_of(&id));
        let is_free = matches!(ledger.run(&id), Err(LedgerError::NoRun { .. }))
            && !RunFolder::new(&logs, &id).path().exists()
            && !repository
                .git()
                .holds(&["show-ref", "--verify", "--quiet", &reference])?;
        if is_free {
            return Ok(id);
        }
    }
    Ok(first)
}
