//! Showing that two arms do not differ by more than a margin.

use overnight_record::Interval;
use overnight_record::result::{EquivalenceVerdict, SampleScore};

use super::paired::{difference, pair_up};
use super::{Bootstrap, Resamples, paired_t};

/// The settings of two one-sided tests (TOST): D. Schuirmann, "A comparison of the two
/// one-sided tests procedure and the power approach" (1987). "Not significant" does not mean
/// "no effect"; an interval that lies inside a margin named beforehand does.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EquivalenceTest {
    /// Differences closer to 0 than this do not matter; above 0, in the unit of the
    /// differences.
    pub margin: f64,
    /// Error of either statement, in (0, 0.5). The interval of equivalence has the level
    /// `1 - 2 alpha`, that of a difference `1 - alpha`.
    pub alpha: f64,
}

/// The verdict and what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Equivalence {
    /// What was tested, in words: methods, margin and alpha.
    pub tested: String,
    /// Candidate minus baseline.
    pub difference: f64,
    /// The margin tested against.
    pub margin: f64,
    /// At the level `1 - 2 alpha`: equivalent when it lies inside the margin.
    pub interval: Interval,
    /// At the level `1 - alpha`: different when it does not hold 0.
    pub wide_interval: Interval,
    /// The larger p value of the two one-sided tests of "at the margin or beyond"; `None`
    /// when the differences have no spread.
    pub p_equivalence: Option<f64>,
    /// Two-sided p value of "no difference"; `None` when the differences have no spread.
    pub p_difference: Option<f64>,
}

impl Equivalence {
    /// Whether the interval lies inside the margin, its ends excluded.
    pub fn is_equivalent(&self) -> bool {
        -self.margin < self.interval.low && self.interval.high < self.margin
    }

    /// Whether the wide interval does not hold 0.
    pub fn is_different(&self) -> bool {
        self.wide_interval.low > 0.0 || self.wide_interval.high < 0.0
    }

    /// Equivalence first: a difference within the margin is one that does not matter.
    pub fn verdict(&self) -> EquivalenceVerdict {
        if self.is_equivalent() {
            EquivalenceVerdict::Equivalent
        } else if self.is_different() {
            EquivalenceVerdict::Different
        } else {
            EquivalenceVerdict::Undecided
        }
    }
}

impl EquivalenceTest {
    /// A test against `margin` at alpha 0.05: a 90 % interval.
    pub fn new(margin: f64) -> Self {
        Self {
            margin,
            alpha: 0.05,
        }
    }

    fn is_defined(&self) -> bool {
        self.margin > 0.0 && self.margin.is_finite() && self.alpha > 0.0 && self.alpha < 0.5
    }

    fn tested(&self, how: &str) -> String {
        format!(
            "equivalence within {} by two one-sided tests, and difference from 0 two-sided, \
             each at alpha {}, {how}",
            self.margin, self.alpha
        )
    }

    /// Tests the mean of paired differences by Student's t. `None` with fewer than two, with
    /// one that is not finite, or with a margin or alpha outside its range.
    ///
    /// ```
    /// use overnight_metrics::statistics::EquivalenceTest;
    /// use overnight_record::result::EquivalenceVerdict;
    /// let differences = [0.001, -0.001, 0.002, -0.002, 0.0, 0.001, -0.001, 0.0];
    /// let wide = EquivalenceTest::new(0.005).by_t(&differences).unwrap();
    /// assert_eq!(wide.verdict(), EquivalenceVerdict::Equivalent);
    /// let narrow = EquivalenceTest::new(0.0005).by_t(&differences).unwrap();
    /// assert_eq!(narrow.verdict(), EquivalenceVerdict::Undecided);
    /// ```
    pub fn by_t(&self, differences: &[f64]) -> Option<Equivalence> {
        if !self.is_defined() {
            return None;
        }
        let summary = paired_t(differences)?;
        let below = summary.beyond(-self.margin, true);
        let above = summary.beyond(self.margin, false);
        Some(Equivalence {
            tested: self.tested(&format!("paired t, {} differences", summary.n)),
            difference: summary.mean,
            margin: self.margin,
            interval: summary.interval(1.0 - 2.0 * self.alpha)?,
            wide_interval: summary.interval(1.0 - self.alpha)?,
            p_equivalence: below.zip(above).map(|(below, above)| below.max(above)),
            p_difference: summary.test().map(|test| test.p),
        })
    }

    /// Tests a difference by the percentile intervals of its resamples; `observed` is its
    /// value on all images. Resamples that are all equal give a point, which decides. The
    /// intervals decide; the p values, `(m + 1) / (B + 1)`, are never 0. `None` with a value
    /// that is not finite, or with a margin or alpha outside its range.
    pub fn by_bootstrap(&self, observed: f64, resamples: &Resamples) -> Option<Equivalence> {
        if !self.is_defined() || !observed.is_finite() {
            return None;
        }
        let interval = resamples.percentile(1.0 - 2.0 * self.alpha)?;
        let has_spread = resamples.standard_error() > 0.0;
        let below = resamples.beyond(-self.margin, true);
        let above = resamples.beyond(self.margin, false);
        Some(Equivalence {
            tested: self.tested(&interval.method),
            difference: observed,
            margin: self.margin,
            interval,
            wide_interval: resamples.percentile(1.0 - self.alpha)?,
            p_equivalence: has_spread.then(|| below.max(above)),
            p_difference: resamples.two_sided_p(0.0).filter(|_| has_spread),
        })
    }
}

