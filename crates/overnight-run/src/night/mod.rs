//! One night: the plan walked from its first step to its last.
//!
//! [`run`] begins or takes up a run, walks the steps ([`walk`](mod@walk)), has the reports
//! written, checks the criteria and ends the run. Every fact goes to the ledger before
//! anybody is told of it, so that at any moment the runner may die and be resumed.

mod admit;
mod begin;
mod change;
mod classify;
mod clean;
mod commit;
mod conclude;
mod criteria;
mod disk;
mod environment;
mod error;
mod finish;
mod flight;
mod forecast;
mod gates;
mod judge;
mod line;
mod outline;
mod outputs;
mod pause;
mod progress;
mod resume;
mod retry;
mod salvage;
mod spec;
mod sweep;
mod telling;
mod times;
mod walk;

use std::time::Instant;

use jiff::Timestamp;
use overnight_plan::BoundPlan;
use overnight_record::{Event, EventKind, RunId, RunRecord};

use crate::folder::RunFolder;
use crate::ledger::{Ledger, Settled, append_event};
use crate::process::ProcessIdentity;
use crate::secrets::Redactor;
use crate::state::RunState;
use crate::workspace::{CheckoutMark, Repository, Workspace};

pub use error::NightError;
pub use forecast::{expected, is_stoppable};
pub use spec::{Audience, NightOutcome, NightSpec, ReportMoment, ReportStage, ReportWriter, Start};
pub use times::SteadyTime;

/// Executes a night.
///
/// # Errors
/// [`NightError`] when the runner itself could not do its work; a step that fails is part
/// of the [`NightOutcome`]. After an error the run can be resumed.
pub fn run(spec: &NightSpec<'_>, audience: &mut Audience<'_>) -> Result<NightOutcome, NightError> {
    let begun = match &spec.start {
        Start::Fresh => begin::begin(spec, audience),
        Start::Resume(run) => resume::resume(spec, audience, run),
    };
    let mut night = begun.inspect_err(|error| telling::tell_not_begun(spec, error))?;
    night.begin_telling();
    let outcome = night.execute();
    night.reserve.give_up();
    let untold = night.end_telling(outcome.as_ref().err());
    // Whatever happened, the project is free for the next runner.
    let released = night.ledger.release_runner(&night.process);
    let mut outcome = outcome?;
    released?;
    outcome.notes.extend(untold);
    Ok(outcome)
}

/// A night under way.
struct Night<'a, 'b> {
    spec: &'a NightSpec<'a>,
    audience: &'a mut Audience<'b>,
    ledger: Ledger,
    process: ProcessIdentity,
    run: RunId,
    record: RunRecord,
    folder: RunFolder,
    repository: Repository,
    workspace: Workspace,
    plan_file: progress::PlanTarget,
    state: RunState,
    times: times::Times,
    /// Disk space that is given up when there is none left.
    reserve: disk::Reserve,
    /// Since when the night is paused for want of disk space.
    paused: Option<Instant>,
    /// Attempts of an earlier session that went on without the runner.
    found: Vec<resume::Found>,
    /// Who hears of the night while it goes on.
    telling: Option<telling::Telling>,
    /// The user's checkout as it was when this session began; `None` for a night in it.
    checkout: Option<CheckoutMark>,
    /// Problems that cost nobody a step, for the summary.
    notes: Vec<String>,
}

impl Night<'_, '_> {
    fn now(&self) -> Timestamp {
        (self.spec.clock)()
    }

    fn redactor(&self) -> &Redactor {
        &self.spec.redactor
    }

    fn bound(&self) -> &BoundPlan {
        self.spec.bound
    }

    /// Records a fact and tells everybody.
    fn tell(&mut self, kind: EventKind) -> Result<(), NightError> {
        let at = self.now();
        let kind = clean::clean(kind, self.redactor());
        let event = self.durably(|night| match &kind {
            EventKind::ChangeCommitted { .. } => {
                night.ledger.record_commit(&night.run, at, kind.clone())
            }
            _ => night.ledger.record(&night.run, at, kind.clone()),
        })?;
        self.announce(&event);
        Ok(())
    }

    /// Records how a step ended and tells everybody.
    fn settle(&mut self, settled: &Settled) -> Result<(), NightError> {
        let at = self.now();
        let settled = clean::clean_end(settled, self.redactor());
        let event = self.durably(|night| night.ledger.settle(&night.run, &settled, at))?;
        self.announce(&event);
        Ok(())
    }

    /// Takes in what the ledger already has.
    fn announce(&mut self, event: &Event) {
        self.state.fold(event);
        if let Err(error) = append_event(&self.folder.events(), event) {
            // The ledger has it; the export is written again at the end.
            tracing::warn!("{error}");
        }
        (self.audience.notify)(event);
    }

    fn note(&mut self, text: String) {
        tracing::warn!("{text}");
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Whether no further step may begin, and why.
    fn closing_time(&self) -> Option<String> {
        if self.spec.stop.is_requested() {
            return Some("the night was interrupted".to_owned());
        }
        let end = self.times.steps_end?;
        let until = self.times.until.filter(|_| self.now() >= end)?;
        let zone =
            jiff::tz::TimeZone::get(&self.record.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        let shown = until.to_zoned(zone).strftime("%H:%M").to_string();
        Some(format!("the night ends at {shown}"))
    }
}

#[cfg(test)]
mod tests;
