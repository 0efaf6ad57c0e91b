//! Which batch of which case runs when. Pure: times are handed in, no clock is read here.

use overnight_metrics::Random;

/// Two successive warm-up passes this close to each other end the warm-up.
const WARM_TOLERANCE: f64 = 0.15;
/// A warm-up never takes more passes than this.
const WARM_PASSES_MAX: usize = 3;

/// How `n_items` items are cut into batches; one *pass* touches every item once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Batches {
    n_items: usize,
    batch_size: usize,
}

impl Batches {
    /// `n_items` and `batch_size` are at least 1.
    pub(crate) fn new(n_items: usize, batch_size: usize) -> Self {
        Self {
            n_items: n_items.max(1),
            batch_size: batch_size.max(1),
        }
    }

    /// Batches of one pass.
    pub(crate) fn per_pass(self) -> usize {
        self.n_items.div_ceil(self.batch_size)
    }

    /// Indices of the items of the `index`-th batch of a pass.
    ///
    /// The last batch of a pass may be short. A batch larger than the whole set repeats
    /// items, so that a case of size 32 hands over 32 items even when only 20 exist.
    pub(crate) fn items(self, index: usize) -> Vec<usize> {
        if self.batch_size > self.n_items {
            return (0..self.batch_size).map(|i| i % self.n_items).collect();
        }
        let first = (index % self.per_pass()) * self.batch_size;
        (first..(first + self.batch_size).min(self.n_items)).collect()
    }

    /// The batch whose items weigh most together, for the memory pass.
    pub(crate) fn heaviest(self, weight: impl Fn(usize) -> u64) -> usize {
        (0..self.per_pass())
            .rev()
            .max_by_key(|index| self.items(*index).into_iter().map(&weight).sum::<u64>())
            .unwrap_or(0)
    }
}

/// When a case has been measured enough.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    /// Timed milliseconds after which no further batch begins.
    pub(crate) budget_ms: f64,
    /// Passes over the items after which no further batch begins; at least 1.
    pub(crate) passes: usize,
}

/// The timed batches of one case so far.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct CaseLog {
    batches: Batches,
    limits: Limits,
    /// Items of every timed batch.
    pub(crate) items: Vec<usize>,
    /// Milliseconds of every timed batch.
    pub(crate) ms: Vec<f64>,
    spent_ms: f64,
}

impl CaseLog {
    pub(crate) fn new(batches: Batches, limits: Limits) -> Self {
        Self {
            batches,
            limits,
            items: Vec::new(),
            ms: Vec::new(),
            spent_ms: 0.0,
        }
    }

    /// Index within its pass of the batch to time next; `None` when the case is done.
    ///
    /// The first batch is always due, whatever the budget, so a case that can run at all
    /// has at least one measurement.
    pub(crate) fn due(&self) -> Option<usize> {
        let done = self.ms.len();
        let enough = self.spent_ms >= self.limits.budget_ms
            || done >= self.batches.per_pass() * self.limits.passes.max(1);
        (done == 0 || !enough).then(|| done % self.batches.per_pass())
    }

    /// Notes a timed batch.
    pub(crate) fn record(&mut self, items: usize, ms: f64) {
        self.items.push(items);
        self.ms.push(ms);
        self.spent_ms += ms;
    }

    /// Timed milliseconds so far.
    pub(crate) fn spent_ms(&self) -> f64 {
        self.spent_ms
    }
}

/// The order of cases in one round: forwards in even rounds, backwards in odd ones (ABBA), so
/// that a machine that slowly warms up or slows down treats all cases alike.
pub(crate) fn round_order(n_cases: usize, round: usize) -> Vec<usize> {
    if round.is_multiple_of(2) {
        (0..n_cases).collect()
    } else {
        (0..n_cases).rev().collect()
    }
}

/// The numbers `0..n` in an order the seed decides (R. Durstenfeld, "Algorithm 235: random
/// permutation", 1964).
///
/// All cases of a stage visit their items in the same such order: a case whose budget ends
/// before its first pass then rests on a random part of the items, not on the first ones.
pub(crate) fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut random = Random::new(seed);
    let mut numbers: Vec<usize> = (0..n).collect();
    for last in (1..n).rev() {
        numbers.swap(last, random.below(last + 1));
    }
    numbers
}

