//! Quantiles by named definitions.

/// The quantile `p` in [0, 1] of `sorted` values: linear between the two order statistics
/// around position `p * (n - 1)` (type 7 of R. Hyndman and Y. Fan, "Sample quantiles in
/// statistical packages", 1996). `None` without values.
///
/// ```
/// use overnight_metrics::quantile;
/// assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
/// assert_eq!(quantile(&[], 0.5), None);
/// ```
pub fn quantile(sorted: &[f64], p: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = p.clamp(0.0, 1.0) * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    let part = position - below as f64;
    Some(sorted[below] + (sorted[above] - sorted[below]) * part)
}

/// How a quantile between two order statistics is defined. On few values the definitions lie
/// far apart; type numbers are those of Hyndman and Fan, the other names those of NumPy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QuantileRule {
    /// Linear interpolation at position `p * (n - 1)` (type 7): [`quantile`].
    #[default]
    Linear,
    /// The smallest value that at least the share `p` of the values does not exceed (type 1):
    /// what "p of all requests took at most" says.
    InvertedCdf,
    /// The value at position `p * (n - 1)`, rounded up.
    Higher,
    /// The value at position `p * (n - 1)`, rounded to the nearest, halves to even positions.
    Nearest,
}

impl QuantileRule {
    /// The quantile `p` in [0, 1] of `sorted` values; `None` without values or for another
    /// `p`.
    ///
    /// ```
    /// use overnight_metrics::statistics::QuantileRule;
    /// let ms = [10.0, 11.0, 12.0, 50.0];
    /// assert_eq!(QuantileRule::InvertedCdf.of(&ms, 0.75), Some(12.0));
    /// assert_eq!(QuantileRule::Higher.of(&ms, 0.75), Some(50.0));
    /// assert_eq!(QuantileRule::Linear.of(&ms, 0.75), Some(21.5));
    /// ```
    pub fn of(self, sorted: &[f64], p: f64) -> Option<f64> {
        let last = sorted.len().checked_sub(1)?;
        if !(0.0..=1.0).contains(&p) {
            return None;
        }
        let position = whole(p * last as f64);
        let index = match self {
            Self::Linear => return quantile(sorted, p),
            Self::InvertedCdf => whole(p * sorted.len() as f64).ceil() - 1.0,
            Self::Higher => position.ceil(),
            Self::Nearest => position.round_ties_even(),
        };
        sorted.get((index.max(0.0) as usize).min(last)).copied()
    }
}

/// `0.07 * 100` is a hair above 7, and rounding that up would give 8: a product this close
/// to a whole or half number is meant to be one.
fn whole(position: f64) -> f64 {
    let halves = (position * 2.0).round() / 2.0;
    if (position - halves).abs() < 1e-9 {
        halves
    } else {
        position
    }
}

/// The middle value, or the mean of the two in the middle; `None` without values.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(&sorted(values), 0.5)
}

/// The values in rising order.
pub fn sorted(values: &[f64]) -> Vec<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ends_and_middle() {
        let values = sorted(&[3.0, 1.0, 2.0, 10.0]);
        assert_eq!(quantile(&values, 0.0), Some(1.0));
        assert_eq!(quantile(&values, 1.0), Some(10.0));
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
        assert_eq!(median(&[7.0]), Some(7.0));
    }

    #[test]
    fn a_rule_needs_values_and_a_share() {
        assert_eq!(QuantileRule::Higher.of(&[], 0.5), None);
        assert_eq!(QuantileRule::Nearest.of(&[1.0], f64::NAN), None);
        assert_eq!(QuantileRule::InvertedCdf.of(&[1.0], -0.1), None);
        assert_eq!(QuantileRule::InvertedCdf.of(&[1.0, 2.0], 0.0), Some(1.0));
    }

    proptest! {
        /// Whole percentages in whole numbers, without rounding.
        #[test]
        fn percentiles_agree_with_integer_arithmetic(n in 1_usize..3000, percent in 0_usize..=100) {
            let values: Vec<f64> = (0..n).map(|i| i as f64).collect();
            let p = percent as f64 / 100.0;
            let at = |rule: QuantileRule| rule.of(&values, p).unwrap() as usize;
            let covered = (percent * n).div_ceil(100).max(1) - 1;
            prop_assert_eq!(at(QuantileRule::InvertedCdf), covered);
            prop_assert_eq!(at(QuantileRule::Higher), (percent * (n - 1)).div_ceil(100));
            let (floor, rest) = (percent * (n - 1) / 100, percent * (n - 1) % 100);
            let up = rest > 50 || (rest == 50 && floor % 2 == 1);
            prop_assert_eq!(at(QuantileRule::Nearest), floor + usize::from(up));
        }
    }
}
