//! Which samples are hard, and how hard.

use std::cmp::Ordering;
use std::collections::HashMap;

use overnight_record::Prediction;
use overnight_record::result::{HardClass, HardSample, PairedSample, SampleScore};

use super::{CompareSpec, SideInput, region};
use crate::dataset::{Sample, natural_order};

/// At most this many hard samples are exported, the worst ones.
pub const MAX_EXPORTED: usize = 50;

/// A hard sample on its way to its pictures.
pub(super) struct Found<'a> {
    pub(super) sample: &'a Sample,
    pub(super) row: HardSample,
    /// The part of the image around the worst line: left, top, width, height in pixels.
    pub(super) region: Option<[f32; 4]>,
}

/// The worst hard samples, worst first, and how many there are in all.
pub(super) fn find<'a>(
    spec: &'a CompareSpec<'_>,
    pairs: &[PairedSample],
) -> (Vec<Found<'a>>, usize) {
    let threshold = spec.hard_threshold;
    let mut hard: Vec<(&PairedSample, HardClass)> = pairs
        .iter()
        .filter_map(|pair| Some((pair, class(pair, threshold)?)))
        .collect();
    hard.sort_by(|(a, _), (b, _)| {
        let (a_badness, b_badness) = (badness(a), badness(b));
        b_badness
            .partial_cmp(&a_badness)
            .unwrap_or(Ordering::Equal)
            .then_with(|| natural_order(&a.id, &b.id))
    });
    let n_hard = hard.len();
    hard.truncate(MAX_EXPORTED);
    let samples: HashMap<&str, &Sample> = spec
        .dataset
        .samples()
        .iter()
        .map(|sample| (sample.id.as_str(), sample))
        .collect();
    let (baseline, candidate) = (by_id(&spec.baseline), by_id(&spec.candidate));
    let found = hard
        .into_iter()
        .filter_map(|(pair, class)| {
            let sample = *samples.get(pair.id.as_str())?;
            let of = |side: &HashMap<&str, &'a Prediction>| side.get(pair.id.as_str()).copied();
            Some(describe(
                spec,
                sample,
                pair,
                class,
                [of(&baseline), of(&candidate)],
            ))
        })
        .collect();
    (found, n_hard)
}

fn by_id(side: &SideInput) -> HashMap<&str, &Prediction> {
    side.predictions
        .iter()
        .map(|prediction| (prediction.id.as_str(), prediction))
        .collect()
}

fn describe<'a>(
    spec: &CompareSpec<'_>,
    sample: &'a Sample,
    pair: &PairedSample,
    class: HardClass,
    predictions: [Option<&Prediction>; 2],
) -> Found<'a> {
    let reference = sample.reference.clone().unwrap_or_default();
    // The picture shows where a side that finds the sample hard went wrong.
    let to_blame = match class {
        HardClass::Both | HardClass::Disagreement => &predictions[..],
        HardClass::BaselineOnly => &predictions[..1],
        HardClass::CandidateOnly => &predictions[1..],
    };
    let lines = to_blame.iter().flatten().flat_map(|p| &p.lines);
    let text = |prediction: Option<&Prediction>, score: &SampleScore| {
        prediction
            .filter(|_| score.status.is_scored())
            .map_or_else(String::new, |p| p.text.clone())
    };
    Found {
        sample,
        region: region::worst_line(lines, &reference, &spec.profile),
        row: HardSample {
            id: pair.id.clone(),
            image: pair.image.clone(),
            class,
            reason: format!(
                "{} {}, {} {}",
                spec.baseline.name,
                verdict(&pair.baseline),
                spec.candidate.name,
                verdict(&pair.candidate)
            ),
            baseline: pair.baseline.clone(),
            candidate: pair.candidate.clone(),
            baseline_text: text(predictions[0], &pair.baseline),
            candidate_text: text(predictions[1], &pair.candidate),
            disagreement: None,
            reference,
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
fn class(pair: &PairedSample, threshold: f64) -> Option<HardClass> {
    let is_hard = |score: &SampleScore| score.cer.is_none_or(|cer| cer > threshold);
    match (is_hard(&pair.baseline), is_hard(&pair.candidate)) {
        (true, true) => Some(HardClass::Both),
        (true, false) => Some(HardClass::BaselineOnly),
        (false, true) => Some(HardClass::CandidateOnly),
        (false, false) => None,
    }
}

/// The rate of the worse side, then that of the other; without a rate a side is all wrong.
fn badness(pair: &PairedSample) -> (f64, f64) {
    let baseline = pair.baseline.cer.unwrap_or(1.0);
    let candidate = pair.candidate.cer.unwrap_or(1.0);
    (baseline.max(candidate), baseline.min(candidate))
}
