//! What a night begins from: the plan, the run to go on with, the deadline.

use std::path::{Path, PathBuf};

use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use overnight_plan::PlanFile;
use overnight_record::{ExitCode, RunId};
use overnight_run::ledger::RunRow;
use overnight_run::{Ledger, RunFolder};

use crate::context::Context;
use crate::failure::Failure;

/// The plan of a night and the run it goes on with.
#[derive(Debug)]
pub(super) struct Beginning {
    /// The plan as it is run.
    pub(super) plan: PlanFile,
    /// Where the plan lies in the user's checkout.
    pub(super) plan_path: PathBuf,
    /// The run that goes on.
    pub(super) resumed: Option<RunId>,
}

impl Beginning {
    /// Reads the plan; a run that goes on keeps the plan it began with.
    pub(super) fn find(
        plan: Option<&Path>,
        resume: Option<&str>,
        context: &Context,
    ) -> Result<Self, Failure> {
        let Some(wanted) = resume else {
            let plan_path = plan.map(|plan| locate(plan, context)).unwrap_or_default();
            return Ok(Self {
                plan: PlanFile::load(&plan_path)?,
                plan_path,
                resumed: None,
            });
        };
        let row = find_run(&Ledger::open_existing(&context.state_dir())?, Some(wanted))?;
        let record = row.record;
        let plan_path = context.project.join(&record.plan);
        if let Some(plan) = plan
            && locate(plan, context) != plan_path
        {
            return Err(Failure::with_hint(
                ExitCode::Usage,
                format!("the run {} is of the plan {}", record.run, record.plan),
                format!(
                    "leave the plan out: `overnight run --resume {}`",
                    record.run
                ),
            ));
        }
        let logs = context.project.join(&context.config()?.project.logs);
        let snapshot = RunFolder::new(&logs, &record.run).plan();
        Ok(Self {
            plan: PlanFile::load(&snapshot)?,
            plan_path,
            resumed: Some(record.run),
        })
    }
}

/// The run named, or the last one for `last` and `None`.
pub(crate) fn find_run(ledger: &Ledger, wanted: Option<&str>) -> Result<RunRow, Failure> {
    match wanted {
        None | Some("last") => Ok(ledger.last_run()?),
        Some(id) => Ok(ledger.run(&id.parse::<RunId>()?)?),
    }
}

/// A plan is named from where the user stands, or else from the project.
fn locate(plan: &Path, context: &Context) -> PathBuf {
    let in_project = context.project.join(plan);
    let found = plan.canonicalize().or_else(|_| in_project.canonicalize());
    found.unwrap_or_else(|_| plan.to_owned())
}

/// A night inside a night would fight over the ledger.
pub(super) fn refuse_inside_a_night(context: &Context) -> Result<(), Failure> {
    match &context.step.run {
        None => Ok(()),
        Some(run) => Err(Failure::with_hint(
            ExitCode::Usage,
            format!("this is a step of the night {run}, which cannot start another night"),
            "bind the step to the work itself",
        )),
    }
}

/// The executable that is running, for bindings that name `overnight`.
pub(super) fn own_program() -> Result<PathBuf, Failure> {
    std::env::current_exe().map_err(|error| {
        Failure::new(
            ExitCode::Precondition,
            format!("failed to find the program's own file: {error}"),
        )
    })
}

/// The next moment the clock shows `HH:MM` in the project's time zone.
pub(super) fn deadline(
    text: Option<&str>,
    context: &Context,
) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text else {
        return Ok(None);
    };
    let zone = zone(&context.config()?.project.timezone);
    let found = next_time(text, &Timestamp::now().to_zoned(zone));
    match found {
        Some(at) => Ok(Some(at)),
        None => Err(Failure::with_hint(
            ExitCode::Usage,
            format!("`{text}` is not a time of day"),
            "write it as `--until 07:00`",
        )),
    }
}

/// A time zone that was validated with the configuration.
pub(super) fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn next_time(text: &str, now: &Zoned) -> Option<Timestamp> {
    let time = Time::strptime("%H:%M", text).ok()?;
    let today = now.date();
    let days = [today, today.tomorrow().ok()?];
    let moments = days.into_iter().flat_map(|day| {
        let zone = now.time_zone().clone();
        let shown = zone.into_ambiguous_zoned(day.to_datetime(time));
        // In the night the clock is set back it shows the time twice; in the night it is set
        // ahead, perhaps not at all: then as much after the change.
        [shown.clone().compatible(), shown.later()]
    });
    let mut moments = moments.filter_map(Result::ok);
    let next = moments.find(|moment| moment > now)?;
    Some(next.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_the_next_time_the_clock_shows_it() {
        let now: Zoned = "2025-12-25T22:30[Asia/Seoul]".parse().unwrap();
        let at = |text| next_time(text, &now).map(|at| at.to_string());
        assert_eq!(at("23:00").as_deref(), Some("2025-12-25T14:00:00Z"));
        assert_eq!(at("07:00").as_deref(), Some("2025-12-25T22:00:00Z"));
        assert_eq!(at("22:30").as_deref(), Some("2025-12-26T13:30:00Z"));
        assert_eq!(at("7 o'clock"), None);
        assert_eq!(at("25:00"), None);
    }

    #[test]
    fn a_deadline_is_right_across_both_changes_of_the_clock() {
        let from = |now: &str, text: &str| {
            let now: Zoned = now.parse().unwrap();
            next_time(text, &now).map(|at| (at - now.timestamp()).total(jiff::Unit::Hour).unwrap())
        };
        // Spring: 02:00 to 03:00 is left out, so the night is an hour shorter.
        let spring = "2026-03-28T22:00[Europe/Berlin]";
        assert_eq!(from(spring, "07:00"), Some(8.0));
        assert_eq!(
            from("2026-03-29T01:59[Europe/Berlin]", "03:01"),
            Some(2.0 / 60.0)
        );
        // A time that does not exist that night is that much after the change.
        assert_eq!(from(spring, "02:30"), Some(4.5));
        assert_eq!(from("2026-03-29T01:00[Europe/Berlin]", "02:30"), Some(1.5));
        // Autumn: 02:00 to 03:00 comes twice, so the night is an hour longer.
        let autumn = "2026-10-24T22:00[Europe/Berlin]";
        assert_eq!(from(autumn, "07:00"), Some(10.0));
        // The first of the two is the next time the clock shows it.
        assert_eq!(from(autumn, "02:30"), Some(4.5));
        assert_eq!(from("2026-10-25T01:30[Europe/Berlin]", "02:30"), Some(1.0));
        // Between the two, the second is.
        assert_eq!(
            from("2026-10-25T02:40+02:00[Europe/Berlin]", "02:30"),
            Some(50.0 / 60.0)
        );
        assert_eq!(
            from("2026-10-25T02:40+01:00[Europe/Berlin]", "02:30"),
            Some(23.0 + 50.0 / 60.0)
        );
        assert_eq!(
            from("2026-03-07T22:00[America/New_York]", "07:00"),
            Some(8.0)
        );
    }
}
