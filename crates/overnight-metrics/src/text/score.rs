//! How far one hypothesis lies from its reference, as integers.

use overnight_record::PredictionStatus;
use overnight_record::result::SampleScore;

use super::{Profile, counts, rate};
use crate::distance::levenshtein;

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
    /// Character error rate, by the rule of `profile`.
    pub fn cer(&self, profile: &Profile) -> Option<f64> {
        profile.rule.rate(self.distance, self.n_ref, self.n_hyp)
    }

    /// Word error rate: see [`rate`].
    pub fn wer(&self) -> Option<f64> {
        rate(self.word_distance, self.word_n_ref)
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
    if reference == hypothesis {
        return score_equal(reference, profile);
    }
    let normalisation = &profile.normalisation;
    let (reference, hypothesis) = (
        normalisation.letters(reference),
        normalisation.letters(hypothesis),
    );
    let counts = counts(
        &normalisation.spaced(&reference),
        &normalisation.spaced(&hypothesis),
        profile.unit,
    );
    let words = (
        profile.words.split(&reference),
        profile.words.split(&hypothesis),
    );
    PairScore {
        n_ref: counts.n_ref,
        n_hyp: counts.n_hyp,
        distance: counts.distance,
        word_n_ref: count(&words.0),
        word_distance: levenshtein(&words.0, &words.1),
    }
}

/// The score of a text that was read without an error: it is normalised once.
fn score_equal(text: &str, profile: &Profile) -> PairScore {
    let letters = profile.normalisation.letters(text);
    let spaced = profile.normalisation.spaced(&letters);
    let n = counts(&spaced, &spaced, profile.unit).n_ref;
    PairScore {
        n_ref: n,
        n_hyp: n,
        distance: 0,
        word_n_ref: count(&profile.words.split(&letters)),
        word_distance: 0,
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
        cer: scored.then(|| pair.cer(profile)).flatten(),
        word_n_ref: pair.word_n_ref,
        word_distance: scored.then_some(pair.word_distance),
    }
}

fn count<T>(units: &[T]) -> u64 {
    u64::try_from(units.len()).expect("invariant: a length fits 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::{Case, Changes, WhiteSpace};

    #[test]
    fn words_are_counted_where_white_space_was() {
        let changes = Changes {
            case: Some(Case::Fold),
            white_space: Some(WhiteSpace::Remove),
            ..Changes::default()
        };
        let profile = Profile::derived("receipts", "default", changes).unwrap();
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
