//! Where the pipeline's time goes: one bar a stage.

use overnight_record::result::BenchResult;

use super::canvas::{Anchor, Canvas, Svg};
use super::scale::Scale;
use crate::number::{percent, significant};

const WIDTH: f64 = 440.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 112.0;
const ROW: f64 = 30.0;
const TOP: f64 = 28.0;

/// The bars; `None` without a breakdown.
pub(crate) fn stages(bench: &BenchResult) -> Option<Svg> {
    let longest = bench
        .stages
        .iter()
        .map(|stage| stage.ms_mean)
        .reduce(f64::max)?;
    let height = TOP + ROW * bench.stages.len() as f64 + 8.0;
    let title = "Pipeline, mean milliseconds per image";
    let values: Vec<String> = bench
        .stages
        .iter()
        .map(|stage| format!("{} {} ms", stage.stage, significant(stage.ms_mean)))
        .collect();
    let mut canvas = Canvas::new(WIDTH, height, &format!("{title}. {}", values.join("; ")));
    canvas.text("title", (0.0, 14.0), Anchor::Start, title);
    let x = Scale {
        from: 0.0,
        to: longest.max(f64::MIN_POSITIVE),
        start: LEFT,
        end: WIDTH - RIGHT,
    };
    for (i, stage) in bench.stages.iter().enumerate() {
        let y = TOP + ROW * i as f64;
        let value = format!(
            "{} ms \u{00b7} {}",
            significant(stage.ms_mean),
            percent(stage.share)
        );
        let name = crate::text::clipped(&stage.stage, 14);
        canvas.text("name", (LEFT - 10.0, y + 19.0), Anchor::End, &name);
        let length = x.at(stage.ms_mean) - LEFT;
        let tip = format!("{}: {value}", stage.stage);
        canvas.bar(
            "fill s1",
            (LEFT, y + 6.0),
            (length.max(1.5), ROW - 12.0),
            &tip,
        );
        canvas.text(
            "value",
            (LEFT + length + 8.0, y + 19.0),
            Anchor::Start,
            &value,
        );
    }
    Some(canvas.finish())
}
