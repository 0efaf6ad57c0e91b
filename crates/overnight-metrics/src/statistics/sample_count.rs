//! How many samples a percentile needs.

use super::binomial_at_most;

/// More samples than this are not asked for.
const AT_MOST: u64 = 1 << 40;

/// The smallest number of samples of which, with the probability `1 - risk`, more than
/// `beyond` lie above the true percentile `p`: the smallest n with
/// P(Binomial(n, 1 - p) <= `beyond`) <= `risk`.
///
/// With fewer, the percentile read off the samples may well rest on none that is truly that
/// slow. The rule is that of order statistics (S. Wilks, "Determination of sample sizes for
/// setting tolerance limits", 1941). With `beyond` 1 and `risk` 0.01 it gives the floors of
/// MLPerf Inference: 64 samples for p90, 662 for p99.
///
/// `None` unless `p` and `risk` lie in (0, 1), and beyond 2^40 samples.
///
/// ```
/// use overnight_metrics::statistics::samples_for_percentile;
/// assert_eq!(samples_for_percentile(0.90, 1, 0.01), Some(64));
/// assert_eq!(samples_for_percentile(0.99, 1, 0.01), Some(662));
/// ```
pub fn samples_for_percentile(p: f64, beyond: u64, risk: f64) -> Option<u64> {
    if !super::is_level(p) || !super::is_level(risk) {
        return None;
    }
    let enough = |n: u64| binomial_at_most(beyond, n, 1.0 - p).is_some_and(|left| left <= risk);
    let mut high = beyond.checked_add(1)?;
    while !enough(high) {
        high = high.checked_mul(2).filter(|n| *n <= AT_MOST)?;
    }
    // The probability falls as n grows: `low` is too few, `high` is enough.
    let mut low = beyond;
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if enough(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    Some(high)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn impossible_percentiles_need_no_samples() {
        assert_eq!(samples_for_percentile(1.0, 0, 0.01), None);
        assert_eq!(samples_for_percentile(0.5, 0, f64::NAN), None);
        assert_eq!(samples_for_percentile(0.5, u64::MAX, 0.01), None);
        assert_eq!(samples_for_percentile(1.0 - 1e-15, 0, 0.01), None);
    }

    proptest! {
        #[test]
        fn one_sample_fewer_is_too_few(
            p in 0.05_f64..0.995,
            beyond in 0_u64..8,
            risk in 0.001_f64..0.3,
        ) {
            let n = samples_for_percentile(p, beyond, risk).unwrap();
            let left = |n| binomial_at_most(beyond, n, 1.0 - p).unwrap();
            prop_assert!(left(n) <= risk);
            prop_assert!(left(n - 1) > risk);
        }
    }
}
