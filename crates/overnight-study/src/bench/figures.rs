//! The figures of one case from its timed batches, and of the pipeline's stages from its
//! predictions. Pure.

use overnight_metrics::{Bootstrap, quantile, sorted};
use overnight_record::result::StageTime;
use overnight_record::{Interval, Prediction};

use crate::ratio::{ratio_interval, ratio_of_sums};

/// Measurements below which a 90th percentile is not given: with fewer, it rests on the
/// handful of slowest batches.
pub const P90_FROM: usize = 64;
/// Batches below which throughput has no interval: resampling two or three of them says
/// little about the next one.
pub const INTERVAL_FROM: usize = 5;

/// What the timed batches of one case amount to.
#[derive(Debug, Clone, PartialEq)]
pub struct Throughput {
    /// All items / all seconds.
    pub items_per_s: Option<f64>,
    /// Its interval, from resampling batches; `None` below [`INTERVAL_FROM`] batches.
    pub interval: Option<Interval>,
    /// Median milliseconds per batch.
    pub batch_ms_p50: Option<f64>,
    /// 90th percentile; `None` below [`P90_FROM`] batches.
    pub batch_ms_p90: Option<f64>,
}

/// Computes throughput from stored batches; readers of a `result.json` can do the same.
///
/// `batch_items` and `batch_ms` have one entry a batch; surplus entries of the longer are
/// left out.
pub fn throughput(batch_items: &[usize], batch_ms: &[f64], seed: u64) -> Throughput {
    let pairs: Vec<(f64, f64)> = batch_items
        .iter()
        .zip(batch_ms)
        .map(|(items, ms)| (*items as f64, *ms / 1_000.0))
        .collect();
    let ascending = sorted(batch_ms);
    Throughput {
        items_per_s: ratio_of_sums(&pairs),
        interval: (pairs.len() >= INTERVAL_FROM)
            .then(|| ratio_interval(&pairs, "batches", &Bootstrap::new(seed)))
            .flatten(),
        batch_ms_p50: quantile(&ascending, 0.5),
        batch_ms_p90: quantile(&ascending, 0.9).filter(|_| ascending.len() >= P90_FROM),
    }
}

/// Reads one stage's milliseconds off a prediction.
type ReportedMs = fn(&Prediction) -> Option<f64>;

/// Mean time of every stage over predictions of different samples, in the pipeline's order.
/// Stages no prediction reports are left out.
pub(crate) fn stage_times(predictions: &[Prediction]) -> Vec<StageTime> {
    let stages: [(&str, ReportedMs); 6] = [
        ("decode", |p| p.timings_ms.decode),
        ("detect", |p| p.timings_ms.detect),
        ("crop", |p| p.timings_ms.crop),
        ("recognise", |p| p.timings_ms.recognise),
        ("post", |p| p.timings_ms.post),
        ("request", |p| p.timings_ms.request),
    ];
    let n = predictions.len() as f64;
    let mut times: Vec<StageTime> = Vec::new();
    for (stage, read) in stages {
        let seen: Vec<f64> = predictions.iter().filter_map(read).collect();
        if !seen.is_empty() {
            times.push(StageTime {
                stage: stage.to_owned(),
                ms_mean: seen.iter().sum::<f64>() / n,
                share: 0.0,
            });
        }
    }
    let all: f64 = times.iter().map(|time| time.ms_mean).sum();
    for time in &mut times {
        time.share = if all > 0.0 { time.ms_mean / all } else { 0.0 };
    }
    times
}

#[cfg(test)]
mod tests {
    use overnight_record::{PredictionStatus, TimingsMs};

    use super::*;

    #[test]
    fn throughput_is_all_items_over_all_time() {
        // Ten items in 0.5 s and two in 0.5 s: 12 per second, not the mean of 20 and 4.
        let found = throughput(&[10, 2], &[500.0, 500.0], 1);
        assert_eq!(found.items_per_s, Some(12.0));
        assert_eq!(found.interval, None, "two batches");
        assert_eq!(found.batch_ms_p50, Some(500.0));
        assert_eq!(found.batch_ms_p90, None);
    }

    #[test]
    fn the_interval_holds_the_value_and_the_seed_decides_it() {
        let ms: Vec<f64> = (0..20).map(|i| 100.0 + f64::from(i % 7) * 10.0).collect();
        let found = throughput(&[4; 20], &ms, 7);
        let (value, interval) = (found.items_per_s.unwrap(), found.interval.unwrap());
        assert!(interval.low < value && value < interval.high);
        assert!(interval.method.contains("batches"), "{}", interval.method);
        assert_eq!(throughput(&[4; 20], &ms, 7).interval, Some(interval));
    }

    #[test]
    fn equal_batches_have_an_interval_of_no_width() {
        let interval = throughput(&[2; 8], &[50.0; 8], 1).interval.unwrap();
        assert!((interval.low - 40.0).abs() < 1e-9 && (interval.high - 40.0).abs() < 1e-9);
    }

    #[test]
    fn the_90th_percentile_needs_64_measurements() {
        let ms: Vec<f64> = (1..=64).map(f64::from).collect();
        assert_eq!(throughput(&[1; 63], &ms[..63], 1).batch_ms_p90, None);
        let p90 = throughput(&[1; 64], &ms, 1).batch_ms_p90.unwrap();
        assert!((p90 - 57.7).abs() < 1e-9, "{p90}");
    }

    #[test]
    fn nothing_measured_has_no_figures() {
        let found = throughput(&[], &[], 1);
        assert_eq!((found.items_per_s, found.batch_ms_p50), (None, None));
    }

    #[test]
    fn shares_of_the_stages_add_up_to_one() {
        let prediction = |detect, recognise| Prediction {
            id: "a".into(),
            image: "a.png".into(),
            image_sha256: String::new(),
            backend: "b".into(),
            fingerprint: "f".into(),
            status: PredictionStatus::Ok,
            text: String::new(),
            lines: Vec::new(),
            timings_ms: TimingsMs {
                detect: Some(detect),
                recognise: Some(recognise),
                total: detect + recognise,
                ..TimingsMs::default()
            },
            usage: None,
            attempts: 1,
            error: None,
            notes: Vec::new(),
            finish_reason: None,
            raw: None,
            fields: Default::default(),
            attempt_log: Vec::new(),
        };
        let times = stage_times(&[prediction(10.0, 20.0), prediction(30.0, 100.0)]);
        let names: Vec<&str> = times.iter().map(|time| time.stage.as_str()).collect();
        assert_eq!(names, ["detect", "recognise"]);
        assert_eq!((times[0].ms_mean, times[0].share), (20.0, 0.25));
        assert!((times.iter().map(|t| t.share).sum::<f64>() - 1.0).abs() < 1e-12);
    }
}
