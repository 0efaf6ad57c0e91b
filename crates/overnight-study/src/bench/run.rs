//! One benchmark from specification to result.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use overnight_metrics::{Bootstrap, Rates, score_sample};
use overnight_record::result::{BenchAccuracy, BenchCase, BenchResult, BenchStage, CaseStatus};
use overnight_record::{Prediction, PredictionStatus, Progress, StopFlag};

use super::case::Case;
use super::figures::stage_times;
use super::notes::notes;
use super::prepare::{Prepared, prepare};
use super::resources::load_average_1m;
use super::schedule::{Limits, round_order};
use super::spec::{BenchError, BenchOutcome, BenchSpec, TimedBatch};
use super::workload::Workload;
use crate::reached::reached;

/// Runs a benchmark. A case that fails is a case with a status; only a benchmark that
/// cannot begin is an error. A stop request ends it after the batch it is on.
///
/// # Errors
/// [`BenchError`].
pub fn run(
    spec: &BenchSpec<'_>,
    progress: &dyn Progress,
    stop: &StopFlag,
) -> Result<BenchOutcome, BenchError> {
    validate(spec)?;
    let load_before = load_average_1m();
    let wants_crops = spec.stages.contains(&BenchStage::Recognition);
    let detector = spec.backend.stages().filter(|_| wants_crops);
    let prepared = prepare(spec.dataset, detector, spec.seed, progress, stop);
    if prepared.usable.is_empty() && !stop.is_requested() {
        return Err(BenchError::NoUsableImage {
            dataset: spec.dataset.name().to_owned(),
            first: prepared.left_out.first().map(|failure| {
                let why = failure.error.as_deref().unwrap_or("no reason given");
                format!("{}: {why}", failure.id)
            }),
        });
    }
    let mut bench = Bench {
        spec,
        progress,
        stop,
        began: Instant::now(),
        cases: Vec::new(),
        batches: Vec::new(),
        first_predictions: HashMap::new(),
    };
    for stage in distinct(&spec.stages) {
        bench.run_stage(stage, &prepared);
    }
    Ok(bench.conclude(&prepared, load_before))
}

fn validate(spec: &BenchSpec<'_>) -> Result<(), BenchError> {
    if spec.stages.is_empty() {
        return Err(BenchError::NothingToTime("stage"));
    }
    if spec.batch_sizes.is_empty() {
        return Err(BenchError::NothingToTime("batch size"));
    }
    if spec.batch_sizes.contains(&0) {
        return Err(BenchError::ZeroBatch);
    }
    if !(spec.budget_s.is_finite() && spec.budget_s > 0.0) {
        return Err(BenchError::Budget(spec.budget_s));
    }
    Ok(())
}

/// The values in the order of their first appearance.
fn distinct<T: Copy + Eq + std::hash::Hash>(values: &[T]) -> Vec<T> {
    let mut seen = HashSet::new();
    values.iter().copied().filter(|v| seen.insert(*v)).collect()
}

struct Bench<'a> {
    spec: &'a BenchSpec<'a>,
    progress: &'a dyn Progress,
    stop: &'a StopFlag,
    began: Instant,
    cases: Vec<BenchCase>,
    batches: Vec<TimedBatch>,
    first_predictions: HashMap<String, Prediction>,
}

impl<'a> Bench<'a> {
    fn run_stage(&mut self, stage: BenchStage, prepared: &'a Prepared) {
        let sizes = distinct(&self.spec.batch_sizes);
        let workload = match self.workload(stage, prepared) {
            Ok(workload) => workload,
            Err((status, reason)) => {
                let blank = |size: &usize| blank_case(stage, *size, status, &reason);
                self.cases.extend(sizes.iter().map(blank));
                return;
            }
        };
        let limits = Limits {
            budget_ms: self.spec.budget_s * 1_000.0,
            passes: self.spec.passes,
        };
        let mut cases: Vec<Case<'a>> = sizes
            .iter()
            .map(|size| Case::new(workload, *size, limits, self.spec.seed))
            .collect();
        let total = cases.len() as u64 * seconds(self.spec.budget_s);
        let what = format!("timing {} (seconds)", stage.name());
        self.progress.begin(&what, total);
        self.warm_up(&mut cases);
        self.time(&mut cases);
        self.progress.end();
        let seed = self.spec.seed;
        self.cases
            .extend(cases.into_iter().map(|case| case.finish(seed)));
    }

