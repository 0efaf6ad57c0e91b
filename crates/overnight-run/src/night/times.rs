//! The night's clocks: a deadline by the wall, limits by the monotonic clock, and what to
//! make of it when they disagree.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use overnight_record::EventKind;
use rustix::time::{ClockId, clock_gettime};

/// A wall clock that moves by more than this against the time since boot was set.
const JUMP: SignedDuration = SignedDuration::from_secs(5);
/// Largest part of a night that is kept for its end.
const MOST_FOR_REPORTS: f64 = 0.1;

/// The clocks nobody can set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SteadyTime {
    /// Since boot, sleep included (`CLOCK_BOOTTIME`).
    pub since_boot: Duration,
    /// Since boot, sleep left out (`CLOCK_MONOTONIC`).
    pub awake: Duration,
}

impl SteadyTime {
    /// Now.
    pub fn now() -> Self {
        let read = |clock| {
            let time = clock_gettime(clock);
            let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
            Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
        };
        Self {
            since_boot: read(ClockId::Boottime),
            awake: read(ClockId::Monotonic),
        }
    }
}

/// When the night ends, and how its clocks stood last.
#[derive(Debug, Clone)]
pub(super) struct Times {
    /// What the user asked for.
    pub(super) until: Option<Timestamp>,
    /// When steps end, so that criteria and reports are done by then.
    pub(super) steps_end: Option<Timestamp>,
    last: (Timestamp, SteadyTime),
}

impl Times {
    /// `report_time` is kept before the deadline, but no more than a tenth of the night.
    pub(super) fn new(
        until: Option<Timestamp>,
        report_time: Duration,
        now: Timestamp,
        steady: SteadyTime,
    ) -> Self {
        let steps_end = until.map(|until| {
            let night = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            let kept = report_time.min(night.mul_f64(MOST_FOR_REPORTS));
            until.checked_sub(kept).unwrap_or(until)
        });
        Self {
            until,
            steps_end,
            last: (now, steady),
        }
    }

    /// Time left for steps; `None` without a deadline.
    pub(super) fn left(&self, now: Timestamp) -> Option<Duration> {
        let end = self.steps_end?;
        Some(Duration::try_from(end.duration_since(now)).unwrap_or_default())
    }

    /// What happened to the clocks since the last look, as facts. The deadline is a time on
    /// the wall, so a clock that was set moves it.
    pub(super) fn look(&mut self, now: Timestamp, steady: SteadyTime) -> Vec<EventKind> {
        let (wall, before) = std::mem::replace(&mut self.last, (now, steady));
        let passed = signed(steady.since_boot.saturating_sub(before.since_boot));
        let awake = signed(steady.awake.saturating_sub(before.awake));
        let mut facts = Vec::new();
        let jump = now.duration_since(wall) - passed;
        if jump.abs() > JUMP {
            facts.push(EventKind::ClockJumped {
                by_s: jump.as_secs_f64(),
            });
        }
        let slept = passed - awake;
        if slept > JUMP {
            let slept = crate::text::duration(slept.unsigned_abs());
            facts.push(EventKind::Noted {
                text: format!("the machine slept for {slept}; time limits of steps stood still"),
            });
        }
        facts
    }
}

fn signed(span: Duration) -> SignedDuration {
    SignedDuration::try_from(span).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_766_700_000 + seconds).unwrap()
    }

    fn steady(since_boot: u64, awake: u64) -> SteadyTime {
        SteadyTime {
            since_boot: Duration::from_secs(since_boot),
            awake: Duration::from_secs(awake),
        }
    }

    fn times(until: Option<i64>) -> Times {
        let report_time = Duration::from_secs(300);
        Times::new(until.map(at), report_time, at(0), steady(1000, 900))
    }

    #[test]
    fn the_last_minutes_are_for_the_reports_and_at_most_a_tenth() {
        assert_eq!(times(Some(36_000)).steps_end, Some(at(35_700)));
        assert_eq!(times(Some(600)).steps_end, Some(at(540)));
        assert_eq!(times(Some(-5)).steps_end, Some(at(-5)));
        assert_eq!(times(None).left(at(5)), None);
        assert_eq!(
            times(Some(600)).left(at(500)),
            Some(Duration::from_secs(40))
        );
        assert_eq!(times(Some(600)).left(at(900)), Some(Duration::ZERO));
    }

    #[test]
    fn a_clock_that_was_set_is_told_from_a_machine_that_slept() {
        let mut times = times(None);
        assert!(times.look(at(60), steady(1060, 960)).is_empty());
        let slept = times.look(at(4060), steady(5060, 1060));
        assert!(matches!(&slept[..], [EventKind::Noted { .. }]), "{slept:?}");
        let set = times.look(at(460), steady(5061, 1061));
        assert_eq!(set, [EventKind::ClockJumped { by_s: -3601.0 }]);
        let set = times.look(at(4061), steady(5062, 1062));
        assert_eq!(set, [EventKind::ClockJumped { by_s: 3600.0 }]);
    }
}
