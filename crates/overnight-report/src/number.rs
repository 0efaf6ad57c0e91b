//! Numbers as people read them: few digits, always a unit, a real minus sign.

use overnight_record::Interval;

/// A fraction as a percentage: two decimals below 10 %, one above. `0.0372` is `3.72 %`.
pub(crate) fn percent(fraction: f64) -> String {
    format!("{} %", scaled(fraction, decimals(fraction)))
}

/// A fraction with its interval: `3.72 % [2.91, 4.60]`.
pub(crate) fn percent_with(fraction: f64, interval: Option<&Interval>) -> String {
    let digits = decimals(fraction);
    let range = interval.map_or_else(String::new, |i| {
        format!(" [{}, {}]", scaled(i.low, digits), scaled(i.high, digits))
    });
    format!("{} %{range}", scaled(fraction, digits))
}

/// An optional fraction with its interval; an en dash when it is not defined.
pub(crate) fn percent_or_dash(fraction: Option<f64>, interval: Option<&Interval>) -> String {
    fraction.map_or_else(dash, |value| percent_with(value, interval))
}

/// A difference of two fractions in percentage points, signed: `+0.40 points [−0.10, +0.90]`.
pub(crate) fn points_with(difference: f64, interval: Option<&Interval>) -> String {
    let range = interval.map_or_else(String::new, |i| {
        format!(" [{}, {}]", signed(i.low * 100.0), signed(i.high * 100.0))
    });
    format!("{} points{range}", signed(difference * 100.0))
}

/// A size of a difference of two fractions in percentage points, unsigned: `1.00 points`.
pub(crate) fn points(size: f64) -> String {
    format!("{} points", fixed(size * 100.0, 2))
}

/// A part of a whole as a percentage; an en dash of nothing.
pub(crate) fn share(part: usize, of: usize) -> String {
    if of == 0 {
        dash()
    } else {
        percent(part as f64 / of as f64)
    }
}

/// [`share`] of recorded counts.
pub(crate) fn share64(part: u64, of: u64) -> String {
    if of == 0 {
        dash()
    } else {
        percent(part as f64 / of as f64)
    }
}

/// A ratio such as `0.27`, with its interval.
pub(crate) fn ratio_with(ratio: f64, interval: Option<&Interval>) -> String {
    let range = interval.map_or_else(String::new, |i| {
        format!(" [{}, {}]", fixed(i.low, 2), fixed(i.high, 2))
    });
    format!("{}{range}", fixed(ratio, 2))
}

/// A plain number of three significant digits with its interval.
pub(crate) fn rate_with(rate: f64, interval: Option<&Interval>) -> String {
    let range = interval.map_or_else(String::new, |i| {
        format!(" [{}, {}]", significant(i.low), significant(i.high))
    });
    format!("{}{range}", significant(rate))
}

fn decimals(fraction: f64) -> usize {
    if (fraction * 100.0).abs() < 9.995 {
        2
    } else {
        1
    }
}

fn scaled(fraction: f64, digits: usize) -> String {
    fixed(fraction * 100.0, digits)
}

/// `value` with `digits` decimals and thousands separated by commas.
pub(crate) fn fixed(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$}", value.abs());
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    // Rounding may leave nothing: a zero carries no sign.
    let sign = if value < 0.0 && text.bytes().any(|b| matches!(b, b'1'..=b'9')) {
        "\u{2212}"
    } else {
        ""
    };
    format!("{sign}{}{rest}", grouped(whole))
}

fn signed(value: f64) -> String {
    let text = fixed(value, 2);
    if value > 0.0 && text != "0.00" {
        format!("+{text}")
    } else {
        text
    }
}

fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// A count with thousands separated.
pub(crate) fn count(n: usize) -> String {
    grouped(&n.to_string())
}

/// A recorded count with thousands separated.
pub(crate) fn whole(n: u64) -> String {
    grouped(&n.to_string())
}

/// A count with its noun: `1 file`, `2 files`.
pub(crate) fn counted(n: usize, noun: &str) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(n))
}

