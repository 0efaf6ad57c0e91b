//! The signed-rank test of F. Wilcoxon, "Individual comparisons by ranking methods" (1945).

use overnight_record::result::TestResult;

use super::{all_finite, normal};

/// Up to this many pairs the exact distribution is used, when no two differences tie.
const EXACT_UP_TO: usize = 25;
/// The number of sign patterns of more pairs is not counted exactly, whatever is asked for.
const EXACT_AT_MOST: usize = 60;

/// What is done with differences of zero. It moves the statistic by a factor of two on
/// ordinary data, so the name of the test says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ZeroMethod {
    /// Dropped before ranking: Wilcoxon's own treatment.
    #[default]
    Wilcox,
    /// Ranked, then dropped: J. Pratt, "Remarks on zeros and ties in the Wilcoxon signed rank
    /// procedures" (1959), with the normal approximation of E. Cureton (1967).
    Pratt,
    /// Ranked, and their ranks given half to each side.
    Zsplit,
}

impl ZeroMethod {
    fn words(self) -> &'static str {
        match self {
            Self::Wilcox => "zero differences dropped",
            Self::Pratt => "zero differences ranked, then dropped (Pratt)",
            Self::Zsplit => "zero differences ranked and split (zsplit)",
        }
    }
}

/// The settings of a signed-rank test.
///
/// ```
/// use overnight_metrics::statistics::{SignedRankTest, ZeroMethod};
/// let pratt = SignedRankTest { zeros: ZeroMethod::Pratt, ..SignedRankTest::default() };
/// let test = pratt.of(&[0.0, 1.0, -2.0, 3.0]).unwrap();
/// // The zero takes the rank 1; -2 has the rank 3.
/// assert_eq!((test.positive, test.negative), (6.0, 3.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedRankTest {
    /// What is done with differences of zero.
    pub zeros: ZeroMethod,
    /// Whether the normal approximation brings the statistic half a rank closer to its mean.
    pub continuity_correction: bool,
    /// Up to this many ranked differences the p value is exact, when there are neither ties
    /// nor ranked zeros. 0: never; more than 60 count as 60.
    pub exact_up_to: usize,
}

impl Default for SignedRankTest {
    /// Zeros dropped, no continuity correction, exact up to 25.
    fn default() -> Self {
        Self {
            zeros: ZeroMethod::default(),
            continuity_correction: false,
            exact_up_to: EXACT_UP_TO,
        }
    }
}

/// What the test computed.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedRank {
    /// Differences that are not zero.
    pub n: usize,
    /// Sum of the ranks of positive differences.
    pub positive: f64,
    /// Sum of the ranks of negative differences.
    pub negative: f64,
    /// The smaller of the two rank sums.
    pub statistic: f64,
    /// The normal deviate of `positive`, below zero when negative differences prevail; `None`
    /// when the p value is exact.
    pub z: Option<f64>,
    /// The name of the test with its choices, and the two-sided p value.
    pub test: TestResult,
}

/// Tests paired differences for "no difference", two-sided. Zero differences are dropped
/// (Wilcoxon's own treatment). The p value is exact for up to 25 differences without ties,
/// otherwise from the normal approximation with tie correction and without continuity
/// correction. `None` when every difference is zero, or one is not finite. Other treatments:
/// [`SignedRankTest`].
///
/// ```
/// use overnight_metrics::wilcoxon_signed_rank;
/// let test = wilcoxon_signed_rank(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
/// assert_eq!((test.statistic, test.test.p), (0.0, 2.0 / 32.0));
/// assert_eq!(wilcoxon_signed_rank(&[0.0]), None);
/// ```
pub fn wilcoxon_signed_rank(differences: &[f64]) -> Option<SignedRank> {
    SignedRankTest::default().of(differences)
}

impl SignedRankTest {
    /// Tests paired differences for "no difference", two-sided. `None` when every difference
    /// is zero, or one is not finite.
    pub fn of(&self, differences: &[f64]) -> Option<SignedRank> {
        let nonzero = differences.iter().filter(|d| **d != 0.0).count();
        if nonzero == 0 || !all_finite(differences) {
            return None;
        }
        let mut ranked = differences.to_vec();
        if self.zeros == ZeroMethod::Wilcox {
            ranked.retain(|d| *d != 0.0);
        }
        ranked.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
        let ranks = Ranks::of(&ranked, self.zeros);
        let statistic = ranks.positive.min(ranks.negative);
        let exact = ranked.len() <= self.exact_up_to.min(EXACT_AT_MOST)
            && ranks.tie_term == 0.0
            && ranks.zeros == 0;
        let (p, z, how) = if exact {
            (exact_p(ranked.len(), statistic), None, "exact")
        } else {
            let z = ranks.z(self.continuity_correction);
            let how = if self.continuity_correction {
                "normal approximation with tie and continuity correction"
            } else {
                "normal approximation with tie correction, no continuity correction"
            };
            (normal::two_sided(z), Some(z), how)
        };
        Some(SignedRank {
            n: nonzero,
            positive: ranks.positive,
            negative: ranks.negative,
            statistic,
            z,
            test: TestResult {
                name: format!(
                    "Wilcoxon signed-rank, two-sided, {}, {how}",
                    self.zeros.words()
                ),
                p,
            },
        })
    }
}

/// The rank sums of differences, and what their normal approximation needs.
struct Ranks {
    /// Differences that were ranked, zeros included.
    n: usize,
    /// Zeros among them.
    zeros: usize,
    zero_method: ZeroMethod,
    positive: f64,
    negative: f64,
    /// Sum of t^3 - t over groups of t ties.
    tie_term: f64,
}

