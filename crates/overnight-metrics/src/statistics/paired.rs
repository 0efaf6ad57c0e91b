//! Two arms on the same samples.

use std::collections::HashMap;

use overnight_record::result::{PairedDifference, PairedEquivalence, SampleScore};

use super::{Bootstrap, EquivalenceTest, Power, Resamples, wilcoxon_signed_rank};
use crate::RateRule;
use crate::aggregate::ratio;
use crate::text::real;

/// One sample in both arms: what each distance is divided by, and the distances.
struct Pair {
    lengths: [u64; 2],
    distances: [u64; 2],
}

/// How two arms are compared on the same samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pairing {
    /// What distances are divided by.
    pub rule: RateRule,
    /// How intervals are computed.
    pub bootstrap: Bootstrap,
    /// The difference that would not matter, above 0: whether the arms are equivalent is asked
    /// when it is given.
    pub margin: Option<f64>,
}

impl Pairing {
    /// The difference in character error rate between two arms, candidate minus baseline, on
    /// the samples scored in both, paired by id. The test is on the differences of per-sample
    /// rates, so samples without a rate (an empty reference, as a rule) are outside it. `None`
    /// when no sample with a reference is scored in both.
    ///
    /// ```
    /// use overnight_metrics::{Bootstrap, Pairing, Profile, RateRule, score_sample};
    /// use overnight_record::PredictionStatus::Ok;
    /// let profile = Profile::built_in("default").unwrap();
    /// let arm = |texts: [&str; 2]| -> Vec<_> {
    ///     let pairs = ["a", "b"].into_iter().zip(texts);
    ///     pairs.map(|(id, text)| score_sample(id, Ok, "total", text, &profile)).collect()
    /// };
    /// let pairing = Pairing {
    ///     rule: RateRule::Reference,
    ///     bootstrap: Bootstrap::new(1),
    ///     margin: None,
    /// };
    /// let paired = pairing.difference(&arm(["tot", "total"]), &arm(["tota", "total"])).unwrap();
    /// assert_eq!((paired.wins, paired.ties, paired.losses), (1, 1, 0));
    /// assert_eq!(paired.difference, -0.1);
    /// ```
    pub fn difference(
        &self,
        baseline: &[SampleScore],
        candidate: &[SampleScore],
    ) -> Option<PairedDifference> {
        let pairs = self.pair_up(baseline, candidate);
        let micro = |arm: usize| {
            ratio(
                pairs.iter().map(|pair| pair.distances[arm]).sum(),
                pairs.iter().map(|pair| pair.lengths[arm]).sum(),
            )
        };
        let (baseline_micro, candidate_micro) = (micro(0)?, micro(1)?);
        let observed = difference(pairs.iter())?;
        let count = |wanted| {
            let against = |pair: &&Pair| pair.distances[1].cmp(&pair.distances[0]) == wanted;
            pairs.iter().filter(against).count()
        };
        let statistic = |drawn: &[usize]| difference(drawn.iter().map(|&index| &pairs[index]));
        let resamples = self.bootstrap.resample(pairs.len(), statistic);
        let resamples = resamples.as_ref();
        let rate_differences: Vec<f64> = pairs.iter().filter_map(Pair::rate_difference).collect();
        Some(PairedDifference {
            n: pairs.len(),
            baseline_micro,
            candidate_micro,
            difference: observed,
            interval: resamples.and_then(|r| self.bootstrap.interval_of(r, pairs.len(), statistic)),
            wins: count(std::cmp::Ordering::Less),
            ties: count(std::cmp::Ordering::Equal),
            losses: count(std::cmp::Ordering::Greater),
            test: wilcoxon_signed_rank(&rate_differences).map(|signed_rank| signed_rank.test),
            equivalence: resamples.and_then(|r| self.equivalence(observed, r, pairs.len())),
        })
    }

    /// Whether the arms differ by less than the margin, and what as many samples can show.
    fn equivalence(
        &self,
        observed: f64,
        resamples: &Resamples,
        n: usize,
    ) -> Option<PairedEquivalence> {
        let margin = self.margin?;
        let result = EquivalenceTest::new(margin).by_bootstrap(observed, resamples)?;
        // The spread a single sample would have to have for this standard error.
        let deviation = resamples.standard_error() * (n as f64).sqrt();
        let power = Power::default();
        Some(PairedEquivalence {
            margin,
            verdict: result.verdict(),
            detectable: power.detectable_effect(deviation, n),
            n_needed: power.pairs_needed(deviation, margin),
            interval: result.interval,
            tested: result.tested,
        })
    }

    /// The samples scored in both arms, in the order of the baseline.
    fn pair_up(&self, baseline: &[SampleScore], candidate: &[SampleScore]) -> Vec<Pair> {
        let by_id: HashMap<&str, &SampleScore> = candidate
            .iter()
            .map(|sample| (sample.id.as_str(), sample))
            .collect();
        let length = |sample: &SampleScore| self.rule.length(sample.n_ref, sample.n_hyp);
        baseline
            .iter()
            .filter_map(|sample| {
                let other = by_id.get(sample.id.as_str())?;
                Some(Pair {
                    lengths: [length(sample), length(other)],
                    distances: [sample.distance?, other.distance?],
                })
            })
            .collect()
    }
}

