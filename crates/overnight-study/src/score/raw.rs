//! Error rates of a model's answers before anything was taken off them.

use overnight_metrics::{Bootstrap, Profile, Rates, score_sample};
use overnight_record::result::{RawScore, SampleScore};
use rayon::prelude::*;

use super::Judged;

/// The rates of the same samples with the answers as they came; `None` when no scored answer
/// was changed. `scores` are those of `judged` under the same profile.
pub(crate) fn raw_score(
    judged: &[Judged],
    scores: &[SampleScore],
    profile: &Profile,
    bootstrap: &Bootstrap,
) -> Option<RawScore> {
    let raw = |sample: &Judged| sample.status.is_scored() && sample.raw.is_some();
    let n_cleaned = judged.iter().filter(|sample| raw(sample)).count();
    if n_cleaned == 0 {
        return None;
    }
    let scores: Vec<SampleScore> = judged
        .par_iter()
        .zip(scores)
        .map(|(sample, score)| match &sample.raw {
            Some(raw) if sample.status.is_scored() => {
                let (id, reference) = (&sample.id, &sample.reference);
                score_sample(id, sample.status, reference, raw, profile)
            }
            _ => score.clone(),
        })
        .collect();
    let rates = Rates::of(&scores, profile.rule, bootstrap);
    Some(RawScore {
        n_cleaned,
        cer: rates.cer,
        wer: rates.wer,
    })
}

#[cfg(test)]
mod tests {
    use overnight_record::PredictionStatus;

    use super::super::score_under;
    use super::*;

    fn judged(status: PredictionStatus, hypothesis: &str, raw: Option<&str>) -> Judged {
        Judged {
            id: String::new(),
            status,
            reference: "total 12".to_owned(),
            hypothesis: hypothesis.to_owned(),
            raw: raw.map(str::to_owned),
        }
    }

    #[test]
    fn what_was_taken_off_is_an_error_again() {
        let samples = [
            judged(PredictionStatus::Ok, "total 12", Some("``` total 12")),
            judged(PredictionStatus::Ok, "total 13", None),
            judged(PredictionStatus::ParseError, "", Some("{")),
        ];
        let profile = Profile::built_in("default").unwrap();
        let score = score_under(&samples, &profile, &Bootstrap::new(42));
        assert_eq!(score.cer.edits, 1);
        let raw = score.raw.unwrap();
        assert_eq!(
            (raw.n_cleaned, raw.cer.edits, raw.cer.reference_len),
            (1, 5, 16)
        );
        assert_eq!((raw.wer.edits, raw.wer.reference_len), (2, 4));
        assert_eq!(raw.cer.failures_as_one, Some(13.0 / 24.0));
        let score = score_under(&samples[1..], &profile, &Bootstrap::new(42));
        assert_eq!(
            score.raw, None,
            "a failed answer is not scored, cleaned or not"
        );
    }
}
