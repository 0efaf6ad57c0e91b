//! How long a command took before, to tell how long it will take.

use std::time::Duration;

use overnight_record::StepOutcome;
use rusqlite::params;

use super::{Ledger, LedgerError};

impl Ledger {
    /// Durations of the attempts of a command that were done, the latest first, of every run
    /// of the project. The command is the line as it was recorded; at most `limit` are given.
    ///
    /// Failed and interrupted attempts are left out: how long they took says nothing about
    /// how long the work takes.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn durations_of(&self, command: &str, limit: u32) -> Result<Vec<Duration>, LedgerError> {
        let wrap = self.sqlite();
        let mut statement = self
            .connection
            .prepare(
                "SELECT duration_s FROM attempts
                 WHERE command = ?1 AND outcome = ?2 AND duration_s IS NOT NULL
                 ORDER BY rowid DESC LIMIT ?3",
            )
            .map_err(&wrap)?;
        let rows = statement
            .query_map(params![command, StepOutcome::Done.name(), limit], |row| {
                row.get::<_, f64>(0)
            })
            .map_err(&wrap)?;
        let mut durations = Vec::new();
        for row in rows {
            let seconds = row.map_err(&wrap)?;
            let duration = Duration::try_from_secs_f64(seconds)
                .map_err(|e| self.row("the duration of an attempt", e))?;
            durations.push(duration);
        }
        Ok(durations)
    }
}
