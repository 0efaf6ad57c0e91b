//! Distances from a pattern of at most 64 symbols: a column of the table is one word.
//!
//! The recurrence is that of [`super::band`], without a border above or below.

use super::Symbol;

/// The longest pattern.
const MOST_ROWS: u32 = 64;

/// What was found of a short pattern and a text.
pub(crate) struct Found {
    pub(crate) n_pattern: u64,
    pub(crate) n_text: u64,
    pub(crate) distance: u64,
}

/// The distance of a text from a pattern, and how long they are; `None` for a pattern of more
/// than 64 symbols. Each is read once, in order.
pub(crate) fn short_distance<S: Symbol>(
    pattern: impl Iterator<Item = S>,
    text: impl Iterator<Item = S>,
) -> Option<Found> {
    let mut rows = Rows::<S>(S::Digits::default());
    let mut n_rows = 0;
    for symbol in pattern {
        if n_rows == MOST_ROWS {
            return None;
        }
        rows.add(symbol, n_rows);
        n_rows += 1;
    }
    // The rows where the cost rises and falls from the row above.
    let (mut up, mut down) = (u64::MAX, 0_u64);
    let mut n_columns = 0;
    for symbol in text {
        let equal = rows.equal_to(symbol);
        let diagonal = ((equal & up).wrapping_add(up) ^ up) | equal | down;
        let rises = ((down | !(diagonal | up)) << 1) | 1;
        let falls = (up & diagonal) << 1;
        up = falls | !(diagonal | rises);
        down = rises & diagonal;
        n_columns += 1;
    }
    let beyond = u64::MAX.checked_shl(n_rows).unwrap_or(0);
    let n_of = |rows: u64| u64::from((rows & !beyond).count_ones());
    Some(Found {
        n_pattern: u64::from(n_rows),
        n_text: n_columns,
        // The first row costs the length of the text; from there it is down the last column.
        distance: n_columns + n_of(up) - n_of(down),
    })
}

/// Which rows of a pattern have which hexadecimal digit at which place of their number. The rows
/// of one symbol are those that have all of its digits: looked up without a search, in a table
/// that is soon cleared.
struct Rows<S: Symbol>(S::Digits);

impl<S: Symbol> Rows<S> {
    #[inline]
    fn add(&mut self, symbol: S, row: u32) {
        for (place, with) in self.0.as_mut().iter_mut().enumerate() {
            with[digit(symbol, place)] |= 1 << row;
        }
    }

    #[inline]
    fn equal_to(&self, symbol: S) -> u64 {
        let places = self.0.as_ref().iter().enumerate();
        places.fold(u64::MAX, |rows, (place, with)| {
            rows & with[digit(symbol, place)]
        })
    }
}

#[inline]
fn digit<S: Symbol>(symbol: S, place: usize) -> usize {
    (symbol.number() >> (4 * place)) as usize % 16
}
