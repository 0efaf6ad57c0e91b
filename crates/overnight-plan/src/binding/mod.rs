//! Which command each step of a plan runs, and what checks each line of its checklists.
//!
//! Bindings are written in `overnight.toml` and never guessed from the plan's words. The
//! order of the plan is the order of execution, so a step can only need what stands
//! before it.

mod agent;
mod command;
mod criteria;
mod error;
mod names;
mod needs;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use overnight_record::{PlanAddress, StepId};

use crate::config::{self, Config, OnFailure};
use crate::document::{Plan, Step};
use crate::duration::parse_duration;

use command::{Command, CommandError};

pub use error::{BindError, BindProblem};
pub use names::{UnknownName, unknown_names};

/// What a step runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// Program and arguments, at least the program; `["sh", "-c", line]` for a shell line.
    pub argv: Vec<String>,
    /// The command line for reading; can be pasted into a shell.
    pub display: String,
    /// Folder it runs in, relative to the project; the project itself when `None`.
    pub directory: Option<PathBuf>,
    /// Limits and policies, those of `[run]` where the step has none of its own.
    pub policy: StepPolicy,
    /// Resources it uses alone, such as `gpu`.
    pub locks: BTreeSet<String>,
    /// Whether it is a coding agent, whose changes are only ever kept behind a gate.
    pub is_agent: bool,
    /// Whether it changes no tracked file and may run beside other such steps.
    pub is_parallel: bool,
    /// What happens when it does not succeed.
    pub on_failure: OnFailure,
    /// What must have succeeded before.
    pub needs: Vec<PlanAddress>,
    /// Further environment variables.
    pub env: BTreeMap<String, String>,
}

/// Limits and policies of one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepPolicy {
    /// Time limit of one try.
    pub timeout: Duration,
    /// How long it may neither write nor use the processor.
    pub idle_timeout: Duration,
    /// Time limit of all tries together, pauses included.
    pub total_timeout: Option<Duration>,
    /// Memory its processes may hold together, in bytes.
    pub memory_bytes: Option<u64>,
    /// Tries beyond the first; by class of failure when `None`.
    pub retries: Option<u32>,
}

impl StepPolicy {
    fn new(config: &Config, step: &config::Step) -> Self {
        let run = &config.run;
        let usual = match step.agent {
            Some(_) => config.agent.timeout,
            None => run.timeout,
        };
        Self {
            timeout: step.timeout.unwrap_or(usual).0,
            idle_timeout: step.idle_timeout.unwrap_or(run.idle_timeout).0,
            total_timeout: run.total_timeout.map(|span| span.0),
            memory_bytes: step.memory.or(run.memory).map(|size| size.0),
            retries: step.retries,
        }
    }
}

/// What proves a line of a checklist: it holds when the command ends with exit code 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Program and arguments, at least the program.
    pub argv: Vec<String>,
    /// The command line for reading.
    pub display: String,
    /// Time limit; none when `None`.
    pub timeout: Option<Duration>,
}

/// A plan with everything that is bound to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundPlan {
    /// The plan.
    pub plan: Plan,
    /// What its steps run; a step without an entry is unbound.
    pub bindings: BTreeMap<StepId, Binding>,
    /// What proves its criteria, by their index in [`Plan::criteria`].
    pub checks: BTreeMap<usize, Check>,
}

impl BoundPlan {
    /// What a step runs.
    pub fn binding(&self, step: StepId) -> Option<&Binding> {
        self.bindings.get(&step)
    }

    /// The steps that run nothing, in the order of the plan.
    pub fn unbound(&self) -> impl Iterator<Item = &Step> {
        self.plan
            .steps()
            .filter(|step| !self.bindings.contains_key(&step.id))
    }
}

/// Binds the steps and criteria of a plan to the commands of a configuration.
///
/// # Errors
/// [`BindError`] with every misfit: a binding for a step that the plan does not have, a
/// command line that cannot be split into words or that only a shell understands, a check
/// that fits no line of a checklist or several, a need that is not met by any earlier step.
pub fn bind(plan: Plan, config: &Config) -> Result<BoundPlan, BindError> {
    let mut problems = Vec::new();
    let mut bindings = BTreeMap::new();
    for (address, step) in &config.steps {
        match bind_step(&plan, config, address, step) {
            Ok((id, binding)) => {
                bindings.insert(id, binding);
            }
            Err(mut found) => problems.append(&mut found),
        }
    }
    let checks = criteria::bind(&plan, config, &mut problems);
    if problems.is_empty() {
        Ok(BoundPlan {
            plan,
            bindings,
            checks,
        })
    } else {
        problems.sort_by_key(|problem| (problem.line.is_none(), problem.line));
        Err(BindError {
            path: config.origin.path.clone(),
            problems,
        })
    }
}

fn bind_step(
    plan: &Plan,
    config: &Config,
    address: &str,
    step: &config::Step,
) -> Result<(StepId, Binding), Vec<BindProblem>> {
    let key = format!("steps.\"{address}\"");
    let problem = |message: String, hint: Option<String>| BindProblem {
        // Looked up only for those that go wrong: there may be very many steps.
        line: config.origin.line(&["steps", address]),
        key: key.clone(),
        message,
        hint,
    };
    let id: StepId = address.parse().map_err(|error| {
        let hint = Some("a step is addressed as `1.2.1`: phase, task, step".to_owned());
        vec![problem(format!("{error}"), hint)]
    })?;
    if plan.step(id).is_none() {
        let (message, hint) = needs::unknown_step(plan, id);
        return Err(vec![problem(message, hint)]);
    }
    let mut problems = Vec::new();
    for need in &step.needs {
        if let Some((message, hint)) = needs::misfit(plan, id, *need) {
            problems.push(problem(message, hint));
        }
    }
    let command = match (&step.run, &step.agent) {
        (Some(run), None) => Command::read(run, step.shell),
        (None, Some(instruction)) => agent::command(plan, id, instruction, &config.agent),
        _ => Err(CommandError {
            message: "exactly one of `run` and `agent` binds a step".to_owned(),
            hint: None,
        }),
    };
    if let Err(error) = &command {
        problems.push(problem(error.message.clone(), error.hint.clone()));
    }
    match command {
        Ok(Command { argv, display }) if problems.is_empty() => Ok((
            id,
            Binding {
                argv,
                display,
                directory: step.directory.clone(),
                policy: StepPolicy::new(config, step),
                locks: step.lock.iter().cloned().collect(),
                is_agent: step.agent.is_some(),
                is_parallel: step.parallel,
                on_failure: step.on_failure,
                needs: step.needs.clone(),
                env: step.env.clone(),
            },
        )),
        _ => Err(problems),
    }
}

fn time_limit(text: Option<&str>) -> Result<Option<Duration>, String> {
    text.map(parse_duration)
        .transpose()
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests;
