//! Where two texts differ, for the eye only: a longest common subsequence of characters.
//!
//! No number is derived from it; error rates come from the recorded scores.

use crate::text;

/// Characters of each text that are compared; what is beyond is cut off, visibly.
const LIMIT: usize = 2000;

/// How a piece of the hypothesis relates to the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// In both.
    Same,
    /// In both but for upper and lower case.
    Case,
    /// In the reference only.
    Missing,
    /// In the hypothesis only.
    Extra,
}

/// A run of characters with one mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) mark: Mark,
    pub(crate) text: String,
}

/// The hypothesis with what it lacks and what it has too much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Diff {
    pub(crate) pieces: Vec<Piece>,
    /// Whether a text was longer than what is compared.
    pub(crate) is_cut: bool,
}

/// Marks `hypothesis` against `reference`. Case and the kind of white space do not decide
/// what belongs together.
pub(crate) fn against(reference: &str, hypothesis: &str) -> Diff {
    let (reference, cut_reference) = characters(reference);
    let (hypothesis, cut_hypothesis) = characters(hypothesis);
    let a: Vec<char> = reference.iter().copied().map(folded).collect();
    let b: Vec<char> = hypothesis.iter().copied().map(folded).collect();
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let tail = a[head..]
        .iter()
        .rev()
        .zip(b[head..].iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let lengths = common_lengths(&a[head..a.len() - tail], &b[head..b.len() - tail]);
    let mut pieces = Pieces::default();
    for i in 0..head {
        pieces.pair(reference[i], hypothesis[i]);
    }
    let (mut i, mut j) = (head, head);
    let (end_a, end_b) = (a.len() - tail, b.len() - tail);
    let width = end_b - head + 1;
    let at = |i: usize, j: usize| lengths[(i - head) * width + (j - head)];
    while i < end_a || j < end_b {
        if i < end_a && j < end_b && a[i] == b[j] {
            pieces.pair(reference[i], hypothesis[j]);
            i += 1;
            j += 1;
        } else if j >= end_b || (i < end_a && at(i + 1, j) >= at(i, j + 1)) {
            pieces.push(Mark::Missing, reference[i]);
            i += 1;
        } else {
            pieces.push(Mark::Extra, hypothesis[j]);
            j += 1;
        }
    }
    for k in 0..tail {
        pieces.pair(reference[end_a + k], hypothesis[end_b + k]);
    }
    Diff {
        pieces: pieces.0,
        is_cut: cut_reference || cut_hypothesis,
    }
}

fn characters(text: &str) -> (Vec<char>, bool) {
    let all: Vec<char> = text::plain(text).trim().chars().collect();
    let is_cut = all.len() > LIMIT;
    (all.into_iter().take(LIMIT).collect(), is_cut)
}

fn folded(c: char) -> char {
    if c.is_whitespace() {
        ' '
    } else {
        c.to_lowercase().next().unwrap_or(c)
    }
}

/// Entry `(i, j)` is the length of the longest common subsequence of `a[i..]` and `b[j..]`.
fn common_lengths(a: &[char], b: &[char]) -> Vec<u16> {
    let width = b.len() + 1;
    let mut table = vec![0u16; (a.len() + 1) * width];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            table[i * width + j] = if a[i] == b[j] {
                table[(i + 1) * width + j + 1] + 1
            } else {
                table[(i + 1) * width + j].max(table[i * width + j + 1])
            };
        }
    }
    table
}

#[derive(Default)]
struct Pieces(Vec<Piece>);

impl Pieces {
    fn pair(&mut self, reference: char, hypothesis: char) {
        let same = reference == hypothesis || reference.is_whitespace();
        self.push(if same { Mark::Same } else { Mark::Case }, hypothesis);
    }

    fn push(&mut self, mark: Mark, c: char) {
        // A missing line end must not break the line it is missing from.
        let c = if mark == Mark::Missing && c == '\n' {
            '\u{21b5}'
        } else {
            c
        };
        match self.0.last_mut() {
            Some(last) if last.mark == mark => last.text.push(c),
            _ => self.0.push(Piece {
                mark,
                text: c.to_string(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(reference: &str, hypothesis: &str) -> String {
        against(reference, hypothesis)
            .pieces
            .iter()
            .map(|piece| match piece.mark {
                Mark::Same => piece.text.clone(),
                Mark::Case => format!("~{}~", piece.text),
                Mark::Missing => format!("-{}-", piece.text),
                Mark::Extra => format!("+{}+", piece.text),
            })
            .collect()
    }

    #[test]
    fn differences_are_marked_in_the_hypothesis() {
        assert_eq!(shown("TOTAL 12.50", "TOTAL 12.80"), "TOTAL 12.-5-+8+0");
        assert_eq!(shown("TOTAL", "Total"), "T~otal~");
        assert_eq!(shown("A\nB", "A B"), "A B");
        assert_eq!(shown("", "x"), "+x+");
        assert_eq!(shown("x\ny", ""), "-x\u{21b5}y-");
    }

    #[test]
    fn long_texts_are_cut_and_say_so() {
        let diff = against(&"x".repeat(3000), "x");
        assert!(diff.is_cut);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_back(a in "[abAB ]{0,30}", b in "[abAB ]{0,30}") {
            let diff = against(&a, &b);
            let pick = |marks: [Mark; 3]| -> String {
                diff.pieces.iter().filter(|p| marks.contains(&p.mark)).map(|p| p.text.as_str()).collect()
            };
            prop_assert_eq!(pick([Mark::Same, Mark::Case, Mark::Extra]), b.trim());
            prop_assert_eq!(
                pick([Mark::Same, Mark::Case, Mark::Missing]).to_lowercase(),
                a.trim().to_lowercase()
            );
        }
    }
}
