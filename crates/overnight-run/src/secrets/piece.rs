//! A tiny pattern language for the shapes of tokens.
//!
//! A pattern is a sequence of pieces; a run takes all it can and gives nothing back. Unlike
//! a regular expression it can say that the text ended before the answer was known, which
//! is what a stream needs, and every run has an upper limit, so what is held back has one.

/// A set of bytes. No set has a line end in it.
pub(super) type Set = fn(u8) -> bool;

/// One piece of a pattern.
#[derive(Debug, Clone, Copy)]
pub(super) enum Piece {
    /// One of these texts.
    Text(&'static [&'static str]),
    /// At least `min` and at most `max` bytes of a set; one more of them is no match.
    Run { set: Set, min: usize, max: usize },
}

/// What a pattern says about a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict<T> {
    /// It is not there, whatever follows.
    No,
    /// The text ended too early to tell.
    Undecided,
    /// It is there.
    Yes(T),
}

/// Where `pieces` end when they begin at `from`. With `is_open`, more text may follow `hay`.
pub(super) fn follow(pieces: &[Piece], hay: &[u8], from: usize, is_open: bool) -> Verdict<usize> {
    let mut at = from;
    for piece in pieces {
        let rest = &hay[at..];
        match *piece {
            Piece::Text(texts) => {
                if let Some(text) = texts.iter().find(|t| rest.starts_with(t.as_bytes())) {
                    at += text.len();
                } else if is_open && texts.iter().any(|t| t.as_bytes().starts_with(rest)) {
                    return Verdict::Undecided;
                } else {
                    return Verdict::No;
                }
            }
            Piece::Run { set, min, max } => {
                let looked_at = rest.len().min(max + 1);
                let length = rest[..looked_at].iter().take_while(|b| set(**b)).count();
                if length > max {
                    return Verdict::No;
                }
                if length == rest.len() && is_open {
                    return Verdict::Undecided;
                }
                if length < min {
                    return Verdict::No;
                }
                at += length;
            }
        }
    }
    Verdict::Yes(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIECES: &[Piece] = &[
        Piece::Run {
            set: |b| b.is_ascii_digit(),
            min: 2,
            max: 4,
        },
        Piece::Text(&["--", "=="]),
    ];

    #[test]
    fn an_end_of_text_is_told_from_a_mismatch() {
        let closed = |text: &str| follow(PIECES, text.as_bytes(), 0, false);
        let open = |text: &str| follow(PIECES, text.as_bytes(), 0, true);
        assert_eq!(closed("123==x"), Verdict::Yes(5));
        assert_eq!(open("123==x"), Verdict::Yes(5));
        assert_eq!(closed("123="), Verdict::No);
        assert_eq!(open("123="), Verdict::Undecided);
        assert_eq!(open("123"), Verdict::Undecided);
        assert_eq!(open(""), Verdict::Undecided);
        assert_eq!(open("1x"), Verdict::No);
        assert_eq!(open("12345"), Verdict::No);
    }
}
