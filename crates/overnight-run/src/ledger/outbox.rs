//! The outbox: messages that are to be delivered, one row for each channel.
//!
//! A message is written here before anybody tries to deliver it, and marked when it was, so
//! that it survives a crash and a network that is down. A letter that is being delivered is
//! leased for a minute: two processes do not deliver it at once, and one that dies meanwhile
//! leaves it to the next. Delivery is therefore at least once; the key keeps the same
//! message from being enqueued twice.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, TransactionBehavior, params};

use super::{Ledger, LedgerError};
use crate::notify::Message;

/// Tries after which a letter is given up, some 15 hours after the first.
pub const MOST_TRIES: u32 = 24;

/// Pause after the first failed try; doubled with each further one.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(3600);
/// How long one process has for a delivery.
const LEASE: Duration = Duration::from_secs(60);
/// Undelivered letters beyond these are dropped, the oldest first.
const MOST_UNSENT: u32 = 500;
/// How long delivered letters, and those given up, are remembered.
const MEMORY: Duration = Duration::from_secs(30 * 24 * 3600);
/// Characters of an error that are kept.
const ERROR_LIMIT: usize = 500;

/// A message on its way to one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Its row.
    pub id: i64,
    /// The channel's name in the configuration.
    pub channel: String,
    /// What it says.
    pub message: Message,
    /// Tries so far, the one under way included.
    pub tries: u32,
}

/// What becomes of a letter that was not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Postponed {
    /// It is tried again then.
    Until(Timestamp),
    /// It was tried often enough.
    GivenUp,
}

