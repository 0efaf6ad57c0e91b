//! The rule that the samples choose, and what it gives on samples it was not chosen by.

use overnight_record::result::{RoutingGain, RoutingRule};

use super::{Routed, Router, curve, point};
use crate::statistics::{Random, wilcoxon_signed_rank};
use crate::text::real;

/// Samples with a signal that a rule is chosen by, at least.
const FEWEST: usize = 10;
/// From so many samples on there are ten parts.
const FOR_TEN_PARTS: usize = 50;

/// A rule: send what a signal puts at or below a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chosen {
    pub(super) signal: usize,
    /// `None` sends only samples without a text.
    pub(super) threshold: Option<f64>,
}

impl Chosen {
    fn sends(&self, sample: &Routed) -> bool {
        sample.baseline.is_none()
            || self
                .threshold
                .zip(sample.signal(self.signal))
                .is_some_and(|(threshold, value)| value <= threshold)
    }
}

/// The rule with the fewest edits left on the samples at `places`, of these the one that sends
/// least, of these the one of the first signal. `None` when no signal has enough values.
pub(super) fn choose(samples: &[Routed], places: &[usize], n_signals: usize) -> Option<Chosen> {
    let of = |signal| best_threshold(samples, places, signal);
    let best = (0..n_signals)
        .filter_map(|signal| Some((of(signal)?, signal)))
        .min_by_key(|((edits, n_sent, _), signal)| (*edits, *n_sent, *signal))?;
    let ((_, _, threshold), signal) = best;
    Some(Chosen { signal, threshold })
}

/// Edits left, samples sent and the threshold.
fn best_threshold(
    samples: &[Routed],
    places: &[usize],
    signal: usize,
) -> Option<(u64, usize, Option<f64>)> {
    let here: Vec<Routed> = places.iter().map(|&i| samples[i].clone()).collect();
    let order = curve::order(&here, signal);
    let with_signal: Vec<(f64, &Routed)> = order
        .iter()
        .map(|&index| &here[index])
        .filter(|sample| sample.baseline.is_some())
        .filter_map(|sample| Some((sample.signal(signal)?, sample)))
        .collect();
    // In a part of the samples, a few fewer will do.
    let fewest = if places.len() < samples.len() {
        FEWEST / 2
    } else {
        FEWEST
    };
    if with_signal.len() < fewest {
        return None;
    }
    let without = here.iter().filter(|sample| sample.baseline.is_none());
    let mut n_sent = without.count();
    let mut edits: u64 = here.iter().map(|s| s.edits(s.baseline.is_none())).sum();
    let mut best = (edits, n_sent, None);
    for (place, (value, sample)) in with_signal.iter().enumerate() {
        edits = edits - sample.edits(false) + sample.edits(true);
        n_sent += 1;
        let next = with_signal.get(place + 1);
        let is_threshold = next.is_none_or(|(next, _)| next > value);
        if is_threshold && edits < best.0 {
            best = (edits, n_sent, Some(*value));
        }
    }
    Some(best)
}

impl Router<'_> {
    pub(super) fn judge(
        &self,
        samples: &[Routed],
        chosen: &Chosen,
        reference_len: u64,
    ) -> Option<RoutingRule> {
        let n = samples.len();
        let folds = if n < FOR_TEN_PARTS { 5 } else { 10 };
        let seed = self.bootstrap.seed;
        let mut is_sent = vec![false; n];
        for held_out in parts(n, folds, seed) {
            let mut is_held_out = vec![false; n];
            for &index in &held_out {
                is_held_out[index] = true;
            }
            let others: Vec<usize> = (0..n).filter(|&i| !is_held_out[i]).collect();
            let rule = choose(samples, &others, self.signals.len())?;
            for index in held_out {
                is_sent[index] = rule.sends(&samples[index]);
            }
        }
        let routed: Vec<u64> = samples
            .iter()
            .zip(&is_sent)
            .map(|(sample, is_sent)| sample.edits(*is_sent))
            .collect();
        let fitted_sent = samples.iter().filter(|sample| chosen.sends(sample));
        let fitted = samples.iter().map(|s| s.edits(chosen.sends(s))).sum();
        let against = |everything: bool| {
            let pairs: Vec<Gain> = samples
                .iter()
                .zip(&routed)
                .map(|(sample, &routed)| Gain {
                    n_ref: sample.n_ref,
                    alone: sample.edits(everything),
                    routed,
                })
                .collect();
            self.gain(&pairs)
        };
        let n_sent = is_sent.iter().filter(|is_sent| **is_sent).count();
        Some(RoutingRule {
            signal: self.signals[chosen.signal].to_owned(),
            threshold: chosen.threshold,
            fitted: point(fitted_sent.count(), fitted, reference_len),
            folds,
            seed,
            cross_validated: point(n_sent, routed.iter().sum(), reference_len),
            against_baseline: against(false)?,
            against_candidate: against(true)?,
            ms_mean: None,
        })
    }

    fn gain(&self, pairs: &[Gain]) -> Option<RoutingGain> {
        let difference = |drawn: &mut dyn Iterator<Item = &Gain>| {
            let (mut alone, mut routed, mut length) = (0, 0, 0);
            for pair in drawn {
                alone += pair.alone;
                routed += pair.routed;
                length += pair.n_ref;
            }
            (length > 0).then(|| (real(routed) - real(alone)) / real(length))
        };
        let rates: Vec<f64> = pairs
            .iter()
            .filter(|pair| pair.n_ref > 0)
            .map(|pair| (real(pair.routed) - real(pair.alone)) / real(pair.n_ref))
            .collect();
        Some(RoutingGain {
            difference: difference(&mut pairs.iter())?,
            interval: self.bootstrap.interval(pairs.len(), |drawn| {
                difference(&mut drawn.iter().map(|&index| &pairs[index]))
            }),
            test: wilcoxon_signed_rank(&rates).map(|signed_rank| signed_rank.test),
        })
    }
}

/// Edits of one sample: routed, and by one reader alone.
struct Gain {
    n_ref: u64,
    alone: u64,
    routed: u64,
}

/// `folds` parts of `0..n`, drawn by the seed, whose sizes differ by at most one.
fn parts(n: usize, folds: usize, seed: u64) -> Vec<Vec<usize>> {
    let mut random = Random::new(seed);
    let mut numbers: Vec<usize> = (0..n).collect();
    for place in 0..n {
        let other = place + random.below(n - place);
        numbers.swap(place, other);
    }
    (0..folds)
        .map(|fold| numbers.iter().skip(fold).step_by(folds).copied().collect())
        .collect()
}
