//! Two texts under a profile, whatever order they are in.

use rustc_hash::FxHashMap;

use super::lines::match_symbols;
use super::{BagCounts, LineCounts, LineWork};
use crate::Profile;

/// What two texts have in common: as bags of characters and words, and line by line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OrderFreeCounts {
    /// In the profile's unit, white space left out.
    pub characters: BagCounts,
    /// Words, split where the profile splits them.
    pub words: BagCounts,
    /// Lines, in the profile's unit; `None` when matching them would take more than
    /// [`LineWork::MOST`].
    pub lines: Option<LineCounts>,
}

impl OrderFreeCounts {
    /// Compares two texts. Each line is brought to the profile's form by itself; lines of
    /// white space alone are no lines.
    ///
    /// ```
    /// use overnight_metrics::{Profile, unordered::OrderFreeCounts};
    /// let profile = Profile::built_in("default").unwrap();
    /// let counts = OrderFreeCounts::between("TEA\n5.00", "5.00\n\nTEA ", &profile);
    /// assert_eq!((counts.characters.f1(), counts.words.f1()), (1.0, 1.0));
    /// assert_eq!(counts.lines.unwrap().exact, 2);
    /// ```
    pub fn between(reference: &str, hypothesis: &str, profile: &Profile) -> Self {
        let letters = (
            profile.normalisation.letters(reference),
            profile.normalisation.letters(hypothesis),
        );
        let dense = |text: &str| -> String { text.split_whitespace().collect() };
        let (reference_dense, hypothesis_dense) = (dense(&letters.0), dense(&letters.1));
        let characters = profile.unit.symbols(&reference_dense, &hypothesis_dense);
        let lines = |text: &str| -> Vec<String> {
            let lines = text.lines().filter(|line| !line.trim().is_empty());
            lines
                .map(|line| profile.normalisation.apply(line))
                .collect()
        };
        let (reference, hypothesis) = (lines(reference), lines(hypothesis));
        let mut clusters = FxHashMap::default();
        let refs: Vec<Vec<u32>> = reference
            .iter()
            .map(|line| profile.unit.number(line, &mut clusters))
            .collect();
        let hyps: Vec<Vec<u32>> = hypothesis
            .iter()
            .map(|line| profile.unit.number(line, &mut clusters))
            .collect();
        Self {
            characters: BagCounts::of(characters.0, characters.1),
            words: BagCounts::of(
                profile.words.split(&letters.0),
                profile.words.split(&letters.1),
            ),
            lines: match_symbols(&refs, &hyps, LineWork::MOST).map(|found| found.counts),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Case, Changes, WhiteSpace};

    #[test]
    fn the_profile_decides_what_a_character_is() {
        let under = |name: &str, reference: &str, hypothesis: &str| {
            let profile = Profile::built_in(name).unwrap();
            OrderFreeCounts::between(reference, hypothesis, &profile)
        };
        let jamo = under("ko-jamo", "영수증", "영수중");
        assert_eq!((jamo.characters.n_ref, jamo.characters.common), (8, 7));
        assert_eq!(jamo.lines.unwrap().edits, 1);
        // A family of three is one cluster, and the same one on every line.
        let family = "👨‍👩‍👧";
        let clusters = under(
            "grapheme",
            &format!("a\n{family}"),
            &format!("{family}\r\nb"),
        );
        assert_eq!(
            (clusters.characters.n_ref, clusters.characters.common),
            (2, 1)
        );
        let lines = clusters.lines.unwrap();
        assert_eq!((lines.exact, lines.edits, lines.reference_len), (1, 1, 2));
    }

    #[test]
    fn white_space_makes_words_and_lines_and_is_no_character() {
        let changes = Changes {
            case: Some(Case::Fold),
            white_space: Some(WhiteSpace::Remove),
            ..Changes::default()
        };
        let profile = Profile::derived("own", "default", changes).unwrap();
        let counts = OrderFreeCounts::between(" Grand TOTAL\n \n5", "5\ngrandtotal", &profile);
        assert_eq!((counts.words.n_ref, counts.words.common), (3, 1));
        assert_eq!(counts.characters.f1(), 1.0);
        assert_eq!(
            counts.lines.map(|lines| (lines.n_ref, lines.exact)),
            Some((2, 2))
        );
        let strict = Profile::built_in("strict").unwrap();
        let counts = OrderFreeCounts::between("a b", "ab ", &strict);
        assert_eq!(counts.characters.f1(), 1.0);
        assert_eq!(counts.lines.map(|lines| lines.edits), Some(2));
        let none = OrderFreeCounts::between("", " ", &strict);
        assert_eq!(none.lines.unwrap().n_ref + none.lines.unwrap().n_hyp, 0);
    }
}
