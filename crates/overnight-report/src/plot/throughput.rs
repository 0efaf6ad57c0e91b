//! Throughput against batch size, one panel a stage, with intervals.

use overnight_record::result::{BenchCase, BenchResult, BenchStage};

use super::canvas::{Anchor, Canvas, Svg};
use super::scale::Scale;
use crate::number::rate_with;
use crate::text::capitalised;

const WIDTH: f64 = 440.0;
const HEIGHT: f64 = 240.0;
const LEFT: f64 = 46.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 34.0;
const BOTTOM: f64 = 46.0;

/// The panel of one stage; `None` when nothing was measured in it.
pub(crate) fn throughput(bench: &BenchResult, stage: BenchStage) -> Option<Svg> {
    let mut cases: Vec<(&BenchCase, f64)> = bench
        .cases
        .iter()
        .filter(|case| case.stage == stage)
        .filter_map(|case| case.items_per_s.map(|rate| (case, rate)))
        .collect();
    cases.sort_by_key(|(case, _)| case.batch_size);
    let high = cases
        .iter()
        .map(|(case, rate)| {
            case.items_per_s_interval
                .as_ref()
                .map_or(*rate, |i| i.high.max(*rate))
        })
        .reduce(f64::max)?;
    let title = format!("{}, {} per second", capitalised(stage.name()), stage.item());
    let mut canvas = Canvas::new(WIDTH, HEIGHT, &label(&title, &cases));
    canvas.text("title", (0.0, 14.0), Anchor::Start, &title);
    let y = Scale::round(0.0, high * 1.08, HEIGHT - BOTTOM, TOP, 4);
    canvas.y_axis(&y, 4, LEFT, WIDTH - RIGHT);
    let gap = (WIDTH - LEFT - RIGHT) / cases.len() as f64;
    let places: Vec<f64> = (0..cases.len())
        .map(|i| LEFT + gap * (i as f64 + 0.5))
        .collect();
    let points: Vec<(f64, f64)> = places
        .iter()
        .zip(&cases)
        .map(|(x, (_, rate))| (*x, y.at(*rate)))
        .collect();
    canvas.curve("curve s1", &points);
    for ((case, rate), (px, py)) in cases.iter().zip(&points) {
        if let Some(interval) = &case.items_per_s_interval {
            canvas.upright("s1", *px, y.at(interval.low), y.at(interval.high));
        }
        let value = rate_with(*rate, case.items_per_s_interval.as_ref());
        let tip = format!("batch size {}: {value} {}/s", case.batch_size, stage.item());
        canvas.dot("dot s1", (*px, *py), 4.5, &tip);
        let top = case
            .items_per_s_interval
            .as_ref()
            .map_or(*py, |i| y.at(i.high).min(*py));
        let label = rate_with(*rate, None);
        canvas.text("value", (*px, top - 9.0), Anchor::Middle, &label);
        let tick = case.batch_size.to_string();
        canvas.text("tick", (*px, HEIGHT - BOTTOM + 16.0), Anchor::Middle, &tick);
    }
    let middle = LEFT + (WIDTH - LEFT - RIGHT) / 2.0;
    canvas.text("axis", (middle, HEIGHT - 8.0), Anchor::Middle, "batch size");
    Some(canvas.finish())
}

fn label(title: &str, cases: &[(&BenchCase, f64)]) -> String {
    let points: Vec<String> = cases
        .iter()
        .map(|(case, rate)| {
            let value = rate_with(*rate, case.items_per_s_interval.as_ref());
            format!("batch size {}: {value}", case.batch_size)
        })
        .collect();
    format!("{title}. {}", points.join("; "))
}
