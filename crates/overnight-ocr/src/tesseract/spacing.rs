//! Which words of Tesseract's table stand apart.
//!
//! The table calls every piece of a line a word; in Korean that is often one syllable, and
//! where a space belongs is said only in Tesseract's plain text. Both hold the same pieces in
//! the same order.

/// How far a piece is looked for when it does not come next.
const REACH: usize = 64;

/// A walk through the plain text, piece by piece.
#[derive(Debug)]
pub(super) struct Spacing<'a> {
    rest: &'a str,
}

impl<'a> Spacing<'a> {
    /// From the beginning of a text; of an empty one every piece stands apart.
    pub(super) fn of(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// Whether white space comes before the next piece. A piece that is not found where it
    /// should be stands apart.
    pub(super) fn stands_apart(&mut self, piece: &str) -> bool {
        let rest = self.rest.trim_start();
        if let Some(after) = rest.strip_prefix(piece) {
            let apart = rest.len() < self.rest.len();
            self.rest = after;
            return apart;
        }
        let reach = rest
            .char_indices()
            .nth(REACH)
            .map_or(rest.len(), |(at, _)| at);
        if let Some(at) = rest[..reach].find(piece) {
            self.rest = &rest[at + piece.len()..];
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apart(text: &str, pieces: &[&str]) -> Vec<bool> {
        let mut spacing = Spacing::of(text);
        pieces
            .iter()
            .map(|piece| spacing.stands_apart(piece))
            .collect()
    }

    #[test]
    fn pieces_stand_apart_where_the_text_has_space() {
        assert_eq!(
            apart(
                "출발일 및 일정이\n\n홈페이지",
                &["출발일", "및", "일", "정", "이", "홈", "페이지"]
            ),
            [false, true, true, false, false, true, false]
        );
    }

    #[test]
    fn a_piece_that_is_missing_stands_apart_and_costs_only_itself() {
        assert_eq!(
            apart("가나 다라", &["가", "?", "나", "다", "라"]),
            [false, true, false, true, false]
        );
        assert_eq!(apart("", &["가", "나"]), [true, true]);
        assert_eq!(
            apart("가 = 나다", &["가", "나", "다"]),
            [false, true, false]
        );
    }
}
