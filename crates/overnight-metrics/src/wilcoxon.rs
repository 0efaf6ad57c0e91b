//! The signed-rank test of F. Wilcoxon, "Individual comparisons by ranking methods" (1945).

use overnight_record::result::TestResult;

/// Up to this many pairs the exact distribution is used, when no two differences tie.
const EXACT_UP_TO: usize = 25;

/// What the test computed.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedRank {
    /// Differences that are not zero.
    pub n: usize,
    /// The smaller of the two rank sums.
    pub statistic: f64,
    /// The name of the test with its choices, and the two-sided p value.
    pub test: TestResult,
}

/// Tests paired differences for "no difference", two-sided. Zero differences are dropped
/// (Wilcoxon's own treatment). The p value is exact for up to 25 differences without ties,
/// otherwise from the normal approximation with tie correction and without continuity
/// correction. `None` when every difference is zero.
///
/// ```
/// use overnight_metrics::wilcoxon_signed_rank;
/// let test = wilcoxon_signed_rank(&[1.0, 2.0, 3.0, 4.0, 5.0]).unwrap();
/// assert_eq!((test.statistic, test.test.p), (0.0, 2.0 / 32.0));
/// assert_eq!(wilcoxon_signed_rank(&[0.0]), None);
/// ```
pub fn wilcoxon_signed_rank(differences: &[f64]) -> Option<SignedRank> {
    let mut kept: Vec<f64> = differences
        .iter()
        .copied()
        .filter(|d| *d != 0.0 && d.is_finite())
        .collect();
    if kept.is_empty() {
        return None;
    }
    kept.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let n = kept.len();
    let (positive, tie_term) = rank_sum(&kept);
    let total = (n * (n + 1)) as f64 / 2.0;
    let statistic = positive.min(total - positive);
    let exact = n <= EXACT_UP_TO && tie_term == 0.0;
    let (p, how) = if exact {
        (exact_p(n, statistic), "exact")
    } else {
        (
            approximate_p(n, statistic, tie_term),
            "normal approximation with tie correction, no continuity correction",
        )
    };
    Some(SignedRank {
        n,
        statistic,
        test: TestResult {
            name: format!("Wilcoxon signed-rank, two-sided, zero differences dropped, {how}"),
            p,
        },
    })
}

/// Sum of the ranks of positive differences, ties sharing their mean rank, and the sum of
/// t^3 - t over groups of t ties. `sorted` rises in absolute value.
fn rank_sum(sorted: &[f64]) -> (f64, f64) {
    let (mut positive, mut tie_term) = (0.0, 0.0);
    let mut first = 0;
    for group in sorted.chunk_by(|a, b| a.abs() == b.abs()) {
        let size = group.len() as f64;
        let rank = first as f64 + (size + 1.0) / 2.0;
        positive += rank * group.iter().filter(|d| **d > 0.0).count() as f64;
        tie_term += size.powi(3) - size;
        first += group.len();
    }
    (positive, tie_term)
}

/// Twice the share of the 2^n sign patterns whose rank sum is at most `statistic`.
fn exact_p(n: usize, statistic: f64) -> f64 {
    let largest = n * (n + 1) / 2;
    // counts[s]: subsets of the ranks used so far with sum s.
    let mut counts = vec![0_u64; largest + 1];
    counts[0] = 1;
    for rank in 1..=n {
        for sum in (rank..=largest).rev() {
            counts[sum] += counts[sum - rank];
        }
    }
    let up_to = statistic.floor() as usize;
    let tail: u64 = counts[..=up_to.min(largest)].iter().sum();
    (2.0 * tail as f64 / 2_f64.powi(i32::try_from(n).unwrap_or(i32::MAX))).min(1.0)
}

fn approximate_p(n: usize, statistic: f64, tie_term: f64) -> f64 {
    let n = n as f64;
    let mean = n * (n + 1.0) / 4.0;
    let variance = n * (n + 1.0) * (2.0 * n + 1.0) / 24.0 - tie_term / 48.0;
    if variance <= 0.0 {
        return 1.0;
    }
    let z = (statistic - mean) / variance.sqrt();
    libm::erfc(z.abs() / std::f64::consts::SQRT_2)
}

#[cfg(test)]
mod tests {
    use overnight_testkit::Shared;

    use super::*;

    #[test]
    fn agrees_with_the_reference_values() {
        let Some(path) = Shared::path(
            "agrees_with_the_reference_values",
            "reference/stats_reference.json",
        ) else {
            return;
        };
        let reference: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let numbers = |value: &serde_json::Value| -> Vec<f64> {
            let list = value.as_array().unwrap();
            list.iter().map(|v| v.as_f64().unwrap()).collect()
        };
        let (n_ref, baseline, candidate) = (
            numbers(&reference["n_ref"]),
            numbers(&reference["edits_baseline"]),
            numbers(&reference["edits_candidate"]),
        );
        // The reference subtracts rounded rates, which hides one tie that
        // `paired_difference`, with a single division, sees.
        let differences: Vec<f64> = (0..n_ref.len())
            .map(|i| candidate[i] / n_ref[i] - baseline[i] / n_ref[i])
            .collect();
        let large = wilcoxon_signed_rank(&differences).unwrap();
        let expected = &reference["wilcoxon_wilcox_approx_corr0"];
        assert_eq!(large.statistic, expected["W"].as_f64().unwrap());
        assert!((large.test.p - expected["p"].as_f64().unwrap()).abs() < 1e-10);

        let case = &reference["wilcoxon_exact_case"];
        let exact = wilcoxon_signed_rank(&numbers(&case["d"])).unwrap();
        assert_eq!(exact.statistic, case["W"].as_f64().unwrap());
        assert!((exact.test.p - case["p"].as_f64().unwrap()).abs() < 1e-12);
    }

    #[test]
    fn ties_share_their_rank_and_zeros_are_dropped() {
        let test = wilcoxon_signed_rank(&[1.0, -1.0, 2.0, 0.0]).unwrap();
        assert_eq!((test.n, test.statistic), (3, 1.5));
        assert!(test.test.name.contains("tie correction"));
        let balanced = wilcoxon_signed_rank(&[1.0, -1.0]).unwrap();
        assert_eq!(balanced.test.p, 1.0);
    }
}
