//! Error rates as more and more samples are sent.

use std::cmp::Ordering;

use overnight_record::result::RoutingPoint;

use super::{Routed, point};

/// Points of a curve, at most, the one at zero included.
const MOST_POINTS: usize = 101;

/// Samples in the order in which a signal sends them: those without a text first, those
/// without the signal last, equal ones in their own order.
pub(super) fn order(samples: &[Routed], signal: usize) -> Vec<usize> {
    let key = |index: &usize| match (samples[*index].baseline, samples[*index].signal(signal)) {
        (None, _) => f64::NEG_INFINITY,
        (Some(_), Some(value)) => value,
        (Some(_), None) => f64::INFINITY,
    };
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by(|a, b| key(a).partial_cmp(&key(b)).unwrap_or(Ordering::Equal));
    order
}

/// Sends the samples with the least of a signal first. A point has a threshold where one can
/// be set: not between equal values.
pub(super) fn by_signal(
    samples: &[Routed],
    signal: usize,
    reference_len: u64,
) -> Vec<RoutingPoint> {
    let order = order(samples, signal);
    let value = |place: usize| {
        let sample = &samples[order[place]];
        sample.baseline.and_then(|_| sample.signal(signal))
    };
    let mut points = walk(samples, &order, reference_len);
    for point in &mut points {
        let Some(last) = point.n_sent.checked_sub(1) else {
            continue;
        };
        let next = (point.n_sent < order.len()).then(|| value(point.n_sent));
        point.threshold = value(last).filter(|last| next.flatten() != Some(*last));
    }
    points
}

/// Sends the samples that gain most first.
pub(super) fn by_gain(samples: &[Routed], reference_len: u64) -> Vec<RoutingPoint> {
    let gain = |index: &usize| {
        let sample = &samples[*index];
        i128::from(sample.edits(false)) - i128::from(sample.edits(true))
    };
    let mut order: Vec<usize> = (0..samples.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(gain(index)));
    walk(samples, &order, reference_len)
}

fn walk(samples: &[Routed], order: &[usize], reference_len: u64) -> Vec<RoutingPoint> {
    let n = order.len();
    let steps = n.min(MOST_POINTS - 1);
    let mut edits: u64 = samples.iter().map(|sample| sample.edits(false)).sum();
    let mut points = vec![point(0, edits, reference_len)];
    let mut next = 1;
    for (place, &index) in order.iter().enumerate() {
        let sample = &samples[index];
        edits = edits - sample.edits(false) + sample.edits(true);
        // Evenly over the samples; the last point sends everything.
        if next <= steps && place + 1 == (next * n).div_ceil(steps) {
            points.push(point(place + 1, edits, reference_len));
            next += 1;
        }
    }
    points
}
