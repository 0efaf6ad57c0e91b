//! What the backends of bound verbs need: weights, networks, the `tesseract` program, workers.

use std::collections::BTreeMap;

use overnight_ocr::BackendSpec;
use overnight_ocr::models::KnownModel;
use overnight_record::StepId;

use super::commands::own_options;
use super::programs::is_installed;
use super::{Findings, Note, Scene, workers};
use crate::wiring;

const OPTIONS: [&str; 4] = ["--backend", "--baseline", "--candidate", "--predictions"];

pub(super) fn look(scene: &Scene<'_>, findings: &mut Findings) {
    // Each backend once, for the first step that uses it.
    let mut used: BTreeMap<&str, Option<StepId>> = BTreeMap::new();
    for command in scene.commands {
        for (option, name) in own_options(&command.argv) {
            if OPTIONS.contains(&option) {
                used.entry(name).or_insert(command.whose.step());
            }
        }
    }
    for (name, step) in used {
        // A predictions file, or a name that is reported elsewhere.
        let Ok(spec) = wiring::backend_spec(scene.context, name) else {
            continue;
        };
        match spec {
            BackendSpec::Ppocr(ppocr) => {
                for path in ppocr.own_files() {
                    let shown = path.strip_prefix(&scene.context.project).unwrap_or(path);
                    if !path.exists() {
                        let message = format!("the backend `{name}` lacks {}", shown.display());
                        findings.problem("missing_model", step, message, None);
                    } else if !scene.tree.will_have(&shown.to_string_lossy()) {
                        let message = format!(
                            "{} of the backend `{name}` is not tracked by git, so the night's \
                             worktree will not have it",
                            shown.display()
                        );
                        let hint = Some("name its folder in `share` of [workspace]");
                        findings.problem("unshared_model", step, message, hint);
                    }
                }
                let models = ppocr.known_models().unwrap_or_default();
                let store = wiring::model_store().ok();
                let is_absent = |model: &&'static KnownModel| {
                    store.as_ref().is_some_and(|store| !store.is_present(model))
                };
                for model in models.into_iter().filter(is_absent) {
                    findings.note(Note {
                        kind: "model_not_here",
                        step,
                        message: format!(
                            "the weights of {} ({} MB) are not here yet; the step fetches them",
                            model.name,
                            model.bytes() / 1_000_000
                        ),
                        hint: Some(format!(
                            "fetch them now: overnight models pull {}",
                            model.name
                        )),
                        ..Note::default()
                    });
                }
            }
            BackendSpec::Worker(worker) => workers::look_at(scene, (name, step), &worker, findings),
            // Its server may be started in the night, by the step or by another.
            BackendSpec::Openai(openai) => {
                let serve = openai.serve.as_ref();
                if let Some(program) = serve.and_then(|serve| serve.command.first())
                    && !is_installed(program, &scene.context.project)
                {
                    let message = format!(
                        "the program `{program}` that starts the server of `{name}` was not found"
                    );
                    let hint = format!("install it, or correct `serve` of [backends.{name}]");
                    findings.problem("missing_program", step, message, Some(&hint));
                }
            }
            BackendSpec::Tesseract(tesseract) => {
                let program = tesseract.program.to_string_lossy();
                if !is_installed(&program, &scene.context.project) {
                    let message =
                        format!("the program `{program}` of the backend `{name}` was not found");
                    let hint = "`overnight doctor` says how to get it";
                    findings.problem("missing_program", step, message, Some(hint));
                }
            }
        }
    }
}
