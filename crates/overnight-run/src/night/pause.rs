//! Pauses of the night: the clock is looked at, and no step begins while the disk is full.

use std::time::Instant;

use overnight_record::EventKind;

use super::disk::{Reserve, free_bytes};
use super::{Night, NightError};
use crate::ledger::LedgerError;
use crate::text;

/// Whether there is room for another step.
pub(super) enum Room {
    Enough,
    /// Not now; the night is paused.
    Wait,
    /// It was waited for in vain.
    GivenUp(String),
}

impl Night<'_, '_> {
    /// Writes down what happened to the clocks.
    pub(super) fn look_at_the_clock(&mut self) -> Result<(), NightError> {
        let (now, steady) = (self.now(), (self.spec.steady_clock)());
        for fact in self.times.look(now, steady) {
            self.tell(fact)?;
        }
        Ok(())
    }

    /// Least free space of the disks a night writes to, in bytes.
    fn free_bytes(&self) -> Option<u64> {
        let places = [self.spec.project, self.folder.path()];
        places.into_iter().filter_map(free_bytes).min()
    }

    /// Whether the disk has room for another step. The night pauses while it has not.
    pub(super) fn room_on_disk(&mut self) -> Result<Room, NightError> {
        let wanted = self.spec.config.run.disk_min_free.0;
        let free = self.free_bytes().unwrap_or(u64::MAX);
        if free >= wanted {
            if self.paused.is_some() || !self.reserve.is_held() {
                self.reserve =
                    Reserve::take(&self.state_dir(), self.spec.config.run.disk_reserve.0);
            }
            if let Some(since) = self.paused.take() {
                self.tell_unstuck();
                self.tell(EventKind::NightContinued {
                    paused_s: since.elapsed().as_secs_f64(),
                })?;
            }
            return Ok(Room::Enough);
        }
        let since = match self.paused {
            Some(since) => since,
            None => {
                let now = Instant::now();
                self.paused = Some(now);
                let reason = format!(
                    "{} MiB of disk space are free, {} MiB are wanted before a step begins",
                    free >> 20,
                    wanted >> 20
                );
                self.tell_stuck(&format!("the night is paused: {reason}"));
                self.tell(EventKind::NightPaused { reason })?;
                now
            }
        };
        let limit = self.spec.config.run.disk_wait.0;
        Ok(if since.elapsed() < limit {
            Room::Wait
        } else {
            Room::GivenUp(format!(
                "the disk was full for {} before it began",
                text::duration(limit)
            ))
        })
    }

    /// Writes to the ledger; when the disk is full, gives the reserve up for it, and then
    /// waits for space rather than lose a fact.
    pub(super) fn durably<T>(
        &mut self,
        write: impl Fn(&mut Self) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        let begun = Instant::now();
        loop {
            match write(self) {
                Err(error) if error.is_disk_full() => {
                    let was_given_up = self.reserve.give_up();
                    if was_given_up {
                        tracing::warn!("the disk is full; the space kept for the ledger is used");
                        continue;
                    }
                    let limit = self.spec.config.run.disk_wait.0;
                    if begun.elapsed() >= limit || self.spec.stop.is_urgent() {
                        return Err(error);
                    }
                    std::thread::sleep(std::time::Duration::from_millis(500));
                }
                other => return other,
            }
        }
    }

    /// Does work on the disk that is not the ledger's; while the disk is full, gives the
    /// reserve up for it, and then waits for space. The work must bear to be begun again.
    pub(super) fn patiently<T>(
        &mut self,
        work: impl Fn(&mut Self) -> Result<T, NightError>,
    ) -> Result<T, NightError> {
        let begun = Instant::now();
        let run = &self.spec.config.run;
        let (limit, wanted) = (run.disk_wait.0, run.disk_min_free.0);
        loop {
            let result = work(self);
            // Below the floor no step would begin: what fails then fails for want of space.
            let is_full = || self.free_bytes().is_some_and(|free| free < wanted);
            if result.is_ok() || !is_full() {
                return result;
            }
            if self.reserve.give_up() {
                continue;
            }
            if begun.elapsed() >= limit || self.spec.stop.is_requested() {
                return result;
            }
            std::thread::sleep(std::time::Duration::from_millis(500));
        }
    }

    /// Gives the reserve up when the disk has no room for what a step left: its change, the
    /// plan, the reports.
    pub(super) fn make_room(&self) {
        let reserve = self.spec.config.run.disk_reserve.0;
        if self.free_bytes().is_some_and(|free| free < reserve) {
            self.reserve.give_up();
        }
    }
}
