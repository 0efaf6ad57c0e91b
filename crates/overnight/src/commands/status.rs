//! `overnight status`: where a night stands.

use overnight_run::Ledger;
use overnight_run::text;

use super::run::{find_run, summary};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight status
  overnight status --format json")]
pub(crate) struct Args {
    /// The run's id [default: the last one]
    run: Option<String>,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    let ledger = Ledger::open_existing(&context.state_dir())?;
    let row = find_run(&ledger, args.run.as_deref())?;
    let summary = summary::load(&ledger, &row)?;
    let mut human = summary::human(&summary);
    for running in &summary.running {
        let so_far = jiff::Timestamp::now().duration_since(running.since);
        let so_far = std::time::Duration::try_from(so_far).unwrap_or_default();
        human.push_str(&format!("since      {} ago\n", text::duration(so_far)));
    }
    human.push_str(&summary::next_lines(&summary));
    summary::shown_as(&summary, "overnight.status/1", human)
}
