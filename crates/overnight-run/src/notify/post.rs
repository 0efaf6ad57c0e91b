//! From the outbox to the channels.

use jiff::Timestamp;
use overnight_record::StopFlag;

use super::answer::Answer;
use super::channel::Channels;
use super::error::DeliveryError;
use crate::ledger::{Ledger, LedgerError, Letter, Postponed};

/// What became of one letter.
#[derive(Debug)]
pub struct Posted {
    /// The letter.
    pub letter: Letter,
    /// Whether it arrived.
    pub delivered: Delivered,
}

/// Whether a letter arrived.
#[derive(Debug)]
pub enum Delivered {
    /// It did.
    Yes(Answer),
    /// It did not.
    No {
        /// Why.
        error: DeliveryError,
        /// What becomes of it.
        postponed: Postponed,
    },
}

/// Delivers the letter that is due for the longest time; `None` when none is.
///
/// # Errors
/// [`LedgerError`] when the ledger cannot be used; a delivery that fails is [`Delivered::No`].
pub fn deliver_one(
    ledger: &mut Ledger,
    channels: &Channels,
    clock: fn() -> Timestamp,
    stop: &StopFlag,
) -> Result<Option<Posted>, LedgerError> {
    match ledger.take_due(clock())? {
        Some(letter) => deliver(ledger, channels, letter, clock, stop).map(Some),
        None => Ok(None),
    }
}

/// Delivers everything that was not delivered, due or not, each once.
///
/// # Errors
/// [`LedgerError`] when the ledger cannot be used.
pub fn flush(
    ledger: &mut Ledger,
    channels: &Channels,
    clock: fn() -> Timestamp,
    stop: &StopFlag,
) -> Result<Vec<Posted>, LedgerError> {
    let mut posted = Vec::new();
    for id in ledger.undelivered()? {
        if stop.is_requested() {
            break;
        }
        if let Some(letter) = ledger.take_letter(id, clock())? {
            posted.push(deliver(ledger, channels, letter, clock, stop)?);
        }
    }
    Ok(posted)
}

fn deliver(
    ledger: &mut Ledger,
    channels: &Channels,
    letter: Letter,
    clock: fn() -> Timestamp,
    stop: &StopFlag,
) -> Result<Posted, LedgerError> {
    let delivered = match channels.deliver(&letter.channel, &letter.message, stop) {
        Ok(answer) => {
            ledger.mark_sent(letter.id, clock())?;
            Delivered::Yes(answer)
        }
        Err(error) => {
            let pause = error.retry_after();
            let postponed = ledger.mark_failed(&letter, &error.to_string(), pause, clock())?;
            Delivered::No { error, postponed }
        }
    };
    Ok(Posted { letter, delivered })
}
