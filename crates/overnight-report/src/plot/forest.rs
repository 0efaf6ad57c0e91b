//! Differences in character error rate between arms, around the line of no difference.

use overnight_record::result::PairedDifference;

use super::canvas::{Anchor, Canvas, Svg};
use super::scale::Scale;
use crate::number::points_with;
use crate::text;

const TOP: f64 = 48.0;
const BOTTOM: f64 = 42.0;

/// How much of the page's width the plot takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Size {
    /// Beside another one; values stand above their marks.
    Half,
    /// Alone; values stand in a column at the right.
    Whole,
}

impl Size {
    /// Width, room at the left and at the right, height of a row; all in pixels.
    fn measures(self) -> (f64, f64, f64, f64) {
        match self {
            Self::Half => (440.0, 110.0, 16.0, 46.0),
            Self::Whole => (680.0, 120.0, 216.0, 34.0),
        }
    }
}

/// One row an arm. `None` when no arm has a difference.
pub(crate) fn forest(size: Size, title: &str, rows: &[(&str, &PairedDifference)]) -> Option<Svg> {
    let (width, left, right, row) = size.measures();
    let ends = rows.iter().flat_map(|(_, paired)| {
        let interval = paired.interval.as_ref();
        [
            interval.map_or(paired.difference, |i| i.low),
            interval.map_or(paired.difference, |i| i.high),
            paired.difference,
        ]
    });
    // The same reach to both sides, so that the zero line stands in the middle.
    let reach = ends.map(f64::abs).reduce(f64::max)?.max(0.0005) * 100.0;
    let height = TOP + row * rows.len() as f64 + BOTTOM;
    let values: Vec<String> = rows
        .iter()
        .map(|(name, p)| format!("{name} {}", points_with(p.difference, p.interval.as_ref())))
        .collect();
    let mut canvas = Canvas::new(width, height, &format!("{title}. {}", values.join("; ")));
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    let x = Scale::round(-reach, reach, left, width - right, 4);
    canvas.x_axis(&x, 4, TOP, height - BOTTOM);
    let zero = x.at(0.0);
    canvas.line("zero", (zero, TOP - 6.0), (zero, height - BOTTOM));
    canvas.text(
        "axis",
        (zero - 10.0, TOP - 10.0),
        Anchor::End,
        "\u{2190} fewer errors",
    );
    canvas.text(
        "axis",
        (zero + 10.0, TOP - 10.0),
        Anchor::Start,
        "more errors \u{2192}",
    );
    for (i, (name, paired)) in rows.iter().enumerate() {
        let share = if size == Size::Half { 0.62 } else { 0.5 };
        let y = TOP + row * (i as f64 + share);
        canvas.text(
            "name",
            (left - 12.0, y + 4.0),
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
        let at = (x.at(paired.difference * 100.0), y);
        let tip = format!("{name}: {value}, n = {}", paired.n);
        canvas.diamond(&format!("dot {series}"), at, 6.0, &tip);
        match size {
            Size::Whole => canvas.text("value", (width, y + 4.0), Anchor::End, &value),
            Size::Half => canvas.text_within("value", (at.0, y - 11.0), (left, width), &value),
        }
    }
    let middle = f64::midpoint(left, width - right);
    let label = "difference in CER, percentage points";
    canvas.text("axis", (middle, height - 6.0), Anchor::Middle, label);
    Some(canvas.finish())
}

/// Coloured only when the whole interval lies on one side and no test contradicts it.
fn series(paired: &PairedDifference) -> &'static str {
    let test = paired.test.as_ref();
    if test.is_some_and(|test| test.p >= crate::markdown::SIGNIFICANT) {
        return "neutral";
    }
    match &paired.interval {
        Some(interval) if interval.high < 0.0 => "better",
        Some(interval) if interval.low > 0.0 => "worse",
        _ => "neutral",
    }
}
