//! `overnight run`: executes a plan.

mod dry;
mod live;
mod start;
pub(crate) mod summary;

use std::path::{Path, PathBuf};

use overnight_record::PlanAddress;
use overnight_run::night::{self, SteadyTime};
use overnight_run::notify::Channels;
use overnight_run::{Audience, NightSpec, Redactor, ReportMoment, SecretSources, Start};

use super::plan::preflight::{Evening, before_night};
use super::report;
use crate::context::Context;
use crate::failure::Failure;
use crate::machine;
use crate::output::Output;

pub(crate) use start::find_run;

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  overnight run PLAN.md                       the whole plan, on a branch of its own
  overnight run PLAN.md --until 07:00         no longer than till seven in the morning
  overnight run PLAN.md --only 1,3.2          phase 1 and task 3.2
  overnight run PLAN.md --jobs 2              steps with `parallel = true` beside each other
  overnight run --resume last                 go on after a crash or an interruption
  overnight run --resume last --retry-failed  try what failed once more

A step with exit code 0 is done; 1 with a result that says `findings` is done, too;
3 is skipped for want of something; everything else failed, with a class that decides
whether it is tried again. Steps outlive a runner that is killed; --resume takes them up.
Your checkout stays as it is: `overnight runs accept` takes the night's commits over.")]
pub(crate) struct Args {
    /// The plan, a Markdown document; known already when a run is resumed
    #[arg(required_unless_present = "resume")]
    plan: Option<PathBuf>,
    /// When the night ends, in the project's time zone: nothing runs beyond it
    #[arg(long, value_name = "HH:MM")]
    until: Option<String>,
    /// Go on with a run, by its id or `last`
    #[arg(long, value_name = "RUN")]
    resume: Option<String>,
    /// Only these phases, tasks and steps, such as `1,3.2,4.1.1`
    #[arg(long, value_name = "ADDRESSES", value_delimiter = ',')]
    only: Vec<PlanAddress>,
    /// With --resume: try steps again that ended without success
    #[arg(long, requires = "resume")]
    retry_failed: bool,
    /// Steps that may run at once, of those with `parallel = true` [default: `jobs` of [run]]
    #[arg(long, short, value_name = "N", value_parser = parse_jobs)]
    jobs: Option<usize>,
    /// Show what would run and stop
    #[arg(long)]
    dry_run: bool,
    /// Do not begin when the look before the night finds problems; exit code 3
    #[arg(long, conflicts_with = "dry_run")]
    strict: bool,
    /// Work in the checkout itself, which must be clean, on its current branch
    #[arg(long, conflicts_with = "resume")]
    in_place: bool,
}

pub(crate) fn run(args: &Args, context: &Context) -> Result<Output, Failure> {
    start::refuse_inside_a_night(context)?;
    let until = start::deadline(args.until.as_deref(), context)?;
    let begin = start::Beginning::find(args.plan.as_deref(), args.resume.as_deref(), context)?;
    let config = context.config()?;
    let bound = overnight_plan::bind(begin.plan.plan.clone(), config)?;
    if args.dry_run {
        return dry::show(&bound, &args.only);
    }
    let evening = Evening {
        bound: &bound,
        plan_path: &begin.plan_path,
        only: &args.only,
        in_place: args.in_place,
        strict: args.strict,
    };
    before_night(&evening, context)?;
    let secrets = SecretSources::of(config);
    let redactor = context.redactor()?;
    let (channels, problems) = Channels::resolve(
        &config.notify,
        &|name| std::env::var(name).ok(),
        context.project.clone(),
        redactor.clone(),
    );
    for problem in &problems {
        tracing::warn!("{problem}");
    }
    let program = start::own_program()?;
    let config_path = context.config_path();
    let clock = jiff::Timestamp::now;
    let spec = NightSpec {
        project: &context.project,
        plan_path: &begin.plan_path,
        plan_text: &begin.plan.text,
        bound: &bound,
        config,
        config_file: config_path.exists().then_some(config_path.as_path()),
        start: begin.resumed.clone().map_or(Start::Fresh, Start::Resume),
        only: args.only.clone(),
        retry_failed: args.retry_failed,
        until,
        in_place: args.in_place,
        program: &program,
        version: env!("CARGO_PKG_VERSION"),
        command: std::env::args().collect(),
        host: machine::host(),
        clock: &clock,
        steady_clock: &SteadyTime::now,
        jobs: args.jobs.unwrap_or(config.run.jobs),
        secrets,
        redactor: redactor.clone(),
        channels,
        stop: context.stop.clone(),
    };
    let live = live::Live::new(&config.project.timezone);
    let mut notify = |event: &overnight_record::Event| live.show(event);
    let mut report =
        |moment: &ReportMoment<'_>| write_reports(moment, &config.project.reports, &redactor);
    let outcome = night::run(
        &spec,
        &mut Audience {
            notify: &mut notify,
            report: &mut report,
        },
    )?;
    summary::answer(&outcome, context)
}

/// Renders every report and copies the named ones to `place`, relative to the project's
/// folder in the night's tree.
fn write_reports(
    moment: &ReportMoment<'_>,
    place: &Path,
    redactor: &Redactor,
) -> Result<Vec<PathBuf>, String> {
    let said = |failure: Failure| failure.chain().join(": ");
    let files = report::render_run(moment.run_dir, redactor).map_err(said)?;
    let folder = moment.project.join(place);
    overnight_report::copy_named(moment.run_dir, &folder).map_err(|e| said(e.into()))?;
    Ok(files)
}

fn parse_jobs(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|jobs| (1..=256).contains(jobs))
        .ok_or_else(|| "write a number from 1 to 256".to_owned())
}
