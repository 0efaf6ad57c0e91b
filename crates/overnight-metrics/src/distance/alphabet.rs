//! The different symbols of a pattern, numbered without gaps.

use super::Symbol;

/// Symbols below this are looked up in a table: ASCII and Latin-1, and the numbers of words.
const TABLE: usize = 256;

/// Numbers from 1 for the symbols of a pattern; every other symbol is 0.
pub(super) struct Alphabet {
    table: [u32; TABLE],
    /// An open hash table of a power of two places, at most half of them taken: symbols with
    /// their numbers, 0 where there is none.
    others: Vec<(u32, u32)>,
    n: u32,
}

impl Alphabet {
    /// The alphabet of a pattern, and the pattern in its numbers.
    pub(super) fn of<S: Symbol>(pattern: &[S]) -> (Self, Vec<u32>) {
        let is_other = |symbol: &&S| symbol.number() as usize >= TABLE;
        let n_others = pattern.iter().filter(is_other).count();
        let mut alphabet = Self {
            table: [0; TABLE],
            others: vec![(0, 0); (2 * n_others).next_power_of_two()],
            n: 0,
        };
        let rows = pattern
            .iter()
            .map(|symbol| alphabet.add(symbol.number()))
            .collect();
        (alphabet, rows)
    }

    fn add(&mut self, symbol: u32) -> u32 {
        let next = self.n + 1;
        let number = match self.table.get_mut(symbol as usize) {
            Some(number) => number,
            None => {
                let place = self.place(symbol);
                self.others[place].0 = symbol;
                &mut self.others[place].1
            }
        };
        if *number == 0 {
            *number = next;
            self.n = next;
        }
        *number
    }

    /// Where a symbol is among the others, or would be.
    #[inline]
    fn place(&self, symbol: u32) -> usize {
        let last = self.others.len() - 1;
        // Fibonacci hashing: the middle bits of a product with 2^64 / golden ratio.
        let hash = u64::from(symbol).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let mut place = hash as usize & last;
        while self.others[place].1 != 0 && self.others[place].0 != symbol {
            place = (place + 1) & last;
        }
        place
    }

    /// A text in the numbers of this alphabet.
    pub(super) fn columns<S: Symbol>(&self, text: &[S]) -> Vec<u32> {
        let number = |symbol: u32| match self.table.get(symbol as usize) {
            Some(&number) => number,
            None => self.others[self.place(symbol)].1,
        };
        text.iter().map(|symbol| number(symbol.number())).collect()
    }

    /// How many numbers there are, 0 included.
    pub(super) fn len(&self) -> usize {
        self.n as usize + 1
    }
}