/// Whether warm-up passes that took `ms` suffice: two successive ones alike, three at
/// most, and none further once they have used up a case's whole budget.
pub(crate) fn is_warm(ms: &[f64], budget_ms: f64) -> bool {
    let alike = match ms {
        [.., before, last] => (before - last).abs() < WARM_TOLERANCE * before.max(*last),
        _ => false,
    };
    let exhausted = !ms.is_empty() && ms.iter().sum::<f64>() >= budget_ms;
    alike || exhausted || ms.len() >= WARM_PASSES_MAX
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pass_touches_every_item_once_and_may_end_short() {
        let batches = Batches::new(10, 4);
        let pass: Vec<_> = (0..batches.per_pass()).map(|i| batches.items(i)).collect();
        assert_eq!(pass, [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9]]);
        assert_eq!(batches.items(3), batches.items(0), "passes repeat");
    }

    #[test]
    fn a_batch_larger_than_the_set_repeats_items() {
        assert_eq!(Batches::new(3, 8).items(0), [0, 1, 2, 0, 1, 2, 0, 1]);
        assert_eq!(Batches::new(3, 8).per_pass(), 1);
    }

    #[test]
    fn the_heaviest_batch_holds_the_large_scan() {
        let weights = [1, 1, 1, 35, 1, 1];
        assert_eq!(Batches::new(6, 2).heaviest(|i| weights[i]), 1);
        assert_eq!(Batches::new(6, 2).heaviest(|_| 1), 0, "first of equals");
    }

    #[test]
    fn the_first_batch_is_always_due() {
        let limits = Limits {
            budget_ms: 0.0,
            passes: 1,
        };
        let mut log = CaseLog::new(Batches::new(4, 2), limits);
        assert_eq!(log.due(), Some(0));
        log.record(2, 60_000.0);
        assert_eq!(log.due(), None);
    }

    #[test]
    fn a_case_ends_after_its_passes_or_its_budget() {
        let limits = Limits {
            budget_ms: 1_000.0,
            passes: 2,
        };
        let mut log = CaseLog::new(Batches::new(3, 2), limits);
        for expected in [0, 1, 0, 1] {
            assert_eq!(log.due(), Some(expected));
            log.record(2, 1.0);
        }
        assert_eq!(log.due(), None, "two passes are done");
        let mut log = CaseLog::new(Batches::new(3, 2), limits);
        log.record(2, 1_000.0);
        assert_eq!(log.due(), None, "the budget is spent");
    }

    #[test]
    fn rounds_go_there_and_back() {
        assert_eq!(round_order(3, 0), [0, 1, 2]);
        assert_eq!(round_order(3, 1), [2, 1, 0]);
    }

    #[test]
    fn the_warm_up_ends_when_times_settle() {
        assert!(!is_warm(&[], 1e6));
        assert!(!is_warm(&[100.0], 1e6));
        assert!(!is_warm(&[200.0, 100.0], 1e6));
        assert!(is_warm(&[110.0, 100.0], 1e6));
        assert!(is_warm(&[300.0, 200.0, 100.0], 1e6), "three at most");
        assert!(is_warm(&[100.0], 100.0), "not beyond the budget");
    }

    proptest! {
        #[test]
        fn a_shuffle_keeps_every_number(n in 0usize..60, seed: u64) {
            let mut numbers = shuffled(n, seed);
            prop_assert_eq!(&numbers, &shuffled(n, seed));
            numbers.sort_unstable();
            prop_assert_eq!(numbers, (0..n).collect::<Vec<_>>());
        }

        #[test]
        fn every_item_is_in_a_pass(n in 1usize..60, size in 1usize..70) {
            let batches = Batches::new(n, size);
            let mut seen: Vec<usize> = (0..batches.per_pass()).flat_map(|i| batches.items(i)).collect();
            seen.sort_unstable();
            seen.dedup();
            prop_assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }
    }
}
