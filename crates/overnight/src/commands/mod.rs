//! The verbs: one file each, arguments to specification to call to answer.

mod audit;
mod bench;
mod compare;
mod completions;
mod demo;
mod doctor;
mod enhance;
mod infer;
mod init;
mod models;
mod notify;
mod plan;
mod report;
mod run;
mod runs;
mod schedule;
mod score;
mod status;
mod storage;
mod watch;

use crate::cli::Cli;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;

/// Everything `overnight` can do.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Write a sample project and run a whole night on it: the place to begin
    Demo(demo::Args),
    /// Write overnight.toml, and propose bindings for an existing plan
    Init(init::Args),
    /// Check a plan, or show what each of its steps would run
    Plan(plan::Args),
    /// Say what is on this machine, what is missing, and how to get it
    Doctor(doctor::Args),
    /// Fetch, list and verify model weights
    Models(models::Args),
    /// Read a dataset with a backend; what is known already is not read again
    Infer(infer::Args),
    /// Compute error rates of predictions, with intervals
    Score(score::Args),
    /// Compare two backends or predictions files on the same samples
    Compare(compare::Args),
    /// Measure throughput, latency and memory of a backend by stage and batch size
    Bench(bench::Args),
    /// Try image enhancements: does recognition get better, and what does it cost
    Enhance(enhance::Args),
    /// Try other image formats: bytes, encode and decode time, fidelity
    Storage(storage::Args),
    /// Judge documents, links and code, and mend what is safe to mend
    Audit(audit::Args),
    /// Execute a plan: the whole night, resumable
    Run(run::Args),
    /// List runs, show them, accept or drop their changes
    Runs(runs::Args),
    /// Show where a night stands
    Status(status::Args),
    /// Watch a night in the terminal while it runs
    Watch(watch::Args),
    /// Render the reports of a run again, and show them
    Report(report::Args),
    /// Print what starts a night at a certain hour: systemd units or a line for cron
    Schedule(schedule::Args),
    /// Send a test message, or messages that did not arrive
    Notify(notify::Args),
    /// Print shell completions
    Completions(completions::Args),
}

/// Hands the arguments to their verb.
pub(crate) fn dispatch(cli: &Cli) -> Result<Output, Failure> {
    init_logging(cli.global.verbose);
    let context = Context::new(&cli.global)?;
    match &cli.command {
        Command::Demo(args) => demo::run(args, &context),
        Command::Init(args) => init::run(args, &context),
        Command::Plan(args) => plan::run(args, &context),
        Command::Doctor(args) => doctor::run(args, &context),
        Command::Models(args) => models::run(args, &context),
        Command::Infer(args) => infer::run(args, &context),
        Command::Score(args) => score::run(args, &context),
        Command::Compare(args) => compare::run(args, &context),
        Command::Bench(args) => bench::run(args, &context),
        Command::Enhance(args) => enhance::run(args, &context),
        Command::Storage(args) => storage::run(args, &context),
        Command::Audit(args) => audit::run(args, &context),
        Command::Run(args) => run::run(args, &context),
        Command::Runs(args) => runs::run(args, &context),
        Command::Status(args) => status::run(args, &context),
        Command::Watch(args) => watch::run(args, &context),
        Command::Report(args) => report::run(args, &context),
        Command::Schedule(args) => schedule::run(args, &context),
        Command::Notify(args) => notify::run(args, &context),
        Command::Completions(args) => completions::run(args, &context),
    }
}

/// Logs go to stderr; `RUST_LOG` overrules `-v`.
fn init_logging(verbose: u8) {
    let level = ["warn", "overnight=info", "overnight=debug"][usize::from(verbose.min(2))];
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(level));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .try_init();
}
