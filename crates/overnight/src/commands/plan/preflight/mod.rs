//! What is found out before a night, so that it does not fail at three in the morning.
//!
//! One file a concern. Nothing of the project is executed: scripts and Makefiles are read as
//! text. A problem keeps a step, a check or a gate from doing its work; a note is worth
//! knowing. Shared by `plan check`, which looks at everything, and by `run`, which leaves out
//! what takes time.

mod bindings;
mod commands;
mod datasets;
mod disk;
mod forecast;
mod gpu;
mod models;
mod outputs;
mod programs;
mod prompts;
mod scripts;
mod secrets;
mod servers;
mod tree;
mod usage;
mod workers;

use std::fmt;
use std::path::Path;

use overnight_plan::config::WorkspaceMode;
use overnight_plan::{BoundPlan, Config};
use overnight_record::{ExitCode, PlanAddress, StepId};
use serde::Serialize;

use crate::context::Context;
use crate::failure::Failure;

use commands::NightCommand;
use tree::Tree;

pub(super) use forecast::{TaskForecast, forecast};
pub(crate) use programs::is_installed;

/// Something that keeps a step, a check or a gate from running.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    /// What kind of problem, in snake case; the list is in docs/plans.md.
    pub(super) kind: &'static str,
    /// The step; `None` for criteria, gates and the plan itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<StepId>,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

/// Something worth knowing that keeps nothing from running.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct Note {
    /// What kind of note, in snake case.
    pub(super) kind: &'static str,
    /// The step it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) step: Option<StepId>,
    /// The file of the project it is about; the plan when there is a line and no file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) file: Option<String>,
    /// Line from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<usize>,
    pub(super) message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hint: Option<String>,
}

/// Everything that was found.
#[derive(Debug, Default)]
pub(super) struct Findings {
    /// By step; those of the plan itself first.
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Note>,
}

impl Findings {
    fn problem(
        &mut self,
        kind: &'static str,
        step: Option<StepId>,
        message: impl Into<String>,
        hint: Option<&str>,
    ) {
        let problem = Problem {
            kind,
            step,
            message: message.into(),
            hint: hint.map(str::to_owned),
        };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn note(&mut self, note: Note) {
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = self.step {
            write!(f, "{step}: ")?;
        }
        match (&self.file, self.line) {
            (Some(file), Some(line)) => write!(f, "{file}, line {line}: ")?,
            (Some(file), None) => write!(f, "{file}: ")?,
            (None, Some(line)) => write!(f, "line {line}: ")?,
            (None, None) => {}
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// How closely is looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// What takes no time: nobody is called over the network, no folder is measured.
    Fast,
    /// Everything.
    Full,
}

/// What every concern looks at.
struct Scene<'a> {
    context: &'a Context,
    config: &'a Config,
    bound: &'a BoundPlan,
    /// Where the plan lies.
    plan_path: &'a Path,
    /// The project as the night will see it.
    tree: &'a Tree,
    /// Every simple command of every step, check and gate.
    commands: &'a [NightCommand<'a>],
}

/// Looks at a bound plan, which lies at `plan_path`, and the place it will run in.
pub(super) fn look(
    bound: &BoundPlan,
    plan_path: &Path,
    context: &Context,
    depth: Depth,
) -> Result<Findings, Failure> {
    let mode = context.config()?.workspace.mode;
    look_in(mode, bound, plan_path, context, depth)
}

fn look_in(
    mode: WorkspaceMode,
    bound: &BoundPlan,
    plan_path: &Path,
    context: &Context,
    depth: Depth,
) -> Result<Findings, Failure> {
    let config = context.config()?;
    let tree = Tree::read(mode, context, config);
    let commands = commands::all(bound, config);
    let scene = Scene {
        context,
        config,
        bound,
        plan_path,
        tree: &tree,
        commands: &commands,
    };
    let mut findings = Findings::default();
    for warning in &bound.plan.warnings {
        findings.note(Note {
            kind: "document",
            line: Some(warning.line),
            message: warning.message.clone(),
            ..Note::default()
        });
    }
    bindings::look(&scene, &mut findings);
    usage::look(&scene, &mut findings);
    programs::look(&scene, &mut findings);
    scripts::look(&scene, &mut findings);
    datasets::look(&scene, &mut findings);
    outputs::look(&scene, &mut findings);
    models::look(&scene, &mut findings);
    secrets::look(&scene, &mut findings);
    gpu::look(&scene, &mut findings);
    prompts::look(&scene, &mut findings);
    tree::look(&scene, &mut findings);
    disk::look(&scene, depth, &mut findings);
    if depth == Depth::Full {
        servers::look(&scene, &mut findings);
    }
    findings.problems.sort_by_key(|problem| problem.step);
    Ok(findings)
}

/// Problems as lines of a place and a message. The same about several steps is said once.
pub(super) fn lines(problems: &[Problem]) -> Vec<(String, String)> {
    let mut groups: Vec<(String, Option<StepId>, Vec<String>)> = Vec::new();
    for problem in problems {
        let message = problem.to_string();
        let group = groups
            .iter_mut()
            .find(|(known, first, _)| *known == message && first.is_some());
        match (group, problem.step) {
            (Some((_, first, others)), Some(step)) if *first != Some(step) => {
                others.push(step.to_string());
            }
            _ => groups.push((message, problem.step, Vec::new())),
        }
    }
    groups
        .into_iter()
        .map(|(message, first, others)| {
            let place = first.map_or_else(|| "-".to_owned(), |step| step.to_string());
            match others.as_slice() {
                [] => (place, message),
                others => (place, format!("{message} (also {})", others.join(", "))),
            }
        })
        .collect()
}

/// A night about to begin.
#[derive(Debug)]
pub(crate) struct Evening<'a> {
    pub(crate) bound: &'a BoundPlan,
    /// Where the plan lies.
    pub(crate) plan_path: &'a Path,
    /// What of the plan it runs; all of it when empty.
    pub(crate) only: &'a [PlanAddress],
    /// Whether it works in the checkout itself, whatever the configuration says.
    pub(crate) in_place: bool,
    /// Whether it must not begin with problems.
    pub(crate) strict: bool,
}

