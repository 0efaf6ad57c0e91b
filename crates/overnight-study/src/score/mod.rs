//! Scoring predictions against references, under one or more profiles.

mod fields;
mod order_free;
mod pairs;
mod raw;

use std::path::{Path, PathBuf};

use overnight_metrics::{Bootstrap, Errors, Profile, Rates, score_sample};
use overnight_record::result::{
    ClassErrorCounts, Confusion, ErrorCounts, ProfileScore, ResultStatus, ScoreResult,
};
use overnight_record::store::StoreError;
use overnight_record::{Diagnose, ExitCode, Prediction, PredictionStatus};
use rayon::prelude::*;

pub(crate) use fields::field_scores;
pub(crate) use order_free::order_free;
pub(crate) use raw::raw_score;

use crate::dataset::Dataset;
use crate::predictions::{Matched, counted};

/// Single errors that are named.
const MOST_CONFUSIONS: usize = 50;

/// A sample with everything a metric wants to know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// Sample id.
    pub id: String,
    /// Status of its prediction; `skipped` without one.
    pub status: PredictionStatus,
    /// Its reference.
    pub reference: String,
    /// The prediction's text; ignored unless the status is scored.
    pub hypothesis: String,
    /// A model's answer as it came, where the text is not the same.
    pub raw: Option<String>,
}

/// What was scored, and what a reader must know beside the numbers.
#[derive(Debug, Clone)]
pub struct Scored {
    /// The typed result.
    pub result: ScoreResult,
    /// `ok`, or `findings` when not every sample was scored.
    pub status: ResultStatus,
    /// Why it is not `ok`, in one line.
    pub message: Option<String>,
}

/// A scoring that could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// No sample has a reference.
    #[error("failed to score {what}: no sample has a reference")]
    NoReference {
        /// The dataset or file.
        what: String,
    },
    /// The file of pairs cannot be read.
    #[error("failed to load the pairs")]
    Pairs(#[source] StoreError),
    /// The file of pairs has no line.
    #[error("failed to score {path}: there is no pair in it")]
    NoPair {
        /// The file.
        path: PathBuf,
    },
    /// An id occurs twice in the file of pairs.
    #[error("{path} line {line}: the id `{id}` was already used in line {first}")]
    RepeatedPair {
        /// The file.
        path: PathBuf,
        /// The line of the second one, from 1.
        line: usize,
        /// The id.
        id: String,
        /// The line of the first one.
        first: usize,
    },
}

impl Diagnose for ScoreError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoReference { .. } | Self::NoPair { .. } => ExitCode::Precondition,
            Self::Pairs(source) => source.exit_code(),
            Self::RepeatedPair { .. } => ExitCode::Usage,
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoReference { .. } => {
                Some("a sample is scored against its text; add the texts to the dataset".to_owned())
            }
            Self::Pairs(_) | Self::NoPair { .. } => Some(
                "each line of the file is {\"id\": ..., \"reference\": ..., \"hypothesis\": ...}"
                    .to_owned(),
            ),
            Self::RepeatedPair { .. } => None,
        }
    }
}

/// Puts each sample that has a reference beside its prediction.
pub fn judge(dataset: &Dataset, matched: &Matched<'_>) -> Vec<Judged> {
    dataset
        .samples()
        .iter()
        .zip(&matched.by_sample)
        .filter_map(|(sample, prediction)| {
            let reference = sample.reference.clone()?;
            Some(Judged {
                id: sample.id.clone(),
                status: prediction.map_or(PredictionStatus::Skipped, |p| p.status),
                reference,
                hypothesis: prediction.map(|p| p.text.clone()).unwrap_or_default(),
                raw: prediction.and_then(|p| p.raw.clone()),
            })
        })
        .collect()
}

