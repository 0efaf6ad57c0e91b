//! Units that are numbers already.

/// A byte, a code point, the number of a word: equal units have equal numbers.
pub(crate) trait Symbol: Copy + Eq {
    /// A word for each value of each hexadecimal digit that a number has.
    type Digits: Default + AsRef<[[u64; 16]]> + AsMut<[[u64; 16]]>;

    fn number(self) -> u32;
}

impl Symbol for u8 {
    type Digits = [[u64; 16]; 2];

    fn number(self) -> u32 {
        u32::from(self)
    }
}

impl Symbol for char {
    type Digits = [[u64; 16]; 6];

    fn number(self) -> u32 {
        u32::from(self)
    }
}

impl Symbol for u32 {
    type Digits = [[u64; 16]; 8];

    fn number(self) -> u32 {
        self
    }
}
