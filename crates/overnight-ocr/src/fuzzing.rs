//! What must hold for everything that models and programs answer, whatever the answer is.
//!
//! Each function takes bytes, makes an answer of them, and asserts. The fuzz targets in
//! `fuzz/` call them with the feature `fuzzing`; the tests call the same assertions. Without
//! either none of this is built.

pub use crate::ppocr::fuzzing::{boxes, ctc};
pub use crate::tesseract::fuzzing::tsv;
pub use crate::worker::fuzzing::worker;

use crate::assemble::in_reading_order;
use overnight_record::Line;

/// Largest coordinate a program may claim, in pixels.
const MOST_PIXELS: f32 = 1e6;
/// Beyond so many lines the reading order is left out: it takes the square of their number.
const MOST_ORDERED: usize = 200;

/// Asserts that `line` can be stored, drawn and scored.
pub(crate) fn check_line(line: &Line) {
    assert!(!line.text.trim().is_empty(), "{line:?} has no text");
    assert!(
        line.confidence.is_none_or(|c| (0.0..=1.0).contains(&c)),
        "{line:?} is surer than can be"
    );
    let corners = line.polygon.iter().flatten();
    assert!(
        corners.clone().all(|at| at.abs() <= MOST_PIXELS),
        "{line:?} lies nowhere"
    );
}

/// Asserts that no line is lost or doubled when lines are put into order.
pub(crate) fn check_order(mut lines: Vec<Line>) {
    lines.truncate(MOST_ORDERED);
    let key = |line: &Line| {
        let corners = line.polygon.iter().flatten();
        let corners: Vec<u32> = corners.map(|at| at.to_bits()).collect();
        (line.text.clone(), corners)
    };
    let mut before: Vec<_> = lines.iter().map(key).collect();
    let (text, ordered) = in_reading_order(lines);
    let mut after: Vec<_> = ordered.iter().map(key).collect();
    let letters: usize = after.iter().map(|(text, _)| text.len()).sum();
    assert_eq!(text.len(), letters + after.len().saturating_sub(1));
    before.sort();
    after.sort();
    assert_eq!(before, after);
}
