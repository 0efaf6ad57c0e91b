//! Both readers together.

use overnight_metrics::Bootstrap;
use overnight_metrics::routing::{Routed, Router};
use overnight_record::result::{PairedSample, ReadingCost, Routing};

/// What a sample may be sent by; the order is that of the values below.
const SIGNALS: [&str; 2] = [
    "mean confidence of the baseline's characters",
    "confidence of the baseline's least sure line",
];

/// What sending samples of the baseline to the candidate gives, and costs.
pub(super) fn routing(
    samples: &[PairedSample],
    costs: [&ReadingCost; 2],
    bootstrap: &Bootstrap,
) -> Option<Routing> {
    let routed: Vec<Routed> = samples
        .iter()
        .map(|sample| Routed {
            n_ref: sample.baseline.n_ref,
            baseline: sample.baseline.distance,
            candidate: sample.candidate.distance,
            signals: vec![sample.baseline_confidence, sample.baseline_least_confidence],
        })
        .collect();
    let router = Router {
        signals: &SIGNALS,
        bootstrap: *bootstrap,
    };
    let mut routing = router.route(&routed)?;
    if let Some(rule) = &mut routing.rule {
        let share = rule.cross_validated.n_sent as f64 / routing.n as f64;
        let [baseline, candidate] = costs.map(|cost| cost.ms_mean);
        rule.ms_mean = baseline
            .zip(candidate)
            .map(|(baseline, candidate)| baseline + share * candidate);
    }
    Some(routing)
}
