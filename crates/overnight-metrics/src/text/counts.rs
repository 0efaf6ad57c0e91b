//! Lengths and distance of two texts as they are.

use super::Unit;
use super::ends::equal_ends;
use crate::distance::{Symbol, short_distance, symbol_distance};

/// Lengths and distance of two texts, in units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    /// Units of the reference.
    pub n_ref: u64,
    /// Units of the hypothesis.
    pub n_hyp: u64,
    /// Levenshtein distance.
    pub distance: u64,
}

/// Lengths and distance of two texts that need no normalisation, in units.
///
/// ```
/// use overnight_metrics::{Unit, counts};
/// let counts = counts("영수증", "영수중", Unit::Jamo);
/// assert_eq!((counts.n_ref, counts.n_hyp, counts.distance), (8, 8, 1));
/// ```
pub fn counts(reference: &str, hypothesis: &str, unit: Unit) -> Counts {
    let Some(unit) = unit.without_neighbours(reference, hypothesis) else {
        return Counts::of(reference, hypothesis, unit);
    };
    // Equal ends never change the distance, and compared as bytes they cost next to nothing.
    let (start, end) = equal_ends(reference, hypothesis);
    let middle = |text: &str| start..text.len() - end;
    let (a, b) = (
        &reference[middle(reference)],
        &hypothesis[middle(hypothesis)],
    );
    let differing = Counts::of(a, b, unit);
    let n_ref = length(unit.length(reference));
    Counts {
        n_ref,
        n_hyp: n_ref - differing.n_ref + differing.n_hyp,
        distance: differing.distance,
    }
}

impl Counts {
    fn of(reference: &str, hypothesis: &str, unit: Unit) -> Self {
        if unit == Unit::CodePoint
            && let Some(counts) = Self::of_short(reference, hypothesis)
        {
            return counts;
        }
        let is_ascii = || reference.is_ascii() && hypothesis.is_ascii();
        if unit == Unit::Byte || unit != Unit::Grapheme && is_ascii() {
            return Self::of_symbols(reference.as_bytes(), hypothesis.as_bytes());
        }
        let (reference, hypothesis) = unit.symbols(reference, hypothesis);
        Self::of_symbols(&reference, &hypothesis)
    }

    /// In code points, read from the texts as they are needed; `None` when both are long.
    fn of_short(reference: &str, hypothesis: &str) -> Option<Self> {
        if reference.len() <= hypothesis.len() {
            let found = short_distance(reference.chars(), hypothesis.chars())?;
            Some(Self {
                n_ref: found.n_pattern,
                n_hyp: found.n_text,
                distance: found.distance,
            })
        } else {
            let found = short_distance(hypothesis.chars(), reference.chars())?;
            Some(Self {
                n_ref: found.n_text,
                n_hyp: found.n_pattern,
                distance: found.distance,
            })
        }
    }

    fn of_symbols<S: Symbol>(reference: &[S], hypothesis: &[S]) -> Self {
        Self {
            n_ref: length(reference.len()),
            n_hyp: length(hypothesis.len()),
            distance: symbol_distance(reference, hypothesis),
        }
    }
}

fn length(n: usize) -> u64 {
    u64::try_from(n).expect("invariant: a length fits 64 bits")
}
