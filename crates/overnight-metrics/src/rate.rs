//! How far one hypothesis lies from its reference, as integers.

use overnight_record::PredictionStatus;
use overnight_record::result::SampleScore;

use crate::{Profile, levenshtein};

/// The counts behind the error rates of one pair of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PairScore {
    /// Units of the normalised reference.
    pub n_ref: u64,
    /// Units of the normalised hypothesis.
    pub n_hyp: u64,
    /// Levenshtein distance in units, between `|n_ref - n_hyp|` and the larger of both.
    pub distance: u64,
    /// Words of the reference.
    pub word_n_ref: u64,
    /// Levenshtein distance in words.
    pub word_distance: u64,
}

impl PairScore {
    /// Character error rate: see [`rate`].
    pub fn cer(&self) -> Option<f64> {
        rate(self.distance, self.n_ref)
    }

    /// Word error rate: see [`rate`].
    pub fn wer(&self) -> Option<f64> {
        rate(self.word_distance, self.word_n_ref)
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

/// Compares two texts under a profile.
///
/// ```
/// use overnight_metrics::{Profile, score_pair};
/// let profile = Profile::built_in("default").unwrap();
/// let score = score_pair("TOTAL  12.00", "T0TAL 12.00", &profile);
/// assert_eq!((score.n_ref, score.distance, score.word_distance), (11, 1, 1));
/// ```
pub fn score_pair(reference: &str, hypothesis: &str, profile: &Profile) -> PairScore {
    let normalisation = &profile.normalisation;
    let reference_units = units(&normalisation.apply(reference));
    let hypothesis_units = units(&normalisation.apply(hypothesis));
    let (reference, hypothesis) = (
        normalisation.letters(reference),
        normalisation.letters(hypothesis),
    );
    let reference_words: Vec<&str> = reference.split_whitespace().collect();
    let hypothesis_words: Vec<&str> = hypothesis.split_whitespace().collect();
    PairScore {
        n_ref: count(&reference_units),
        n_hyp: count(&hypothesis_units),
        distance: levenshtein(&reference_units, &hypothesis_units),
        word_n_ref: count(&reference_words),
        word_distance: levenshtein(&reference_words, &hypothesis_words),
    }
}

/// The score of one sample. The hypothesis of a prediction whose status is not scored
/// never enters a distance, whatever it says.
pub fn score_sample(
    id: &str,
    status: PredictionStatus,
    reference: &str,
    hypothesis: &str,
    profile: &Profile,
) -> SampleScore {
    let scored = status.is_scored();
    let pair = score_pair(reference, if scored { hypothesis } else { "" }, profile);
    SampleScore {
        id: id.to_owned(),
        status,
        n_ref: pair.n_ref,
        n_hyp: scored.then_some(pair.n_hyp),
        distance: scored.then_some(pair.distance),
        cer: scored.then(|| pair.cer()).flatten(),
        word_n_ref: pair.word_n_ref,
        word_distance: scored.then_some(pair.word_distance),
    }
}

/// The units a profile counts in: code points.
pub fn units(text: &str) -> Vec<char> {
    text.chars().collect()
}

fn count<T>(units: &[T]) -> u64 {
    u64::try_from(units.len()).expect("invariant: a length fits 64 bits")
}

/// A count as a real number: exact below 2^53, which no text reaches.
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of characters lie far below 2^53"
)]
pub(crate) fn real(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_where_white_space_was() {
        let profile = Profile::derived("receipts", "default", true, true).unwrap();
        let score = score_pair("GRAND TOTAL", "grandtotal", &profile);
        assert_eq!((score.n_ref, score.distance), (10, 0));
        assert_eq!((score.word_n_ref, score.word_distance), (2, 2));
    }

    #[test]
    fn a_failed_prediction_has_no_numbers() {
        let profile = Profile::built_in("default").unwrap();
        let score = score_sample("a", PredictionStatus::Timeout, "text", "text", &profile);
        assert_eq!((score.n_ref, score.word_n_ref), (4, 1));
        assert_eq!((score.n_hyp, score.distance, score.cer), (None, None, None));
        assert_eq!(score.word_distance, None);
    }
}
