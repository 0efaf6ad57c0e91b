//! Statistics against values that NumPy, SciPy and statsmodels computed.

use std::collections::BTreeSet;

use overnight_metrics::statistics::{
    Bca, EquivalenceTest, Power, QuantileRule, Resamples, SignFlip, SignedRankTest,
    WILCOXON_EFFICIENCY, ZeroMethod, benjamini_hochberg, holm, normal_quantile, paired_t,
    pairing_gain, samples_for_percentile, sign_test, wilson,
};
use overnight_metrics::{Bootstrap, Counted, aggregate, sorted};
use overnight_record::result::EquivalenceVerdict;
use overnight_testkit::Shared;
use serde_json::Value;

fn reference(test: &str) -> Option<Value> {
    let path = Shared::path(test, "reference/stats_reference.json")?;
    let bytes = std::fs::read(path).expect("a readable file");
    Some(serde_json::from_slice(&bytes).expect("valid JSON"))
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

fn numbers(value: &Value) -> Vec<f64> {
    let list = value.as_array().expect("a list");
    list.iter().map(number).collect()
}

/// Fails unless both agree to `relative` of the expected value.
#[track_caller]
fn assert_near(got: f64, expected: &Value, relative: f64, what: &str) {
    let expected = number(expected);
    assert!(
        (got - expected).abs() <= relative * expected.abs(),
        "{what}: {got} for {expected}"
    );
}

/// The forty images both arms were scored on.
struct Arms {
    n_ref: Vec<f64>,
    baseline: Vec<f64>,
    candidate: Vec<f64>,
}

impl Arms {
    fn of(reference: &Value) -> Self {
        Self {
            n_ref: numbers(&reference["n_ref"]),
            baseline: numbers(&reference["edits_baseline"]),
            candidate: numbers(&reference["edits_candidate"]),
        }
    }

    fn n(&self) -> usize {
        self.n_ref.len()
    }

    /// Per-image differences as the reference computes them, by subtracting rounded rates.
    /// That hides one tie, which a single division (`Pairing::difference`) sees.
    fn differences(&self) -> Vec<f64> {
        (0..self.n())
            .map(|i| self.candidate[i] / self.n_ref[i] - self.baseline[i] / self.n_ref[i])
            .collect()
    }

    fn micro(&self, drawn: &[usize]) -> Option<f64> {
        let sum = |values: &[f64]| drawn.iter().map(|&i| values[i]).sum::<f64>();
        Some((sum(&self.candidate) - sum(&self.baseline)) / sum(&self.n_ref))
    }

    fn observed_micro(&self) -> f64 {
        let all: Vec<usize> = (0..self.n()).collect();
        self.micro(&all).expect("a difference")
    }
}

/// The generator that the reference names: a linear congruential one of 64 bits.
fn lcg() -> impl FnMut(usize) -> usize {
    let mut state = 42_u64;
    move |n| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % n
    }
}

/// The very draws of the reference.
fn reference_resamples(n: usize, statistic: impl FnMut(&[usize]) -> Option<f64>) -> Resamples {
    let settings = Bootstrap {
        resamples: 10_000,
        ..Bootstrap::new(42)
    };
    settings
        .resample_with(n, lcg(), statistic)
        .expect("resamples")
}

/// A value that is added to the reference must be compared, too.
#[test]
fn every_part_of_the_reference_is_known_here() {
    let Some(reference) = reference("every_part_of_the_reference_is_known_here") else {
        return;
    };
    let parts: BTreeSet<&str> = reference
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    let compared = BTreeSet::from([
        "n",
        "n_ref",
        "edits_baseline",
        "edits_candidate",
        "micro_cer",
        "macro_cer",
        "paired_t",
        "wilcoxon_wilcox_approx_corr0",
        "wilcoxon_wilcox_approx_corr1",
        "wilcoxon_pratt_approx_corr0",
        "wilcoxon_pratt_approx_corr1",
        "wilcoxon_zsplit_approx_corr0",
        "wilcoxon_zsplit_approx_corr1",
        "wilcoxon_exact_case",
        "sign_test",
        "bootstrap_paired",
        "scipy_bootstrap_BCa_micro",
        "scipy_signflip_permutation_macro",
        "bh",
        "holm",
        "wilson95",
        "power",
        "pairing_gain",
        "order_statistic_percentile",
        "percentile_definitions",
    ]);
    assert_eq!(parts, compared);
}

