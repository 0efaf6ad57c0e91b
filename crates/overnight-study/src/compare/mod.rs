//! Two sets of predictions over the same samples: which reads better, how sure that is, and
//! which samples a person should look at.

mod hard;
mod pictures;
mod region;

use std::path::PathBuf;

use overnight_metrics::{Bootstrap, Pairing, Profile, Rates, median};
use overnight_record::result::{
    Artifact, BackendInfo, CompareResult, PairedSample, ReadingCost, ResultStatus, SampleScore,
    Side,
};
use overnight_record::store::{self, StoreError};
use overnight_record::{Diagnose, ExitCode, Prediction, Progress, StopFlag};

use crate::dataset::Dataset;
use crate::predictions::{Matched, count_statuses};
use crate::score::{coverage, judge, score_under};

pub use hard::MAX_EXPORTED;

/// One of the two sides, as it is handed in.
#[derive(Debug, Clone)]
pub struct SideInput {
    /// Name for people: the backend, or the predictions file.
    pub name: String,
    /// The backend, when it was run here.
    pub backend: Option<BackendInfo>,
    /// The predictions file, for the result.
    pub path: String,
    /// Its predictions.
    pub predictions: Vec<Prediction>,
}

/// What to compare.
pub struct CompareSpec<'a> {
    /// The samples, already chosen.
    pub dataset: &'a Dataset,
    /// The side to beat.
    pub baseline: SideInput,
    /// The side under test.
    pub candidate: SideInput,
    /// How texts are compared.
    pub profile: Profile,
    /// CER above which a sample is hard.
    pub hard_threshold: f64,
    /// How intervals are computed.
    pub bootstrap: Bootstrap,
    /// Folder that gets the hard samples.
    pub hard_samples_dir: PathBuf,
    /// Folder of the `result.json`; paths below it are given relative to it, others absolute.
    pub result_dir: Option<PathBuf>,
}

/// What was compared, and what a reader must know beside the numbers.
#[derive(Debug, Clone)]
pub struct Compared {
    /// The typed result.
    pub result: CompareResult,
    /// `ok`; `findings` when a side did not read every sample; `partial` when stopped.
    pub status: ResultStatus,
    /// Why it is not `ok`, and what was left out, in one line.
    pub message: Option<String>,
    /// Hard samples, those beyond [`MAX_EXPORTED`] included.
    pub n_hard: usize,
    /// Files that were written.
    pub artifacts: Vec<Artifact>,
}

/// A comparison that could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// No sample has a reference.
    #[error("failed to compare on {dataset}: no sample has a reference")]
    NoReference {
        /// The dataset.
        dataset: String,
    },
    /// A hard sample cannot be written.
    #[error("failed to export the hard samples")]
    Export(#[source] StoreError),
}

impl Diagnose for CompareError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoReference { .. } => ExitCode::Precondition,
            Self::Export(source) => source.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NoReference { .. } => Some(
                "predictions are compared by how far they are from a text; add the texts to the \
                 dataset"
                    .to_owned(),
            ),
            Self::Export(source) => source.hint(),
        }
    }
}

/// Scores both sides, pairs them by image, and exports the hard samples: texts, a reduced
/// copy of the image, and the part of it around the worst line.
///
/// # Errors
/// [`CompareError`]; never because of a sample.
pub fn compare(
    spec: &CompareSpec<'_>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<Compared, CompareError> {
    let hashes = spec.dataset.image_hashes();
    let baseline = ScoredSide::new(spec, &spec.baseline, &hashes);
    let candidate = ScoredSide::new(spec, &spec.candidate, &hashes);
    if baseline.scores.is_empty() {
        return Err(CompareError::NoReference {
            dataset: spec.dataset.name().to_owned(),
        });
    }
    let samples = pair_samples(spec.dataset, &baseline.scores, &candidate.scores);
    let (hard, n_hard) = hard::find(spec, &samples);
    let (hard_samples, mut artifacts) =
        pictures::export(spec, hard, progress, stop).map_err(CompareError::Export)?;
    let rows = spec.hard_samples_dir.join("hard_samples.jsonl");
    store::write_json_lines(&rows, &hard_samples).map_err(CompareError::Export)?;
    artifacts.push(Artifact {
        path: pictures::shown(&rows, spec.result_dir.as_deref()),
        kind: "hard samples".to_owned(),
    });
    let is_complete = [&baseline, &candidate]
        .iter()
        .all(|side| side.side.coverage >= 1.0);
    let status = if stop.is_requested() {
        ResultStatus::Partial
    } else if is_complete {
        ResultStatus::Ok
    } else {
        ResultStatus::Findings
    };
    let message = message(spec, [&baseline, &candidate], n_hard, stop.is_requested());
    let result = CompareResult {
        dataset: spec.dataset.info(&hashes),
        profile: spec.profile.name.clone(),
        definition: spec.profile.definition(),
        unit: spec.profile.unit.name().to_owned(),
        paired: Pairing {
            rule: spec.profile.rule,
            bootstrap: spec.bootstrap,
            margin: None,
        }
        .difference(&baseline.scores, &candidate.scores),
        baseline: baseline.side,
        candidate: candidate.side,
        further_profiles: Vec::new(),
        breakdowns: Vec::new(),
        routing: None,
        hard_threshold: spec.hard_threshold,
        samples,
        n_without_reference: 0,
        hard_counts: Default::default(),
        hard_samples,
        n_label_suspects: 0,
        label_suspects: Vec::new(),
    };
    for side in [&result.baseline, &result.candidate] {
        assert_eq!(
            side.statuses.values().sum::<usize>(),
            result.samples.len(),
            "invariant: every sample has one status on each side"
        );
    }
    Ok(Compared {
        result,
        status,
        message,
        n_hard,
        artifacts,
    })
}

