//! Levenshtein distance over any units, 64 rows of the table at a time.
//!
//! The bit-parallel recurrence is that of G. Myers, "A fast bit-vector algorithm for
//! approximate string matching based on dynamic programming" (J. ACM 46, 1999), in the
//! form H. Hyyrö gave it for patterns longer than a machine word. The table is walked in
//! bands of 64 rows, each over the whole text, and only the horizontal differences on the
//! border between two bands are kept. So memory grows with the length of the texts and
//! with the number of different units, never with their product: 100,000 Hangul syllables
//! a side take a few megabytes.

use std::collections::HashMap;
use std::hash::Hash;

/// The least number of insertions, deletions and substitutions of one unit that turn `a`
/// into `b`.
///
/// ```
/// use overnight_metrics::levenshtein;
/// assert_eq!(levenshtein(b"kitten", b"sitting"), 3);
/// assert_eq!(levenshtein(&["two", "words"], &["two", "swords"]), 1);
/// ```
pub fn levenshtein<T: Eq + Hash>(a: &[T], b: &[T]) -> u64 {
    // Equal ends never change the distance.
    let prefix = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[prefix..], &b[prefix..]);
    let suffix = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let (a, b) = (&a[..a.len() - suffix], &b[..b.len() - suffix]);
    // The shorter side becomes the rows: fewer bands.
    let (pattern, text) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    last_row(pattern, text, TopRow::Counts).at_end
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
    last_row(pattern, text, TopRow::Zero).least
}

/// The row above the table: how much it costs to reach a column before any row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TopRow {
    /// Column `j` costs `j`: the whole text must be accounted for.
    Counts,
    /// Every column costs nothing: the match may begin anywhere.
    Zero,
}

/// What the last row of the table says.
struct LastRow {
    at_end: u64,
    least: u64,
}

fn last_row<T: Eq + Hash>(pattern: &[T], text: &[T], top: TopRow) -> LastRow {
    let length = |n: usize| u64::try_from(n).expect("invariant: a length fits 64 bits");
    if pattern.is_empty() || text.is_empty() {
        let at_end = match top {
            TopRow::Counts => length(pattern.len().max(text.len())),
            TopRow::Zero => length(pattern.len()),
        };
        return LastRow {
            at_end,
            least: at_end,
        };
    }
    let (rows, columns, kinds) = intern(pattern, text);
    // Horizontal differences (-1, 0, 1) on the border above the band, one a column.
    let mut border = vec![i8::from(top == TopRow::Counts); columns.len()];
    let mut matches = vec![0_u64; kinds];
    for rows in rows.chunks(64) {
        for (bit, &unit) in rows.iter().enumerate() {
            matches[unit] |= 1 << bit;
        }
        walk_band(&matches, &columns, rows.len(), &mut border);
        for &unit in rows {
            matches[unit] = 0;
        }
    }
    // The last row begins with one deletion for each row.
    let mut cost = length(pattern.len());
    let mut least = cost;
    for step in border {
        cost = cost.wrapping_add_signed(i64::from(step));
        least = least.min(cost);
    }
    LastRow {
        at_end: cost,
        least,
    }
}

/// Carries the differences on the upper border of a band of up to 64 rows down to its
/// lower border. `matches[unit]` has bit `r` set when row `r` of the band is `unit`.
fn walk_band(matches: &[u64], columns: &[usize], height: usize, border: &mut [i8]) {
    let lowest = 1_u64 << (height - 1);
    // Vertical differences of the current column: +1 and -1.
    let (mut up, mut down) = (u64::MAX, 0_u64);
    for (&unit, step) in columns.iter().zip(border) {
        let equal = matches[unit];
        let (enters_up, enters_down) = (u64::from(*step > 0), u64::from(*step < 0));
        let vertical = equal | down;
        let equal = equal | enters_down;
        let diagonal = ((equal & up).wrapping_add(up) ^ up) | equal;
        let rises = down | !(diagonal | up);
        let falls = up & diagonal;
        *step = i8::from(rises & lowest != 0) - i8::from(falls & lowest != 0);
        let rises = (rises << 1) | enters_up;
        let falls = (falls << 1) | enters_down;
        up = falls | !(vertical | rises);
        down = rises & vertical;
    }
}

/// Numbers the units of the pattern from 1; every other unit of the text is 0.
fn intern<T: Eq + Hash>(pattern: &[T], text: &[T]) -> (Vec<usize>, Vec<usize>, usize) {
    let mut numbers = HashMap::new();
    let rows = pattern
        .iter()
        .map(|unit| {
            let next = numbers.len() + 1;
            *numbers.entry(unit).or_insert(next)
        })
        .collect();
    let columns = text
        .iter()
        .map(|unit| numbers.get(unit).copied().unwrap_or(0))
        .collect();
    (rows, columns, numbers.len() + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The textbook table, for comparison; `free` lets the match begin and end anywhere in `b`.
    fn table(a: &[u8], b: &[u8], free: bool) -> u64 {
        let mut row: Vec<u64> = (0..=b.len() as u64)
            .map(|j| if free { 0 } else { j })
            .collect();
        for (i, x) in a.iter().enumerate() {
            let mut diagonal = row[0];
            row[0] = i as u64 + 1;
            for (j, y) in b.iter().enumerate() {
                let best = (diagonal + u64::from(x != y))
                    .min(row[j] + 1)
                    .min(row[j + 1] + 1);
                diagonal = std::mem::replace(&mut row[j + 1], best);
            }
        }
        if free {
            row.into_iter().min().unwrap()
        } else {
            row[b.len()]
        }
    }

    fn text() -> impl Strategy<Value = Vec<u8>> {
        // Few letters make many coincidences; lengths cross the border of a band twice.
        prop::collection::vec(0_u8..4, 0..150)
    }

    proptest! {
        #[test]
        fn agrees_with_the_table(a in text(), b in text()) {
            prop_assert_eq!(levenshtein(&a, &b), table(&a, &b, false));
            prop_assert_eq!(substring_distance(&a, &b), table(&a, &b, true));
        }

        #[test]
        fn is_a_metric_within_bounds(a in text(), b in text(), c in text()) {
            let ab = levenshtein(&a, &b);
            prop_assert_eq!(ab, levenshtein(&b, &a));
            prop_assert_eq!(ab == 0, a == b);
            prop_assert!(levenshtein(&a, &c) <= ab + levenshtein(&b, &c));
            prop_assert!(ab >= a.len().abs_diff(b.len()) as u64);
            prop_assert!(ab <= a.len().max(b.len()) as u64);
            prop_assert!(substring_distance(&a, &b) <= ab.min(a.len() as u64));
        }
    }

    #[test]
    fn band_borders_are_exact() {
        for length in [1, 63, 64, 65, 127, 128, 129] {
            let a = vec![1_u8; length];
            let mut b = vec![2_u8; length];
            assert_eq!(levenshtein(&a, &b), length as u64);
            b[length - 1] = 1;
            b.push(3);
            assert_eq!(levenshtein(&a, &b), table(&a, &b, false));
        }
        assert_eq!(levenshtein::<u8>(&[], &[]), 0);
        assert_eq!(levenshtein(&[], b"ab"), 2);
        assert_eq!(substring_distance(b"ab", b""), 2);
    }
}
