//! One night: the plan walked from its first step to its last.
//!
//! [`run`] begins or takes up a run, walks the steps ([`walk`](mod@walk)), has the reports
//! written, checks the criteria and ends the run. Every fact goes to the ledger before
//! anybody is told of it, so that at any moment the runner may die and be resumed.

mod begin;
mod change;
mod commit;
mod criteria;
mod environment;
mod error;
mod finish;
mod gates;
pub(crate) mod judge;
mod outline;
mod progress;
mod resume;
mod salvage;
mod spec;
mod step;
mod walk;

use jiff::Timestamp;
use overnight_plan::BoundPlan;
use overnight_record::{Event, EventKind, RunId, RunRecord};

use crate::folder::RunFolder;
use crate::ledger::{Ledger, Settled, append_event};
use crate::process::ProcessIdentity;
use crate::state::RunState;
use crate::workspace::{Repository, Workspace};

pub use error::NightError;
pub use spec::{
    Audience, GRACE_DEFAULT, NightOutcome, NightSpec, RETRY_PAUSE, ReportMoment, ReportStage,
    ReportWriter, Start,
};

/// Executes a night.
///
/// # Errors
/// [`NightError`] when the runner itself could not do its work; a step that fails is part
/// of the [`NightOutcome`]. After an error the run can be resumed.
pub fn run(spec: &NightSpec<'_>, audience: &mut Audience<'_>) -> Result<NightOutcome, NightError> {
    let mut night = match &spec.start {
        Start::Fresh => begin::begin(spec, audience)?,
        Start::Resume(run) => resume::resume(spec, audience, run)?,
    };
    let outcome = night.execute();
    // Whatever happened, the project is free for the next runner.
    let released = night.ledger.release_runner(&night.process);
    let outcome = outcome?;
    released?;
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
    /// Problems that cost nobody a step, for the summary.
    notes: Vec<String>,
}

impl Night<'_, '_> {
    fn now(&self) -> Timestamp {
        (self.spec.clock)()
    }

    fn bound(&self) -> &BoundPlan {
        self.spec.bound
    }

    /// Records a fact and tells everybody.
    fn tell(&mut self, kind: EventKind) -> Result<(), NightError> {
        let at = self.now();
        let event = match &kind {
            EventKind::ChangeCommitted { .. } => self.ledger.record_commit(&self.run, at, kind)?,
            _ => self.ledger.record(&self.run, at, kind)?,
        };
        self.announce(&event);
        Ok(())
    }

    /// Records how a step ended and tells everybody.
    fn settle(&mut self, settled: &Settled) -> Result<(), NightError> {
        let event = self.ledger.settle(&self.run, settled, self.now())?;
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
        let until = self.spec.until.filter(|until| self.now() >= *until)?;
        let zone =
            jiff::tz::TimeZone::get(&self.record.timezone).unwrap_or(jiff::tz::TimeZone::UTC);
        let shown = until.to_zoned(zone).strftime("%H:%M").to_string();
        Some(format!("the night ended at {shown}"))
    }
}

#[cfg(test)]
mod tests;
