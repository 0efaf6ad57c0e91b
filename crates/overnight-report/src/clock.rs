//! Moments in the project's time zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Shows moments in one time zone.
#[derive(Debug, Clone)]
pub(crate) struct LocalClock(TimeZone);

impl LocalClock {
    /// The zone of that IANA name; UTC, and `false`, when it is not known here.
    pub(crate) fn new(name: &str) -> (Self, bool) {
        match TimeZone::get(name) {
            Ok(zone) => (Self(zone), true),
            Err(_) => (Self(TimeZone::UTC), false),
        }
    }

    fn show(&self, at: Timestamp, form: &str) -> String {
        at.to_zoned(self.0.clone()).strftime(form).to_string()
    }

    /// `2026-11-23 22:00 (KST)`.
    pub(crate) fn stamp(&self, at: Timestamp) -> String {
        self.show(at, "%Y-%m-%d %H:%M (%Z)")
    }

    /// `22:00`.
    pub(crate) fn minute(&self, at: Timestamp) -> String {
        self.show(at, "%H:%M")
    }

    /// `22:00:41`.
    pub(crate) fn second(&self, at: Timestamp) -> String {
        self.show(at, "%H:%M:%S")
    }

    /// Seconds east of Greenwich at that moment, for axes that tick at whole local hours.
    pub(crate) fn offset_s(&self, at: Timestamp) -> i64 {
        i64::from(self.0.to_offset(at).seconds())
    }
}
