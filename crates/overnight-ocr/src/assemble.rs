//! From lines to a prediction: reading order and text.

use overnight_metrics::reading_order;
use overnight_record::result::BackendInfo;
use overnight_record::{Line, Prediction, PredictionStatus, TimingsMs};

use crate::ImageInput;
use crate::intake::without_text;

/// Puts lines into reading order and joins them: rows by line breaks, the lines of a row
/// by spaces. No lines make the status `empty`.
pub(crate) fn prediction_of(
    info: &BackendInfo,
    input: &ImageInput,
    lines: Vec<Line>,
    timings_ms: TimingsMs,
) -> Prediction {
    let (text, lines) = in_reading_order(lines);
    let status = if text.is_empty() {
        PredictionStatus::Empty
    } else {
        PredictionStatus::Ok
    };
    Prediction {
        text,
        lines,
        ..without_text(info, input, status, timings_ms, None)
    }
}

pub(crate) fn in_reading_order(lines: Vec<Line>) -> (String, Vec<Line>) {
    let boxes: Vec<Vec<[f32; 2]>> = lines.iter().map(|line| line.polygon.clone()).collect();
    let mut lines: Vec<Option<Line>> = lines.into_iter().map(Some).collect();
    let mut text = String::new();
    let mut ordered = Vec::with_capacity(lines.len());
    for row in reading_order(&boxes) {
        if !text.is_empty() {
            text.push('\n');
        }
        for (position, line) in row.into_iter().filter_map(|i| lines[i].take()).enumerate() {
            if position > 0 {
                text.push(' ');
            }
            text.push_str(&line.text);
            ordered.push(line);
        }
    }
    (text, ordered)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_joined_by_breaks_and_their_lines_by_spaces() {
        let line = |x: f32, y: f32, text: &str| Line {
            polygon: vec![[x, y], [x + 40.0, y], [x + 40.0, y + 10.0], [x, y + 10.0]],
            text: text.to_owned(),
            confidence: Some(0.9),
        };
        let (text, lines) = in_reading_order(vec![
            line(100.0, 52.0, "4.50"),
            line(0.0, 0.0, "SHOP"),
            line(0.0, 50.0, "TEA"),
        ]);
        assert_eq!(text, "SHOP\nTEA 4.50");
        assert_eq!(lines.len(), 3);
    }
}
