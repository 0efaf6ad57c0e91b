//! The permutation test for paired differences.

use overnight_record::result::TestResult;

use super::{Random, all_finite};

/// Up to this many differences that are not zero, every pattern of signs is tried.
const EXACT_UP_TO: usize = 16;

/// The settings of a sign-flip permutation test: R. Fisher, "The design of experiments"
/// (1935). If the arms do not differ, each difference could as well have had the other sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignFlip {
    /// Random patterns of signs to try, where there are too many to try all.
    pub flips: usize,
    /// Seed of the patterns.
    pub seed: u64,
}

/// What the test computed.
#[derive(Debug, Clone, PartialEq)]
pub struct SignFlipResult {
    /// Differences that are not zero.
    pub n: usize,
    /// Whether every pattern was tried.
    pub exact: bool,
    /// Its name with the number of patterns, and the two-sided p value.
    pub test: TestResult,
}

impl SignFlip {
    /// 20,000 patterns.
    pub fn new(seed: u64) -> Self {
        Self {
            flips: 20_000,
            seed,
        }
    }

    /// Tests "the mean difference is 0", two-sided: how often is the sum of the differences
    /// as far from 0 with other signs as it is? Given the images' differences in edits it
    /// tests the micro rate, given their differences in rates the macro rate.
    ///
    /// All 2^n patterns are tried for up to 16 differences that are not zero. Otherwise
    /// `(m + 1) / (flips + 1)` with m of the random patterns as far out, which is never 0
    /// (B. Phipson and G. Smyth, "Permutation p-values should never be zero", 2010).
    /// `None` when every difference is zero, or one is not finite.
    ///
    /// ```
    /// use overnight_metrics::statistics::SignFlip;
    /// let result = SignFlip::new(42).test(&[-1.0, -2.0, -3.0, 0.0]).unwrap();
    /// assert!(result.exact);
    /// assert_eq!(result.test.p, 2.0 / 8.0);
    /// ```
    pub fn test(&self, differences: &[f64]) -> Option<SignFlipResult> {
        let kept: Vec<f64> = differences.iter().copied().filter(|d| *d != 0.0).collect();
        if kept.is_empty() || !all_finite(&kept) {
            return None;
        }
        // Sums of the same numbers in another order differ by rounding; equal sums must count.
        let reach: f64 = kept.iter().map(|d| d.abs()).sum();
        let far = kept.iter().sum::<f64>().abs() - 1e-12 * reach;
        if !far.is_finite() {
            return None;
        }
        let exact = kept.len() <= EXACT_UP_TO;
        let (p, how) = if exact {
            let how = format!("exact, all {} patterns", 1_u64 << kept.len());
            (share_as_far(&kept, far), how)
        } else {
            let how = format!("{} random patterns, seed {}", self.flips, self.seed);
            (self.random_share(&kept, far), how)
        };
        Some(SignFlipResult {
            n: kept.len(),
            exact,
            test: TestResult {
                name: format!("sign-flip permutation of the mean, two-sided, {how}"),
                p,
            },
        })
    }

    fn random_share(&self, differences: &[f64], far: f64) -> f64 {
        let mut random = Random::new(self.seed);
        let mut as_far = 0_usize;
        for _ in 0..self.flips {
            let mut sum = 0.0;
            for block in differences.chunks(64) {
                let mut signs = random.bits();
                for difference in block {
                    sum += if signs & 1 == 1 {
                        *difference
                    } else {
                        -difference
                    };
                    signs >>= 1;
                }
            }
            as_far += usize::from(sum.abs() >= far);
        }
        (as_far + 1) as f64 / (self.flips as f64 + 1.0)
    }
}

/// Share of all patterns whose sum is at least `far` from 0. The first sign is held: the
/// patterns with the other one are their mirror images.
fn share_as_far(differences: &[f64], far: f64) -> f64 {
    let mut sums = vec![differences[0]];
    for difference in &differences[1..] {
        let flipped: Vec<f64> = sums.iter().map(|sum| sum - difference).collect();
        for sum in &mut sums {
            *sum += difference;
        }
        sums.extend(flipped);
    }
    sums.iter().filter(|sum| sum.abs() >= far).count() as f64 / sums.len() as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn without_a_difference_there_is_no_test() {
        assert_eq!(SignFlip::new(1).test(&[]), None);
        assert_eq!(SignFlip::new(1).test(&[0.0; 5]), None);
        assert_eq!(SignFlip::new(1).test(&[1.0, f64::NAN]), None);
        assert_eq!(SignFlip::new(1).test(&[f64::MAX; 3]), None);
        assert_eq!(SignFlip::new(1).test(&[0.3]).unwrap().test.p, 1.0);
    }

    #[test]
    fn random_patterns_come_close_to_all_of_them() {
        let differences: Vec<f64> = (0..14).map(|i| f64::from(i % 5) - 1.3).collect();
        let exact = SignFlip::new(1).test(&differences).unwrap();
        assert!(exact.exact);
        let far = differences.iter().sum::<f64>().abs() - 1e-9;
        let drawn = SignFlip::new(1).random_share(&differences, far);
        assert!((exact.test.p - drawn).abs() < 0.01, "{exact:?} {drawn}");
    }

    #[test]
    fn the_smallest_p_value_is_that_of_the_patterns_tried() {
        let result = SignFlip {
            flips: 999,
            seed: 3,
        }
        .test(&[-1.0; 60])
        .unwrap();
        assert_eq!(result.test.p, 1.0 / 1000.0);
        let none = SignFlip { flips: 0, seed: 3 }.test(&[-1.0; 60]).unwrap();
        assert_eq!(none.test.p, 1.0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn swapping_the_arms_changes_nothing(
            differences in prop::collection::vec(-1.0_f64..1.0, 1..30),
        ) {
            let swapped: Vec<f64> = differences.iter().map(|d| -d).collect();
            let settings = SignFlip { flips: 500, seed: 9 };
            let (one, other) = (settings.test(&differences), settings.test(&swapped));
            prop_assert_eq!(&one, &other);
            if let Some(one) = one {
                prop_assert!(one.test.p > 0.0 && one.test.p <= 1.0);
            }
        }
    }
}
