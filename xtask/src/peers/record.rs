//! What is written: one JSON document with every single measurement and every figure.

use std::collections::BTreeMap;

use overnight_metrics::{Bootstrap, Pairing, RateRule};
use overnight_record::result::{DatasetInfo, PairedDifference, ProfileScore};
use overnight_record::{Prediction, PredictionStatus};
use overnight_study::dataset::{Dataset, Sample};
use serde::Serialize;

use super::accuracy;
use super::arm::Ready;
use super::arms::OURS;
use super::figures::{self, Latency, Ranged, Throughput};
use super::kernel::Machine;
use super::measure::{Amount, Measurement, Phase};
use super::runner::Runner;

/// Seed of the resampling behind every interval.
const BOOTSTRAP_SEED: u64 = 42;

/// The whole bench.
#[derive(Debug, Serialize)]
pub(super) struct Record {
    pub(super) format_version: u32,
    /// When it began, UTC.
    pub(super) begun: String,
    /// Commit of the repository, with `+` when tracked files were changed.
    pub(super) commit: String,
    pub(super) machine: Machine,
    /// Processors the arms were held to, when fewer than they would have got.
    pub(super) cpus: Option<String>,
    /// Load average over one minute, before and after.
    pub(super) load_1m: [Option<f64>; 2],
    pub(super) dataset: DatasetInfo,
    pub(super) amount: Amount,
    /// Definition of the error rate.
    pub(super) profile: String,
    /// Processor seconds the waiting arms used / seconds measured.
    pub(super) idle_cpu_load: Option<f64>,
    pub(super) arms: Vec<ArmRecord>,
    pub(super) measurements: Vec<Measurement>,
}

/// One arm.
#[derive(Debug, Serialize)]
pub(super) struct ArmRecord {
    pub(super) name: &'static str,
    /// Why there are no figures, or not all.
    pub(super) failure: Option<String>,
    pub(super) ready: Option<Ready>,
    /// Seconds from the start of its program until it could answer, everything included.
    pub(super) start_s: Option<f64>,
    /// Threads of its process after the warm-up.
    pub(super) os_threads: Option<u64>,
    /// Highest resident memory in MiB per phase; the warm-up's includes loading.
    pub(super) peak_rss_mib: BTreeMap<Phase, f64>,
    pub(super) throughput: Option<Throughput>,
    pub(super) latency: Option<Latency>,
    /// How many times as fast each arm of ours is, by its name.
    pub(super) ours_faster: BTreeMap<&'static str, OursFaster>,
    pub(super) accuracy: Option<Accuracy>,
}

/// How many times as fast one arm of ours is as this one.
#[derive(Debug, Serialize)]
pub(super) struct OursFaster {
    /// With many images at hand.
    pub(super) chunks: Option<Ranged>,
    /// With one image: median over images.
    pub(super) single: Option<f64>,
}

/// What an arm read, and how right it was.
#[derive(Debug, Serialize)]
pub(super) struct Accuracy {
    /// Samples with text.
    pub(super) n_ok: usize,
    /// Samples without any line.
    pub(super) n_empty: usize,
    /// Samples it could not read.
    pub(super) n_failed: usize,
    /// Samples whose text differs between the pass in chunks, which is scored, and the pass
    /// one at a time.
    pub(super) n_differ: usize,
    /// The error rate of the pass in chunks, with every sample's distance.
    pub(super) score: ProfileScore,
    /// The micro error rate of the pass one at a time.
    pub(super) micro_single: Option<f64>,
    /// Its error rate minus that of `rapidocr`, on the samples scored in both.
    pub(super) against_rapidocr: Option<PairedDifference>,
}

/// What an arm read in the first pass of both timed phases.
#[derive(Debug)]
pub(super) struct ArmReadings {
    pub(super) chunks: Vec<Prediction>,
    pub(super) singles: Vec<Prediction>,
}

impl ArmReadings {
    pub(super) fn of(runner: &Runner, commit: &str, dataset: &Dataset, hashes: &[String]) -> Self {
        let version = runner.ready.as_ref().map_or("", |ready| &ready.version);
        let fingerprint = format!("{} {version}, bench {commit}", runner.name);
        let of =
            |phase| accuracy::predictions(runner, phase, &fingerprint, dataset.samples(), hashes);
        Self {
            chunks: of(Phase::Chunk),
            singles: of(Phase::Single),
        }
    }
}

/// The records of all arms, in their order.
pub(super) fn arms(
    runners: &[Runner],
    readings: &[ArmReadings],
    samples: &[Sample],
    measurements: &[Measurement],
) -> anyhow::Result<Vec<ArmRecord>> {
    let profile = accuracy::profile()?;
    let bootstrap = Bootstrap::new(BOOTSTRAP_SEED);
    let score = |predictions| accuracy::score(samples, predictions, &profile, &bootstrap);
    let scores: Vec<Option<[ProfileScore; 2]>> = runners
        .iter()
        .zip(readings)
        .map(|(runner, readings)| {
            let started = runner.ready.is_some();
            started.then(|| [score(&readings.chunks), score(&readings.singles)])
        })
        .collect();
    let rapidocr = runners.iter().position(|runner| runner.name == "rapidocr");
    let rapidocr = rapidocr.and_then(|index| Some(scores[index].as_ref()?[0].clone()));
    let records = runners.iter().zip(readings).zip(scores);
    let records = records.map(|((runner, readings), score)| ArmRecord {
        name: runner.name,
        failure: runner.failure.clone(),
        ready: runner.ready.clone(),
        start_s: runner.start_s,
        os_threads: runner.os_threads,
        peak_rss_mib: runner.peaks_mib.clone(),
        throughput: figures::throughput(measurements, runner.name),
        latency: figures::latency(measurements, runner.name),
        ours_faster: ours_faster(measurements, runner.name),
        accuracy: score
            .map(|scores| Accuracy::new(scores, readings, rapidocr.as_ref(), &bootstrap)),
    });
    Ok(records.collect())
}

impl Accuracy {
    fn new(
        [score, single]: [ProfileScore; 2],
        readings: &ArmReadings,
        rapidocr: Option<&ProfileScore>,
        bootstrap: &Bootstrap,
    ) -> Self {
        let ArmReadings { chunks, singles } = readings;
        let count = |status| chunks.iter().filter(|p| p.status == status).count();
        let (n_ok, n_empty) = (count(PredictionStatus::Ok), count(PredictionStatus::Empty));
        let differ = chunks.iter().zip(singles).filter(|(a, b)| a.text != b.text);
        let pairing = Pairing {
            rule: RateRule::Reference,
            bootstrap: *bootstrap,
            margin: None,
        };
        let against_rapidocr =
            rapidocr.and_then(|baseline| pairing.difference(&baseline.samples, &score.samples));
        Self {
            n_ok,
            n_empty,
            n_failed: chunks.len() - n_ok - n_empty,
            n_differ: differ.count(),
            micro_single: single.cer.micro,
            score,
            against_rapidocr,
        }
    }
}

/// How many times as fast each arm of ours that has answered is as `arm`.
fn ours_faster(measurements: &[Measurement], arm: &str) -> BTreeMap<&'static str, OursFaster> {
    let of_one = |ours: &'static str| {
        let chunks = figures::speed_ratio(measurements, ours, arm);
        let single = figures::latency_ratio(measurements, ours, arm);
        let known = chunks.is_some() || single.is_some();
        known.then_some((ours, OursFaster { chunks, single }))
    };
    OURS.into_iter().filter_map(of_one).collect()
}
