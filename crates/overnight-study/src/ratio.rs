//! Ratios of sums, and how sure they are: throughput, sizes, decode times.

use overnight_metrics::Bootstrap;
use overnight_record::Interval;

/// Sum of the first / sum of the second; `None` when the second sum is not positive.
pub(crate) fn ratio_of_sums(pairs: &[(f64, f64)]) -> Option<f64> {
    let (above, below) = pairs
        .iter()
        .fold((0.0, 0.0), |(a, b), pair| (a + pair.0, b + pair.1));
    (below > 0.0).then(|| above / below)
}

/// The interval of [`ratio_of_sums`] from resampling whole pairs; `what` they are goes into
/// the method (`images`, `batches`). `None` below two pairs.
pub(crate) fn ratio_interval(
    pairs: &[(f64, f64)],
    what: &str,
    bootstrap: &Bootstrap,
) -> Option<Interval> {
    let interval = bootstrap.interval(pairs.len(), |drawn| {
        let (mut above, mut below) = (0.0, 0.0);
        for &index in drawn {
            above += pairs[index].0;
            below += pairs[index].1;
        }
        (below > 0.0).then(|| above / below)
    })?;
    Some(Interval {
        method: format!(
            "bootstrap percentile, {} resamples of {what}, seed {}",
            bootstrap.resamples, bootstrap.seed
        ),
        ..interval
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_pairs_weigh_more() {
        assert_eq!(ratio_of_sums(&[(1.0, 10.0), (90.0, 90.0)]), Some(0.91));
        assert_eq!(ratio_of_sums(&[]), None);
        assert_eq!(ratio_of_sums(&[(1.0, 0.0)]), None);
    }

    #[test]
    fn the_interval_is_known_for_equal_pairs_and_names_what_was_drawn() {
        let bootstrap = Bootstrap::new(3);
        let interval = ratio_interval(&[(1.0, 4.0); 6], "batches", &bootstrap).unwrap();
        assert_eq!((interval.low, interval.high), (0.25, 0.25));
        assert_eq!(
            interval.method,
            "bootstrap percentile, 2000 resamples of batches, seed 3"
        );
        assert_eq!(ratio_interval(&[(1.0, 4.0)], "batches", &bootstrap), None);
    }
}
