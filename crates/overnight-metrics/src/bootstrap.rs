//! How sure a number is: percentile intervals from resampling images.

use overnight_record::Interval;

use crate::{Random, quantile, sorted};

/// The settings of a bootstrap: B. Efron's percentile method. Whole images are drawn with
/// replacement, as many as there are, so that the characters of one image stay together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples.
    pub resamples: usize,
    /// Confidence level in (0, 1).
    pub level: f64,
    /// Seed of the draws.
    pub seed: u64,
}

impl Bootstrap {
    /// 2,000 resamples at the level 0.95.
    pub fn new(seed: u64) -> Self {
        Self {
            resamples: 2000,
            level: 0.95,
            seed,
        }
    }

    /// The interval of `statistic`, a function of the indices of the images drawn. A draw
    /// for which it is undefined is left out. `None` with fewer than two images, or when
    /// it is undefined for more than half of the draws.
    pub fn interval(
        &self,
        n_images: usize,
        statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        let mut random = Random::new(self.seed);
        self.interval_from(n_images, |n| random.below(n), statistic)
    }

    /// [`Self::interval`] with draws from any source: `draw(n)` gives a number in `0..n`.
    fn interval_from(
        &self,
        n_images: usize,
        mut draw: impl FnMut(usize) -> usize,
        mut statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        if n_images < 2 {
            return None;
        }
        let mut indices = vec![0; n_images];
        let mut values = Vec::with_capacity(self.resamples);
        for _ in 0..self.resamples {
            indices.fill_with(|| draw(n_images));
            values.extend(statistic(&indices));
        }
        if values.len() * 2 < self.resamples {
            return None;
        }
        let values = sorted(&values);
        let tail = (1.0 - self.level) / 2.0;
        Some(Interval {
            low: quantile(&values, tail)?,
            high: quantile(&values, 1.0 - tail)?,
            level: self.level,
            method: format!(
                "bootstrap percentile, {} resamples of images, seed {}",
                self.resamples, self.seed
            ),
        })
    }
}

#[cfg(test)]
mod tests {
    use overnight_testkit::Shared;

    use super::*;

    /// The reference file names its generator, so the very same draws can be repeated.
    #[test]
    fn repeats_the_reference_interval() {
        let Some(path) = Shared::path(
            "repeats_the_reference_interval",
            "reference/stats_reference.json",
        ) else {
            return;
        };
        let reference: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let numbers = |name: &str| -> Vec<f64> {
            let list = reference[name].as_array().unwrap();
            list.iter().map(|v| v.as_f64().unwrap()).collect()
        };
        let (n_ref, baseline, candidate) = (
            numbers("n_ref"),
            numbers("edits_baseline"),
            numbers("edits_candidate"),
        );
        let mut state = 42_u64;
        let draw = |n: usize| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % n
        };
        let settings = Bootstrap {
            resamples: 10_000,
            ..Bootstrap::new(42)
        };
        let interval = settings
            .interval_from(n_ref.len(), draw, |drawn| {
                let sum = |values: &[f64]| drawn.iter().map(|&i| values[i]).sum::<f64>();
                Some((sum(&candidate) - sum(&baseline)) / sum(&n_ref))
            })
            .unwrap();
        let expected = &reference["bootstrap_paired"]["percentile_type7"]["micro_delta_ci95"];
        assert!((interval.low - expected[0].as_f64().unwrap()).abs() < 1e-12);
        assert!((interval.high - expected[1].as_f64().unwrap()).abs() < 1e-12);
    }

    #[test]
    fn too_little_gives_no_interval() {
        let settings = Bootstrap::new(1);
        assert_eq!(settings.interval(1, |_| Some(0.5)), None);
        assert_eq!(settings.interval(9, |_| None), None);
    }
}
