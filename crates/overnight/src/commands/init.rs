//! `overnight init [--plan PLAN]`.

use std::path::{Path, PathBuf};

use overnight_plan::{Config, Proposals, bind, configuration, propose};
use overnight_record::{ExitCode, store};
use serde::Serialize;

use crate::commands::plan;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// Name of the file it writes.
const FILE: &str = "overnight.toml";

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight init                    write overnight.toml with every option, commented
  overnight init --plan PLAN.md     the same, with proposed bindings for the steps of a plan")]
pub(crate) struct Args {
    /// Propose bindings for the steps of this plan
    #[arg(long, value_name = "PLAN")]
    plan: Option<PathBuf>,
    /// Replace an overnight.toml that is there
    #[arg(long)]
    force: bool,
}

/// The answer for programs.
#[derive(Debug, Serialize)]
struct Written {
    path: PathBuf,
    /// Whether a file was there before.
    replaced: bool,
    /// What was proposed; `None` without a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    proposals: Option<Proposed>,
}

#[derive(Debug, Serialize)]
struct Proposed {
    steps: usize,
    bound: usize,
    criteria: usize,
    checked: usize,
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
    let (text, proposals) = match &args.plan {
        Some(given) => {
            let (text, proposals) = for_plan(given, context, &path)?;
            (text, Some(proposals))
        }
        None => (Config::example(), None),
    };
    store::write_atomically(&path, text.as_bytes())?;
    let human = next_steps(&path, args.plan.as_deref(), proposals.as_ref());
    let written = Written {
        path,
        replaced,
        proposals: proposals.as_ref().map(counts),
    };
    Output::new(ExitCode::Done, human, &written)
}

/// The configuration for a plan, tried out before it is written.
fn for_plan(given: &Path, context: &Context, path: &Path) -> Result<(String, Proposals), Failure> {
    let plan = plan::load(context, given)?.plan;
    let exists = |relative: &str| context.project.join(relative).exists();
    let proposals = propose(&plan, &exists);
    let text = configuration(&plan, &proposals);
    bind(plan, &Config::parse(&text, path)?)?;
    Ok((text, proposals))
}

fn counts(proposals: &Proposals) -> Proposed {
    Proposed {
        steps: proposals.steps.len(),
        bound: proposals.bound(),
        criteria: proposals.criteria.len(),
        checked: proposals
            .criteria
            .iter()
            .filter(|criterion| criterion.check.is_some())
            .count(),
    }
}

fn next_steps(path: &Path, plan: Option<&Path>, proposals: Option<&Proposals>) -> String {
    let mut text = format!("wrote {}\n", path.display());
    if let Some(proposals) = proposals {
        let counts = counts(proposals);
        text.push_str(&format!(
            "proposed commands for {} of {} steps and checks for {} of {} criteria; nothing has \
             run yet\n",
            counts.bound, counts.steps, counts.checked, counts.criteria
        ));
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
