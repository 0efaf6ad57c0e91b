//! Resident memory of every benchmark case: before and peak.

use overnight_record::result::{BenchCase, BenchResult};

use super::canvas::{Anchor, Canvas, Svg};
use super::scale::Scale;
use crate::number::mebibytes;

const WIDTH: f64 = 440.0;
const LEFT: f64 = 118.0;
const RIGHT: f64 = 74.0;
const ROW: f64 = 26.0;
const TOP: f64 = 30.0;
const BOTTOM: f64 = 42.0;

/// The ranges; `None` when no memory was measured.
pub(crate) fn memory(bench: &BenchResult) -> Option<Svg> {
    let cases: Vec<(&BenchCase, f64, f64)> = bench
        .cases
        .iter()
        .filter_map(|case| {
            let peak = case.rss_mib_peak?;
            Some((case, case.rss_mib_before.unwrap_or(peak), peak))
        })
        .collect();
    let high = cases
        .iter()
        .map(|(_, before, peak)| before.max(*peak))
        .reduce(f64::max)?;
    let height = TOP + ROW * cases.len() as f64 + BOTTOM;
    let bottom = height - BOTTOM;
    let values: Vec<String> = cases
        .iter()
        .map(|(case, _, peak)| {
            format!(
                "{} {}: {}",
                case.stage.name(),
                case.batch_size,
                mebibytes(*peak)
            )
        })
        .collect();
    let title = "Resident memory, before and peak";
    let mut canvas = Canvas::new(WIDTH, height, &format!("{title}. {}", values.join("; ")));
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    let x = Scale::round(0.0, high, LEFT, WIDTH - RIGHT, 4);
    canvas.x_axis(&x, 4, TOP, bottom);
    for (i, (case, before, peak)) in cases.iter().enumerate() {
        let y = TOP + ROW * (i as f64 + 0.5);
        let name = format!("{} \u{00d7}{}", case.stage.name(), case.batch_size);
        let tip = format!(
            "{name}: {} before, {} peak",
            mebibytes(*before),
            mebibytes(*peak)
        );
        canvas.text("name", (LEFT - 10.0, y + 4.0), Anchor::End, &name);
        canvas.line("range s1", (x.at(*before), y), (x.at(*peak), y));
        canvas.dot("ring s1", (x.at(*before), y), 3.5, &tip);
        canvas.dot("dot s1", (x.at(*peak), y), 4.5, &tip);
        canvas.text(
            "value",
            (x.at(*peak) + 10.0, y + 4.0),
            Anchor::Start,
            &mebibytes(*peak),
        );
    }
    let middle = f64::midpoint(LEFT, WIDTH - RIGHT);
    canvas.text("axis", (middle, height - 6.0), Anchor::Middle, "MiB");
    Some(canvas.finish())
}