#[test]
fn the_rates_of_both_arms_agree() {
    let Some(reference) = reference("the_rates_of_both_arms_agree") else {
        return;
    };
    let arms = Arms::of(&reference);
    assert_eq!(arms.n() as u64, reference["n"].as_u64().unwrap());
    for (arm, edits) in [("baseline", &arms.baseline), ("candidate", &arms.candidate)] {
        let samples: Vec<Counted> = (0..arms.n())
            .map(|i| Counted {
                n_ref: arms.n_ref[i] as u64,
                distance: Some(edits[i] as u64),
            })
            .collect();
        let rates = aggregate(&samples, &Bootstrap::new(1));
        assert_near(
            rates.micro.unwrap(),
            &reference["micro_cer"][arm],
            1e-12,
            arm,
        );
        assert_near(
            rates.macro_mean.unwrap(),
            &reference["macro_cer"][arm],
            1e-12,
            arm,
        );
    }
    let delta = arms.observed_micro();
    assert_near(
        delta,
        &reference["micro_cer"]["delta"],
        1e-12,
        "micro delta",
    );
}

#[test]
fn paired_t_agrees() {
    let Some(reference) = reference("paired_t_agrees") else {
        return;
    };
    let summary = paired_t(&Arms::of(&reference).differences()).unwrap();
    let (spread, test) = (&reference["macro_cer"], &reference["paired_t"]);
    assert_near(summary.mean, &spread["delta"], 1e-12, "mean");
    assert_near(summary.deviation, &spread["sd_delta"], 1e-12, "deviation");
    assert_near(
        summary.standard_error(),
        &spread["se_delta"],
        1e-12,
        "standard error",
    );
    assert_near(summary.t().unwrap(), &test["t"], 1e-12, "t");
    assert_near(summary.test().unwrap().p, &test["p"], 1e-11, "p");
    let interval = summary.interval(0.95).unwrap();
    assert_near(interval.low, &test["ci95"][0], 1e-11, "low");
    assert_near(interval.high, &test["ci95"][1], 1e-11, "high");
}

/// By `ttost_mean` and `tconfint_mean` of statsmodels 0.15.0, on the reference's differences.
#[test]
fn equivalence_agrees_with_statsmodels() {
    let Some(reference) = reference("equivalence_agrees_with_statsmodels") else {
        return;
    };
    let arms = Arms::of(&reference);
    let near = |got: f64, expected: f64| (got / expected - 1.0).abs() < 1e-10;
    for (margin, p, verdict) in [
        (
            0.02,
            0.025_968_199_144_835_055,
            EquivalenceVerdict::Equivalent,
        ),
        (
            0.016,
            0.297_759_877_061_692_3,
            EquivalenceVerdict::Different,
        ),
    ] {
        let test = EquivalenceTest::new(margin);
        let by_t = test.by_t(&arms.differences()).unwrap();
        assert!(near(by_t.p_equivalence.unwrap(), p), "{by_t:?}");
        assert!(near(by_t.interval.low, -0.019_128_712_972_942_81));
        assert!(near(by_t.interval.high, -0.009_957_955_880_050_228));
        assert_eq!(by_t.verdict(), verdict);
        let resamples = reference_resamples(arms.n(), |drawn| arms.micro(drawn));
        let by_bootstrap = test
            .by_bootstrap(arms.observed_micro(), &resamples)
            .unwrap();
        assert_eq!(by_bootstrap.verdict(), verdict, "{by_bootstrap:?}");
    }
}

#[test]
fn signed_ranks_agree_under_every_zero_method() {
    let Some(reference) = reference("signed_ranks_agree_under_every_zero_method") else {
        return;
    };
    let differences = Arms::of(&reference).differences();
    for (zeros, name) in [
        (ZeroMethod::Wilcox, "wilcox"),
        (ZeroMethod::Pratt, "pratt"),
        (ZeroMethod::Zsplit, "zsplit"),
    ] {
        for (continuity_correction, digit) in [(false, 0), (true, 1)] {
            let settings = SignedRankTest {
                zeros,
                continuity_correction,
                exact_up_to: 0,
            };
            let got = settings.of(&differences).unwrap();
            let name = format!("wilcoxon_{name}_approx_corr{digit}");
            let expected = &reference[&name];
            assert_eq!(got.statistic, number(&expected["W"]), "{name}");
            assert_near(got.z.unwrap(), &expected["z"], 1e-12, &name);
            assert_near(got.test.p, &expected["p"], 1e-11, &name);
        }
    }
    let case = &reference["wilcoxon_exact_case"];
    let exact = SignedRankTest::default().of(&numbers(&case["d"])).unwrap();
    assert_eq!(exact.z, None);
    assert_eq!(exact.statistic, number(&case["W"]));
    assert_eq!(exact.test.p, number(&case["p"]));
    // Every pattern of signs, by `scipy.stats.permutation_test` of SciPy 1.17.1.
    let flips = SignFlip::new(1).test(&numbers(&case["d"])).unwrap();
    assert_eq!((flips.exact, flips.test.p), (true, 0.024_414_062_5));
}