/// The scores of `samples` under one profile.
///
/// # Panics
/// When the totals do not add up, which no input can bring about.
pub fn score_under(samples: &[Judged], profile: &Profile, bootstrap: &Bootstrap) -> ProfileScore {
    let scores: Vec<_> = samples
        .par_iter()
        .map(|sample| {
            score_sample(
                &sample.id,
                sample.status,
                &sample.reference,
                &sample.hypothesis,
                profile,
            )
        })
        .collect();
    let n_scored = scores.iter().filter(|s| s.distance.is_some()).count();
    let rates = Rates::of(&scores, profile.rule, bootstrap);
    assert_eq!(
        rates.cer.edits,
        scores.iter().filter_map(|s| s.distance).sum::<u64>(),
        "invariant: the total is the sum of the rows"
    );
    ProfileScore {
        profile: profile.name.clone(),
        definition: profile.definition(),
        unit: profile.unit.name().to_owned(),
        n: scores.len(),
        coverage: coverage(n_scored, scores.len()),
        cer: rates.cer,
        wer: rates.wer,
        raw: raw_score(samples, &scores, profile, bootstrap),
        errors: error_counts(samples, profile),
        order_free: Some(order_free(samples, profile)),
        samples: scores,
    }
}

/// The single errors of the scored samples, the most frequent ones by name.
fn error_counts(samples: &[Judged], profile: &Profile) -> ErrorCounts {
    let errors = samples
        .par_iter()
        .filter(|sample| sample.status.is_scored())
        .map(|sample| Errors::between(&sample.reference, &sample.hypothesis, profile))
        .reduce(Errors::default, |mut sum, errors| {
            sum.add(errors);
            sum
        });
    let mut classes: Vec<ClassErrorCounts> = errors
        .classes
        .iter()
        .map(|(class, counts)| ClassErrorCounts {
            class: class.name().to_owned(),
            n_ref: counts.n_ref,
            substituted: counts.substituted,
            deleted: counts.deleted,
            inserted: counts.inserted,
        })
        .collect();
    classes.sort_by_key(|class| std::cmp::Reverse(class.n_ref));
    let confusions = errors.most_frequent(MOST_CONFUSIONS).into_iter();
    ErrorCounts {
        substitutions: errors.substitutions,
        deletions: errors.deletions,
        insertions: errors.insertions,
        classes,
        confusions: confusions
            .map(|(reference, hypothesis, n)| Confusion {
                reference: reference.to_owned(),
                hypothesis: hypothesis.to_owned(),
                n,
            })
            .collect(),
    }
}

/// Scored samples / samples, in [0, 1]; 0 without samples.
pub(crate) fn coverage(n_scored: usize, n: usize) -> f64 {
    if n == 0 {
        0.0
    } else {
        n_scored as f64 / n as f64
    }
}

/// Scores a predictions file against a dataset.
///
/// # Errors
/// [`ScoreError::NoReference`].
///
/// # Panics
/// Without a profile.
pub fn score_dataset(
    dataset: &Dataset,
    predictions: &[Prediction],
    predictions_path: &str,
    profiles: &[Profile],
    bootstrap: &Bootstrap,
) -> Result<Scored, ScoreError> {
    let hashes = dataset.image_hashes();
    let matched = Matched::new(dataset, &hashes, predictions);
    let judged = judge(dataset, &matched);
    let result = score(
        &judged,
        dataset.name(),
        predictions_path,
        profiles,
        bootstrap,
    )?;
    let remark = matched.remark();
    Ok(conclude(
        ScoreResult {
            dataset: Some(dataset.info(&hashes)),
            fields: field_scores(dataset, &matched),
            ..result
        },
        remark,
    ))
}

/// Scores a file of pairs: one `{"id", "reference", "hypothesis"}` a line.
///
/// # Errors
/// [`ScoreError`].
///
/// # Panics
/// Without a profile.
pub fn score_pairs(
    path: &Path,
    profiles: &[Profile],
    bootstrap: &Bootstrap,
) -> Result<Scored, ScoreError> {
    let judged = pairs::read(path)?;
    let shown = path.to_string_lossy();
    let result = score(&judged, &shown, &shown, profiles, bootstrap)?;
    Ok(conclude(result, None))
}

