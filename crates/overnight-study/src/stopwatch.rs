//! Wall-clock time of one piece of work.

use std::time::Instant;

/// Milliseconds since `started`, to the microsecond: finer digits are noise in a record.
pub(crate) fn milliseconds_since(started: Instant) -> f64 {
    to_microsecond(started.elapsed().as_secs_f64() * 1e3)
}

/// Milliseconds without the digits below a microsecond.
pub(crate) fn to_microsecond(ms: f64) -> f64 {
    (ms * 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_end_at_microseconds() {
        assert_eq!(to_microsecond(1.234_567_8), 1.235);
        assert!(milliseconds_since(Instant::now()) < 1_000.0);
    }
}