impl Pair {
    /// Candidate rate minus baseline rate. Over the same length it is one division, correctly
    /// rounded: equal fractions give equal numbers, so that ties are seen as ties.
    fn rate_difference(&self) -> Option<f64> {
        let [length, other_length] = self.lengths;
        let [baseline, candidate] = self.distances.map(real);
        match (length, other_length) {
            (0, _) | (_, 0) => None,
            _ if length == other_length => Some((candidate - baseline) / real(length)),
            _ => Some(candidate / real(other_length) - baseline / real(length)),
        }
    }
}

/// Candidate minus baseline micro rate over `pairs`; `None` without a reference. Over the same
/// length it is one division, too.
fn difference<'a>(pairs: impl Iterator<Item = &'a Pair>) -> Option<f64> {
    let mut sum = Pair {
        lengths: [0; 2],
        distances: [0; 2],
    };
    for pair in pairs {
        for arm in 0..2 {
            sum.lengths[arm] += pair.lengths[arm];
            sum.distances[arm] += pair.distances[arm];
        }
    }
    sum.rate_difference()
}

#[cfg(test)]
mod tests {
    use overnight_record::PredictionStatus;
    use overnight_record::result::EquivalenceVerdict;

    use super::*;

    fn arm(distances: &[Option<u64>]) -> Vec<SampleScore> {
        distances
            .iter()
            .enumerate()
            .map(|(index, distance)| SampleScore {
                id: index.to_string(),
                status: if distance.is_some() {
                    PredictionStatus::Ok
                } else {
                    PredictionStatus::Timeout
                },
                n_ref: 10,
                n_hyp: distance.map(|_| 10),
                distance: *distance,
                cer: distance.map(|d| d as f64 / 10.0),
                word_n_ref: 2,
                word_distance: distance.map(|d| d.min(2)),
            })
            .collect()
    }

    fn pairing(margin: Option<f64>) -> Pairing {
        Pairing {
            rule: RateRule::Reference,
            bootstrap: Bootstrap::new(42),
            margin,
        }
    }

    #[test]
    fn only_samples_scored_in_both_arms_count() {
        let baseline = arm(&[Some(5), None, Some(1), Some(2)]);
        let candidate = arm(&[Some(1), Some(0), None, Some(2)]);
        let paired = pairing(None).difference(&baseline, &candidate).unwrap();
        assert_eq!(
            (paired.n, paired.wins, paired.ties, paired.losses),
            (2, 1, 1, 0)
        );
        assert_eq!(paired.baseline_micro, 7.0 / 20.0);
        assert_eq!(paired.candidate_micro, 3.0 / 20.0);
        assert_eq!(paired.difference, -0.2);
        let nothing = arm(&[None, None, None, None]);
        assert_eq!(pairing(None).difference(&baseline, &nothing), None);
    }

    #[test]
    fn equal_arms_have_no_difference_and_no_test() {
        let one = arm(&[Some(1), Some(2), Some(3)]);
        let paired = pairing(None).difference(&one, &one).unwrap();
        assert_eq!((paired.difference, paired.ties), (0.0, 3));
        assert_eq!(paired.test, None);
        let interval = paired.interval.unwrap();
        assert_eq!((interval.low, interval.high), (0.0, 0.0));
    }

    #[test]
    fn a_margin_asks_whether_the_difference_matters() {
        let one = arm(&[Some(1), Some(2), Some(3), Some(1), Some(2), Some(3)]);
        let worse = arm(&[Some(1), Some(2), Some(3), Some(1), Some(2), Some(4)]);
        let verdict = |margin| {
            let paired = pairing(Some(margin)).difference(&one, &worse).unwrap();
            paired.equivalence.unwrap().verdict
        };
        assert_eq!(verdict(0.2), EquivalenceVerdict::Equivalent);
        assert_eq!(verdict(0.01), EquivalenceVerdict::Undecided);
        let all_wrong = arm(&[Some(10); 6]);
        let far = pairing(Some(0.01)).difference(&one, &all_wrong).unwrap();
        let far = far.equivalence.unwrap();
        assert_eq!(far.verdict, EquivalenceVerdict::Different);
        // Three times the standard error is easily seen; more samples see less.
        assert!(far.detectable.unwrap() > 0.0);
        assert!(far.n_needed.unwrap() > 6, "{far:?}");
    }

    #[test]
    fn each_arm_is_divided_by_its_own_length() {
        let mut longer = arm(&[Some(10), Some(10)]);
        for sample in &mut longer {
            sample.n_hyp = Some(20);
        }
        let baseline = arm(&[Some(5), Some(5)]);
        let by_longer = Pairing {
            rule: RateRule::Longer,
            ..pairing(None)
        };
        let paired = by_longer.difference(&baseline, &longer).unwrap();
        assert_eq!((paired.baseline_micro, paired.candidate_micro), (0.5, 0.5));
        assert_eq!((paired.difference, paired.losses), (0.0, 2));
    }
}
