//! Marks that Markdown's own rules leave standing.
//!
//! A `**` behind a bracket and before a Korean particle closes nothing by those rules, `~~` and
//! `^` are extensions. In pairs on one line they are marks all the same.

/// The line without pairs of `**`, `~~` and `^`.
pub(super) fn without_pairs(line: &str) -> String {
    let mut line = line.to_owned();
    for mark in ["**", "~~", "^"] {
        if line.contains(mark) {
            line = without(&line, mark);
        }
    }
    line
}

fn without(line: &str, mark: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((open, length)) = pair(rest, mark, kept.chars().next_back()) {
        kept.push_str(&rest[..open]);
        kept.push_str(&rest[open + mark.len()..open + length - mark.len()]);
        rest = &rest[open + length..];
    }
    kept.push_str(rest);
    kept
}

/// Start and length of the first pair of marks with what they enclose.
fn pair(text: &str, mark: &str, before: Option<char>) -> Option<(usize, usize)> {
    let marks: Vec<usize> = text
        .match_indices(mark)
        .map(|(at, _)| at)
        .filter(|at| is_alone(text, *at, mark))
        .collect();
    marks
        .iter()
        .zip(marks.iter().skip(1))
        .find_map(|(&open, &close)| {
            let inside = &text[open + mark.len()..close];
            let before = text[..open].chars().next_back().or(before);
            let behind = text[close + mark.len()..].chars().next();
            let is_text = inside.contains(char::is_alphanumeric)
                && !inside.starts_with(char::is_whitespace)
                && !inside.ends_with(char::is_whitespace);
            // `12**34**56` hides digits, `2^10 and 3^5` are powers.
            let is_own = match mark {
                "^" => behind.is_some_and(char::is_alphanumeric),
                _ => {
                    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
                    is_digit(before) && is_digit(behind)
                }
            };
            (is_text && !is_own).then_some((open, close + mark.len() - open))
        })
}

/// Whether the mark is no part of a longer run.
fn is_alone(text: &str, at: usize, mark: &str) -> bool {
    let sign = mark.chars().next();
    text[..at].chars().next_back() != sign && text[at + mark.len()..].chars().next() != sign
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_go_and_single_marks_stay() {
        for (line, left) in [
            ("**용지(A4)**는", "용지(A4)는"),
            ("~~9.99~~ 7.99", "9.99 7.99"),
            ("NUE ^COUP DE CŒUR^", "NUE COUP DE CŒUR"),
            ("x^2^", "x2"),
            ("2^10 and 3^5", "2^10 and 3^5"),
            ("10~20, 30~40", "10~20, 30~40"),
            ("12**34**56", "12**34**56"),
            ("**** **** 1234", "**** **** 1234"),
            ("a ** b ** c", "a ** b ** c"),
            ("0.05** and **", "0.05** and **"),
            ("**a** b **c**", "a b c"),
        ] {
            assert_eq!(without_pairs(line), left, "{line}");
        }
    }
}