#[test]
fn signs_agree() {
    let Some(reference) = reference("signs_agree") else {
        return;
    };
    let differences = Arms::of(&reference).differences();
    let (got, expected) = (sign_test(&differences).unwrap(), &reference["sign_test"]);
    assert_eq!(got.negative, expected["improved"]);
    assert_eq!(got.positive, expected["worse"]);
    assert_eq!(got.ties, expected["ties"]);
    assert_near(got.test.p, &expected["p"], 1e-12, "p");

    let flips = SignFlip::new(42).test(&differences).unwrap();
    assert!(!flips.exact);
    let expected = number(&reference["scipy_signflip_permutation_macro"]["p"]);
    // The tolerance that the reference names: both draw at random.
    assert!((flips.test.p - expected).abs() < 0.005, "{flips:?}");
}

#[test]
fn the_bootstrap_repeats_the_reference_draw_by_draw() {
    let Some(reference) = reference("the_bootstrap_repeats_the_reference_draw_by_draw") else {
        return;
    };
    let (arms, expected) = (Arms::of(&reference), &reference["bootstrap_paired"]);
    let mut draw = lcg();
    let first: Vec<f64> = (0..10).map(|_| draw(arms.n()) as f64).collect();
    assert_eq!(first, numbers(&expected["first_10_indices"]));
    assert_eq!(expected["B"], 10_000);

    let differences = arms.differences();
    let micro = reference_resamples(arms.n(), |drawn| arms.micro(drawn));
    let macro_mean = reference_resamples(arms.n(), |drawn| {
        Some(drawn.iter().map(|&i| differences[i]).sum::<f64>() / drawn.len() as f64)
    });
    for (resamples, name) in [(&micro, "micro"), (&macro_mean, "macro")] {
        let interval = resamples.percentile(0.95).unwrap();
        let ends = &expected["percentile_type7"][format!("{name}_delta_ci95")];
        assert_near(interval.low, &ends[0], 1e-12, name);
        assert_near(interval.high, &ends[1], 1e-12, name);
        let error = &expected[format!("se_{name}")];
        assert_near(resamples.standard_error(), error, 1e-12, name);
    }
    let p = micro.two_sided_p(0.0).unwrap();
    let key = "p_two_sided_micro_(2*min(tail)+1)/(B+1)";
    assert_near(p, &expected[key], 1e-14, "p");
    // The reference counts the draws strictly below; `Bca` adds half of those that are equal.
    let strict = normal_quantile(micro.share_below(arms.observed_micro())).unwrap();
    assert_near(strict, &expected["z0_bias"], 1e-11, "z0");
}

#[test]
fn bca_agrees_with_scipy() {
    let Some(reference) = reference("bca_agrees_with_scipy") else {
        return;
    };
    let (arms, expected) = (
        Arms::of(&reference),
        &reference["scipy_bootstrap_BCa_micro"],
    );
    let micro = |drawn: &[usize]| arms.micro(drawn);
    let resamples = reference_resamples(arms.n(), micro);
    let bca = Bca::new(arms.observed_micro(), &resamples, arms.n(), micro).unwrap();
    let interval = bca.interval(&resamples, 0.95).unwrap();
    // The tolerance that the reference names: SciPy drew its own resamples.
    let near = |got: f64, expected: &Value| (got - number(expected)).abs() < 3e-4;
    assert!(near(interval.low, &expected["ci95"][0]), "{interval:?}");
    assert!(near(interval.high, &expected["ci95"][1]), "{interval:?}");
    assert!(near(resamples.standard_error(), &expected["se"]));
    // By the formulas of `scipy.stats.bootstrap`, with NumPy 2.4.6 and the normal distribution
    // of SciPy 1.17.1, on these very draws.
    for (got, expected) in [
        (bca.bias, -0.023_564_486_434_286_03),
        (bca.acceleration, -0.020_772_513_278_274_493),
        (interval.low, -0.020_088_687_409_615_728),
        (interval.high, -0.011_151_515_151_515_152),
    ] {
        assert!((got - expected).abs() < 1e-12, "{got} for {expected}");
    }
    let own = Bootstrap::new(42).bca_interval(arms.n(), micro).unwrap();
    assert!((own.low - interval.low).abs() < 1e-3 && (own.high - interval.high).abs() < 1e-3);
}

