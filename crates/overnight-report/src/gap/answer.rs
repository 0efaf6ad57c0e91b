//! The answer in a few sentences: which reads better and how sure that is, what it costs, and
//! what to do.

use overnight_record::result::{CompareResult, EquivalenceVerdict, PairedDifference};

use super::shown::Shown;
use super::words::{Name, Words};
use super::{advice, cost, n_samples, names};
use crate::number::{count, p_value, percent, points, points_with};

/// At most three sentences; the first is always there.
pub(crate) fn answer(compare: &CompareResult) -> Vec<Words> {
    let sentences = [
        Some(verdict(compare)),
        cost::sentence(compare),
        advice::sentence(compare),
    ];
    sentences.into_iter().flatten().map(Words::from).collect()
}

/// What the paired difference says, no more than interval, test and margin allow.
fn verdict(compare: &CompareResult) -> String {
    let Some(paired) = &compare.paired else {
        return "No sample was readable on both sides, so the two cannot be compared.".to_owned();
    };
    let (baseline, candidate) = names(compare);
    let on = format!(
        "{} (profile {})",
        read_by_both(compare, paired),
        Name(&compare.profile)
    );
    let rates = format!(
        "CER {} against {}, {} on {on}",
        percent(paired.candidate_micro),
        percent(paired.baseline_micro),
        points_with(paired.difference, paired.interval.as_ref()),
    );
    let within = paired
        .equivalence
        .as_ref()
        .filter(|it| it.verdict == EquivalenceVerdict::Equivalent)
        .map(|it| format!("within the margin of {}", points(it.margin)));
    let n = count(paired.n);
    let p = paired.test.as_ref().map_or_else(String::new, |test| {
        format!(", the test gives p {}", p_value(test.p))
    });
    let too = within
        .as_ref()
        .map_or_else(String::new, |within| format!("; it lies {within}"));
    match (Shown::from(paired), within) {
        (Shown::Fewer, None) => format!("{candidate} makes fewer errors than {baseline}: {rates}."),
        (Shown::More, None) => format!("{candidate} makes more errors than {baseline}: {rates}."),
        (Shown::Fewer, Some(within)) => format!(
            "{candidate} makes fewer errors than {baseline}, but the difference is too small to matter: {rates}, {within}."
        ),
        (Shown::More, Some(within)) => format!(
            "{candidate} makes more errors than {baseline}, but the difference is too small to matter: {rates}, {within}."
        ),
        (Shown::Nothing, Some(within)) => {
            format!("{candidate} and {baseline} read equally well: {rates}, {within}.")
        }
        (Shown::Nothing, None) => format!(
            "No difference between {candidate} and {baseline} is shown: {rates}; the interval holds zero."
        ),
        (Shown::FewerUnsure, _) => format!(
            "{candidate} makes fewer errors than {baseline} on these samples, but that is not sure at n = {n}: {rates}; the interval lies below zero{p}{too}."
        ),
        (Shown::MoreUnsure, _) => format!(
            "{candidate} makes more errors than {baseline} on these samples, but that is not sure at n = {n}: {rates}; the interval lies above zero{p}{too}."
        ),
        (Shown::NothingUnsure, _) => format!(
            "Whether {candidate} or {baseline} reads better is not sure at n = {n}: {rates}; the interval holds zero{p}{too}."
        ),
        (Shown::Unknown, _) => format!(
            "{candidate} and {baseline} differ by {} on {on} (CER {} against {}); without an interval nothing can be said about other samples.",
            points_with(paired.difference, None),
            percent(paired.candidate_micro),
            percent(paired.baseline_micro),
        ),
    }
}

/// The samples a paired difference rests on: `the 39 of 40 samples that both read`.
fn read_by_both(compare: &CompareResult, paired: &PairedDifference) -> String {
    let all = n_samples(compare);
    if paired.n == all {
        format!("{} samples", count(all))
    } else {
        format!(
            "the {} of {} samples that both read",
            count(paired.n),
            count(all)
        )
    }
}
