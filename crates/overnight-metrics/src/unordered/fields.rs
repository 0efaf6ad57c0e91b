//! Named values of a document, such as the total of a receipt.

use std::ops::AddAssign;

use crate::distance::levenshtein;

/// The values asked of a receipt, by their names in the key files of SROIE (ICDAR 2019, task 3).
pub const RECEIPT_FIELDS: [&str; 4] = ["company", "date", "address", "total"];

/// One value against its reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldScore {
    /// Whether the two are the same after the normalisation.
    pub is_exact: bool,
    /// Levenshtein distance of the normalised values, in code points.
    pub distance: u64,
    /// Code points of the longer normalised value.
    pub longest: u64,
}

impl FieldScore {
    /// 1-NED: `1 - distance / longest`, in [0, 1]; 1 for two empty values.
    pub fn similarity(&self) -> f64 {
        if self.longest == 0 {
            1.0
        } else {
            1.0 - self.distance as f64 / self.longest as f64
        }
    }
}

/// Compares a value with its reference, both brought to one form by `normalise`; name that
/// beside the number. A field that was not found is the empty value.
///
/// ```
/// use overnight_metrics::unordered::score_field;
/// let score = score_field("SDN. BHD.", "sdn bhd", |value| {
///     value.to_uppercase().replace('.', "")
/// });
/// assert!(score.is_exact);
/// ```
pub fn score_field(
    reference: &str,
    hypothesis: &str,
    normalise: impl Fn(&str) -> String,
) -> FieldScore {
    let of = |value: &str| normalise(value).chars().collect::<Vec<char>>();
    let (reference, hypothesis) = (of(reference), of(hypothesis));
    let distance = levenshtein(&reference, &hypothesis);
    FieldScore {
        is_exact: distance == 0,
        distance,
        longest: reference.len().max(hypothesis.len()) as u64,
    }
}

/// Sums over values; sums over samples, kept apart by field.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct FieldCounts {
    /// Values with a reference.
    pub n: u64,
    /// Values that are exactly right after the normalisation.
    pub exact: u64,
    /// Sum of [`FieldScore::similarity`].
    pub similarity_sum: f64,
}

impl FieldCounts {
    /// Share of the values that are exactly right; `None` without one.
    pub fn accuracy(&self) -> Option<f64> {
        (self.n > 0).then(|| self.exact as f64 / self.n as f64)
    }

    /// Mean 1-NED, in [0, 1]; `None` without a value.
    pub fn one_minus_ned(&self) -> Option<f64> {
        (self.n > 0).then(|| self.similarity_sum / self.n as f64)
    }
}

impl AddAssign<FieldScore> for FieldCounts {
    fn add_assign(&mut self, score: FieldScore) {
        self.n += 1;
        self.exact += u64::from(score.is_exact);
        self.similarity_sum += score.similarity();
    }
}

impl AddAssign for FieldCounts {
    fn add_assign(&mut self, other: Self) {
        self.n += other.n;
        self.exact += other.exact;
        self.similarity_sum += other.similarity_sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_right_near_or_missing() {
        let mut counts = FieldCounts::default();
        for (reference, read) in [("20.00", "20.00"), ("20.00", "28.00"), ("20.00", "")] {
            counts += score_field(reference, read, str::to_owned);
        }
        assert_eq!(counts.accuracy(), Some(1.0 / 3.0));
        assert!((counts.one_minus_ned().unwrap() - 0.6).abs() < 1e-12);
        assert_eq!(FieldCounts::default().accuracy(), None);
    }
}
