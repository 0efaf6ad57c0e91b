//! What two texts begin and end with alike.

/// Bytes of the longest beginning and of the longest end, of whole code points, that both
/// texts have; they overlap in neither.
pub(super) fn equal_ends(a: &str, b: &str) -> (usize, usize) {
    let mut start = equal_at_start(a.as_bytes(), b.as_bytes());
    while !a.is_char_boundary(start) {
        start -= 1;
    }
    let (a, b) = (&a[start..], &b[start..]);
    let mut end = equal_at_end(a.as_bytes(), b.as_bytes());
    while !a.is_char_boundary(a.len() - end) {
        end -= 1;
    }
    (start, end)
}

fn equal_at_start(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_chunks().0.iter().zip(b.as_chunks().0);
    let mut n = 0;
    for (&x, &y) in words {
        let unlike = u64::from_le_bytes(x) ^ u64::from_le_bytes(y);
        if unlike != 0 {
            return n + unlike.trailing_zeros() as usize / 8;
        }
        n += 8;
    }
    let rest = a[n..].iter().zip(&b[n..]);
    n + rest.take_while(|(x, y)| x == y).count()
}

fn equal_at_end(a: &[u8], b: &[u8]) -> usize {
    let words = a.as_rchunks().1.iter().rev();
    let mut n = 0;
    for (&x, &y) in words.zip(b.as_rchunks().1.iter().rev()) {
        let unlike = u64::from_be_bytes(x) ^ u64::from_be_bytes(y);
        if unlike != 0 {
            return n + unlike.trailing_zeros() as usize / 8;
        }
        n += 8;
    }
    let rest = a[..a.len() - n].iter().rev();
    let rest = rest.zip(b[..b.len() - n].iter().rev());
    n + rest.take_while(|(x, y)| x == y).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Syllables with the first or the last bytes of others, and texts longer than a word.
    fn text() -> impl Strategy<Value = String> {
        prop::collection::vec(
            prop::sample::select(vec!['a', '가', '각', '쀀', 'é', '🇰']),
            0..20,
        )
        .prop_map(String::from_iter)
    }

    proptest! {
        #[test]
        fn they_are_the_longest_of_whole_code_points(
            before in text(), a in text(), b in text(), after in text()
        ) {
            let a: Vec<char> = format!("{before}{a}{after}").chars().collect();
            let b: Vec<char> = format!("{before}{b}{after}").chars().collect();
            let same = |(x, y): &(&char, &char)| x == y;
            let start = a.iter().zip(&b).take_while(same).count();
            let (rest_a, rest_b) = (&a[start..], &b[start..]);
            let end = rest_a.iter().rev().zip(rest_b.iter().rev()).take_while(same).count();
            let bytes = |part: &[char]| String::from_iter(part).len();
            prop_assert_eq!(
                equal_ends(&String::from_iter(&a), &String::from_iter(&b)),
                (bytes(&a[..start]), bytes(&a[a.len() - end..]))
            );
        }
    }
}
