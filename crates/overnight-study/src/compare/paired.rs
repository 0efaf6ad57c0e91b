//! The samples with both scores, and what their images and texts are like.

use std::collections::BTreeMap;

use overnight_image::{Appearance, Limits, decode};
use overnight_metrics::{CharClass, Random};
use overnight_record::result::{ImageProperties, PairedSample};
use overnight_record::{Line, Prediction, Progress, StopFlag};
use rayon::prelude::*;

use super::side::ScoredSide;
use crate::dataset::{Dataset, Sample};

/// Images that are looked at, at most: more would say little more about a property, and take an
/// hour.
const MOST_LOOKED_AT: usize = 5_000;

/// One row a sample with a reference, in dataset order. Images are decoded for their properties,
/// of many samples those that `seed` chooses, until a stop is asked for.
pub(super) fn pair_samples(
    (dataset, seed): (&Dataset, u64),
    baseline: &ScoredSide<'_>,
    candidate: &ScoredSide<'_>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Vec<PairedSample> {
    let with_reference: Vec<(&Sample, &str, Option<&Prediction>)> = dataset
        .samples()
        .iter()
        .zip(&baseline.by_sample)
        .filter_map(|(sample, read)| Some((sample, sample.reference.as_deref()?, *read)))
        .collect();
    let mut is_looked_at = vec![false; with_reference.len()];
    for chosen in Random::new(seed).choose(with_reference.len(), MOST_LOOKED_AT) {
        is_looked_at[chosen] = true;
    }
    progress.begin("measuring images", with_reference.len() as u64);
    let rows = with_reference
        .into_par_iter()
        .zip(&baseline.score.samples)
        .zip(&candidate.score.samples)
        .zip(is_looked_at)
        .map(
            |((((sample, reference, read), baseline), candidate), is_looked_at)| {
                let confidence = read
                    .filter(|prediction| prediction.status.is_scored())
                    .and_then(|prediction| confidence(&prediction.lines));
                let row = PairedSample {
                    id: sample.id.clone(),
                    image: sample.image.clone(),
                    baseline: baseline.clone(),
                    candidate: candidate.clone(),
                    baseline_confidence: confidence.map(|(mean, _)| mean),
                    baseline_least_confidence: confidence.map(|(_, least)| least),
                    properties: (is_looked_at && !stop.is_requested())
                        .then(|| look(sample))
                        .flatten(),
                    n_lines: reference.lines().filter(|l| !l.trim().is_empty()).count(),
                    script: script(reference),
                    language: sample.language.clone(),
                };
                progress.advance(1);
                row
            },
        )
        .collect();
    progress.end();
    rows
}

fn look(sample: &Sample) -> Option<ImageProperties> {
    let bytes = std::fs::read(&sample.path).ok()?;
    let look = Appearance::of(&decode(&bytes, &Limits::default()).ok()?.image);
    Some(ImageProperties {
        width: look.width,
        height: look.height,
        brightness: look.brightness,
        contrast: look.contrast,
        sharpness: look.sharpness,
        tint: look.tint,
    })
}

/// Mean over characters and least over lines; `None` when a line with text has none.
fn confidence(lines: &[Line]) -> Option<(f64, f64)> {
    let (mut sum, mut n, mut least) = (0.0, 0.0, f64::INFINITY);
    for line in lines.iter().filter(|l| !l.text.trim().is_empty()) {
        let confidence = f64::from(line.confidence?);
        let characters = line.text.chars().count() as f64;
        sum += confidence * characters;
        n += characters;
        least = least.min(confidence);
    }
    (n > 0.0).then(|| (sum / n, least))
}

/// The script most of the letters are in; `no letters` without any, `None` for an empty text.
fn script(reference: &str) -> Option<String> {
    let mut letters: BTreeMap<CharClass, usize> = BTreeMap::new();
    let mut has_text = false;
    for character in reference.chars().filter(|c| !c.is_whitespace()) {
        has_text = true;
        let class = CharClass::of(character.encode_utf8(&mut [0; 4]));
        if let Some(class) = class.filter(|class| class.is_letter()) {
            *letters.entry(class).or_default() += 1;
        }
    }
    // Of equal numbers the first class counts, so that the answer is always the same.
    let most = letters.iter().rev().max_by_key(|(_, n)| **n);
    has_text.then(|| {
        most.map_or("no letters", |(class, _)| class.name())
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_that_of_most_letters() {
        assert_eq!(script("합계 TOTAL 12,000원 영수증"), Some("hangul".into()));
        assert_eq!(script("TOTAL 합계"), Some("latin".into()));
        assert_eq!(script("12.50"), Some("no letters".into()));
        assert_eq!(script(" \n"), None);
    }

    #[test]
    fn confidence_weighs_characters() {
        let line = |text: &str, confidence| Line {
            polygon: Vec::new(),
            text: text.to_owned(),
            confidence,
        };
        let mut lines = vec![
            line("abc", Some(1.0)),
            line("d", Some(0.5)),
            line(" ", None),
        ];
        assert_eq!(confidence(&lines), Some((0.875, 0.5)));
        lines.push(line("e", None));
        assert_eq!(confidence(&lines), None, "one line without says nothing");
        assert_eq!(confidence(&[]), None);
    }
}
