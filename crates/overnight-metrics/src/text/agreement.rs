//! Where two readings agree with each other and not with the reference.

use std::collections::HashMap;

use super::Profile;
use crate::distance::{Edit, edits, levenshtein};

/// Words of a place, at most: what is longer is another order of the text, not a slip.
const MOST_WORDS: usize = 8;

/// A place in the reference at which both readings have the same other words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Words of the reference before the place.
    pub word: usize,
    /// Its words there, joined by spaces; empty when both readings have words where it has
    /// none.
    pub reference: String,
    /// The words of both readings, as the first one has them.
    pub both_read: String,
    /// Levenshtein distance of the two in code points, case and spacing apart.
    pub edits: u64,
}

/// The places, in the order of the reference. Texts are cut into words at white space, and
/// words are compared under the profile `lenient`, so that case, width and the kind of a
/// hyphen make no difference. Left out are places
///
/// - where both have nothing: that two readers miss a small print says nothing against it;
/// - that differ in spacing alone;
/// - of more than eight words, and words that the reference has elsewhere and the reading lacks
///   there: another order.
///
/// ```
/// use overnight_metrics::agreements;
/// let found = agreements("TOTAL 1O.50 CASH", "Total 10.50 CASH", "TOTAL 10.50 CA5H");
/// assert_eq!(found.len(), 1);
/// assert_eq!((found[0].word, &*found[0].reference, &*found[0].both_read), (1, "1O.50", "10.50"));
/// ```
pub fn agreements(reference: &str, first: &str, second: &str) -> Vec<Agreement> {
    let mut words = Words::default();
    let texts = [reference, first, second].map(|text| words.of(text));
    let [reference, first, second] = &texts;
    let in_second = slips(&reference.keys, &second.keys);
    let missing = Missing::of(reference, first);
    let agreed = slips(&reference.keys, &first.keys)
        .into_iter()
        .filter(|slip| {
            let read = &first.keys[slip.hypothesis.clone()];
            let mut same_place = in_second.iter().filter(|s| s.reference == slip.reference);
            same_place.any(|s| &second.keys[s.hypothesis.clone()] == read)
        })
        .filter(|slip| !missing.holds(&first.keys[slip.hypothesis.clone()], slip));
    joined(agreed)
        .into_iter()
        .filter_map(|hunk| {
            let read = &first.words[hunk.hypothesis.clone()];
            let written = &reference.words[hunk.reference.clone()];
            let glued =
                |side: &[&str]| -> Vec<char> { words.folded(&side.concat()).chars().collect() };
            let (glued_written, glued_read) = (glued(written), glued(read));
            (glued_written != glued_read).then(|| Agreement {
                word: hunk.reference.start,
                reference: written.join(" "),
                both_read: read.join(" "),
                edits: levenshtein(&glued_written, &glued_read),
            })
        })
        .collect()
}

/// The words of a text, and a number for each that is the same for equal words.
struct Text<'a> {
    words: Vec<&'a str>,
    keys: Vec<u32>,
}

struct Words {
    lenient: Profile,
    numbers: HashMap<String, u32>,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            lenient: Profile::built_in("lenient").expect("invariant: it is built in"),
            numbers: HashMap::new(),
        }
    }
}

impl Words {
    fn of<'a>(&mut self, text: &'a str) -> Text<'a> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let keys = words.iter().map(|word| self.number(word)).collect();
        Text { words, keys }
    }

    fn number(&mut self, word: &str) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(self.folded(word)).or_insert(next)
    }

    fn folded(&self, word: &str) -> String {
        self.lenient.normalisation.apply(word)
    }
}

/// A stretch of the reference and what stands there instead.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Hunk {
    reference: std::ops::Range<usize>,
    hypothesis: std::ops::Range<usize>,
}

/// The stretches between words that both texts have.
fn hunks(reference: &[u32], hypothesis: &[u32]) -> Vec<Hunk> {
    let mut hunks: Vec<Hunk> = Vec::new();
    // Up to where both texts have been walked.
    let (mut row, mut column) = (0, 0);
    for edit in edits(reference, hypothesis) {
        let (rows, columns, skipped) = match edit {
            Edit::Substitution {
                reference,
                hypothesis: _,
            } => (1, 1, reference - row),
            Edit::Deletion { reference } => (1, 0, reference - row),
            Edit::Insertion { hypothesis } => (0, 1, hypothesis - column),
        };
        row += skipped;
        column += skipped;
        match hunks.last_mut() {
            Some(last) if skipped == 0 && last.reference.end == row => {
                last.reference.end += rows;
                last.hypothesis.end += columns;
            }
            _ => hunks.push(Hunk {
                reference: row..row + rows,
                hypothesis: column..column + columns,
            }),
        }
        row += rows;
        column += columns;
    }
    hunks
}

/// The stretches that may be slips: neither long nor without a word read. In one where as many
/// words were read as are written, each pair of words stands for itself, so that an error of
/// one reading beside it does not hide a slip.
fn slips(reference: &[u32], hypothesis: &[u32]) -> Vec<Hunk> {
    hunks(reference, hypothesis)
        .into_iter()
        .filter(|hunk| {
            let n_read = hunk.hypothesis.len();
            n_read > 0 && n_read <= MOST_WORDS && hunk.reference.len() <= MOST_WORDS
        })
        .flat_map(|hunk| {
            if hunk.reference.len() != hunk.hypothesis.len() {
                return vec![hunk];
            }
            let pairs = hunk.reference.zip(hunk.hypothesis);
            pairs
                .map(|(row, column)| Hunk {
                    reference: row..row + 1,
                    hypothesis: column..column + 1,
                })
                .collect()
        })
        .collect()
}

