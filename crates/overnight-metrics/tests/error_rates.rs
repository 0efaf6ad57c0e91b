//! What the words "95 %" and "alpha 0.05" promise, on data made up by a seeded generator.

use overnight_metrics::statistics::{
    EquivalenceTest, SignFlip, SignedRankTest, ZeroMethod, paired_t,
};
use overnight_metrics::{Bootstrap, Random};

fn uniform(random: &mut Random) -> f64 {
    (random.bits() >> 11) as f64 / (1_u64 << 53) as f64
}

/// Of 1,500 sets of exponential values, as skewed as error rates are, how many per cent have
/// their true mean, 1, in the percentile, the BCa and the t interval at 95 %.
fn coverage(images: usize) -> [u64; 3] {
    const SETS: u64 = 1500;
    let mut random = Random::new(5);
    let mut hits = [0; 3];
    for seed in 0..SETS {
        let values: Vec<f64> = (0..images)
            .map(|_| -(1.0 - uniform(&mut random)).ln())
            .collect();
        let mean = |drawn: &[usize]| {
            Some(drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64)
        };
        let bootstrap = Bootstrap {
            resamples: 1000,
            ..Bootstrap::new(seed)
        };
        let intervals = [
            bootstrap.interval(images, mean),
            bootstrap.bca_interval(images, mean),
            paired_t(&values).and_then(|summary| summary.interval(0.95)),
        ];
        for (hits, interval) in hits.iter_mut().zip(intervals) {
            *hits += u64::from(interval.is_some_and(|i| i.low <= 1.0 && 1.0 <= i.high));
        }
    }
    hits.map(|hits| (100 * hits + SETS / 2) / SETS)
}

/// The table of `docs/metrics.md`.
#[test]
fn intervals_cover_as_the_documentation_says() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/metrics.md");
    let page = std::fs::read_to_string(page).unwrap();
    for images in [10, 40, 200] {
        let [percentile, bca, t] = coverage(images);
        let row = format!("| {images} | {percentile} % | {bca} % | {t} % |");
        assert!(page.contains(&row), "the page lacks {row}");
    }
}

#[test]
fn tests_err_as_often_as_they_say() {
    const SETS: u64 = 1000;
    let mut random = Random::new(5);
    let mut errors = [0_u32; 4];
    for seed in 0..SETS {
        // Without an effect: symmetric around 0, one in five a tie.
        let nothing: Vec<f64> = (0..40)
            .map(|_| {
                let [a, b, tie] = [(); 3].map(|()| uniform(&mut random));
                if tie < 0.2 { 0.0 } else { a - b }
            })
            .collect();
        let pratt = SignedRankTest {
            zeros: ZeroMethod::Pratt,
            ..SignedRankTest::default()
        };
        let flips = SignFlip { flips: 500, seed };
        let p_values = [
            flips.test(&nothing).unwrap().test.p,
            pratt.of(&nothing).unwrap().test.p,
            paired_t(&nothing).unwrap().test().unwrap().p,
        ];
        // Just so large that it does matter.
        let at_margin: Vec<f64> = nothing.iter().map(|d| d + 0.2).collect();
        let equivalence = EquivalenceTest::new(0.2).by_t(&at_margin).unwrap();
        let wrong = p_values
            .map(|p| p <= 0.05)
            .into_iter()
            .chain([equivalence.is_equivalent()]);
        for (count, wrong) in errors.iter_mut().zip(wrong) {
            *count += u32::from(wrong);
        }
    }
    // 50 expected; the standard deviation of such a count is 7.
    assert!(errors.iter().all(|n| (25..=75).contains(n)), "{errors:?}");
}
