//! Two sets of predictions over the same samples: which reads better, how sure that is, and
//! which samples a person should look at.

mod breakdown;
mod cost;
mod export;
mod hard;
mod noise;
mod paired;
mod pictures;
mod region;
mod routing;
mod side;
mod suspects;

use std::path::PathBuf;

use overnight_metrics::{Bootstrap, Pairing, Profile};
use overnight_record::result::{
    Artifact, BackendInfo, CompareResult, ProfileComparison, ProfileScore, ResultStatus,
};
use overnight_record::store::StoreError;
use overnight_record::{Diagnose, ExitCode, Prediction, Progress, StopFlag};

use self::export::{Exported, export};
use self::side::ScoredSide;
use crate::dataset::Dataset;
use crate::predictions::counted;

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
    /// Second readings of some samples, when they were asked for.
    pub repeated: Option<Repeated>,
}

/// Samples that the same reader read again, without knowing its first answers.
#[derive(Debug, Clone)]
pub struct Repeated {
    /// The predictions file, for the result.
    pub path: String,
    /// The second predictions.
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
    /// How texts are compared, everywhere but in `further_profiles`.
    pub profile: Profile,
    /// Profiles under which both sides are scored as well.
    pub further_profiles: Vec<Profile>,
    /// The difference in CER that would not matter, above 0.
    pub margin: Option<f64>,
    /// CER above which a sample is hard.
    pub hard_threshold: f64,
    /// How intervals are computed.
    pub bootstrap: Bootstrap,
    /// Hard samples, and label suspects, that are exported at most, the worst ones.
    pub max_exported: usize,
    /// Folder that gets the samples, the hard ones, their pictures and the dataset of them.
    pub export_dir: PathBuf,
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
    /// Files that were written.
    pub artifacts: Vec<Artifact>,
}

/// A comparison that could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum CompareError {
    /// Neither side has a prediction for any sample.
    #[error("failed to compare on {dataset}: neither side has a prediction for any of its samples")]
    NothingRead {
        /// The dataset.
        dataset: String,
    },
    /// A sample cannot be written.
    #[error("failed to export the samples")]
    Export(#[source] StoreError),
}

impl Diagnose for CompareError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::NothingRead { .. } => ExitCode::Precondition,
            Self::Export(source) => source.exit_code(),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::NothingRead { .. } => Some(
                "predictions belong to samples by their id; look whether the files are of this \
                 dataset"
                    .to_owned(),
            ),
            Self::Export(source) => source.hint(),
        }
    }
}

/// Scores both sides, pairs them by image, looks where and why they differ and what using both
/// would give, and exports the samples a person should look at. Samples without a reference
/// are only asked how far the two texts lie apart.
///
/// # Errors
/// [`CompareError`]; never because of a sample.
///
/// # Panics
/// When the totals do not add up, which no input can bring about.
pub fn compare(
    spec: &CompareSpec<'_>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<Compared, CompareError> {
    let hashes = spec.dataset.image_hashes();
    let baseline = ScoredSide::new(spec, &spec.baseline, &hashes);
    let candidate = ScoredSide::new(spec, &spec.candidate, &hashes);
    let is_read = |side: &ScoredSide<'_>| side.by_sample.iter().any(Option::is_some);
    if !is_read(&baseline) && !is_read(&candidate) {
        return Err(CompareError::NothingRead {
            dataset: spec.dataset.name().to_owned(),
        });
    }
    let samples = paired::pair_samples(
        (spec.dataset, spec.bootstrap.seed),
        &baseline,
        &candidate,
        progress,
        stop,
    );
    let (hard, hard_counts) = hard::find(spec, &baseline, &candidate, &samples);
    let (suspects, n_label_suspects) = suspects::find(spec, &baseline, &candidate);
    let sides = [&baseline, &candidate];
    let telling = (progress, stop);
    let Exported {
        hard_samples,
        hard_dataset,
        label_suspects,
        artifacts,
    } = export(spec, sides, &samples, hard, suspects, telling).map_err(CompareError::Export)?;
    let pairing = |profile: &Profile| Pairing {
        rule: profile.rule,
        bootstrap: spec.bootstrap,
        margin: spec.margin,
    };
    let described = [
        baseline.describe(spec, &spec.baseline),
        candidate.describe(spec, &spec.candidate),
    ];
    let costs = [&described[0].cost, &described[1].cost];
    let routing = routing::routing(&samples, costs, &spec.bootstrap);
    let further_profiles = spec.further_profiles.iter().map(|profile| {
        let scores = sides.map(|side| side.under(profile, spec));
        let paired = pairing(profile).difference(&scores[0].samples, &scores[1].samples);
        let [baseline, candidate] = scores;
        ProfileComparison {
            profile: profile.name.clone(),
            definition: profile.definition(),
            unit: profile.unit.name().to_owned(),
            baseline: baseline.cer,
            candidate: candidate.cer,
            paired,
        }
    });
    let n_without_reference = spec.dataset.len() - samples.len();
    let (status, message) = conclusion(spec, sides, n_without_reference, stop.is_requested());
    let ProfileScore {
        profile,
        definition,
        unit,
        ..
    } = &baseline.score;
    let [baseline_side, candidate_side] = described;
    let result = CompareResult {
        dataset: spec.dataset.info(&hashes),
        profile: profile.clone(),
        definition: definition.clone(),
        unit: unit.clone(),
        paired: pairing(&spec.profile)
            .difference(&baseline.score.samples, &candidate.score.samples),
        further_profiles: further_profiles.collect(),
        breakdowns: breakdown::breakdowns(&samples, &pairing(&spec.profile)),
        routing,
        baseline: baseline_side,
        candidate: candidate_side,
        hard_threshold: spec.hard_threshold,
        samples,
        n_without_reference,
        hard_counts,
        hard_samples,
        hard_dataset,
        n_label_suspects,
        label_suspects,
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
        artifacts,
    })
}

/// Whether every sample was read, and what a reader must know if not.
fn conclusion(
    spec: &CompareSpec<'_>,
    sides: [&ScoredSide<'_>; 2],
    n_without_reference: usize,
    is_stopped: bool,
) -> (ResultStatus, Option<String>) {
    let mut parts = Vec::new();
    let n = spec.dataset.len() - n_without_reference;
    let mut n_lost = 0;
    for (side, input) in sides.into_iter().zip([&spec.baseline, &spec.candidate]) {
        if side.n_lost() > 0 {
            parts.push(format!(
                "{} has no text for {} of {n}",
                input.name,
                side.n_lost()
            ));
        }
        n_lost += side.n_lost();
        if let Some(remark) = &side.remark {
            parts.push(format!("{}: {remark}", input.name));
        }
    }
    if n_without_reference > 0 {
        parts.push(format!(
            "{} no reference and {} in no error rate",
            counted(n_without_reference, "sample has", "samples have"),
            if n_without_reference == 1 {
                "is"
            } else {
                "are"
            }
        ));
    }
    if is_stopped {
        parts.push("stopped before every image was looked at".to_owned());
    }
    let status = if is_stopped {
        ResultStatus::Partial
    } else if n_lost == 0 && n > 0 {
        ResultStatus::Ok
    } else {
        ResultStatus::Findings
    };
    (status, (!parts.is_empty()).then(|| parts.join("; ")))
}
