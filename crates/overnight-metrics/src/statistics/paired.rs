//! Two arms on the same samples.

use std::collections::HashMap;

use overnight_record::result::{PairedDifference, SampleScore};

use super::{Bootstrap, wilcoxon_signed_rank};
use crate::aggregate::ratio;
use crate::text::real;

/// The distances of one sample in both arms.
pub(super) struct Pair {
    n_ref: u64,
    baseline: u64,
    candidate: u64,
}

/// The difference in character error rate between two arms, on the samples scored in both,
/// paired by id. The test is on per-sample rates, so samples with an empty reference are
/// outside it. `None` when no sample with a reference is scored in both.
///
/// ```
/// use overnight_metrics::{Bootstrap, Profile, paired_difference, score_sample};
/// use overnight_record::PredictionStatus::Ok;
/// let profile = Profile::built_in("default").unwrap();
/// let arm = |texts: [&str; 2]| -> Vec<_> {
///     let pairs = ["a", "b"].into_iter().zip(texts);
///     pairs.map(|(id, text)| score_sample(id, Ok, "total", text, &profile)).collect()
/// };
/// let paired = paired_difference(&arm(["tot", "total"]), &arm(["tota", "total"]), &Bootstrap::new(1));
/// let paired = paired.unwrap();
/// assert_eq!((paired.wins, paired.ties, paired.losses), (1, 1, 0));
/// assert_eq!(paired.difference, -0.1);
/// ```
pub fn paired_difference(
    baseline: &[SampleScore],
    candidate: &[SampleScore],
    bootstrap: &Bootstrap,
) -> Option<PairedDifference> {
    let pairs = pair_up(baseline, candidate);
    let micro = |distance: fn(&Pair) -> u64| {
        ratio(
            pairs.iter().map(distance).sum(),
            pairs.iter().map(|pair| pair.n_ref).sum(),
        )
    };
    let baseline_micro = micro(|pair| pair.baseline)?;
    let candidate_micro = micro(|pair| pair.candidate)?;
    let count = |wanted| {
        let against = |pair: &&Pair| pair.candidate.cmp(&pair.baseline) == wanted;
        pairs.iter().filter(against).count()
    };
    let rate_differences: Vec<f64> = pairs
        .iter()
        .filter(|pair| pair.n_ref > 0)
        // One division, correctly rounded: equal fractions give equal numbers, so that
        // ties are seen as ties.
        .map(|pair| (real(pair.candidate) - real(pair.baseline)) / real(pair.n_ref))
        .collect();
    Some(PairedDifference {
        n: pairs.len(),
        baseline_micro,
        candidate_micro,
        difference: difference(pairs.iter())?,
        interval: bootstrap.interval(pairs.len(), |drawn| {
            difference(drawn.iter().map(|&index| &pairs[index]))
        }),
        wins: count(std::cmp::Ordering::Less),
        ties: count(std::cmp::Ordering::Equal),
        losses: count(std::cmp::Ordering::Greater),
        test: wilcoxon_signed_rank(&rate_differences).map(|signed_rank| signed_rank.test),
        equivalence: None,
    })
}

/// The samples scored in both arms, in the order of the baseline.
pub(super) fn pair_up(baseline: &[SampleScore], candidate: &[SampleScore]) -> Vec<Pair> {
    let by_id: HashMap<&str, &SampleScore> = candidate
        .iter()
        .map(|sample| (sample.id.as_str(), sample))
        .collect();
    baseline
        .iter()
        .filter_map(|sample| {
            Some(Pair {
                n_ref: sample.n_ref,
                baseline: sample.distance?,
                candidate: by_id.get(sample.id.as_str())?.distance?,
            })
        })
        .collect()
}

/// Candidate minus baseline micro rate over `pairs`; `None` without a reference.
pub(super) fn difference<'a>(pairs: impl Iterator<Item = &'a Pair>) -> Option<f64> {
    let (mut baseline, mut candidate, mut length) = (0, 0, 0);
    for pair in pairs {
        baseline += pair.baseline;
        candidate += pair.candidate;
        length += pair.n_ref;
    }
    (length > 0).then(|| (real(candidate) - real(baseline)) / real(length))
}

#[cfg(test)]
mod tests {
    use overnight_record::PredictionStatus;

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

    #[test]
    fn only_samples_scored_in_both_arms_count() {
        let baseline = arm(&[Some(5), None, Some(1), Some(2)]);
        let candidate = arm(&[Some(1), Some(0), None, Some(2)]);
        let paired = paired_difference(&baseline, &candidate, &Bootstrap::new(42)).unwrap();
        assert_eq!(
            (paired.n, paired.wins, paired.ties, paired.losses),
            (2, 1, 1, 0)
        );
        assert_eq!(paired.baseline_micro, 7.0 / 20.0);
        assert_eq!(paired.candidate_micro, 3.0 / 20.0);
        assert_eq!(paired.difference, -0.2);
        let nothing = arm(&[None, None, None, None]);
        assert_eq!(
            paired_difference(&baseline, &nothing, &Bootstrap::new(42)),
            None
        );
    }

    #[test]
    fn equal_arms_have_no_difference_and_no_test() {
        let one = arm(&[Some(1), Some(2), Some(3)]);
        let paired = paired_difference(&one, &one, &Bootstrap::new(42)).unwrap();
        assert_eq!((paired.difference, paired.ties), (0.0, 3));
        assert_eq!(paired.test, None);
        let interval = paired.interval.unwrap();
        assert_eq!((interval.low, interval.high), (0.0, 0.0));
    }
}
