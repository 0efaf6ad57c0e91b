//! `overnight plan check|explain PLAN`.

mod check;
mod explain;
pub(crate) mod preflight;

use std::path::{Path, PathBuf};

use overnight_plan::PlanFile;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight plan explain PLAN.md                  phases, tasks, steps, and what each would run
  overnight plan explain PLAN.md --format json    the same for programs
  overnight plan check PLAN.md                    what keeps the plan from running

`check` looks at bindings, programs, scripts, Makefile targets, datasets, models, servers,
secrets, disk and uncommitted changes, and tells from earlier nights when each task will be
done. It executes nothing of the project. docs/plans.md lists what it finds.
Exit codes: 0 every step can run; 1 there are problems; 2 the plan or the configuration
cannot be read.")]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Say what keeps the plan from running, and when it will be done
    Check(PlanArgs),
    /// Show phases, tasks and steps, what each step would run, and what is unbound
    Explain(PlanArgs),
}

#[derive(Debug, clap::Args)]
struct PlanArgs {
    /// The plan, a Markdown document
    #[arg(value_name = "PLAN")]
    plan: PathBuf,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    match &args.action {
        Action::Check(args) => check::run(&load(context, &args.plan)?, context),
        Action::Explain(args) => explain::run(&load(context, &args.plan)?, context),
    }
}

/// Reads the plan a person named: relative to the current folder, or else to the project.
pub(crate) fn load(context: &Context, given: &Path) -> Result<PlanFile, Failure> {
    let in_project = context.project.join(given);
    let path = if !given.exists() && in_project.exists() {
        &in_project
    } else {
        given
    };
    Ok(PlanFile::load(path)?)
}
