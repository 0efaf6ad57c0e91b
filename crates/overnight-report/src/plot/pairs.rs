//! Every sample as a dot: its error rate with the baseline against that with the candidate.

use overnight_record::result::CompareResult;

use super::canvas::{Anchor, Canvas, Svg};
use super::scale::Scale;
use crate::number::percent;
use crate::text;

const SIZE: f64 = 440.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 50.0;
const BOTTOM: f64 = 46.0;

/// The cloud; `None` when no sample has both rates. Rates above 100 % sit on the edge.
pub(crate) fn pairs(compare: &CompareResult) -> Option<Svg> {
    let points: Vec<(&str, f64, f64)> = compare
        .samples
        .iter()
        .filter_map(|s| Some((s.id.as_str(), s.baseline.cer?, s.candidate.cer?)))
        .collect();
    let high = points.iter().map(|(_, a, b)| a.max(*b)).reduce(f64::max)?;
    let limit = (high * 100.0).clamp(1.0, 100.0);
    let baseline = text::clipped(&compare.baseline.name, 24);
    let candidate = text::clipped(&compare.candidate.name, 24);
    let title = "CER of every sample, %";
    let label = format!(
        "{title}, {baseline} against {candidate}, {} samples",
        points.len()
    );
    let mut canvas = Canvas::new(SIZE, HEIGHT, &label);
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    let bottom = HEIGHT - BOTTOM;
    let x = Scale::round(0.0, limit, LEFT, SIZE - RIGHT, 5);
    let y = Scale::round(0.0, limit, bottom, TOP, 5);
    canvas.x_axis(&x, 5, TOP, bottom);
    canvas.y_axis(&y, 5, LEFT, SIZE - RIGHT);
    canvas.line(
        "zero",
        (x.at(x.from), y.at(y.from)),
        (x.at(x.to), y.at(y.to)),
    );
    for (id, a, b) in points {
        let series = if b < a {
            "s1"
        } else if b > a {
            "s2"
        } else {
            "neutral"
        };
        let at = (x.at((a * 100.0).min(x.to)), y.at((b * 100.0).min(y.to)));
        let tip = format!(
            "{id}: {baseline} {}, {candidate} {}",
            percent(a),
            percent(b)
        );
        canvas.dot(&format!("cloud {series}"), at, 4.0, &tip);
    }
    let above = format!("\u{2196} above the line {baseline} is better");
    canvas.text("axis", (LEFT, TOP - 14.0), Anchor::Start, &above);
    canvas.text(
        "axis",
        (SIZE - RIGHT, TOP - 14.0),
        Anchor::End,
        &format!("\u{2191} {candidate}"),
    );
    let middle = f64::midpoint(LEFT, SIZE - RIGHT);
    canvas.text(
        "axis",
        (middle, HEIGHT - 6.0),
        Anchor::Middle,
        &format!("{baseline}, CER %"),
    );
    Some(canvas.finish())
}
