//! Rows of runs.

use jiff::Timestamp;
use overnight_record::{EventKind, RunId, RunOutcome, RunRecord};
use rusqlite::{OptionalExtension as _, Row, params};

use super::{Ledger, LedgerError};

/// What the user made of a run's branch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// Merged into the user's branch.
    Accepted,
    /// Branch and worktree removed.
    Dropped,
}

impl Disposition {
    fn name(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Dropped => "dropped",
        }
    }
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRow {
    /// Its `run.json`.
    pub record: RunRecord,
    /// How it ended; `None` while it has not.
    pub outcome: Option<RunOutcome>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// What became of its branch; `None` while nobody decided.
    pub disposition: Option<Disposition>,
}

type RawRun = (String, Option<String>, Option<String>, Option<String>);

const COLUMNS: &str = "record, outcome, ended, disposition";

fn raw(row: &Row<'_>) -> rusqlite::Result<RawRun> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

impl Ledger {
    /// Writes a new run together with its first event.
    ///
    /// # Errors
    /// [`LedgerError`], also when the run exists.
    pub fn begin_run(&mut self, record: &RunRecord) -> Result<(), LedgerError> {
        let text = serde_json::to_string(record).map_err(|e| self.row("the run record", e))?;
        let wrap = self.sqlite();
        self.connection
            .execute(
                "INSERT INTO runs (id, started, record) VALUES (?1, ?2, ?3)",
                params![record.run.as_str(), record.started.to_string(), text],
            )
            .map(drop)
            .map_err(wrap)
    }

    /// Marks a run as going on again: it has no end for now.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn reopen_run(&mut self, run: &RunId) -> Result<(), LedgerError> {
        let wrap = self.sqlite();
        self.connection
            .execute(
                "UPDATE runs SET outcome = NULL, ended = NULL WHERE id = ?1",
                [run.as_str()],
            )
            .map(drop)
            .map_err(wrap)
    }

    /// Replaces the record of a run, whose deadline may change from session to session.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn amend_run(&mut self, record: &RunRecord) -> Result<(), LedgerError> {
        let text = serde_json::to_string(record).map_err(|e| self.row("the run record", e))?;
        let wrap = self.sqlite();
        self.connection
            .execute(
                "UPDATE runs SET record = ?2 WHERE id = ?1",
                [record.run.as_str(), &text],
            )
            .map(drop)
            .map_err(wrap)
    }

    /// Ends a run, with its event.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn finish_run(
        &mut self,
        run: &RunId,
        outcome: RunOutcome,
        at: Timestamp,
    ) -> Result<overnight_record::Event, LedgerError> {
        let name = serde_json::to_string(&outcome).map_err(|e| self.row("the run's outcome", e))?;
        let event =
            self.record_with(run, at, EventKind::RunFinished { outcome }, |transaction| {
                transaction
                    .execute(
                        "UPDATE runs SET outcome = ?2, ended = ?3 WHERE id = ?1",
                        params![run.as_str(), name.trim_matches('"'), at.to_string()],
                    )
                    .map(drop)
            })?;
        Ok(event)
    }

    /// Corrects how a run ended, without moving its end: in the morning a step may turn out
    /// not to be wanted.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn amend_outcome(&mut self, run: &RunId, outcome: RunOutcome) -> Result<(), LedgerError> {
        let name = serde_json::to_string(&outcome).map_err(|e| self.row("the run's outcome", e))?;
        let wrap = self.sqlite();
        self.connection
            .execute(
                "UPDATE runs SET outcome = ?2 WHERE id = ?1",
                params![run.as_str(), name.trim_matches('"')],
            )
            .map(drop)
            .map_err(wrap)
    }

    /// Notes what became of a run's branch.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn dispose_run(
        &mut self,
        run: &RunId,
        disposition: Disposition,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        let wrap = self.sqlite();
        self.connection
            .execute(
                "UPDATE runs SET disposition = ?2, disposed = ?3 WHERE id = ?1",
                params![run.as_str(), disposition.name(), at.to_string()],
            )
            .map(drop)
            .map_err(wrap)
    }

    /// One run.
    ///
    /// # Errors
    /// [`LedgerError::NoRun`] when there is no such run, or any other [`LedgerError`].
    pub fn run(&self, run: &RunId) -> Result<RunRow, LedgerError> {
        let found = self
            .connection
            .query_row(
                &format!("SELECT {COLUMNS} FROM runs WHERE id = ?1"),
                [run.as_str()],
                raw,
            )
            .optional()
            .map_err(self.sqlite())?;
        match found {
            Some(row) => self.read_run(&row),
            None => Err(LedgerError::NoRun {
                run: run.to_string(),
            }),
        }
    }

    /// The run begun last.
    ///
    /// # Errors
    /// [`LedgerError::NoRuns`] when there is none, or any other [`LedgerError`].
    pub fn last_run(&self) -> Result<RunRow, LedgerError> {
        self.runs()?.pop().ok_or(LedgerError::NoRuns)
    }

    /// Every run, the earliest first.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn runs(&self) -> Result<Vec<RunRow>, LedgerError> {
        let wrap = self.sqlite();
        let mut statement = self
            .connection
            .prepare(&format!("SELECT {COLUMNS} FROM runs ORDER BY rowid"))
            .map_err(&wrap)?;
        let rows = statement.query_map([], raw).map_err(&wrap)?;
        let raw: Vec<RawRun> = rows.collect::<Result<_, _>>().map_err(&wrap)?;
        raw.iter().map(|row| self.read_run(row)).collect()
    }

    fn read_run(
        &self,
        (record, outcome, ended, disposition): &RawRun,
    ) -> Result<RunRow, LedgerError> {
        let outcome = outcome
            .as_ref()
            .map(|name| serde_json::from_value(serde_json::Value::from(name.as_str())))
            .transpose()
            .map_err(|e| self.row("a run's outcome", e))?;
        let ended = ended
            .as_deref()
            .map(str::parse)
            .transpose()
            .map_err(|e: jiff::Error| self.row("a run's end", e))?;
        Ok(RunRow {
            record: serde_json::from_str(record).map_err(|e| self.row("a run record", e))?,
            outcome,
            ended,
            disposition: match disposition.as_deref() {
                Some("accepted") => Some(Disposition::Accepted),
                Some(_) => Some(Disposition::Dropped),
                None => None,
            },
        })
    }
}
