//! Student's t distribution.

use statrs::function::beta::checked_beta_reg;

use super::normal;

/// From here on the distribution is taken as normal: it differs by less than what the
/// logarithms of gamma functions of that size lose.
const AS_GOOD_AS_NORMAL: f64 = 1e8;

/// P(|T| >= |t|) with `freedom` degrees of freedom, at least 1, in [0, 1]: the regularised
/// incomplete beta function of `freedom / (freedom + t^2)` at `freedom / 2` and 1/2. `None` when
/// either is not a number of that kind. An infinite t has the p value 0.
pub fn student_two_sided(t: f64, freedom: f64) -> Option<f64> {
    if t.is_nan() || !freedom.is_finite() || freedom < 1.0 {
        return None;
    }
    if freedom >= AS_GOOD_AS_NORMAL {
        return Some(normal::two_sided(t));
    }
    let p = checked_beta_reg(freedom / 2.0, 0.5, freedom / (freedom + t * t)).ok()?;
    Some(p.clamp(0.0, 1.0))
}

/// P(T >= t): as [`student_two_sided`], one side.
pub(super) fn above(t: f64, freedom: f64) -> Option<f64> {
    let beyond = student_two_sided(t, freedom)? / 2.0;
    Some(if t < 0.0 { 1.0 - beyond } else { beyond })
}

/// The t with P(T <= t) = `p`, for `p` in (0, 1) and `freedom` of at least 1; `None` outside.
///
/// ```
/// use overnight_metrics::statistics::student_quantile;
/// assert!((student_quantile(0.975, 39.0).unwrap() - 2.022690920036761).abs() < 1e-11);
/// ```
pub fn student_quantile(p: f64, freedom: f64) -> Option<f64> {
    if !super::is_level(p) {
        return None;
    }
    if p == 0.5 {
        return student_two_sided(0.0, freedom).map(|_| 0.0);
    }
    let wanted = 2.0 * p.min(1.0 - p);
    // Bisection on the tails, where their value keeps its digits. 200 halvings end at neighbours.
    let (mut low, mut high) = (0.0, 1.0);
    while student_two_sided(high, freedom)? > wanted && high < 1e300 {
        (low, high) = (high, high * 2.0);
    }
    for _ in 0..200 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if student_two_sided(middle, freedom)? > wanted {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(if p < 0.5 { -high } else { high })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(got: f64, expected: f64, relative: f64) -> bool {
        (got - expected).abs() <= relative * expected.abs()
    }

    /// Values of SciPy 1.17.1, `scipy.stats.t.ppf`.
    #[test]
    fn quantiles_agree_with_scipy() {
        for (freedom, p, t) in [
            (1.0, 0.025, -12.706_204_736_174_705),
            (1.0, 0.9995, 636.619_248_768_789_7),
            (2.0, 0.6, 0.288_675_134_594_812_8),
            (3.0, 0.95, 2.353_363_434_801_823_3),
            (10.0, 0.975, 2.228_138_851_986_274),
            (39.0, 0.6, 0.255_082_228_169_606),
            (39.0, 0.9995, 3.558_120_081_332_771_4),
            (499.0, 0.975, 1.964_729_390_987_688_6),
            (99_999.0, 0.975, 1.959_987_707_771_844_2),
        ] {
            let got = student_quantile(p, freedom).unwrap();
            assert!(near(got, t, 1e-10), "{p} at {freedom}: {got} for {t}");
        }
        assert_eq!(student_quantile(0.5, 3.0), Some(0.0));
        assert_eq!(student_quantile(0.5, 0.0), None);
        assert_eq!(student_quantile(1.0, 3.0), None);
    }

    /// Values of SciPy 1.17.1, `2 * scipy.stats.t.sf`.
    #[test]
    fn p_values_agree_with_scipy() {
        for (t, freedom, p) in [
            (0.5, 1.0, 0.704_832_764_699_133_5),
            (-4.3, 2.0, 0.050_057_154_117_091_59),
            (1.96, 499.0, 0.050_551_902_884_100_31),
            (3.3, 99_999.0, 0.000_967_186_265_707_304_1),
            (40.0, 9.0, 1.898_299_844_933_982_2e-11),
        ] {
            let got = student_two_sided(t, freedom).unwrap();
            assert!(near(got, p, 1e-9), "{t} at {freedom}: {got} for {p}");
        }
        assert_eq!(student_two_sided(f64::INFINITY, 3.0), Some(0.0));
        assert_eq!(student_two_sided(f64::NAN, 3.0), None);
        assert_eq!(student_two_sided(1.0, f64::NAN), None);
        assert_eq!(student_two_sided(1.0, 0.5), None);
        let normal = student_two_sided(1.959_963_984_540_054, 1e300).unwrap();
        assert!(near(normal, 0.05, 1e-12), "{normal}");
    }
}
