//! Spans of time as people write them: `90s`, `4h`, `1h30m`.

use std::time::Duration;

use overnight_record::{Diagnose, ExitCode};

/// The longest span that is accepted: a year. Longer ones are slips of the pen, and sums
/// with them could overflow a clock.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// Text that is not a span of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a span of time: {reason}")]
pub struct DurationError {
    text: String,
    reason: &'static str,
}

impl Diagnose for DurationError {
    fn exit_code(&self) -> ExitCode {
        ExitCode::Usage
    }

    fn hint(&self) -> Option<String> {
        Some("write it like `90s`, `15m`, `4h` or `1h30m`".to_owned())
    }
}

/// Reads a span of time: whole numbers, each followed by its unit (`ms`, `s`, `m`, `h`,
/// `d`), from the largest unit to the smallest, each unit at most once. Spaces between the
/// parts are allowed. The result lies above 0 and within 366 days.
///
/// ```
/// use std::time::Duration;
/// use overnight_plan::parse_duration;
/// assert_eq!(parse_duration("1h30m").unwrap(), Duration::from_secs(5400));
/// assert!(parse_duration("90").is_err());
/// ```
///
/// # Errors
/// [`DurationError`], which says what is wrong with the text.
pub fn parse_duration(text: &str) -> Result<Duration, DurationError> {
    let fail = |reason| DurationError {
        text: text.to_owned(),
        reason,
    };
    let mut rest = text.trim();
    if rest.is_empty() {
        return Err(fail("it is empty"));
    }
    let mut total = Duration::ZERO;
    let mut previous_unit = u64::MAX;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            return Err(fail("a whole number was expected"));
        }
        let number: u64 = rest[..digits].parse().map_err(|_| fail("it is too long"))?;
        rest = rest[digits..].trim_start();
        let letters = rest.len() - rest.trim_start_matches(|c: char| c.is_alphabetic()).len();
        let unit_ms = match &rest[..letters] {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            "" => return Err(fail("a number has no unit")),
            _ => return Err(fail("the units are ms, s, m, h and d")),
        };
        if unit_ms >= previous_unit {
            return Err(fail("units go from the largest to the smallest, each once"));
        }
        previous_unit = unit_ms;
        let part = number
            .checked_mul(unit_ms)
            .ok_or_else(|| fail("it is too long"))?;
        total = total.saturating_add(Duration::from_millis(part));
        rest = rest[letters..].trim_start();
    }
    if total.is_zero() {
        return Err(fail("it is zero"));
    }
    if total > LONGEST {
        return Err(fail("it is longer than a year"));
    }
    Ok(total)
}

/// Writes a span of time as [`parse_duration`] reads it, rounded down to milliseconds.
///
/// ```
/// use std::time::Duration;
/// assert_eq!(overnight_plan::format_duration(Duration::from_secs(5400)), "1h30m");
/// ```
pub fn format_duration(span: Duration) -> String {
    let mut rest = span.as_millis();
    let mut text = String::new();
    for (unit, unit_ms) in [
        ("d", 86_400_000),
        ("h", 3_600_000),
        ("m", 60_000),
        ("s", 1_000),
        ("ms", 1),
    ] {
        if rest >= unit_ms {
            text.push_str(&format!("{}{unit}", rest / unit_ms));
            rest %= unit_ms;
        }
    }
    if text.is_empty() {
        text.push_str("0s");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spans_are_read() {
        for (text, seconds) in [
            ("90s", 90),
            ("15m", 900),
            ("4h", 14_400),
            ("1h30m", 5_400),
            (" 2 h 5 m ", 7_500),
            ("1d", 86_400),
        ] {
            assert_eq!(
                parse_duration(text).unwrap(),
                Duration::from_secs(seconds),
                "{text}"
            );
        }
        assert_eq!(parse_duration("250ms").unwrap(), Duration::from_millis(250));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            " ",
            "90",
            "h",
            "-1s",
            "1.5h",
            "1m1h",
            "1h1h",
            "0s",
            "400d",
            "1w",
            "4H",
            "١h",
            "99999999999999999999s",
            "18446744073709551615d",
        ] {
            assert!(parse_duration(text).is_err(), "{text:?} was accepted");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "\\PC{0,20}") {
            let _ = parse_duration(&text);
        }

        #[test]
        fn what_is_written_is_read(ms in 1u64..31_000_000_000) {
            let span = Duration::from_millis(ms);
            prop_assert_eq!(parse_duration(&format_duration(span)), Ok(span));
        }

        #[test]
        fn parts_add_up(h in 1u64..100, m in 1u64..100, s in 1u64..100) {
            let read = parse_duration(&format!("{h}h{m}m{s}s")).unwrap();
            prop_assert_eq!(read, Duration::from_secs(h * 3600 + m * 60 + s));
        }
    }
}
