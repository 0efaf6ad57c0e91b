//! Who reads what when, so that a machine that slows down treats all arms alike.

use overnight_metrics::Random;

/// The order of `n` arms in a turn. Turns go in pairs, the second backwards (ABBA), so a
/// steady drift cancels; each pair begins with the next arm, so nobody is always first or
/// always after the same neighbour's start.
pub(super) fn order(turn: usize, n: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).map(|place| (place + turn / 2) % n).collect();
    if turn % 2 == 1 {
        order.reverse();
    }
    order
}

/// `n` samples in an order drawn by `seed`, the same for every arm and round.
pub(super) fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    let mut random = Random::new(seed);
    for end in (1..n).rev() {
        order.swap(end, random.below(end + 1));
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turns_are_mirrored_in_pairs_and_everyone_begins_once() {
        assert_eq!(order(0, 3), [0, 1, 2]);
        assert_eq!(order(1, 3), [2, 1, 0]);
        assert_eq!(order(2, 3), [1, 2, 0]);
        let firsts: Vec<usize> = (0..3).map(|pair| order(2 * pair, 3)[0]).collect();
        assert_eq!(firsts, [0, 1, 2]);
        // The mean place over a pair of turns is the same for all.
        for arm in 0..3 {
            let place = |turn| order(turn, 3).iter().position(|&a| a == arm).unwrap();
            assert_eq!(place(4) + place(5), 2);
        }
    }

    #[test]
    fn a_shuffle_keeps_everything() {
        let mut drawn = shuffled(40, 7);
        assert_eq!(drawn, shuffled(40, 7));
        assert_ne!(drawn, shuffled(40, 8));
        drawn.sort_unstable();
        assert_eq!(drawn, (0..40).collect::<Vec<_>>());
        assert!(shuffled(0, 1).is_empty());
    }
}
