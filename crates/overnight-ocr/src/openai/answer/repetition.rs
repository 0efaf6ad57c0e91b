//! Answers that repeat themselves without end.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;

/// Longest passage that is looked for, in characters.
const MOST_PERIOD: usize = 500;
/// Characters of the end of an answer that are looked at.
const TAIL: usize = 40_000;

/// From when on a repeated end is a loop.
struct Bounds {
    /// Repetitions.
    repeats: usize,
    /// Characters they take up.
    chars: usize,
    /// The same when the passage has no letter and no digit: rules of a table and leaders of
    /// a table of contents are drawn that way.
    rule_chars: usize,
    /// Characters from which compression is asked.
    compressed_chars: usize,
    /// How much smaller the end becomes by deflate.
    ratio: f64,
}

/// The model ended its answer by itself: much must be said before a page is doubted. Twenty
/// rows of twelve zeros, 480 characters, are a table.
const ENDED: Bounds = Bounds {
    repeats: 60,
    chars: 600,
    rule_chars: 1000,
    compressed_chars: 8000,
    ratio: 20.0,
};
/// The answer ran into its length limit, so it is of no use either way.
const CUT: Bounds = Bounds {
    repeats: 8,
    chars: 160,
    rule_chars: 320,
    compressed_chars: 2000,
    ratio: 8.0,
};

/// What is repeated at the end of an answer and how often, in words; `None` when nothing is.
///
/// A passage of at most [`MOST_PERIOD`] characters that comes again and again, to the end, is
/// found as such. Loops that count (`Item 1: tea. Item 2: tea. ...`) never say the same twice;
/// they are found by how small the end becomes when it is compressed: 9 times, where the
/// tables of a paper, the most repetitive of our pages, become 6 times smaller.
pub(super) fn find(answer: &str, is_cut: bool) -> Option<String> {
    let bounds = if is_cut { CUT } else { ENDED };
    let chars: Vec<char> = answer.trim_end().chars().collect();
    let tail = &chars[chars.len().saturating_sub(TAIL)..];
    for period in 1..=MOST_PERIOD.min(tail.len() / 2) {
        let run = tail
            .iter()
            .rev()
            .zip(tail.iter().rev().skip(period))
            .take_while(|(last, before)| last == before)
            .count();
        let covered = run + period;
        let passage = &tail[tail.len() - period..];
        let is_rule = !passage.iter().any(|c| c.is_alphanumeric());
        let least = if is_rule {
            bounds.rule_chars
        } else {
            bounds.chars
        };
        if run > 0 && covered / period >= bounds.repeats && covered >= least {
            let passage: String = passage.iter().take(40).collect();
            let repeats = covered / period;
            return Some(format!(
                "the answer ends with {repeats} times the {period} characters {:?}",
                passage.trim()
            ));
        }
    }
    if tail.len() < bounds.compressed_chars {
        return None;
    }
    let end: String = tail[tail.len() - bounds.compressed_chars..]
        .iter()
        .collect();
    let ratio = ratio(end.as_bytes());
    (ratio >= bounds.ratio).then(|| {
        format!(
            "the last {} characters of the answer say little: deflate makes them {ratio:.0} \
             times smaller",
            bounds.compressed_chars
        )
    })
}

/// Bytes over compressed bytes.
fn ratio(bytes: &[u8]) -> f64 {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // A vector takes everything.
    let compressed = encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .map_or(bytes.len(), |compressed| compressed.len());
    bytes.len() as f64 / compressed.max(1) as f64
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn loops_are_found_and_pages_are_not() {
        let counting = (0..2000).fold(String::new(), |mut text, n| {
            let _ = write!(text, "Item {n}: 1,000 won. ");
            text
        });
        for (text, is_cut) in [
            ("TEA 1.00\n".repeat(20), true),
            ("TEA 1.00\n".repeat(100), false),
            ("0".repeat(700), false),
            (format!("SHOP\n{}", "- ".repeat(700)), false),
            (counting.clone(), true),
        ] {
            assert!(find(&text, is_cut).is_some(), "{is_cut} {}", &text[..20]);
        }
        let table = "| a | b |\n|---|---|\n".to_owned() + &"| 0 | 0 |\n".repeat(40);
        for (text, is_cut) in [
            (
                format!("SHOP\n{}\nTOTAL 5.00\n{}", "=".repeat(120), "-".repeat(300)),
                true,
            ),
            (table, false),
            ("TEA 1.00\n".repeat(7), true),
            ("TEA 1.00\n".repeat(50), false),
            ("0 0 0 0 0 0 0 0 0 0 0 0\n".repeat(20), false),
            (counting[..7000].to_owned(), false),
            (String::new(), true),
            (" \n".repeat(4000), true),
        ] {
            assert_eq!(find(&text, is_cut), None, "{text}");
        }
    }

    /// Prose of a page is nowhere near the bounds.
    #[test]
    fn prose_compresses_two_or_three_times() {
        let prose = include_str!("repetition.rs");
        assert!(ratio(prose.as_bytes()) < 6.0);
        assert_eq!(find(prose, true), None);
    }
}