/// Three significant digits (more before the point when the number has them), down to 0.00001.
pub(crate) fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return if value == 0.0 { "0".to_owned() } else { dash() };
    }
    let mut digits: usize = 0;
    let mut magnitude = value.abs();
    while magnitude < 99.95 && digits < 5 {
        magnitude *= 10.0;
        digits += 1;
    }
    fixed(value, digits)
}

/// Milliseconds, as seconds from ten seconds on.
pub(crate) fn milliseconds(ms: f64) -> String {
    if ms > 0.0 && ms < 0.01 {
        return "< 0.01 ms".to_owned();
    }
    if ms >= 10_000.0 {
        format!("{} s", significant(ms / 1000.0))
    } else {
        format!("{} ms", significant(ms))
    }
}

/// A duration in seconds: `0.4 s`, `42 s`, `3 min 05 s`, `1 h 02 min`.
pub(crate) fn duration(seconds: f64) -> String {
    if seconds < 9.95 {
        return format!("{seconds:.1} s");
    }
    if seconds < 59.5 {
        return format!("{seconds:.0} s");
    }
    let minutes = (seconds / 60.0).floor();
    if seconds < 3570.0 {
        let rest = (seconds - minutes * 60.0).round();
        return if rest >= 60.0 {
            format!("{:.0} min 00 s", minutes + 1.0)
        } else {
            format!("{minutes:.0} min {rest:02.0} s")
        };
    }
    let all_minutes = (seconds / 60.0).round();
    let hours = (all_minutes / 60.0).floor();
    format!("{hours:.0} h {:02.0} min", all_minutes - hours * 60.0)
}

/// Bytes in decimal units: `12.3 MB` is 12,300,000 bytes.
pub(crate) fn bytes(n: u64) -> String {
    let value = n as f64;
    match n {
        0..1_000 => format!("{n} B"),
        1_000..1_000_000 => format!("{} kB", significant(value / 1e3)),
        1_000_000..1_000_000_000 => format!("{} MB", significant(value / 1e6)),
        _ => format!("{} GB", significant(value / 1e9)),
    }
}

/// Mebibytes, as gibibytes from 10 GiB on.
pub(crate) fn mebibytes(mib: f64) -> String {
    if mib >= 10_240.0 {
        format!("{} GiB", significant(mib / 1024.0))
    } else {
        format!("{} MiB", fixed(mib, 0))
    }
}

/// A p value: `0.031`, or `< 0.001`.
pub(crate) fn p_value(p: f64) -> String {
    if p < 0.001 {
        "< 0.001".to_owned()
    } else {
        format!("= {p:.3}")
    }
}

/// What stands where there is no value.
pub(crate) fn dash() -> String {
    "\u{2013}".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(low: f64, high: f64) -> Interval {
        Interval {
            low,
            high,
            level: 0.95,
            method: "test".to_owned(),
        }
    }

    #[test]
    fn numbers_read_well() {
        assert_eq!(
            percent_with(0.0372, Some(&interval(0.0291, 0.046))),
            "3.72 % [2.91, 4.60]"
        );
        assert_eq!(percent(0.1234), "12.3 %");
        assert_eq!(percent(1.5), "150.0 %");
        assert_eq!(
            points_with(-0.0123, Some(&interval(-0.02, 0.0001))),
            "\u{2212}1.23 points [\u{2212}2.00, +0.01]"
        );
        assert_eq!(points_with(-0.000_001, None), "0.00 points");
        assert_eq!(significant(1234.6), "1,235");
        assert_eq!(significant(0.012_34), "0.0123");
        assert_eq!(significant(12.34), "12.3");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(p_value(0.0001), "< 0.001");
    }

    #[test]
    fn durations_never_show_sixty() {
        assert_eq!(duration(0.44), "0.4 s");
        assert_eq!(duration(59.6), "1 min 00 s");
        assert_eq!(duration(185.2), "3 min 05 s");
        assert_eq!(duration(119.7), "2 min 00 s");
        assert_eq!(duration(3599.0), "1 h 00 min");
        assert_eq!(duration(3725.0), "1 h 02 min");
    }
}
