//! What a statistic was over the draws of a bootstrap.

use overnight_record::Interval;

use super::{is_level, quantile, sorted};

/// The values of a statistic over resamples of images, from [`super::Bootstrap::resample`].
#[derive(Debug, Clone, PartialEq)]
pub struct Resamples {
    /// In rising order, all finite, at least one.
    values: Vec<f64>,
    /// Draws made, those for which the statistic was undefined included.
    drawn: usize,
    seed: u64,
}

impl Resamples {
    /// `None` when the statistic was undefined, or not finite, for more than half of the draws.
    pub(super) fn new(values: &[f64], drawn: usize, seed: u64) -> Option<Self> {
        if values.is_empty() || values.len() * 2 < drawn {
            return None;
        }
        let values = sorted(values);
        Some(Self {
            values,
            drawn,
            seed,
        })
    }

    /// The values in rising order: one for each draw for which the statistic is defined.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// Standard deviation of the values (divisor B - 1): the bootstrap standard error of the
    /// statistic. 0 with a single value.
    pub fn standard_error(&self) -> f64 {
        super::paired_t::spread(&self.values).map_or(0.0, |(_, deviation)| deviation)
    }

    /// Share of the values below `value`, in [0, 1].
    pub fn share_below(&self, value: f64) -> f64 {
        self.count_below(value) as f64 / self.values.len() as f64
    }

    /// Share of the values equal to `value`, in [0, 1].
    pub fn share_equal(&self, value: f64) -> f64 {
        let up_to = self.values.partition_point(|other| *other <= value);
        up_to.saturating_sub(self.count_below(value)) as f64 / self.values.len() as f64
    }

    fn count_below(&self, value: f64) -> usize {
        self.values.partition_point(|other| *other < value)
    }

    /// The percentile interval (B. Efron, "Bootstrap methods", 1979) at `level` in (0, 1):
    /// the quantiles of the values, type 7, that leave out equal shares at both ends.
    pub fn percentile(&self, level: f64) -> Option<Interval> {
        let tail = (1.0 - level) / 2.0;
        self.between(tail, 1.0 - tail, level, "percentile")
    }

    /// The quantiles `low` and `high` of the values as an interval at `level`.
    pub(super) fn between(&self, low: f64, high: f64, level: f64, kind: &str) -> Option<Interval> {
        if !is_level(level) {
            return None;
        }
        Some(Interval {
            low: quantile(&self.values, low)?,
            high: quantile(&self.values, high)?,
            level,
            method: format!(
                "bootstrap {kind}, {} resamples of images, seed {}",
                self.drawn, self.seed
            ),
        })
    }

    /// Two-sided p value of "the statistic is `null`", in (0, 1]: with m the number of values
    /// on the rarer side of `null` (values at `null` are on both), `(2 m + 1) / (B + 1)`. It
    /// is never 0, because B draws cannot show a p value below about 1 / B (B. Phipson and
    /// G. Smyth, "Permutation p-values should never be zero", 2010). `None` for a `null` that
    /// is not finite.
    pub fn two_sided_p(&self, null: f64) -> Option<f64> {
        if !null.is_finite() {
            return None;
        }
        let at_most = self.values.partition_point(|value| *value <= null);
        let at_least = self.values.len() - self.count_below(null);
        let rarer = at_most.min(at_least);
        Some(((2 * rarer + 1) as f64 / (self.values.len() + 1) as f64).min(1.0))
    }

    /// p value of "the statistic is at `bound` or beyond it", in (0, 1], by the same rule:
    /// `(m + 1) / (B + 1)`. `below`: whether beyond is below.
    pub(super) fn beyond(&self, bound: f64, below: bool) -> f64 {
        let count = if below {
            self.values.partition_point(|value| *value <= bound)
        } else {
            self.values.len() - self.count_below(bound)
        };
        (count + 1) as f64 / (self.values.len() + 1) as f64
    }
}
