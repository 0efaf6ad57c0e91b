//! The longest common subsequence of two texts.

/// A step back through the table of lengths.
const BOTH: u8 = 0;
const UP: u8 = 1;
const LEFT: u8 = 2;

/// One longest common subsequence of `a` and `b`. Of several it is the one that is found from
/// the ends backwards, by taking equal characters where possible, and otherwise leaving out a
/// character of `b` unless that costs length.
pub(super) fn longest_common(a: &[char], b: &[char]) -> Vec<char> {
    if a.is_empty() || b.is_empty() {
        return Vec::new();
    }
    let mut lengths = vec![0_u32; b.len() + 1];
    let mut steps = vec![BOTH; a.len() * b.len()];
    for (row, x) in a.iter().enumerate() {
        let mut diagonal = 0;
        for (column, y) in b.iter().enumerate() {
            let up = lengths[column + 1];
            let step = &mut steps[row * b.len() + column];
            if x == y {
                lengths[column + 1] = diagonal + 1;
            } else if up > lengths[column] {
                *step = UP;
            } else {
                *step = LEFT;
                lengths[column + 1] = lengths[column];
            }
            diagonal = up;
        }
    }
    let (mut row, mut column) = (a.len(), b.len());
    let mut common = Vec::new();
    while row > 0 && column > 0 {
        match steps[(row - 1) * b.len() + column - 1] {
            UP => row -= 1,
            LEFT => column -= 1,
            _ => {
                row -= 1;
                column -= 1;
                common.push(a[row]);
            }
        }
    }
    common.reverse();
    common
}

#[cfg(test)]
mod tests {
    use super::longest_common;

    #[test]
    fn ties_are_broken_from_the_end() {
        let of = |a: &str, b: &str| {
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            longest_common(&a, &b).into_iter().collect::<String>()
        };
        // What the published program says of these; most have others of the same length.
        assert_eq!(of("HELLO", "HELO"), "HELO");
        assert_eq!(of("TILT", "TLIT"), "TLT");
        assert_eq!(of("ab", "ba"), "b");
        assert_eq!(of("abcbdab", "bdcaba"), "bdab");
        assert_eq!(of("xaybzc", "cazbyx"), "az");
        assert_eq!(of("", "x"), "");
    }
}
