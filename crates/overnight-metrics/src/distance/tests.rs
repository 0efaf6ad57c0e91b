use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;

/// The textbook table, for comparison; `free` lets the match begin and end anywhere in `b`.
fn table<T: PartialEq>(a: &[T], b: &[T], free: bool) -> u64 {
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

/// A text and what is left of it after some edits: long enough for a narrow band to matter.
fn noisy() -> impl Strategy<Value = (Vec<u8>, Vec<u8>)> {
    let text = prop::collection::vec(0_u8..20, 200..700);
    let edits = prop::collection::vec((any::<prop::sample::Index>(), 0_u8..22), 0..90);
    (text, edits).prop_map(|(text, edits)| {
        let mut read = text.clone();
        for (at, symbol) in edits {
            let at = at.index(read.len());
            match symbol {
                20 => drop(read.remove(at)),
                21 => read.insert(at, 9),
                other => read[at] = other,
            }
        }
        (text, read)
    })
}

fn symbols(text: &[u8]) -> Vec<u32> {
    // Beyond the table of small symbols too.
    text.iter().map(|&byte| u32::from(byte) * 100).collect()
}

/// The hypothesis that the edits make of the reference.
fn applied(reference: &[u32], hypothesis: &[u32], edits: &[Edit]) -> Vec<u32> {
    let mut made = Vec::new();
    let mut at = 0;
    for edit in edits {
        let upto = match *edit {
            Edit::Substitution { reference, .. } | Edit::Deletion { reference } => reference,
            Edit::Insertion { hypothesis } => at + hypothesis - made.len(),
        };
        made.extend_from_slice(&reference[at..upto]);
        at = upto;
        match *edit {
            Edit::Substitution { hypothesis: h, .. } => {
                made.push(hypothesis[h]);
                at += 1;
            }
            Edit::Deletion { .. } => at += 1,
            Edit::Insertion { hypothesis: h } => made.push(hypothesis[h]),
        }
    }
    made.extend_from_slice(&reference[at..]);
    made
}

proptest! {
    #[test]
    fn agrees_with_the_table(a in text(), b in text()) {
        prop_assert_eq!(levenshtein(&a, &b), table(&a, &b, false));
        prop_assert_eq!(symbol_distance(&symbols(&a), &symbols(&b)), table(&a, &b, false));
        prop_assert_eq!(substring_distance(&a, &b), table(&a, &b, true));
    }

    #[test]
    fn a_narrow_band_is_enough((a, b) in noisy()) {
        prop_assert_eq!(levenshtein(&a, &b), table(&a, &b, false));
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

    #[test]
    fn edits_make_one_text_of_the_other(a in text(), b in text()) {
        let (a, b) = (symbols(&a), symbols(&b));
        let found = edits(&a, &b);
        prop_assert_eq!(found.len() as u64, symbol_distance(&a, &b));
        prop_assert_eq!(applied(&a, &b, &found), b);
    }
}

/// Symbols of which many share some of their hexadecimal digits.
fn alike(max: u32) -> impl Strategy<Value = Vec<u32>> {
    let digits = [
        0,
        0x1,
        0x10,
        0x11,
        0x100,
        0x1101,
        0x1_0011,
        0x10_1111,
        0xf000_0000,
    ];
    let symbols: Vec<u32> = digits.into_iter().filter(|symbol| *symbol <= max).collect();
    // Around the longest pattern that fits a word.
    prop::collection::vec(prop::sample::select(symbols), 0..70)
}

proptest! {
    #[test]
    fn symbols_are_told_apart_by_each_digit(a in alike(u32::MAX), b in alike(u32::MAX)) {
        prop_assert_eq!(symbol_distance(&a, &b), table(&a, &b, false));
    }

    #[test]
    fn a_short_pattern_is_read_once(a in alike(0x10_ffff), b in alike(0x10_ffff)) {
        let characters = |side: &[u32]| -> Vec<char> {
            side.iter().map(|code| char::from_u32(*code).unwrap()).collect()
        };
        let found = short_distance(characters(&a).into_iter(), characters(&b).into_iter());
        prop_assert_eq!(found.is_some(), a.len() <= 64);
        if let Some(found) = found {
            prop_assert_eq!(found.n_pattern, a.len() as u64);
            prop_assert_eq!(found.n_text, b.len() as u64);
            prop_assert_eq!(found.distance, table(&a, &b, false));
        }
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
    assert_eq!(substring_distance::<u8>(b"", b""), 0);
}

#[test]
fn unlike_texts_and_lengths_leave_the_band() {
    let a: Vec<u8> = (0..2000_u32).map(|i| (i * i % 251) as u8).collect();
    let mut turned = a.clone();
    turned.rotate_left(700);
    assert_eq!(levenshtein(&a, &turned), table(&a, &turned, false));
    assert_eq!(levenshtein(&a, &a[900..1000]), 1900);
    let reversed: Vec<u8> = a.iter().rev().copied().collect();
    assert_eq!(levenshtein(&a, &reversed), table(&a, &reversed, false));
}

#[test]
fn symbols_are_numbered_apart() {
    let mut random = crate::Random::new(1);
    for most in [300, 5_000, 0x11_0000, u32::MAX as usize] {
        let mut draw = |n| -> Vec<u32> { (0..n).map(|_| random.below(most) as u32).collect() };
        let pattern = draw(1_500);
        let (alphabet, rows) = Alphabet::of(&pattern);
        let mut numbers = BTreeMap::new();
        for (symbol, number) in pattern.iter().zip(&rows) {
            assert_eq!(numbers.entry(symbol).or_insert(number), &number);
        }
        let used: BTreeSet<&u32> = rows.iter().collect();
        assert_eq!(
            (used.len(), alphabet.len()),
            (numbers.len(), numbers.len() + 1)
        );
        let text = draw(1_500);
        let expected = text
            .iter()
            .map(|symbol| numbers.get(symbol).map_or(0, |number| **number));
        assert_eq!(alphabet.columns(&text), expected.collect::<Vec<u32>>());
        assert_eq!(alphabet.columns(&pattern), rows);
    }
}

#[test]
fn a_large_table_is_halved() {
    let a: Vec<u32> = (0..13_000_u32)
        .map(|i| i.wrapping_mul(2_654_435_761) >> 27)
        .collect();
    let mut b = a.clone();
    b.rotate_left(40);
    b.truncate(12_500);
    let found = edits(&a, &b);
    assert_eq!(found.len() as u64, symbol_distance(&a, &b));
    assert_eq!(applied(&a, &b, &found), b);
}
