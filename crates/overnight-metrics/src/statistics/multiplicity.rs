//! p values of several comparisons, adjusted for their number.

/// p values adjusted by S. Holm, "A simple sequentially rejective multiple test procedure"
/// (1979), in the order given: those at most alpha are the differences shown, with the
/// probability of any false one among them at most alpha, however the tests depend on each
/// other. `None` when a value is not a probability.
///
/// ```
/// use overnight_metrics::statistics::holm;
/// assert_eq!(holm(&[0.04, 0.01, 0.5]), Some(vec![0.08, 0.03, 0.5]));
/// assert_eq!(holm(&[]), Some(vec![]));
/// ```
pub fn holm(p_values: &[f64]) -> Option<Vec<f64>> {
    let order = rising(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest = 0.0_f64;
    for (rank, &index) in order.iter().enumerate() {
        let factor = (p_values.len() - rank) as f64;
        largest = largest.max((factor * p_values[index]).min(1.0));
        adjusted[index] = largest;
    }
    Some(adjusted)
}

/// p values adjusted by Y. Benjamini and Y. Hochberg, "Controlling the false discovery rate"
/// (1995), in the order given: among those at most q, a share of at most q is expected to be
/// false, for tests that are independent or depend on each other positively. `None` when a
/// value is not a probability.
///
/// ```
/// use overnight_metrics::statistics::benjamini_hochberg;
/// assert_eq!(benjamini_hochberg(&[0.5, 0.01]), Some(vec![0.5, 0.02]));
/// ```
pub fn benjamini_hochberg(p_values: &[f64]) -> Option<Vec<f64>> {
    let order = rising(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest = 1.0_f64;
    for (rank, &index) in order.iter().enumerate().rev() {
        let factor = p_values.len() as f64 / (rank + 1) as f64;
        smallest = smallest.min(factor * p_values[index]);
        adjusted[index] = smallest;
    }
    Some(adjusted)
}

/// The indices of `p_values` in rising order of them; `None` unless all lie in [0, 1].
fn rising(p_values: &[f64]) -> Option<Vec<usize>> {
    if !p_values.iter().all(|p| (0.0..=1.0).contains(p)) {
        return None;
    }
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    Some(order)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_probabilities_are_adjusted() {
        for nonsense in [f64::NAN, -0.1, 1.1] {
            assert_eq!(holm(&[0.1, nonsense]), None);
            assert_eq!(benjamini_hochberg(&[0.1, nonsense]), None);
        }
        assert_eq!(holm(&[0.2]), Some(vec![0.2]));
        assert_eq!(benjamini_hochberg(&[0.2, 0.2]), Some(vec![0.2, 0.2]));
    }

    proptest! {
        #[test]
        fn adjusting_keeps_the_order_and_lowers_nothing(
            p_values in prop::collection::vec(0.0_f64..=1.0, 1..30),
        ) {
            let (strict, mild) = (holm(&p_values).unwrap(), benjamini_hochberg(&p_values).unwrap());
            for (i, p) in p_values.iter().enumerate() {
                prop_assert!(*p <= mild[i] && mild[i] <= strict[i] + 1e-15 && strict[i] <= 1.0);
                let bonferroni = (*p * p_values.len() as f64).min(1.0);
                prop_assert!(strict[i] <= bonferroni + 1e-15);
                for (j, other) in p_values.iter().enumerate() {
                    if p <= other {
                        prop_assert!(strict[i] <= strict[j] && mild[i] <= mild[j]);
                    }
                }
            }
        }

        #[test]
        fn a_smaller_p_value_raises_no_adjusted_one(
            p_values in prop::collection::vec(0.0_f64..=1.0, 1..20),
            which: prop::sample::Index,
            share in 0.0_f64..1.0,
        ) {
            let mut lowered = p_values.clone();
            lowered[which.index(p_values.len())] *= share;
            for adjust in [holm, benjamini_hochberg] {
                let (before, after) = (adjust(&p_values).unwrap(), adjust(&lowered).unwrap());
                prop_assert!(before.iter().zip(&after).all(|(b, a)| a <= b));
            }
        }
    }
}
