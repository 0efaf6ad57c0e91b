//! Differences in character error rate between arms, around the line of no difference.

use overnight_record::result::PairedDifference;

use super::canvas::{Anchor, Canvas, Svg};
use super::scale::Scale;
use crate::number::points_with;
use crate::text;

const WIDTH: f64 = 680.0;
const LEFT: f64 = 120.0;
const RIGHT: f64 = 232.0;
const ROW: f64 = 34.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 42.0;

/// One row an arm. `None` when no arm has a difference.
pub(crate) fn forest(title: &str, rows: &[(&str, &PairedDifference)]) -> Option<Svg> {
    let ends = rows.iter().flat_map(|(_, paired)| {
        let interval = paired.interval.as_ref();
        [
            interval.map_or(paired.difference, |i| i.low),
            interval.map_or(paired.difference, |i| i.high),
            paired.difference,
        ]
    });
    let reach = ends.map(f64::abs).reduce(f64::max)? * 100.0;
    let height = TOP + ROW * rows.len() as f64 + BOTTOM;
    let bottom = height - BOTTOM;
    let values: Vec<String> = rows
        .iter()
        .map(|(name, p)| format!("{name} {}", points_with(p.difference, p.interval.as_ref())))
        .collect();
    let mut canvas = Canvas::new(WIDTH, height, &format!("{title}. {}", values.join("; ")));
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    // The same reach to both sides, so that the zero line stands in the middle.
    let reach = reach.max(0.05);
    let x = Scale::round(-reach, reach, LEFT, WIDTH - RIGHT, 6);
    canvas.x_axis(&x, 6, TOP, bottom);
    canvas.line("zero", (x.at(0.0), TOP - 6.0), (x.at(0.0), bottom));
    canvas.text(
        "axis",
        (x.at(0.0) - 10.0, TOP - 10.0),
        Anchor::End,
        "\u{2190} fewer errors",
    );
    canvas.text(
        "axis",
        (x.at(0.0) + 10.0, TOP - 10.0),
        Anchor::Start,
        "more errors \u{2192}",
    );
    for (i, (name, paired)) in rows.iter().enumerate() {
        let y = TOP + ROW * (i as f64 + 0.5);
        canvas.text(
            "name",
            (LEFT - 12.0, y + 4.0),
            Anchor::End,
            &text::clipped(name, 16),
        );
        let series = series(paired);
        if let Some(interval) = &paired.interval {
            canvas.across(
                series,
                y,
                x.at(interval.low * 100.0),
                x.at(interval.high * 100.0),
            );
        }
        let value = points_with(paired.difference, paired.interval.as_ref());
        let tip = format!("{name}: {value}, n = {}", paired.n);
        canvas.diamond(
            &format!("dot {series}"),
            (x.at(paired.difference * 100.0), y),
            6.0,
            &tip,
        );
        canvas.text("value", (WIDTH, y + 4.0), Anchor::End, &value);
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    canvas.text(
        "axis",
        (middle, height - 6.0),
        Anchor::Middle,
        "difference in CER, percentage points",
    );
    Some(canvas.finish())
}

/// Coloured only when the whole interval lies on one side.
fn series(paired: &PairedDifference) -> &'static str {
    match &paired.interval {
        Some(interval) if interval.high < 0.0 => "better",
        Some(interval) if interval.low > 0.0 => "worse",
        _ => "neutral",
    }
}
