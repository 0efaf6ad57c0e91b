//! Two readers together: which samples to send to the second one, and what that gives.

mod curve;
mod rule;

use overnight_record::result::{Routing, RoutingPoint};

use crate::Bootstrap;
use crate::text::real;

/// A sample with what either reader made of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Routed {
    /// Units of the reference.
    pub n_ref: u64,
    /// Edits of the first reader; `None` when it has no text.
    pub baseline: Option<u64>,
    /// Edits of the second reader.
    pub candidate: Option<u64>,
    /// One value for each signal, such as a confidence: the lower, the sooner the sample is
    /// sent. `None`, and anything not finite, is never sent by that signal. A sample that the
    /// first reader has no text for is always sent, signal or not.
    pub signals: Vec<Option<f64>>,
}

impl Routed {
    /// Edits left when the sample is sent, or not. A reader without text has everything wrong;
    /// a sample sent in vain keeps the first reader's text.
    fn edits(&self, is_sent: bool) -> u64 {
        let text = if is_sent {
            self.candidate.or(self.baseline)
        } else {
            self.baseline
        };
        text.unwrap_or(self.n_ref)
    }

    fn signal(&self, index: usize) -> Option<f64> {
        self.signals
            .get(index)
            .copied()
            .flatten()
            .filter(|value| value.is_finite())
    }
}

/// How routes are judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Router<'a> {
    /// Names of the signals, in the order of [`Routed::signals`].
    pub signals: &'a [&'a str],
    /// How intervals are computed; its seed cuts the samples into parts, too.
    pub bootstrap: Bootstrap,
}

impl Router<'_> {
    /// What two readers give together; `None` when no sample has a reference.
    ///
    /// - `oracle` sends a sample when the second reader makes fewer edits. No rule can do
    ///   better.
    /// - `curve` sends by the signal that the rule chose, the least first.
    /// - `rule` sends what a signal puts at or below a threshold. Signal and threshold are
    ///   those with the fewest edits left, of these the one that sends least. What that gives
    ///   on the samples it was chosen by is too good for others; `cross_validated` routes each
    ///   tenth (fifth, below 50 samples) of the samples by what the others chose. `None` when
    ///   fewer than 10 samples have a signal.
    pub fn route(&self, samples: &[Routed]) -> Option<Routing> {
        let reference_len: u64 = samples.iter().map(|sample| sample.n_ref).sum();
        if reference_len == 0 {
            return None;
        }
        let all: Vec<usize> = (0..samples.len()).collect();
        let at = |is_sent: &dyn Fn(&Routed) -> bool| {
            let n_sent = samples.iter().filter(|sample| is_sent(sample)).count();
            let edits = samples.iter().map(|s| s.edits(is_sent(s))).sum();
            point(n_sent, edits, reference_len)
        };
        let chosen = rule::choose(samples, &all, self.signals.len());
        let (signal, curve) = match &chosen {
            Some(chosen) => (
                Some(self.signals[chosen.signal].to_owned()),
                curve::by_signal(samples, chosen.signal, reference_len),
            ),
            None => (None, Vec::new()),
        };
        Some(Routing {
            n: samples.len(),
            reference_len,
            baseline: at(&|_| false),
            candidate: at(&|_| true),
            oracle: at(&|sample| sample.edits(true) < sample.edits(false)),
            signal,
            curve,
            oracle_curve: curve::by_gain(samples, reference_len),
            rule: chosen.and_then(|chosen| self.judge(samples, &chosen, reference_len)),
        })
    }
}

fn point(n_sent: usize, edits: u64, reference_len: u64) -> RoutingPoint {
    RoutingPoint {
        n_sent,
        edits,
        cer: real(edits) / real(reference_len),
        threshold: None,
    }
}

#[cfg(test)]
mod tests;
