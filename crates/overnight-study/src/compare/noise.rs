//! What is left of a difference when nothing differs: the same reader, asked twice.

use std::collections::HashMap;

use overnight_metrics::{Bootstrap, Profile, Rates, score_sample};
use overnight_record::Prediction;
use overnight_record::result::NoiseFloor;

use super::Repeated;

/// Puts the second readings beside the first ones. `None` when no sample was read twice.
pub(super) fn noise_floor(
    first: &[Prediction],
    second: &Repeated,
    profile: &Profile,
    bootstrap: &Bootstrap,
) -> Option<NoiseFloor> {
    let by_id: HashMap<&str, &Prediction> = first.iter().map(|p| (p.id.as_str(), p)).collect();
    let pairs: Vec<(&Prediction, &Prediction)> = second
        .predictions
        .iter()
        .filter_map(|again| Some((*by_id.get(again.id.as_str())?, again)))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    let count = |is: fn(&Prediction, &Prediction) -> bool| {
        pairs.iter().filter(|(once, again)| is(once, again)).count()
    };
    let scores: Vec<_> = pairs
        .iter()
        .filter(|(once, again)| once.status.is_scored() && again.status.is_scored())
        .map(|(once, again)| {
            score_sample(&again.id, again.status, &once.text, &again.text, profile)
        })
        .collect();
    Some(NoiseFloor {
        n: pairs.len(),
        n_identical: count(|once, again| once.status == again.status && once.text == again.text),
        n_status_changed: count(|once, again| once.status != again.status),
        disagreement: Rates::of(&scores, profile.rule, bootstrap).cer,
        predictions: second.path.clone(),
    })
}
