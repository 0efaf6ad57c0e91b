//! `overnight status`: where a night stands.

use jiff::Timestamp;
use overnight_record::ExitCode;
use overnight_run::{Ledger, Standing, text};
use serde_json::json;

use super::run::{find_run, summary};
use crate::context::Context;
use crate::failure::Failure;
use crate::moment::{Moment, RunningNow, Watched};
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
    let logs = context.project.join(&context.config()?.project.logs);
    let moment = Watched::open(ledger, row, &logs)?.moment(Timestamp::now())?;
    let human = human(&moment);
    answer(&moment, human)
}

/// The document of `status` and `watch`, with a text for people.
pub(crate) fn answer(moment: &Moment, human: String) -> Result<Output, Failure> {
    let mut output = summary::shown_as(&moment.summary, "overnight.status/1", human)?;
    let live = json!({
        "now": moment.now,
        "until": moment.until,
        "runner": { "alive": moment.runner_pid.is_some(), "pid": moment.runner_pid },
        "forecast": moment.forecast,
        "paused": moment.paused,
        "retries": moment.retries,
        "memory_available_mib": moment.available_mib,
        // Without their runner they are no longer the run's, but they may still go on.
        "survivors": match moment.runner_pid {
            Some(_) => Vec::new(),
            None => moment.running.iter().collect(),
        },
    });
    if let (Some(document), Some(live)) = (output.json.as_object_mut(), live.as_object()) {
        document.extend(live.clone());
        if moment.runner_pid.is_some() {
            document.insert("running".to_owned(), json!(moment.running));
        }
    }
    Ok(Output {
        exit: ExitCode::Done,
        ..output
    })
}

/// The run and its standing, in one line.
pub(crate) fn headline(moment: &Moment) -> String {
    let summary = &moment.summary;
    format!(
        "{}: {}, {} of {} steps done",
        summary.run,
        summary.standing.name(),
        summary.done,
        summary.total
    )
}

fn human(moment: &Moment) -> String {
    let mut human = summary::human(&moment.summary);
    for running in &moment.running {
        human.push_str(&format!(
            "  {:<8} {}\n",
            running.step.step.to_string(),
            how_far(running)
        ));
    }
    if let Some(pid) = moment.runner_pid {
        human.push_str(&format!("runner     process {pid}\n"));
    } else if moment.summary.standing == Standing::Died {
        let go_on = match &moment.running[..] {
            [] => "died; nothing of it runs any more".to_owned(),
            survivors => {
                let steps: Vec<String> = survivors
                    .iter()
                    .map(|running| {
                        let pid = running.pid.unwrap_or_default();
                        format!("{} (process {pid})", running.step.step)
                    })
                    .collect();
                format!("died; without it there go on: {}", steps.join(", "))
            }
        };
        human.push_str(&format!("runner     {go_on}\n"));
    }
    if let Some(reason) = &moment.paused {
        human.push_str(&format!("paused     {reason}\n"));
    }
    let zone = &moment.summary.timezone;
    for retry in &moment.retries {
        human.push_str(&format!(
            "retry      {} at {} ({})\n",
            retry.step,
            clock(retry.at, zone),
            retry.class
        ));
    }
    human.push_str(&ends(moment));
    human.push_str(&summary::next_lines(&moment.summary));
    human
}

/// The deadline and the expected end of a night that runs.
fn ends(moment: &Moment) -> String {
    let zone = &moment.summary.timezone;
    let mut text = String::new();
    if moment.runner_pid.is_none() {
        return text;
    }
    if let Some(until) = moment.until {
        let left = span(until.duration_since(moment.now).as_secs_f64());
        text.push_str(&format!("until      {}, in {left}\n", clock(until, zone)));
    }
    if let Some(forecast) = &moment.forecast {
        let end = clock(forecast.end, zone);
        let steps = match forecast.n_unknown {
            1 => "1 step was never timed".to_owned(),
            n => format!("{n} steps were never timed"),
        };
        match (forecast.end > moment.now, forecast.n_unknown) {
            (true, 0) => text.push_str(&format!("expected   end about {end}\n")),
            (true, _) => text.push_str(&format!(
                "expected   end about {end}; {steps} and come on top\n"
            )),
            (false, 0) => {}
            (false, _) => text.push_str(&format!("expected   end not known: {steps}\n")),
        }
    }
    text
}

fn how_far(running: &RunningNow) -> String {
    let mut parts = vec![format!("for {}", span(running.elapsed_s))];
    if let Some(progress) = &running.progress {
        parts.push(format!(
            "{} of {} {}",
            progress.done, progress.total, progress.what
        ));
    }
    if let Some(rate) = running.rate_per_s {
        parts.push(format!("{rate:.2}/s"));
    }
    if let Some(left) = running.left_s {
        parts.push(format!("about {} left", span(left)));
    }
    overnight_report::text::line(&parts.join(", "))
}

fn span(seconds: f64) -> String {
    text::duration(std::time::Duration::try_from_secs_f64(seconds.max(0.0)).unwrap_or_default())
}

fn clock(at: Timestamp, zone: &str) -> String {
    let zone = jiff::tz::TimeZone::get(zone).unwrap_or(jiff::tz::TimeZone::UTC);
    at.to_zoned(zone).strftime("%H:%M").to_string()
}
