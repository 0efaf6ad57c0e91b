//! One stage at one batch size while it is being measured.

use std::time::Instant;

use overnight_record::result::{BenchCase, BenchStage, CaseStatus};
use overnight_record::{Prediction, PredictionStatus};

use super::figures::throughput;
use super::resources::{cpu_seconds, rss_mib, with_peak_mib};
use super::schedule::{Batches, CaseLog, Limits, is_warm, shuffled};
use super::workload::{Batch, Workload};
use crate::stopwatch::milliseconds_since;

/// A case on its way to a [`BenchCase`].
pub(crate) struct Case<'a> {
    workload: Workload<'a>,
    batch_size: usize,
    batches: Batches,
    /// The order in which items are visited.
    order: Vec<usize>,
    limits: Limits,
    log: CaseLog,
    warm_up_ms: Vec<f64>,
    n_untimed: usize,
    /// Processor seconds during the timed batches; `None` once a reading failed.
    cpu_s: Option<f64>,
    rss_mib_before: Option<f64>,
    rss_mib_peak: Option<f64>,
    error: Option<String>,
}

/// A batch that was timed.
pub(crate) struct Timed {
    pub(crate) items: usize,
    pub(crate) ms: f64,
    pub(crate) predictions: Vec<Prediction>,
}

impl<'a> Case<'a> {
    /// Cases of one stage with the same `seed` visit their items in the same order.
    pub(crate) fn new(
        workload: Workload<'a>,
        batch_size: usize,
        limits: Limits,
        seed: u64,
    ) -> Self {
        let batches = Batches::new(workload.len(), batch_size);
        Self {
            workload,
            batch_size,
            batches,
            order: shuffled(workload.len(), seed),
            limits,
            log: CaseLog::new(batches, limits),
            warm_up_ms: Vec::new(),
            n_untimed: 0,
            cpu_s: Some(0.0),
            rss_mib_before: None,
            rss_mib_peak: None,
            error: None,
        }
    }

    pub(crate) fn stage(&self) -> BenchStage {
        self.workload.stage()
    }

    pub(crate) fn batch_size(&self) -> usize {
        self.batch_size
    }

    /// Timed seconds so far.
    pub(crate) fn spent_s(&self) -> f64 {
        self.log.spent_ms() / 1_000.0
    }

    /// Whether another batch should be timed.
    pub(crate) fn is_due(&self) -> bool {
        self.error.is_none() && self.log.due().is_some()
    }

    /// Whether another warm-up pass should run.
    pub(crate) fn needs_warm_up(&self) -> bool {
        self.error.is_none() && !is_warm(&self.warm_up_ms, self.limits.budget_ms)
    }

    /// Runs the heaviest batch once, untimed, for the peak of memory.
    pub(crate) fn measure_memory(&mut self) {
        self.rss_mib_before = rss_mib();
        let heaviest = self
            .batches
            .heaviest(|place| self.workload.pixels(self.order[place]));
        let Some(batch) = self.load(heaviest) else {
            return;
        };
        let (answer, peak) = with_peak_mib(|| self.workload.run(&batch));
        self.rss_mib_peak = peak;
        self.n_untimed += 1;
        self.accept(answer);
    }

    /// Runs the first batch once, untimed.
    pub(crate) fn warm_up(&mut self) {
        let Some(batch) = self.load(0) else { return };
        let started = Instant::now();
        let answer = self.workload.run(&batch);
        self.warm_up_ms.push(milliseconds_since(started));
        self.n_untimed += 1;
        self.accept(answer);
    }

    /// Times the due batch; `None` when the case is done or has failed.
    pub(crate) fn time_next(&mut self) -> Option<Timed> {
        let index = self.log.due().filter(|_| self.error.is_none())?;
        let items = self.batches.items(index).len();
        let batch = self.load(index)?;
        let cpu_before = cpu_seconds();
        let started = Instant::now();
        let answer = self.workload.run(&batch);
        let ms = milliseconds_since(started);
        let cpu_after = cpu_seconds();
        let predictions = self.accept(answer)?;
        self.cpu_s = match (self.cpu_s, cpu_before, cpu_after) {
            (Some(sum), Some(before), Some(after)) => Some(sum + (after - before)),
            _ => None,
        };
        self.log.record(items, ms);
        Some(Timed {
            items,
            ms,
            predictions,
        })
    }

    fn load(&mut self, index: usize) -> Option<Batch> {
        let places = self.batches.items(index);
        let items: Vec<usize> = places.into_iter().map(|place| self.order[place]).collect();
        let loaded = self.workload.load(&items);
        loaded.map_err(|reason| self.error = Some(reason)).ok()
    }

    /// The predictions of a batch whose every item was worked through to its end.
    fn accept(&mut self, answer: Result<Vec<Prediction>, String>) -> Option<Vec<Prediction>> {
        let checked = answer.and_then(|predictions| {
            match predictions.iter().find(|p| !worked_through(p.status)) {
                None => Ok(predictions),
                Some(failed) => Err(format!(
                    "{}: {}{}",
                    failed.id,
                    failed.status,
                    failed
                        .error
                        .as_deref()
                        .map(|why| format!(" ({why})"))
                        .unwrap_or_default()
                )),
            }
        });
        checked.map_err(|reason| self.error = Some(reason)).ok()
    }

    /// The case with its figures.
    pub(crate) fn finish(self, seed: u64) -> BenchCase {
        let status = match (&self.error, self.log.ms.is_empty()) {
            (Some(_), _) => CaseStatus::Failed,
            (None, true) => CaseStatus::NotRun,
            (None, false) => CaseStatus::Ok,
        };
        let is_ok = status == CaseStatus::Ok;
        let (items, ms) = if is_ok {
            (self.log.items, self.log.ms)
        } else {
            (Vec::new(), Vec::new())
        };
        let figures = throughput(&items, &ms, seed);
        let wall_s = ms.iter().sum::<f64>() / 1_000.0;
        let not_run = || "stopped before the first timed batch".to_owned();
        BenchCase {
            stage: self.workload.stage(),
            batch_size: self.batch_size,
            status,
            error: self
                .error
                .or_else(|| (status == CaseStatus::NotRun).then(not_run)),
            n_warmup: self.n_untimed,
            items_per_s: figures.items_per_s,
            items_per_s_interval: figures.interval,
            batch_ms_p50: figures.batch_ms_p50,
            batch_ms_p90: figures.batch_ms_p90,
            cpu_load: self
                .cpu_s
                .filter(|_| is_ok && wall_s > 0.0)
                .map(|s| s / wall_s),
            rss_mib_before: self.rss_mib_before.filter(|_| is_ok),
            rss_mib_peak: self.rss_mib_peak.filter(|_| is_ok),
            vram_mib_peak: None,
            batch_items: items,
            batch_ms: ms,
        }
    }
}

/// Whether the backend spent its full work on the sample, so that its time means something.
fn worked_through(status: PredictionStatus) -> bool {
    use PredictionStatus::{Empty, Loop, Ok, ParseError, Refusal, Truncated};
    matches!(status, Ok | Empty | Truncated | Loop | Refusal | ParseError)
}