/// Tests whether the micro rates of two arms differ by less than a margin, on the samples
/// scored in both, paired by id: [`EquivalenceTest::by_bootstrap`] on the difference that
/// [`super::paired_difference`] gives. `None` when fewer than two samples are scored in both,
/// when none of them has a reference, or with a margin or alpha outside its range.
pub fn paired_equivalence(
    baseline: &[SampleScore],
    candidate: &[SampleScore],
    test: &EquivalenceTest,
    bootstrap: &Bootstrap,
) -> Option<Equivalence> {
    let pairs = pair_up(baseline, candidate);
    let observed = difference(pairs.iter())?;
    let resamples = bootstrap.resample(pairs.len(), |drawn| {
        difference(drawn.iter().map(|&index| &pairs[index]))
    })?;
    test.by_bootstrap(observed, &resamples)
}

#[cfg(test)]
mod tests {
    use overnight_record::PredictionStatus;
    use proptest::prelude::*;

    use super::*;
    use crate::{Profile, score_sample};

    #[test]
    fn nonsense_has_no_verdict() {
        assert_eq!(EquivalenceTest::new(0.1).by_t(&[]), None);
        assert_eq!(EquivalenceTest::new(0.1).by_t(&[0.0]), None);
        assert_eq!(EquivalenceTest::new(0.1).by_t(&[0.0, f64::NAN]), None);
        for margin in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(EquivalenceTest::new(margin).by_t(&[0.1, 0.2]), None);
        }
        let loose = EquivalenceTest {
            margin: 0.1,
            alpha: 0.5,
        };
        assert_eq!(loose.by_t(&[0.1, 0.2]), None);
    }

    #[test]
    fn equal_differences_are_judged_by_their_value() {
        let same = EquivalenceTest::new(0.01).by_t(&[0.0; 9]).unwrap();
        assert_eq!(same.verdict(), EquivalenceVerdict::Equivalent);
        assert_eq!((same.p_equivalence, same.p_difference), (None, None));
        let off = EquivalenceTest::new(0.01).by_t(&[0.5; 9]).unwrap();
        assert_eq!(off.verdict(), EquivalenceVerdict::Different);
    }

    #[test]
    fn a_small_difference_can_be_both() {
        let differences: Vec<f64> = (0..50).map(|i| 0.002 + f64::from(i % 3) * 1e-4).collect();
        let both = EquivalenceTest::new(0.005).by_t(&differences).unwrap();
        assert!(both.is_different() && both.is_equivalent());
        assert_eq!(both.verdict(), EquivalenceVerdict::Equivalent);
        let strict = EquivalenceTest::new(0.001).by_t(&differences).unwrap();
        assert_eq!(strict.verdict(), EquivalenceVerdict::Different);
        assert!(strict.tested.contains("within 0.001"), "{}", strict.tested);
    }

    #[test]
    fn arms_are_paired_by_sample() {
        let profile = Profile::built_in("default").unwrap();
        let arm = |texts: &[&str]| -> Vec<SampleScore> {
            let score = |(index, text): (usize, &&str)| {
                let id = index.to_string();
                score_sample(&id, PredictionStatus::Ok, "total", text, &profile)
            };
            texts.iter().enumerate().map(score).collect()
        };
        let (one, other) = (
            arm(&["tota", "total", "totl"]),
            arm(&["tota", "total", "totl"]),
        );
        let test = EquivalenceTest::new(0.01);
        let same = paired_equivalence(&one, &other, &test, &Bootstrap::new(1)).unwrap();
        assert_eq!(
            (same.difference, same.verdict()),
            (0.0, EquivalenceVerdict::Equivalent)
        );
        let worse = arm(&["", "", ""]);
        let different = paired_equivalence(&one, &worse, &test, &Bootstrap::new(1)).unwrap();
        assert_eq!(different.verdict(), EquivalenceVerdict::Different);
        assert_eq!(
            paired_equivalence(&one, &[], &test, &Bootstrap::new(1)),
            None
        );
    }

    proptest! {
        #[test]
        fn swapping_the_arms_keeps_the_verdict(
            differences in prop::collection::vec(-0.02_f64..0.03, 2..40),
            margin in 0.001_f64..0.03,
        ) {
            let swapped: Vec<f64> = differences.iter().map(|d| -d).collect();
            let test = EquivalenceTest::new(margin);
            let (one, other) = (test.by_t(&differences).unwrap(), test.by_t(&swapped).unwrap());
            prop_assert_eq!(one.verdict(), other.verdict());
            prop_assert_eq!(one.p_equivalence, other.p_equivalence);
            prop_assert_eq!(one.p_difference, other.p_difference);
        }

        /// The interval and the p values are the same statement.
        #[test]
        fn p_values_agree_with_the_intervals(
            differences in prop::collection::vec(-0.02_f64..0.03, 2..40),
            margin in 0.001_f64..0.03,
        ) {
            let result = EquivalenceTest::new(margin).by_t(&differences).unwrap();
            if let (Some(equivalence), Some(different)) = (result.p_equivalence, result.p_difference) {
                prop_assert!((0.0..=1.0).contains(&equivalence) && (0.0..=1.0).contains(&different));
                if (equivalence - 0.05).abs() > 1e-9 {
                    prop_assert_eq!(result.is_equivalent(), equivalence < 0.05);
                }
                if (different - 0.05).abs() > 1e-9 {
                    prop_assert_eq!(result.is_different(), different < 0.05);
                }
            }
        }
    }
}
