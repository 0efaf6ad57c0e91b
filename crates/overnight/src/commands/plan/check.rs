//! `overnight plan check PLAN`: what keeps the plan from running.

use std::collections::BTreeMap;
use std::env;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use overnight_plan::{BoundPlan, Counts, Explanation, PlanFile, bind, unknown_names};
use overnight_record::{ExitCode, StepId};
use serde::Serialize;

use super::explain::summary;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// The answer for programs.
#[derive(Debug, Serialize)]
struct Checked {
    /// Whether every step can run.
    ready: bool,
    counts: Counts,
    problems: Vec<Problem>,
    notes: Vec<Note>,
}

/// Something that keeps a step or a check from running.
#[derive(Debug, Serialize)]
struct Problem {
    /// `unbound`, `unknown_name`, `missing_program`, `missing_folder` or `no_steps`.
    kind: &'static str,
    /// The step; `None` for criteria and the plan itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<StepId>,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// Something odd in the document that keeps nothing from running.
#[derive(Debug, Serialize)]
struct Note {
    line: usize,
    message: String,
}

pub(super) fn run(file: &PlanFile, context: &Context) -> Result<Output, Failure> {
    let config = context.config()?;
    let bound = bind(file.plan.clone(), config)?;
    let mut problems = Vec::new();
    if bound.plan.steps().next().is_none() {
        problems.push(Problem {
            kind: "no_steps",
            step: None,
            message: "the plan has no steps".to_owned(),
            hint: Some("write them as checkboxes below the tasks, indented".to_owned()),
        });
    }
    problems.extend(bound.unbound().map(|step| Problem {
        kind: "unbound",
        step: Some(step.id),
        message: format!("runs nothing: {}", step.text),
        hint: None,
    }));
    problems.extend(
        unknown_names(&bound, config)
            .into_iter()
            .map(|name| Problem {
                kind: "unknown_name",
                step: Some(name.step),
                message: name.message,
                hint: Some(name.hint),
            }),
    );
    problems.extend(missing_folders(&bound, &context.project));
    problems.extend(missing_programs(&bound, &context.project));
    problems.sort_by_key(|problem| problem.step);
    let counts = Explanation::new(&bound).counts;
    let checked = Checked {
        ready: problems.is_empty(),
        counts,
        problems,
        notes: file
            .plan
            .warnings
            .iter()
            .map(|warning| Note {
                line: warning.line,
                message: warning.message.clone(),
            })
            .collect(),
    };
    let exit = if checked.ready {
        ExitCode::Done
    } else {
        ExitCode::Findings
    };
    Output::new(exit, report(file, &checked), &checked)
}

fn report(file: &PlanFile, checked: &Checked) -> String {
    let mut text = format!("{}: {}\n", file.path.display(), summary(&checked.counts));
    for problem in &checked.problems {
        let place = problem
            .step
            .map_or_else(|| "-".to_owned(), |step| step.to_string());
        text.push_str(&format!("  {place:<7} {}", problem.message));
        if let Some(hint) = &problem.hint {
            text.push_str(&format!("; {hint}"));
        }
        text.push('\n');
    }
    for note in &checked.notes {
        text.push_str(&format!("  note: line {}: {}\n", note.line, note.message));
    }
    text.push_str(&match checked.problems.len() {
        0 => "every step can run\n".to_owned(),
        1 => "1 problem\n".to_owned(),
        n => format!("{n} problems\n"),
    });
    text
}

fn missing_folders(bound: &BoundPlan, project: &Path) -> Vec<Problem> {
    let missing = bound.bindings.iter().filter_map(|(step, binding)| {
        let directory = binding.directory.as_ref()?;
        (!project.join(directory).is_dir()).then(|| Problem {
            kind: "missing_folder",
            step: Some(*step),
            message: format!("the folder {} is not in the project", directory.display()),
            hint: None,
        })
    });
    missing.collect()
}

/// One problem for each program that is not there, with the first step that runs it.
fn missing_programs(bound: &BoundPlan, project: &Path) -> Vec<Problem> {
    let mut seen: BTreeMap<&str, (Option<StepId>, PathBuf)> = BTreeMap::new();
    for (step, binding) in &bound.bindings {
        let folder = match &binding.directory {
            Some(directory) => project.join(directory),
            None => project.to_owned(),
        };
        seen.entry(&binding.argv[0])
            .or_insert((Some(*step), folder));
    }
    for check in bound.checks.values() {
        seen.entry(&check.argv[0])
            .or_insert((None, project.to_owned()));
    }
    seen.into_iter()
        // The night runs this very program under that name.
        .filter(|(program, (_, folder))| *program != "overnight" && !is_there(program, folder))
        .map(|(program, (step, _))| Problem {
            kind: "missing_program",
            step,
            message: format!("the program `{program}` was not found"),
            hint: Some("install it, or bind the step to another one".to_owned()),
        })
        .collect()
}

fn is_there(program: &str, folder: &Path) -> bool {
    let is_executable = |path: &Path| {
        path.metadata()
            .is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    if program.contains('/') {
        return is_executable(&folder.join(program));
    }
    env::var_os("PATH").is_some_and(|path| {
        env::split_paths(&path).any(|place| is_executable(&place.join(program)))
    })
}
