//! The sign test.

use overnight_record::result::TestResult;

use super::{all_finite, binomial_at_most};

/// What the sign test computed.
#[derive(Debug, Clone, PartialEq)]
pub struct SignTest {
    /// Differences below zero: images on which the candidate has the lower rate.
    pub negative: usize,
    /// Differences above zero.
    pub positive: usize,
    /// Differences of zero, left out of the test.
    pub ties: usize,
    /// Its name and the two-sided p value.
    pub test: TestResult,
}

/// Tests whether differences below zero are as frequent as those above, exactly: twice the
/// binomial tail of the rarer sign at 1/2 (W. Dixon and A. Mood, "The statistical sign test",
/// 1946), at most 1. Ties are dropped. It asks how often, not by how much. `None` when every
/// difference is zero, or one is not finite.
///
/// ```
/// use overnight_metrics::statistics::sign_test;
/// let test = sign_test(&[-1.0, -2.0, -0.5, -3.0, 0.0]).unwrap();
/// assert_eq!((test.negative, test.positive, test.ties), (4, 0, 1));
/// assert_eq!(test.test.p, 0.125);
/// ```
pub fn sign_test(differences: &[f64]) -> Option<SignTest> {
    if !all_finite(differences) {
        return None;
    }
    let negative = differences.iter().filter(|d| **d < 0.0).count();
    let positive = differences.iter().filter(|d| **d > 0.0).count();
    let n = negative + positive;
    if n == 0 {
        return None;
    }
    let tail = binomial_at_most(negative.min(positive) as u64, n as u64, 0.5)?;
    Some(SignTest {
        negative,
        positive,
        ties: differences.len() - n,
        test: TestResult {
            name: "sign test, two-sided, exact, ties dropped".to_owned(),
            p: (2.0 * tail).min(1.0),
        },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn without_a_sign_there_is_no_test() {
        assert_eq!(sign_test(&[]), None);
        assert_eq!(sign_test(&[0.0, -0.0]), None);
        assert_eq!(sign_test(&[1.0, f64::INFINITY]), None);
        assert_eq!(sign_test(&[1.0, -1.0]).unwrap().test.p, 1.0);
    }

    proptest! {
        #[test]
        fn swapping_the_arms_swaps_the_counts(
            differences in prop::collection::vec(-2_i32..3, 1..200),
        ) {
            let differences: Vec<f64> = differences.into_iter().map(f64::from).collect();
            let swapped: Vec<f64> = differences.iter().map(|d| -d).collect();
            if let Some(one) = sign_test(&differences) {
                let other = sign_test(&swapped).unwrap();
                prop_assert_eq!((one.negative, one.positive), (other.positive, other.negative));
                prop_assert_eq!(&one.test, &other.test);
                prop_assert!(one.test.p > 0.0 && one.test.p <= 1.0);
            }
        }
    }
}