/// The look before a night begins, at the steps it will run: problems and notes go to stderr.
/// The night begins anyway unless it is strict.
pub(crate) fn before_night(evening: &Evening<'_>, context: &Context) -> Result<(), Failure> {
    let Evening { bound, only, .. } = *evening;
    let will_run = |step: StepId| {
        let is_selected = only.is_empty() || only.iter().any(|only| only.covers(step));
        let is_named = only.contains(&PlanAddress::Step(step));
        let is_ticked = bound.plan.step(step).is_some_and(|step| step.checked);
        is_selected && (is_named || !is_ticked)
    };
    let mode = match evening.in_place {
        true => WorkspaceMode::InPlace,
        false => context.config()?.workspace.mode,
    };
    let mut findings = look_in(mode, bound, evening.plan_path, context, Depth::Fast)?;
    findings.problems.retain(|p| p.step.is_none_or(will_run));
    findings.notes.retain(|n| n.step.is_none_or(will_run));
    let count = findings.problems.len();
    let (unbound, others): (Vec<Problem>, Vec<Problem>) = findings
        .problems
        .into_iter()
        .partition(|problem| problem.kind == "unbound");
    if !unbound.is_empty() {
        let steps: Vec<String> = unbound
            .iter()
            .filter_map(|problem| Some(problem.step?.to_string()))
            .collect();
        anstream::eprintln!("problem: unbound, will not run: {}", steps.join(" "));
    }
    for (place, message) in lines(&others) {
        let place = match place.as_str() {
            "-" => String::new(),
            place => format!("{place}: "),
        };
        anstream::eprintln!("problem: {place}{message}");
    }
    for note in &findings.notes {
        anstream::eprintln!("note: {note}");
    }
    if evening.strict && count > 0 {
        return Err(Failure::with_hint(
            ExitCode::Precondition,
            match count {
                1 => "the night did not begin: 1 problem (--strict)".to_owned(),
                n => format!("the night did not begin: {n} problems (--strict)"),
            },
            "mend it and look again with `overnight plan check PLAN`, or leave --strict out",
        ));
    }
    Ok(())
}
