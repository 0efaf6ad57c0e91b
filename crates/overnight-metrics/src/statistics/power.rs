//! What a number of images can show.

use super::{is_level, normal_quantile};

/// Efficiency of Wilcoxon's signed-rank test beside the t test on normal differences, in the
/// limit: 3 / pi. The t test needs 95.5 % of its samples (E. Pitman, 1948; J. Hodges and
/// E. Lehmann, 1956). On skewed differences it is often the better of the two.
pub const WILCOXON_EFFICIENCY: f64 = 3.0 / std::f64::consts::PI;

/// The errors a study accepts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Power {
    /// Probability of seeing a difference that is not there (two-sided), in (0, 1).
    pub alpha: f64,
    /// Probability of seeing a difference of the size asked about, in (0, 1).
    pub power: f64,
}

impl Default for Power {
    /// 5 % and 80 %.
    fn default() -> Self {
        Self {
            alpha: 0.05,
            power: 0.8,
        }
    }
}

impl Power {
    /// `z(1 - alpha / 2) + z(power)`: 2.8016 by default. `None` when either is outside its
    /// range, or when together they ask for nothing.
    fn reach(&self) -> Option<f64> {
        if !is_level(self.alpha) {
            return None;
        }
        let reach = -normal_quantile(self.alpha / 2.0)? + normal_quantile(self.power)?;
        (reach > 0.0).then_some(reach)
    }

    /// The smallest mean difference that `n` pairs show, in the unit of `deviation`, the
    /// standard deviation of the paired differences: `reach * deviation / sqrt(n)`, the normal
    /// approximation. `None` for `n` 0 or a deviation that is not finite or below 0.
    ///
    /// ```
    /// use overnight_metrics::statistics::Power;
    /// let effect = Power::default().detectable_effect(0.05, 500).unwrap();
    /// assert!((effect - 0.00626).abs() < 1e-5);
    /// ```
    pub fn detectable_effect(&self, deviation: f64, n: usize) -> Option<f64> {
        (n > 0 && deviation.is_finite() && deviation >= 0.0)
            .then_some(())
            .and_then(|()| Some(self.reach()? * deviation / (n as f64).sqrt()))
    }

    /// The pairs it takes to show a mean difference of `effect` (its sign does not matter) by
    /// the same formula, rounded up, at least 1. For a handful of pairs the normal
    /// approximation asks for too few: the t test needs about two more. `None` for an effect
    /// of 0, or values that are not finite.
    ///
    /// ```
    /// use overnight_metrics::statistics::Power;
    /// assert_eq!(Power::default().pairs_needed(0.05, 0.005), Some(785));
    /// ```
    pub fn pairs_needed(&self, deviation: f64, effect: f64) -> Option<usize> {
        if !(deviation.is_finite() && deviation >= 0.0 && effect.is_finite() && effect != 0.0) {
            return None;
        }
        let pairs = (self.reach()? * deviation / effect).powi(2).ceil().max(1.0);
        // Beyond this, counts are no longer whole numbers in floating point.
        (pairs < 9e15).then_some(pairs as usize)
    }
}

/// What pairing by image is worth when the rates of both arms correlate and vary alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PairingGain {
    /// Standard deviation of the differences / that of the rates of one arm:
    /// `sqrt(2 (1 - correlation))`.
    pub deviation_ratio: f64,
    /// Images needed with pairing / images needed in each arm without: `1 - correlation`.
    pub images_ratio: f64,
}

/// The gain of pairing for a `correlation` in [-1, 1] of the arms' rates over the images;
/// `None` outside.
///
/// ```
/// use overnight_metrics::statistics::pairing_gain;
/// assert_eq!(pairing_gain(0.5).unwrap().images_ratio, 0.5);
/// ```
pub fn pairing_gain(correlation: f64) -> Option<PairingGain> {
    (-1.0..=1.0).contains(&correlation).then(|| PairingGain {
        deviation_ratio: (2.0 * (1.0 - correlation)).sqrt(),
        images_ratio: 1.0 - correlation,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nonsense_has_no_power() {
        let power = Power::default();
        assert_eq!(power.detectable_effect(0.1, 0), None);
        assert_eq!(power.detectable_effect(f64::NAN, 5), None);
        assert_eq!(power.pairs_needed(0.1, 0.0), None);
        assert_eq!(power.pairs_needed(1.0, 1e-300), None);
        assert_eq!(power.pairs_needed(0.0, 0.1), Some(1));
        assert_eq!(pairing_gain(1.5), None);
        let modest = Power {
            alpha: 0.9,
            power: 0.1,
        };
        assert_eq!(modest.detectable_effect(0.1, 5), None);
    }

    proptest! {
        /// The pairs needed for an effect detect it, and one pair fewer does not.
        #[test]
        fn effect_and_pairs_are_two_sides_of_one_formula(
            deviation in 0.001_f64..1.0,
            ratio in 0.005_f64..0.9,
        ) {
            let (power, effect) = (Power::default(), deviation * ratio);
            let pairs = power.pairs_needed(deviation, effect).unwrap();
            prop_assert_eq!(power.pairs_needed(deviation, -effect), Some(pairs));
            let shown = |n| power.detectable_effect(deviation, n).unwrap();
            prop_assert!(shown(pairs) <= effect * (1.0 + 1e-9));
            prop_assert!(pairs == 1 || shown(pairs - 1) >= effect * (1.0 - 1e-9));
        }
    }
}
