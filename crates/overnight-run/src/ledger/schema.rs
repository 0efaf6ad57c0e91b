//! The ledger's tables and their versions.

use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

/// One entry per version, applied in order; a released entry never changes.
const MIGRATIONS: &[&str] = &[
    "
    CREATE TABLE runs (
        id          TEXT PRIMARY KEY,
        started     TEXT NOT NULL,
        record      TEXT NOT NULL,   -- run.json
        outcome     TEXT,            -- NULL while it has not ended
        ended       TEXT,
        disposition TEXT,            -- accepted or dropped
        disposed    TEXT
    ) STRICT;
    CREATE TABLE attempts (
        run           TEXT NOT NULL REFERENCES runs(id),
        step          TEXT NOT NULL,
        attempt       INTEGER NOT NULL,
        command       TEXT NOT NULL,
        folder        TEXT NOT NULL, -- relative to the run's folder
        started       TEXT NOT NULL,
        pid           INTEGER,       -- no longer written: the shim says who it is
        process_start INTEGER,
        boot_id       TEXT,
        ended         TEXT,          -- NULL until its outcome was settled
        outcome       TEXT,
        exit_code     INTEGER,
        duration_s    REAL,
        peak_rss_mib  REAL,
        PRIMARY KEY (run, step, attempt)
    ) STRICT;
    CREATE TABLE events (
        run  TEXT NOT NULL REFERENCES runs(id),
        seq  INTEGER NOT NULL,
        at   TEXT NOT NULL,
        kind TEXT NOT NULL,          -- the event as JSON
        PRIMARY KEY (run, seq)
    ) STRICT;
    CREATE TABLE commits (
        run        TEXT NOT NULL REFERENCES runs(id),
        id         TEXT NOT NULL,
        step       TEXT,
        subject    TEXT NOT NULL,
        files      INTEGER NOT NULL,
        insertions INTEGER NOT NULL,
        deletions  INTEGER NOT NULL,
        at         TEXT NOT NULL,
        PRIMARY KEY (run, id)
    ) STRICT;
    CREATE TABLE runner (
        only          INTEGER PRIMARY KEY CHECK (only = 1),
        run           TEXT NOT NULL,
        pid           INTEGER NOT NULL,
        process_start INTEGER NOT NULL,
        boot_id       TEXT NOT NULL,
        since         TEXT NOT NULL
    ) STRICT;
",
    "
    CREATE TABLE outbox (
        id        INTEGER PRIMARY KEY,
        key       TEXT NOT NULL UNIQUE, -- run/event/channel: nothing is told twice
        channel   TEXT NOT NULL,
        message   TEXT NOT NULL,        -- JSON, redacted
        created   TEXT NOT NULL,
        next_try  INTEGER NOT NULL,     -- milliseconds since 1970
        tries     INTEGER NOT NULL DEFAULT 0,
        error     TEXT,                 -- of the last try
        sent      TEXT,                 -- NULL while it was not delivered
        given_up  TEXT                  -- NULL while it is tried
    ) STRICT;
",
];

/// The version this program writes.
pub(super) const VERSION: i64 = MIGRATIONS.len() as i64;

/// What became of an opened ledger.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Prepared {
    /// It has the current version.
    Ready,
    /// A later program wrote it.
    Newer { found: i64 },
}

/// Sets the connection up for durable writing and brings the tables to [`VERSION`].
pub(super) fn prepare(
    connection: &mut Connection,
    busy_timeout: Duration,
) -> rusqlite::Result<Prepared> {
    connection.busy_timeout(busy_timeout)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if found > VERSION {
        return Ok(Prepared::Newer { found });
    }
    let done = usize::try_from(found).unwrap_or(0);
    for migration in &MIGRATIONS[done..] {
        transaction.execute_batch(migration)?;
    }
    if found < VERSION {
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(Prepared::Ready)
}
