//! How long a Levenshtein distance takes by text length.

use divan::{Bencher, black_box};
use overnight_metrics::{Random, levenshtein};

fn main() {
    divan::main();
}

/// Two texts of `length` letters out of 40, one in twenty different.
fn texts(length: usize) -> (Vec<char>, Vec<char>) {
    let letters: Vec<char> = ('a'..='z').chain('0'..='9').chain(" .,-".chars()).collect();
    let mut random = Random::new(1);
    let text: Vec<char> = (0..length)
        .map(|_| letters[random.below(letters.len())])
        .collect();
    let noisy = text
        .iter()
        .map(|&letter| {
            if random.below(20) == 0 {
                letters[random.below(letters.len())]
            } else {
                letter
            }
        })
        .collect();
    (text, noisy)
}

#[divan::bench(args = [50, 800, 10_000])]
fn one_pair(bencher: Bencher<'_, '_>, length: usize) {
    let (a, b) = texts(length);
    bencher.bench(|| levenshtein(black_box(&a), black_box(&b)));
}