impl Ranks {
    /// Ties share their mean rank. `sorted` rises in absolute value.
    fn of(sorted: &[f64], zero_method: ZeroMethod) -> Self {
        let mut ranks = Self {
            n: sorted.len(),
            zeros: 0,
            zero_method,
            positive: 0.0,
            negative: 0.0,
            tie_term: 0.0,
        };
        let mut first = 0;
        for group in sorted.chunk_by(|a, b| a.abs() == b.abs()) {
            let size = group.len() as f64;
            let rank = first as f64 + (size + 1.0) / 2.0;
            first += group.len();
            if group[0] == 0.0 {
                ranks.zeros = group.len();
                if zero_method == ZeroMethod::Pratt {
                    continue;
                }
                ranks.positive += rank * size / 2.0;
                ranks.negative += rank * size / 2.0;
            } else {
                let positive = group.iter().filter(|d| **d > 0.0).count() as f64;
                ranks.positive += rank * positive;
                ranks.negative += rank * (size - positive);
            }
            ranks.tie_term += size.powi(3) - size;
        }
        ranks
    }

    /// The normal deviate of the positive rank sum.
    fn z(&self, continuity_correction: bool) -> f64 {
        let mean = |n: f64| n * (n + 1.0) / 4.0;
        let variance = |n: f64| n * (n + 1.0) * (2.0 * n + 1.0) / 24.0;
        // Pratt's zeros hold ranks that can go to neither side.
        let held = if self.zero_method == ZeroMethod::Pratt {
            self.zeros as f64
        } else {
            0.0
        };
        let n = self.n as f64;
        let variance = variance(n) - variance(held) - self.tie_term / 48.0;
        if variance <= 0.0 {
            return 0.0;
        }
        let mut distance = self.positive - (mean(n) - mean(held));
        if continuity_correction {
            distance = distance.signum() * (distance.abs() - 0.5).max(0.0);
        }
        distance / variance.sqrt()
    }
}

/// Twice the share of the 2^n sign patterns whose rank sum is at most `statistic`; `n` at
/// most 60.
fn exact_p(n: usize, statistic: f64) -> f64 {
    let largest = n * (n + 1) / 2;
    // counts[s]: subsets of the ranks used so far with sum s.
    let mut counts = vec![0_u64; largest + 1];
    counts[0] = 1;
    for rank in 1..=n {
        for sum in (rank..=largest).rev() {
            counts[sum] += counts[sum - rank];
        }
    }
    let up_to = statistic.floor() as usize;
    let tail: u64 = counts[..=up_to.min(largest)].iter().sum();
    (2.0 * tail as f64 / 2_f64.powi(i32::try_from(n).unwrap_or(i32::MAX))).min(1.0)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_share_their_rank_and_zeros_are_dropped() {
        let test = wilcoxon_signed_rank(&[1.0, -1.0, 2.0, 0.0]).unwrap();
        assert_eq!((test.n, test.statistic), (3, 1.5));
        assert!(test.test.name.contains("tie correction"));
        let balanced = wilcoxon_signed_rank(&[1.0, -1.0]).unwrap();
        assert_eq!(balanced.test.p, 1.0);
    }

    #[test]
    fn nothing_to_rank_is_no_test() {
        for zeros in [ZeroMethod::Wilcox, ZeroMethod::Pratt, ZeroMethod::Zsplit] {
            let test = SignedRankTest {
                zeros,
                ..SignedRankTest::default()
            };
            assert_eq!(test.of(&[]), None);
            assert_eq!(test.of(&[0.0, -0.0]), None);
            assert_eq!(test.of(&[1.0, f64::NAN]), None);
            assert_eq!(test.of(&[1.0]).unwrap().test.p, 1.0);
        }
    }

    /// All 2^n sign patterns, one by one.
    #[test]
    fn the_exact_p_value_is_what_counting_gives() {
        let differences = [1.0, -2.0, 3.0, 4.0, -5.0, 6.0, 7.0];
        let observed = wilcoxon_signed_rank(&differences).unwrap();
        let as_low = (0_u32..128)
            .filter(|signs| {
                let sum: u32 = (0..7).filter(|i| signs >> i & 1 == 1).map(|i| i + 1).sum();
                f64::from(sum) <= observed.statistic
            })
            .count();
        assert_eq!(observed.test.p, 2.0 * as_low as f64 / 128.0);
    }

    proptest! {
        #[test]
        fn swapping_the_arms_changes_only_the_sign(
            differences in prop::collection::vec(-5_i32..6, 1..45),
            continuity_correction: bool,
        ) {
            let differences: Vec<f64> = differences.into_iter().map(f64::from).collect();
            let swapped: Vec<f64> = differences.iter().map(|d| -d).collect();
            for zeros in [ZeroMethod::Wilcox, ZeroMethod::Pratt, ZeroMethod::Zsplit] {
                let test = SignedRankTest {
                    zeros,
                    continuity_correction,
                    ..SignedRankTest::default()
                };
                let (one, other) = (test.of(&differences), test.of(&swapped));
                prop_assert_eq!(one.is_some(), other.is_some());
                if let (Some(one), Some(other)) = (one, other) {
                    prop_assert!((0.0..=1.0).contains(&one.test.p));
                    prop_assert_eq!(&one.test, &other.test);
                    prop_assert_eq!((one.positive, one.negative), (other.negative, other.positive));
                    prop_assert_eq!(one.z, other.z.map(|z| -z));
                }
            }
        }
    }
}
