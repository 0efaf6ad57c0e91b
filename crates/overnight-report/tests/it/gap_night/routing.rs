//! Routing by the baseline's confidence, counted from the samples.

use overnight_record::result::{
    PairedSample, Routing, RoutingGain, RoutingPoint, RoutingRule, TestResult,
};

use crate::studies::interval;

const SIGNAL: &str = "mean confidence of the baseline's characters";

/// Edits with the baseline alone and when the sample is sent; one without a text is all wrong.
fn edits(sample: &PairedSample) -> (u64, u64) {
    let n_ref = sample.baseline.n_ref;
    let baseline = sample.baseline.distance.unwrap_or(n_ref);
    (baseline, sample.candidate.distance.unwrap_or(baseline))
}

fn curve(order: &[&PairedSample], reference_len: u64, has_signal: bool) -> Vec<RoutingPoint> {
    let n = order.len();
    let at = |n_sent: usize| {
        let (sent, kept) = order.split_at(n_sent);
        let sent_edits: u64 = sent.iter().map(|s| edits(s).1).sum();
        let kept_edits: u64 = kept.iter().map(|s| edits(s).0).sum();
        let edits = sent_edits + kept_edits;
        let last = n_sent.checked_sub(1).map(|i| order[i]);
        RoutingPoint {
            n_sent,
            edits,
            cer: edits as f64 / reference_len as f64,
            threshold: last
                .filter(|_| has_signal)
                .and_then(|s| s.baseline_confidence),
        }
    };
    let mut places: Vec<usize> = (0..=100).map(|i| i * n / 100).collect();
    places.dedup();
    places.into_iter().map(at).collect()
}

pub(super) fn routing(samples: &[PairedSample]) -> Routing {
    let reference_len: u64 = samples.iter().map(|s| s.baseline.n_ref).sum();
    let mut by_confidence: Vec<&PairedSample> = samples.iter().collect();
    by_confidence.sort_by(|a, b| {
        let confidence = |s: &PairedSample| s.baseline_confidence.unwrap_or(-1.0);
        confidence(a).total_cmp(&confidence(b))
    });
    let mut by_gain: Vec<&PairedSample> = samples.iter().collect();
    by_gain.sort_by_key(|s| {
        let (kept, sent) = edits(s);
        std::cmp::Reverse(i64::try_from(kept).unwrap() - i64::try_from(sent).unwrap())
    });
    let signal = curve(&by_confidence, reference_len, true);
    let oracle_curve = curve(&by_gain, reference_len, false);
    let better: u64 = samples.iter().map(|s| edits(s).0.min(edits(s).1)).sum();
    let n_better = samples.iter().filter(|s| edits(s).1 < edits(s).0).count();
    let fitted = *signal.iter().min_by_key(|point| point.edits).unwrap();
    let cross_validated = RoutingPoint {
        n_sent: fitted.n_sent + 2,
        edits: fitted.edits + 61,
        cer: (fitted.edits + 61) as f64 / reference_len as f64,
        threshold: None,
    };
    let (first, last) = (signal[0], signal[signal.len() - 1]);
    let gain = |alone: RoutingPoint, p: f64, spread: f64| {
        let difference = cross_validated.cer - alone.cer;
        RoutingGain {
            difference,
            interval: Some(interval(difference - spread, difference + spread)),
            test: Some(TestResult {
                name: "sign flips of the images' differences, 10000 draws, seed 42".to_owned(),
                p,
            }),
        }
    };
    let none = |point: RoutingPoint| RoutingPoint {
        threshold: None,
        ..point
    };
    Routing {
        n: samples.len(),
        reference_len,
        baseline: none(first),
        candidate: none(last),
        oracle: RoutingPoint {
            n_sent: n_better,
            edits: better,
            cer: better as f64 / reference_len as f64,
            threshold: None,
        },
        signal: Some(SIGNAL.to_owned()),
        rule: Some(RoutingRule {
            signal: SIGNAL.to_owned(),
            threshold: fitted.threshold,
            fitted,
            folds: 5,
            seed: 42,
            cross_validated,
            against_baseline: gain(first, 0.0004, 0.012),
            against_candidate: gain(last, 0.21, 0.011),
            ms_mean: Some(512.0 + 9_840.0 * cross_validated.n_sent as f64 / samples.len() as f64),
        }),
        curve: signal,
        oracle_curve,
    }
}
