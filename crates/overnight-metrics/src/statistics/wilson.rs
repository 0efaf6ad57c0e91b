//! The interval of a share.

use overnight_record::Interval;

use super::normal_quantile;

/// The score interval of E. Wilson, "Probable inference, the law of succession, and
/// statistical inference" (1927), for `successes` of `n` independent trials, at `level` in
/// (0, 1), without continuity correction. It stays in [0, 1] and says something for 0 and for
/// all: 0 failures of 500 leave up to 0.76 %. `None` for no trials or more successes than
/// trials.
///
/// ```
/// use overnight_metrics::statistics::wilson;
/// let interval = wilson(0, 500, 0.95).unwrap();
/// assert_eq!(interval.low, 0.0);
/// assert!((interval.high - 0.00762).abs() < 1e-5);
/// ```
pub fn wilson(successes: u64, n: u64, level: f64) -> Option<Interval> {
    if n == 0 || successes > n || !super::is_level(level) {
        return None;
    }
    let z = normal_quantile(f64::midpoint(1.0, level))?;
    let (trials, share) = (n as f64, successes as f64 / n as f64);
    let square = z * z / trials;
    let centre = (share + square / 2.0) / (1.0 + square);
    let reach = (share * (1.0 - share) * square + square * square / 4.0).sqrt() / (1.0 + square);
    Some(Interval {
        // At the ends the formula gives 0 and 1, which rounding would miss.
        low: if successes == 0 {
            0.0
        } else {
            (centre - reach).max(0.0)
        },
        high: if successes == n {
            1.0
        } else {
            (centre + reach).min(1.0)
        },
        level,
        method: format!("Wilson score, {successes} of {n}"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn no_trials_have_no_share() {
        assert_eq!(wilson(0, 0, 0.95), None);
        assert_eq!(wilson(3, 2, 0.95), None);
        assert_eq!(wilson(1, 2, 1.0), None);
        assert_eq!(wilson(1, 2, f64::NAN), None);
    }

    proptest! {
        #[test]
        fn the_share_lies_inside_and_failures_mirror_successes(
            (successes, n) in (1_u64..5000).prop_flat_map(|n| (0..=n, Just(n))),
            level in 0.01_f64..0.9999,
        ) {
            let interval = wilson(successes, n, level).unwrap();
            let share = successes as f64 / n as f64;
            prop_assert!(0.0 <= interval.low && interval.high <= 1.0);
            prop_assert!(interval.low <= share + 1e-12 && share <= interval.high + 1e-12);
            let mirror = wilson(n - successes, n, level).unwrap();
            prop_assert!((interval.low - (1.0 - mirror.high)).abs() < 1e-12);
        }
    }
}
