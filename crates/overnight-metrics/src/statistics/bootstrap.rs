//! Resampling images: percentile and BCa intervals.

use overnight_record::Interval;

use super::{Bca, Random, Resamples};

/// The settings of a bootstrap. Whole images are drawn with replacement, as many as there
/// are, so that the characters of one image stay together (a bootstrap by cluster: A. Davison
/// and D. Hinkley, "Bootstrap methods and their application", 1997, section 3.8).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bootstrap {
    /// Number of resamples.
    pub resamples: usize,
    /// Confidence level in (0, 1).
    pub level: f64,
    /// Seed of the draws.
    pub seed: u64,
    /// Which interval [`Self::interval`] gives.
    pub method: IntervalMethod,
}

/// How the draws of a bootstrap become an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IntervalMethod {
    /// Equal shares of the draws are left out at both ends.
    #[default]
    Percentile,
    /// Corrected for bias and skewness: see [`Bca`]. It asks for the statistic once for each
    /// image left out, so above 5,000 images, where the two hardly differ, and where a correction
    /// is undefined the percentile interval is given. The interval says which it is.
    Bca,
}

/// Images for which the corrections are computed.
const MOST_FOR_BCA: usize = 5_000;

impl IntervalMethod {
    /// The names of all methods, as [`Self::named`] takes them.
    pub const NAMES: [&'static str; 2] = ["percentile", "bca"];

    /// The method of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "percentile" => Some(Self::Percentile),
            "bca" => Some(Self::Bca),
            _ => None,
        }
    }
}

impl Bootstrap {
    /// 2,000 resamples at the level 0.95, percentile intervals.
    pub fn new(seed: u64) -> Self {
        Self {
            resamples: 2000,
            level: 0.95,
            seed,
            method: IntervalMethod::Percentile,
        }
    }

    /// The interval of `statistic`, a function of the indices of the images drawn, by the
    /// method. A draw for which it is undefined is left out. `None` with fewer than two images,
    /// or when it is undefined for more than half of the draws.
    pub fn interval(
        &self,
        n_images: usize,
        mut statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        let resamples = self.resample(n_images, &mut statistic)?;
        self.interval_of(&resamples, n_images, statistic)
    }

    /// [`Self::interval`] from resamples of `statistic` that are there already.
    pub fn interval_of(
        &self,
        resamples: &Resamples,
        n_images: usize,
        statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        let corrected = match self.method {
            IntervalMethod::Bca if n_images <= MOST_FOR_BCA => {
                self.corrected(resamples, n_images, statistic)
            }
            _ => None,
        };
        corrected.or_else(|| resamples.percentile(self.level))
    }

    fn corrected(
        &self,
        resamples: &Resamples,
        n_images: usize,
        mut statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        let all: Vec<usize> = (0..n_images).collect();
        let observed = statistic(&all).filter(|value| value.is_finite())?;
        Bca::new(observed, resamples, n_images, statistic)?.interval(resamples, self.level)
    }

