//! The paired t test.

use overnight_record::Interval;
use overnight_record::result::TestResult;

use super::{all_finite, is_level, student, student_quantile, student_two_sided};

/// Mean and standard deviation of paired differences, and what follows from them by Student's
/// t ("The probable error of a mean", 1908). It assumes that the mean of the differences is
/// about normal, which skewed differences of a few images are not.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairedT {
    /// Number of differences, at least 2.
    pub n: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation (divisor n - 1), at least 0.
    pub deviation: f64,
}

/// Summarises paired differences for a t test. `None` with fewer than two, or with one that
/// is not finite.
///
/// ```
/// use overnight_metrics::statistics::paired_t;
/// let summary = paired_t(&[1.0, 2.0, 3.0]).unwrap();
/// assert_eq!((summary.mean, summary.deviation), (2.0, 1.0));
/// let interval = summary.interval(0.95).unwrap();
/// assert!((interval.low - -0.4841).abs() < 1e-4 && (interval.high - 4.4841).abs() < 1e-4);
/// assert!((summary.test().unwrap().p - 0.0742).abs() < 1e-4);
/// ```
pub fn paired_t(differences: &[f64]) -> Option<PairedT> {
    let (mean, deviation) = spread(differences)?;
    Some(PairedT {
        n: differences.len(),
        mean,
        deviation,
    })
}

impl PairedT {
    /// Standard error of the mean: `deviation / sqrt(n)`.
    pub fn standard_error(&self) -> f64 {
        self.deviation / (self.n as f64).sqrt()
    }

    /// Degrees of freedom: `n - 1`.
    pub fn freedom(&self) -> f64 {
        self.n as f64 - 1.0
    }

    /// `mean / standard_error`; `None` when all differences are equal.
    pub fn t(&self) -> Option<f64> {
        (self.deviation > 0.0).then(|| self.mean / self.standard_error())
    }

    /// The test of "the mean difference is 0", two-sided; `None` when all differences are
    /// equal: without spread there is nothing to compare their mean with.
    pub fn test(&self) -> Option<TestResult> {
        Some(TestResult {
            name: format!("paired t, two-sided, {} degrees of freedom", self.n - 1),
            p: student_two_sided(self.t()?, self.freedom())?,
        })
    }

    /// The interval of the mean difference at `level` in (0, 1): `mean` plus and minus the t
    /// quantile times the standard error. A point when all differences are equal.
    pub fn interval(&self, level: f64) -> Option<Interval> {
        if !is_level(level) {
            return None;
        }
        let quantile = student_quantile(f64::midpoint(1.0, level), self.freedom())?;
        let reach = quantile * self.standard_error();
        Some(Interval {
            low: self.mean - reach,
            high: self.mean + reach,
            level,
            method: format!("paired t, {} degrees of freedom", self.n - 1),
        })
    }

    /// p value of "the mean difference is `bound` or beyond it", in [0, 1]; `below`: whether
    /// beyond is below. `None` when all differences are equal.
    pub(super) fn beyond(&self, bound: f64, below: bool) -> Option<f64> {
        self.t()?;
        let t = (self.mean - bound) / self.standard_error();
        student::above(if below { t } else { -t }, self.freedom())
    }
}

/// Mean and standard deviation (divisor n - 1). Equal values have the deviation 0, whatever
/// their mean was rounded to.
pub(super) fn spread(values: &[f64]) -> Option<(f64, f64)> {
    let n = values.len();
    if n < 2 || !all_finite(values) {
        return None;
    }
    if values.iter().all(|value| *value == values[0]) {
        return Some((values[0], 0.0));
    }
    let mean = values.iter().sum::<f64>() / n as f64;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    let deviation = (squares / (n as f64 - 1.0)).sqrt();
    (mean.is_finite() && deviation.is_finite()).then_some((mean, deviation))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn too_little_and_nonsense_have_no_summary() {
        assert_eq!(paired_t(&[]), None);
        assert_eq!(paired_t(&[1.0]), None);
        assert_eq!(paired_t(&[1.0, f64::NAN]), None);
        assert_eq!(paired_t(&[f64::MAX, f64::MAX, -1.0]), None);
    }

    #[test]
    fn equal_differences_have_an_interval_but_no_test() {
        let equal = paired_t(&[0.1; 7]).unwrap();
        assert_eq!((equal.mean, equal.deviation), (0.1, 0.0));
        assert_eq!(equal.test(), None);
        let interval = equal.interval(0.95).unwrap();
        assert_eq!((interval.low, interval.high), (0.1, 0.1));
        assert_eq!(equal.interval(1.0), None);
    }

    proptest! {
        #[test]
        fn swapping_the_arms_mirrors_everything(
            differences in prop::collection::vec(-1.0_f64..1.0, 2..40),
        ) {
            let swapped: Vec<f64> = differences.iter().map(|d| -d).collect();
            let (one, other) = (paired_t(&differences).unwrap(), paired_t(&swapped).unwrap());
            prop_assert_eq!(one.mean, -other.mean);
            prop_assert_eq!(one.test(), other.test());
            if let Some(test) = one.test() {
                prop_assert!((0.0..=1.0).contains(&test.p));
            }
            let (a, b) = (one.interval(0.95).unwrap(), other.interval(0.95).unwrap());
            prop_assert!(a.low <= a.high);
            prop_assert_eq!((a.low, a.high), (-b.high, -b.low));
        }

        /// The interval at 1 - p ends at zero: both are the same statement.
        #[test]
        fn the_test_and_the_interval_agree(
            differences in prop::collection::vec(-1.0_f64..1.5, 3..40),
        ) {
            let summary = paired_t(&differences).unwrap();
            if let Some(test) = summary.test()
                && let Some(interval) = summary.interval(1.0 - test.p)
            {
                let nearest = interval.low.abs().min(interval.high.abs());
                prop_assert!(nearest < 1e-9, "{interval:?}");
            }
        }
    }
}
