//! One runner at a time per project.

use jiff::Timestamp;
use overnight_record::RunId;
use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};

use super::{Ledger, LedgerError};
use crate::process::ProcessIdentity;

/// The process that executes a run now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunnerRow {
    /// Its run.
    pub run: String,
    /// Which process it is.
    pub process: ProcessIdentity,
    /// Since when.
    pub since: String,
}

const SELECT: &str = "SELECT run, pid, process_start, boot_id, since FROM runner";

fn read(row: &Row<'_>) -> rusqlite::Result<RunnerRow> {
    Ok(RunnerRow {
        run: row.get(0)?,
        process: ProcessIdentity {
            pid: row.get(1)?,
            start_ticks: row.get::<_, i64>(2)?.unsigned_abs(),
            boot_id: row.get(3)?,
        },
        since: row.get(4)?,
    })
}

impl Ledger {
    /// Makes `process` the project's runner. The entry of a runner that no longer lives
    /// (by pid, start time and boot) is replaced.
    ///
    /// # Errors
    /// [`LedgerError::Busy`] when another one lives, or any other [`LedgerError`].
    pub fn take_runner(
        &mut self,
        run: &RunId,
        process: &ProcessIdentity,
        at: Timestamp,
    ) -> Result<(), LedgerError> {
        let wrap = self.sqlite();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&wrap)?;
        let present = transaction
            .query_row(SELECT, [], read)
            .optional()
            .map_err(&wrap)?;
        if let Some(other) = present
            && other.process != *process
            && other.process.is_alive()
        {
            return Err(LedgerError::Busy {
                run: other.run,
                pid: other.process.pid,
            });
        }
        transaction
            .execute(
                "INSERT OR REPLACE INTO runner (only, run, pid, process_start, boot_id, since)
                 VALUES (1, ?1, ?2, ?3, ?4, ?5)",
                params![
                    run.as_str(),
                    process.pid,
                    i64::try_from(process.start_ticks).unwrap_or(i64::MAX),
                    process.boot_id,
                    at.to_string()
                ],
            )
            .map_err(&wrap)?;
        transaction.commit().map_err(&wrap)
    }

    /// The project's runner, if it lives.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn living_runner(&self) -> Result<Option<RunnerRow>, LedgerError> {
        let present = self
            .connection
            .query_row(SELECT, [], read)
            .optional()
            .map_err(self.sqlite())?;
        Ok(present.filter(|row| row.process.is_alive()))
    }

    /// Takes `process` out of its place as the project's runner.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn release_runner(&mut self, process: &ProcessIdentity) -> Result<(), LedgerError> {
        let wrap = self.sqlite();
        self.connection
            .execute(
                "DELETE FROM runner WHERE pid = ?1 AND boot_id = ?2",
                params![process.pid, process.boot_id],
            )
            .map(drop)
            .map_err(wrap)
    }
}
