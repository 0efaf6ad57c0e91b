//! Which samples are hard, and how hard.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use overnight_metrics::score_pair;
use overnight_record::result::{HardClass, HardSample, PairedSample, SampleScore};
use overnight_record::{Prediction, PredictionStatus};

use super::side::ScoredSide;
use super::{CompareSpec, region};
use crate::dataset::{Sample, natural_order};

/// A hard sample on its way to its pictures.
pub(super) struct Found<'a> {
    pub(super) sample: &'a Sample,
    pub(super) row: HardSample,
    /// The part of the image around the worst line: left, top, width, height in pixels.
    pub(super) region: Option<[f32; 4]>,
}

/// What is known of one sample before it is told whether it is hard.
struct Met<'a> {
    sample: &'a Sample,
    baseline: SampleScore,
    candidate: SampleScore,
    predictions: [Option<&'a Prediction>; 2],
    disagreement: Option<f64>,
}

/// The worst hard samples, worst first, and how many there are of each class in all.
pub(super) fn find<'a>(
    spec: &CompareSpec<'a>,
    baseline: &ScoredSide<'a>,
    candidate: &ScoredSide<'a>,
    pairs: &[PairedSample],
) -> (Vec<Found<'a>>, BTreeMap<HardClass, usize>) {
    let mut pairs = pairs.iter();
    let samples = spec.dataset.samples().iter();
    let read = baseline.by_sample.iter().zip(&candidate.by_sample);
    let mut hard: Vec<(Met<'a>, HardClass)> = samples
        .zip(read)
        .filter_map(|(sample, (first, second))| {
            let predictions = [*first, *second];
            let met = match (&sample.reference, pairs.as_slice().first()) {
                (Some(_), Some(pair)) => {
                    pairs.next();
                    Met {
                        sample,
                        baseline: pair.baseline.clone(),
                        candidate: pair.candidate.clone(),
                        predictions,
                        disagreement: None,
                    }
                }
                _ => without_reference(spec, sample, predictions),
            };
            let class = class(&met, spec.hard_threshold)?;
            Some((met, class))
        })
        .collect();
    hard.sort_by(|(a, _), (b, _)| {
        badness(b)
            .partial_cmp(&badness(a))
            .unwrap_or(Ordering::Equal)
            .then_with(|| natural_order(&a.sample.id, &b.sample.id))
    });
    let mut counts = BTreeMap::new();
    for (_, class) in &hard {
        *counts.entry(*class).or_default() += 1;
    }
    hard.truncate(spec.max_exported);
    let found = hard
        .into_iter()
        .map(|(met, class)| describe(spec, met, class))
        .collect();
    (found, counts)
}

/// A sample of which only how far the two texts lie apart is known.
fn without_reference<'a>(
    spec: &CompareSpec<'_>,
    sample: &'a Sample,
    predictions: [Option<&'a Prediction>; 2],
) -> Met<'a> {
    let score = |prediction: Option<&Prediction>| SampleScore {
        id: sample.id.clone(),
        status: prediction.map_or(PredictionStatus::Skipped, |p| p.status),
        n_ref: 0,
        n_hyp: None,
        distance: None,
        cer: None,
        word_n_ref: 0,
        word_distance: None,
    };
    let text = |prediction: Option<&'a Prediction>| {
        prediction
            .filter(|p| p.status.is_scored())
            .map(|p| p.text.as_str())
    };
    let texts = text(predictions[0]).zip(text(predictions[1]));
    Met {
        sample,
        baseline: score(predictions[0]),
        candidate: score(predictions[1]),
        predictions,
        disagreement: texts.and_then(|(a, b)| score_pair(a, b, &spec.profile).cer(&spec.profile)),
    }
}

fn describe<'a>(spec: &CompareSpec<'_>, met: Met<'a>, class: HardClass) -> Found<'a> {
    let sample = met.sample;
    let text = |prediction: Option<&Prediction>| {
        prediction
            .filter(|p| p.status.is_scored())
            .map_or_else(String::new, |p| p.text.clone())
    };
    let [baseline_text, candidate_text] = met.predictions.map(text);
    // The picture shows where a side that finds the sample hard went wrong.
    let to_blame = match class {
        HardClass::Both | HardClass::Disagreement => &met.predictions[..],
        HardClass::BaselineOnly => &met.predictions[..1],
        HardClass::CandidateOnly => &met.predictions[1..],
    };
    // Without a reference it is where the baseline differs from the candidate.
    let (to_blame, held_against) = match &sample.reference {
        Some(reference) => (to_blame, reference),
        None => (&met.predictions[..1], &candidate_text),
    };
    let lines = to_blame.iter().flatten().flat_map(|p| &p.lines);
    let reason = match met.disagreement {
        Some(apart) => format!(
            "{} and {} are {:.1} % of the text apart",
            spec.baseline.name,
            spec.candidate.name,
            apart * 100.0
        ),
        None => format!(
            "{} {}, {} {}",
            spec.baseline.name,
            verdict(&met.baseline),
            spec.candidate.name,
            verdict(&met.candidate)
        ),
    };
    Found {
        sample,
        region: region::worst_line(lines, held_against, &spec.profile),
        row: HardSample {
            id: sample.id.clone(),
            image: sample.image.clone(),
            class,
            reason,
            baseline: met.baseline,
            candidate: met.candidate,
            disagreement: met.disagreement,
            baseline_text,
            candidate_text,
            reference: sample.reference.clone().unwrap_or_default(),
            thumbnail: None,
            crop: None,
        },
    }
}

/// What a side made of the sample, in a few words.
fn verdict(score: &SampleScore) -> String {
    match (score.cer, score.distance) {
        (Some(cer), _) => format!("CER {:.1} %", cer * 100.0),
        (None, Some(distance)) => format!("{distance} characters where there are none"),
        (None, None) => score.status.to_string(),
    }
}

/// Which side finds the sample hard; `None` when neither does.
fn class(met: &Met<'_>, threshold: f64) -> Option<HardClass> {
    if met.sample.reference.is_none() {
        let scored = met
            .predictions
            .map(|p| p.is_some_and(|p| p.status.is_scored()));
        let is_apart = met.disagreement.is_none_or(|apart| apart > threshold);
        return match scored {
            [false, false] => Some(HardClass::Both),
            [true, true] if !is_apart => None,
            _ => Some(HardClass::Disagreement),
        };
    }
    let is_hard = |score: &SampleScore| score.cer.is_none_or(|cer| cer > threshold);
    match (is_hard(&met.baseline), is_hard(&met.candidate)) {
        (true, true) => Some(HardClass::Both),
        (true, false) => Some(HardClass::BaselineOnly),
        (false, true) => Some(HardClass::CandidateOnly),
        (false, false) => None,
    }
}

/// The rate of the worse side, then that of the other; without a rate a side is all wrong.
/// Without a reference, how far the two lie apart.
fn badness(met: &Met<'_>) -> (f64, f64) {
    if let Some(apart) = met.disagreement {
        return (apart, 0.0);
    }
    let baseline = met.baseline.cer.unwrap_or(1.0);
    let candidate = met.candidate.cer.unwrap_or(1.0);
    (baseline.max(candidate), baseline.min(candidate))
}
