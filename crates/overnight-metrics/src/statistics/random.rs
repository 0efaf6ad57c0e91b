//! Seeded random numbers: the same seed gives the same choice on every machine.

/// The generator xoshiro256** 1.0 of D. Blackman and S. Vigna, "Scrambled linear
/// pseudorandom number generators" (2018), its state filled by SplitMix64 from one seed.
///
/// ```
/// use overnight_metrics::Random;
/// let mut a = Random::new(42);
/// let mut b = Random::new(42);
/// assert_eq!(a.below(10), b.below(10));
/// ```
#[derive(Debug, Clone)]
pub struct Random {
    state: [u64; 4],
}

impl Random {
    /// A generator from a seed; any seed will do.
    pub fn new(seed: u64) -> Self {
        let mut filler = seed;
        let mut next = || {
            filler = filler.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut word = filler;
            word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            word ^ (word >> 31)
        };
        Self {
            state: [next(), next(), next(), next()],
        }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let state = &mut self.state;
        let result = state[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let shifted = state[1] << 17;
        state[2] ^= state[0];
        state[3] ^= state[1];
        state[1] ^= state[2];
        state[0] ^= state[3];
        state[2] ^= shifted;
        state[3] = state[3].rotate_left(45);
        result
    }

    /// A number in `0..n`, by multiplication. For the sizes drawn here (below 2^32) no
    /// number is favoured by more than 2^-32 of its share.
    ///
    /// # Panics
    /// When `n` is 0.
    pub fn below(&mut self, n: usize) -> usize {
        assert!(n > 0, "invariant: there is something to draw from");
        let wide = u128::from(self.bits()) * n as u128;
        usize::try_from(wide >> 64).expect("invariant: the draw is below n")
    }

    /// Chooses `count` of the numbers `0..n` (all when there are fewer), in rising order.
    /// With the same seed, a smaller choice is a part of a larger one.
    pub fn choose(&mut self, n: usize, count: usize) -> Vec<usize> {
        let mut numbers: Vec<usize> = (0..n).collect();
        let count = count.min(n);
        for place in 0..count {
            let other = place + self.below(n - place);
            numbers.swap(place, other);
        }
        numbers.truncate(count);
        numbers.sort_unstable();
        numbers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_published_one() {
        // First outputs of the authors' C code for the state [1, 2, 3, 4].
        let mut random = Random {
            state: [1, 2, 3, 4],
        };
        let first: Vec<u64> = (0..4).map(|_| random.bits()).collect();
        assert_eq!(first, [11520, 0, 1_509_978_240, 1_215_971_899_390_074_240]);
        // First output of SplitMix64 for the seed 0.
        assert_eq!(Random::new(0).state[0], 0xe220_a839_7b1d_cdaf);
    }

    #[test]
    fn choices_nest_and_stay_in_order() {
        let large = Random::new(7).choose(100, 30);
        let small = Random::new(7).choose(100, 10);
        assert!(small.iter().all(|n| large.contains(n)));
        assert!(large.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(Random::new(7).choose(3, 10), [0, 1, 2]);
        assert_eq!(Random::new(7).choose(0, 10), [0_usize; 0]);
    }

    #[test]
    fn draws_are_even() {
        let mut random = Random::new(1);
        let mut counts = [0_u32; 5];
        for _ in 0..50_000 {
            counts[random.below(5)] += 1;
        }
        assert!(
            counts.iter().all(|&n| (9_500..10_500).contains(&n)),
            "{counts:?}"
        );
    }
}
