//! Hard samples with image and texts.

use overnight_record::result::{CompareResult, HardClass, HardSample, SampleScore};

use crate::diff::{self, Diff};
use crate::facts::StepResult;
use crate::gap::{Words, class_name, rate_or_status};
use crate::number::percent;
use crate::page::image::Images;
use crate::text;

/// Hard samples shown with image and texts; all of them are in the table.
const MAX_CARDS: usize = 12;
/// Of these, kept for each class, so that one class does not hide the others.
const MIN_OF_CLASS: usize = 2;

/// A hard sample with image and texts.
pub(in crate::page) struct CardView {
    pub(in crate::page) id: String,
    pub(in crate::page) class: Words,
    pub(in crate::page) reason: String,
    pub(in crate::page) baseline_rate: String,
    pub(in crate::page) candidate_rate: String,
    pub(in crate::page) crop: Option<String>,
    pub(in crate::page) thumbnail: Option<String>,
    /// `None` when there is none, and the candidate is marked against the baseline.
    pub(in crate::page) reference: Option<String>,
    pub(in crate::page) baseline: Reading,
    pub(in crate::page) candidate: Reading,
}

/// What one side read, marked against another text, or why there is nothing.
pub(in crate::page) enum Reading {
    Text(Diff),
    Unmarked(String),
    Nothing(String),
}

/// The worst samples, with the worst of every class among them.
pub(super) fn cards(result: &StepResult<CompareResult>, images: &mut Images) -> Vec<CardView> {
    let compare = result.body();
    chosen(&compare.hard_samples)
        .into_iter()
        .map(|sample| card(compare, sample, result, images))
        .collect()
}

fn chosen(samples: &[HardSample]) -> Vec<&HardSample> {
    let mut is_chosen = vec![false; samples.len()];
    for class in HardClass::ALL {
        let of_class = samples.iter().zip(&mut is_chosen);
        let of_class = of_class.filter(|(sample, _)| sample.class == class);
        of_class
            .take(MIN_OF_CLASS)
            .for_each(|(_, chosen)| *chosen = true);
    }
    let mut left = MAX_CARDS.saturating_sub(is_chosen.iter().filter(|it| **it).count());
    for chosen in &mut is_chosen {
        if left > 0 && !*chosen {
            *chosen = true;
            left -= 1;
        }
    }
    let pairs = samples.iter().zip(is_chosen);
    pairs
        .filter_map(|(sample, chosen)| chosen.then_some(sample))
        .collect()
}

fn card(
    compare: &CompareResult,
    sample: &HardSample,
    result: &StepResult<CompareResult>,
    images: &mut Images,
) -> CardView {
    let has_reference = sample.class != HardClass::Disagreement;
    let crop = images.carry(&result.dir, sample.crop.as_deref());
    let (baseline, candidate) = if has_reference {
        let against = |score: &SampleScore, hypothesis: &str| {
            reading(score, || {
                Reading::Text(diff::against(&sample.reference, hypothesis))
            })
        };
        (
            against(&sample.baseline, &sample.baseline_text),
            against(&sample.candidate, &sample.candidate_text),
        )
    } else {
        let baseline = reading(&sample.baseline, || {
            Reading::Unmarked(text::plain(&sample.baseline_text))
        });
        let candidate = reading(&sample.candidate, || {
            if sample.baseline.status.is_scored() {
                Reading::Text(diff::against(&sample.baseline_text, &sample.candidate_text))
            } else {
                Reading::Unmarked(text::plain(&sample.candidate_text))
            }
        });
        (baseline, candidate)
    };
    let (baseline_rate, candidate_rate) = if has_reference {
        (
            rate_or_status(&sample.baseline),
            rate_or_status(&sample.candidate),
        )
    } else {
        let apart = sample
            .disagreement
            .map(|it| format!("{} apart", percent(it)));
        (String::new(), apart.unwrap_or_default())
    };
    CardView {
        id: text::line(&sample.id),
        class: class_name(compare, sample.class).into(),
        reason: text::clipped(&sample.reason, 240),
        baseline_rate,
        candidate_rate,
        thumbnail: images.carry(&result.dir, sample.thumbnail.as_deref()),
        crop,
        reference: has_reference.then(|| text::plain(&sample.reference)),
        baseline,
        candidate,
    }
}

fn reading(score: &SampleScore, shown: impl FnOnce() -> Reading) -> Reading {
    if score.status.is_scored() {
        shown()
    } else {
        Reading::Nothing(score.status.name().replace('_', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use overnight_record::PredictionStatus;

    #[test]
    fn no_class_hides_another() {
        let sample = |class, i: usize| {
            let score = SampleScore {
                id: i.to_string(),
                status: PredictionStatus::Ok,
                n_ref: 1,
                n_hyp: Some(1),
                distance: Some(1),
                cer: Some(1.0),
                word_n_ref: 1,
                word_distance: Some(1),
            };
            HardSample {
                id: i.to_string(),
                image: String::new(),
                class,
                reason: String::new(),
                baseline: score.clone(),
                candidate: score,
                disagreement: None,
                reference: String::new(),
                baseline_text: String::new(),
                candidate_text: String::new(),
                thumbnail: None,
                crop: None,
            }
        };
        let mut samples: Vec<HardSample> = (0..30).map(|i| sample(HardClass::Both, i)).collect();
        samples.extend((30..33).map(|i| sample(HardClass::CandidateOnly, i)));
        samples.push(sample(HardClass::Disagreement, 33));
        let ids: Vec<&str> = chosen(&samples).iter().map(|it| it.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "0", "1", "2", "3", "4", "5", "6", "7", "8", "30", "31", "33"
            ]
        );
    }
}
