//! When to try again.

use std::time::{Duration, SystemTime};

use jiff::fmt::rfc2822::DateTimeParser;

/// First wait after a failure.
const FIRST: Duration = Duration::from_millis(500);
/// Longest wait of our own choosing.
const LONGEST: Duration = Duration::from_secs(30);
/// Longest wait a server may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// The wait before the next try after `failures` failures (from 1): twice as long each time,
/// of which a random half to whole, so that those who failed together do not come back
/// together. A server's wish is kept, with up to a tenth on top. `chance` lies in [0, 1).
pub(super) fn wait(failures: u32, asked: Option<Duration>, chance: f64) -> Duration {
    let chance = chance.clamp(0.0, 1.0);
    if let Some(asked) = asked {
        return asked.min(LONGEST_ASKED).mul_f64(1.0 + 0.1 * chance);
    }
    let doubled = FIRST.saturating_mul(1 << failures.saturating_sub(1).min(16));
    doubled.min(LONGEST).mul_f64(0.5 + 0.5 * chance)
}

/// A value of `Retry-After`: seconds, or a date.
pub(super) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let then = DateTimeParser::new().parse_timestamp(value).ok()?;
    let then = SystemTime::from(then);
    Some(then.duration_since(now).unwrap_or_default())
}

/// A number in [0, 1) that nobody can foresee; no more is asked of it.
pub(super) fn chance() -> f64 {
    use std::hash::{BuildHasher as _, RandomState};
    let bits = RandomState::new().hash_one(0) >> 11;
    bits as f64 / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_a_wish_is_kept() {
        let ms = |failures, chance| wait(failures, None, chance).as_millis();
        assert_eq!([ms(1, 0.0), ms(1, 1.0), ms(3, 1.0)], [250, 500, 2000]);
        assert_eq!(ms(30, 1.0), 30_000);
        let asked = Some(Duration::from_secs(3));
        assert_eq!(wait(1, asked, 0.0), Duration::from_secs(3));
        assert!(wait(9, asked, 1.0) < Duration::from_secs(4));
        let hours = Some(Duration::from_secs(7200));
        assert_eq!(wait(1, hours, 0.0), LONGEST_ASKED);
        let chances: Vec<f64> = (0..20).map(|_| chance()).collect();
        assert!(chances.iter().all(|c| (0.0..1.0).contains(c)));
        assert!(chances.windows(2).any(|pair| pair[0] != pair[1]));
    }

    #[test]
    fn both_forms_of_the_header_are_read() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_445_412_470);
        assert_eq!(retry_after(" 2 ", now), Some(Duration::from_secs(2)));
        assert_eq!(retry_after("0.5", now), Some(Duration::from_millis(500)));
        let date = "Wed, 21 Oct 2015 07:28:00 GMT";
        assert_eq!(retry_after(date, now), Some(Duration::from_secs(10)));
        let late = now + Duration::from_secs(60);
        assert_eq!(retry_after(date, late), Some(Duration::ZERO));
        assert_eq!(retry_after("-1", now), None);
        assert_eq!(retry_after("soon", now), None);
    }
}