    /// The BCa interval of `statistic`: see [`Bca`]. It corrects the percentile interval for
    /// bias and skewness, for `n_images` more calls of `statistic`. `None` where
    /// [`Self::interval`] is, and where a correction is undefined.
    ///
    /// ```
    /// use overnight_metrics::Bootstrap;
    /// let edits = [0.0, 1.0, 0.0, 9.0, 2.0, 1.0, 0.0, 3.0];
    /// let mean = |drawn: &[usize]| {
    ///     Some(drawn.iter().map(|&image| edits[image]).sum::<f64>() / drawn.len() as f64)
    /// };
    /// let bootstrap = Bootstrap::new(42);
    /// let (plain, bca) = (bootstrap.interval(8, mean), bootstrap.bca_interval(8, mean));
    /// // Skewed to the right: the corrected interval lies further right.
    /// assert!(bca.unwrap().high > plain.unwrap().high);
    /// ```
    pub fn bca_interval(
        &self,
        n_images: usize,
        mut statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Interval> {
        let resamples = self.resample(n_images, &mut statistic)?;
        self.corrected(&resamples, n_images, statistic)
    }

    /// The values of `statistic` over the resamples. `None` as for [`Self::interval`].
    pub fn resample(
        &self,
        n_images: usize,
        statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Resamples> {
        let mut random = Random::new(self.seed);
        self.resample_with(n_images, |n| random.below(n), statistic)
    }

    /// [`Self::resample`] with draws from any source, so that the draws of another program can
    /// be repeated: `draw(n)` gives a number in `0..n` (the remainder is taken), resample by
    /// resample. The seed is only named then.
    pub fn resample_with(
        &self,
        n_images: usize,
        mut draw: impl FnMut(usize) -> usize,
        mut statistic: impl FnMut(&[usize]) -> Option<f64>,
    ) -> Option<Resamples> {
        if n_images < 2 {
            return None;
        }
        let mut indices = vec![0; n_images];
        let mut values = Vec::with_capacity(self.resamples);
        for _ in 0..self.resamples {
            indices.fill_with(|| draw(n_images) % n_images);
            values.extend(statistic(&indices).filter(|value| value.is_finite()));
        }
        Resamples::new(&values, self.resamples, self.seed)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_method_is_named_in_the_interval() {
        let edits = [0.0, 1.0, 0.0, 9.0, 2.0, 1.0, 0.0, 3.0];
        let mean = |drawn: &[usize]| {
            Some(drawn.iter().map(|&image| edits[image]).sum::<f64>() / drawn.len() as f64)
        };
        let bca = Bootstrap {
            method: IntervalMethod::Bca,
            ..Bootstrap::new(42)
        };
        let interval = bca.interval(8, mean);
        assert_eq!(interval, Bootstrap::new(42).bca_interval(8, mean));
        assert!(interval.unwrap().method.contains("BCa"));
        // Where a correction is undefined, here for the images left out, the plain one is given.
        let not_fewer = |drawn: &[usize]| (drawn.len() == 8).then(|| edits[drawn[0]]);
        let plain = bca.interval(8, not_fewer).unwrap();
        assert!(plain.method.contains("percentile"), "{}", plain.method);
        for name in IntervalMethod::NAMES {
            assert!(IntervalMethod::named(name).is_some());
        }
        assert_eq!(IntervalMethod::named("t"), None);
    }

    #[test]
    fn too_little_gives_no_interval() {
        let settings = Bootstrap::new(1);
        assert_eq!(settings.interval(0, |_| Some(0.5)), None);
        assert_eq!(settings.interval(1, |_| Some(0.5)), None);
        assert_eq!(settings.interval(9, |_| None), None);
        assert_eq!(settings.interval(9, |_| Some(f64::NAN)), None);
        assert_eq!(settings.bca_interval(9, |_| Some(f64::NAN)), None);
        let no_draws = Bootstrap {
            resamples: 0,
            ..settings
        };
        assert_eq!(no_draws.interval(9, |_| Some(0.5)), None);
        let no_level = Bootstrap {
            level: f64::NAN,
            ..settings
        };
        assert_eq!(no_level.interval(9, |_| Some(0.5)), None);
    }

    proptest! {
        #[test]
        fn intervals_are_ordered_and_p_values_are_probabilities(
            values in prop::collection::vec(-3_i32..4, 2..25),
            null in -1.0_f64..1.0,
        ) {
            let settings = Bootstrap { resamples: 200, ..Bootstrap::new(5) };
            let sum = |drawn: &[usize]| {
                Some(f64::from(drawn.iter().map(|&i| values[i]).sum::<i32>()))
            };
            let resamples = settings.resample(values.len(), sum).unwrap();
            let percentile = resamples.percentile(0.95).unwrap();
            prop_assert!(percentile.low <= percentile.high);
            if let Some(bca) = settings.bca_interval(values.len(), sum) {
                prop_assert!(bca.low <= bca.high);
            }
            for p in [resamples.two_sided_p(null).unwrap(), resamples.beyond(null, true)] {
                prop_assert!(p > 0.0 && p <= 1.0);
            }
        }

        #[test]
        fn swapping_the_arms_mirrors_everything(
            values in prop::collection::vec(-1.0_f64..1.0, 2..25),
        ) {
            let settings = Bootstrap { resamples: 200, ..Bootstrap::new(5) };
            let run = |sign: f64| {
                settings
                    .resample(values.len(), |drawn| {
                        Some(drawn.iter().map(|&i| sign * values[i]).sum())
                    })
                    .unwrap()
            };
            let (one, other) = (run(1.0), run(-1.0));
            prop_assert_eq!(one.two_sided_p(0.0), other.two_sided_p(0.0));
            let (a, b) = (one.percentile(0.9).unwrap(), other.percentile(0.9).unwrap());
            prop_assert!((a.low + b.high).abs() < 1e-9 && (a.high + b.low).abs() < 1e-9);
        }
    }
}
