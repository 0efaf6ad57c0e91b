//! What holds for every answer of Tesseract, whatever is in it.

use overnight_record::Line;

use super::tsv::{HEADING, lines};
use crate::fuzzing::{check_line, check_order};

/// Reads an answer: `bytes` as they are, and below the heading.
pub fn tsv(bytes: &[u8]) {
    check(bytes, b"");
    let mut answer = HEADING.as_bytes().to_vec();
    answer.push(b'\n');
    answer.extend(bytes);
    // The plain text is whatever stands in the table, too.
    check(&answer, bytes);
}

/// Asserts that lines are no more than rows, hold no more than was said, and lie upright.
fn check(answer: &[u8], plain: &[u8]) {
    let Ok(read) = lines(answer, plain) else {
        return;
    };
    let n_rows = answer.split(|byte| *byte == b'\n').count() - 1;
    assert!(read.len() <= n_rows, "{} lines of {n_rows}", read.len());
    // A byte that is no UTF-8 becomes one character of three.
    let said: usize = read.iter().map(|line| line.text.len()).sum();
    assert!(said <= 3 * answer.len());
    for line in &read {
        check_line(line);
        assert!(line.confidence.is_some() && is_upright(line), "{line:?}");
    }
    check_order(read);
}

/// Whether the place is a rectangle that begins at its upper left corner.
fn is_upright(line: &Line) -> bool {
    matches!(
        *line.polygon,
        [[left, top], [right, upper], [far, bottom], [near, lower]]
            if (left, top, right, bottom) == (near, upper, far, lower)
                && left <= right
                && top <= bottom
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => (0_u32..5000).prop_map(|n| n.to_string()),
            1 => any::<f32>().prop_map(|n| n.to_string()),
            1 => prop::sample::select(vec!["-1", "nan", "inf", "-inf", "1e38", "1e400", "", "0x1"])
                .prop_map(str::to_owned),
        ]
    }

    /// Rows of words with a few numbers that are none.
    fn rows() -> impl Strategy<Value = Vec<String>> {
        let place = prop::collection::vec(number(), 5);
        let row = (4_u32..=5, 0_u32..3, 0_u32..3, place, "\\PC{0,6}").prop_map(
            |(level, block, line, place, text)| {
                let place = place.join("\t");
                format!("{level}\t1\t{block}\t1\t{line}\t1\t{place}\t{text}")
            },
        );
        prop::collection::vec(row, 0..8)
    }

    proptest! {
        #[test]
        fn any_bytes_are_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            tsv(&bytes);
        }

        #[test]
        fn any_rows_are_an_answer(rows in rows(), cut in 0_usize..400) {
            let mut answer = rows.join("\n").into_bytes();
            tsv(&answer);
            answer.truncate(cut);
            tsv(&answer);
        }
    }
}
