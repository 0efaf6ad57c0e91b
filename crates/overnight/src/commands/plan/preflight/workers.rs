//! What a worker needs: its program, its script, the packages of a ready one. Nothing is
//! started but Python itself, and that imports nothing; `overnight doctor` starts workers.

use std::path::{Path, PathBuf};
use std::time::Duration;

use overnight_ocr::WorkerSpec;
use overnight_ocr::worker::{ReadyWorker, WorkerCommand};
use overnight_plan::command::script;
use overnight_record::StepId;
use overnight_run::run_captured;

use super::programs::is_installed;
use super::{Findings, Scene};

const TIME_LIMIT: Duration = Duration::from_secs(20);
/// Exits with 0 when Python would find the package named in its argument.
const PROBE: &str =
    "import sys, importlib.util as u; sys.exit(0 if u.find_spec(sys.argv[1]) else 9)";

/// Looks at the worker `name`, first used by `step`.
pub(super) fn look_at(
    scene: &Scene<'_>,
    (name, step): (&str, Option<StepId>),
    worker: &WorkerSpec,
    findings: &mut Findings,
) {
    let project = &scene.context.project;
    let (program, script) = match &worker.command {
        WorkerCommand::Own(argv) => (
            argv.first().cloned().unwrap_or_default(),
            script(argv).map(str::to_owned),
        ),
        WorkerCommand::Ready { python, .. } => (python.to_string_lossy().into_owned(), None),
    };
    if !is_installed(&program, project) {
        let message = format!("the program `{program}` of the worker `{name}` was not found");
        let hint = format!("install it, or correct `command` or `python` of [backends.{name}]");
        findings.problem("missing_program", step, message, Some(&hint));
        return;
    }
    let files = script
        .into_iter()
        .chain(program.contains('/').then_some(program.clone()));
    for file in files {
        look_at_file(scene, (name, step), &file, findings);
    }
    if let WorkerCommand::Ready { worker, .. } = &worker.command {
        look_at_package(scene, (name, step), &program, worker, findings);
    }
}

/// A file of the worker: there now, and there for the night.
fn look_at_file(
    scene: &Scene<'_>,
    (name, step): (&str, Option<StepId>),
    file: &str,
    findings: &mut Findings,
) {
    let path = scene.context.project.join(file);
    let shown = path.strip_prefix(&scene.context.project).unwrap_or(&path);
    let shown = shown.to_string_lossy();
    if !path.exists() {
        let message = format!("the worker `{name}` lacks {shown}");
        findings.problem("missing_script", step, message, None);
    } else if !scene.tree.will_have(&shown) {
        let message = format!(
            "{shown} of the worker `{name}` is not tracked by git, so the night's worktree will \
             not have it"
        );
        let hint = Some("commit it, or name its folder in `share` of [workspace]");
        findings.problem("untracked_script", step, message, hint);
    }
}

fn look_at_package(
    scene: &Scene<'_>,
    (name, step): (&str, Option<StepId>),
    python: &str,
    worker: &ReadyWorker,
    findings: &mut Findings,
) {
    let (Some(package), Some(requirement)) = (worker.package(), worker.requirement()) else {
        return;
    };
    let project = &scene.context.project;
    let program = match python.contains('/') {
        true => project.join(python),
        false => PathBuf::from(python),
    };
    let argv = [&program.to_string_lossy(), "-c", PROBE, package].map(str::to_owned);
    let nowhere: &Path = project;
    let answer = run_captured(&argv, nowhere, &[], TIME_LIMIT, &scene.context.stop);
    if answer.is_ok_and(|answer| answer.code == Some(9)) {
        let message =
            format!("the worker `{name}` needs the Python package {package}, which {python} lacks");
        let hint = format!("{python} -m pip install {requirement}");
        findings.problem("missing_package", step, message, Some(&hint));
    }
}
