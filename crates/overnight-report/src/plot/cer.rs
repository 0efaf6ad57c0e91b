//! Character error rates of several readers with their intervals.

use overnight_record::result::Aggregate;

use super::canvas::{Anchor, Canvas, Svg};
use super::scale::Scale;
use crate::number::percent_with;
use crate::text;

const WIDTH: f64 = 440.0;
const LEFT: f64 = 132.0;
const RIGHT: f64 = 16.0;
const ROW: f64 = 46.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 42.0;

/// One row a reader: its class of colour, its name, its rate. `None` when no rate is defined.
pub(crate) fn cer(rows: &[(&str, &str, &Aggregate)]) -> Option<Svg> {
    let highs = rows.iter().filter_map(|(_, _, rate)| {
        let micro = rate.micro?;
        Some(rate.interval.as_ref().map_or(micro, |i| i.high.max(micro)))
    });
    let high = highs.reduce(f64::max)? * 100.0;
    let height = TOP + ROW * rows.len() as f64 + BOTTOM;
    let title = "Character error rate (micro), %";
    let values: Vec<String> = rows
        .iter()
        .filter_map(|(_, name, rate)| {
            Some(format!(
                "{name} {}",
                percent_with(rate.micro?, rate.interval.as_ref())
            ))
        })
        .collect();
    let mut canvas = Canvas::new(WIDTH, height, &format!("{title}. {}", values.join("; ")));
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    let x = Scale::round(0.0, high.max(0.1), LEFT, WIDTH - RIGHT, 5);
    canvas.x_axis(&x, 5, TOP, height - BOTTOM);
    for (i, (series, name, rate)) in rows.iter().enumerate() {
        let y = TOP + ROW * (i as f64 + 0.6);
        canvas.text(
            "name",
            (LEFT - 12.0, y + 4.0),
            Anchor::End,
            &text::clipped(name, 15),
        );
        let Some(micro) = rate.micro else {
            canvas.text("tick", (LEFT + 8.0, y + 4.0), Anchor::Start, "not defined");
            continue;
        };
        if let Some(interval) = &rate.interval {
            canvas.across(
                series,
                y,
                x.at(interval.low * 100.0),
                x.at(interval.high * 100.0),
            );
        }
        let value = percent_with(micro, rate.interval.as_ref());
        let tip = format!("{name}: {value}");
        canvas.dot(
            &format!("dot {series}"),
            (x.at(micro * 100.0), y),
            5.0,
            &tip,
        );
        canvas.text_within(
            "value",
            (x.at(micro * 100.0), y - 11.0),
            (LEFT, WIDTH),
            &value,
        );
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    canvas.text(
        "axis",
        (middle, height - 6.0),
        Anchor::Middle,
        "% of reference characters, lower is better",
    );
    Some(canvas.finish())
}
