//! A run that is followed: its events are read once each.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::{SignedDuration, Timestamp};
use overnight_record::{Event, EventKind, StepId};
use overnight_run::ledger::RunRow;
use overnight_run::{Ledger, RunFolder, RunState, RunSummary};

use super::{Forecast, LogTail, Moment, Retry, RunningNow};
use crate::failure::Failure;
use crate::machine;

/// Earlier durations of a command of which the middle one is taken.
const EARLIER: u32 = 5;

/// A run that is followed.
#[derive(Debug)]
pub(crate) struct Watched {
    ledger: Ledger,
    row: RunRow,
    folder: RunFolder,
    state: RunState,
    seq: u64,
    paused: Option<String>,
    retries: BTreeMap<StepId, Retry>,
    usual_s: BTreeMap<StepId, f64>,
}

impl Watched {
    /// Begins to follow a run whose folder lies in `logs`.
    pub(crate) fn open(ledger: Ledger, row: RunRow, logs: &Path) -> Result<Self, Failure> {
        let mut usual_s = BTreeMap::new();
        let tasks = row.record.phases.iter().flat_map(|phase| &phase.tasks);
        for step in tasks.flat_map(|task| &task.steps) {
            let Some(command) = &step.run else { continue };
            let mut earlier = ledger.durations_of(command, EARLIER)?;
            earlier.sort_unstable();
            if let Some(middle) = earlier.get(earlier.len() / 2) {
                usual_s.insert(step.id, middle.as_secs_f64());
            }
        }
        let mut watched = Self {
            folder: RunFolder::new(logs, &row.record.run),
            ledger,
            row,
            state: RunState::default(),
            seq: 0,
            paused: None,
            retries: BTreeMap::new(),
            usual_s,
        };
        watched.read_on()?;
        Ok(watched)
    }

    /// Takes in what happened since it was last asked.
    pub(crate) fn read_on(&mut self) -> Result<(), Failure> {
        let run = self.row.record.run.clone();
        for event in self.ledger.events_after(&run, self.seq)? {
            self.seq = event.seq;
            self.state.fold(&event);
            self.fold(&event);
        }
        self.row = self.ledger.run(&run)?;
        Ok(())
    }

    fn fold(&mut self, event: &Event) {
        match &event.kind {
            EventKind::NightPaused { reason } => self.paused = Some(reason.clone()),
            EventKind::NightContinued { .. } => self.paused = None,
            EventKind::RunResumed { .. } | EventKind::RunFinished { .. } => {
                self.paused = None;
                self.retries.clear();
            }
            EventKind::RetryPlanned {
                step,
                class,
                wait_s,
                ..
            } => {
                let wait = SignedDuration::from_secs_f64(wait_s.clamp(0.0, 1e9));
                let retry = Retry {
                    step: *step,
                    class: *class,
                    at: event.at.checked_add(wait).unwrap_or(event.at),
                };
                self.retries.insert(*step, retry);
            }
            EventKind::StepStarted { step, .. } => {
                self.retries.remove(step);
            }
            _ => {}
        }
    }

    /// The night as it stands at `now`.
    pub(crate) fn moment(&self, now: Timestamp) -> Result<Moment, Failure> {
        let record = &self.row.record;
        let runner = self.ledger.living_runner()?;
        let runner = runner.filter(|runner| runner.run == record.run.as_str());
        let running: Vec<RunningNow> = self
            .state
            .running
            .iter()
            .map(|step| {
                RunningNow::look(
                    step,
                    self.folder.path(),
                    self.usual_s.get(&step.step).copied(),
                    now,
                )
            })
            // Without a runner only what is known to live runs.
            .filter(|step| runner.is_some() || step.is_alive == Some(true))
            .collect();
        let summary = RunSummary::of(&self.row, &self.state, runner.is_some());
        let usual_s = |step| self.usual_s.get(&step).copied();
        Ok(Moment {
            now,
            until: record.until,
            phases: record.phases.clone(),
            forecast: runner
                .as_ref()
                .map(|_| Forecast::of(&summary, &running, now, usual_s)),
            runner_pid: runner.map(|runner| runner.process.pid),
            running,
            retries: self.retries.values().cloned().collect(),
            paused: self.paused.clone(),
            available_mib: machine::available_mib(),
            summary,
        })
    }

    /// The last lines of a step's last attempt.
    pub(crate) fn log_of(&self, step: StepId) -> LogTail {
        let running = self.state.running.iter().find(|r| r.step == step);
        let ended = self.state.steps.get(&step).map(|state| state.attempt);
        match running.map(|r| r.attempt).or(ended) {
            None | Some(0) => LogTail::default(),
            Some(attempt) => {
                LogTail::read(&self.folder.path().join(RunFolder::attempt(step, attempt)))
            }
        }
    }
}
