use proptest::prelude::*;

use super::*;

fn sample(
    n_ref: u64,
    baseline: Option<u64>,
    candidate: Option<u64>,
    signal: Option<f64>,
) -> Routed {
    Routed {
        n_ref,
        baseline,
        candidate,
        signals: vec![signal],
    }
}

fn route(samples: &[Routed]) -> Option<Routing> {
    let router = Router {
        signals: &["confidence"],
        bootstrap: Bootstrap::new(42),
    };
    router.route(samples)
}

/// Samples the first reader is sure of are right, and wrong with the second; the others the
/// other way round.
fn telling(n: u64) -> Vec<Routed> {
    let of = |i: u64| {
        let is_hard = i.is_multiple_of(4);
        let edits = if is_hard { (5, 1) } else { (0, 2) };
        let signal = if is_hard { 0.5 } else { 0.95 } + i as f64 * 1e-4;
        sample(10, Some(edits.0), Some(edits.1), Some(signal))
    };
    (0..n).map(of).collect()
}

#[test]
fn a_signal_that_tells_is_found_and_holds_on_other_samples() {
    let routing = route(&telling(80)).unwrap();
    assert_eq!(routing.baseline.cer, 100.0 / 800.0);
    assert_eq!(routing.candidate.cer, 140.0 / 800.0);
    assert_eq!((routing.oracle.n_sent, routing.oracle.edits), (20, 20));
    let rule = routing.rule.unwrap();
    assert_eq!((rule.fitted.n_sent, rule.fitted.edits), (20, 20));
    assert_eq!(rule.threshold, Some(0.5076));
    assert_eq!(rule.folds, 10);
    // A part that held the greatest hard value lets that sample stay.
    assert!(rule.cross_validated.n_sent >= 18, "{rule:?}");
    assert!(rule.cross_validated.cer < 0.04);
    let gain = rule.against_baseline;
    assert!(gain.difference < -0.08 && gain.interval.unwrap().high < 0.0);
    assert!(rule.against_candidate.test.unwrap().p < 0.001);
}

#[test]
fn a_signal_that_tells_nothing_gains_nothing_on_other_samples() {
    // Every second sample is better with the second reader, whatever the signal says.
    let samples: Vec<Routed> = (0_u32..100)
        .map(|i| {
            let edits = if (i * 7919 % 100) < 50 {
                (3, 2)
            } else {
                (2, 3)
            };
            sample(10, Some(edits.0), Some(edits.1), Some(f64::from(i)))
        })
        .collect();
    let routing = route(&samples).unwrap();
    let rule = routing.rule.unwrap();
    assert!(rule.fitted.cer <= routing.baseline.cer);
    assert!(
        rule.cross_validated.cer > rule.fitted.cer,
        "the fitted value is too good: {rule:?}"
    );
    let interval = rule.against_baseline.interval.unwrap();
    assert!(interval.high > 0.0, "{interval:?}");
}

#[test]
fn a_reader_without_text_is_all_wrong_and_its_samples_are_sent() {
    let mut samples = telling(20);
    samples.push(sample(10, None, Some(1), None));
    samples.push(sample(10, None, None, None));
    samples.push(sample(10, Some(2), None, Some(0.1)));
    let routing = route(&samples).unwrap();
    assert_eq!(routing.baseline.edits, 25 + 10 + 10 + 2);
    // Sent in vain, the text of the first reader stays.
    assert_eq!(routing.candidate.edits, 35 + 1 + 10 + 2);
    let first = &routing.curve[1..3];
    assert_eq!(
        (first[0].edits, first[1].edits),
        (38, 38),
        "those without text"
    );
    assert_eq!(first[1].threshold, None);
    assert_eq!(routing.curve[3].threshold, Some(0.1));
}

#[test]
fn without_enough_signals_there_is_no_rule() {
    let blind: Vec<Routed> = telling(20)
        .into_iter()
        .map(|s| Routed {
            signals: vec![None],
            ..s
        })
        .collect();
    let routing = route(&blind).unwrap();
    assert_eq!(
        (routing.signal, routing.curve.len(), routing.rule),
        (None, 0, None)
    );
    assert_eq!(routing.oracle_curve.len(), 21);
    assert_eq!(route(&telling(9)).unwrap().rule, None);
    assert_eq!(route(&[]), None);
    assert_eq!(route(&[sample(0, Some(3), None, None)]), None);
}

proptest! {
    #[test]
    fn no_route_beats_the_oracle_and_curves_meet_their_ends(
        samples in prop::collection::vec(
            (1_u64..50, prop::option::weighted(0.9, 0_u64..60), prop::option::weighted(0.9, 0_u64..60),
             prop::option::weighted(0.9, 0_u32..8)), 1..260)
    ) {
        let samples: Vec<Routed> = samples
            .into_iter()
            .map(|(n, b, c, s)| sample(n, b, c, s.map(f64::from)))
            .collect();
        let routing = route(&samples).unwrap();
        for curve in [&routing.curve, &routing.oracle_curve] {
            prop_assert!(curve.len() <= 101);
            if let (Some(first), Some(last)) = (curve.first(), curve.last()) {
                prop_assert_eq!((first.n_sent, first.edits), (0, routing.baseline.edits));
                prop_assert_eq!((last.n_sent, last.edits), (samples.len(), routing.candidate.edits));
            }
            for point in curve {
                prop_assert!(point.edits >= routing.oracle.edits);
            }
            prop_assert!(curve.windows(2).all(|pair| pair[0].n_sent < pair[1].n_sent));
        }
        if let Some(rule) = &routing.rule {
            prop_assert!(rule.fitted.edits >= routing.oracle.edits);
            let only_without_text: u64 =
                samples.iter().map(|s| s.edits(s.baseline.is_none())).sum();
            prop_assert!(rule.fitted.edits <= only_without_text);
            prop_assert!(rule.cross_validated.edits >= routing.oracle.edits);
            // A threshold sends all that share its value.
            if let Some(threshold) = rule.threshold {
                let sent = samples.iter().filter(|s| {
                    s.baseline.is_none() || s.signal(0).is_some_and(|v| v <= threshold)
                });
                prop_assert_eq!(sent.count(), rule.fitted.n_sent);
            }
        }
    }
}