/// A side with its scores, one a sample that has a reference.
struct ScoredSide {
    side: Side,
    scores: Vec<SampleScore>,
    remark: Option<String>,
}

impl ScoredSide {
    fn new(spec: &CompareSpec<'_>, input: &SideInput, hashes: &[String]) -> Self {
        let matched = Matched::new(spec.dataset, hashes, &input.predictions);
        let judged = judge(spec.dataset, &matched);
        let score = score_under(&judged, &spec.profile, &spec.bootstrap);
        let samples = spec.dataset.samples().iter().zip(&matched.by_sample);
        let used: Vec<Option<&Prediction>> = samples
            .filter(|(sample, _)| sample.reference.is_some())
            .map(|(_, prediction)| *prediction)
            .collect();
        // Predictions made elsewhere may carry no times.
        let latencies: Vec<f64> = used
            .iter()
            .flatten()
            .filter(|p| p.status.is_scored() && p.timings_ms.total > 0.0)
            .map(|p| p.timings_ms.total)
            .collect();
        let n_scored = score
            .samples
            .iter()
            .filter(|s| s.distance.is_some())
            .count();
        let rates = Rates {
            cer: score.cer,
            wer: score.wer,
        };
        Self {
            side: Side {
                name: input.name.clone(),
                backend: input.backend.clone(),
                predictions: input.path.clone(),
                statuses: count_statuses(used),
                coverage: coverage(n_scored, score.samples.len()),
                cer: rates.cer,
                wer: rates.wer,
                first_statuses: Default::default(),
                raw: None,
                errors: score.errors,
                order_free: None,
                fields: Vec::new(),
                cost: ReadingCost {
                    ms_p50: median(&latencies),
                    ..ReadingCost::default()
                },
                noise: None,
            },
            scores: score.samples,
            remark: matched.remark(),
        }
    }
}

/// One row a sample with a reference; both slices are in dataset order.
fn pair_samples(
    dataset: &Dataset,
    baseline: &[SampleScore],
    candidate: &[SampleScore],
) -> Vec<PairedSample> {
    let with_reference = dataset.samples().iter().filter(|s| s.reference.is_some());
    with_reference
        .zip(baseline.iter().zip(candidate))
        .map(|(sample, (baseline, candidate))| PairedSample {
            id: sample.id.clone(),
            image: sample.image.clone(),
            baseline: baseline.clone(),
            candidate: candidate.clone(),
            baseline_confidence: None,
            properties: None,
            n_lines: 0,
            script: None,
            language: sample.language.clone(),
        })
        .collect()
}

fn message(
    spec: &CompareSpec<'_>,
    sides: [&ScoredSide; 2],
    n_hard: usize,
    is_stopped: bool,
) -> Option<String> {
    let mut parts = Vec::new();
    for scored in sides {
        let n = scored.scores.len();
        let lost = scored
            .scores
            .iter()
            .filter(|s| s.distance.is_none())
            .count();
        if lost > 0 {
            parts.push(format!(
                "{} has no text for {lost} of {n}",
                scored.side.name
            ));
        }
        if let Some(remark) = &scored.remark {
            parts.push(format!("{}: {remark}", scored.side.name));
        }
    }
    if n_hard > MAX_EXPORTED {
        parts.push(format!(
            "{n_hard} hard samples (CER above {}), the worst {MAX_EXPORTED} exported",
            spec.hard_threshold
        ));
    }
    if is_stopped {
        parts.push("stopped before every picture was made".to_owned());
    }
    (!parts.is_empty()).then(|| parts.join("; "))
}
