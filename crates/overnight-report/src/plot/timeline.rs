//! The night on a clock: one row a step, one bar an attempt, a mark where a change was committed.

use jiff::{SignedDuration, Timestamp};

use super::canvas::{Anchor, Canvas, Svg};
use crate::facts::{Night, State, Step};
use crate::number::duration;
use crate::text;

const WIDTH: f64 = 920.0;
const LEFT: f64 = 258.0;
const RIGHT: f64 = 86.0;
const ROW: f64 = 22.0;
const TOP: f64 = 34.0;

/// The time line; `None` when nothing was started.
pub(crate) fn timeline(night: &Night) -> Option<Svg> {
    let begun = night.steps.iter().flat_map(|step| &step.attempts).count();
    if begun == 0 {
        return None;
    }
    let axis = Axis {
        start: night.record.started,
        seconds: night.duration_s().max(1.0),
    };
    let height = TOP + ROW * night.steps.len() as f64 + 10.0;
    let label = format!(
        "Time line of {} steps from {} to {}",
        night.steps.len(),
        night.clock.stamp(night.record.started),
        night.clock.stamp(night.end())
    );
    let mut canvas = Canvas::new(WIDTH, height, &label);
    ticks(&mut canvas, night, &axis, height - 8.0);
    for (i, step) in night.steps.iter().enumerate() {
        row(&mut canvas, night, &axis, step, TOP + ROW * i as f64);
    }
    Some(canvas.finish())
}

struct Axis {
    start: Timestamp,
    seconds: f64,
}

impl Axis {
    fn at(&self, moment: Timestamp) -> f64 {
        let since = moment.duration_since(self.start).as_secs_f64();
        LEFT + (since / self.seconds).clamp(0.0, 1.0) * (WIDTH - LEFT - RIGHT)
    }
}

/// Ticks at round local times, about six of them.
fn ticks(canvas: &mut Canvas, night: &Night, axis: &Axis, bottom: f64) {
    const STEPS: [i64; 15] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 43_200,
    ];
    let step = STEPS
        .into_iter()
        .find(|step| axis.seconds / *step as f64 <= 7.0)
        .unwrap_or(86_400);
    let offset = night.clock.offset_s(axis.start);
    let first = (axis.start.as_second() + offset).div_euclid(step) * step - offset;
    for i in 0..=8 {
        let Ok(moment) = Timestamp::from_second(first + i * step) else {
            continue;
        };
        let since = moment.duration_since(axis.start);
        if since < SignedDuration::ZERO || since.as_secs_f64() > axis.seconds {
            continue;
        }
        let x = axis.at(moment);
        canvas.line("grid", (x, TOP - 6.0), (x, bottom));
        let label = if step < 60 {
            night.clock.second(moment)
        } else {
            night.clock.minute(moment)
        };
        canvas.text("tick", (x, TOP - 14.0), Anchor::Middle, &label);
    }
}

fn row(canvas: &mut Canvas, night: &Night, axis: &Axis, step: &Step, top: f64) {
    let base = top + 15.0;
    canvas.text("id", (0.0, base), Anchor::Start, &step.id.to_string());
    canvas.text(
        "name",
        (44.0, base),
        Anchor::Start,
        &text::clipped(&step.text.replace('`', ""), 31),
    );
    for attempt in &step.attempts {
        let end = attempt
            .ended
            .map_or_else(|| night.last_seen(), |(at, _)| at);
        let state = attempt
            .ended
            .map_or(State::Running, |(_, outcome)| State::Ended(outcome));
        let (from, to) = (axis.at(attempt.started), axis.at(end));
        let length = end.duration_since(attempt.started).as_secs_f64();
        let tip = format!(
            "{} attempt {}: {}, {} from {}",
            step.id,
            attempt.number,
            state.label(),
            duration(length),
            night.clock.second(attempt.started)
        );
        let class = format!("fill t-{}", state.tone());
        canvas.bar(
            &class,
            (from, top + 5.0),
            ((to - from).max(3.0), ROW - 10.0),
            &tip,
        );
    }
    for commit in night.commits.iter().filter(|c| c.step == Some(step.id)) {
        let tip = format!("commit: {}", commit.subject);
        canvas.diamond(
            "mark",
            (axis.at(commit.at) + 7.0, top + ROW / 2.0),
            4.5,
            &tip,
        );
    }
    let end = match step.duration_s {
        Some(seconds) if step.state.is_success() => duration(seconds),
        _ => step.state.label(),
    };
    canvas.text("value", (WIDTH, base), Anchor::End, &end);
}
