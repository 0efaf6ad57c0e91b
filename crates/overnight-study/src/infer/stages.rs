//! Where the time of the samples read now went.

use overnight_metrics::{quantile, sorted};
use overnight_record::TimingsMs;
use overnight_record::result::StageSummary;

/// How the time of one stage is read off a prediction.
type StageMs = fn(&TimingsMs) -> Option<f64>;

/// The stages in the order of the work.
const STAGES: [(&str, StageMs); 8] = [
    ("decode", |t| t.decode),
    ("detect", |t| t.detect),
    ("crop", |t| t.crop),
    ("recognise", |t| t.recognise),
    ("first token", |t| t.first_token),
    ("request", |t| t.request),
    ("post", |t| t.post),
    ("total", |t| Some(t.total)),
];

/// Milliseconds of every sample, by stage.
#[derive(Debug, Default)]
pub(super) struct StageTimes([Vec<f64>; STAGES.len()]);

impl StageTimes {
    /// Adds a sample; a sample that took no time was never tried.
    pub(super) fn add(&mut self, timings: &TimingsMs) {
        if timings.total <= 0.0 {
            return;
        }
        for ((_, read), times) in STAGES.iter().zip(&mut self.0) {
            times.extend(read(timings).filter(|ms| ms.is_finite()));
        }
    }

    /// One line a stage that ran.
    pub(super) fn summaries(&self) -> Vec<StageSummary> {
        STAGES
            .iter()
            .zip(&self.0)
            .filter_map(|((stage, _), times)| summary(stage, times))
            .collect()
    }
}

fn summary(stage: &str, times: &[f64]) -> Option<StageSummary> {
    let times = sorted(times);
    let ms_sum: f64 = times.iter().sum();
    Some(StageSummary {
        stage: stage.to_owned(),
        n: times.len(),
        ms_mean: ms_sum / times.len() as f64,
        ms_p50: quantile(&times, 0.5)?,
        ms_p90: quantile(&times, 0.9)?,
        ms_sum,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stage_counts_the_samples_that_ran_it() {
        let mut times = StageTimes::default();
        for n in 1..=11 {
            times.add(&TimingsMs {
                decode: Some(f64::from(n)),
                request: (n > 9).then_some(100.0),
                total: 2.0 * f64::from(n),
                ..TimingsMs::default()
            });
        }
        times.add(&TimingsMs::default());
        let summaries = times.summaries();
        let names: Vec<&str> = summaries.iter().map(|s| s.stage.as_str()).collect();
        assert_eq!(names, ["decode", "request", "total"]);
        let decode = &summaries[0];
        assert_eq!((decode.n, decode.ms_sum, decode.ms_mean), (11, 66.0, 6.0));
        assert_eq!((decode.ms_p50, decode.ms_p90), (6.0, 10.0));
        assert_eq!((summaries[1].n, summaries[1].ms_sum), (2, 200.0));
        assert_eq!(summaries[2].ms_p50, 12.0);
        assert!(StageTimes::default().summaries().is_empty());
    }
}