/// Stretches that lie side by side as one.
fn joined(slips: impl Iterator<Item = Hunk>) -> Vec<Hunk> {
    let mut places: Vec<Hunk> = Vec::new();
    for slip in slips {
        match places.last_mut() {
            Some(last)
                if last.reference.end == slip.reference.start
                    && last.hypothesis.end == slip.hypothesis.start =>
            {
                last.reference.end = slip.reference.end;
                last.hypothesis.end = slip.hypothesis.end;
            }
            _ => places.push(slip),
        }
    }
    places
}

/// Words of the reference that a reading lacks at their place, by the place.
struct Missing(HashMap<u32, Vec<usize>>);

impl Missing {
    fn of(reference: &Text<'_>, reading: &Text<'_>) -> Self {
        let mut missing: HashMap<u32, Vec<usize>> = HashMap::new();
        for hunk in hunks(&reference.keys, &reading.keys) {
            for place in hunk.reference {
                missing
                    .entry(reference.keys[place])
                    .or_default()
                    .push(place);
            }
        }
        Self(missing)
    }

    /// Whether every word read at `hunk` is missing somewhere else.
    fn holds(&self, read: &[u32], hunk: &Hunk) -> bool {
        let is_elsewhere = |key: &u32| {
            let places = self.0.get(key);
            places.is_some_and(|at| at.iter().any(|place| !hunk.reference.contains(place)))
        };
        read.iter().all(is_elsewhere)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn found(reference: &str, first: &str, second: &str) -> Vec<(usize, String, String)> {
        agreements(reference, first, second)
            .into_iter()
            .map(|place| (place.word, place.reference, place.both_read))
            .collect()
    }

    fn place(word: usize, reference: &str, both_read: &str) -> (usize, String, String) {
        (word, reference.to_owned(), both_read.to_owned())
    }

    #[test]
    fn only_what_both_read_alike_is_a_place() {
        assert_eq!(
            found("a b c d", "a x c y", "a x c z"),
            [place(1, "b", "x")],
            "y and z are two errors, not one slip"
        );
        assert_eq!(
            found("a b c d", "a x y d", "a x z d"),
            [place(1, "b", "x")],
            "an error beside it does not hide a slip"
        );
        assert_eq!(
            found("a b c d", "a x y d", "a x y d"),
            [place(1, "b c", "x y")]
        );
        assert_eq!(found("a b c", "a x c", "a b c"), []);
        assert_eq!(
            found("창의·용합 교육", "창의·융합 교육", "창의·융합 교육"),
            [place(0, "창의·용합", "창의·융합")]
        );
    }

    #[test]
    fn a_word_the_reference_lacks_is_a_place_and_one_both_miss_is_none() {
        assert_eq!(
            found("a c", "a b c", "a b c"),
            [(1, String::new(), "b".to_owned())]
        );
        assert_eq!(found("a b c", "a c", "a c"), []);
    }

    #[test]
    fn form_spacing_and_order_are_no_slips() {
        assert_eq!(found("TOTAL RM 12", "Total RM12", "total RM12"), []);
        assert_eq!(found("a b c x y z", "x y z a b c", "x y z a b c"), []);
        let long = "1 2 3 4 5 6 7 8 9";
        assert_eq!(
            found("a b", &format!("a {long} b"), &format!("a {long} b")),
            []
        );
    }

    #[test]
    fn edits_are_counted_in_characters() {
        assert_eq!(
            agreements("a 1O.5O b", "a 10.50 b", "a 10.50 b")[0].edits,
            2
        );
    }

    proptest! {
        #[test]
        fn places_lie_in_the_reference_and_in_both(
            reference in "[abc ]{0,40}", first in "[abc ]{0,40}", second in "[abc ]{0,40}"
        ) {
            let words: Vec<&str> = reference.split_whitespace().collect();
            let glued = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            for place in agreements(&reference, &first, &second) {
                let n = place.reference.split_whitespace().count();
                prop_assert_eq!(&words[place.word..place.word + n].join(" "), &place.reference);
                prop_assert!(glued(&first).contains(&place.both_read));
                prop_assert!(glued(&second).contains(&place.both_read));
                prop_assert!(place.edits > 0);
            }
            prop_assert_eq!(agreements(&reference, &reference, &second), vec![]);
        }

        #[test]
        fn hunks_cover_what_differs(a in prop::collection::vec(0_u32..4, 0..30), b in prop::collection::vec(0_u32..4, 0..30)) {
            let (mut row, mut column) = (0, 0);
            for hunk in hunks(&a, &b) {
                let skipped = hunk.reference.start - row;
                prop_assert_eq!(&a[row..row + skipped], &b[column..column + skipped]);
                prop_assert_eq!(column + skipped, hunk.hypothesis.start);
                (row, column) = (hunk.reference.end, hunk.hypothesis.end);
            }
            prop_assert_eq!(&a[row..], &b[column..]);
        }
    }
}