#[test]
fn adjusted_p_values_agree() {
    let Some(reference) = reference("adjusted_p_values_agree") else {
        return;
    };
    type Adjust = fn(&[f64]) -> Option<Vec<f64>>;
    for (name, adjust) in [("bh", benjamini_hochberg as Adjust), ("holm", holm)] {
        let got = adjust(&numbers(&reference[name]["p"])).unwrap();
        let expected = reference[name]["adjusted"].as_array().unwrap();
        assert_eq!(got.len(), expected.len());
        for (got, expected) in got.iter().zip(expected) {
            assert_near(*got, expected, 1e-14, name);
        }
    }
}

#[test]
fn wilson_intervals_agree() {
    let Some(reference) = reference("wilson_intervals_agree") else {
        return;
    };
    let cases = reference["wilson95"].as_object().unwrap();
    assert_eq!(cases.len(), 3);
    for (name, ends) in cases {
        let (successes, n) = name.split_once('/').unwrap();
        let interval = wilson(successes.parse().unwrap(), n.parse().unwrap(), 0.95).unwrap();
        for (got, expected) in [(interval.low, &ends[0]), (interval.high, &ends[1])] {
            assert!((got - number(expected)).abs() < 1e-14, "{name}: {got}");
        }
    }
}

#[test]
fn power_and_the_gain_of_pairing_agree() {
    let Some(reference) = reference("power_and_the_gain_of_pairing_agree") else {
        return;
    };
    let (power, expected) = (Power::default(), &reference["power"]);
    for (deviation, effect) in expected["n500"].as_object().unwrap() {
        let got = power.detectable_effect(deviation.parse().unwrap(), 500);
        assert_near(got.unwrap(), effect, 1e-12, deviation);
    }
    let needed = expected["n_needed"].as_object().unwrap();
    assert_eq!(needed.len(), 9);
    for (name, pairs) in needed {
        let (deviation, effect) = name
            .strip_prefix("sd")
            .unwrap()
            .split_once("_delta")
            .unwrap();
        let got = power.pairs_needed(deviation.parse().unwrap(), effect.parse().unwrap());
        assert_eq!(got.unwrap(), *pairs, "{name}");
    }
    let efficiency = &expected["wilcoxon_normal_ARE"];
    assert_near(WILCOXON_EFFICIENCY, efficiency, 1e-15, "efficiency");
    let gains = reference["pairing_gain"].as_object().unwrap();
    assert_eq!(gains.len(), 4);
    for (name, expected) in gains {
        let gain = pairing_gain(name.strip_prefix("rho").unwrap().parse().unwrap()).unwrap();
        assert_near(gain.deviation_ratio, &expected["sd_d_over_sd"], 1e-14, name);
        assert_near(
            gain.images_ratio,
            &expected["n_ratio_vs_unpaired"],
            1e-14,
            name,
        );
    }
}

#[test]
fn sample_counts_for_percentiles_agree() {
    let Some(reference) = reference("sample_counts_for_percentiles_agree") else {
        return;
    };
    let expected = &reference["order_statistic_percentile"];
    for (name, p) in [("p90", 0.90), ("p99", 0.99)] {
        let counts = expected[name].as_object().unwrap();
        assert_eq!(counts.len(), 4);
        for (beyond, n) in counts {
            let got = samples_for_percentile(p, beyond.parse().unwrap(), 0.01);
            assert_eq!(got.unwrap(), *n, "{name} beyond {beyond}");
        }
    }
    let quoted = &expected["mlperf_quoted"];
    for (key, p, beyond) in [
        ("h_min(t=0,p99)", 0.99, 0),
        ("single_stream_floor_p90", 0.90, 1),
        ("single_stream_floor_p99", 0.99, 1),
    ] {
        let got = samples_for_percentile(p, beyond, 0.01);
        assert_eq!(got.unwrap(), quoted[key], "{key}");
    }
}

#[test]
fn percentiles_agree_under_every_definition() {
    let Some(reference) = reference("percentiles_agree_under_every_definition") else {
        return;
    };
    let table = reference["percentile_definitions"].as_object().unwrap();
    let data = sorted(&numbers(&table["data"]));
    let mut compared = 0;
    for (key, expected) in table.iter().filter(|(key, _)| *key != "data") {
        let (percent, rule) = key.strip_prefix('p').unwrap().split_once('_').unwrap();
        let rule = match rule {
            "linear" => QuantileRule::Linear,
            "inverted_cdf" => QuantileRule::InvertedCdf,
            "higher" => QuantileRule::Higher,
            "nearest" => QuantileRule::Nearest,
            other => panic!("{other} is no known definition"),
        };
        let p = percent.parse::<f64>().unwrap() / 100.0;
        assert_near(rule.of(&data, p).unwrap(), expected, 1e-14, key);
        compared += 1;
    }
    assert_eq!(compared, 16);
}
