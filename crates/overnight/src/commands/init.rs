//! `overnight init [--plan PLAN]`.

mod servers;

use std::path::{Path, PathBuf};

use overnight_plan::{
    Config, Plan, Proposals, ServedModel, Surroundings, bind, configuration, propose,
};
use overnight_record::{ExitCode, StepId, store};
use serde::Serialize;

use crate::commands::plan;
use crate::commands::plan::preflight::is_installed;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// Name of the file it writes.
const FILE: &str = "overnight.toml";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight init                    write overnight.toml with every option, commented
  overnight init --plan PLAN.md     the same, with proposed bindings for the steps of a plan

Servers of models on this machine (vLLM at port 8000 or 8001, llama.cpp at 8080, Ollama at
11434) are asked for their models, at most 0.7 s long; each that answers becomes a backend.")]
pub(crate) struct Args {
    /// Propose bindings for the steps of this plan
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// Replace an overnight.toml that is there
    #[arg(long)]
    force: bool,
    /// Ask this server for its models, and none of the usual ones, such as
    /// http://127.0.0.1:8001/v1; may be given several times
    #[arg(long, value_name = "URL")]
    server: Vec<String>,
}

/// The answer for programs.
#[derive(Debug, Serialize)]
struct Written {
    path: PathBuf,
    /// Whether a file was there before.
    replaced: bool,
    /// Servers of models that answered.
    servers: Vec<Found>,
    /// What was proposed; `None` without a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposals: Option<Proposed>,
}