fn score(
    judged: &[Judged],
    what: &str,
    predictions: &str,
    profiles: &[Profile],
    bootstrap: &Bootstrap,
) -> Result<ScoreResult, ScoreError> {
    if judged.is_empty() {
        return Err(ScoreError::NoReference {
            what: what.to_owned(),
        });
    }
    let (first, further) = profiles
        .split_first()
        .expect("invariant: a score has a profile");
    Ok(ScoreResult {
        first: score_under(judged, first, bootstrap),
        further_profiles: further
            .iter()
            .map(|profile| score_under(judged, profile, bootstrap))
            .collect(),
        predictions: predictions.to_owned(),
        dataset: None,
        fields: Vec::new(),
    })
}

/// Says whether every sample was scored, and if not, what the others are.
fn conclude(result: ScoreResult, remark: Option<String>) -> Scored {
    let samples = &result.first.samples;
    let mut unscored: std::collections::BTreeMap<PredictionStatus, usize> =
        std::collections::BTreeMap::new();
    for sample in samples.iter().filter(|s| s.distance.is_none()) {
        *unscored.entry(sample.status).or_default() += 1;
    }
    let mut remarks = Vec::new();
    if !unscored.is_empty() {
        let kinds: Vec<String> = unscored
            .iter()
            .map(|(status, n)| format!("{n} {status}"))
            .collect();
        let n: usize = unscored.values().sum();
        remarks.push(format!(
            "{} of {} not scored: {}",
            n,
            counted(samples.len(), "sample", "samples"),
            kinds.join(", ")
        ));
    }
    remarks.extend(remark);
    Scored {
        status: if unscored.is_empty() {
            ResultStatus::Ok
        } else {
            ResultStatus::Findings
        },
        message: (!remarks.is_empty()).then(|| remarks.join("; ")),
        result,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(id: &str, status: PredictionStatus, hypothesis: &str) -> Judged {
        Judged {
            id: id.to_owned(),
            status,
            reference: "total 12".to_owned(),
            hypothesis: hypothesis.to_owned(),
            raw: None,
        }
    }

    #[test]
    fn failures_lower_coverage_and_never_the_error_rate() {
        let profile = Profile::built_in("default").unwrap();
        let samples = [
            judged("a", PredictionStatus::Ok, "total 13"),
            judged(
                "b",
                PredictionStatus::Timeout,
                "garbage that must not count",
            ),
            judged("c", PredictionStatus::Empty, ""),
        ];
        let score = score_under(&samples, &profile, &Bootstrap::new(42));
        assert_eq!((score.n, score.coverage), (3, 1.0 / 3.0));
        assert_eq!(score.cer.micro, Some(1.0 / 8.0));
        assert_eq!(score.cer.failures_as_one, Some(17.0 / 24.0));
        assert_eq!(score.wer.micro, Some(0.5));
        let scored = conclude(
            ScoreResult {
                first: score,
                further_profiles: Vec::new(),
                predictions: String::new(),
                dataset: None,
                fields: Vec::new(),
            },
            None,
        );
        assert_eq!(scored.status, ResultStatus::Findings);
        assert_eq!(
            scored.message.as_deref(),
            Some("2 of 3 samples not scored: 1 empty, 1 timeout")
        );
    }

    #[test]
    fn pairs_are_read_line_by_line() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pairs.jsonl");
        let pair =
            |id: &str| format!("{{\"id\":\"{id}\",\"reference\":\"ab\",\"hypothesis\":\"ac\"}}\n");
        let profiles = [Profile::built_in("strict").unwrap()];
        let run = || score_pairs(&file, &profiles, &Bootstrap::new(1));
        std::fs::write(&file, pair("1") + &pair("2")).unwrap();
        let scored = run().unwrap();
        assert_eq!(scored.result.first.cer.micro, Some(0.5));
        assert_eq!(scored.status, ResultStatus::Ok);
        std::fs::write(&file, pair("1") + &pair("1")).unwrap();
        let error = run().unwrap_err().to_string();
        assert!(
            error.ends_with("pairs.jsonl line 2: the id `1` was already used in line 1"),
            "{error}"
        );
        std::fs::write(&file, "").unwrap();
        assert_eq!(run().unwrap_err().exit_code(), ExitCode::Precondition);
    }
}