impl Ledger {
    /// Writes `message` once for each of `channels`; how many letters are new. One with the
    /// same run, key and channel is there already and is not written again.
    ///
    /// # Errors
    /// [`LedgerError`]; nothing is then written.
    pub fn enqueue(
        &mut self,
        message: &Message,
        channels: &[String],
        at: Timestamp,
    ) -> Result<usize, LedgerError> {
        let text = serde_json::to_string(message).map_err(|e| self.row("a message", e))?;
        let wrap = self.sqlite();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&wrap)?;
        let mut new = 0;
        for channel in channels {
            new += transaction
                .execute(
                    "INSERT OR IGNORE INTO outbox (key, channel, message, created, next_try)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    params![
                        message.key_for(channel),
                        channel,
                        text,
                        at.to_string(),
                        at.as_millisecond()
                    ],
                )
                .map_err(&wrap)?;
        }
        transaction
            .execute(
                "DELETE FROM outbox
                 WHERE (sent IS NOT NULL OR given_up IS NOT NULL) AND created < ?1",
                [(at - MEMORY).to_string()],
            )
            .map_err(&wrap)?;
        transaction
            .execute(
                "DELETE FROM outbox WHERE id IN (
                     SELECT id FROM outbox WHERE sent IS NULL ORDER BY id DESC LIMIT -1 OFFSET ?1)",
                [MOST_UNSENT],
            )
            .map_err(&wrap)?;
        transaction.commit().map_err(&wrap)?;
        Ok(new)
    }

    /// Takes the letter that is due for the longest time, for [`LEASE`].
    ///
    /// # Errors
    /// [`LedgerError`]; a letter that cannot be read is given up.
    pub fn take_due(&mut self, at: Timestamp) -> Result<Option<Letter>, LedgerError> {
        self.take(
            "next_try <= ?1 AND given_up IS NULL ORDER BY next_try, id",
            at.as_millisecond(),
            at,
        )
    }

    /// Takes the letter with this row if it was not delivered, whenever it is due and even
    /// if it was given up.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn take_letter(&mut self, id: i64, at: Timestamp) -> Result<Option<Letter>, LedgerError> {
        self.take("id = ?1", id, at)
    }

    fn take(
        &mut self,
        which: &str,
        value: i64,
        at: Timestamp,
    ) -> Result<Option<Letter>, LedgerError> {
        let wrap = self.sqlite();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(&wrap)?;
        let found = transaction
            .query_row(
                &format!(
                    "SELECT id, channel, message, tries + 1 FROM outbox
                     WHERE sent IS NULL AND {which} LIMIT 1"
                ),
                [value],
                raw,
            )
            .optional()
            .map_err(&wrap)?;
        let Some((id, channel, text, tries)) = found else {
            return Ok(None);
        };
        let message = serde_json::from_str(&text);
        let given_up = message.is_err().then(|| at.to_string());
        transaction
            .execute(
                "UPDATE outbox SET tries = ?2, next_try = ?3, given_up = ?4 WHERE id = ?1",
                params![id, tries, (at + LEASE).as_millisecond(), given_up],
            )
            .map_err(&wrap)?;
        transaction.commit().map_err(&wrap)?;
        Ok(Some(Letter {
            id,
            channel,
            message: message.map_err(|e| self.row("a message", e))?,
            tries,
        }))
    }

    /// Notes that a letter was delivered.
    ///
    /// # Errors
    /// [`LedgerError`]; it may then be delivered once more.
    pub fn mark_sent(&mut self, id: i64, at: Timestamp) -> Result<(), LedgerError> {
        let wrap = self.sqlite();
        self.connection
            .execute(
                "UPDATE outbox SET sent = ?2, error = NULL, given_up = NULL WHERE id = ?1",
                params![id, at.to_string()],
            )
            .map(drop)
            .map_err(wrap)
    }

    /// Notes that a letter was not delivered, and when it is tried again: after a pause that
    /// doubles from 5 seconds to an hour, or `pause` if the receiver asked for a longer one.
    /// After [`MOST_TRIES`] it is given up.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn mark_failed(
        &mut self,
        letter: &Letter,
        error: &str,
        pause: Option<Duration>,
        at: Timestamp,
    ) -> Result<Postponed, LedgerError> {
        let error: String = error.chars().take(ERROR_LIMIT).collect();
        let wrap = self.sqlite();
        let (postponed, next_try, given_up) = if letter.tries >= MOST_TRIES {
            (Postponed::GivenUp, at, Some(at.to_string()))
        } else {
            let doubled = FIRST_PAUSE * 2_u32.pow(letter.tries.saturating_sub(1).min(12));
            let pause = doubled.max(pause.unwrap_or_default()).min(LONGEST_PAUSE);
            let next = at + pause;
            (Postponed::Until(next), next, None)
        };
        self.connection
            .execute(
                "UPDATE outbox SET error = ?2, next_try = ?3, given_up = ?4 WHERE id = ?1",
                params![letter.id, error, next_try.as_millisecond(), given_up],
            )
            .map(drop)
            .map_err(wrap)?;
        Ok(postponed)
    }

    /// When the next letter is due; `None` when there is none.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn next_due(&self) -> Result<Option<Timestamp>, LedgerError> {
        let next: Option<i64> = self
            .connection
            .query_row(
                "SELECT min(next_try) FROM outbox WHERE sent IS NULL AND given_up IS NULL",
                [],
                |row| row.get(0),
            )
            .map_err(self.sqlite())?;
        let read = next.map(Timestamp::from_millisecond).transpose();
        read.map_err(|e| self.row("the time of a message", e))
    }

    /// Rows of letters that were not delivered, the oldest first, also those given up.
    ///
    /// # Errors
    /// [`LedgerError`].
    pub fn undelivered(&self) -> Result<Vec<i64>, LedgerError> {
        let wrap = self.sqlite();
        let mut statement = self
            .connection
            .prepare("SELECT id FROM outbox WHERE sent IS NULL ORDER BY id")
            .map_err(&wrap)?;
        let rows = statement.query_map([], |row| row.get(0)).map_err(&wrap)?;
        rows.collect::<Result<_, _>>().map_err(&wrap)
    }
}

fn raw(row: &Row<'_>) -> rusqlite::Result<(i64, String, String, u32)> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}
