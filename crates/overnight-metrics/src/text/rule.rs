//! From counts to a rate.

/// What a distance is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RateRule {
    /// The length of the reference: the error rate.
    Reference,
    /// The same, and an empty reference counts as one of length 1, as in jiwer.
    ReferenceAtLeastOne,
    /// The length of the longer text: the normalised edit distance, within [0, 1].
    Longer,
}

impl RateRule {
    /// The rule in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reference => "Levenshtein distance / reference length",
            Self::ReferenceAtLeastOne => {
                "Levenshtein distance / reference length (1 for an empty one)"
            }
            Self::Longer => "Levenshtein distance / length of the longer text",
        }
    }

    /// What the distance of a sample is divided by when rates are pooled over samples;
    /// `n_hyp` is `None` for a sample that was not scored.
    pub fn length(self, n_ref: u64, n_hyp: Option<u64>) -> u64 {
        match self {
            Self::Reference | Self::ReferenceAtLeastOne => n_ref,
            Self::Longer => n_ref.max(n_hyp.unwrap_or(0)),
        }
    }

    /// The rate of one sample.
    ///
    /// ```
    /// use overnight_metrics::RateRule;
    /// assert_eq!(RateRule::Reference.rate(3, 0, 3), None);
    /// assert_eq!(RateRule::ReferenceAtLeastOne.rate(3, 0, 3), Some(3.0));
    /// assert_eq!(RateRule::Longer.rate(3, 2, 4), Some(0.75));
    /// ```
    pub fn rate(self, distance: u64, n_ref: u64, n_hyp: u64) -> Option<f64> {
        match self {
            Self::Reference => rate(distance, n_ref),
            Self::ReferenceAtLeastOne => Some(real(distance) / real(n_ref.max(1))),
            Self::Longer => rate(distance, n_ref.max(n_hyp)),
        }
    }
}

/// `distance / n_ref`, at least 0 and without an upper bound. An empty reference has the
/// rate 0 when nothing was read and none (`None`) when something was.
///
/// ```
/// use overnight_metrics::rate;
/// assert_eq!(rate(3, 2), Some(1.5));
/// assert_eq!(rate(0, 0), Some(0.0));
/// assert_eq!(rate(3, 0), None);
/// ```
pub fn rate(distance: u64, n_ref: u64) -> Option<f64> {
    match (distance, n_ref) {
        (0, 0) => Some(0.0),
        (_, 0) => None,
        _ => Some(real(distance) / real(n_ref)),
    }
}

/// A count as a real number: exact below 2^53, which no text reaches.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of characters lie far below 2^53"
)]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}
