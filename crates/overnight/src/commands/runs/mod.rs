//! `overnight runs`: the nights of this project, and what becomes of them.

mod decide;
mod show;

use overnight_record::PlanAddress;
use overnight_run::Ledger;

use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight runs list
  overnight runs show last
  overnight runs accept last             merge the night's branch into yours
  overnight runs accept last 1.2         only the changes of task 1.2; the rest waits
  overnight runs drop last 2.1.1 --yes   take the change of step 2.1.1 back on that branch
  overnight runs drop last --yes         remove its branch and worktree, keep its logs")]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// List the runs, the latest first
    List,
    /// Show every step of a run
    Show(Which),
    /// Merge a run's branch, or a part of it, into the current one
    Accept(Part),
    /// Remove a run's branch and worktree, or take a part of its changes back; logs stay
    Drop(Part),
}

#[derive(Debug, clap::Args)]
struct Which {
    /// The run's id, or `last`
    run: String,
}

#[derive(Debug, clap::Args)]
struct Part {
    /// The run's id, or `last`
    run: String,
    /// Only the changes of these phases, tasks and steps, such as `1 2.1 3.1.2`
    #[arg(value_name = "ADDRESS")]
    addresses: Vec<PlanAddress>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let ledger = Ledger::open_existing(&context.state_dir())?;
    match &args.verb {
        Verb::List => show::list(&ledger, context),
        Verb::Show(which) => show::show(&ledger, &which.run, context),
        Verb::Accept(part) => decide::accept(ledger, &part.run, &part.addresses, context),
        Verb::Drop(part) => decide::drop(ledger, &part.run, &part.addresses, context),
    }
}
