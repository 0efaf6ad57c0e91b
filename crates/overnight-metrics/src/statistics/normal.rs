//! The standard normal distribution.

use std::f64::consts::{PI, SQRT_2};

/// P(Z <= z) for a standard normal Z, in [0, 1].
///
/// ```
/// use overnight_metrics::statistics::normal_below;
/// assert_eq!(normal_below(0.0), 0.5);
/// ```
pub fn normal_below(z: f64) -> f64 {
    0.5 * libm::erfc(-z / SQRT_2)
}

/// P(|Z| >= |z|), in [0, 1]; accurate far out in the tails.
pub(super) fn two_sided(z: f64) -> f64 {
    libm::erfc(z.abs() / SQRT_2)
}

/// The z with P(Z <= z) = `p`, for `p` in (0, 1); `None` outside.
///
/// ```
/// use overnight_metrics::statistics::normal_quantile;
/// assert!((normal_quantile(0.975).unwrap() - 1.959963984540054).abs() < 1e-14);
/// assert_eq!(normal_quantile(0.5), Some(0.0));
/// assert_eq!(normal_quantile(1.0), None);
/// ```
pub fn normal_quantile(p: f64) -> Option<f64> {
    if !super::is_level(p) {
        return None;
    }
    let z = -SQRT_2 * statrs::function::erf::erfc_inv(2.0 * p);
    // One step of Newton's method makes this the inverse of `normal_below` to the last
    // digits, so that a level that is adjusted by nothing stays what it was.
    let density = (-0.5 * z * z).exp() / (2.0 * PI).sqrt();
    let step = (normal_below(z) - p) / density;
    Some(if step.is_finite() { z - step } else { z })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Values of SciPy 1.17.1, `scipy.stats.norm.ppf`.
    #[test]
    fn quantiles_agree_with_scipy() {
        for (p, z) in [
            (1e-300, -37.047_096_299_361_2_f64),
            (1e-10, -6.361_340_902_404_056),
            (0.001, -3.090_232_306_167_813),
            (0.025, -1.959_963_984_540_054_5),
            (0.8, 0.841_621_233_572_914_3),
            (0.9999, 3.719_016_485_455_709),
        ] {
            let got = normal_quantile(p).unwrap();
            assert!((got - z).abs() < 1e-13, "{p}: {got} for {z}");
        }
        assert_eq!(normal_quantile(f64::NAN), None);
        assert_eq!(normal_quantile(0.0), None);
    }

    proptest! {
        #[test]
        fn the_quantile_inverts_the_distribution(p in 1e-6_f64..0.999_999) {
            let back = normal_below(normal_quantile(p).unwrap());
            prop_assert!((back - p).abs() <= 4e-16 + 1e-14 * p, "{p} came back as {back}");
        }
    }
}
