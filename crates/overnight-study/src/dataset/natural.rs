//! The order in which people expect names with numbers.

use std::cmp::Ordering;

/// Compares names so that runs of ASCII digits count as numbers: `img2` comes before
/// `img10`. Names that are equal in this sense (`01` and `1`) are ordered by their bytes,
/// so the order is total.
///
/// ```
/// use overnight_study::dataset::natural_order;
/// let mut names = ["img10", "img2", "img02", "b"];
/// names.sort_by(|a, b| natural_order(a, b));
/// assert_eq!(names, ["b", "img02", "img2", "img10"]);
/// ```
pub fn natural_order(a: &str, b: &str) -> Ordering {
    let (mut rest_a, mut rest_b) = (a, b);
    while !rest_a.is_empty() && !rest_b.is_empty() {
        let (part_a, tail_a) = split_part(rest_a);
        let (part_b, tail_b) = split_part(rest_b);
        let order = match (number(part_a), number(part_b)) {
            // Without leading zeros the longer number is the larger one, whatever its size.
            (Some(x), Some(y)) => x.len().cmp(&y.len()).then_with(|| x.cmp(y)),
            _ => part_a.cmp(part_b),
        };
        if order != Ordering::Equal {
            return order;
        }
        (rest_a, rest_b) = (tail_a, tail_b);
    }
    rest_a
        .len()
        .cmp(&rest_b.len())
        .then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

/// The leading run of digits or of anything else, and what follows it.
fn split_part(text: &str) -> (&str, &str) {
    let is_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text
        .find(|c: char| c.is_ascii_digit() != is_digit)
        .unwrap_or(text.len());
    text.split_at(end)
}

fn number(part: &str) -> Option<&str> {
    part.starts_with(|c: char| c.is_ascii_digit())
        .then(|| part.trim_start_matches('0'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn is_a_total_order(a in "[a01é]{0,6}", b in "[a01é]{0,6}", c in "[a01é]{0,6}") {
            prop_assert_eq!(natural_order(&a, &b), natural_order(&b, &a).reverse());
            prop_assert_eq!(natural_order(&a, &b) == Ordering::Equal, a == b);
            if natural_order(&a, &b).is_le() && natural_order(&b, &c).is_le() {
                prop_assert!(natural_order(&a, &c).is_le());
            }
        }
    }
}
