//! The bias-corrected and accelerated bootstrap interval.

use overnight_record::Interval;

use super::{Resamples, is_level, normal_below, normal_quantile};

/// The two corrections of B. Efron, "Better bootstrap confidence intervals" (1987). Both 0
/// give the percentile interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bca {
    /// z0: the normal quantile of the share of resamples below the observed value, those
    /// equal to it counting half.
    pub bias: f64,
    /// a: a sixth of the skewness of the statistic over the images left out one by one.
    pub acceleration: f64,
}

impl Bca {
    /// The corrections for the value `observed` on all `n_images` images. `statistic` is the
    /// function of indices in `0..n_images` that was resampled; it is called once for each
    /// image left out, so the cost is `n_images` times its own.
    ///
    /// `None` when it is undefined for one of those calls, and when every resample lies on
    /// one side of `observed`: then the bias is not finite.
    pub fn new(
        observed: f64,
        resamples: &Resamples,
        n_images: usize,
        statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Self> {
        let share = resamples.share_below(observed) + resamples.share_equal(observed) / 2.0;
        Some(Self {
            bias: normal_quantile(share)?,
            acceleration: acceleration(n_images, statistic)?,
        })
    }

    /// The interval at `level` in (0, 1): the quantiles of `resamples` at
    /// `Phi(z0 + (z0 + z) / (1 - a (z0 + z)))` for `z` at both ends of `level`. `None` when
    /// the acceleration is so large that these are in no order.
    pub fn interval(&self, resamples: &Resamples, level: f64) -> Option<Interval> {
        let (low, high) = self.shares(level)?;
        resamples.between(low, high, level, "BCa")
    }

    fn shares(&self, level: f64) -> Option<(f64, f64)> {
        if !is_level(level) {
            return None;
        }
        let tail = (1.0 - level) / 2.0;
        let adjusted = |z: f64| {
            let shifted = self.bias + z;
            let slope = 1.0 - self.acceleration * shifted;
            (slope > 0.0).then(|| normal_below(self.bias + shifted / slope))
        };
        let z = normal_quantile(tail)?;
        let (low, high) = (adjusted(z)?, adjusted(-z)?);
        (low <= high).then_some((low, high))
    }
}

/// `sum(u^3) / (6 sum(u^2)^1.5)` with u the mean of the leave-one-out values minus each; 0
/// when they are all equal.
fn acceleration(
    n_images: usize,
    mut statistic: impl FnMut(&[usize]) -> Option<f64>,
) -> Option<f64> {
    if n_images < 2 {
        return None;
    }
    let mut kept: Vec<usize> = (1..n_images).collect();
    let mut values = Vec::with_capacity(n_images);
    for left_out in 0..n_images {
        values.push(statistic(&kept).filter(|value| value.is_finite())?);
        if let Some(place) = kept.get_mut(left_out) {
            *place = left_out;
        }
    }
    let mean = values.iter().sum::<f64>() / n_images as f64;
    let power = |exponent: i32| -> f64 {
        values
            .iter()
            .map(|value| (mean - value).powi(exponent))
            .sum()
    };
    let squares = power(2);
    let skewness = power(3) / (6.0 * squares.powf(1.5));
    Some(if skewness.is_finite() { skewness } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Bootstrap;

    fn mean_of(values: &[f64]) -> impl FnMut(&[usize]) -> Option<f64> + Clone + '_ {
        |drawn| Some(drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64)
    }

    #[test]
    fn every_image_is_left_out_once() {
        let mut seen = Vec::new();
        acceleration(4, |kept| {
            let mut kept = kept.to_vec();
            kept.sort_unstable();
            seen.push((0..4).find(|image| !kept.contains(image)).unwrap());
            Some(kept.len() as f64)
        });
        assert_eq!(seen, [0, 1, 2, 3]);
    }

    /// For a mean, the acceleration is a sixth of the skewness over the root of n.
    #[test]
    fn the_acceleration_of_a_mean_is_known() {
        let values = [0.0, 0.0, 0.0, 1.0];
        // Centred: -1/4 three times, 3/4 once; sums 3/4 of squares, 3/8 of cubes.
        let expected = 0.375 / (6.0 * 0.75_f64.powf(1.5));
        let got = acceleration(4, mean_of(&values)).unwrap();
        assert!((got - expected).abs() < 1e-14, "{got} for {expected}");
    }

    #[test]
    fn a_statistic_without_spread_needs_no_correction() {
        let flat = [0.5; 8];
        let resamples = Bootstrap::new(3).resample(8, mean_of(&flat)).unwrap();
        let bca = Bca::new(0.5, &resamples, 8, mean_of(&flat)).unwrap();
        assert_eq!((bca.bias, bca.acceleration), (0.0, 0.0));
        let outside = Bca::new(0.6, &resamples, 8, mean_of(&flat));
        assert_eq!(outside, None, "no finite bias");
    }

    proptest! {
        #[test]
        fn without_corrections_it_is_the_percentile_interval(
            values in prop::collection::vec(-5.0_f64..5.0, 2..30),
            level in 0.5_f64..0.999,
        ) {
            let settings = Bootstrap { resamples: 400, ..Bootstrap::new(7) };
            let resamples = settings.resample(values.len(), mean_of(&values)).unwrap();
            let none = Bca { bias: 0.0, acceleration: 0.0 };
            let bca = none.interval(&resamples, level).unwrap();
            let percentile = resamples.percentile(level).unwrap();
            prop_assert!((bca.low - percentile.low).abs() < 1e-9);
            prop_assert!((bca.high - percentile.high).abs() < 1e-9);
            prop_assert!(bca.method.starts_with("bootstrap BCa, 400 resamples"));
        }

        #[test]
        fn the_ends_are_ordered_and_within_the_resamples(
            values in prop::collection::vec(-5.0_f64..5.0, 2..30),
            bias in -3.0_f64..3.0,
            acceleration in -1.0_f64..1.0,
        ) {
            let settings = Bootstrap { resamples: 200, ..Bootstrap::new(7) };
            let resamples = settings.resample(values.len(), mean_of(&values)).unwrap();
            if let Some(interval) = (Bca { bias, acceleration }).interval(&resamples, 0.95) {
                prop_assert!(interval.low <= interval.high);
                prop_assert!(interval.low >= resamples.values()[0]);
                prop_assert!(interval.high <= *resamples.values().last().unwrap());
            }
        }
    }
}
