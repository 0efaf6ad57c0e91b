//! Events: facts in order, never changed.

use jiff::Timestamp;
use overnight_record::{Event, EventKind, RunId};
use rusqlite::{Transaction, TransactionBehavior, params};

use super::{Ledger, LedgerError};

/// Writes one event behind those of its run and returns its number.
fn insert(
    transaction: &Transaction<'_>,
    run: &RunId,
    at: Timestamp,
    text: &str,
) -> rusqlite::Result<i64> {
    let seq: i64 = transaction.query_row(
        "SELECT coalesce(max(seq), 0) + 1 FROM events WHERE run = ?1",
        [run.as_str()],
        |row| row.get(0),
    )?;
    transaction.execute(
        "INSERT INTO events (run, seq, at, kind) VALUES (?1, ?2, ?3, ?4)",
        params![run.as_str(), seq, at.to_string(), text],
    )?;
    Ok(seq)
}

impl Ledger {
    /// Records one fact; it is on disk when this returns.
    ///
    /// # Errors
    /// [`LedgerError`]; the fact is then not recorded.
    pub fn record(
        &mut self,
        run: &RunId,
        at: Timestamp,
        kind: EventKind,
    ) -> Result<Event, LedgerError> {
        self.record_with(run, at, kind, |_| Ok(()))
    }

    /// Records a commit as a row and as a fact, at once.
    ///
    /// # Errors
    /// [`LedgerError`]; neither is then recorded.
    pub fn record_commit(
        &mut self,
        run: &RunId,
        at: Timestamp,
        kind: EventKind,
    ) -> Result<Event, LedgerError> {
        let row = kind.clone();
        self.record_with(run, at, kind, |transaction| {
            let EventKind::ChangeCommitted {
                step,
                commit,
                subject,
                files,
                insertions,
                deletions,
            } = row
            else {
                return Ok(());
            };
            transaction
                .execute(
                    "INSERT OR REPLACE INTO commits
                     (run, id, step, subject, files, insertions, deletions, at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![
                        run.as_str(),
                        commit,
                        step.map(|step| step.to_string()),
                        subject,
                        files,
                        i64::try_from(insertions).unwrap_or(i64::MAX),
                        i64::try_from(deletions).unwrap_or(i64::MAX),
                        at.to_string()
                    ],
                )
                .map(drop)
        })
    }

    /// Records a fact and whatever else `also` writes, in one transaction.
    pub(super) fn record_with(
        &mut self,
        run: &RunId,
        at: Timestamp,
        kind: EventKind,
        also: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<()>,
    ) -> Result<Event, LedgerError> {
        let text = serde_json::to_string(&kind).map_err(|e| self.row("an event", e))?;
        let wrap = self.sqlite();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&wrap)?;
        let seq = insert(&transaction, run, at, &text).map_err(&wrap)?;
        also(&transaction).map_err(&wrap)?;
        transaction.commit().map_err(&wrap)?;
        Ok(Event {
            seq: seq.unsigned_abs(),
            at,
            kind,
        })
    }

    /// Records many facts in one transaction: all of them, or none.
    ///
    /// # Errors
    /// [`LedgerError`]; none is then recorded.
    pub fn record_all(
        &mut self,
        run: &RunId,
        at: Timestamp,
        kinds: &[EventKind],
    ) -> Result<Vec<Event>, LedgerError> {
        let text = |kind| serde_json::to_string(kind).map_err(|e| self.row("an event", e));
        let texts: Vec<String> = kinds.iter().map(text).collect::<Result<_, _>>()?;
        let wrap = self.sqlite();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&wrap)?;
        let mut events = Vec::new();
        for (kind, text) in kinds.iter().zip(texts) {
            let seq = insert(&transaction, run, at, &text).map_err(&wrap)?;
            events.push(Event {
                seq: seq.unsigned_abs(),
                at,
                kind: kind.clone(),
            });
        }
        transaction.commit().map_err(&wrap)?;
        Ok(events)
    }

    /// Every fact of a run, in order.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn events(&self, run: &RunId) -> Result<Vec<Event>, LedgerError> {
        self.events_after(run, 0)
    }

    /// The facts of a run that follow the one numbered `seq`, in order: what somebody who
    /// watches has not seen yet.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn events_after(&self, run: &RunId, seq: u64) -> Result<Vec<Event>, LedgerError> {
        let wrap = self.sqlite();
        let mut statement = self
            .connection
            .prepare("SELECT seq, at, kind FROM events WHERE run = ?1 AND seq > ?2 ORDER BY seq")
            .map_err(&wrap)?;
        let after = i64::try_from(seq).unwrap_or(i64::MAX);
        let rows = statement
            .query_map(params![run.as_str(), after], |row| {
                Ok((row.get::<_, i64>(0)?, row.get(1)?, row.get(2)?))
            })
            .map_err(&wrap)?;
        let mut events = Vec::new();
        for row in rows {
            let (seq, at, kind): (i64, String, String) = row.map_err(&wrap)?;
            events.push(Event {
                seq: seq.unsigned_abs(),
                at: at
                    .parse()
                    .map_err(|e: jiff::Error| self.row(format!("the time of event {seq}"), e))?,
                kind: serde_json::from_str(&kind)
                    .map_err(|e| self.row(format!("event {seq}"), e))?,
            });
        }
        Ok(events)
    }
}