    fn workload(
        &self,
        stage: BenchStage,
        prepared: &'a Prepared,
    ) -> Result<Workload<'a>, (CaseStatus, String)> {
        if prepared.usable.is_empty() {
            return Err((CaseStatus::NotRun, "stopped before the first batch".into()));
        }
        let stages = || {
            self.spec.backend.stages().ok_or_else(|| {
                let kind = &self.spec.backend.info().kind;
                let reason = format!("{kind} does not run detection and recognition apart");
                (CaseStatus::Unsupported, reason)
            })
        };
        match stage {
            BenchStage::Pipeline => Ok(Workload::Pipeline(self.spec.backend, &prepared.usable)),
            BenchStage::Detection => Ok(Workload::Detection(stages()?, &prepared.usable)),
            BenchStage::Recognition => {
                let stages = stages()?;
                if let Some(reason) = &prepared.crops_error {
                    return Err((CaseStatus::Failed, reason.clone()));
                }
                if prepared.crops.is_empty() {
                    let reason = "detection found no line on any image".to_owned();
                    return Err((CaseStatus::Failed, reason));
                }
                Ok(Workload::Recognition(stages, &prepared.crops))
            }
        }
    }

    /// Memory passes from the smallest batch upwards, because memory an earlier pass took
    /// may stay with the process; then warm-up passes.
    fn warm_up(&self, cases: &mut [Case<'a>]) {
        let mut rising: Vec<&mut Case<'a>> = cases.iter_mut().collect();
        rising.sort_by_key(|case| case.batch_size());
        for case in &mut rising {
            if !self.stop.is_requested() {
                case.measure_memory();
            }
        }
        for case in &mut rising {
            while !self.stop.is_requested() && case.needs_warm_up() {
                case.warm_up();
            }
        }
    }

    /// Rounds of interleaved cases: in each, every case covers the same number of items.
    fn time(&mut self, cases: &mut [Case<'a>]) {
        let quantum = cases.iter().map(Case::batch_size).max().unwrap_or(1);
        let mut round = 0;
        while cases.iter().any(Case::is_due) && !self.stop.is_requested() {
            for index in round_order(cases.len(), round) {
                let case = &mut cases[index];
                let mut covered = 0;
                while covered < quantum && case.is_due() && !self.stop.is_requested() {
                    covered += self.time_batch(case, round);
                }
            }
            round += 1;
        }
    }

    /// Times the due batch of a case and returns the number of its items.
    fn time_batch(&mut self, case: &mut Case<'a>, round: usize) -> usize {
        let at_s = self.began.elapsed().as_secs_f64();
        let shown = seconds(case.spent_s().min(self.spec.budget_s));
        let Some(timed) = case.time_next() else {
            return 0;
        };
        let now = if case.is_due() {
            seconds(case.spent_s().min(self.spec.budget_s))
        } else {
            seconds(self.spec.budget_s)
        };
        self.progress.advance(now.saturating_sub(shown));
        for prediction in timed.predictions {
            self.first_predictions
                .entry(prediction.id.clone())
                .or_insert(prediction);
        }
        self.batches.push(TimedBatch {
            stage: case.stage(),
            batch_size: case.batch_size(),
            round,
            items: timed.items,
            ms: timed.ms,
            at_s: (at_s * 1_000.0).round() / 1_000.0,
        });
        timed.items
    }

    fn conclude(mut self, prepared: &Prepared, load_before: Option<f64>) -> BenchOutcome {
        let predictions: Vec<Prediction> = prepared
            .usable
            .iter()
            .filter_map(|image| self.first_predictions.remove(&image.id))
            .collect();
        let is_partial = self.stop.is_requested();
        let accuracy = self.score(&predictions);
        let n_scored = accuracy.as_ref().map_or(0, |accuracy| accuracy.n);
        let notes = notes(self.spec, prepared, &self.cases, n_scored, is_partial);
        let result = BenchResult {
            dataset: reached(self.spec.dataset, &prepared.sha256),
            sample_ids: prepared.usable.iter().map(|i| i.id.clone()).collect(),
            backend: self.spec.backend.info().clone(),
            seed: self.spec.seed,
            load_s: self.spec.load_s,
            load_average: load_before.zip(load_average_1m()).map(<[f64; 2]>::from),
            cases: self.cases,
            stages: stage_times(&predictions),
            accuracy,
            notes,
        };
        BenchOutcome {
            result,
            predictions,
            batches: self.batches,
            is_partial,
        }
    }

    /// Error rate of the timed predictions that have a reference.
    fn score(&self, predictions: &[Prediction]) -> Option<BenchAccuracy> {
        let references: HashMap<&str, &str> = self
            .spec
            .dataset
            .samples()
            .iter()
            .filter_map(|sample| Some((sample.id.as_str(), sample.reference.as_deref()?)))
            .collect();
        let scores: Vec<_> = predictions
            .iter()
            .filter_map(|prediction| {
                let reference = references.get(prediction.id.as_str())?;
                Some(score_sample(
                    &prediction.id,
                    prediction.status,
                    reference,
                    &prediction.text,
                    &self.spec.profile,
                ))
            })
            .collect();
        let n = scores
            .iter()
            .filter(|score| score.status == PredictionStatus::Ok)
            .count();
        let profile = &self.spec.profile;
        (!scores.is_empty()).then(|| BenchAccuracy {
            profile: profile.name.clone(),
            definition: profile.definition(),
            unit: self.spec.profile.unit.name().to_owned(),
            n,
            cer: Rates::of(
                &scores,
                self.spec.profile.rule,
                &Bootstrap::new(self.spec.seed),
            )
            .cer,
        })
    }
}

/// Whole seconds, for the progress bar only.
fn seconds(seconds: f64) -> u64 {
    seconds.ceil().max(0.0) as u64
}

fn blank_case(stage: BenchStage, size: usize, status: CaseStatus, reason: &str) -> BenchCase {
    BenchCase {
        stage,
        batch_size: size,
        status,
        error: Some(reason.to_owned()),
        n_warmup: 0,
        batch_items: Vec::new(),
        batch_ms: Vec::new(),
        items_per_s: None,
        items_per_s_interval: None,
        batch_ms_p50: None,
        batch_ms_p90: None,
        cpu_load: None,
        rss_mib_before: None,
        rss_mib_peak: None,
        vram_mib_peak: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_values_count_once_in_their_first_place() {
        assert_eq!(distinct(&[8, 1, 8, 32, 1]), [8, 1, 32]);
    }
}
