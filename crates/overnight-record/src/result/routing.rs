//! Using both readers: which samples to send to the candidate, and what that gives.

use serde::{Deserialize, Serialize};

use super::TestResult;
use crate::Interval;

/// What two readers give together. Every sample with a reference is in it: one that a reader
/// has no text for is all wrong with that reader, and one that was sent to a candidate without
/// an answer keeps the baseline's text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Routing {
    /// Samples.
    pub n: usize,
    /// Units of their references.
    pub reference_len: u64,
    /// Nothing is sent.
    pub baseline: RoutingPoint,
    /// Everything is sent.
    pub candidate: RoutingPoint,
    /// Each sample is read by whichever reads it better, the baseline when they are equal.
    pub oracle: RoutingPoint,
    /// The signal that `curve` sends by, such as `mean confidence of the baseline's characters`.
    pub signal: Option<String>,
    /// The samples the baseline is least sure of, sent in growing numbers; at most 101 points,
    /// the first sends nothing, the last everything. Empty without a signal.
    pub curve: Vec<RoutingPoint>,
    /// The same numbers of samples sent by who gains most.
    pub oracle_curve: Vec<RoutingPoint>,
    /// The rule chosen by the samples themselves, and what it gives on others.
    pub rule: Option<RoutingRule>,
}

/// So many samples sent, and the error rate of all samples then.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct RoutingPoint {
    /// Samples sent to the candidate.
    pub n_sent: usize,
    /// Edits left over all samples.
    pub edits: u64,
    /// `edits` / units of the references.
    pub cer: f64,
    /// The signal up to which samples are sent; `None` where it does not decide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

/// A threshold, and the honest estimate of what it gives: each sample routed by a threshold
/// that was chosen without it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoutingRule {
    /// The signal it reads.
    pub signal: String,
    /// Send when the signal is at most this; `None` sends only samples without text.
    pub threshold: Option<f64>,
    /// What it gives on the samples it was chosen by; too good on others.
    pub fitted: RoutingPoint,
    /// Parts the samples were cut into for the estimate.
    pub folds: usize,
    /// Seed of the cut.
    pub seed: u64,
    /// Each part routed by the rule that the other parts chose.
    pub cross_validated: RoutingPoint,
    /// The cross-validated rate minus that of the baseline alone; below zero is better.
    pub against_baseline: RoutingGain,
    /// The cross-validated rate minus that of the candidate alone.
    pub against_candidate: RoutingGain,
    /// Mean milliseconds a sample: the baseline for all, the candidate for the share sent.
    pub ms_mean: Option<f64>,
}

/// A difference of error rates over all samples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RoutingGain {
    /// The difference; below zero, routing makes fewer errors.
    pub difference: f64,
    /// Its interval, from resampling images with their routes.
    pub interval: Option<Interval>,
    /// Test of "no difference".
    pub test: Option<TestResult>,
}
