//! Levenshtein distance over any units: how far two sequences lie apart, how well one is
//! found in the other, and which edits turn one into the other.

mod alphabet;
mod band;
mod edits;
mod short;
mod symbol;

use std::hash::Hash;

use rustc_hash::FxHashMap;

pub use edits::{Edit, edits};
pub(crate) use short::short_distance;
pub(crate) use symbol::Symbol;

use alphabet::Alphabet;

/// The least number of insertions, deletions and substitutions of one unit that turn `a`
/// into `b`.
///
/// ```
/// use overnight_metrics::levenshtein;
/// assert_eq!(levenshtein(b"kitten", b"sitting"), 3);
/// assert_eq!(levenshtein(&["two", "words"], &["two", "swords"]), 1);
/// ```
pub fn levenshtein<T: Eq + Hash>(a: &[T], b: &[T]) -> u64 {
    match without_equal_ends(a, b) {
        ([], units) | (units, []) => length(units),
        // So are most pairs of lines that differ in one word.
        ([unit], units) | (units, [unit]) => length(units) - u64::from(units.contains(unit)),
        (a, b) => {
            let (a, b) = number_words(a, b);
            symbol_distance(&a, &b)
        }
    }
}

/// The least distance between `pattern` and any stretch of `text`, the empty one included
/// (P. Sellers, "The theory and computation of evolutionary distances", 1980).
///
/// Says how well a line is found in a longer text, wherever it stands there.
///
/// ```
/// use overnight_metrics::substring_distance;
/// assert_eq!(substring_distance(b"total", b"the t0tal is"), 1);
/// assert_eq!(substring_distance(b"", b"anything"), 0);
/// ```
pub fn substring_distance<T: Eq + Hash>(pattern: &[T], text: &[T]) -> u64 {
    let (pattern, text) = number_words(pattern, text);
    let (alphabet, rows) = Alphabet::of(&pattern);
    band::found_within(&rows, &alphabet.columns(&text), alphabet.len())
}

/// [`levenshtein`] of units that are numbers already.
pub(crate) fn symbol_distance<'a, S: Symbol>(a: &'a [S], b: &'a [S]) -> u64 {
    let (a, b) = without_equal_ends(a, b);
    // The shorter side becomes the rows: fewer bands.
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    let symbols = |side: &'a [S]| side.iter().copied();
    if let Some(found) = short_distance(symbols(pattern), symbols(text)) {
        return found.distance;
    }
    let (alphabet, rows) = Alphabet::of(pattern);
    let columns = alphabet.columns(text);
    band::between(&rows, &columns, alphabet.len())
}

/// Numbers the units of both sides: equal units get equal numbers.
pub(crate) fn number_words<'a, T: Eq + Hash>(a: &'a [T], b: &'a [T]) -> (Vec<u32>, Vec<u32>) {
    let mut numbers: FxHashMap<&'a T, u32> = FxHashMap::default();
    let mut number = |unit: &'a T| {
        let next = u32::try_from(numbers.len()).expect("invariant: fewer than 2^32 units");
        *numbers.entry(unit).or_insert(next)
    };
    let a = a.iter().map(&mut number).collect();
    let b = b.iter().map(&mut number).collect();
    (a, b)
}

/// Equal ends never change the distance.
fn without_equal_ends<'a, T: Eq>(a: &'a [T], b: &'a [T]) -> (&'a [T], &'a [T]) {
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let ends = a.iter().rev().zip(b.iter().rev());
    let suffix = ends.take_while(|(x, y)| x == y).count();
    (&a[..a.len() - suffix], &b[..b.len() - suffix])
}

fn length<T>(units: &[T]) -> u64 {
    u64::try_from(units.len()).expect("invariant: a length fits 64 bits")
}

#[cfg(test)]
mod tests;
