//! What the served model read, and its score by itself, from the same samples as the comparison.

use overnight_record::result::{
    Artifact, InferResult, ProfileScore, ResultFile, SampleFailure, SampleScore, ScoreResult,
    StageSummary,
};
use overnight_record::{PredictionStatus, Usage};

use super::{readers, validation};
use crate::studies::{DEFINITION, HOSTILE, PROFILE, done, infer, rate};

/// The inference that wrote `predictions`, and their score.
pub(super) fn build(predictions: &str) -> (ResultFile<InferResult>, ResultFile<ScoreResult>) {
    (inference(predictions), score(predictions))
}

fn inference(predictions: &str) -> ResultFile<InferResult> {
    let samples = readers::samples();
    let side = readers::candidate(&samples);
    let mut file = infer(readers::qwen());
    let failures = samples.iter().map(|s| &s.candidate);
    file.body = InferResult {
        n: 120,
        n_inferred: 96,
        n_cached: 24,
        dataset: validation(),
        statuses: side.statuses,
        first_statuses: side.first_statuses,
        usage: Some(Usage {
            prompt_tokens: side.cost.prompt_tokens,
            completion_tokens: side.cost.completion_tokens,
        }),
        wall_s: 1_236.0,
        load_s: 24.0,
        images_per_s: Some(96.0 / 1_236.0),
        predictions: predictions.to_owned(),
        further_predictions: vec!["datasets/validation/qwen.parquet".to_owned()],
        overlay: None,
        stages: vec![
            stage("decode", 96, 21.0),
            stage("first token", 95, 2_310.0),
            stage("request", 96, 9_800.0),
            stage("post", 41, 0.4),
            stage("total", 96, 9_840.0),
        ],
        failures: failures
            .filter(|score| !score.status.is_scored())
            .map(|score| SampleFailure {
                id: score.id.clone(),
                status: score.status,
                error: Some(match score.status {
                    PredictionStatus::Loop => format!("the answer repeats itself: {HOSTILE}"),
                    _ => "no answer within 2 min".to_owned(),
                }),
            })
            .collect(),
        ..file.body
    };
    let artifact = |path: &str, kind: &str| Artifact {
        path: path.to_owned(),
        kind: kind.to_owned(),
    };
    file.artifacts = vec![
        artifact(predictions, "predictions"),
        artifact("texts", "texts"),
    ];
    file
}

/// Invented times about a mean.
fn stage(name: &str, n: usize, ms_mean: f64) -> StageSummary {
    StageSummary {
        stage: name.to_owned(),
        n,
        ms_mean,
        ms_p50: ms_mean * 0.91,
        ms_p90: ms_mean * 1.62,
        ms_sum: ms_mean * n as f64,
    }
}

fn score(predictions: &str) -> ResultFile<ScoreResult> {
    let samples = readers::samples();
    let side = readers::candidate(&samples);
    let mut scores: Vec<SampleScore> = samples.into_iter().map(|s| s.candidate).collect();
    scores[29].id = "r029 <script>alert(1)</script>\u{202e}".to_owned();
    let first = ProfileScore {
        profile: PROFILE.to_owned(),
        definition: DEFINITION.to_owned(),
        unit: "code point".to_owned(),
        n: 120,
        coverage: side.coverage,
        cer: side.cer,
        wer: side.wer,
        raw: side.raw,
        errors: side.errors,
        order_free: side.order_free,
        samples: scores,
    };
    let mut strict = ProfileScore {
        profile: "strict".to_owned(),
        definition: "raw code points".to_owned(),
        cer: rate(9_120, first.cer.reference_len + 7_000, 0.12, 0.16),
        ..first.clone()
    };
    strict.errors.substitutions = 9_120 - strict.errors.deletions - strict.errors.insertions;
    strict.errors.confusions.truncate(3);
    done(ScoreResult {
        first,
        further_profiles: vec![strict],
        predictions: predictions.to_owned(),
        dataset: Some(validation()),
        fields: side.fields,
    })
}
