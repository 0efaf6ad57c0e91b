//! Attempts: one try of one step, written before its command starts.

use jiff::Timestamp;
use overnight_record::{Event, EventKind, FailureClass, RunId, StepId, StepOutcome};
use rusqlite::params;

use super::{Ledger, LedgerError};

/// An attempt about to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// The step.
    pub step: StepId,
    /// Which try of it in this run, from 1.
    pub attempt: u32,
    /// The command line, for reading.
    pub command: String,
    /// Its folder, relative to the run's.
    pub folder: String,
}

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub struct Settled {
    /// The step.
    pub step: StepId,
    /// Which try; 0 when no command was started.
    pub attempt: u32,
    /// How it ended.
    pub outcome: StepOutcome,
    /// What kind of failure it was; `None` when it did not fail.
    pub class: Option<FailureClass>,
    /// The command's exit code, when it exited by itself.
    pub exit_code: Option<i32>,
    /// Seconds from start to end.
    pub duration_s: f64,
    /// Peak resident memory in MiB.
    pub peak_rss_mib: Option<f64>,
    /// Why it is not done, in one line.
    pub reason: Option<String>,
    /// The one command that goes on from here.
    pub next: Option<String>,
}

impl Settled {
    /// The fact.
    fn event(&self) -> EventKind {
        EventKind::StepFinished {
            step: self.step,
            attempt: self.attempt,
            outcome: self.outcome,
            class: self.class,
            exit_code: self.exit_code,
            duration_s: self.duration_s,
            peak_rss_mib: self.peak_rss_mib,
            reason: self.reason.clone(),
            next: self.next.clone(),
        }
    }
}

/// An attempt whose end was not recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAttempt {
    /// The step.
    pub step: StepId,
    /// Which try.
    pub attempt: u32,
    /// Its folder, relative to the run's.
    pub folder: String,
    /// When it was started.
    pub started: Timestamp,
}

impl Ledger {
    /// Number of tries of a step so far.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn attempts_of(&self, run: &RunId, step: StepId) -> Result<u32, LedgerError> {
        self.connection
            .query_row(
                "SELECT coalesce(max(attempt), 0) FROM attempts WHERE run = ?1 AND step = ?2",
                params![run.as_str(), step.to_string()],
                |row| row.get(0),
            )
            .map_err(self.sqlite())
    }

    /// Writes an attempt and its `StepStarted`, before the command is spawned.
    ///
    /// # Errors
    /// [`LedgerError`]; the command must then not be started.
    pub fn open_attempt(
        &mut self,
        run: &RunId,
        started: &Started,
        at: Timestamp,
    ) -> Result<Event, LedgerError> {
        let kind = EventKind::StepStarted {
            step: started.step,
            attempt: started.attempt,
            command: started.command.clone(),
        };
        self.record_with(run, at, kind, |transaction| {
            transaction
                .execute(
                    "INSERT INTO attempts (run, step, attempt, command, folder, started)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    params![
                        run.as_str(),
                        started.step.to_string(),
                        started.attempt,
                        started.command,
                        started.folder,
                        at.to_string()
                    ],
                )
                .map(drop)
        })
    }

    /// Records how a step ended and closes its attempt, if a command was started.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn settle(
        &mut self,
        run: &RunId,
        settled: &Settled,
        at: Timestamp,
    ) -> Result<Event, LedgerError> {
        let kind = settled.event();
        self.record_with(run, at, kind, |transaction| {
            transaction
                .execute(
                    "UPDATE attempts SET ended = ?4, outcome = ?5, exit_code = ?6,
                            duration_s = ?7, peak_rss_mib = ?8
                     WHERE run = ?1 AND step = ?2 AND attempt = ?3",
                    params![
                        run.as_str(),
                        settled.step.to_string(),
                        settled.attempt,
                        at.to_string(),
                        settled.outcome.name(),
                        settled.exit_code,
                        settled.duration_s,
                        settled.peak_rss_mib
                    ],
                )
                .map(drop)
        })
    }

    /// Records how steps ended for which no command was started, all at once.
    ///
    /// # Errors
    /// [`LedgerError`]; none is then recorded.
    pub fn settle_unstarted(
        &mut self,
        run: &RunId,
        settled: &[Settled],
        at: Timestamp,
    ) -> Result<Vec<Event>, LedgerError> {
        let kinds: Vec<EventKind> = settled.iter().map(Settled::event).collect();
        self.record_all(run, at, &kinds)
    }

    /// The attempts of a run whose end was not recorded, in the order they began.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn open_attempts(&self, run: &RunId) -> Result<Vec<OpenAttempt>, LedgerError> {
        let wrap = self.sqlite();
        let mut statement = self
            .connection
            .prepare(
                "SELECT step, attempt, folder, started
                 FROM attempts WHERE run = ?1 AND ended IS NULL ORDER BY rowid",
            )
            .map_err(&wrap)?;
        let rows = statement
            .query_map([run.as_str()], |row| {
                let texts: (String, String) = (row.get(0)?, row.get(3)?);
                Ok((texts, row.get(1)?, row.get(2)?))
            })
            .map_err(&wrap)?;
        let mut open = Vec::new();
        for row in rows {
            let ((step, started), attempt, folder) = row.map_err(&wrap)?;
            open.push(OpenAttempt {
                step: step
                    .parse()
                    .map_err(|e: overnight_record::AddressError| self.row("a step", e))?,
                attempt,
                folder,
                started: started
                    .parse()
                    .map_err(|e: jiff::Error| self.row("the start of an attempt", e))?,
            });
        }
        Ok(open)
    }
}
