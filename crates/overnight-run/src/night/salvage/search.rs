//! Finding a large good subset of the units of a change that is bad as a whole.
//!
//! Only the questions cost anything: each is a run of the gates. The search knows nothing of
//! them, nor of files; it asks about sets of numbers.

use std::ops::Range;

/// What is said about a set of units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It may be kept.
    Good,
    /// It may not.
    Bad,
    /// Nobody answers any more; nothing further is asked.
    Silence,
}

/// What a search found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// The units to keep, ascending. The last set that was called good, or none.
    pub(super) kept: Vec<usize>,
    /// Whether every unit that is left out was asked about or known to be bad.
    pub(super) is_complete: bool,
}

/// Searches the units `0..count`, which all together are known to be bad.
///
/// Halves of what is known to be bad are tried on top of what was kept so far, the largest
/// first, so that a search that is cut short has kept the most. If a first half is kept, the
/// second is known to hold something bad. Bad units that do not depend on one another are
/// exactly those left out. Units that are good only together are found when they lie in one
/// half, or when they are all that was left out but one.
///
/// # Errors
/// Whatever `ask` fails with.
pub(super) fn search<E>(
    count: usize,
    ask: &mut dyn FnMut(&[usize]) -> Result<Answer, E>,
) -> Result<Found, E> {
    let mut search = Search {
        ask,
        kept: Vec::new(),
        out: Vec::new(),
        bad: Vec::new(),
        is_silent: false,
    };
    search.is_bad(0..count);
    while let Some(group) = search.largest_bad() {
        search.halve(&group)?;
    }
    search.try_all_but_one()?;
    search.kept.sort_unstable();
    Ok(Found {
        kept: search.kept,
        is_complete: !search.is_silent,
    })
}

struct Search<'a, E> {
    ask: &'a mut dyn FnMut(&[usize]) -> Result<Answer, E>,
    kept: Vec<usize>,
    /// Units found bad by themselves.
    out: Vec<usize>,
    /// Groups of two and more that hold something bad.
    bad: Vec<Range<usize>>,
    is_silent: bool,
}

