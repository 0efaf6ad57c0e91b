//! The different symbols of a pattern, numbered without gaps.

use rustc_hash::FxHashMap;

use super::Symbol;

/// Symbols below this are looked up in a table: ASCII and Latin-1, and the numbers of words.
const TABLE: usize = 256;

/// Numbers from 1 for the symbols of a pattern; every other symbol is 0.
pub(super) struct Alphabet {
    table: [u32; TABLE],
    others: FxHashMap<u32, u32>,
    n: u32,
}

impl Alphabet {
    /// The alphabet of a pattern, and the pattern in its numbers.
    pub(super) fn of<S: Symbol>(pattern: &[S]) -> (Self, Vec<u32>) {
        let mut alphabet = Self {
            table: [0; TABLE],
            others: FxHashMap::default(),
            n: 0,
        };
        let rows = pattern
            .iter()
            .map(|symbol| alphabet.add(symbol.number()))
            .collect();
        (alphabet, rows)
    }

    fn add(&mut self, symbol: u32) -> u32 {
        let number = match self.table.get_mut(symbol as usize) {
            Some(number) => number,
            None => self.others.entry(symbol).or_insert(0),
        };
        if *number == 0 {
            self.n += 1;
            *number = self.n;
        }
        *number
    }

    /// A text in the numbers of this alphabet.
    pub(super) fn columns<S: Symbol>(&self, text: &[S]) -> Vec<u32> {
        let number = |symbol: u32| match self.table.get(symbol as usize) {
            Some(&number) => number,
            None => self.others.get(&symbol).copied().unwrap_or(0),
        };
        text.iter().map(|symbol| number(symbol.number())).collect()
    }

    /// How many numbers there are, 0 included.
    pub(super) fn len(&self) -> usize {
        self.n as usize + 1
    }
}
