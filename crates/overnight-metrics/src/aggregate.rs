//! An error rate over many samples.

use overnight_record::result::{Aggregate, SampleScore};

use crate::text::real;
use crate::{Bootstrap, RateRule, median, rate};

/// One sample as an aggregate sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// What the distance is divided by: the length of the reference, unless a profile says
    /// otherwise.
    pub n_ref: u64,
    /// Distance of the hypothesis; `None` when the sample was not scored.
    pub distance: Option<u64>,
}

impl Counted {
    /// A sample counted in characters, under the rule of a profile.
    pub fn characters(sample: &SampleScore, rule: RateRule) -> Self {
        Self {
            n_ref: rule.length(sample.n_ref, sample.n_hyp),
            distance: sample.distance,
        }
    }

    /// A sample counted in words.
    pub fn words(sample: &SampleScore) -> Self {
        Self {
            n_ref: sample.word_n_ref,
            distance: sample.word_distance,
        }
    }
}

/// Both error rates over samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Character error rate.
    pub cer: Aggregate,
    /// Word error rate.
    pub wer: Aggregate,
}

impl Rates {
    /// Both error rates of `samples`.
    pub fn of(samples: &[SampleScore], rule: RateRule, bootstrap: &Bootstrap) -> Self {
        let characters: Vec<Counted> = samples
            .iter()
            .map(|sample| Counted::characters(sample, rule))
            .collect();
        let words: Vec<Counted> = samples.iter().map(Counted::words).collect();
        Self {
            cer: aggregate(&characters, bootstrap),
            wer: aggregate(&words, bootstrap),
        }
    }
}

/// The error rate over samples, every view of it.
///
/// - `micro`: sum of distances / sum of reference lengths over the scored samples. Text read
///   where the reference is empty counts in the numerator. Undefined without any reference.
/// - `macro`, `macro_clipped`, `median`: over the per-sample rates that are defined
///   (see [`rate`]).
/// - `failures_as_one`: `micro` with each unscored sample at distance `n_ref`.
/// - `interval`: of `micro`, by `bootstrap` over the scored samples.
///
/// ```
/// use overnight_metrics::{Bootstrap, Counted, aggregate};
/// let samples = [(10, Some(1)), (30, Some(0)), (40, None)];
/// let samples = samples.map(|(n_ref, distance)| Counted { n_ref, distance });
/// let cer = aggregate(&samples, &Bootstrap::new(42));
/// assert_eq!(cer.micro, Some(1.0 / 40.0));
/// assert_eq!(cer.macro_mean, Some(0.05));
/// assert_eq!(cer.failures_as_one, Some(41.0 / 80.0));
/// ```
pub fn aggregate(samples: &[Counted], bootstrap: &Bootstrap) -> Aggregate {
    let scored: Vec<(u64, u64)> = samples
        .iter()
        .filter_map(|sample| Some((sample.distance?, sample.n_ref)))
        .collect();
    let rates: Vec<f64> = scored.iter().filter_map(|&(d, n)| rate(d, n)).collect();
    let clipped: Vec<f64> = rates.iter().map(|rate| rate.min(1.0)).collect();
    let edits: u64 = scored.iter().map(|(distance, _)| distance).sum();
    let reference_len: u64 = scored.iter().map(|(_, n_ref)| n_ref).sum();
    let lost: u64 = samples
        .iter()
        .filter(|sample| sample.distance.is_none())
        .map(|sample| sample.n_ref)
        .sum();
    Aggregate {
        micro: ratio(edits, reference_len),
        macro_mean: mean(&rates),
        macro_clipped: mean(&clipped),
        median: median(&rates),
        interval: ratio(edits, reference_len).and_then(|_| {
            bootstrap.interval(scored.len(), |drawn| {
                let (mut edits, mut length) = (0, 0);
                for &index in drawn {
                    edits += scored[index].0;
                    length += scored[index].1;
                }
                ratio(edits, length)
            })
        }),
        edits,
        reference_len,
        failures_as_one: ratio(edits + lost, reference_len + lost),
    }
}

/// Mean of the values; `None` without any.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// A quotient of sums; `None` over an empty reference.
pub(crate) fn ratio(edits: u64, length: u64) -> Option<f64> {
    (length > 0).then(|| real(edits) / real(length))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(samples: &[(u64, Option<u64>)]) -> Aggregate {
        let samples: Vec<Counted> = samples
            .iter()
            .map(|&(n_ref, distance)| Counted { n_ref, distance })
            .collect();
        aggregate(&samples, &Bootstrap::new(42))
    }

    #[test]
    fn nothing_scored_is_undefined_and_failures_count_as_one() {
        let all_failed = of(&[(10, None), (5, None)]);
        assert_eq!(all_failed.micro, None);
        assert_eq!(all_failed.macro_mean, None);
        assert_eq!(all_failed.interval, None);
        assert_eq!(all_failed.failures_as_one, Some(1.0));
        assert_eq!(of(&[]).failures_as_one, None);
    }

    #[test]
    fn text_over_an_empty_reference_counts_as_edits_only() {
        let aggregate = of(&[(0, Some(3)), (0, Some(0)), (10, Some(2))]);
        assert_eq!(aggregate.micro, Some(0.5));
        assert_eq!(aggregate.macro_mean, Some(0.1));
        assert_eq!(of(&[(0, Some(3))]).micro, None);
    }

    #[test]
    fn only_the_clipped_mean_is_bounded() {
        let aggregate = of(&[(2, Some(8)), (10, Some(0))]);
        assert_eq!(aggregate.macro_mean, Some(2.0));
        assert_eq!(aggregate.macro_clipped, Some(0.5));
    }

    proptest! {
        #[test]
        fn the_interval_holds_the_value_and_repeats(
            samples in prop::collection::vec((1_u64..200, 0_u64..50), 2..40)
        ) {
            let samples: Vec<_> = samples.into_iter().map(|(n, d)| (n, Some(d))).collect();
            let first = of(&samples);
            let interval = first.interval.clone().unwrap();
            // Percentile intervals of a ratio may miss it by a hair on tiny samples, but
            // they stay within the range of the rates.
            let rates = samples.iter().map(|&(n, d)| d.unwrap() as f64 / n as f64);
            let (low, high) = rates.fold((f64::MAX, 0.0_f64), |(l, h), r| (l.min(r), h.max(r)));
            prop_assert!(interval.low <= interval.high);
            prop_assert!(interval.low >= low - 1e-12 && interval.high <= high + 1e-12);
            prop_assert_eq!(first, of(&samples));
        }
    }
}
