//! Bags of units: what was read, without where.

use std::hash::Hash;
use std::ops::AddAssign;

use rustc_hash::FxHashMap;

/// Units of two texts and how many they have in common; sums over samples.
///
/// ```
/// use overnight_metrics::unordered::BagCounts;
/// let words = BagCounts::of_words("one two two", "two one");
/// assert_eq!((words.n_ref, words.n_hyp, words.common), (3, 2, 2));
/// assert_eq!(words.precision(), Some(1.0));
/// assert_eq!(words.f1(), 0.8);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BagCounts {
    /// Units of the reference.
    pub n_ref: u64,
    /// Units of the hypothesis.
    pub n_hyp: u64,
    /// Units in both, each as often as it is in the one that has fewer.
    pub common: u64,
}

impl BagCounts {
    /// Counts of any units.
    pub fn of<T: Eq + Hash>(
        reference: impl IntoIterator<Item = T>,
        hypothesis: impl IntoIterator<Item = T>,
    ) -> Self {
        let mut counts = Self::default();
        let mut open: FxHashMap<T, u64> = FxHashMap::default();
        for unit in reference {
            counts.n_ref += 1;
            *open.entry(unit).or_default() += 1;
        }
        for unit in hypothesis {
            counts.n_hyp += 1;
            if let Some(left) = open.get_mut(&unit)
                && *left > 0
            {
                *left -= 1;
                counts.common += 1;
            }
        }
        counts
    }

    /// Counts of code points.
    pub fn of_characters(reference: &str, hypothesis: &str) -> Self {
        Self::of(reference.chars(), hypothesis.chars())
    }

    /// Counts of words, split at white space.
    pub fn of_words(reference: &str, hypothesis: &str) -> Self {
        Self::of(reference.split_whitespace(), hypothesis.split_whitespace())
    }

    /// `common / n_hyp`, in [0, 1]; `None` for an empty hypothesis.
    pub fn precision(&self) -> Option<f64> {
        (self.n_hyp > 0).then(|| self.common as f64 / self.n_hyp as f64)
    }

    /// `common / n_ref`, in [0, 1]; `None` for an empty reference.
    pub fn recall(&self) -> Option<f64> {
        (self.n_ref > 0).then(|| self.common as f64 / self.n_ref as f64)
    }

    /// `2 common / (n_ref + n_hyp)`, in [0, 1]; 1 when both are empty.
    pub fn f1(&self) -> f64 {
        let n = self.n_ref + self.n_hyp;
        if n == 0 {
            1.0
        } else {
            2.0 * self.common as f64 / n as f64
        }
    }
}

impl AddAssign for BagCounts {
    fn add_assign(&mut self, other: Self) {
        self.n_ref += other.n_ref;
        self.n_hyp += other.n_hyp;
        self.common += other.common;
    }
}