impl<E> Search<'_, E> {
    fn is_bad(&mut self, group: Range<usize>) {
        match group.len() {
            0 => {}
            1 => self.out.push(group.start),
            _ => self.bad.push(group),
        }
    }

    fn largest_bad(&mut self) -> Option<Range<usize>> {
        if self.is_silent {
            return None;
        }
        let place = |group: &Range<usize>| (std::cmp::Reverse(group.len()), group.start);
        let first = (0..self.bad.len()).min_by_key(|index| place(&self.bad[*index]))?;
        Some(self.bad.remove(first))
    }

    fn halve(&mut self, group: &Range<usize>) -> Result<(), E> {
        let middle = group.start + group.len().div_ceil(2);
        let (first, second) = (group.start..middle, middle..group.end);
        let is_first_kept = self.keeps(first.clone())?;
        if self.is_silent {
            return Ok(());
        }
        if is_first_kept {
            self.is_bad(second);
            return Ok(());
        }
        self.is_bad(first);
        if !self.keeps(second.clone())? && !self.is_silent {
            self.is_bad(second);
        }
        Ok(())
    }

    /// Whether these are good on top of what was kept; they are kept then.
    fn keeps(&mut self, more: impl IntoIterator<Item = usize>) -> Result<bool, E> {
        let mut asked = self.kept.clone();
        asked.extend(more);
        asked.sort_unstable();
        match (self.ask)(&asked)? {
            Answer::Good => {
                self.kept = asked;
                Ok(true)
            }
            Answer::Bad => Ok(false),
            Answer::Silence => {
                self.is_silent = true;
                Ok(false)
            }
        }
    }

    /// One bad unit among several that need one another made them all look bad.
    fn try_all_but_one(&mut self) -> Result<(), E> {
        self.out.sort_unstable();
        // Of two, each was asked about by itself.
        if self.out.len() < 3 {
            return Ok(());
        }
        for left in self.out.clone() {
            if self.is_silent {
                break;
            }
            let others: Vec<usize> = self.out.iter().copied().filter(|u| *u != left).collect();
            if self.keeps(others)? {
                break;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;

    use proptest::collection::btree_set;
    use proptest::prelude::*;

    use super::*;

    /// Searches with an oracle and a limit on the questions; also how many were asked.
    fn searched(count: usize, limit: usize, good: impl Fn(&[usize]) -> bool) -> (Found, usize) {
        let mut asked = 0;
        let mut ask = |units: &[usize]| -> Result<Answer, Infallible> {
            assert!(units.is_sorted() && units.len() < count.max(1), "{units:?}");
            if asked == limit {
                return Ok(Answer::Silence);
            }
            asked += 1;
            Ok(if good(units) {
                Answer::Good
            } else {
                Answer::Bad
            })
        };
        let Ok(found) = search(count, &mut ask);
        (found, asked)
    }

    fn without(bad: &BTreeSet<usize>) -> impl Fn(&[usize]) -> bool + '_ {
        |units| !units.iter().any(|unit| bad.contains(unit))
    }

    #[test]
    fn one_bad_unit_of_a_hundred_costs_a_handful_of_questions() {
        for bad in [0, 41, 99] {
            let (found, asked) = searched(100, 16, without(&BTreeSet::from([bad])));
            assert!(found.is_complete && asked <= 14, "{asked} questions");
            let expected: Vec<usize> = (0..100).filter(|unit| *unit != bad).collect();
            assert_eq!(found.kept, expected);
        }
    }

    #[test]
    fn a_search_that_is_cut_short_has_kept_the_large_halves() {
        let bad = BTreeSet::from([3, 77]);
        let (found, _) = searched(100, 6, without(&bad));
        assert!(!found.is_complete && found.kept.len() >= 45, "{found:?}");
        let (nothing, _) = searched(100, 0, without(&bad));
        assert_eq!((nothing.kept.len(), nothing.is_complete), (0, false));
    }

    #[test]
    fn files_that_need_one_another_are_kept_without_the_bad_one_between_them() {
        // A function that moved: 0 has it, 4 calls it; 2 is bad by itself.
        let good =
            |units: &[usize]| units.contains(&0) == units.contains(&4) && !units.contains(&2);
        assert_eq!(searched(5, 16, good).0.kept, [0, 1, 3, 4]);
    }

    #[test]
    fn nothing_and_one_ask_nothing() {
        assert_eq!(
            searched(0, 9, |_| true),
            (
                Found {
                    kept: vec![],
                    is_complete: true
                },
                0
            )
        );
        assert_eq!(
            searched(1, 9, |_| true),
            (
                Found {
                    kept: vec![],
                    is_complete: true
                },
                0
            )
        );
    }

    proptest! {
        #[test]
        fn independent_bad_units_are_exactly_those_left_out(
            count in 2_usize..60,
            picks in prop::collection::vec(any::<prop::sample::Index>(), 1..9),
        ) {
            let bad: BTreeSet<usize> = picks.iter().map(|pick| pick.index(count)).collect();
            let (found, asked) = searched(count, usize::MAX, without(&bad));
            let expected: Vec<usize> = (0..count).filter(|unit| !bad.contains(unit)).collect();
            prop_assert_eq!(found.kept, expected);
            prop_assert!(found.is_complete);
            let depth = count.next_power_of_two().ilog2() as usize;
            prop_assert!(asked <= bad.len() * (2 * depth + 1), "{asked} questions");
        }

        #[test]
        fn whatever_is_kept_was_called_good_and_a_limit_is_a_limit(
            count in 2_usize..40,
            limit in 0_usize..40,
            singles in btree_set(0_usize..40, 0..4),
            pairs in prop::collection::vec((0_usize..40, 0_usize..40), 1..5),
            needs in prop::collection::vec((0_usize..40, 0_usize..40), 0..3),
        ) {
            let good = |units: &[usize]| {
                let has = |unit: &usize| units.contains(unit);
                !units.iter().any(|unit| singles.contains(unit))
                    && !pairs.iter().any(|(a, b)| has(a) && has(b))
                    && needs.iter().all(|(a, b)| !has(a) || has(b))
            };
            let (found, asked) = searched(count, limit, good);
            prop_assert!(asked <= limit);
            prop_assert!(found.kept.is_empty() || good(&found.kept));
            prop_assert!(found.kept.windows(2).all(|two| two[0] < two[1]));
            prop_assert_eq!(searched(count, limit, good).0, found, "the order is fixed");
        }
    }
}
