//! Samples whose reference may be wrong.

use std::cmp::Reverse;
use std::collections::HashSet;

use overnight_metrics::{Agreement, agreements};
use overnight_record::result::{LabelSuspect, SuspectPlace};
use overnight_record::{Line, Prediction};
use rayon::prelude::*;

use super::side::ScoredSide;
use super::{CompareSpec, region};
use crate::dataset::{Sample, natural_order};

/// A suspect on its way to its pictures.
pub(super) struct Suspect<'a> {
    pub(super) sample: &'a Sample,
    pub(super) row: LabelSuspect,
    /// The part of the image around the first place, when the baseline knows where it is.
    pub(super) region: Option<[f32; 4]>,
}

/// The samples at whose references both sides read the same other words, those with the most
/// such places first; at most as many as hard samples are exported, and how many there are.
pub(super) fn find<'a>(
    spec: &CompareSpec<'a>,
    baseline: &ScoredSide<'_>,
    candidate: &ScoredSide<'_>,
) -> (Vec<Suspect<'a>>, usize) {
    let samples = spec.dataset.samples().par_iter();
    let read = samples.zip(&baseline.by_sample).zip(&candidate.by_sample);
    let mut suspects: Vec<Suspect<'a>> = read
        .filter_map(|((sample, first), second)| suspect(sample, (*first)?, (*second)?))
        .collect();
    suspects.sort_by(|a, b| {
        let weight = |s: &Suspect<'_>| Reverse((s.row.places.len(), s.row.edits));
        weight(a)
            .cmp(&weight(b))
            .then_with(|| natural_order(&a.row.id, &b.row.id))
    });
    let n = suspects.len();
    suspects.truncate(spec.max_exported);
    (suspects, n)
}

fn suspect<'a>(sample: &'a Sample, first: &Prediction, second: &Prediction) -> Option<Suspect<'a>> {
    let reference = sample.reference.as_deref()?;
    if !first.status.is_scored() || !second.status.is_scored() {
        return None;
    }
    let places = agreements(reference, &first.text, &second.text);
    let region = places
        .first()
        .and_then(|place| place_on_page(first.lines.iter().chain(&second.lines), reference, place));
    (!places.is_empty()).then(|| Suspect {
        sample,
        region,
        row: LabelSuspect {
            id: sample.id.clone(),
            image: sample.image.clone(),
            edits: places.iter().map(|place| place.edits).sum(),
            places: places
                .into_iter()
                .map(|place| SuspectPlace {
                    word: place.word,
                    reference: place.reference,
                    both_read: place.both_read,
                })
                .collect(),
            thumbnail: None,
            crop: None,
        },
    })
}

/// The surroundings of the line that shares most words with the place and its neighbours in
/// the reference.
fn place_on_page<'l>(
    lines: impl Iterator<Item = &'l Line>,
    reference: &str,
    place: &Agreement,
) -> Option<[f32; 4]> {
    let words: Vec<&str> = reference.split_whitespace().collect();
    let n = place.reference.split_whitespace().count();
    let before = place.word.checked_sub(1).and_then(|index| words.get(index));
    let after = words.get(place.word + n);
    let read: HashSet<&str> = place.both_read.split_whitespace().collect();
    let near: HashSet<&str> = before.into_iter().chain(after).copied().collect();
    let mut best: Option<((usize, usize), &Line)> = None;
    for line in lines.filter(|line| !line.polygon.is_empty()) {
        let own: HashSet<&str> = line.text.split_whitespace().collect();
        let shared = (
            own.intersection(&read).count(),
            own.intersection(&near).count(),
        );
        if shared.0 > 0 && best.is_none_or(|(most, _)| shared > most) {
            best = Some((shared, line));
        }
    }
    best.and_then(|(_, line)| region::surroundings(&line.polygon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_the_one_with_the_right_neighbours() {
        let line = |text: &str, top: f32| Line {
            polygon: vec![
                [10.0, top],
                [110.0, top],
                [110.0, top + 20.0],
                [10.0, top + 20.0],
            ],
            text: text.to_owned(),
            confidence: None,
        };
        let lines = [
            line("CASH 10.50", 0.0),
            line("TOTAL 10.50", 100.0),
            line("THANK YOU", 200.0),
        ];
        let reference = "CASH 10.50\nTOTAL 1O.50\nTHANK YOU";
        let text = "CASH 10.50\nTOTAL 10.50\nTHANK YOU";
        let places = agreements(reference, text, text);
        let region = place_on_page(lines.iter(), reference, &places[0]);
        assert_eq!(region, Some([-10.0, 80.0, 140.0, 60.0]));
        assert_eq!(
            place_on_page(lines[2..].iter(), reference, &places[0]),
            None
        );
    }
}