/// A server of models, and the backend that is proposed for it.
#[derive(Debug, Serialize)]
struct Found {
    backend: String,
    base_url: String,
    model: String,
    /// Other models it has.
    others: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Proposed {
    steps: usize,
    bound: usize,
    criteria: usize,
    checked: usize,
    /// The steps without a proposal.
    unbound: Vec<Unbound>,
    /// The lines of checklists without a proposed check.
    unchecked: Vec<String>,
}

/// A step nothing could be proposed for.
#[derive(Debug, Serialize)]
struct Unbound {
    step: StepId,
    text: String,
    reason: String,
}

impl Proposed {
    fn new(plan: &Plan, proposals: &Proposals) -> Self {
        let unbound = proposals.steps.iter().filter(|step| step.run.is_none());
        let unchecked = proposals
            .criteria
            .iter()
            .filter(|criterion| criterion.check.is_none());
        let unchecked: Vec<String> = unchecked
            .filter_map(|criterion| Some(plan.criteria.get(criterion.index)?.text.clone()))
            .collect();
        Self {
            steps: proposals.steps.len(),
            bound: proposals.bound(),
            criteria: proposals.criteria.len(),
            checked: proposals.criteria.len() - unchecked.len(),
            unbound: unbound
                .map(|proposal| Unbound {
                    step: proposal.step,
                    text: plan
                        .step(proposal.step)
                        .map_or_else(String::new, |step| step.text.clone()),
                    reason: proposal.reason.clone(),
                })
                .collect(),
            unchecked,
        }
    }
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let path = context.project.join(FILE);
    let replaced = path.symlink_metadata().is_ok();
    if replaced && !args.force {
        return Err(Failure::with_hint(
            ExitCode::Usage,
            format!("{} is there already and was left as it is", path.display()),
            "edit it, or replace it with --force",
        ));
    }
    let (mut found, silent) = servers::look(&args.server);
    let (text, proposals) = match &args.plan {
        Some(given) => {
            let (text, proposals) = for_plan(given, context, &path, &found)?;
            (text, Some(proposals))
        }
        None => (with_backends(Config::example(), &found), None),
    };
    store::write_atomically(&path, text.as_bytes())?;
    let mut human = next_steps(&path, args.plan.as_deref(), proposals.as_ref(), &found);
    for line in silent {
        human.insert_str(0, &format!("{line}\n"));
    }
    let servers = found.drain(..).map(|served| Found {
        backend: served.backend,
        base_url: served.base_url,
        model: served.model,
        others: served.others,
    });
    let written = Written {
        path,
        replaced,
        servers: servers.collect(),
        proposals,
    };
    Output::new(ExitCode::Done, human, &written)
}

/// The configuration for a plan, tried out before it is written.
fn for_plan(
    given: &Path,
    context: &Context,
    path: &Path,
    servers: &[ServedModel],
) -> Result<(String, Proposed), Failure> {
    let plan = plan::load(context, given)?.plan;
    let project = &context.project;
    let proposals = propose(
        &plan,
        &Surroundings {
            exists: &|relative| project.join(relative).exists(),
            read: &|relative| std::fs::read_to_string(project.join(relative)).ok(),
            has_program: &|program| is_installed(program, project),
            vlm: servers
                .first()
                .map_or(ServedModel::USUAL_NAME, |served| &served.backend),
        },
    );
    let text = with_backends(configuration(&plan, &proposals), servers);
    let proposed = Proposed::new(&plan, &proposals);
    bind(plan, &Config::parse(&text, path)?)?;
    Ok((text, proposed))
}

/// The configuration with a backend for each server that answered.
fn with_backends(mut text: String, servers: &[ServedModel]) -> String {
    for served in servers {
        text.push('\n');
        text.push_str(&served.table());
    }
    text
}

fn next_steps(
    path: &Path,
    plan: Option<&Path>,
    proposed: Option<&Proposed>,
    servers: &[ServedModel],
) -> String {
    let mut text = format!("wrote {}\n", path.display());
    for served in servers {
        text.push_str(&format!(
            "found a server at {}: it is the backend `{}` with the model {}\n",
            served.base_url, served.backend, served.model
        ));
    }
    if let Some(proposed) = proposed {
        text.push_str(&format!(
            "proposed commands for {} of {} steps and checks for {} of {} criteria; nothing has \
             run yet\n",
            proposed.bound, proposed.steps, proposed.checked, proposed.criteria
        ));
        if !proposed.unbound.is_empty() {
            text.push_str("steps that nothing is proposed for:\n");
        }
        for step in &proposed.unbound {
            text.push_str(&format!("  {:<7} {}\n", step.step.to_string(), step.text));
            text.push_str(&format!("          {}\n", step.reason));
        }
        if !proposed.unchecked.is_empty() {
            text.push_str("criteria that no check is proposed for:\n");
        }
        for criterion in &proposed.unchecked {
            text.push_str(&format!("  {criterion}\n"));
        }
    }
    let plan = plan.map_or_else(|| "PLAN".to_owned(), |plan| plan.display().to_string());
    text.push_str("next:\n");
    text.push_str(&format!("  edit {FILE}: datasets, backends, bindings\n"));
    text.push_str(&format!(
        "  overnight plan explain {plan}    what each step would run\n"
    ));
    text.push_str(&format!(
        "  overnight plan check {plan}      what is still missing\n"
    ));
    text.push_str(&format!("  overnight run {plan}             the night\n"));
    text
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::Cli;

    /// Steps that between them ask for every job a verb is proposed for.
    const JOBS: [&str; 22] = [
        "Run `make audit-fix-all` on the documentation",
        "Identify and repair broken links",
        "Look for broken references",
        "Run `ruff` and fix what it finds",
        "Execute modular `mypy` checks",
        "Fix lint errors",
        "Benchmark the recogniser with throughput and latency",
        "Establish a full pipeline baseline",
        "Run OOM stress tests for batch sizes up to 64",
        "Stress it",
        "OOM up to 0",
        "Capture VRAM peak usage",
        "Run Qwen2.5-VL inference on the validation set",
        "Run inference on the validation set",
        "Compare VLM results with the baseline",
        "Calculate CER (Character Error Rate) for both backends",
        "Identify \"Hard Samples\"",
        "Run OCR tests on 1,500 samples with \"Sepia Enhancement\"",
        "Quantify latency overhead",
        "Convert a subset to WebP",
        "Report size reduction and loading speed",
        "Save results to `out/`",
    ];

    #[test]
    fn every_proposed_verb_is_one_this_program_takes() {
        let steps: String = JOBS.iter().map(|job| format!("  - [ ] {job}\n")).collect();
        let plan = Plan::parse(&format!("## Phase 1: a\n- [ ] Task 1.1: b\n{steps}")).unwrap();
        let nothing = Surroundings {
            exists: &|_| false,
            read: &|_| None,
            has_program: &|_| false,
            vlm: ServedModel::USUAL_NAME,
        };
        let proposals = propose(&plan, &nothing);
        let lines: Vec<String> = proposals
            .steps
            .iter()
            .filter_map(|proposal| Some(proposal.run.as_ref()?.line.clone()))
            .collect();
        let own: Vec<&String> = lines
            .iter()
            .filter(|line| !line.starts_with("test "))
            .collect();
        for line in &own {
            assert!(line.starts_with("overnight "), "{line}");
            // The same reader of words and the same definitions a night's step meets.
            let parsed = Cli::try_parse_from(line.split(' '));
            assert!(parsed.is_ok(), "{line}\n{}", parsed.err().unwrap());
        }
        assert!(own.len() >= 18, "{lines:#?}");
        assert!(Cli::try_parse_from(["overnight", "bench", "--no-such"]).is_err());
        for verb in [
            "audit docs",
            "audit links",
            "audit code",
            "bench",
            "infer",
            "compare",
            "enhance",
            "storage",
        ] {
            let start = format!("overnight {verb}");
            assert!(lines.iter().any(|line| line.starts_with(&start)), "{verb}");
        }
    }
}
