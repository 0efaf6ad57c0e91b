//! Which errors make up a distance: of which kind, in which characters, taken for which.

use std::collections::BTreeMap;

use super::{CharClass, Profile};
use crate::distance::{Edit, edits};

/// What was read wrong, added up over any number of samples.
///
/// Of several least ways from one text to another one is counted, always the same: the sum is
/// the distance, but substitutions, deletions and insertions of other tools may differ.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Errors {
    /// Units taken for others.
    pub substitutions: u64,
    /// Units that were not read.
    pub deletions: u64,
    /// Units that are not there and were read.
    pub insertions: u64,
    /// By kind of character.
    pub classes: BTreeMap<CharClass, ClassErrors>,
    /// How often which unit of the reference was taken for which: `("0", "O")`; `("a", "")`
    /// is a deletion, `("", "a")` an insertion.
    pub confusions: BTreeMap<(String, String), u64>,
}

/// The errors in characters of one kind. Substitutions and deletions count where the reference
/// has such a character, insertions where the hypothesis has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ClassErrors {
    /// Characters of the kind in the references.
    pub n_ref: u64,
    /// Of these, taken for others.
    pub substituted: u64,
    /// Of these, not read.
    pub deleted: u64,
    /// Characters of the kind that were read and are not there.
    pub inserted: u64,
}

impl ClassErrors {
    /// `(substituted + deleted + inserted) / n_ref`; see [`super::rate`].
    pub fn rate(&self) -> Option<f64> {
        super::rate(self.substituted + self.deleted + self.inserted, self.n_ref)
    }
}

impl Errors {
    /// The errors of one hypothesis under a profile.
    ///
    /// ```
    /// use overnight_metrics::{Errors, Profile};
    /// let profile = Profile::built_in("default").unwrap();
    /// let errors = Errors::between("TOTAL 10", "T0TAL 1", &profile);
    /// assert_eq!((errors.substitutions, errors.deletions, errors.insertions), (1, 1, 0));
    /// assert_eq!(errors.confusions[&("O".to_owned(), "0".to_owned())], 1);
    /// ```
    pub fn between(reference: &str, hypothesis: &str, profile: &Profile) -> Self {
        let reference = profile.normalisation.apply(reference);
        let hypothesis = profile.normalisation.apply(hypothesis);
        let (a, b) = profile.unit.symbols(&reference, &hypothesis);
        let (reference, hypothesis) = (
            profile.unit.split(&reference),
            profile.unit.split(&hypothesis),
        );
        let mut errors = Self::default();
        for unit in &reference {
            if let Some(class) = CharClass::of(unit) {
                errors.class(class).n_ref += 1;
            }
        }
        for edit in edits(&a, &b) {
            errors.count(edit, &reference, &hypothesis);
        }
        errors
    }

    fn count(&mut self, edit: Edit, reference: &[String], hypothesis: &[String]) {
        let (was, read) = match edit {
            Edit::Substitution {
                reference: r,
                hypothesis: h,
            } => (reference[r].as_str(), hypothesis[h].as_str()),
            Edit::Deletion { reference: r } => (reference[r].as_str(), ""),
            Edit::Insertion { hypothesis: h } => ("", hypothesis[h].as_str()),
        };
        match (CharClass::of(was), CharClass::of(read)) {
            (Some(class), Some(_)) => {
                self.substitutions += 1;
                self.class(class).substituted += 1;
            }
            (Some(class), None) => {
                self.deletions += 1;
                self.class(class).deleted += 1;
            }
            (None, Some(class)) => {
                self.insertions += 1;
                self.class(class).inserted += 1;
            }
            (None, None) => {}
        }
        let pair = (was.to_owned(), read.to_owned());
        *self.confusions.entry(pair).or_default() += 1;
    }

    fn class(&mut self, class: CharClass) -> &mut ClassErrors {
        self.classes.entry(class).or_default()
    }

    /// Adds those of another sample.
    pub fn add(&mut self, other: Self) {
        self.substitutions += other.substitutions;
        self.deletions += other.deletions;
        self.insertions += other.insertions;
        for (class, more) in other.classes {
            let own = self.class(class);
            own.n_ref += more.n_ref;
            own.substituted += more.substituted;
            own.deleted += more.deleted;
            own.inserted += more.inserted;
        }
        for (pair, n) in other.confusions {
            *self.confusions.entry(pair).or_default() += n;
        }
    }

    /// All of them: the distance.
    pub fn total(&self) -> u64 {
        self.substitutions + self.deletions + self.insertions
    }

    /// The most frequent confusions, at most `n`; equal ones by code point.
    pub fn most_frequent(&self, n: usize) -> Vec<(&str, &str, u64)> {
        let mut all: Vec<_> = self
            .confusions
            .iter()
            .map(|((was, read), n)| (was.as_str(), read.as_str(), *n))
            .collect();
        all.sort_by_key(|(_, _, n)| std::cmp::Reverse(*n));
        all.truncate(n);
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Unit, score_pair};

    fn profile(unit: Unit) -> Profile {
        Profile {
            unit,
            ..Profile::built_in("default").unwrap()
        }
    }

    #[test]
    fn errors_are_told_by_kind() {
        let mut sum = Errors::between("합계 ₩5,000", "함계 W5.00", &profile(Unit::CodePoint));
        assert_eq!(sum.total(), 4);
        let of = |sum: &Errors, class| sum.classes[&class];
        assert_eq!(of(&sum, CharClass::Hangul).rate(), Some(0.5));
        assert_eq!(of(&sum, CharClass::Currency).substituted, 1);
        assert_eq!(of(&sum, CharClass::Digit).deleted, 1);
        assert_eq!(of(&sum, CharClass::Digit).n_ref, 4);
        sum.add(Errors::between("", "5", &profile(Unit::CodePoint)));
        assert_eq!(of(&sum, CharClass::Digit).inserted, 1);
        sum.add(Errors::between("합", "함", &profile(Unit::CodePoint)));
        assert_eq!(sum.most_frequent(1), [("합", "함", 2)]);
    }

    proptest! {
        #[test]
        fn they_add_up_to_the_distance(a in "[가-갸a-c0-2 \r\n]{0,30}", b in "[가-갸a-c0-2 \r\n]{0,30}") {
            for unit in [Unit::CodePoint, Unit::Grapheme, Unit::Jamo, Unit::Utf16, Unit::Byte] {
                let profile = profile(unit);
                let score = score_pair(&a, &b, &profile);
                let errors = Errors::between(&a, &b, &profile);
                prop_assert_eq!(errors.total(), score.distance);
                prop_assert_eq!(
                    errors.insertions + score.n_ref,
                    errors.deletions + score.n_hyp
                );
                let n_ref: u64 = errors.classes.values().map(|class| class.n_ref).sum();
                prop_assert_eq!(n_ref, score.n_ref);
                prop_assert_eq!(errors.confusions.values().sum::<u64>(), score.distance);
            }
        }
    }
}
