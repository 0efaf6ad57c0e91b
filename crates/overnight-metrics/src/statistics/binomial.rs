//! The binomial distribution.

/// P(X <= `k`) for X the number of successes in `n` trials with the probability `p` in
/// [0, 1] each; `None` when `p` is outside.
///
/// The terms are summed outwards from `k` until they no longer count, about the square root
/// of `n` of them. The continued fraction of the incomplete beta function in `statrs` stops
/// after 140 steps, which is too soon for a hundred thousand trials. The relative error is about
/// 1e-16 times the logarithm of `n!`: 1e-9 for a million trials.
///
/// ```
/// use overnight_metrics::statistics::binomial_at_most;
/// assert!((binomial_at_most(1, 3, 0.5).unwrap() - 0.5).abs() < 1e-15);
/// assert_eq!(binomial_at_most(0, 0, 0.5), Some(1.0));
/// ```
pub fn binomial_at_most(k: u64, n: u64, p: f64) -> Option<f64> {
    if !(0.0..=1.0).contains(&p) {
        return None;
    }
    if k >= n || p == 0.0 {
        return Some(1.0);
    }
    if p == 1.0 {
        return Some(0.0);
    }
    // The side of `k` away from the mean: there the terms fall from the first one on.
    Some(if k as f64 <= n as f64 * p {
        lower_tail(k, n, p)
    } else {
        // X > k is n - X <= n - k - 1, with failures counted.
        1.0 - lower_tail(n - k - 1, n, 1.0 - p)
    })
}

/// Sum of the terms 0..=k, for k at most the mean, 0 < p < 1 and k < n.
fn lower_tail(k: u64, n: u64, p: f64) -> f64 {
    let (trials, successes) = (n as f64, k as f64);
    let failures = trials - successes;
    let choices =
        libm::lgamma(trials + 1.0) - libm::lgamma(successes + 1.0) - libm::lgamma(failures + 1.0);
    let mut term = (choices + successes * p.ln() + failures * libm::log1p(-p)).exp();
    let mut sum = term;
    let odds = (1.0 - p) / p;
    for i in (1..=k).rev() {
        term *= i as f64 / (trials - i as f64 + 1.0) * odds;
        sum += term;
        if term <= sum * 1e-18 {
            break;
        }
    }
    sum.clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values of SciPy 1.17.1, `scipy.stats.binom.cdf`.
    #[test]
    fn tails_agree_with_scipy() {
        for (k, n, p, expected) in [
            (3, 32, 0.5, 1.278_007_403_016_090_4e-6),
            (0, 10, 0.1, 0.348_678_440_099_999_93),
            (49_900, 100_000, 0.5, 0.264_578_647_040_099_04),
            (50, 1_000, 0.1, 5.995_167_632_379_605e-9),
            (130, 1_000, 0.1, 0.999_030_558_509_204_3),
            (500_000, 1_000_000, 0.5, 0.500_398_942_180_665_4),
        ] {
            let got = binomial_at_most(k, n, p).unwrap();
            assert!(
                (got - expected).abs() < 1e-8 * expected,
                "{k} of {n} at {p}: {got} for {expected}"
            );
        }
    }

    #[test]
    fn the_edges_are_defined() {
        assert_eq!(binomial_at_most(5, 5, 0.3), Some(1.0));
        assert_eq!(binomial_at_most(0, 5, 0.0), Some(1.0));
        assert_eq!(binomial_at_most(4, 5, 1.0), Some(0.0));
        assert_eq!(binomial_at_most(4, 5, f64::NAN), None);
        assert_eq!(binomial_at_most(4, 5, 1.1), None);
        assert_eq!(binomial_at_most(0, 5_000, 0.5), Some(0.0));
        // A first term too small for a number ends the sum at once.
        assert_eq!(binomial_at_most(1 << 38, 1 << 40, 0.5), Some(0.0));
    }

    proptest! {
        #[test]
        fn the_distribution_rises_to_one(n in 1_u64..300, p in 0.0_f64..=1.0) {
            let mut before = 0.0;
            for k in 0..=n {
                let here = binomial_at_most(k, n, p).unwrap();
                prop_assert!((0.0..=1.0).contains(&here));
                prop_assert!(here >= before - 1e-12, "{k} of {n} at {p}");
                before = here;
            }
            prop_assert_eq!(before, 1.0);
        }
    }
}
