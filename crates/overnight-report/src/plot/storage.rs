//! Bytes against decoding time, both relative to the source.

use overnight_record::result::StorageResult;

use super::canvas::{Anchor, Canvas, Svg, text_width};
use super::scale::Scale;
use crate::number::ratio_with;
use crate::text;

const WIDTH: f64 = 680.0;
const HEIGHT: f64 = 330.0;
const LEFT: f64 = 52.0;
const RIGHT: f64 = 24.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 46.0;

/// One dot an arm with both intervals; `None` without arms.
pub(crate) fn storage(result: &StorageResult) -> Option<Svg> {
    let high = |pick: &dyn Fn(&overnight_record::result::StorageArm) -> f64| {
        result.arms.iter().map(pick).reduce(f64::max)
    };
    let bytes_high = high(&|arm| {
        arm.bytes_ratio_interval
            .as_ref()
            .map_or(arm.bytes_ratio, |i| i.high)
    })?;
    let decode_high = high(&|arm| {
        arm.decode_ratio_interval
            .as_ref()
            .map_or(arm.decode_ratio, |i| i.high)
    })?;
    let title = "Decoding time against bytes, the source is 1";
    let values: Vec<String> = result
        .arms
        .iter()
        .map(|arm| {
            format!(
                "{}: bytes {}, decoding {}",
                arm.name,
                ratio_with(arm.bytes_ratio, None),
                ratio_with(arm.decode_ratio, None)
            )
        })
        .collect();
    let mut canvas = Canvas::new(WIDTH, HEIGHT, &format!("{title}. {}", values.join("; ")));
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    let bottom = HEIGHT - BOTTOM;
    let x = Scale::round(0.0, bytes_high.max(1.0) * 1.12, LEFT, WIDTH - RIGHT, 6);
    let y = Scale::round(0.0, decode_high.max(1.0) * 1.05, bottom, TOP, 5);
    canvas.x_axis(&x, 6, TOP, bottom);
    canvas.y_axis(&y, 5, LEFT, WIDTH - RIGHT);
    canvas.line("zero", (x.at(1.0), TOP), (x.at(1.0), bottom));
    canvas.line("zero", (LEFT, y.at(1.0)), (WIDTH - RIGHT, y.at(1.0)));
    let mut taken: Vec<(f64, f64, f64)> = Vec::new();
    for arm in &result.arms {
        let at = (x.at(arm.bytes_ratio), y.at(arm.decode_ratio));
        let is_source = arm.name == "source";
        let series = if is_source { "neutral" } else { "s1" };
        if let Some(interval) = &arm.bytes_ratio_interval {
            canvas.across(series, at.1, x.at(interval.low), x.at(interval.high));
        }
        if let Some(interval) = &arm.decode_ratio_interval {
            canvas.upright(series, at.0, y.at(interval.low), y.at(interval.high));
        }
        let tip = format!(
            "{}: bytes {}, decoding {}",
            arm.name,
            ratio_with(arm.bytes_ratio, arm.bytes_ratio_interval.as_ref()),
            ratio_with(arm.decode_ratio, arm.decode_ratio_interval.as_ref())
        );
        canvas.dot(&format!("dot {series}"), at, 5.0, &tip);
        let name = text::clipped(&arm.name, 24);
        let place = free_place(&mut taken, at, text_width(&name));
        canvas.text("value", place, Anchor::Start, &name);
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    canvas.text(
        "axis",
        (middle, HEIGHT - 6.0),
        Anchor::Middle,
        "bytes / bytes of the source",
    );
    canvas.text(
        "axis",
        (WIDTH - RIGHT, TOP - 10.0),
        Anchor::End,
        "\u{2191} decoding time / that of the source",
    );
    Some(canvas.finish())
}

/// A base line for a label near its dot that covers no label set before.
fn free_place(taken: &mut Vec<(f64, f64, f64)>, at: (f64, f64), width: f64) -> (f64, f64) {
    let left = if at.0 + 10.0 + width > WIDTH {
        at.0 - 10.0 - width
    } else {
        at.0 + 10.0
    };
    let steps = [-9.0, 17.0, -24.0, 32.0, -39.0];
    let is_free = |y: f64| {
        !taken
            .iter()
            .any(|(x, other, w)| (y - other).abs() < 14.0 && left < x + w && *x < left + width)
    };
    let y = steps
        .into_iter()
        .map(|step| at.1 + step)
        .find(|y| is_free(*y))
        .unwrap_or(at.1 - 9.0);
    taken.push((left, y, width));
    (left, y)
}
