//! Body of `overnight.bench/1`.

use serde::{Deserialize, Serialize};

use super::{Aggregate, BackendInfo, DatasetInfo, ResultBody};
use crate::Interval;

/// What one benchmark case times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BenchStage {
    /// Text detection on decoded images.
    Detection,
    /// Text recognition on line crops.
    Recognition,
    /// Image bytes to text.
    Pipeline,
}

impl BenchStage {
    /// The name used on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Detection => "detection",
            Self::Recognition => "recognition",
            Self::Pipeline => "pipeline",
        }
    }

    /// What the stage's throughput counts.
    pub fn item(self) -> &'static str {
        match self {
            Self::Recognition => "crops",
            Self::Detection | Self::Pipeline => "images",
        }
    }
}

/// How a case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CaseStatus {
    /// Measured.
    Ok,
    /// The backend cannot do this stage apart.
    Unsupported,
    /// Some input failed; nothing is reported.
    Failed,
    /// The time budget ended before a first measurement.
    NotRun,
}

/// Mean time of one stage of the pipeline.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StageTime {
    /// `decode`, `detect`, `crop`, `recognise`, `post`.
    pub stage: String,
    /// Mean milliseconds per image.
    pub ms_mean: f64,
    /// Fraction of the sum of all stages, in [0, 1].
    pub share: f64,
}

/// One stage at one batch size.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchCase {
    /// What is timed.
    pub stage: BenchStage,
    /// Items handed over at once.
    pub batch_size: usize,
    /// How it ended; the numbers below are there only for `ok`.
    pub status: CaseStatus,
    /// Why not.
    pub error: Option<String>,
    /// Untimed passes before the first measurement.
    pub n_warmup: usize,
    /// Items per timed batch, in order (the last batch of a pass may be short).
    pub batch_items: Vec<usize>,
    /// Wall-clock milliseconds of every timed batch, in order.
    pub batch_ms: Vec<f64>,
    /// All items / all time; unit by [`BenchStage::item`].
    pub items_per_s: Option<f64>,
    /// Its interval, from resampling batches.
    pub items_per_s_interval: Option<Interval>,
    /// Median milliseconds per batch.
    pub batch_ms_p50: Option<f64>,
    /// 90th percentile of milliseconds per batch; only from 64 measurements.
    pub batch_ms_p90: Option<f64>,
    /// Processor seconds per wall-clock second, all threads.
    pub cpu_load: Option<f64>,
    /// Resident memory before the case, in MiB.
    pub rss_mib_before: Option<f64>,
    /// Peak resident memory during the case, in MiB.
    pub rss_mib_peak: Option<f64>,
    /// Peak device memory during the case, in MiB; `None` without a device.
    pub vram_mib_peak: Option<f64>,
}

/// How well the timed predictions read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchAccuracy {
    /// Scoring profile.
    pub profile: String,
    /// What the profile does, in words.
    pub definition: String,
    /// Its unit.
    pub unit: String,
    /// Samples scored.
    pub n: usize,
    /// Character error rate.
    pub cer: Aggregate,
}

/// Speed and memory of one backend.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BenchResult {
    /// The samples.
    pub dataset: DatasetInfo,
    /// Ids of the samples used.
    pub sample_ids: Vec<String>,
    /// The backend.
    pub backend: BackendInfo,
    /// Seed of the choice of samples and of the intervals.
    pub seed: u64,
    /// Seconds to load the backend.
    pub load_s: f64,
    /// Load average of the machine (1 min) before and after.
    pub load_average: Option<[f64; 2]>,
    /// The cases, in the order asked for.
    pub cases: Vec<BenchCase>,
    /// Where the pipeline's time goes.
    pub stages: Vec<StageTime>,
    /// Accuracy of the very predictions that were timed, when there are references.
    pub accuracy: Option<BenchAccuracy>,
    /// What a reader must know beside the numbers: samples left out, how many crops were
    /// read, how memory was measured; one sentence each.
    #[serde(default)]
    pub notes: Vec<String>,
}

impl ResultBody for BenchResult {
    const SCHEMA: &'static str = "overnight.bench/1";
}
